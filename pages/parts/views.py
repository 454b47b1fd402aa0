"""Map states as the pages share them: which layers, which rows, what is picked."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import streamlit as st

from geo import usecases
from geo.ingest import Report
from geo.maps.columns import DRAWN, bits
from geo.maps.state import Focus, LegendItem, LegendSection, MapState
from geo.maps.view import COVERED_COLOUR, GAP_COLOUR, Shown, map_state
from geo.model import Layer
from pages.parts import map_panel, routes
from pages.parts.context import Here


def urls(here: Here) -> dict[str, str]:
    """Where the browser reads the layers of this revision."""
    digest = here.pack.digest
    layers = {str(layer): routes.layer_url(layer, here.snap.revision, digest) for layer in DRAWN}
    return {"geography": routes.geography_url(digest), **layers}


def state_of(
    here: Here,
    base_mask: usecases.Mask,
    facility_mask: usecases.Mask,
    chosen: usecases.Filter,
    extra_legend: tuple[LegendSection, ...] = (),
    **rest: Any,
) -> MapState:
    """The state for these masks at this revision, with the picked base marked."""
    shown = Shown(here.snap.bases, here.snap.facilities, base_mask, facility_mask)
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
    """The layer as it would be after storing the good rows: those are marked, everything else stays faint or as is."""
    preview = usecases.preview(here.atlas, report)
    bases, facilities = here.snap.bases, here.snap.facilities
    address = urls(here)
    address[str(report.layer)] = routes.preview_url(preview.token)
    new, changed = here.t("新增"), here.t("更新")
    if report.layer is Layer.BASES:
        bases = preview.frame
        items = (LegendItem("base", new, badge=COVERED_COLOUR), LegendItem("base", changed, badge=GAP_COLOUR))
        marks = {"badges": {id: GAP_COLOUR if id in preview.changed else COVERED_COLOUR for id in preview.fresh_ids}}
    else:
        facilities = preview.frame
        items = (LegendItem("facility", here.t("鲜明:此次上传"), glyph="新"),)
        marks = {"facility_focus": bits(preview.fresh)}
    shown = Shown(bases, facilities, np.ones(len(bases), dtype=bool), np.ones(len(facilities), dtype=bool))
    legend = (LegendSection("page", here.t("上传预览"), items),)
    return map_state(
        here.pack, here.lang, shown, address, legend, focus=_focus(preview.frame[preview.fresh], report), **marks
    )


def _focus(rows: gpd.GeoDataFrame, report: Report) -> Focus | None:
    if rows.empty:
        return None
    west, south, east, north = rows.total_bounds.tolist()
    return Focus(at=report.sha256, bounds=((south, west), (north, east)))
