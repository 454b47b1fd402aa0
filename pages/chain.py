"""集群链条: each cluster's chain stage by stage, what stands at it, what is planned, what is missing and where."""

from __future__ import annotations

import streamlit as st

from geo import usecases
from pages.parts import banner, chains, map_panel, start
from pages.parts.context import here as surroundings
from pages.parts.html import Figure, strip
from pages.parts.views import state_of

here = surroundings()
t = here.t

with st.sidebar:
    cluster = chains.one_cluster(here)

state = usecases.plan_state(here.atlas, here.snap)
shown = [chain for chain in state.chains if cluster in ("", chain.cluster.id)]
links = [link for chain in shown for link in chain.links]

banner.show(here)
strip(
    [
        Figure(t("产业集群"), str(len(shown))),
        Figure(t("写明链条的"), str(sum(bool(chain.links) for chain in shown))),
        Figure(t("链条齐全的"), str(sum(chain.complete for chain in shown))),
        Figure(t("链条各段"), str(len(links))),
        Figure(t("已有"), str(sum(link.state == "complete" for link in links))),
        Figure(t("只在规划中"), str(sum(link.state == "planned" for link in links))),
        Figure(t("缺"), str(sum(link.state == "missing" for link in links)), warm=True),
    ]
)

if not here.pack.plan.clusters:
    start.no_plan(here, t("规划里还没有集群"))
else:
    map_column, results = st.columns([0.46, 0.54], gap="small")
    with map_column:
        map_panel.show(
            here,
            state_of(
                here,
                chains.mask(here, shown),
                usecases.facility_mask(here.snap, usecases.Filter(), ()),
                usecases.Filter(),
                chains.legend(here, shown),
                overlay=chains.overlay(here, shown),
                badges=chains.badges(shown),
                focus=chains.focus(here, cluster),
            ),
        )
    with results:
        chains.show(here, shown, state)
