"""What an OpenStreetMap file gave, sentence by sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from geo.i18n import N_, Label, Listed, translate
from geo.model import Pack
from geo.osm import SKIP_WORDS, OsmReport, Skip
from geo.streets import Network

_WHOLE = 0.9995


def extract_lines(name: str, report: OsmReport, network: Network, pack: Pack, lang: str) -> Iterator[str]:
    """The file ``name``: its date and extent, what was taken and what was not and why, and how its roads hang together."""
    day = f"{report.dated:%Y-%m-%d}" if report.dated else translate(lang, N_("不明"))
    yield translate(lang, N_("{file}:OpenStreetMap 数据,日期 {day}。"), file=name, day=day)
    if report.covers is not None and report.covers < _WHOLE:
        share = f"{report.covers:.0%}"
        yield translate(lang, N_("文件只覆盖县域的 {share}:要完整的结果,请换范围更大的数据。"), share=share)
    yield from _doubts(report, lang)
    labels = {category.id: category.label for category in pack.categories}
    yield from _facility_lines(report, labels, lang)
    yield from _road_lines(report, lang)
    if report.roads:
        yield network_line(network, lang)


def _doubts(report: OsmReport, lang: str) -> Iterator[str]:
    """What makes one doubt that the file is whole."""
    if report.no_relations:
        text = N_(
            "文件里一个关系(relation)也没有:文件可能在末尾被截断,由几段拼成的学校、医院、广场会缺,路和设施也可能缺。"
            "请核对文件大小,或重新下载。"
        )
        yield translate(lang, text)
    if report.missing_nodes:
        text = N_("文件里缺 {n} 个节点,县内的路或面要用到它们:请换完整的数据。")
        yield translate(lang, text, n=report.missing_nodes)


def network_line(network: Network, lang: str) -> str:
    """How long the network is, and how far it hangs together."""
    return translate(
        lang,
        N_("共 {km} 公里,分为互不相连的 {pieces} 片,最大一片占 {share}。"),
        km=f"{network.total_m / 1000:,.1f}",
        pieces=len(network.piece_m),
        share=f"{network.largest_share:.1%}",
    )


def _facility_lines(report: OsmReport, labels: Mapping[str, Label], lang: str) -> Iterator[str]:
    taken = {labels[id]: n for id, n in report.facilities.items() if n}
    yield translate(lang, N_("配套设施:取 {n} 处。{kinds}"), n=sum(taken.values()), kinds=_counted(taken, lang))
    if report.unnamed:
        yield translate(lang, N_("其中 {n} 处没有名称,以类别为名。"), n=report.unnamed)
    if report.capacities:
        text = N_("其中 {n} 处写明容量(床位、学位、套、车位等)。")
        yield translate(lang, text, n=report.capacities)
    if report.unread_capacities:
        yield translate(lang, N_("其中 {n} 处的容量不是数,没有取。"), n=report.unread_capacities)
    if none := tuple(labels[id] for id, n in report.facilities.items() if not n):
        yield translate(lang, N_("文件里一处也没有的类别:{kinds}。"), kinds=Listed(none))
    yield from _skipped(N_("没有取的设施:{reasons}"), report.skipped_facilities, lang)


def _road_lines(report: OsmReport, lang: str) -> Iterator[str]:
    if report.roads:
        kinds = _counted({Label(kind, kind): n for kind, n in report.roads.items()}, lang)
        yield translate(lang, N_("可步行的路:取 {n} 条。{kinds}"), n=sum(report.roads.values()), kinds=kinds)
    else:
        yield translate(lang, N_("文件里没有可步行的路,步行距离算不了:文件可能不完整,请换包含道路的数据。"))
    if report.cut_roads:
        yield translate(lang, N_("其中 {n} 条在县外 2 公里处截断。"), n=report.cut_roads)
    if report.broken_roads:
        yield translate(lang, N_("其中 {n} 条在文件里缺节点,只取了连得上的部分。"), n=report.broken_roads)
    yield from _skipped(N_("没有取的路:{reasons}"), report.skipped_roads, lang)


def _counted(counts: Mapping[Label, int], lang: str) -> str:
    return Listed(tuple(f"{name.text(lang)} {n}" for name, n in counts.items())).text(lang)


def _skipped(sentence: str, counts: Mapping[Skip, int], lang: str) -> Iterator[str]:
    if counts:
        reasons = tuple(f"{translate(lang, SKIP_WORDS[why])} {n}" for why, n in counts.items())
        yield translate(lang, sentence, reasons=Listed(reasons))
