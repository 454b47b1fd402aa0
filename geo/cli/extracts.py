"""OpenStreetMap files that come in, and the walking network that the roads make."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from geo import usecases
from geo.cli import terminal
from geo.cli.call import FINE, AuthorOption, Call, JsonFlag
from geo.cli.revisions import revision_json
from geo.errors import InputError, UnchangedError
from geo.i18n import N_, Listed, message
from geo.model import Layer
from geo.reports import network_line
from geo.store import Revision
from geo.streets import Network
from geo.usecases import Atlas, OsmBefore, OsmFile, Streets

commands = typer.Typer()


@commands.command(
    "import-osm",
    help=N_("从 OpenStreetMap 数据取县里的配套设施和可步行的路,存为一次修订;再导入新的数据,会代替上次的。"),
)
def import_osm(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=N_("OpenStreetMap 数据:.osm.pbf、.osm 或 .osm.gz。"))],
    author: AuthorOption = None,
    no_facilities: Annotated[bool, typer.Option("--no-facilities", help=N_("不存配套设施。"))] = False,
    no_roads: Annotated[bool, typer.Option("--no-roads", help=N_("不存路。"))] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help=N_("上次导入后有人改过的要素,也用新数据代替。"))
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=N_("只说会怎样,不写入。"))] = False,
    as_json: JsonFlag = False,
) -> int:
    call: Call = ctx.obj
    left_out = {Layer.FACILITIES: no_facilities, Layer.ROADS: no_roads}
    layers = [layer for layer in usecases.OSM_LAYERS if not left_out[layer]]
    if not layers:
        raise InputError(N_("--no-facilities 和 --no-roads 只能写一个:两样都不存就没有要做的了。"))
    with call.opened() as atlas:
        found = usecases.read_osm(atlas, file, call.note)
        network = usecases.osm_network(atlas, found)
        before = usecases.osm_before(atlas, found, layers, overwrite)
        revision = None if dry_run else _stored(atlas, found, call.author(author), layers, overwrite=overwrite)
    if as_json:
        told = {"file": found.name, **found.extract.report.as_json(call.lang), "network": network_json(network)}
        terminal.write_json({**told, "dry_run": dry_run, "revision": revision and revision_json(revision)})
    else:
        terminal.write_lines(usecases.osm_lines(atlas, found, network, call.lang))
    _tell(call, revision, before, dry_run=dry_run)
    return FINE


def _stored(
    atlas: Atlas, found: OsmFile, author: usecases.Author, layers: list[Layer], *, overwrite: bool
) -> Revision | None:
    try:
        return usecases.store_osm(atlas, found, author, layers, overwrite)
    except UnchangedError:
        return None


def _tell(call: Call, revision: Revision | None, before: OsmBefore, *, dry_run: bool) -> None:
    if kept := sum(map(len, before.kept.values())):
        call.note(N_("上次导入后有人改过的 {n} 个要素保持原样;要用新数据代替,请加 --overwrite。"), n=kept)
    if dry_run:
        gone = sum(map(len, before.gone.values()))
        call.note(N_("试运行,没有写入;实际运行会移除 {n} 个新数据里没有了的要素。"), n=gone)
    elif revision is None:
        call.note(N_("与库中的完全相同,所以没有新的修订。"))
    else:
        text = N_("已存为第 {number} 号修订:新增 {added},更新 {changed},移除 {removed}。")
        call.note(
            text, number=revision.number, added=revision.added, changed=revision.changed, removed=revision.removed
        )


def network_json(network: Network) -> dict[str, Any]:
    """A walking network for programs."""
    return {
        "metres": round(network.total_m, 1),
        "nodes": len(network.xy),
        "edges": len(network.metres),
        "pieces": len(network.piece_m),
        "largest_share": round(network.largest_share, 4),
        "dangling": network.dangling,
    }


def tell_streets(call: Call, streets: Streets) -> None:
    """Where the walking network comes from, how old it is and how far it hangs together."""
    call.note(
        N_("路网:{n} 条路,来源 {sources};第 {revision} 号修订,{at}。{share}"),
        n=streets.roads,
        sources=Listed(tuple(label if label.zh else message(N_("(未写来源)")) for label, _ in streets.sources)),
        revision=streets.revision,
        at=streets.day.isoformat(),
        share=network_line(streets.network, call.lang),
    )
