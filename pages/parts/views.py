"""Map states as the pages share them: which layers, which rows, what is picked."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
import streamlit as st

from geo import usecases
from geo.ingest import Report
from geo.maps.columns import BENEATH, SYMBOLS, bits
from geo.maps.state import Focus, LegendItem, LegendSection, MapState, Overlay
from geo.maps.view import COVERED_COLOUR, GAP_COLOUR, REJECTED_COLOUR, Shown, map_state
from geo.model import Layer
from pages.parts import map_panel, routes
from pages.parts.context import Here

_AREAS = (Layer.DISTRICTS, Layer.TOWNS)
_MOST_DRAWN = 2000  # shapes of one colour in a preview: a state is sent whole at each rerun


def urls(here: Here) -> dict[str, str]:
    """Where the browser reads the layers of this revision; of those beneath the symbols, the ones that hold anything."""
    digest = here.pack.digest
    layers = {str(layer): routes.layer_url(layer, here.snap.revision, digest) for layer in (*SYMBOLS, *_beneath(here))}
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
    frames = {of: preview.frame if of is layer else here.snap.frame(of) for of in SYMBOLS}
    everything = (np.ones(len(frame), dtype=bool) for frame in frames.values())
    beneath = tuple(of for of in BENEATH if of in _beneath(here) or (of is layer and len(preview.frame)))
    shown = Shown(*frames.values(), *everything, preview.areas, beneath)
    name = "geography" if layer in _AREAS else str(layer)
    marks: dict[str, Any] = {}
    if layer is Layer.BASES:
        looks = {"changed": GAP_COLOUR}
        marks = {"badges": {id: looks.get(report.status(id), COVERED_COLOUR) for id in preview.fresh_ids}}
    elif layer is Layer.FACILITIES:
        marks = {"facility_focus": bits(preview.fresh)}
    return map_state(
        here.pack,
        here.lang,
        shown,
        {**urls(here), name: routes.preview_url(preview.token)},
        (LegendSection("page", here.t("上传预览"), _preview_items(here, report)),),
        focus=_focus(preview.frame[preview.fresh], report),
        overlay=_preview_overlay(report, preview.frame[preview.fresh]),
        **marks,
    )


def _preview_items(here: Here, report: Report) -> tuple[LegendItem, ...]:
    """What the marks mean, as far as they are there."""
    t = here.t
    statuses = {report.status(id) for id in report.accepted["id"]}
    if report.layer is Layer.FACILITIES:
        items = [LegendItem("facility", t("鲜明:此次上传"), glyph="新")] if statuses else []
    else:
        kind = "base" if report.layer is Layer.BASES else "fill"
        looks = (
            ("new", t("新增"), COVERED_COLOUR),
            ("changed", t("更新"), GAP_COLOUR),
            ("same", t("相同"), COVERED_COLOUR),
        )
        items = [
            LegendItem(kind, label, badge=colour) if kind == "base" else LegendItem(kind, label, colour)
            for status, label, colour in looks
            if status in statuses
        ]
    if any(shape is not None for shape in report.rejected_shapes):
        items.append(LegendItem("fill", t("有错,未收"), REJECTED_COLOUR))
    return tuple(items)


def _preview_overlay(report: Report, fresh: gpd.GeoDataFrame) -> tuple[Overlay, ...]:
    """Rejected rows where they lie and, for layers without symbols, the accepted ones."""
    parts: list[tuple[list[Any], str]] = [([s for s in report.rejected_shapes if s is not None], REJECTED_COLOUR)]
    if report.layer not in SYMBOLS:
        changed = np.array([report.status(id) == "changed" for id in fresh["id"]], dtype=bool)
        shapes = fresh.geometry.to_numpy()
        parts += [(list(shapes[~changed]), COVERED_COLOUR), (list(shapes[changed]), GAP_COLOUR)]
    return tuple(
        Overlay(shapely.to_geojson(shapely.GeometryCollection(shapes[:_MOST_DRAWN])), colour, weight=1.6, opacity=0.3)
        for shapes, colour in parts
        if shapes
    )


def _focus(rows: gpd.GeoDataFrame, report: Report) -> Focus | None:
    if rows.empty:
        return None
    west, south, east, north = rows.total_bounds.tolist()
    return Focus(at=report.sha256, bounds=((south, west), (north, east)))
