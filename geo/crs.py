"""Datums and projections: the only place that re-projects.

Stored data is EPSG:4326 (CGCS2000, EPSG:4490, agrees with it within centimetres in China); distances are measured
in a CGCS2000 3-degree Gauss-Krüger zone chosen by longitude (EPSG:4534 + n, central meridian 75 + 3n, GB/T 17798).
Axis order is always longitude/easting first.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from geo.errors import CrsError
from geo.i18n import N_, message

STORAGE_EPSG = 4326
_FIRST_ZONE_EPSG = 4534  # CGCS2000 / 3-degree Gauss-Kruger CM 75E
_FIRST_MERIDIAN = 75
_LAST_MERIDIAN = 135


def metric_epsg(lon: float) -> int:
    """EPSG code of the CGCS2000 3-degree zone (metres, no zone prefix) whose meridian is nearest to ``lon`` (degrees).

    >>> metric_epsg(120.95)
    4549
    """
    meridian = round(lon / 3) * 3
    if not _FIRST_MERIDIAN <= meridian <= _LAST_MERIDIAN:
        raise CrsError(message(N_("经度 {lon} 不在中国的投影带(75°–135°)内:请检查坐标。"), lon=lon))
    return _FIRST_ZONE_EPSG + (meridian - _FIRST_MERIDIAN) // 3


@cache
def _transformer(source: int, target: int) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def _checked(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if frame.crs is None:
        raise CrsError(N_("数据没有坐标系:请先注明(例如 set_crs(4326))。"))
    return frame


def to_metric(frame: gpd.GeoDataFrame, epsg: int) -> gpd.GeoDataFrame:
    """A copy of ``frame`` in the metric CRS ``epsg`` (metres)."""
    if not pyproj.CRS.from_epsg(epsg).is_projected:
        raise CrsError(message(N_("EPSG:{epsg} 不是投影坐标系,不能量距离:请选 CGCS2000 3 度带。"), epsg=epsg))
    return _checked(frame).to_crs(epsg)


def to_storage(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """A copy of ``frame`` in EPSG:4326 (degrees, longitude first)."""
    return _checked(frame).to_crs(STORAGE_EPSG)


def project(geometry: Any, epsg: int) -> Any:
    """A shapely geometry (or array of them) from EPSG:4326 degrees to ``epsg`` metres."""
    return _reproject(geometry, STORAGE_EPSG, epsg)


def unproject(geometry: Any, epsg: int) -> Any:
    """A shapely geometry (or array of them) from ``epsg`` metres to EPSG:4326 degrees."""
    return _reproject(geometry, epsg, STORAGE_EPSG)


def _reproject(geometry: Any, source: int, target: int) -> Any:
    move = _transformer(source, target)

    def moved(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(move.transform(xy[:, 0], xy[:, 1]))

    return shapely.transform(geometry, moved)
