"""The plain ways: a whole folium map, made anew from the filtered frames. Helped along wherever it costs them nothing.

Both draw points only (no districts, boundary, legend or search) on a canvas rather than as one SVG node each, without
tiles, and load no script but Leaflet, from the same server as ours: away from CDNs, and less than folium would load.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from types import ModuleType

import folium
import geopandas as gpd
from folium.features import GeoJsonTooltip

from geo.model import Pack

_STATIC = "/atlas/static/node_modules/leaflet/dist"
_BASE_TOOLTIP = ["name", "stage"]
_FACILITY_TOOLTIP = ["name", "category"]


def _unused(*_args: object) -> None:
    raise NotImplementedError("mapclassify is needed to put numbers into classes")


if find_spec("mapclassify") is None:
    # explore() imports it before all else, yet calls it only to put numbers into classes, which nothing here asks for.
    sys.modules["mapclassify"] = ModuleType("mapclassify")
    sys.modules["mapclassify"].classify = _unused  # type: ignore[attr-defined]


def plain_map(how: str, pack: Pack, bases: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame) -> folium.Map:
    """The map of these rows, ``how`` being "geojson" or "explore"."""
    bases = bases[[*_BASE_TOOLTIP, "cluster", "geometry"]]
    facilities = facilities[[*_FACILITY_TOOLTIP, "geometry"]]
    return (_with_geojson if how == "geojson" else _with_explore)(pack, bases, facilities)


def _with_geojson(pack: Pack, bases: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame) -> folium.Map:
    base_colours, facility_colours = _colours(pack)
    drawn = _empty(pack)
    for frame, fields, column, colours, radius in (
        (facilities, _FACILITY_TOOLTIP, "category", facility_colours, 3),
        (bases, _BASE_TOOLTIP, "cluster", base_colours, 7),
    ):
        if len(frame):  # folium refuses tooltips for a layer without rows
            folium.GeoJson(
                frame,
                marker=folium.CircleMarker(radius=radius, fill=True),
                style_function=lambda feature, column=column, colours=colours: {
                    "color": colours[feature["properties"][column]]
                },
                tooltip=GeoJsonTooltip(fields),
            ).add_to(drawn)
    return drawn


def _with_explore(pack: Pack, bases: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame) -> folium.Map:
    base_colours, facility_colours = _colours(pack)
    drawn = _empty(pack)
    for frame, fields, column, colours, radius in (
        (facilities, _FACILITY_TOOLTIP, "category", facility_colours, 3),
        (bases, _BASE_TOOLTIP, "cluster", base_colours, 7),
    ):
        if len(frame):
            frame.explore(
                m=drawn,
                color=frame[column].map(colours).tolist(),
                tooltip=fields,
                marker_kwds={"radius": radius},
            )
    return drawn


def _colours(pack: Pack) -> tuple[dict[str, str], dict[str, str]]:
    families = {family.id: family.colour for family in pack.families}
    return (
        {cluster.id: cluster.colour for cluster in pack.plan.clusters},
        {category.id: families[category.family] for category in pack.categories},
    )


def _empty(pack: Pack) -> folium.Map:
    west, south, east, north = pack.boundary.total_bounds.tolist()
    drawn = folium.Map(
        location=[(south + north) / 2, (west + east) / 2], tiles=None, zoom_start=10, max_zoom=18, prefer_canvas=True
    )
    drawn.default_js = [("leaflet", f"{_STATIC}/leaflet.js")]
    drawn.default_css = [("leaflet", f"{_STATIC}/leaflet.css")]
    return drawn
