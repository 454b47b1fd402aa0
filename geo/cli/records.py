"""What is stored: the layers as files."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from geo import usecases
from geo.cli import terminal
from geo.cli.call import FINE, Call, LayerOption, OutOption
from geo.cli.formats import kind_of
from geo.cli.moments import AtOption, number_of
from geo.i18n import N_

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
    at: AtOption = None,
) -> int:
    call: Call = ctx.obj
    kind = kind_of(format, out, LayerFormat) or "geojson"
    with call.opened() as atlas:
        snap = usecases.snapshot(atlas, None if at is None else number_of(atlas, at))
        data = usecases.export_layer(snap, layer, kind, call.lang)
    terminal.write_data(data, out, binary=kind in _BINARY)
    call.note(N_("已导出 {n} 条,数据为第 {number} 号修订。"), n=len(snap.frame(layer)), number=snap.revision)
    if snap.frame(layer)["sample"].any():
        call.note(N_("含示例数据,非真实设施"))
    return FINE
