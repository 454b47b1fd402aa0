"""目标进度: target, actual and gap of each metric and year, by year and by district, and where the figures are entered."""

from __future__ import annotations

import streamlit as st

from geo import usecases
from pages.parts import banner, charts, start, targets
from pages.parts.context import here as surroundings
from pages.parts.html import Figure, strip

here = surroundings()
t = here.t
state = usecases.plan_state(here.atlas, here.snap)
figures = [figure for one in state.targets for figure in one.figures]

with st.sidebar:
    chosen = targets.one_metric(here)

banner.show(here)
strip(
    [
        Figure(t("指标"), str(len(state.targets))),
        Figure(t("原文列出的目标"), str(sum(figure.stated for figure in figures))),
        Figure(t("原文已隐去"), str(sum(figure.blanked for figure in figures))),
        Figure(t("已有目标数"), str(sum(figure.target is not None for figure in figures))),
        Figure(t("已有实际数"), str(sum(figure.actual is not None for figure in figures))),
        Figure(t("未完成"), str(sum((figure.gap or 0) > 0 for figure in figures)), warm=True),
    ]
)
if not state.targets:
    start.no_plan(here, t("规划里还没有目标"))
else:
    progress, pictures = st.columns([0.62, 0.38], gap="small")
    with progress:
        targets.show(here, state)
    with pictures:
        drawn = next(one for one in state.targets if one.target.metric == chosen)
        charts.show(here, drawn, targets.called(here, drawn))
