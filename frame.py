"""The frame around every page: page config, language, navigation."""

from pathlib import Path

import streamlit as st

from pages.parts import context, style

ROOT = Path(__file__).parent
PAGES = ROOT / "pages"

st.set_page_config(
    page_title="孵化一张图 · Incubation Atlas", page_icon=str(ROOT / "static/atlas/icon.svg"), layout="wide"
)
here = context.begin()
t = here.t

page = st.navigation(
    [
        st.Page(PAGES / "overview.py", title=t("地图总览"), url_path="overview", default=True),
        st.Page(PAGES / "coverage.py", title=t("覆盖缺口"), url_path="coverage"),
        st.Page(PAGES / "buffer.py", title=t("缓冲区核查"), url_path="buffer"),
        st.Page(PAGES / "upload.py", title=t("上传基地"), url_path="upload"),
    ],
    position="top",
)
style.apply(here)
st.sidebar.markdown(f"# {here.say(here.pack.label)}")  # a name from our own pack, not from an upload
st.sidebar.caption(here.say(here.pack.plan.title))
page.run()
