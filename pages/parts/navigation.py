"""The pages by name, for the frame that lists them and for links between them.

A link needs the page itself: a path would be taken as relative to the script that runs, which is ``app.py`` under the
server and the frame under a test.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from geo.i18n import N_

PAGES = Path(__file__).parents[1]
_TITLES = {
    "overview": N_("地图总览"),
    "coverage": N_("覆盖缺口"),
    "buffer": N_("缓冲区核查"),
    "chain": N_("集群链条"),
    "demonstration": N_("示范基地"),
    "targets": N_("目标进度"),
    "tasks": N_("任务措施"),
    "upload": N_("上传基地"),
}
_FIRST = "overview"


def every(t: Callable[[str], str]) -> list[StreamlitPage]:
    """The pages in their order, titled through ``t``."""
    return [page(name, t) for name in _TITLES]


def page(name: str, t: Callable[[str], str]) -> StreamlitPage:
    """The page of that name; the first has no address of its own."""
    title = t(_TITLES[name])
    if name == _FIRST:
        return st.Page(PAGES / f"{name}.py", title=title, default=True)
    return st.Page(PAGES / f"{name}.py", title=title, url_path=name)
