"""示范基地: the rosters year by year, what each base has of the plan's standard, what is left, and who missed the year."""

from __future__ import annotations

import streamlit as st

from geo import usecases
from geo.progress import RosterState
from pages.parts import banner, demonstration, seat, start
from pages.parts.context import here as surroundings
from pages.parts.html import Figure, strip

here = surroundings()
t = here.t
state = usecases.plan_state(here.atlas, here.snap)

with st.sidebar:
    rosters = demonstration.chosen_years(here, state)
    chosen = demonstration.one_seat(here, rosters)

seats = [one for roster in rosters for one in roster.seats]
banner.show(here)
strip(
    [
        Figure(t("名单上的基地"), str(len(seats))),
        Figure(t("当年认定"), str(sum(one.state is RosterState.RECOGNISED for one in seats))),
        Figure(t("迟于当年"), str(sum(one.state is RosterState.LATE for one in seats))),
        Figure(t("年份未到"), str(sum(one.state is RosterState.PENDING for one in seats))),
        Figure(t("到期未认定"), str(sum(one.state is RosterState.MISSED for one in seats)), warm=True),
    ]
)
if not seats:
    start.no_plan(here, t("规划里还没有示范名单"))
else:
    listed, one = st.columns([0.42, 0.58], gap="small")
    with listed:
        demonstration.roster_table(here, rosters)
    with one:
        seat.show(here, state, chosen)
