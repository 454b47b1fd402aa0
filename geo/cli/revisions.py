"""The revisions: their list, what differs between two, and taking one back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import shapely
import typer

from geo import usecases
from geo.cli import terminal
from geo.cli.call import FAULTY, FINE, AuthorOption, Call, JsonFlag
from geo.cli.moments import number_of
from geo.errors import InputError
from geo.i18n import N_, Listed, Message, message
from geo.ingest import REPAIR_WORDS
from geo.model import LAYER_WORDS, Layer, Pack
from geo.store import KIND_WORDS, SEED, Conflict, Decision, Difference, Revision

commands = typer.Typer()

_OPS: Mapping[str, str] = {"add": N_("新增"), "change": N_("更新"), "remove": N_("移除")}
Decisions = dict[tuple[Layer, str], Decision]


def revision_json(revision: Revision) -> dict[str, Any]:
    """A revision for programs; the time is ISO 8601 in UTC."""
    return {
        "number": revision.number,
        "kind": revision.kind,
        "author": revision.author,
        "at": revision.at.isoformat(),
        "note": revision.note,
        "file": revision.file_name,
        "sha256": revision.file_sha256,
        "undoes": revision.undoes,
        "undone_by": revision.undone_by,
        "added": revision.added,
        "changed": revision.changed,
        "removed": revision.removed,
        "details": dict(revision.details),
    }


# --- the list ------------------------------------------------------------------------------------------------------


@commands.command(help=N_("列出修订记录,新的在前。"))
def history(
    ctx: typer.Context,
    details: Annotated[
        bool, typer.Option("--details", help=N_("也列出每次怎样读的文件、修了什么、怎样决定的。"))
    ] = False,
    as_json: JsonFlag = False,
) -> int:
    call: Call = ctx.obj
    with call.opened() as atlas:
        revisions = usecases.history(atlas)
    if as_json:
        terminal.write_json([revision_json(revision) for revision in revisions])
        return FINE
    head = [call.t(word) for word in (N_("修订"), N_("时间"), N_("谁"), N_("做了什么"))]
    head += [call.t(word) for word in (N_("增"), N_("改"), N_("删"), N_("文件"))]
    first, *rows = terminal.table(head, [_row(call, revision) for revision in revisions])
    lines = [first]
    for row, revision in zip(rows, revisions, strict=True):
        lines += [row, *(_details(call, revision) if details else ())]
    terminal.write_lines(lines)
    return FINE


def _row(call: Call, revision: Revision) -> list[str]:
    what = call.t(KIND_WORDS.get(revision.kind, revision.kind))
    if revision.undoes is not None:
        what = call.t("撤销第 {number} 号", number=revision.undoes)
    if revision.undone_by is not None:
        what += call.t("(已被第 {number} 号撤销)", number=revision.undone_by)
    if repaired := sum(map(len, revision.details.get("repairs", {}).values())):
        what += call.t("(修了 {n} 处)", n=repaired)
    counts = (revision.added, revision.changed, revision.removed)
    when = f"{revision.at.astimezone():%Y-%m-%d %H:%M}"
    who = call.t("系统") if revision.kind == SEED else revision.author
    return [str(revision.number), when, who, what, *map(str, counts), revision.file_name or "–"]


def _details(call: Call, revision: Revision) -> Iterator[str]:
    """How a revision came about, a line each."""
    told = revision.details
    for label, value in (
        (N_("备注"), revision.note),
        (N_("文件指纹(SHA-256)"), revision.file_sha256),
        (N_("格式"), told.get("format")),
        (N_("表或图层"), told.get("table")),
        (N_("坐标基准"), told.get("datum")),
        (N_("坐标系"), told.get("epsg") and f"EPSG:{told['epsg']}"),
        (N_("指定的列"), Listed(tuple(f"{header}={field}" for header, field in told.get("columns", {}).items()))),
        (N_("指定的词"), Listed(tuple(f"{field}:{word}={id}" for field, word, id in told.get("words", ())))),
        (N_("修复"), Listed(tuple(_repaired(kind, rows) for kind, rows in told.get("repairs", {}).items()))),
        (N_("决定"), Listed(tuple(f"{_key(one)} {one['decision']}" for one in told.get("decisions", ())))),
    ):
        said = value.text(call.lang) if isinstance(value, Listed) else value
        if said:
            yield f"    {call.t(label)}: {said}"


def _repaired(kind: str, rows: Sequence[int]) -> Message:
    return message(N_("{words}({n} 行)"), words=message(REPAIR_WORDS.get(kind, kind)), n=len(rows))


def _key(decided: Mapping[str, str]) -> str:
    return f"{decided['layer']}:{decided['id']}"


# --- comparing -----------------------------------------------------------------------------------------------------


@commands.command(help=N_("两次修订之间有什么不同,逐项列出。"))
def diff(
    ctx: typer.Context,
    old: Annotated[str, typer.Argument(metavar="OLD", help=N_("修订号,或 2025-06-30 这样的日期(那天结束时)。"))],
    new: Annotated[str, typer.Argument(metavar="NEW", help=N_("修订号或日期,同上。"))],
    as_json: JsonFlag = False,
) -> int:
    call: Call = ctx.obj
    with call.opened() as atlas:
        numbers = number_of(atlas, old), number_of(atlas, new)
        found = usecases.diff(atlas, *numbers)
    if as_json:
        differences = [_difference_json(one) for one in found]
        terminal.write_json({"old": numbers[0], "new": numbers[1], "differences": differences})
    elif found:
        head = [call.t(word) for word in (N_("图层"), N_("编号"), N_("名称"), N_("做了什么"))]
        head += [call.t(word) for word in (N_("哪一项"), N_("旧"), N_("新"))]
        terminal.write_lines(
            terminal.table(head, [row for one in found for row in _difference_rows(call, atlas.pack, one)])
        )
    call.note(N_("第 {old} 号修订到第 {new} 号修订:{n} 处不同。"), old=numbers[0], new=numbers[1], n=len(found))
    return FINE


def _difference_json(one: Difference) -> dict[str, Any]:
    fields = [{"field": field.name, "old": _plain(field.old), "new": _plain(field.new)} for field in one.fields]
    return {"layer": str(one.layer), "id": one.id, "name": one.label.zh, "op": one.op, "fields": fields}


def _difference_rows(call: Call, pack: Pack, one: Difference) -> Iterator[list[str]]:
    """Of a feature that came or went one line is enough: its fields are in the JSON."""
    what = [call.t(LAYER_WORDS[one.layer]), one.id, call.say(one.label) or "–", call.t(_OPS[one.op])]
    if one.op != "change":
        yield [*what, "–", "–", "–"]
        return
    for field in one.fields:
        values = (_shown(call, pack, one, field.name, value) for value in (field.old, field.new))
        yield [*what, call.t(usecases.field_word(one.layer, field.name)), *values]


def _plain(value: Any) -> Any:
    return json.loads(shapely.to_geojson(value)) if isinstance(value, shapely.Geometry) else value


def _shown(call: Call, pack: Pack, one: Difference | Conflict, field: str, value: Any) -> str:
    """A stored value for reading: places by their first position, codes by their names, nothing as "–"."""
    if isinstance(value, shapely.Geometry):
        x, y = shapely.get_coordinates(value)[0]
        return f"{value.geom_type} {x:.6f}, {y:.6f}"
    if value is None or value == "":
        return "–"
    label = usecases.value_label(pack, one.layer, one.id, field, value)
    return str(value) if label is None else call.say(label)


# --- taking back ---------------------------------------------------------------------------------------------------


@commands.command(
    help=N_("撤销一次修订:记为一次新的修订,原来的仍在记录里。后来又改过的要素要逐个决定;没有决定的会列出,退出码是 1。")
)
def undo(
    ctx: typer.Context,
    rev: Annotated[int, typer.Argument(metavar="REV", help=N_("修订号,见 history。"))],
    keep: Annotated[
        list[str] | None,
        typer.Option("--keep", metavar="LAYER:ID", help=N_("这个要素保留现在的样子,可写几次。")),
    ] = None,
    revert: Annotated[
        list[str] | None,
        typer.Option("--revert", metavar="LAYER:ID", help=N_("这个要素恢复成修订之前的样子,可写几次。")),
    ] = None,
    seen: Annotated[
        int | None,
        typer.Option("--seen", metavar="REV", help=N_("作决定时最新的修订号;之后这些要素又改过,就不撤销。")),
    ] = None,
    author: AuthorOption = None,
    as_json: JsonFlag = False,
) -> int:
    call: Call = ctx.obj
    decisions = _decisions(keep or (), revert or ())
    with call.opened() as atlas:
        head = usecases.history(atlas)[0].number  # before the conflicts: what comes in between is then not overlooked
        open_ones = [one for one in usecases.conflicts(atlas, rev) if (one.layer, one.id) not in decisions]
        if open_ones:
            return _tell_conflicts(call, atlas.pack, rev, head, open_ones, as_json=as_json)
        revision = usecases.undo(atlas, rev, call.author(author), decisions, seen)
    if as_json:
        terminal.write_json(revision_json(revision))
    call.note(N_("已撤销:记为第 {number} 号修订。"), number=revision.number)
    return FINE


def _decisions(keep: Sequence[str], revert: Sequence[str]) -> Decisions:
    kept, reverted = {_feature(text) for text in keep}, {_feature(text) for text in revert}
    if both := kept & reverted:
        layer, id = min(both)
        raise InputError(
            message(N_("{layer}:{id} 既写了 --keep 又写了 --revert:请只选一个。"), layer=str(layer), id=id)
        )
    return {**dict.fromkeys(kept, "keep"), **dict.fromkeys(reverted, "revert")}


def _feature(text: str) -> tuple[Layer, str]:
    layer, _, id = text.partition(":")
    if layer not in list(Layer) or not id:
        said = N_("看不懂要素“{text}”:请写成 `图层:编号`,如 bases:b01;图层有 {layers}。")
        raise InputError(message(said, text=text, layers=Listed(tuple(map(str, Layer)))))
    return Layer(layer), id


def _tell_conflicts(call: Call, pack: Pack, rev: int, head: int, found: Sequence[Conflict], *, as_json: bool) -> int:
    """What has to be decided: nothing was written."""
    if as_json:
        terminal.write_json({"revision": None, "head": head, "conflicts": [_conflict_json(one) for one in found]})
    else:
        terminal.write_lines(line for one in found for line in _conflict_lines(call, pack, one))
    text = N_(
        "第 {number} 号修订里有 {n} 个要素后来又改过,所以没有撤销:请逐个写明 --keep 图层:编号(保留现在的)"
        "或 --revert 图层:编号(恢复成之前的),并加 --seen {head}。"
    )
    call.note(text, number=rev, n=len(found), head=head)
    return FAULTY


def _conflict_json(one: Conflict) -> dict[str, Any]:
    return {
        "layer": str(one.layer),
        "id": one.id,
        "name": one.label.zh,
        "op": one.op,
        "there": one.there,
        "later": list(one.later),
        "fields": [
            {
                "field": field.name,
                "before": _plain(field.before),
                "after": _plain(field.after),
                "now": _plain(field.now),
            }
            for field in one.fields
        ],
    }


def _conflict_lines(call: Call, pack: Pack, one: Conflict) -> Iterator[str]:
    later = Listed(tuple(map(str, one.later)))
    name = " ".join(word for word in (f"{one.layer}:{one.id}", call.say(one.label)) if word)
    yield call.t("{name}(第 {later} 号修订又改过)", name=name, later=later)
    head = [call.t(word) for word in (N_("哪一项"), N_("这次修订之前"), N_("这次修订"), N_("现在"))]
    rows = [
        (
            call.t(usecases.field_word(one.layer, field.name)),
            *(_shown(call, pack, one, field.name, value) for value in (field.before, field.after, field.now)),
        )
        for field in one.fields
    ]
    yield from (f"    {line}" for line in terminal.table(head, rows))
