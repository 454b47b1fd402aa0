"""What is stored: its history, a step back, the layers as files; and the packs that there are."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

from geo import usecases
from geo.cli import terminal
from geo.cli.call import FINE, AuthorOption, Call, JsonFlag, LayerOption, OutOption
from geo.cli.formats import kind_of
from geo.i18n import N_
from geo.packs import PackSummary
from geo.store import KIND_WORDS, SEED, Revision

commands = typer.Typer()

_BINARY = ("xlsx",)
LayerFormat = Literal["geojson", "csv", "xlsx"]


@commands.command(help=N_("把一个图层写成文件;GeoJSON 改好后可以再导入。"))
def export(
    ctx: typer.Context,
    layer: LayerOption,
    format: Annotated[
        LayerFormat | None, typer.Option("--format", help=N_("格式;不写时看 -o 的后缀,再不然是 geojson。"))
    ] = None,
    out: OutOption = None,
) -> int:
    call: Call = ctx.obj
    kind = kind_of(format, out, LayerFormat) or "geojson"
    with call.opened() as atlas:
        snap = usecases.snapshot(atlas)
        data = usecases.export_layer(snap, layer, kind, call.lang)
    terminal.write_data(data, out, binary=kind in _BINARY)
    call.note(N_("已导出 {n} 条,数据为第 {number} 号修订。"), n=len(snap.frame(layer)), number=snap.revision)
    if snap.frame(layer)["sample"].any():
        call.note(N_("含示例数据,非真实设施"))
    return FINE


@commands.command(help=N_("列出修订记录,新的在前。"))
def history(ctx: typer.Context, as_json: JsonFlag = False) -> int:
    call: Call = ctx.obj
    with call.opened() as atlas:
        revisions = usecases.history(atlas)
    if as_json:
        terminal.write_json([revision_json(revision) for revision in revisions])
        return FINE
    head = [call.t(word) for word in (N_("修订"), N_("时间"), N_("谁"), N_("做了什么"))]
    head += [call.t(word) for word in (N_("增"), N_("改"), N_("删"), N_("文件"))]
    terminal.write_lines(terminal.table(head, [_row(call, revision) for revision in revisions]))
    return FINE


@commands.command(help=N_("撤销一次修订:记为一次新的修订,原来的仍在记录里。"))
def undo(
    ctx: typer.Context,
    rev: Annotated[int, typer.Argument(metavar="REV", help=N_("修订号,见 history。"))],
    author: AuthorOption = None,
    as_json: JsonFlag = False,
) -> int:
    call: Call = ctx.obj
    with call.opened() as atlas:
        revision = usecases.undo(atlas, rev, call.author(author))
    if as_json:
        terminal.write_json(revision_json(revision))
    call.note(N_("已撤销:记为第 {number} 号修订。"), number=revision.number)
    return FINE


@commands.command(help=N_("列出可用的规划包。"))
def packs(ctx: typer.Context, as_json: JsonFlag = False) -> int:
    call: Call = ctx.obj
    found = usecases.known_packs()
    if as_json:
        terminal.write_json([_pack_json(call, pack) for pack in found])
        return FINE
    head = [call.t(word) for word in (N_("编号"), N_("名称"), N_("规划"), N_("文件夹"))]
    rows = [(pack.id, call.say(pack.label), call.say(pack.plan_title), str(pack.path)) for pack in found]
    terminal.write_lines(terminal.table(head, rows))
    return FINE


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
    }


def _row(call: Call, revision: Revision) -> list[str]:
    what = call.t(KIND_WORDS.get(revision.kind, revision.kind))
    if revision.undoes is not None:
        what = call.t("撤销第 {number} 号", number=revision.undoes)
    if revision.undone_by is not None:
        what += call.t("(已被第 {number} 号撤销)", number=revision.undone_by)
    counts = (revision.added, revision.changed, revision.removed)
    when = f"{revision.at.astimezone():%Y-%m-%d %H:%M}"
    who = call.t("系统") if revision.kind == SEED else revision.author
    return [str(revision.number), when, who, what, *map(str, counts), revision.file_name or "–"]


def _pack_json(call: Call, pack: PackSummary) -> dict[str, Any]:
    return {
        "id": pack.id,
        "label": call.say(pack.label),
        "path": str(pack.path),
        "plan": call.say(pack.plan_title),
        "years": list(pack.years),
    }
