"""The server: Streamlit's pages and, beside them in one process, the addresses that the map and the sheets read.

``streamlit run app.py`` starts it. The frame of the pages lies inside ``pages/``: were it beside that folder,
Streamlit would take the folder for its older kind of multi-page app until the frame has run once, and a first
visitor who comes by a page's own address would get that page without its frame.
"""

import threading

import streamlit as st

from geo.coverage import warm
from pages.parts.routes import MIDDLEWARE, ROUTES

app = st.App("pages/frame.py", routes=ROUTES, middleware=MIDDLEWARE)

# The first reader who asks for a share of ground does not wait for the compiler; later starts load from the disk.
threading.Thread(target=warm, daemon=True).start()
