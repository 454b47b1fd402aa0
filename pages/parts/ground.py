"""The uncovered ground of one category on the map: hatch, marks on the bases, legend and the sentence below."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import shapely
import streamlit as st

from geo import coverage as cov
from geo import usecases
from geo.i18n import message
from geo.maps.state import LegendItem, LegendSection, Overlay
from geo.maps.view import COVERED_COLOUR, GAP_COLOUR
from geo.model import Category
from geo.reports import METRIC_WORDS, district_name, town_name
from pages.parts.context import Here
from pages.parts.html import Cell, line, paper, scroll, table
from pages.parts.words import metres


def overlay(
    here: Here, category: Category, settings: usecases.Settings, districts: Sequence[str]
) -> tuple[Overlay, ...]:
    """The hatch over what is out of reach."""
    drawn = usecases.outline(here.atlas, here.snap, category.id, settings, districts)
    return (Overlay(shapely.to_geojson(drawn), GAP_COLOUR, hatch=True, weight=0.8),)


def share(shares: cov.Shares, districts: Sequence[str]) -> float:
    """Of the area of ``districts``, of the county where empty, how much is out of reach: 0 to 1."""
    if not districts:
        return shares.county.share
    chosen = [one for one in shares.districts if one.id in districts]
    area = sum(one.area_m2 for one in chosen)
    return sum(one.uncovered_m2 for one in chosen) / area if area else 0.0


def view(
    here: Here, shares: cov.Shares, category: Category, settings: usecases.Settings, districts: Sequence[str]
) -> None:
    """Places ranked by people out of reach, or by area where nobody said how many live where; the ground to take away."""
    t = here.t
    by_people = shares.county.people > 0
    paper(line(_basis(here, by_people), "quiet"), scroll(_places(here, shares, by_people, districts)))
    name = "served-on-foot" if settings.on_foot else "uncovered"
    st.download_button(
        t("下载步行服务区(GeoJSON,走得到的街道两侧各 50 米)")
        if settings.on_foot
        else t("下载空白地带(GeoJSON,精确边界)"),
        data=lambda: usecases.export_ground(here.atlas, here.snap, category.id, settings, here.lang),
        file_name=f"{name}-{category.id}-r{here.snap.revision}.geojson",
        mime="application/geo+json",
        key="ground_geojson",
        on_click="ignore",
        width="stretch",
    )


def _basis(here: Here, by_people: bool) -> str:
    if by_people:
        return here.t("按 100 米格网和上传的人口算,够不着的人多的排在前面。")
    return here.t("按 100 米格网算面积。还没有人口数据,按面积排;上传人口后按人排。")


def _places(here: Here, shares: cov.Shares, by_people: bool, districts: Sequence[str]) -> str:
    t = here.t
    head = [Cell(t("地方")), Cell(t("面积(平方公里)"), "num"), Cell(t("空白"), "num"), Cell(t("占面积"), "num")]
    if by_people:
        head += [Cell(t("人口"), "num"), Cell(t("够不着的人"), "num"), Cell(t("占人口"), "num")]
    rows = [_place(t("全县"), shares.county, by_people, "chosen")]
    rows += [
        _place(district_name(here.pack, one.id, here.lang), one, by_people)
        for one in shares.districts
        if not districts or one.id in districts
    ]
    towns = here.snap.town_areas
    own = usecases.towns_in(here.snap, districts)
    rows += [
        _place("· " + town_name(towns, one.id, here.lang), one, by_people) for one in shares.towns if one.id in own
    ]
    return table(head, rows, "ground")


def _place(name: str, one: cov.Share, by_people: bool, kind: str = "") -> list[Cell]:
    cells = [
        Cell(name, kind),
        Cell(f"{one.area_m2 / 1e6:,.1f}", "num"),
        Cell(f"{one.uncovered_m2 / 1e6:,.1f}", "num"),
        Cell(f"{one.share:.0%}", "num"),
    ]
    if by_people:
        cells += [
            Cell(f"{one.people:,.0f}", "num"),
            Cell(f"{one.people_left_out:,.0f}", "num"),
            Cell(f"{one.share_of_people:.0%}", "num"),
        ]
    return cells


def badges(of_category: pd.DataFrame) -> dict[str, str]:
    """Base id -> colour of its mark."""
    colours = of_category["covered"].map({True: COVERED_COLOUR, False: GAP_COLOUR})
    return dict(zip(of_category["base_id"], colours, strict=True))


def legend(here: Here, category: Category) -> tuple[LegendSection, ...]:
    title = here.say(category.label)
    items = (
        LegendItem("hatch", here.t("服务范围之外的空白地带"), GAP_COLOUR),
        LegendItem("base", here.t("达标的基地"), badge=COVERED_COLOUR),
        LegendItem("base", here.t("有缺口的基地"), badge=GAP_COLOUR),
    )
    return (LegendSection("page", title, items),)


def note(here: Here, category: Category, settings: usecases.Settings, of_category: pd.DataFrame) -> str:
    """By which distance, which standard and which data the picture was made."""
    thresholds = sorted(set(of_category["threshold_m"]))
    distance = " / ".join(metres(value) for value in thresholds) or "–"
    return here.t(
        "{category}:服务半径 {distance} 米,{metric}。标准:{standard}。数据:第 {revision} 号修订,{at}。",
        category=category.label,
        distance=distance,
        metric=message(METRIC_WORDS["foot" if settings.on_foot else "straight"]),
        standard=here.pack.standard(settings.standard).label,
        revision=here.snap.revision,
        at=here.snap.day.isoformat(),
    )
