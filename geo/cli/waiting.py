"""The quarantine: rows of earlier files that were not accepted, to look at, take away and mend, or give up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import typer

from geo import usecases
from geo.cli import terminal
from geo.cli.call import FINE, AuthorOption, Call, JsonFlag, OutOption
from geo.cli.formats import kind_of
from geo.i18n import N_, message
from geo.model import LAYER_WORDS
from geo.reports import SEVERITY_WORDS
from geo.store import Quarantined, Upload

commands = typer.Typer()
_group = typer.Typer()
commands.add_typer(_group, name="quarantine", help=N_("待改的行:导入时有错而没有存入的行,改好再导入就会离开。"))

RowsFormat = Literal["geojson", "xlsx"]
UploadArgument = Annotated[int, typer.Argument(metavar="ID", help=N_("待改的编号,见 quarantine。"))]


@_group.callback(invoke_without_command=True)
def waiting(
    ctx: typer.Context,
    every: Annotated[bool, typer.Option("--all", help=N_("也列出已经全部改好或放弃的。"))] = False,
    as_json: JsonFlag = False,
) -> int:
    if ctx.invoked_subcommand is not None:
        return FINE
    call: Call = ctx.obj
    with call.opened() as atlas:
        found = [upload for upload in usecases.quarantine(atlas) if upload.open or every]
    if as_json:
        terminal.write_json([upload_json(upload) for upload in found])
        return FINE
    head = [call.t(word) for word in (N_("编号"), N_("时间"), N_("谁"), N_("图层"), N_("文件"))]
    head += [call.t(word) for word in (N_("修订"), N_("待改"), N_("有错"))]
    terminal.write_lines(terminal.table(head, [_row(call, upload) for upload in found]))
    if not found:
        call.note(N_("没有待改的行。"))
    return FINE


@_group.command(help=N_("列出一次导入里待改的行,每行说明问题和改法。"))
def show(ctx: typer.Context, id: UploadArgument, as_json: JsonFlag = False) -> int:
    call: Call = ctx.obj
    upload, rows = _open(call, id)
    if as_json:
        terminal.write_json({**upload_json(upload), "rows": [_row_json(call, row) for row in rows]})
    else:
        terminal.write_lines(_lines(call, upload, rows))
    return FINE


@_group.command(help=N_("把待改的行写成文件,每行附有原因;改好后用 import 导入。"))
def export(
    ctx: typer.Context,
    id: UploadArgument,
    format: Annotated[
        RowsFormat | None,
        typer.Option("--format", help=N_("格式;不写时看 -o 的后缀,再不然表格是 xlsx,别的是 geojson。")),
    ] = None,
    out: OutOption = None,
) -> int:
    call: Call = ctx.obj
    upload, rows = _open(call, id)
    kind = kind_of(format, out, RowsFormat) or usecases.quarantine_kinds(upload, rows)[0]
    data = usecases.export_quarantine(upload, rows, kind, call.lang)
    terminal.write_data(data, out, binary=kind == "xlsx")
    call.note(N_("已导出待改的 {n} 行:改好后用 import 导入,改好的行就会离开。"), n=len(rows))
    return FINE


@_group.command(help=N_("放弃一次导入里待改的行:不会删去,只是不再列为待改。"))
def discard(ctx: typer.Context, id: UploadArgument, author: AuthorOption = None, as_json: JsonFlag = False) -> int:
    call: Call = ctx.obj
    with call.opened() as atlas:
        n = usecases.discard(atlas, id, call.author(author))
    if as_json:
        terminal.write_json({"id": id, "discarded": n})
    call.note(N_("已放弃 {n} 行。"), n=n)
    return FINE


def _open(call: Call, id: int) -> tuple[Upload, tuple[Quarantined, ...]]:
    """An upload, and its rows that wait."""
    with call.opened() as atlas:
        rows = usecases.quarantined_rows(atlas, id)
        return next(upload for upload in usecases.quarantine(atlas) if upload.id == id), rows


def upload_json(upload: Upload) -> dict[str, Any]:
    """An upload for programs; the time is ISO 8601 in UTC."""
    return {
        "id": upload.id,
        "layer": str(upload.layer),
        "file": upload.file_name,
        "sha256": upload.file_sha256,
        "author": upload.author,
        "at": upload.at.isoformat(),
        "revision": upload.revision,
        "accepted": upload.accepted,
        "rejected": upload.rejected,
        "open": upload.open,
    }


def _row_json(call: Call, row: Quarantined) -> dict[str, Any]:
    reasons = [{"code": reason["code"], "severity": reason["severity"], **reason[call.lang]} for reason in row.reasons]
    return {"row": row.row, "feature": row.feature, "reasons": reasons}


def _row(call: Call, upload: Upload) -> list[str]:
    when = f"{upload.at.astimezone():%Y-%m-%d %H:%M}"
    revision = "–" if upload.revision is None else str(upload.revision)
    words = (when, upload.author, call.t(LAYER_WORDS[upload.layer]), upload.file_name or "–", revision)
    return [str(upload.id), *words, str(upload.open), str(upload.rejected)]


def _lines(call: Call, upload: Upload, rows: tuple[Quarantined, ...]) -> Iterator[str]:
    layer = message(LAYER_WORDS[upload.layer])
    yield call.t("{file}({layer}):{n} 行待改。", file=upload.file_name, layer=layer, n=len(rows))
    for row in rows:
        for reason in row.reasons:
            where = call.t("第 {row} 行", row=row.row)
            kind = f"[{call.t(SEVERITY_WORDS[reason['severity']])} {reason['code']}]"
            said = reason[call.lang]
            yield f"{where} {kind} {said['message']} → {said['fix']}"
