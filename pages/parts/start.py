"""What a county that has only just been set up still lacks, and where each thing is filled in."""

from __future__ import annotations

import streamlit as st

from pages.parts import navigation
from pages.parts.context import Here
from pages.parts.html import heading, line, paper


def lacking(here: Here) -> bool:
    """Whether there are no bases yet: then there is nothing to filter, judge or choose."""
    return here.snap.bases.empty


def show(here: Here) -> None:
    """In place of results: what to do next, and the way to the page where it is done."""
    t = here.t
    steps = [line(t("基地:到“上传基地”传入表格或 GIS 文件,逐行检查后存入。"))]
    if here.snap.facilities.empty:
        steps.append(line(t("配套设施:同一页里选“配套设施”传入;没有设施时,各类都会判为缺口。")))
    if not here.pack.plan.clusters:
        steps.append(line(_written(here)))
    paper(heading(t("还没有基地")), *steps)
    st.page_link(navigation.page("upload", t), label=t("去上传"), icon=":material/upload:", width="stretch")


def no_plan(here: Here, title: str) -> None:
    """In place of a part of the plan that the pack does not state."""
    paper(heading(title), line(_written(here)))


def nobody(here: Here) -> None:
    """In place of a table of bases where there are none to fill in for."""
    paper(line(here.t("这里还没有基地,没有可填的。"), "quiet"))


def _written(here: Here) -> str:
    return here.t("集群、链条、目标:照规划原文写进规划包的 plan.toml,检查后重新启动,见 docs/packs.md。")
