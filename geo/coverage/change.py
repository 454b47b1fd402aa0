"""What differs between two judged tables: what a revision, or a year of them, did to coverage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from geo.i18n import N_

# From the worst news to the best. "farther" and "nearer": the verdict stands, the distance or the count does not.
Turn = Literal["lost", "gap_new", "covered_gone", "farther", "nearer", "gap_gone", "covered_new", "gained"]
TURN_WORDS: Mapping[Turn, str] = {
    "lost": N_("不再达标"),
    "gap_new": N_("新基地,有缺口"),
    "covered_gone": N_("基地已移除(原达标)"),
    "farther": N_("变远或变少"),
    "nearer": N_("变近或变多"),
    "gap_gone": N_("基地已移除(原有缺口)"),
    "covered_new": N_("新基地,达标"),
    "gained": N_("缺口已补上"),
}

CHANGE_COLUMNS = (
    "base_id",
    "base",
    "category",
    "turn",
    "covered_before",
    "covered",
    "nearest_m_before",
    "nearest_m",
    "nearest_name_before",
    "nearest_name",
    "count_before",
    "count_within",
    "sample",
)
_KEY = ["base_id", "category"]
_SAME_M = 0.05  # two figures that print alike, to the tenth of a metre, are not told as a change


def coverage_change(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """The rows of two tables of :func:`geo.coverage.coverage_table` that are not alike, by ``turn``, then base.

    A base that only one of them has is told as new or gone, with nan, None and "" for what the other lacks.
    ``sample``: made-up data took part before or after.
    """
    columns = ["base", "covered", "nearest_m", "nearest_name", "count_within", "sample"]
    both = before[_KEY + columns].merge(after[_KEY + columns], on=_KEY, how="outer", suffixes=("_before", ""))
    there_before, there = both["covered_before"].notna(), both["covered"].notna()
    told: dict[str, Any] = {
        "base_id": both["base_id"],
        "base": both["base"].fillna(both["base_before"]),
        "category": both["category"],
        "turn": _turns(both, there_before.to_numpy(), there.to_numpy()),
        "covered_before": both["covered_before"],
        "covered": both["covered"],
        "nearest_m_before": both["nearest_m_before"],
        "nearest_m": both["nearest_m"],
        "nearest_name_before": both["nearest_name_before"].where(there_before, None),
        "nearest_name": both["nearest_name"].where(there, None),
        "count_before": both["count_within_before"].astype("Int64"),
        "count_within": both["count_within"].astype("Int64"),
        "sample": both["sample_before"].eq(True) | both["sample"].eq(True),
    }
    changed = pd.DataFrame(told)[list(CHANGE_COLUMNS)]
    changed = changed[changed["turn"] != ""]
    rank = changed["turn"].map({turn: place for place, turn in enumerate(TURN_WORDS)})
    ordered = changed.assign(rank=rank).sort_values(["rank", *_KEY], kind="stable", ignore_index=True)
    return ordered[list(CHANGE_COLUMNS)]


def _turns(both: pd.DataFrame, there_before: Any, there: Any) -> Any:
    was, now = both["covered_before"].eq(True).to_numpy(), both["covered"].eq(True).to_numpy()
    farther = _farther(both["nearest_m_before"], both["nearest_m"])
    more = (both["count_within"] - both["count_within_before"]).to_numpy(float)
    stays = there_before & there & (was == now)
    masks: dict[Turn, Any] = {
        "lost": there_before & there & was & ~now,
        "gained": there_before & there & ~was & now,
        "gap_gone": there_before & ~there & ~was,
        "covered_gone": there_before & ~there & was,
        "gap_new": ~there_before & there & ~now,
        "covered_new": ~there_before & there & now,
        "farther": stays & ((farther > 0) | ((farther == 0) & (more < 0))),
        "nearer": stays & ((farther < 0) | ((farther == 0) & (more > 0))),
    }
    turns = np.full(len(both), "", dtype=object)
    for turn, mask in masks.items():
        turns[mask] = turn
    return turns


def _farther(before: pd.Series, after: pd.Series) -> Any:
    """By how many metres; 0 where two figures print alike. No facility at all is infinitely far."""
    old, new = (values.fillna(np.inf).to_numpy(float) for values in (before, after))
    with np.errstate(invalid="ignore"):
        metres = np.where(old == new, 0.0, new - old)
    return np.where(np.abs(metres) <= _SAME_M, 0.0, metres)
