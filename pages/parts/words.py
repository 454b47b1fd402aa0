"""Distances, states and certainties in words, the same on every page."""

from __future__ import annotations

import math

import pandas as pd

from geo.maps.view import CERTAINTY_WORDS
from geo.model import Certainty
from pages.parts.context import Here
from pages.parts.html import Cell


def metres(value: float) -> str:
    """A distance for reading: whole metres, "–" where there is none."""
    return "–" if math.isnan(value) else f"{value:,.0f}"


def verdict(here: Here, covered: bool) -> Cell:
    """Pass or gap, by word and shape as well as by colour."""
    return Cell("✓ " + here.t("达标"), "good") if covered else Cell("✗ " + here.t("缺口"), "gap")


def certainty(here: Here, level: str) -> str:
    return here.t(CERTAINTY_WORDS[Certainty(level)])


def name_of(here: Here, row: pd.Series) -> str:
    """A feature's name in the reader's language, as far as there is one."""
    return str(row["name_en"] if here.lang == "en" and row["name_en"] else row["name"])


def clause_hint(here: Here, clause: str, sure: str) -> str:
    return here.t("依据:{clause};可信度:{sure}", clause=clause, sure=sure)


def base_names(here: Here) -> dict[str, str]:
    """Base id -> name in the reader's language."""
    bases = here.snap.bases
    names = bases["name"] if here.lang != "en" else bases["name_en"].where(bases["name_en"] != "", bases["name"])
    return dict(zip(bases["id"], names, strict=True))
