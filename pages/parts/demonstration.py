"""The rosters as a table, and which of their bases is looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from geo import usecases
from geo.i18n import N_, Listed
from geo.progress import RosterProgress, RosterState, Seat
from pages.parts.context import Here
from pages.parts.html import Cell, line, paper, scroll, table

STATE_CELLS: Mapping[RosterState, tuple[str, str]] = {
    RosterState.RECOGNISED: (N_("✓ 当年认定"), "good"),
    RosterState.LATE: (N_("◌ {year} 年才认定"), "warning"),
    RosterState.PENDING: (N_("◌ 年份未到"), "none"),
    RosterState.MISSED: (N_("✗ 到期未认定"), "gap"),
}


def chosen_years(here: Here, state: usecases.PlanState) -> tuple[RosterProgress, ...]:
    """The rosters of the chosen years; of all where none is chosen."""
    years = [roster.year for roster in state.rosters]
    picked = st.pills(here.t("名单年份"), years, selection_mode="multi", key="roster_years", persist_state="session")
    return tuple(roster for roster in state.rosters if not picked or roster.year in picked)


def one_seat(here: Here, rosters: Sequence[RosterProgress]) -> Seat | None:
    """The base whose standard is shown."""
    seats = [seat for roster in rosters for seat in roster.seats]
    if not seats:
        return None
    names = [here.t("{year} 年 · {name}", year=seat.year, name=seat.named.name) for seat in seats]
    places = range(len(seats))
    picked = st.selectbox(here.t("看哪个基地"), places, format_func=names.__getitem__, key="seat", filter_mode=None)
    return seats[picked or 0]


def roster_table(here: Here, rosters: Sequence[RosterProgress]) -> None:
    """Every base of the rosters with its state."""
    t = here.t
    head = [
        Cell(t("年份"), "num"),
        Cell(t("条文"), "extra"),
        Cell(t("基地(原文)")),
        Cell(t("认定")),
        Cell(t("具备"), "num"),
    ]
    rows = [_row(here, roster, seat) for roster in rosters for seat in roster.seats]
    said = t("只有填了认定年份的才算认定;名单年份过了还没有填的,算到期未认定。")
    paper(scroll(table(head, rows, "plan rosters")), line(said, "quiet"))


def _row(here: Here, roster: RosterProgress, seat: Seat) -> list[Cell]:
    left = left_of(here, seat)
    has = f"{len(seat.items) - len(seat.left)} / {len(seat.items)}" if seat.items else "–"
    return [
        Cell(str(seat.year), "num"),
        Cell(here.say(roster.clause) if roster.clause else here.t("原文没有"), "short extra"),
        Cell(here.say(seat.named.name), "", ";".join(here.say(one.reason) for one in seat.named.inferred)),
        _state(here, seat),
        Cell(has, "num", here.t("还差:{left}", left=left) if left else ""),
    ]


def left_of(here: Here, seat: Seat) -> str:
    """What the base still has to get, in words."""
    return Listed(tuple(item.label for item in seat.left if item.label)).text(here.lang)


def _state(here: Here, seat: Seat) -> Cell:
    word, kind = STATE_CELLS[seat.state]
    return Cell(here.t(word, year=seat.recognised), kind)
