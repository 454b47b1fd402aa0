"""The frame around every page: page config, language, navigation, and what is said when a page cannot be shown."""

from functools import partial

import streamlit as st

from geo.i18n import translate
from pages.parts import context, navigation, style, trouble

ICON = navigation.PAGES.parent / "static/atlas/icon.svg"

st.set_page_config(page_title="孵化一张图 · Incubation Atlas", page_icon=str(ICON), layout="wide")
lang = context.language()
page = st.navigation(navigation.every(partial(translate, lang)), position="top")
style.apply(lang)
try:
    context.begin(lang)
    page.run()
except Exception as fault:
    trouble.show(fault, lang)
