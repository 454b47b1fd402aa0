"""The server: Streamlit's pages and, beside them in one process, the addresses that the map and the sheets read.

``streamlit run app.py`` starts it; the pages' own frame is ``frame.py``.
"""

import streamlit as st

from pages.parts.routes import MIDDLEWARE, ROUTES

app = st.App("frame.py", routes=ROUTES, middleware=MIDDLEWARE)
