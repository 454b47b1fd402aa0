"""Datums and projections: the only place that re-projects.

Stored data is EPSG:4326 (CGCS2000, EPSG:4490, agrees with it within centimetres in China); distances are measured
in a CGCS2000 3-degree Gauss-Krüger zone chosen by longitude (EPSG:4534 + n, central meridian 75 + 3n, GB/T 17798),
or in a UTM zone where China has none.
Axis order is always longitude/easting first.

Chinese maps on the web are drawn in datums of their own: GCJ-02 (AMap, Tencent, phones) and BD-09 (Baidu), hundreds of
metres off WGS-84. Nobody has published GCJ-02; what is here is the formula found by reverse engineering that has gone
round since 2010 (wgtochina_lb, eviltransform): a plane shift made of sines, in metres, laid on the Krasovsky 1940
ellipsoid. It is unofficial: users find it within some 5 m of the map services' own answers, and nobody vouches for it.
BD-09 is GCJ-02 with a second shift, of which the same holds. Outside :data:`CHINA_BOX` nothing is shifted.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from functools import cache, partial
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from pyproj.enums import TransformDirection

from geo.errors import CrsError
from geo.i18n import N_, message

STORAGE_EPSG = 4326
GEOGRAPHIC = (STORAGE_EPSG, 4490)  # WGS-84 and CGCS2000 in degrees: the same within centimetres
_FIRST_ZONE_EPSG = 4534  # CGCS2000 / 3-degree Gauss-Kruger CM 75E
_FIRST_MERIDIAN = 75
_LAST_MERIDIAN = 135
_UTM_NORTHERN, _UTM_SOUTHERN = 32600, 32700  # WGS 84 / UTM zone n is this + n
_UTM_SOUTH, _UTM_NORTH = -80, 84  # degrees between which UTM is laid out

_T = TypeVar("_T")
XY = npt.NDArray[np.float64]  # (n, 2): longitude, latitude in degrees


class Datum(StrEnum):
    """What longitude and latitude in degrees are counted from. :data:`DATUM_WORDS` says it to people."""

    WGS84 = "wgs84"  # CGCS2000 too: they agree within centimetres
    GCJ02 = "gcj02"
    BD09 = "bd09"


DATUM_WORDS: Mapping[Datum, str] = {
    Datum.WGS84: N_("WGS-84(国家大地坐标 CGCS2000 与之相同)"),
    Datum.GCJ02: N_("GCJ-02(高德、腾讯等网络地图)"),
    Datum.BD09: N_("BD-09(百度地图)"),
}

# West, south, east, north in degrees: where the web maps shift. It is far larger than the country, so that an inverse
# need not ask on which side of its edge the answer lies.
CHINA_BOX = (72.004, 0.8293, 137.8347, 55.8271)
_KRASOVSKY_A_M = 6378245.0  # semi-major axis
_KRASOVSKY_E2 = 0.00669342162296594323  # first eccentricity, squared
_GCJ_ORIGIN = (105.0, 35.0)
_BD_SHIFT = (0.0065, 0.006)  # degrees
_BD_WAVE = np.pi * 3000 / 180  # radians per degree
_INVERSE_ACCURACY_DEG = 1e-11  # 0.001 mm
_INVERSE_STEPS = 30  # each brings at least one more digit; eight are usual
_MANY = 400_000  # places: so many are moved on the caller's own thread, and keep nobody waiting


def metric_epsg(lon: float, lat: float = 0.0) -> int:
    """EPSG code of the plane (metres) to measure in around ``lon``, ``lat`` (degrees).

    The CGCS2000 3-degree zone (no zone prefix) with the nearest meridian; where China has none, the UTM zone on WGS-84 by
    longitude and hemisphere. The exceptions of UTM in Norway and on Svalbard are left out: they are matters of grid lines,
    and distances are as good without.

    Raises:
        CrsError: the place is not on the globe, or so near a pole that UTM does not reach it.

    >>> metric_epsg(104.06), metric_epsg(24.94, 60.17), metric_epsg(18.42, -33.92)
    (4544, 32635, 32734)
    """
    if not (abs(lon) <= 180 and _UTM_SOUTH <= lat <= _UTM_NORTH):  # so that nan is caught too
        text = N_("经度 {lon}、纬度 {lat} 没有合用的投影带(经度 ±180°,纬度 {south}°–{north}°):请检查坐标。")
        raise CrsError(message(text, lon=lon, lat=lat, south=_UTM_SOUTH, north=_UTM_NORTH))
    meridian = round(lon / 3) * 3
    if _FIRST_MERIDIAN <= meridian <= _LAST_MERIDIAN:
        return _FIRST_ZONE_EPSG + (meridian - _FIRST_MERIDIAN) // 3
    zone = min(int((lon + 180) // 6) + 1, 60)
    return (_UTM_NORTHERN if lat >= 0 else _UTM_SOUTHERN) + zone


@cache
def _transformer(source: int, target: int) -> pyproj.Transformer:
    for epsg in (source, target):
        if not _has_plane(epsg):
            raise CrsError(message(N_("EPSG:{epsg} 不是平面或经纬度的坐标系:请核对代码。"), epsg=epsg))
    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def _has_plane(epsg: int) -> bool:
    """Whether there is such a CRS, and it tells places on the ground: not heights, nor metres from the Earth's middle."""
    try:
        crs = pyproj.CRS.from_epsg(epsg)
    except pyproj.exceptions.CRSError:
        return False
    return bool(crs.is_projected or crs.is_geographic)


def _checked(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if frame.crs is None:
        raise CrsError(N_("数据没有坐标系:请先注明(例如 set_crs(4326))。"))
    return frame


def to_metric(frame: gpd.GeoDataFrame, epsg: int) -> gpd.GeoDataFrame:
    """A copy of ``frame`` in the metric CRS ``epsg`` (metres)."""
    if not pyproj.CRS.from_epsg(epsg).is_projected:
        raise CrsError(message(N_("EPSG:{epsg} 不是投影坐标系,不能量距离:请选 CGCS2000 3 度带。"), epsg=epsg))
    return _reframed(frame, epsg)


def to_storage(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """A copy of ``frame`` in EPSG:4326 (degrees, longitude first)."""
    return _reframed(frame, STORAGE_EPSG)


def _reframed(frame: gpd.GeoDataFrame, epsg: int) -> gpd.GeoDataFrame:
    shapes = np.asarray(_checked(frame).geometry.array, dtype=object)
    return _in_turn(partial(frame.to_crs, epsg), int(shapely.get_num_coordinates(shapes).sum()))


def project(geometry: Any, epsg: int) -> Any:
    """A shapely geometry (or array of them) from EPSG:4326 degrees to ``epsg`` metres."""
    return _reproject(geometry, STORAGE_EPSG, epsg)


def unproject(geometry: Any, epsg: int) -> Any:
    """A shapely geometry (or array of them) from ``epsg`` metres to EPSG:4326 degrees.

    Raises:
        CrsError: there is no such CRS, or it is one of heights.
    """
    return _reproject(geometry, epsg, STORAGE_EPSG)


def degrees_around(box: tuple[float, float, float, float], epsg: int) -> tuple[float, float, float, float]:
    """West, south, east, north in degrees of a rectangle that holds the corners, and 20 places on each side, of another in
    ``epsg`` metres (low x, low y, high x, high y)."""
    return _transformer(epsg, STORAGE_EPSG).transform_bounds(*box, densify_pts=20)


def of_degrees(geometry: Any, wkt: str) -> Any:
    """A shapely geometry (or array of them) from EPSG:4326 degrees to the CRS that ``wkt`` describes, x first.

    Raises:
        CrsError: it describes none that tells places on the ground.
    """
    return _moved(geometry, _of_text(wkt))


def to_degrees(geometry: Any, wkt: str) -> Any:
    """The inverse of :func:`of_degrees`."""
    return _moved(geometry, _of_text(wkt), TransformDirection.INVERSE)


@cache
def _of_text(wkt: str) -> pyproj.Transformer:
    try:
        crs = pyproj.CRS.from_wkt(wkt)
        if not (crs.is_projected or crs.is_geographic):
            raise CrsError(message(N_("坐标系“{name}”不是平面或经纬度的:请换成有 EPSG 代码的。"), name=crs.name[:60]))
        return pyproj.Transformer.from_crs(STORAGE_EPSG, crs, always_xy=True)
    except pyproj.exceptions.ProjError as fault:
        raise CrsError(N_("文件写的坐标系读不懂:请在 GIS 里换成有 EPSG 代码的坐标系后再导出。")) from fault


def area_m2(polygon: Any) -> float:
    """The area on the ellipsoid of a polygon in EPSG:4326 degrees."""
    return abs(float(_ELLIPSOID.geometry_area_perimeter(polygon)[0]))


_ELLIPSOID = pyproj.Geod(ellps="WGS84")


def _reproject(geometry: Any, source: int, target: int) -> Any:
    return _moved(geometry, _transformer(source, target))


def _moved(geometry: Any, by: pyproj.Transformer, direction: TransformDirection = TransformDirection.FORWARD) -> Any:
    def moved(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.column_stack(_in_turn(partial(by.transform, xy[:, 0], xy[:, 1], direction=direction), len(xy)))

    return shapely.transform(geometry, moved)


def _in_turn(move: Callable[[], _T], many: int) -> _T:
    """What ``move`` of so ``many`` places gives, on one thread that outlives those of the readers unless they are very many.

    PROJ prepares a transformation anew for each thread that asks for it, which takes as long as moving 400,000 places, and
    Streamlit runs every rerun on a thread of its own.
    """
    return move() if many > _MANY else _mover().submit(move).result()


@cache
def _mover() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="projection")


if hasattr(os, "register_at_fork"):  # a forked child has none of its parent's threads
    os.register_at_fork(after_in_child=_mover.cache_clear)


def wgs84_to_gcj02(xy: XY) -> XY:
    """WGS-84 degrees (n, 2) to GCJ-02 degrees (n, 2).

    With x = lon - 105 and y = lat - 35 the point is moved, in metres on the Krasovsky 1940 ellipsoid, by

    - east:  300 + x + 2y + 0.1x² + 0.1xy + 0.1√|x| + ⅔(20 sin 6πx + 20 sin 2πx + 20 sin πx + 40 sin πx/3
      + 150 sin πx/12 + 300 sin πx/30)
    - north: -100 + 2x + 3y + 0.2y² + 0.1xy + 0.2√|x| + ⅔(20 sin 6πx + 20 sin 2πx + 20 sin πy + 40 sin πy/3
      + 160 sin πy/12 + 320 sin πy/30)

    Source: see the head of this module.

    >>> wgs84_to_gcj02(np.array([[104.06, 30.66]])).round(4).tolist()
    [[104.0625, 30.6576]]
    """
    moved = np.array(xy, dtype=np.float64)
    inside = _in_china(moved)
    moved[inside] += _gcj_shift(moved[inside])
    return moved


def _in_china(xy: XY) -> npt.NDArray[np.bool_]:
    west, south, east, north = CHINA_BOX
    inside: npt.NDArray[np.bool_] = (xy[:, 0] >= west) & (xy[:, 0] <= east) & (xy[:, 1] >= south) & (xy[:, 1] <= north)
    return inside


def _gcj_shift(xy: XY) -> XY:
    """Degrees by which GCJ-02 lies off WGS-84 at these places (n, 2) in China."""
    x, y = xy[:, 0] - _GCJ_ORIGIN[0], xy[:, 1] - _GCJ_ORIGIN[1]
    both = _waves(x, (20, 1 / 6), (20, 1 / 2))
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
    east += both + _waves(x, (20, 1), (40, 3), (150, 12), (300, 30))
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
    north += both + _waves(y, (20, 1), (40, 3), (160, 12), (320, 30))
    latitude = np.radians(xy[:, 1])
    flattened = 1 - _KRASOVSKY_E2 * np.sin(latitude) ** 2
    parallel_m = _KRASOVSKY_A_M / np.sqrt(flattened) * np.cos(latitude)
    meridian_m = _KRASOVSKY_A_M * (1 - _KRASOVSKY_E2) / flattened**1.5
    return np.degrees(np.column_stack((east / parallel_m, north / meridian_m)))


def _waves(of: npt.NDArray[np.float64], *terms: tuple[float, float]) -> npt.NDArray[np.float64]:
    """⅔ Σ a sin(π of / p) for terms (a metres, p degrees)."""
    total = np.zeros_like(of)
    for metres, degrees in terms:
        total += metres * np.sin(np.pi / degrees * of)
    return total * (2 / 3)


def gcj02_to_wgs84(xy: XY) -> XY:
    """GCJ-02 degrees (n, 2) to WGS-84 degrees (n, 2): the inverse of :func:`wgs84_to_gcj02`, within 0.1 mm."""
    return _inverse(xy, _gcj_shift)


def gcj02_to_bd09(xy: XY) -> XY:
    """GCJ-02 degrees (n, 2) to BD-09 degrees (n, 2).

    In polar coordinates of the degrees themselves, r and θ of (lon, lat), with k = 3000π/180:
    r' = r + 0.00002 sin(k lat), θ' = θ + 0.000003 cos(k lon), and then (r' cos θ' + 0.0065, r' sin θ' + 0.006).
    Source: see the head of this module; k is as in coordtransform. Some copies have π for k (eviltransform, its issue
    43), and err by some 40 m.

    >>> gcj02_to_bd09(np.array([[116.404, 39.915]])).round(6).tolist()
    [[116.410369, 39.921337]]
    """
    moved = np.array(xy, dtype=np.float64)
    inside = _in_china(moved)
    moved[inside] += _bd_shift(moved[inside])
    return moved


def _bd_shift(xy: XY) -> XY:
    """Degrees by which BD-09 lies off GCJ-02 at these places (n, 2) in China."""
    radius = np.hypot(xy[:, 0], xy[:, 1]) + 0.00002 * np.sin(xy[:, 1] * _BD_WAVE)
    angle = np.arctan2(xy[:, 1], xy[:, 0]) + 0.000003 * np.cos(xy[:, 0] * _BD_WAVE)
    return np.column_stack((radius * np.cos(angle), radius * np.sin(angle))) + _BD_SHIFT - xy


def bd09_to_gcj02(xy: XY) -> XY:
    """BD-09 degrees (n, 2) to GCJ-02 degrees (n, 2): the inverse of :func:`gcj02_to_bd09`, within 0.1 mm."""
    return _inverse(xy, _bd_shift)


def _inverse(xy: XY, shift: Callable[[XY], XY]) -> XY:
    """Where points (n, 2) stood before ``shift``: a shift hardly changes over its own length, so iteration converges."""
    moved = np.array(xy, dtype=np.float64)
    inside = _in_china(moved)
    given = moved[inside]
    before = given.copy()
    for _ in range(_INVERSE_STEPS):
        guess = given - shift(before)
        done = not len(guess) or np.abs(guess - before).max() < _INVERSE_ACCURACY_DEG
        before = guess
        if done:
            break
    moved[inside] = before
    return moved


def _bd09_to_wgs84(xy: XY) -> XY:
    return gcj02_to_wgs84(bd09_to_gcj02(xy))


def _wgs84_to_bd09(xy: XY) -> XY:
    return gcj02_to_bd09(wgs84_to_gcj02(xy))


_TO_WGS84: Mapping[Datum, Callable[[XY], XY]] = {Datum.GCJ02: gcj02_to_wgs84, Datum.BD09: _bd09_to_wgs84}
_FROM_WGS84: Mapping[Datum, Callable[[XY], XY]] = {Datum.GCJ02: wgs84_to_gcj02, Datum.BD09: _wgs84_to_bd09}


def to_wgs84(geometry: Any, datum: Datum) -> Any:
    """A shapely geometry, or array of them (None allowed), in degrees of ``datum`` to WGS-84 degrees; heights go."""
    return _shifted(geometry, _TO_WGS84.get(datum))


def from_wgs84(geometry: Any, datum: Datum) -> Any:
    """A shapely geometry, or array of them (None allowed), in WGS-84 degrees to degrees of ``datum``; heights go."""
    return _shifted(geometry, _FROM_WGS84.get(datum))


def _shifted(geometry: Any, move: Callable[[XY], XY] | None) -> Any:
    return geometry if move is None else shapely.transform(geometry, move)
