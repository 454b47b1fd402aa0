"""The uncovered ground of one category on the map: hatch, marks on the bases, legend and the sentence below."""

from __future__ import annotations

import pandas as pd
import shapely

from geo import coverage as cov
from geo import usecases
from geo.maps.state import LegendItem, LegendSection, Overlay
from geo.maps.view import COVERED_COLOUR, GAP_COLOUR
from geo.model import Category
from pages.parts.context import Here
from pages.parts.words import metres

_DRAWN_TOLERANCE_DEG = 3e-5  # 3 m: less than a pixel at street zoom; figures use the exact polygon
_DRAWN_GRID_DEG = 1e-5


def overlay(left_out: cov.Ground) -> tuple[Overlay, ...]:
    """The hatch, simplified for drawing only."""
    drawn = shapely.set_precision(left_out.geometry.simplify(_DRAWN_TOLERANCE_DEG), _DRAWN_GRID_DEG)
    return (Overlay(shapely.to_geojson(drawn), GAP_COLOUR, hatch=True, weight=0.8),)


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
        "{category}:服务半径 {distance} 米,直线距离。标准:{standard}。数据:第 {revision} 号修订,{at}。",
        category=category.label,
        distance=distance,
        standard=here.pack.standard(settings.standard).label,
        revision=here.snap.revision,
        at=f"{here.snap.at:%Y-%m-%d}",
    )
