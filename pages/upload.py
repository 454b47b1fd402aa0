"""上传基地: a file checked row by row, shown on the map, stored as a revision, and taken back if need be."""

from __future__ import annotations

import streamlit as st

from pages.parts import banner, desk, revisions, waiting
from pages.parts.context import here as surroundings

here = surroundings()

with st.sidebar:
    layer = desk.choose_layer(here)
    desk.help_text(here, layer)

banner.show(here)
desk.show(here, layer)
waiting.show(here)
revisions.show(here)
