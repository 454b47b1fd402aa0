"""The filters of the plan and the layer switches. Their values outlive a change of page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from geo import usecases
from geo.coverage import WALK_SPEED_M_PER_MIN
from geo.errors import NotFoundError
from geo.model import Category
from geo.usecases import Filter, Settings
from pages.parts import start
from pages.parts.context import Here
from pages.parts.html import heading, line, paper

_ALL = ""
RADIUS_MIN_M, RADIUS_MAX_M, RADIUS_DEFAULT_M, RADIUS_STEP_M = 100, 5000, 1000, 100


def _labels(here: Here, things: Sequence[Any]) -> dict[str, str]:
    return {thing.id: here.say(thing.label) for thing in things}


def _one_of(here: Here, title: str, everything: str, things: Sequence[Any], key: str) -> tuple[str, ...]:
    names = {_ALL: everything, **_labels(here, things)}
    picked = st.selectbox(
        title, list(names), format_func=names.__getitem__, key=key, filter_mode=None, persist_state="session"
    )
    return (picked,) if picked else ()


def plan_filter(here: Here) -> Filter:
    """District, cluster, stage and year of demonstration."""
    t = here.t
    stages = _labels(here, here.pack.plan.stages)
    return Filter(
        districts=_one_of(here, t("片区"), t("全部片区"), here.pack.districts, "district"),
        clusters=_one_of(here, t("产业集群"), t("全部集群"), here.pack.plan.clusters, "cluster"),
        stages=tuple(
            st.pills(
                t("孵化阶段"),
                list(stages),
                selection_mode="multi",
                format_func=stages.__getitem__,
                key="stages",
                persist_state="session",
            )
        ),
        years=tuple(
            st.pills(
                t("示范年份"), list(here.pack.plan.years), selection_mode="multi", key="years", persist_state="session"
            )
        ),
    )


def categories(here: Here) -> tuple[str, ...]:
    """The facility layers that are switched on; all of them at first."""
    names = _labels(here, here.pack.categories)
    chosen = st.pills(
        here.t("配套设施"),
        list(names),
        default=list(names),
        selection_mode="multi",
        format_func=names.__getitem__,
        key="categories",
        persist_state="session",
    )
    return tuple(chosen)


def one_category(here: Here) -> Category:
    """The category whose uncovered ground is drawn."""
    names = _labels(here, here.pack.categories)
    id = st.selectbox(
        here.t("看哪类配套"),
        list(names),
        format_func=names.__getitem__,
        key="category",
        filter_mode=None,
        persist_state="session",
    )
    return here.pack.category(id)


def profile_choice(here: Here) -> str | None:
    """The profile to judge by; None leaves it to each district."""
    names = {_ALL: here.t("各片区自己的情形"), **_labels(here, here.pack.standard().profiles)}
    chosen = st.selectbox(
        here.t("标准情形"),
        list(names),
        format_func=names.__getitem__,
        key="profile",
        filter_mode=None,
        persist_state="session",
    )
    return chosen or None


def on_foot(here: Here) -> bool:
    """Whether to measure along the streets; a straight line where there are none to go by."""
    t = here.t
    chosen = st.segmented_control(
        t("距离"),
        [False, True],
        default=False,
        required=True,
        format_func={False: t("直线"), True: t("步行")}.__getitem__,
        key="on_foot",
        persist_state="session",
        help=t("步行:从基地边走到最近的路,沿路走,再到设施;每分钟 {speed:g} 米。", speed=WALK_SPEED_M_PER_MIN),
        width="stretch",
    )
    if not chosen:
        return False
    try:
        usecases.streets(here.atlas, here.snap)
    except NotFoundError as fault:
        paper(line(here.say(fault.message), "warning"), line(t("先按直线距离显示。"), "quiet"))
        return False
    return True


def settings(here: Here) -> Settings:
    """How it is measured, profile and radius: by the standard, or as the reader tries them out."""
    t = here.t
    foot = on_foot(here)
    profile = profile_choice(here)
    own = st.toggle(t("自定服务半径"), key="own_radius", persist_state="session")
    radius = st.slider(
        t("服务半径(米)"),
        RADIUS_MIN_M,
        RADIUS_MAX_M,
        RADIUS_DEFAULT_M,
        RADIUS_STEP_M,
        key="radius",
        disabled=not own,
        persist_state="session",
    )
    return Settings(profile=profile, radius_m=float(radius) if own else None, on_foot=foot)


def nothing(here: Here) -> None:
    """In place of results when the filter lets no base through: an empty table would read as "no gaps"."""
    if start.lacking(here):
        start.show(here)
        return
    t = here.t
    paper(
        heading(t("没有符合条件的基地")), line(t("所选的片区、集群、阶段、年份没有同时满足的基地:请放宽左侧的条件。"))
    )
