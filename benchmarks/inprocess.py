"""A filter change without a server: from the filter to the arguments of the map component, by plain calls."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import streamlit_folium
from streamlit_folium import st_folium

from benchmarks import filters
from benchmarks.measure import EXPLORE, GEOJSON, OURS, Figure, figures, in_turns, milliseconds
from benchmarks.peers import plain_map
from geo import usecases
from geo.usecases import Filter
from pages.parts import map_panel
from pages.parts.context import Here
from pages.parts.views import state_of

TIME = "筛选({kind})到地图组件的参数,进程内"
SIZE = "筛选({kind})后地图组件的参数"


def measure(rounds: int) -> list[Figure]:
    """Time and size for each kind of filter."""
    atlas = usecases.open_atlas()
    here = Here(atlas, usecases.snapshot(atlas), "zh", None)
    makers: dict[str, Callable[[Filter], None]] = {
        OURS: lambda chosen: _ours(here, chosen),
        GEOJSON: lambda chosen: _plain(here, "geojson", chosen),
        EXPLORE: lambda chosen: _plain(here, "explore", chosen),
    }
    measured: list[Figure] = []
    for kind in filters.KINDS:
        with _arguments() as sent:

            def once(make: Callable[[Filter], None], number: int, kind: str = kind) -> tuple[float, float]:
                chosen = filters.change(atlas.pack, kind, number)
                took = milliseconds(lambda: make(chosen))
                return took, len(json.dumps(sent[-1])) / 1e3

            turns = in_turns(rounds, {name: lambda n, make=make: once(make, n) for name, make in makers.items()})
        measured += figures(TIME.format(kind=kind), "ms", {name: [t for t, _ in all] for name, all in turns.items()})
        measured += figures(SIZE.format(kind=kind), "kB", {name: [s for _, s in all] for name, all in turns.items()})
    return measured


def _ours(here: Here, chosen: Filter) -> None:
    every_category = [category.id for category in here.pack.categories]
    bases = usecases.base_mask(here.snap, chosen)
    facilities = usecases.facility_mask(here.snap, chosen, every_category)
    map_panel.show(here, state_of(here, bases, facilities, chosen))


def _plain(here: Here, how: str, chosen: Filter) -> None:
    every_category = [category.id for category in here.pack.categories]
    bases = here.snap.bases[usecases.base_mask(here.snap, chosen)]
    facilities = here.snap.facilities[usecases.facility_mask(here.snap, chosen, every_category)]
    drawn = plain_map(how, here.pack, bases, facilities)
    st_folium(drawn, key="map", height=600, use_container_width=True, returned_objects=[])


@contextmanager
def _arguments() -> Iterator[list[dict[str, Any]]]:
    """Catches what st_folium would hand to Streamlit; outside a session there is nobody to hand it to."""
    sent: list[dict[str, Any]] = []

    def catch(**arguments: Any) -> None:
        sent.append({name: value for name, value in arguments.items() if name not in ("key", "on_change")})

    kept = streamlit_folium._component_func
    streamlit_folium._component_func = catch
    try:
        yield sent
    finally:
        streamlit_folium._component_func = kept
