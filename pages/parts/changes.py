"""两期对比: what the data that came since an earlier revision did to the coverage of the bases shown."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from geo import usecases
from geo.coverage import TURN_WORDS, Turn
from geo.i18n import Label
from geo.store import KIND_WORDS, Revision
from pages.parts.context import Here
from pages.parts.html import Cell, line, paper, scroll, table
from pages.parts.words import base_names, metres

_TONES: Mapping[Turn, str] = {
    "lost": "error",
    "gap_new": "warning",
    "covered_gone": "none",
    "farther": "warning",
    "nearer": "good",
    "gap_gone": "none",
    "covered_new": "good",
    "gained": "good",
}


def view(here: Here, judged: pd.DataFrame, settings: usecases.Settings) -> None:
    """A choice of the earlier revision, and the verdicts and distances that differ since."""
    t = here.t
    earlier = {one.number: one for one in usecases.history(here.atlas) if one.number < here.snap.revision}
    if not earlier:
        paper(line(t("还没有更早的修订可比。"), "quiet"))
        return
    since = st.selectbox(
        t("与哪一次修订时相比"),
        list(earlier),
        format_func=lambda number: _title(here, earlier[number]),
        key="change_since",
        filter_mode=None,
    )
    changed = usecases.coverage_change(here.atlas, since, here.snap, settings)
    shown = changed[changed["base_id"].isin(judged["base_id"]) | changed["turn"].isin(["gap_gone", "covered_gone"])]
    if shown.empty:
        paper(line(t("每个基地的结论和距离都与那时相同。"), "good"))
    else:
        paper(line(_counted(here, shown), "quiet"), scroll(_table(here, shown)))


def _title(here: Here, revision: Revision) -> str:
    return here.t(
        "第 {number} 号 · {at} · {what}",
        number=revision.number,
        at=f"{revision.at.astimezone():%Y-%m-%d %H:%M}",
        what=here.t(KIND_WORDS.get(revision.kind, revision.kind)),
    )


def _counted(here: Here, shown: pd.DataFrame) -> str:
    counts = shown["turn"].value_counts()
    return " · ".join(f"{here.t(word)} {counts[turn]}" for turn, word in TURN_WORDS.items() if turn in counts)


def _table(here: Here, shown: pd.DataFrame) -> str:
    t = here.t
    names = base_names(here)
    head = [
        Cell(t("基地")),
        Cell(t("配套")),
        Cell(t("变化")),
        Cell(t("原来最近(米)"), "num"),
        Cell(t("现在最近(米)"), "num"),
    ]
    head += [Cell(t("原来范围内"), "num"), Cell(t("现在范围内"), "num")]
    rows = [
        (
            Cell(names.get(row.base_id, row.base)),
            Cell(here.say(here.pack.category(row.category).label)),
            Cell(t(TURN_WORDS[row.turn]), _TONES[row.turn]),
            Cell(metres(row.nearest_m_before), "num", _said(here, row.nearest_name_before)),
            Cell(metres(row.nearest_m), "num", _said(here, row.nearest_name)),
            Cell(_count(row.count_before), "num"),
            Cell(_count(row.count_within), "num"),
        )
        for row in shown.itertuples()
    ]
    return table(head, rows, "changes")


def _said(here: Here, name: Label | None) -> str:
    return here.say(name) if isinstance(name, Label) else ""


def _count(value: object) -> str:
    return "–" if pd.isna(value) else str(value)
