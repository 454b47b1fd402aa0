"""OpenStreetMap files that come in, and the walking network that the roads make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from geo import osm, uploads, usecases
from geo.cli import terminal
from geo.cli.call import FINE, AuthorOption, Call, JsonFlag
from geo.cli.revisions import revision_json
from geo.errors import InputError, UnchangedError
from geo.i18n import N_, Label, Listed, message
from geo.model import Layer
from geo.store import Revision
from geo.streets import Network
from geo.uploads import OsmFile
from geo.usecases import Atlas, Streets

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
    dry_run: Annotated[bool, typer.Option("--dry-run", help=N_("只说会怎样,不写入。"))] = False,
    as_json: JsonFlag = False,
) -> int:
    call: Call = ctx.obj
    left_out = {Layer.FACILITIES: no_facilities, Layer.ROADS: no_roads}
    layers = [layer for layer in uploads.OSM_LAYERS if not left_out[layer]]
    if not layers:
        raise InputError(N_("--no-facilities 和 --no-roads 只能写一个:两样都不存就没有要做的了。"))
    with call.opened() as atlas:
        found = uploads.read_osm(atlas, file, call.note)
        network = uploads.osm_network(atlas, found)
        gone = sum(map(len, uploads.osm_gone(atlas, found, layers).values()))
        revision = None if dry_run else _stored(atlas, found, call.author(author), layers)
    if as_json:
        told = {"file": found.name, **found.extract.report.as_json(call.lang), "network": network_json(network)}
        terminal.write_json({**told, "dry_run": dry_run, "revision": revision and revision_json(revision)})
    else:
        terminal.write_lines(_lines(call, atlas, found, network))
    _tell(call, revision, gone, dry_run=dry_run)
    return FINE


def _stored(atlas: Atlas, found: OsmFile, author: usecases.Author, layers: list[Layer]) -> Revision | None:
    try:
        return uploads.store_osm(atlas, found, author, layers)
    except UnchangedError:
        return None


def _tell(call: Call, revision: Revision | None, gone: int, *, dry_run: bool) -> None:
    if dry_run:
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
        at=streets.at.date().isoformat(),
        share=_share(call, streets.network),
    )


def _share(call: Call, network: Network) -> str:
    return call.t(
        "共 {km} 公里,分为互不相连的 {pieces} 片,最大一片占 {share}。",
        km=f"{network.total_m / 1000:,.1f}",
        pieces=len(network.piece_m),
        share=f"{network.largest_share:.1%}",
    )


# --- for people ----------------------------------------------------------------------------------------------------


def _lines(call: Call, atlas: Atlas, found: OsmFile, network: Network) -> Iterator[str]:
    report = found.extract.report
    day = f"{report.dated:%Y-%m-%d}" if report.dated else call.t("不明")
    yield call.t("{file}:OpenStreetMap 数据,日期 {day}。", file=found.name, day=day)
    if report.covers is not None and report.covers < _WHOLE:
        share = f"{report.covers:.0%}"
        yield call.t("文件只覆盖县域的 {share}:要完整的结果,请换范围更大的数据。", share=share)
    labels = {category.id: category.label for category in atlas.pack.categories}
    yield from _facility_lines(call, report, labels)
    yield from _road_lines(call, report)
    if report.roads:
        yield _share(call, network)


_WHOLE = 0.9995


def _facility_lines(call: Call, report: osm.OsmReport, labels: Mapping[str, Label]) -> Iterator[str]:
    taken = {labels[id]: n for id, n in report.facilities.items() if n}
    yield call.t("配套设施:取 {n} 处。{kinds}", n=sum(taken.values()), kinds=_counted(call, taken))
    if report.unnamed:
        yield call.t("其中 {n} 处没有名称,以类别为名。", n=report.unnamed)
    if none := tuple(labels[id] for id, n in report.facilities.items() if not n):
        yield call.t("文件里一处也没有的类别:{kinds}。", kinds=Listed(none))
    yield from _skipped(call, N_("没有取的设施:{reasons}"), report.skipped_facilities)


def _road_lines(call: Call, report: osm.OsmReport) -> Iterator[str]:
    if report.roads:
        kinds = _counted(call, {Label(kind, kind): n for kind, n in report.roads.items()})
        yield call.t("可步行的路:取 {n} 条。{kinds}", n=sum(report.roads.values()), kinds=kinds)
    else:
        yield call.t("文件里没有可步行的路,步行距离算不了:文件可能不完整,请换包含道路的数据。")
    if report.cut_roads:
        yield call.t("其中 {n} 条在县外 2 公里处截断。", n=report.cut_roads)
    if report.broken_roads:
        yield call.t("其中 {n} 条在文件里缺节点,只取了连得上的部分。", n=report.broken_roads)
    yield from _skipped(call, N_("没有取的路:{reasons}"), report.skipped_roads)


def _counted(call: Call, counts: Mapping[Label, int]) -> str:
    return Listed(tuple(f"{call.say(name)} {n}" for name, n in counts.items())).text(call.lang)


def _skipped(call: Call, sentence: str, counts: Mapping[osm.Skip, int]) -> Iterator[str]:
    if counts:
        reasons = tuple(f"{call.t(osm.SKIP_WORDS[why])} {n}" for why, n in counts.items())
        yield call.t(sentence, reasons=Listed(reasons))
