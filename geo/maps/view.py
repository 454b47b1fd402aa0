"""From frames and masks to a :class:`~geo.maps.state.MapState`: looks, words and the legend of what is really shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from geo.areas import Areas
from geo.i18n import N_, translate
from geo.maps.columns import BENEATH, bits
from geo.maps.state import LegendItem, LegendSection, MapState
from geo.model import CERTAINTY_WORDS, Certainty, Layer, Pack

Mask = npt.NDArray[np.bool_]

_TEXTS: Mapping[str, str] = {
    "legend": N_("图例"),
    "sample": N_("示例数据,非真实设施"),
    "source": N_("来源:"),
    "certainty": N_("位置:"),
    "capacity": N_("容量 {n}"),
    "more": N_("此处还有 {n} 处,放大可见"),
    "home": N_("回到全域"),
    "zoomIn": N_("放大"),
    "zoomOut": N_("缩小"),
    "fullOn": N_("全屏"),
    "fullOff": N_("退出全屏"),
    "measureOn": N_("测距"),
    "measureOff": N_("结束测距"),
    "measureFinish": N_("点击结束线段"),
    "measureDelete": N_("按住 Shift 点击删除此点"),
    "measureMove": N_("拖动可移动此点"),
    "measureResume": N_("按住 Ctrl 点击接着画"),
    "measureAdd": N_("按住 Ctrl 点击加点"),
    "search": N_("搜索基地、设施、乡镇"),
    "base": N_("基地"),
    "district": N_("片区"),
    "town": N_("乡镇"),
    "facility": N_("设施"),
    "searchNone": N_("没有找到"),
    "fault": N_("地图数据没有取到:请刷新页面"),
}
GAP_COLOUR = "#d9730d"
WALK_COLOUR = "#6b3fa0"
COVERED_COLOUR = "#1d6b45"
REJECTED_COLOUR = "#a11b1b"
BORDER_COLOUR = "#7d8a92"
ROAD_COLOUR = "#b3a48f"
PEOPLE_COLOUR = "#6d5a8c"
UNSTATED_COLOUR = "#56626b"  # a base without cluster


def texts(lang: str) -> dict[str, str]:
    """The map's own words in ``lang``."""
    return {name: translate(lang, text) for name, text in _TEXTS.items()}


@dataclass(frozen=True)
class Shown:
    """What is on the map: rows of the symbols, the areas, and which of the layers beneath have anything in them."""

    bases: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame
    base_mask: Mask
    facility_mask: Mask
    areas: Areas
    beneath: tuple[Layer, ...] = ()


def map_state(
    pack: Pack,
    lang: str,
    shown: Shown,
    urls: dict[str, str],
    extra_legend: tuple[LegendSection, ...] = (),
    **rest: Any,
) -> MapState:
    """The state that draws ``shown``; ``rest`` are further fields of :class:`MapState`."""
    return MapState(
        lang=lang,
        urls=urls,
        bases=bits(shown.base_mask),
        facilities=bits(shown.facility_mask),
        texts=texts(lang),
        stages=tuple({"symbol": stage.symbol, "in_chain": stage.in_chain} for stage in pack.plan.stages),
        clusters=tuple({"colour": cluster.colour} for cluster in pack.plan.clusters),
        categories=_categories(pack, lang),
        certainties=tuple(translate(lang, CERTAINTY_WORDS[level]) for level in Certainty),
        legend=(*extra_legend, *legend(pack, lang, shown)),
        attribution=attribution(pack, lang),
        **rest,
    )


def _categories(pack: Pack, lang: str) -> tuple[dict[str, Any], ...]:
    colours = {family.id: family.colour for family in pack.families}
    return tuple(
        {"label": category.label.text(lang), "glyph": category.glyph, "colour": colours[category.family]}
        for category in pack.categories
    )


def attribution(pack: Pack, lang: str) -> tuple[str, ...]:
    """The line that a published map must carry: review number or internal use, and where the boundary is from."""
    if pack.review_number:
        number = translate(lang, N_("审图号:{number}"), number=pack.review_number)
    else:
        number = translate(lang, N_("内部使用"))
    return (number, pack.boundary_note.text(lang))


def legend(pack: Pack, lang: str, shown: Shown) -> tuple[LegendSection, ...]:
    """Sections for what is on the map now; an absent kind has no entry, an empty section is left out."""
    bases = shown.bases[shown.base_mask]
    facilities = shown.facilities[shown.facility_mask]
    sections = (
        LegendSection("clusters", translate(lang, N_("产业集群")), _cluster_items(pack, lang, bases)),
        LegendSection("stages", translate(lang, N_("孵化阶段")), _stage_items(pack, lang, bases)),
        LegendSection(
            "facilities", translate(lang, N_("配套设施")), _facility_items(pack, lang, facilities), open=False
        ),
        LegendSection(
            "lines", translate(lang, N_("界线")), (*_line_items(lang, shown.areas), *_beneath_items(lang, shown))
        ),
    )
    return tuple(section for section in sections if section.items)


def _cluster_items(pack: Pack, lang: str, bases: gpd.GeoDataFrame) -> tuple[LegendItem, ...]:
    present = set(bases["cluster"])
    named = [
        LegendItem("fill", cluster.label.text(lang), cluster.colour)
        for cluster in pack.plan.clusters
        if cluster.id in present
    ]
    if "" in present:
        named.append(LegendItem("fill", translate(lang, N_("未写明集群")), UNSTATED_COLOUR))
    return tuple(named)


def _stage_items(pack: Pack, lang: str, bases: gpd.GeoDataFrame) -> tuple[LegendItem, ...]:
    present = set(bases["stage"])
    items = [
        LegendItem("base", stage.label.text(lang), symbol=stage.symbol)
        for stage in pack.plan.stages
        if stage.id in present
    ]
    if bases["demo_year"].notna().any():
        items.append(LegendItem("base", translate(lang, N_("列入示范名单")), symbol="circle", star=True))
    if not bases["certainty"].isin([str(level) for level in Certainty if level.sure]).all():
        items.append(LegendItem("base", translate(lang, N_("位置未核实")), symbol="circle", dashed=True))
    return tuple(items)


def _facility_items(pack: Pack, lang: str, facilities: gpd.GeoDataFrame) -> tuple[LegendItem, ...]:
    present = set(facilities["category"])
    colours = {family.id: family.colour for family in pack.families}
    items = [
        LegendItem("facility", category.label.text(lang), colours[category.family], glyph=category.glyph)
        for category in pack.categories
        if category.id in present
    ]
    if facilities["sample"].any():
        items.append(LegendItem("facility", translate(lang, N_("空心:示例数据")), UNSTATED_COLOUR, hollow=True))
    return tuple(items)


def _line_items(lang: str, areas: Areas) -> tuple[LegendItem, ...]:
    """Solid for outlines that staff stored, dashed while any other is drawn."""
    rough = {*areas.districts["schematic"], *areas.towns["schematic"]}
    words = {False: N_("片区、乡镇界"), True: N_("片区、乡镇界(示意)")}
    return tuple(
        LegendItem("line", translate(lang, words[is_so]), BORDER_COLOUR, dashed=is_so) for is_so in sorted(rough)
    )


def _beneath_items(lang: str, shown: Shown) -> tuple[LegendItem, ...]:
    items = {
        Layer.ROADS: LegendItem("line", translate(lang, N_("道路")), ROAD_COLOUR, toggle=str(Layer.ROADS)),
        Layer.POPULATION: LegendItem(
            "people", translate(lang, N_("人口(圆大人多)")), PEOPLE_COLOUR, toggle=str(Layer.POPULATION)
        ),
    }
    return tuple(items[layer] for layer in reversed(BENEATH) if layer in shown.beneath)
