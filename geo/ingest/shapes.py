"""Whether shapes are what their layer takes and hold as OGC simple features: all rows at once."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.i18n import N_, Message, message
from geo.ingest.crossings import Budget
from geo.ingest.ledger import Ledger
from geo.ingest.rows import Shapes, by_parts, with_shape
from geo.model import AREAS, DIMENSIONS, LINES, POINTS, Layer

_MAX_LON, _MAX_LAT = 180.0, 90.0
_REASON_PLACE = re.compile(r"^(.*?)\s*\[(\S+) (\S+)\]")
_THREADS = 2  # GEOS lets other threads run while it checks
_AT_A_TIME = 10_000
_ALL_ROUND_DEG = 180.0

# What GEOS says, in words of the trade.
_REASONS = {
    "Self-intersection": N_("边界自相交"),
    "Ring Self-intersection": N_("边界在一点上碰到自己"),
    "Hole lies outside shell": N_("洞在外环之外"),
    "Holes are nested": N_("洞套着洞"),
    "Interior is disconnected": N_("洞把面切成了几块"),
    "Nested shells": N_("外环套着外环"),
    "Duplicate Rings": N_("有重复的环"),
    "Too few points in geometry component": N_("不同的点太少"),
}
_DIMENSION_WORDS = {POINTS: N_("点"), LINES: N_("线"), AREAS: N_("面")}
_TYPE_WORDS = {
    "Point": N_("点"),
    "MultiPoint": N_("多点"),
    "LineString": N_("线"),
    "LinearRing": N_("线"),
    "MultiLineString": N_("多线"),
    "Polygon": N_("面"),
    "MultiPolygon": N_("多面"),
    "GeometryCollection": N_("混合图形"),
}


def fit(shapes: Shapes, layer: Layer, ledger: Ledger) -> Shapes:
    """``shapes`` with one-member collections as their member; those that the layer does not take are told and None."""
    there = with_shape(shapes)
    lone = there[(shapely.get_num_geometries(shapes[there]) == 1) & (shapely.get_type_id(shapes[there]) > _POLYGON)]
    shapes[lone] = shapely.get_geometry(shapes[lone], 0)
    kinds = shapely.get_dimensions(shapes[there])
    many_points = shapely.get_type_id(shapes[there]) == shapely.GeometryType.MULTIPOINT
    mixed = shapely.get_type_id(shapes[there]) == shapely.GeometryType.GEOMETRYCOLLECTION
    empty = shapely.is_empty(shapes[there])
    for index in there[empty]:
        ledger.tell(int(index), "empty_geometry", message(N_("图形是空的")), message(N_("请删去这一条,或重画")))
    wrong = (~np.isin(kinds, DIMENSIONS[layer]) | many_points | mixed) & ~empty
    fix = message(N_("这里只收{kinds}:请改画或换到别的图层"), kinds=_listed(layer))
    for index in there[wrong]:
        said = message(N_("图形是{kind}"), kind=message(_TYPE_WORDS.get(shapes[index].geom_type, N_("别的图形"))))
        ledger.tell(int(index), "wrong_geometry_type", said, fix)
    shapes[there[wrong | empty]] = None
    return shapes


_POLYGON = int(shapely.GeometryType.POLYGON)


def _listed(layer: Layer) -> Message:
    words = [message(_DIMENSION_WORDS[dimension]) for dimension in DIMENSIONS[layer]]
    return message(N_("{a}和{b}"), a=words[0], b=words[1]) if len(words) > 1 else words[0]


def hold(shapes: Shapes, ledger: Ledger) -> Shapes:
    """``shapes`` that are valid as OGC simple features; what is not is told with its place, or mended if agreed to."""
    there = with_shape(shapes)
    budget = Budget()
    broken = there[~_valid(shapes[there])]
    for done, index in enumerate(broken):
        ledger.tick(done / len(broken))
        shape, reason = shapes[index], _reason(shapes[index])
        crossings = budget.count(shape)
        affordable = budget.affords(crossings)
        mended = _mended(shape) if affordable else None
        if mended is not None and ledger.propose("make_valid", int(index), reason, _after(shape, mended)):
            shapes[index] = mended
        else:
            tangled = not affordable and np.isfinite(crossings)
            ledger.tell(
                int(index), "invalid_geometry", *(_tangled(reason, crossings) if tangled else (reason, _BY_GIS))
            )
            shapes[index] = None
    return shapes


_BY_GIS = message(N_("请在 GIS 里用“修复几何”处理后再传"))


def _tangled(reason: Message, crossings: float) -> tuple[Message, Message]:
    """What is said of a shape that crosses itself too often to be mended here."""
    about = round(crossings, 1 - int(np.log10(crossings)))  # two digits
    said = message(N_("{reason},相交约有 {n:.0f} 处"), reason=reason, n=about)
    return said, message(N_("相交太多,这里不代改:请重画这个面"))


def _valid(shapes: Shapes) -> npt.NDArray[np.bool_]:
    parts = np.array_split(shapes, max(1, len(shapes) // _AT_A_TIME))
    with ThreadPoolExecutor(_THREADS) as threads:
        return np.concatenate(list(threads.map(shapely.is_valid, parts)))


def _mended(shape: Any) -> Any:
    """The areas of the shape made valid, None where no area is left."""
    made = shapely.make_valid(shape, method="structure")
    parts = [part for part in shapely.get_parts(made) if part.geom_type == "Polygon"]
    flat = [piece for part in shapely.get_parts(made) for piece in shapely.get_parts(part)]
    areas = parts or [piece for piece in flat if piece.geom_type == "Polygon"]
    if not areas:
        return None
    return areas[0] if len(areas) == 1 else shapely.MultiPolygon(areas)


def _after(before: Any, after: Any) -> Message:
    n = shapely.get_num_geometries(after)
    if not before.area:  # loops that run both ways cancel out
        return message(N_("修复为 {n} 块"), n=n)
    return message(N_("修复为 {n} 块,面积为原来的 {share:.1%}"), n=n, share=after.area / before.area)


def _reason(shape: Any) -> Message:
    found = _REASON_PLACE.match(shapely.is_valid_reason(shape))
    if found is None:
        return message(N_("图形不成立"))
    text = N_("{reason},在 {lon:.6f}, {lat:.6f} 附近")
    reason = message(_REASONS.get(found[1], N_("图形不成立")))
    return message(text, reason=reason, lon=float(found[2]), lat=float(found[3]))


def tell_all_round(shapes: Shapes, ledger: Ledger) -> Shapes:
    """Tells shapes that reach over more than half the globe: written across the antimeridian, or wrong."""
    there = with_shape(shapes)
    for index in there[by_parts(there, lambda rows: _width(shapes[rows])) > _ALL_ROUND_DEG]:
        said = message(N_("图形跨过了 180° 经线,或横贯半个地球"))
        ledger.tell(int(index), "antimeridian", said, message(N_("请核对坐标;跨 180° 的图形应分成两块")))
        shapes[index] = None
    return shapes


def _width(shapes: Shapes) -> npt.NDArray[np.float64]:
    """Degrees from the west of each shape (n,) to its east."""
    west, _, east, _ = shapely.bounds(shapes).T
    width: npt.NDArray[np.float64] = east - west
    return width


def in_degrees(bounds: Any) -> Any:
    """Which rows of ``bounds`` (n, 4: xmin, ymin, xmax, ymax) can be longitude and latitude in degrees, (n,)."""
    west, south, east, north = np.asarray(bounds).T
    return (west >= -_MAX_LON) & (east <= _MAX_LON) & (south >= -_MAX_LAT) & (north <= _MAX_LAT)
