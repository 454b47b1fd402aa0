"""The column beside the overview map: the chosen base, or, before one is chosen, what matters most."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from geo import usecases
from pages.parts import filters, map_panel, navigation
from pages.parts.context import Here
from pages.parts.html import Cell, heading, line, numbered, paper, scroll, table
from pages.parts.words import base_names, certainty, clause_hint, metres, own_figures, text_of, verdict

_WORST = 3


def show(here: Here, everything: pd.DataFrame, judged: pd.DataFrame) -> None:
    """Details of the picked base, else the story of what the filter shows."""
    picked = st.session_state.get(map_panel.PICKED_BASE, "")
    if picked in set(here.snap.bases["id"]):
        _base(here, picked, everything[everything["base_id"] == picked])
    elif judged.empty:
        filters.nothing(here)
    else:
        _story(here, judged)


def _base(here: Here, id: str, judged: pd.DataFrame) -> None:
    t = here.t
    row = here.snap.bases.iloc[usecases.base_row(here.snap, id)]
    pack = here.pack
    facts = [here.say(pack.label_of("stage", row["stage"]))]
    if row["cluster"]:
        facts.insert(0, here.say(pack.label_of("cluster", row["cluster"])))
    if row["district"]:
        facts.append(here.say(pack.label_of("district", row["district"])))
    if pd.notna(row["demo_year"]):
        facts.append(t("列入 {year} 年示范名单", year=int(row["demo_year"])))
    facts += own_figures(here, row)
    note = text_of(here, row, "note")
    paper(
        heading(text_of(here, row, "name")),
        line(" · ".join(facts)),
        line(t("位置:{sure}", sure=certainty(here, row["certainty"])), "quiet"),
        scroll(_facilities(here, judged)),
        line(note, "quiet") if note else "",
        line(t("来源:{source}", source=text_of(here, row, "source")), "quiet"),
    )
    st.page_link(
        navigation.page("buffer", t), label=t("核查这个基地的缓冲区"), icon=":material/radar:", width="stretch"
    )
    st.button(t("取消选择"), key="unpick", on_click=st.session_state.pop, args=(map_panel.PICKED_BASE, None))


def _facilities(here: Here, judged: pd.DataFrame) -> str:
    t = here.t
    rows = [
        (
            Cell(here.say(here.pack.category(row.category).label)),
            Cell(metres(row.nearest_m), "num", clause_hint(here, row.clause, row.certainty)),
            verdict(here, row.covered),
        )
        for row in judged.itertuples()
    ]
    return table([Cell(t("配套")), Cell(t("最近(米)"), "num"), Cell(t("达标"))], rows)


def _story(here: Here, judged: pd.DataFrame) -> None:
    t = here.t
    gaps = usecases.gaps(judged)
    paper(
        heading(t("缺什么")),
        line(t("{n} 处缺口,最急的 {worst} 处:", n=len(gaps), worst=min(_WORST, len(gaps)))) if len(gaps) else "",
        _worst(here, gaps.head(_WORST)) if len(gaps) else line(t("按当前筛选,没有缺口。")),
        heading(t("哪类最缺")),
        _scarcest(here, judged),
        line(t("点图上的基地看详情;距离为直线,按各片区适用的标准判断。"), "quiet"),
    )
    st.page_link(
        navigation.page("coverage", t), label=t("看全部缺口与空白地带"), icon=":material/grid_on:", width="stretch"
    )


def _worst(here: Here, gaps: pd.DataFrame) -> str:
    names = base_names(here)
    return numbered((names[row.base_id], _missing(here, row)) for row in gaps.itertuples())


def _missing(here: Here, row: Any) -> str:
    category = here.pack.category(row.category).label
    if not row.nearest_id:
        return here.t("缺{category}:全域没有一处", category=category)
    return here.t(
        "缺{category}:最近 {m} 米,标准 {limit} 米",
        category=category,
        m=metres(row.nearest_m),
        limit=metres(row.threshold_m),
    )


def _scarcest(here: Here, judged: pd.DataFrame) -> str:
    t = here.t
    share = judged.groupby("category", observed=True)["covered"].mean().sort_values().head(5)
    rows = [
        (Cell(here.say(here.pack.category(str(category)).label)), Cell(f"{value:.0%}", "num"))
        for category, value in share.items()
    ]
    return table([Cell(t("配套")), Cell(t("达标率"), "num")], rows)
