"""任务措施: what the plan says is to be done, who does it, by when, and how far it is."""

from __future__ import annotations

import streamlit as st

from geo import usecases
from geo.progress import State
from pages.parts import banner, start, tasks
from pages.parts.context import here as surroundings
from pages.parts.html import Figure, strip

here = surroundings()
t = here.t
state = usecases.plan_state(here.atlas, here.snap)

with st.sidebar:
    shown = tasks.chosen(here, state)

measures = [measure for _, measure in shown]
banner.show(here)
strip(
    [
        Figure(t("任务"), str(len({task.id for task, _ in shown}))),
        Figure(t("措施"), str(len(measures))),
        Figure(t("已完成"), str(sum(one.state is State.DONE for one in measures))),
        Figure(t("进行中"), str(sum(one.state is State.DOING for one in measures))),
        Figure(t("没有责任单位"), str(sum(not one.owners for one in measures))),
        Figure(t("逾期"), str(sum(one.overdue for one in measures)), warm=True),
    ]
)
if not state.tasks:
    start.no_plan(here, t("规划里还没有任务"))
else:
    tasks.show(here, state, shown)
