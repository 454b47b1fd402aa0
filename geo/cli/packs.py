"""Packs: those that there are, what is wrong with one, and the beginning of a new one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from geo import packs, usecases
from geo.cli import terminal
from geo.cli.call import FAULTY, FINE, Call, JsonFlag
from geo.i18n import N_

commands = typer.Typer()
_group = typer.Typer()
commands.add_typer(_group, name="packs", help=N_("规划包:列出、检查、新建。不写子命令就是列出。"))


@_group.callback(invoke_without_command=True)
def everything(ctx: typer.Context, as_json: JsonFlag = False) -> int:
    return FINE if ctx.invoked_subcommand is not None else _listed(ctx.obj, as_json)


@_group.command("list", help=N_("列出可用的规划包。"))
def list_(ctx: typer.Context, as_json: JsonFlag = False) -> int:
    return _listed(ctx.obj, as_json)


def _listed(call: Call, as_json: bool) -> int:
    found = usecases.known_packs()
    if as_json:
        terminal.write_json([_pack_json(call, pack) for pack in found])
        return FINE
    head = [call.t(word) for word in (N_("编号"), N_("名称"), N_("规划"), N_("文件夹"))]
    rows = [(pack.id, call.say(pack.label), call.say(pack.plan_title), str(pack.path)) for pack in found]
    terminal.write_lines(terminal.table(head, rows))
    return FINE


def _pack_json(call: Call, pack: packs.PackSummary) -> dict[str, Any]:
    return {
        "id": pack.id,
        "label": call.say(pack.label),
        "path": str(pack.path),
        "plan": call.say(pack.plan_title),
        "years": list(pack.years),
    }


@_group.command(help=N_("检查规划包的每个文件,一次说出全部问题:文件、行、哪里不对、怎么改。"))
def check(
    ctx: typer.Context,
    folder: Annotated[
        str | None, typer.Argument(metavar="PACK", help=N_("规划包的名称或文件夹;不写时检查 data/ 里所有的包。"))
    ] = None,
    as_json: JsonFlag = False,
) -> int:
    call: Call = ctx.obj
    folders = [_folder(folder)] if folder is not None else [packs.find_pack(name) for name in packs.pack_names()]
    found = {path: packs.pack_faults(path) for path in folders}
    if as_json:
        terminal.write_json(
            [
                {"path": str(path), "faults": [_fault_json(call, one) for one in faults]}
                for path, faults in found.items()
            ]
        )
    else:
        terminal.write_lines(call.say(fault.message) for faults in found.values() for fault in faults)
    for path, faults in found.items():
        if faults:
            call.note(N_("“{folder}”有 {n} 处要改。"), folder=str(path), n=len(faults))
        else:
            call.note(N_("“{folder}”没有问题。"), folder=str(path))
    return FAULTY if any(found.values()) else FINE


def _folder(asked: str) -> Path:
    """The folder itself where there is one: that it lacks a pack.toml is then one of its faults."""
    return Path(asked) if Path(asked).is_dir() else packs.find_pack(asked)


def _fault_json(call: Call, fault: packs.Fault) -> dict[str, Any]:
    return {
        "file": fault.file,
        "line": fault.line,
        "place": fault.place if isinstance(fault.place, str) else call.say(fault.place),
        "what": call.say(fault.what),
        "mend": call.say(fault.mend),
    }


@_group.command(help=N_("新建一个县的规划包:县界、邻县、乡镇格和空的规划,立刻能打开。"))
def build(
    ctx: typer.Context,
    adcode: Annotated[str, typer.Argument(metavar="ADCODE", help=N_("县、区、县级市的六位行政区划代码。"))],
    name: Annotated[str, typer.Option("--name", help=N_("文件夹名,也是包的编号:小写字母、数字、“-”。"))],
    years: Annotated[
        str | None, typer.Option("--years", metavar="YYYY-YYYY", help=N_("规划的起止年份;不写时从今年起三年。"))
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", metavar="DIR", help=N_("建在这个文件夹里;不写时在 data/ 里。"))
    ] = None,
) -> int:
    # The outlines and places of the whole country are large: only this command loads them.
    from geo.packs.build import build as build_pack

    call: Call = ctx.obj
    folder = build_pack(adcode, name, years, to)
    asked = name if to is None else str(folder)
    call.note(N_("已建好“{folder}”。打开它:ATLAS_PACK={pack} make run"), folder=str(folder), pack=asked)
    call.note(N_("接着照规划原文填 plan.toml,每改一次用 packs check 检查;怎么填见 docs/packs.md。"))
    return FINE
