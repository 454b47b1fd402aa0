"""Choosing what to check: a base from the list or the map, or any place clicked; radii and profile."""

from __future__ import annotations

import numpy as np
import streamlit as st

from geo import coverage as cov
from geo import usecases
from geo.errors import NotFoundError
from geo.maps.state import Focus
from pages.parts import map_panel
from pages.parts.context import Here
from pages.parts.filters import profile_choice
from pages.parts.words import base_names

Where = str | tuple[float, float] | None
_OWN_KEY = "own_radii"
_MAX_RADIUS_M = 20_000


def choose(here: Here) -> Where:
    """The picked base's id, the clicked place (lon, lat), or None before a choice."""
    t = here.t
    names = base_names(here)
    picked = st.session_state.get(map_panel.PICKED_BASE, "")
    point = st.session_state.get(map_panel.PICKED_POINT)
    options = ["", *list(names)]
    st.session_state["buffer_base"] = picked if picked in names else ""
    st.selectbox(
        t("基地"),
        options,
        format_func=lambda id: names.get(id) or (t("图上所点的位置") if point else t("请选择,或点图")),
        key="buffer_base",
        filter_mode=None,
        on_change=_chosen,
    )
    return picked if picked in names else point


def _chosen() -> None:
    st.session_state[map_panel.PICKED_BASE] = st.session_state["buffer_base"]
    st.session_state.pop(map_panel.PICKED_POINT, None)


def radii(here: Here) -> tuple[float, ...]:
    """Ring radii in metres, ascending: the standard's walking circles, and one's own."""
    t = here.t
    rings = {ring.minutes: ring for ring in here.pack.standard().rings}
    chosen = st.pills(
        t("生活圈"),
        list(rings),
        default=list(rings),
        selection_mode="multi",
        format_func=lambda minutes: t("{n} 分钟({m:.0f} 米)", n=minutes, m=rings[minutes].radius_m),
        key="rings",
        persist_state="session",
    )
    own = st.number_input(t("自定半径(米),0 为不用"), 0, _MAX_RADIUS_M, 0, 100, key=_OWN_KEY, persist_state="session")
    metres = {rings[minutes].radius_m for minutes in chosen} | ({float(own)} if own else set())
    return tuple(sorted(metres)) or (max(ring.radius_m for ring in rings.values()),)


def settings(here: Here) -> usecases.Settings:
    profile = profile_choice(here)
    return usecases.Settings(profile=profile, on_foot=_walking(here))


def _walking(here: Here) -> bool:
    """Whether the walks stand beside the straight lines, where there are roads to walk."""
    t = here.t
    try:
        usecases.streets(here.atlas, here.snap)
    except NotFoundError as fault:
        st.toggle(t("步行范围"), value=False, key="walking_none", disabled=True, help=here.say(fault.message))
        return False
    return st.toggle(
        t("步行范围"),
        key="walking",
        persist_state="session",
        help=t(
            "画出沿道路走得到的地方,并列出步行距离;结论仍按直线。每分钟 {speed:g} 米。", speed=cov.WALK_SPEED_M_PER_MIN
        ),
    )


def masks(here: Here) -> tuple[usecases.Mask, usecases.Mask]:
    """Everything is drawn; the rings say what counts."""
    return np.ones(len(here.snap.bases), dtype=bool), np.ones(len(here.snap.facilities), dtype=bool)


def focus(where: Where, result: cov.Check | None) -> Focus | None:
    """Fly to the largest ring when the place or the radii change."""
    if result is None:
        return None
    west, south, east, north = result.rings[-1].geometry.bounds
    return Focus(at=f"{where}{result.rings[-1].radius_m}", bounds=((south, west), (north, east)))
