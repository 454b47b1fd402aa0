"""The frame around every page: page config, language, navigation."""

from pathlib import Path

import streamlit as st

from pages.parts import context, style

PAGES = Path(__file__).parent
ICON = PAGES.parent / "static/atlas/icon.svg"

st.set_page_config(page_title="孵化一张图 · Incubation Atlas", page_icon=str(ICON), layout="wide")
here = context.begin()
t = here.t

page = st.navigation(
    [
        st.Page(PAGES / "overview.py", title=t("地图总览"), default=True),
        st.Page(PAGES / "coverage.py", title=t("覆盖缺口"), url_path="coverage"),
        st.Page(PAGES / "buffer.py", title=t("缓冲区核查"), url_path="buffer"),
        st.Page(PAGES / "upload.py", title=t("上传基地"), url_path="upload"),
    ],
    position="top",
)
style.apply(here)
page.run()
