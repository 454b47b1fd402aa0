"""Distances, states and certainties in words, the same on every page."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import shapely

from geo import usecases
from geo.i18n import Label
from geo.model import CERTAINTY_WORDS, Certainty, Layer
from pages.parts.context import Here
from pages.parts.html import Cell


def metres(value: float) -> str:
    """A distance for reading: whole metres, "–" where there is none."""
    return "–" if math.isnan(value) else f"{value:,.0f}"


def told(here: Here, layer: Layer, id: str, field: str, value: Any) -> str:
    """A feature's stored value for reading: places by their first position, codes by their names, nothing as "–"."""
    if isinstance(value, shapely.Geometry):
        at = shapely.get_coordinates(value)[:1].tolist()
        return f"{at[0][0]:.6f}, {at[0][1]:.6f}" if at else "–"
    said = usecases.value_text(here.pack, layer, id, field, value)
    return said if isinstance(said, str) else here.say(said)


def verdict(here: Here, covered: bool) -> Cell:
    """Pass or gap, by word and shape as well as by colour."""
    return Cell("✓ " + here.t("达标"), "good") if covered else Cell("✗ " + here.t("缺口"), "gap")


def certainty(here: Here, level: str) -> str:
    return here.t(CERTAINTY_WORDS[Certainty(level)])


def text_of(here: Here, row: pd.Series, column: str) -> str:
    """A feature's name, source or note in the reader's language, as far as there is one."""
    return Label(row[column], row[f"{column}_en"]).text(here.lang)


def clause_hint(here: Here, clause: Label, sure: Label) -> str:
    return here.t("依据:{clause};可信度:{sure}", clause=clause, sure=sure)


def own_figures(here: Here, base: pd.Series) -> list[str]:
    """What the data itself says of a base's floor area and level."""
    t = here.t
    told = []
    if pd.notna(base["floor_area"]):
        told.append(t("建筑面积 {n:,.0f} 平方米", n=base["floor_area"]))
    if pd.notna(base["built_year"]):
        told.append(t("{year} 年建成", year=int(base["built_year"])))
    if base["level"]:
        level = usecases.labels_of(here.pack, "level").get(base["level"], Label(base["level"]))
        year = f"({int(base['level_year'])})" if pd.notna(base["level_year"]) else ""
        told.append(here.say(level) + year)
    return told


def base_names(here: Here) -> dict[str, str]:
    """Base id -> name in the reader's language."""
    bases = here.snap.bases
    names = bases["name"] if here.lang != "en" else bases["name_en"].where(bases["name_en"] != "", bases["name"])
    return dict(zip(bases["id"], names, strict=True))
