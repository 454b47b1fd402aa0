"""Serves the plain page as app.py serves ours: the same routes, so that both take Leaflet from the same place."""

import streamlit as st

from pages.parts.routes import MIDDLEWARE, ROUTES

app = st.App("plain_page.py", routes=ROUTES, middleware=MIDDLEWARE)
