"""Files that come in: checked, and stored if their rows are good."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from geo import ingest, usecases
from geo.cli import terminal
from geo.cli.call import FAULTY, FINE, AuthorOption, Call, JsonFlag, LayerOption
from geo.cli.records import revision_json
from geo.errors import UnchangedError
from geo.i18n import N_
from geo.model import Layer
from geo.reports import SEVERITY_WORDS
from geo.store import Revision

commands = typer.Typer()

FileArgument = Annotated[str, typer.Argument(metavar="FILE", help=N_("GeoJSON 文件;- 是标准输入。"))]


@commands.command(help=N_("逐行核对一个文件,不存入。有错的行每行说明问题和改法。"))
def validate(ctx: typer.Context, file: FileArgument, layer: LayerOption, as_json: JsonFlag = False) -> int:
    call: Call = ctx.obj
    name, data = terminal.read(file)
    with call.opened() as atlas:
        report = _checked(call, atlas, data, name, layer)
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
    author: AuthorOption = None,
    accept_valid: Annotated[
        bool, typer.Option("--accept-valid", help=N_("有错的行不存,没有错的照存;有错时退出码仍是 1。"))
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=N_("只说会怎样,不写入。"))] = False,
    as_json: JsonFlag = False,
) -> int:
    call: Call = ctx.obj
    name, data = terminal.read(file)
    with call.opened() as atlas:
        report = _checked(call, atlas, data, name, layer)
        wanted = report.accepted_count > 0 and (accept_valid or not report.rejected_count)
        revision = _stored(atlas, report, call.author(author)) if wanted and not dry_run else None
    if as_json:
        document = report.as_json(call.lang) | {"dry_run": dry_run, "revision": revision and revision_json(revision)}
        terminal.write_json(document)
    else:
        terminal.write_lines(_lines(call, report))
    _tell(call, report, revision, wanted=wanted, dry_run=dry_run)
    return _code(report)


def _checked(call: Call, atlas: usecases.Atlas, data: bytes, name: str, layer: Layer) -> ingest.Report:
    call.note(N_("正在核对 {file}…"), file=name)
    return usecases.check_file(atlas, data, name, layer)


def _stored(atlas: usecases.Atlas, report: ingest.Report, author: usecases.Author) -> Revision | None:
    """The new revision; None where the rows are stored already, so that a file may be imported twice."""
    try:
        return usecases.accept(atlas, report, author)
    except UnchangedError:
        return None


def _code(report: ingest.Report) -> int:
    return FAULTY if report.rejected_count else FINE


def _lines(call: Call, report: ingest.Report) -> Iterator[str]:
    """The report for people: a line of totals, then a line a fault."""
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


def _tell(call: Call, report: ingest.Report, revision: Revision | None, *, wanted: bool, dry_run: bool) -> None:
    """What came of it, and how to go on."""
    refused = report.rejected_count
    if not report.accepted_count:
        call.note(N_("没有一行可存,所以什么都没有存入:请照上面的改法改好再来。"))
    elif not wanted:
        text = N_("有 {n} 行有错,所以什么都没有存入:请改好再来,或加 --accept-valid 只存没有错的 {good} 行。")
        call.note(text, n=refused, good=report.accepted_count)
    elif dry_run:
        call.note(N_("试运行,没有写入:实际运行会存入 {n} 行。"), n=report.accepted_count)
    elif revision is None:
        call.note(N_("与库中的完全相同,所以没有新的修订。"))
    else:
        text = N_("已存为第 {number} 号修订:新增 {added},更新 {changed}。")
        call.note(text, number=revision.number, added=revision.added, changed=revision.changed)
    if wanted and refused:
        call.note(N_("有错的 {n} 行没有收:请照上面的改法改好,再来一次。"), n=refused)
