"""缓冲区核查: rings around a base or any place, what lies inside, pass or gap by clause, and the sheet to take away."""

from __future__ import annotations

import streamlit as st
from shapely import Point

from geo import usecases
from pages.parts import banner, map_panel, place, sheet
from pages.parts.context import here as surroundings
from pages.parts.views import state_of

here = surroundings()
t = here.t

with st.sidebar:
    where = place.choose(here)
    radii = place.radii(here)
    settings = place.settings(here)

banner.show(here)
result = None
if where is not None:
    target = where if isinstance(where, str) else Point(*where)
    result = usecases.check_buffer(here.atlas, here.snap, target, radii, settings)

map_column, results = st.columns([0.52, 0.48], gap="small")
with map_column:
    bases, facilities = place.masks(here)
    map_panel.show(
        here,
        state_of(
            here,
            bases,
            facilities,
            usecases.Filter(),
            sheet.legend(here, result),
            facility_focus=sheet.focus(here, result),
            overlay=sheet.walked(result),
            rings=sheet.rings(here, result),
            mark=where if isinstance(where, tuple) else None,
            focus=place.focus(where, result),
            pick_point=True,
        ),
    )
with results:
    sheet.show(here, where, result, settings)
