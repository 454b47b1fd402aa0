"""Copies of the whole database: one made, one put back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from geo import usecases
from geo.cli.call import FINE, Call
from geo.i18n import N_

commands = typer.Typer()


@commands.command(help=N_("把整个数据库(所有规划包)备份到一个文件;备份时别人照样可以读写。"))
def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=N_("备份写到这个文件。"))],
    force: Annotated[bool, typer.Option("--force", help=N_("文件已存在时覆盖它。"))] = False,
) -> int:
    call: Call = ctx.obj
    with call.opened() as atlas:
        usecases.backup(atlas, file, overwrite=force)
    call.note(N_("已备份到“{file}”。"), file=str(file))
    return FINE


@commands.command(help=N_("用备份替换整个数据库;替换前会核对备份,原来的数据留在旁边的文件里。"))
def restore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=N_("backup 写的文件。"))],
) -> int:
    call: Call = ctx.obj
    aside = usecases.restore(call.database, file)
    call.note(N_("已恢复为“{file}”里的数据。网页若正开着,请重新启动它。"), file=str(file))
    if aside is not None:
        call.note(N_("原来的数据留在“{file}”:确认不再需要后可以删去。"), file=str(aside))
    return FINE
