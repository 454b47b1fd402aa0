"""What lies around one place on foot, beside the check by straight lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np

from geo import crs
from geo.coverage.buffer import Check, Ring, Walk, Walks
from geo.coverage.onfoot import WALK_SPEED_M_PER_MIN, WHY_WORDS, OnFoot, Why, measure_on_foot, service_area
from geo.crs import STORAGE_EPSG
from geo.i18n import N_, Label
from geo.model import Category
from geo.streets import Network, snap

# A place need not be a base.
_WHY: Mapping[Why, str] = {
    **WHY_WORDS,
    Why.BASE_FAR: N_("这里附近 500 米内没有可步行的道路"),
    Why.APART: N_("这里的路网与这类设施的路网不相连"),
}


def with_walks(
    check: Check, geometry: Any, facilities: gpd.GeoDataFrame, categories: Sequence[Category], network: Network
) -> Check:
    """``check`` of the place ``geometry`` (EPSG:4326) with what is on foot of it: see :func:`geo.coverage.measure_on_foot`
    and :func:`geo.coverage.service_area`.

    ``facilities`` and ``categories`` are those of the check.
    """
    place = gpd.GeoDataFrame({"id": [""]}, geometry=[geometry], crs=STORAGE_EPSG)
    found = measure_on_foot(place, facilities, categories, network)
    rows = tuple(_walk(found, facilities, column) for column in range(len(found.categories)))
    landing = snap(network, np.array([crs.project(geometry, network.epsg)], dtype=object))
    grounds = tuple(Ring(ring.radius_m, service_area(network, landing, ring.radius_m).ground) for ring in check.rings)
    return replace(check, walks=Walks(grounds, rows), sample=check.sample or any(row.sample for row in rows))


def _walk(found: OnFoot, facilities: gpd.GeoDataFrame, column: int) -> Walk:
    row, metres = int(found.nearest_row[0, column]), float(found.nearest_m[0, column])
    if row < 0:
        return Walk("", Label(""), metres, metres, _WHY[Why(found.why[0, column])], sample=False)
    nearest = facilities.iloc[row]
    name = Label(nearest["name"], nearest["name_en"])
    return Walk(nearest["id"], name, metres, metres / WALK_SPEED_M_PER_MIN, "", bool(nearest["sample"]))
