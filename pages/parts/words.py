"""Distances, states and certainties in words, the same on every page."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import shapely

from geo.i18n import Label
from geo.model import CERTAINTY_WORDS, Certainty
from pages.parts.context import Here
from pages.parts.html import Cell


def metres(value: float) -> str:
    """A distance for reading: whole metres, "–" where there is none."""
    return "–" if math.isnan(value) else f"{value:,.0f}"


def told(value: Any) -> str:
    """Any stored value for reading: places by their first position, nothing as "–"."""
    if isinstance(value, shapely.Geometry):
        x, y = shapely.get_coordinates(value)[0]
        return f"{value.geom_type} {x:.6f}, {y:.6f}"
    return "–" if value is None or value == "" else str(value)


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


def base_names(here: Here) -> dict[str, str]:
    """Base id -> name in the reader's language."""
    bases = here.snap.bases
    names = bases["name"] if here.lang != "en" else bases["name_en"].where(bases["name_en"] != "", bases["name"])
    return dict(zip(bases["id"], names, strict=True))
