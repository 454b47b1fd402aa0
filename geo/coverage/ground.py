"""The ground that a category's facilities do not reach."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geo import crs
from geo.coverage.distances import Shapes, shapes
from geo.errors import InputError
from geo.i18n import N_, message
from geo.shapes import sound

# A service circle is drawn as a regular polygon of 4 × 32 corners inside it. Its edges fall short of the circle by at
# most r·(1 − cos(π/128)) = 0.03 % of the radius (0.3 m at 1 km), always on the side of more uncovered ground; its area
# by 1 − sin(2π/128)/(2π/128) = 0.04 %.
SERVICE_QUAD_SEGS = 32
_MANY = 200  # circles: GEOS joins fewer in a few milliseconds, with nothing to compile
_POINT = shapely.GeometryType.POINT
MAX_RADIUS_M = 100_000.0  # as wide as a county; beyond, the plane of a 3-degree zone no longer measures well


@dataclass(frozen=True)
class Ground:
    """What is out of reach in an area: geometry in EPSG:4326, areas in m² on the metric CRS, share 0–1."""

    geometry: Any
    share: float
    area_m2: float
    uncovered_m2: float


@dataclass(frozen=True)
class AreaGround:
    """The uncovered ground of one area, judged by its own radius."""

    id: str
    radius_m: float
    ground: Ground


def uncovered_ground(area: Any, facilities: gpd.GeoSeries | gpd.GeoDataFrame, radius_m: float, epsg: int) -> Ground:
    """The part of ``area`` (EPSG:4326) farther than ``radius_m`` from every one of ``facilities`` (one category).

    Raises:
        CrsError: the facilities have no CRS, or ``epsg`` is not projected.
        InputError: the radius is not above 0.
    """
    return _ground(crs.project(area, epsg), _service_points(facilities, epsg), radius_m, epsg)


def uncovered_by_area(
    areas: gpd.GeoDataFrame,
    facilities: gpd.GeoSeries | gpd.GeoDataFrame,
    radii: Mapping[str, float],
    epsg: int,
) -> tuple[AreaGround, ...]:
    """As :func:`uncovered_ground` for each of ``areas`` (column id) with its own radius in ``radii`` (metres).

    A facility serves across a border: each area is measured against all facilities. :func:`merged` adds them up.

    Raises:
        KeyError: an area has no radius.
    """
    points = _service_points(facilities, epsg)
    outlines = zip(areas["id"], shapes(crs.to_metric(areas, epsg)), strict=True)
    return tuple(AreaGround(id, radii[id], _ground(area, points, radii[id], epsg)) for id, area in outlines)


def beyond(area: Any, points: Shapes, radius_m: float) -> Any:
    """The part of ``area`` farther than ``radius_m`` from every one of ``points`` (n,), in the one metric CRS of both."""
    area = sound(area)
    near = points[shapely.STRtree(points).query(area, predicate="dwithin", distance=radius_m)]
    return shapely.difference(area, _served(near, radius_m))


def _served(near: Shapes, radius_m: float) -> Any:
    """The union of the circles around ``near``, which may be areas; GEOS joins what the kernel for points leaves."""
    if len(near) >= _MANY and (shapely.get_type_id(near) == _POINT).all():
        from geo.coverage.kernels import circles  # only here: numba and scipy would double the time of every command

        joined = circles.union(shapely.get_coordinates(near), radius_m, 4 * SERVICE_QUAD_SEGS)
        if joined is not None:
            return shapely.multipolygons(joined)
    return shapely.union_all(shapely.buffer(near, radius_m, quad_segs=SERVICE_QUAD_SEGS))


def merged(grounds: Iterable[AreaGround]) -> Ground:
    """One ground for areas that do not overlap: geometries joined, areas added."""
    parts = [part.ground for part in grounds]
    area = sum(part.area_m2 for part in parts)
    uncovered = sum(part.uncovered_m2 for part in parts)
    return Ground(shapely.union_all([part.geometry for part in parts]), _share(uncovered, area), area, uncovered)


def checked_radius(radius_m: float) -> float:
    """``radius_m`` itself, if it is a distance above 0 m and at most :data:`MAX_RADIUS_M`.

    Raises:
        InputError: it is not.
    """
    if not 0 < radius_m <= MAX_RADIUS_M:
        text = N_("半径 {radius} 米不能用:请填大于 0、不超过 {most:,.0f} 的米数。")
        raise InputError(message(text, radius=radius_m, most=MAX_RADIUS_M))
    return radius_m


def _service_points(facilities: gpd.GeoSeries | gpd.GeoDataFrame, epsg: int) -> Shapes:
    points = shapes(crs.to_metric(facilities, epsg))
    kept: Shapes = points[~(pd.isna(points) | shapely.is_empty(points))]
    return kept


def _ground(area: Any, points: Shapes, radius_m: float, epsg: int) -> Ground:
    checked_radius(radius_m)
    area = sound(area)
    uncovered = beyond(area, points, radius_m)
    return Ground(crs.unproject(uncovered, epsg), _share(uncovered.area, area.area), area.area, uncovered.area)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
