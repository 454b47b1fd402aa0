"""Files that come in: checked, and stored if their rows are good."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from geo import ingest, usecases
from geo.cli import reading, terminal
from geo.cli.call import FAULTY, FINE, AuthorOption, Call, JsonFlag, LayerOption
from geo.cli.reading import Asked, DatumOption, EpsgOption, MapOption, RepairOption, TableOption, WordOption
from geo.cli.revisions import revision_json
from geo.cli.waiting import upload_json
from geo.errors import UnchangedError
from geo.i18n import N_, Listed, message
from geo.ingest import REPAIR_WORDS
from geo.reports import SEVERITY_WORDS
from geo.usecases import Kept

commands = typer.Typer()

_NOTHING = Kept(None, None)
FileArgument = Annotated[
    str,
    typer.Argument(metavar="FILE", help=N_("GeoJSON、Excel、CSV、Shapefile(zip)、KML 等数据文件;- 是标准输入。")),
]


@commands.command(help=N_("逐行核对一个文件,不存入。有错的行每行说明问题和改法。"))
def validate(
    ctx: typer.Context,
    file: FileArgument,
    layer: LayerOption,
    datum: DatumOption = "auto",
    columns: MapOption = None,
    words: WordOption = None,
    repairs: RepairOption = None,
    table: TableOption = "",
    epsg: EpsgOption = None,
    as_json: JsonFlag = False,
) -> int:
    call: Call = ctx.obj
    asked = Asked(datum, columns or (), words or (), repairs or (), table, epsg)
    name, data = terminal.read(file)
    with call.opened() as atlas:
        report = reading.checked(call, atlas, name, data, layer, asked)
    if as_json:
        terminal.write_json(report.as_json(call.lang))
    else:
        terminal.write_lines(_lines(call, report))
    return _code(report)


@commands.command("import", help=N_("核对一个文件并存为一次修订。只要有一行有错,就什么都不存,除非加 --accept-valid。"))
def import_(
    ctx: typer.Context,
    file: FileArgument,
    layer: LayerOption,
    datum: DatumOption = "auto",
    columns: MapOption = None,
    words: WordOption = None,
    repairs: RepairOption = None,
    table: TableOption = "",
    epsg: EpsgOption = None,
    author: AuthorOption = None,
    accept_valid: Annotated[
        bool,
        typer.Option("--accept-valid", help=N_("没有错的行照存,有错的行留作待改(见 quarantine);有错时退出码仍是 1。")),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=N_("只说会怎样,不写入。"))] = False,
    as_json: JsonFlag = False,
) -> int:
    call: Call = ctx.obj
    asked = Asked(datum, columns or (), words or (), repairs or (), table, epsg)
    name, data = terminal.read(file)
    with call.opened() as atlas:
        report = reading.checked(call, atlas, name, data, layer, asked)
        wanted = accept_valid or not report.rejected_count
        kept = _stored(atlas, report, call.author(author)) if wanted and not dry_run else _NOTHING
    if as_json:
        terminal.write_json(report.as_json(call.lang) | _outcome_json(kept, dry_run=dry_run))
    else:
        terminal.write_lines(_lines(call, report))
    _tell(call, report, kept, wanted=wanted, dry_run=dry_run)
    return _code(report)


def _stored(atlas: usecases.Atlas, report: ingest.Report, author: usecases.Author) -> Kept:
    """What was stored: nothing where the rows are stored already, so that a file may be imported twice."""
    try:
        return usecases.store(atlas, report, author)
    except UnchangedError:
        return _NOTHING


def _code(report: ingest.Report) -> int:
    return FAULTY if report.rejected_count else FINE


def _outcome_json(kept: Kept, *, dry_run: bool) -> dict[str, Any]:
    told: dict[str, Any] = {"dry_run": dry_run, "revision": kept.revision and revision_json(kept.revision)}
    return told if kept.upload is None else {**told, "quarantine": upload_json(kept.upload)}


# --- for people ----------------------------------------------------------------------------------------------------


def _lines(call: Call, report: ingest.Report) -> Iterator[str]:
    """The report for people: totals, a line a fault, and what could be decided about the file as a whole."""
    yield call.t(
        "{file}:共 {n} 行,可存 {accepted} 行,有错 {rejected} 行,提醒 {warnings} 条。",
        file=report.file,
        n=report.features,
        accepted=report.accepted_count,
        rejected=report.rejected_count,
        warnings=report.warning_count,
    )
    for fault in report.faults:
        where = call.t("整个文件") if fault.row is None else call.t("第 {row} 行", row=fault.row)
        kind = f"[{call.t(SEVERITY_WORDS[fault.severity])} {fault.code}]"
        said = f"{call.say(fault.message)} → {call.say(fault.fix)}"
        yield " ".join(word for word in (where, fault.id, kind, said) if word)
    yield from _columns(call, report)
    yield from _unknown_words(call, report)
    yield from _repairs(call, report)


def _columns(call: Call, report: ingest.Report) -> Iterator[str]:
    """What the headers were taken for, where a field is called otherwise; as ``--map`` takes it."""
    taken = tuple(f"{one.header}={one.field}" for one in report.columns if one.field not in ("", one.header))
    if taken:
        yield call.t("认出的列(不对的请用 --map 改):{columns}", columns=Listed(taken))


def _unknown_words(call: Call, report: ingest.Report) -> Iterator[str]:
    for field, words in report.unknown_words.items():
        told = Listed(tuple(f"{field}:{word}" for word in words))
        yield call.t("不认识的词可以用 --word {field}:词=编号 指明:{words}", field=field, words=told)


def _repairs(call: Call, report: ingest.Report) -> Iterator[str]:
    """The mends by kind: how many were made, and how to have the others made."""
    for kind, n in report.proposals().items():
        made = sum(repair.made for repair in report.repairs if repair.kind == kind)
        words = message(REPAIR_WORDS[kind])
        if made:
            yield call.t("已修:{words},{n} 行。", words=words, n=made)
        if n > made:
            yield call.t("可以修:{words},{n} 行;同意请加 --repair {kind}。", words=words, n=n - made, kind=kind)


def _tell(call: Call, report: ingest.Report, kept: Kept, *, wanted: bool, dry_run: bool) -> None:
    """What came of it, and how to go on."""
    good, bad = report.accepted_count, report.rejected_count
    if not wanted:
        _tell_refused(call, good, bad)
    elif dry_run:
        call.note(N_("试运行,没有写入:实际运行会存入 {n} 行。"), n=good)
        if bad:
            call.note(N_("试运行:有错的 {n} 行会留作待改。"), n=bad)
    else:
        _tell_stored(call, report, kept)


def _tell_refused(call: Call, good: int, bad: int) -> None:
    if good:
        text = N_(
            "有 {n} 行有错,所以什么都没有存入:请改好再来,或加 --accept-valid,存入没有错的 {good} 行,有错的留作待改。"
        )
        call.note(text, n=bad, good=good)
    else:
        call.note(N_("没有一行可存,所以什么都没有存入:请照上面的改法改好再来,或加 --accept-valid 把有错的行留作待改。"))


def _tell_stored(call: Call, report: ingest.Report, kept: Kept) -> None:
    revision, upload = kept.revision, kept.upload
    if revision is not None:
        text = N_("已存为第 {number} 号修订:新增 {added},更新 {changed}。")
        call.note(text, number=revision.number, added=revision.added, changed=revision.changed)
        if report.mends:
            call.note(N_("其中 {n} 行是从待改的行里改好的。"), n=sum(map(len, report.mends.values())))
    elif report.accepted_count:
        call.note(N_("与库中的完全相同,所以没有新的修订。"))
    else:
        call.note(N_("没有一行可存,所以没有新的修订。"))
    if upload is not None:
        text = N_("有错的 {n} 行留作待改:用 quarantine export {id} -o 文件名 取出,改好再导入。")
        call.note(text, n=upload.rejected, id=upload.id)
