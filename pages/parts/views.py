"""Map states as the pages share them: which layers, which rows, what is picked."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
import streamlit as st

from geo import usecases
from geo.i18n import N_
from geo.ingest import Report
from geo.maps.columns import BENEATH, SYMBOLS, bits
from geo.maps.state import Focus, LegendItem, LegendSection, MapState, Overlay
from geo.maps.view import COVERED_COLOUR, GAP_COLOUR, REJECTED_COLOUR, UNSTATED_COLOUR, Shown, map_state
from geo.model import Layer
from pages.parts import map_panel, routes
from pages.parts.context import Here

_MOST_DRAWN = 2000  # shapes of one colour in a preview: a state is sent whole at each rerun
_AREAS = (Layer.DISTRICTS, Layer.TOWNS)
_DRAWN_TOLERANCE_DEG = 3e-5  # 3 m: for drawing only
_NEW = (N_("新增"), COVERED_COLOUR)
_CHANGED = (N_("更新"), GAP_COLOUR)
_SAME = (N_("相同"), UNSTATED_COLOUR)
_LOOKS = {"new": _NEW, "changed": _CHANGED, "same": _SAME}


def urls(here: Here) -> dict[str, str]:
    """Where the browser reads the layers of this revision; of those beneath the symbols, the ones that hold anything."""
    digest = here.pack.digest
    layers = {str(layer): routes.layer_url(layer, here.snap, digest) for layer in (*SYMBOLS, *_beneath(here))}
    return {"geography": routes.geography_url(here.snap.areas.digest, digest), **layers}


def _beneath(here: Here) -> tuple[Layer, ...]:
    return tuple(layer for layer in BENEATH if len(here.snap.frame(layer)))


def state_of(
    here: Here,
    base_mask: usecases.Mask,
    facility_mask: usecases.Mask,
    chosen: usecases.Filter,
    extra_legend: tuple[LegendSection, ...] = (),
    **rest: Any,
) -> MapState:
    """The state for these masks at this revision, with the picked base marked."""
    snap = here.snap
    shown = Shown(snap.bases, snap.facilities, base_mask, facility_mask, snap.areas, _beneath(here))
    return map_state(
        here.pack,
        here.lang,
        shown,
        urls(here),
        extra_legend,
        districts=chosen.districts or None,
        picked=st.session_state.get(map_panel.PICKED_BASE, ""),
        **rest,
    )


def preview_state(here: Here, report: Report) -> MapState:
    """The layer as it would be after storing the good rows: those are marked, the bad ones drawn where they are."""
    preview = usecases.preview(here.atlas, report)
    layer = report.layer
    fresh = preview.frame[preview.fresh]
    frames = {of: preview.frame if of is layer else here.snap.frame(of) for of in SYMBOLS}
    everything = (np.ones(len(frame), dtype=bool) for frame in frames.values())
    beneath = tuple(of for of in BENEATH if of in _beneath(here) or (of is layer and len(preview.frame)))
    shown = Shown(*frames.values(), *everything, preview.areas, beneath)
    items, marks = _marks(here, report, preview)
    refused, outlines = _refused(here, report)
    legend = (LegendSection("page", here.t("上传预览"), (*items, *refused)),) if items or refused else ()
    name = "geography" if layer in _AREAS else str(layer)
    address = {**urls(here), name: routes.preview_url(preview.token)}
    marks["overlay"] = (*marks.get("overlay", ()), *outlines)
    return map_state(here.pack, here.lang, shown, address, legend, focus=_focus(fresh, report), **marks)


def _marks(here: Here, report: Report, preview: usecases.Preview) -> tuple[tuple[LegendItem, ...], dict[str, Any]]:
    """How the rows of the file stand out, in the legend and in the state. Roads and population are simply there."""
    layer, fresh = report.layer, preview.frame[preview.fresh]
    if layer is Layer.BASES:
        colours = {id: _LOOKS[report.status(id)] for id in preview.fresh_ids}
        items = [
            LegendItem("base", here.t(label), badge=colour)
            for label, colour in (_NEW, _CHANGED, _SAME)
            if (label, colour) in colours.values()
        ]
        return tuple(items), {"badges": {id: colour for id, (_, colour) in colours.items()}}
    if layer is Layer.FACILITIES and len(fresh):
        return (LegendItem("facility", here.t("鲜明:此次上传"), glyph="新"),), {"facility_focus": bits(preview.fresh)}
    if layer in _AREAS and len(fresh):
        shapes = shapely.to_geojson(fresh.geometry.simplify(_DRAWN_TOLERANCE_DEG).to_numpy())
        outlines = tuple(Overlay(shape, COVERED_COLOUR, weight=2.4, opacity=0.15) for shape in shapes)
        return (LegendItem("line", here.t("此次上传"), COVERED_COLOUR),), {"overlay": outlines}
    return (), {}


def _refused(here: Here, report: Report) -> tuple[tuple[LegendItem, ...], tuple[Overlay, ...]]:
    """The rejected rows, as far as it is known where they lie."""
    shapes = [shape for shape in report.rejected_shapes if shape is not None][:_MOST_DRAWN]
    if not shapes:
        return (), ()
    drawn = shapely.to_geojson(shapely.GeometryCollection(shapes))
    item = LegendItem("fill", here.t("有错,未收"), REJECTED_COLOUR)
    return (item,), (Overlay(drawn, REJECTED_COLOUR, weight=1.6, opacity=0.3),)


def _focus(rows: gpd.GeoDataFrame, report: Report) -> Focus | None:
    if rows.empty:
        return None
    west, south, east, north = rows.total_bounds.tolist()
    return Focus(at=report.sha256, bounds=((south, west), (north, east)))
