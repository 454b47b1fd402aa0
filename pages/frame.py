"""The frame around every page: page config, language, navigation."""

import streamlit as st

from pages.parts import context, navigation, style

ICON = navigation.PAGES.parent / "static/atlas/icon.svg"

st.set_page_config(page_title="孵化一张图 · Incubation Atlas", page_icon=str(ICON), layout="wide")
here = context.begin()

page = st.navigation(navigation.every(here.t), position="top")
style.apply(here)
page.run()
