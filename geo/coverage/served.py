"""The ground that a category's facilities serve on foot: along the streets that people reach from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import shapely

from geo import crs
from geo.coverage.distances import shapes
from geo.coverage.onfoot import service_area
from geo.shapes import sound
from geo.streets import Network, snap


@dataclass(frozen=True)
class AreaServed:
    """What of one area is served within its own radius: geometry in EPSG:4326, areas in m² on the metric CRS."""

    id: str
    radius_m: float
    geometry: Any
    area_m2: float
    served_m2: float


def served_by_area(
    areas: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame, radii: Mapping[str, float], network: Network
) -> tuple[AreaServed, ...]:
    """The part of each of ``areas`` (column id) that lies along streets within its radius in ``radii`` (metres) on foot
    of any of ``facilities`` (one category): see :func:`geo.coverage.service_area`. A facility serves across a border.

    Raises:
        CrsError: a frame has no CRS.
        InputError: a radius is not a distance that can be used.
        KeyError: an area has no radius.
    """
    landing = snap(network, shapes(crs.to_metric(facilities, network.epsg)))
    served = {
        radius: sound(crs.project(service_area(network, landing, radius).ground, network.epsg))
        for radius in {radii[id] for id in areas["id"]}
    }
    outlines = zip(areas["id"], shapes(crs.to_metric(areas, network.epsg)), strict=True)
    return tuple(_part(id, sound(outline), radii[id], served[radii[id]], network.epsg) for id, outline in outlines)


def _part(id: str, outline: Any, radius_m: float, served: Any, epsg: int) -> AreaServed:
    own = shapely.intersection(outline, served)
    return AreaServed(id, radius_m, crs.unproject(own, epsg), float(outline.area), float(own.area))
