"""GeoJSON geometries to shapely, strictly: each is valid as RFC 7946 and OGC simple features have it, or explained."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import numpy as np
import shapely

from geo.i18n import N_, Message, message
from geo.ingest.fields import Complain

_Position = list[float]
_Ring = list[_Position]
_COORDINATES: dict[str, Any] = {"Point": _Position, "Polygon": list[_Ring], "MultiPolygon": list[list[_Ring]]}
_RING_POSITIONS = 4
_MAX_LON, _MAX_LAT = 180.0, 90.0
_PLACE = re.compile(r"`\$(.*)`")
_REASON_PLACE = re.compile(r"^(.*?)\s*\[(\S+) (\S+)\]")

# What GEOS says, in words of the trade.
_REASONS = {
    "Self-intersection": N_("边界自相交"),
    "Ring Self-intersection": N_("边界在一点上碰到自己"),
    "Hole lies outside shell": N_("洞在外环之外"),
    "Holes are nested": N_("洞套着洞"),
    "Interior is disconnected": N_("洞把面切成了几块"),
    "Nested shells": N_("外环套着外环"),
    "Duplicate Rings": N_("有重复的环"),
    "Too few points in geometry component": N_("环的点太少"),
}


def read(raw: Any, complain: Complain) -> Any:
    """The geometry of a feature, or None after telling ``complain`` why there is none. Heights are left out."""
    if raw is None:
        complain("null_geometry", message(N_("没有图形")), message(N_("请在 GIS 里给这一条补上点或面")))
        return None
    kind = raw.get("type") if isinstance(raw, dict) else None
    shape_of = _COORDINATES.get(kind) if isinstance(kind, str) else None
    if shape_of is None:
        complain(
            "wrong_geometry_type",
            message(N_("图形是{kind},这里只收点和面"), kind=str(kind)[:40]),
            message(N_("请改为 Point、Polygon 或 MultiPolygon")),
        )
        return None
    try:
        coordinates = msgspec.convert(raw.get("coordinates"), shape_of)
    except (msgspec.ValidationError, RecursionError) as fault:
        _bad_position(complain, _place(str(fault)))
        return None
    if kind == "Point":
        return _point(coordinates, complain)
    return _area([coordinates] if kind == "Polygon" else coordinates, complain)


def _bad_position(complain: Complain, where: str) -> None:
    complain(
        "bad_position",
        message(N_("坐标写得不对:coordinates{where}"), where=where),
        message(N_("每个位置应是 [经度, 纬度] 两个数,用十进制度")),
    )


def _place(fault: str) -> str:
    found = _PLACE.search(fault)
    return found[1] if found else ""


def _point(position: _Position, complain: Complain) -> Any:
    if len(position) < 2:
        _bad_position(complain, "")
        return None
    if len(position) > 2:
        _elevation(complain)
    return shapely.Point(position[0], position[1])


def _elevation(complain: Complain) -> None:
    complain("elevation_dropped", message(N_("坐标带有高程")), message(N_("不用改:平面地图不存高程,会略去")))


def _area(polygons: list[list[_Ring]], complain: Complain) -> Any:
    if not polygons or not all(polygons):
        complain("bad_ring", message(N_("面没有外环")), message(N_("请删去这条空图形,或重画")))
        return None
    for p, polygon in enumerate(polygons, 1):
        for r, ring in enumerate(polygon, 1):
            if not _ring_holds(ring, p, r, complain):
                return None
    if any(len(position) > 2 for polygon in polygons for ring in polygon for position in ring):
        _elevation(complain)
    flat = [[np.array([position[:2] for position in ring]) for ring in polygon] for polygon in polygons]
    parts = [shapely.Polygon(polygon[0], polygon[1:]) for polygon in flat]
    shape = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
    return shape if _valid(shape, complain) else None


def _ring_holds(ring: _Ring, part: int, number: int, complain: Complain) -> bool:
    if any(len(position) < 2 for position in ring):
        _bad_position(complain, f"[{part - 1}][{number - 1}]")
        return False
    if len(ring) < _RING_POSITIONS:
        complain(
            "bad_ring",
            message(N_("第 {part} 个面的第 {ring} 个环只有 {n} 个点"), part=part, ring=number, n=len(ring)),
            message(N_("一个环至少要 4 个点,首尾相同")),
        )
        return False
    if ring[0][:2] != ring[-1][:2]:
        complain(
            "bad_ring",
            message(N_("第 {part} 个面的第 {ring} 个环没有闭合"), part=part, ring=number),
            message(N_("请让最后一个点与第一个点相同")),
        )
        return False
    return True


def _valid(shape: Any, complain: Complain) -> bool:
    if shapely.is_valid(shape):
        return True
    found = _REASON_PLACE.match(shapely.is_valid_reason(shape))
    reason = _REASONS.get(found[1], N_("图形不成立")) if found else N_("图形不成立")
    complain("invalid_geometry", _invalid(reason, found), message(N_("请在 GIS 里用“修复几何”处理后再传")))
    return False


def _invalid(reason: str, found: re.Match[str] | None) -> Message:
    if found is None:
        return message(reason)
    text = N_("{reason},在 {lon:.6f}, {lat:.6f} 附近")
    return message(text, reason=message(reason), lon=float(found[2]), lat=float(found[3]))


def in_degrees(bounds: Any) -> Any:
    """Which rows of ``bounds`` (n, 4: xmin, ymin, xmax, ymax) can be longitude and latitude in degrees, (n,)."""
    west, south, east, north = np.asarray(bounds).T
    return (west >= -_MAX_LON) & (east <= _MAX_LON) & (south >= -_MAX_LAT) & (north <= _MAX_LAT)
