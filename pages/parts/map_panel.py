"""The map on a page: one frame that is never mounted twice, and the clicks that come back from it."""

from __future__ import annotations

import hashlib
import math
from functools import cache
from typing import Any

import streamlit as st
from streamlit_folium import st_folium

from geo.maps.figure import AtlasMap, StateLayer
from geo.maps.state import MapState
from pages.parts.context import Here
from pages.parts.routes import STATIC

_KEY = "map"
_SEEN = "map_event_seen"
PICKED_BASE = "picked_base"
PICKED_POINT = "picked_point"


@cache
def _version() -> str:
    files = [STATIC / "atlas/atlas.js", STATIC / "atlas/atlas.css", STATIC / "package-lock.json"]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:10]


def base_path() -> str:
    """The app's path under its host: "" or "/something"."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def show(here: Here, state: MapState) -> None:
    """Draws ``state``. What was clicked is in the session under PICKED_BASE / PICKED_POINT at the next rerun."""
    figure = AtlasMap(here.pack, base_path(), _version())
    st_folium(
        figure,
        key=_KEY,
        height=600,
        use_container_width=True,
        returned_objects=[],
        feature_group_to_add=StateLayer(figure, state),
        on_change=_clicked,
    )


def _clicked() -> None:
    event = (st.session_state.get(_KEY) or {}).get("event") or {}
    if event.get("at") == st.session_state.get(_SEEN):
        return
    st.session_state[_SEEN] = event.get("at")
    if event.get("kind") == "base" and isinstance(event.get("id"), str):
        st.session_state[PICKED_BASE] = event["id"]
        st.session_state.pop(PICKED_POINT, None)
    elif event.get("kind") == "point" and (point := _place(event)):
        st.session_state[PICKED_POINT] = point
        st.session_state.pop(PICKED_BASE, None)


def _place(event: dict[str, Any]) -> tuple[float, float] | None:
    lon, lat = event.get("lon"), event.get("lat")
    numbers = isinstance(lon, int | float) and isinstance(lat, int | float)
    if numbers and math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90:
        return float(lon), float(lat)
    return None
