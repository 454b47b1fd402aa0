"""The pass/fail sheet of a buffer check on the page: rings for the map, the table, and the files to take away."""

from __future__ import annotations

import shapely
import streamlit as st
from shapely import Point

from geo import coverage as cov
from geo import usecases
from geo.maps.columns import bits
from geo.maps.state import LegendItem, LegendSection, Overlay, RingShape
from geo.maps.view import WALK_COLOUR
from geo.reports import no_way, walks_of
from pages.parts import map_panel, routes, start, walk
from pages.parts.context import Here
from pages.parts.html import Cell, Figure, heading, line, paper, scroll, strip, table
from pages.parts.place import Where
from pages.parts.words import base_names, clause_hint, metres, verdict

_DRAWN_TOLERANCE_DEG = 2e-5  # 2 m: for drawing only
_WALK_OPACITY = 0.16


def rings(here: Here, result: cov.Check | None) -> tuple[RingShape, ...]:
    """The rings with their radius written on them."""
    if result is None:
        return ()
    return tuple(
        RingShape(shapely.to_geojson(ring.geometry), here.t("{m} 米", m=metres(ring.radius_m))) for ring in result.rings
    )


def walked(result: cov.Check | None) -> tuple[Overlay, ...]:
    """The ground within the rings' radii on foot, the nearer on top of the farther."""
    grounds = result.walks.grounds if result and result.walks else ()
    drawn = (shapely.simplify(one.geometry, _DRAWN_TOLERANCE_DEG) for one in reversed(grounds))
    return tuple(
        Overlay(shapely.to_geojson(ground), WALK_COLOUR, weight=0.8, opacity=_WALK_OPACITY)
        for ground in drawn
        if not ground.is_empty
    )


def legend(here: Here, result: cov.Check | None) -> tuple[LegendSection, ...]:
    """What the ground on foot means, where it is drawn."""
    if not walked(result):
        return ()
    item = LegendItem("fill", here.t("沿路走得到的地方(深的更近)"), WALK_COLOUR)
    return (LegendSection("page", here.t("步行范围"), (item,)),)


def focus(here: Here, result: cov.Check | None) -> str | None:
    """Facilities inside the largest ring are drawn strong, the others faint."""
    if result is None:
        return None
    return bits(here.snap.facilities["id"].isin([inside.id for inside in result.inside]))


def show(here: Here, where: Where, result: cov.Check | None, settings: usecases.Settings) -> None:
    """The sheet, or how to begin."""
    t = here.t
    if result is None or where is None:
        paper(
            heading(t("选一个基地,或点图上任意位置")),
            line(t("左侧可选基地与生活圈;选好后,这里列出圈内各类配套、是否达标、依据哪一条、圈外最近的在哪里。")),
        )
        if start.lacking(here):
            start.show(here)
        return
    passed = sum(row.covered for row in result.rows)
    paper(heading(title(here, where)))
    strip(
        [
            Figure(t("达标"), f"{passed} / {len(result.rows)}"),
            Figure(t("缺口"), str(len(result.rows) - passed), warm=True),
            Figure(t("圈内设施"), str(len(result.inside))),
        ]
    )
    paper(*_on_foot(here, result), scroll(_table(here, result)))
    _take_away(here, where, result, settings)


def _on_foot(here: Here, result: cov.Check) -> tuple[str, ...]:
    """What was walked, and why there is no way where there is none."""
    if result.walks is None:
        return ()
    lost = dict.fromkeys(no_way(one, here.lang) for one in result.walks.rows if one.why)
    network = walk.said_of(here, usecases.streets(here.atlas, here.snap))
    return line(network, "quiet"), *(line(why, "warning") for why in lost)


def title(here: Here, where: str | tuple[float, float]) -> str:
    if isinstance(where, str):
        return base_names(here)[where]
    lon, lat = where
    return here.t("图上所点的位置 {lon:.5f}, {lat:.5f}", lon=lon, lat=lat)


def _place(where: str | tuple[float, float]) -> str | Point:
    return where if isinstance(where, str) else Point(*where)


def _table(here: Here, result: cov.Check) -> str:
    t = here.t
    head = [Cell(t("配套"))]
    head += [Cell(t("{m} 米内", m=metres(ring.radius_m)), "num") for ring in result.rings]
    head += [Cell(t("标准(米)"), "num"), Cell(t("最近(米)"), "num")]
    head += [Cell(t("步行(米)"), "num"), Cell(t("分"), "num")] if result.walks else []
    head += [Cell(t("结论")), Cell(t("圈外最近"))]
    return table(head, [_row(here, *each) for each in zip(result.rows, walks_of(result), strict=True)], "sheet")


def _row(here: Here, row: cov.CheckRow, on_foot: cov.Walk | None) -> list[Cell]:
    t = here.t
    outside = t("{name}({m} 米)", name=row.outside_name, m=metres(row.outside_m)) if row.outside_id else "–"
    hint = clause_hint(here, row.clause, row.certainty)
    return [
        Cell(here.say(here.pack.category(row.category).label), "", t("含示例数据") if row.sample else ""),
        *(Cell(str(count), "num") for count in row.counts),
        Cell(metres(row.threshold_m), "num", hint),
        Cell(metres(row.nearest_m), "num", here.say(row.nearest_name)),
        *(_walk(here, on_foot) if on_foot else ()),
        verdict(here, row.covered),
        Cell(outside, "none"),
    ]


def _walk(here: Here, found: cov.Walk) -> tuple[Cell, Cell]:
    if found.why:
        return Cell(here.t("走不到"), "warning", no_way(found, here.lang)), Cell("–", "num")
    return Cell(metres(found.metres), "num", here.say(found.nearest_name)), Cell(f"{found.minutes:.0f}", "num")


def _take_away(here: Here, where: str | tuple[float, float], result: cov.Check, settings: usecases.Settings) -> None:
    t = here.t
    printed, table_file = st.columns(2)
    printed.link_button(
        t("打印核查表(A4 一页)"),
        map_panel.base_path()
        + routes.sheet_url(where, [ring.radius_m for ring in result.rings], settings, here.snap.revision, here.lang),
        icon=":material/print:",
        width="stretch",
    )
    table_file.download_button(
        t("下载核查表(XLSX)"),
        data=lambda: usecases.sheet_xlsx(here.atlas, here.snap, _place(where), result, settings, here.lang),
        file_name=f"buffer-r{here.snap.revision}.xlsx",
        mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        key="sheet_xlsx",
        on_click="ignore",
        width="stretch",
    )
