"""GeoJSON geometries to shapely, many at once.

Geometries of one type are laid end to end and checked as arrays. Only those of a group that does not hold together are
looked at one by one, to say what is wrong with which.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Literal

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]
import shapely

from geo.i18n import N_, Listed, Message, message
from geo.ingest.readers import laid
from geo.ingest.readers.laid import Laid, UnsoundError
from geo.ingest.rows import ABSENT, Flaw, Shapes
from geo.ingest.text import shown

_RING_POSITIONS = 4
_LINE_POSITIONS = 2
_PLACE = re.compile(r"`\$(.*)`")
_Position = list[float]
# Type -> what its coordinates are, how deep the positions lie, and the shapely type.
_KINDS: dict[str, tuple[Any, int, shapely.GeometryType]] = {
    "Point": (_Position, 0, shapely.GeometryType.POINT),
    "MultiPoint": (list[_Position], 1, shapely.GeometryType.MULTIPOINT),
    "LineString": (list[_Position], 1, shapely.GeometryType.LINESTRING),
    "MultiLineString": (list[list[_Position]], 2, shapely.GeometryType.MULTILINESTRING),
    "Polygon": (list[list[_Position]], 2, shapely.GeometryType.POLYGON),
    "MultiPolygon": (list[list[list[_Position]]], 3, shapely.GeometryType.MULTIPOLYGON),
}
# The level, counted from the positions up, whose parts are rings; None where there are none.
_RINGED = ("Polygon", "MultiPolygon")
_COLLECTION = "GeometryCollection"

NO_GEOMETRY = message(N_("没有图形")), message(N_("请在 GIS 里给这一条补上图形"))

Found = tuple[Shapes, list[Flaw], int]  # shapes, what is wrong by row, and how many rings wind against RFC 7946
Tell = Callable[[int, str, Message, Message], None]


class Text(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A geometry whose coordinates are not decoded."""

    type: Literal["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"]
    coordinates: msgspec.Raw


def shapes(geometries: Sequence[Any]) -> tuple[Shapes, list[Flaw], int]:
    """Shapely geometries (n,) as the file has them, None where there is none; what is wrong by row; and how many have
    rings that wind against RFC 7946, which changes nothing here.

    ``geometries`` are decoded GeoJSON geometries, None for null, ABSENT for a row that is no feature. Collections of one
    member count as that member.
    """
    geometries = list(map(lone, geometries))
    flaws: list[Flaw] = []

    def tell(index: int, code: str, said: Message, fix: Message) -> None:
        flaws.append(Flaw(index, code, said, fix))

    made: Shapes = np.full(len(geometries), None, dtype=object)
    against = 0
    for kind, rows in _by_kind(geometries, tell).items():
        against += _make(kind, rows, [geometries[row].get("coordinates") for row in rows], made, tell)
    return made, flaws, against


def _by_kind(geometries: Sequence[Any], tell: Tell) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for index, geometry in enumerate(geometries):
        kind = geometry.get("type") if isinstance(geometry, dict) else None
        if isinstance(kind, str) and kind in _KINDS:
            rows.setdefault(kind, []).append(index)
        elif geometry is None:
            tell(index, "null_geometry", *NO_GEOMETRY)
        elif geometry is not ABSENT:
            tell(index, "wrong_geometry_type", *_wrong_type(kind if isinstance(geometry, dict) else geometry))
    return rows


def _wrong_type(kind: Any) -> tuple[Message, Message]:
    """What is said of a geometry that is no point, line or area by itself."""
    if kind == _COLLECTION:
        said = message(N_("图形是{kind},不是单独的点、线或面"), kind=kind)
        return said, message(N_("请拆开,一条一个点、线或面(Point、LineString、Polygon……)"))
    said = message(N_("不认识的图形类型:{kind}"), kind=message(N_("没有写")) if kind is None else shown(kind, 40))
    return said, message(N_("type 应是 {kinds} 之一,大小写要一致"), kinds=Listed(tuple(_KINDS)))


def lone(geometry: Any) -> Any:
    """The only member of a collection; anything else as it is."""
    while isinstance(geometry, dict) and geometry.get("type") == _COLLECTION:
        members = geometry.get("geometries")
        if not isinstance(members, list) or len(members) != 1:
            break
        geometry = members[0]
    return geometry


def shapes_of_texts(geometries: Sequence[Text | None]) -> tuple[Shapes, list[Flaw], int]:
    """The same as :func:`shapes` of geometries whose coordinates are JSON still.

    Raises:
        msgspec.DecodeError: there is something in the coordinates that only the exact parser can tell.
    """
    flaws: list[Flaw] = []

    def tell(index: int, code: str, said: Message, fix: Message) -> None:
        flaws.append(Flaw(index, code, said, fix))

    made: Shapes = np.full(len(geometries), None, dtype=object)
    kinds = [None if one is None else one.type for one in geometries]
    against = 0
    for kind in dict.fromkeys(kinds):
        rows = [index for index, other in enumerate(kinds) if other == kind]
        if kind is None:
            for row in rows:
                tell(row, "null_geometry", *NO_GEOMETRY)
        else:
            texts = [one.coordinates for one in geometries if one is not None and one.type == kind]
            against += _make_of_texts(kind, rows, texts, made, tell)
    return made, flaws, against


def depth(kind: str) -> int:
    """How many lists deep the positions of a type of geometry lie."""
    return _KINDS[kind][1]


def shapes_of_arrow(kind: str, places: pa.Array, there: npt.NDArray[np.bool_]) -> Found:
    """The same as :func:`shapes` of geometries of one ``kind``: the coordinates of those that are ``there`` (n,).

    Raises:
        UnsoundError: something is to be told of one of them.
    """
    flaws = [Flaw(row, "null_geometry", *NO_GEOMETRY) for row in np.flatnonzero(~there).tolist()]
    made: Shapes = np.full(len(there), None, dtype=object)
    found = laid.of_arrow(places, _KINDS[kind][1])
    _hold(kind, found)
    rows = np.flatnonzero(there).tolist()
    return made, flaws, _fill(kind, rows, found, made, lambda *told: flaws.append(Flaw(*told)))


def _make_of_texts(kind: str, rows: list[int], texts: list[msgspec.Raw], made: Shapes, tell: Tell) -> int:
    try:
        found = laid.of_texts(texts, _KINDS[kind][1])
        _hold(kind, found)
    except UnsoundError:
        return _make(kind, rows, [msgspec.json.decode(text) for text in texts], made, tell)
    return _fill(kind, rows, found, made, tell)


def _make(kind: str, rows: list[int], coordinates: list[Any], made: Shapes, tell: Tell) -> int:
    """Fills ``made`` for the rows of one kind; rows that do not hold are told and left out. Gives how many wind wrongly."""
    try:
        found = laid.of_lists(coordinates, _KINDS[kind][1])
        _hold(kind, found)
    except UnsoundError:
        sound = [place for place, one in enumerate(coordinates) if _is_sound(kind, one, rows[place], tell)]
        if not sound:
            return 0
        rows, coordinates = [rows[place] for place in sound], [coordinates[place] for place in sound]
        found = laid.of_lists(coordinates, _KINDS[kind][1])
    return _fill(kind, rows, found, made, tell)


def _fill(kind: str, rows: list[int], found: Laid, made: Shapes, tell: Tell) -> int:
    _tell_heights(rows, found, tell)
    made[rows] = _build(kind, found)
    return _wound_against(found) if kind in _RINGED else 0


def _wound_against(found: Laid) -> int:
    """How many outer rings run clockwise, or holes the other way (RFC 7946, 3.1.6: the right-hand rule)."""
    rings, parts = found.offsets[0], found.offsets[1]
    from_first = found.xy[rings[:-1]].repeat(np.diff(rings), axis=0)
    x, y = np.subtract(found.xy, from_first, out=from_first).T
    twice = np.zeros(len(x))
    np.multiply(x[:-1], y[1:], out=twice[:-1])
    twice[:-1] -= x[1:] * y[:-1]
    twice[rings[1:] - 1] = 0.0  # from the end of one ring to the start of the next
    areas = np.add.reduceat(twice, rings[:-1])
    outer = np.zeros(len(areas), dtype=bool)
    outer[parts[:-1]] = True
    return int(((areas < 0) & outer).sum() + ((areas > 0) & ~outer).sum())


def _hold(kind: str, found: Laid) -> None:
    """Raises UnsoundError where a ring is open or short, a line short, or something is empty."""
    sizes = [np.diff(offset) for offset in found.offsets]
    if kind in _RINGED:
        first, last = found.offsets[0][:-1], found.offsets[0][1:] - 1
        short = (sizes[0] < _RING_POSITIONS).any()
        if short or (found.xy[first] != found.xy[last]).any():
            raise UnsoundError
    elif kind.endswith("LineString") and (sizes[0] < _LINE_POSITIONS).any():
        raise UnsoundError
    if any((size == 0).any() for size in sizes):
        raise UnsoundError


def _build(kind: str, found: Laid) -> Shapes:
    if kind == "Point":
        points: Shapes = shapely.points(found.xy)
        return points
    built: Shapes = shapely.from_ragged_array(_KINDS[kind][2], found.xy, found.offsets)
    return built


def _tell_heights(rows: list[int], found: Laid, tell: Tell) -> None:
    for place in np.flatnonzero(found.heights):
        tell(
            rows[place], "elevation_dropped", message(N_("坐标带有高程")), message(N_("不用改:平面地图不存高程,会略去"))
        )


def closed(geometry: Any) -> Any:
    """A copy of a GeoJSON polygon or multipolygon whose every open ring ends where it begins."""
    geometry = lone(geometry)
    rings_in = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    polygons = [
        [ring if not ring or ring[0] == ring[-1] else [*ring, ring[0]] for ring in polygon] for polygon in rings_in
    ]
    return {**geometry, "coordinates": polygons if geometry["type"] == "MultiPolygon" else polygons[0]}


# --- one by one ----------------------------------------------------------------------------------------------------


def _is_sound(kind: str, coordinates: Any, row: int, tell: Tell) -> bool:
    """Whether a geometry holds; tells what is wrong if not."""
    if coordinates is None:
        tell(row, "bad_position", message(N_("没有 coordinates")), _POSITION)
        return False
    if coordinates == []:
        tell(row, "empty_geometry", *_EMPTY)
        return False
    try:
        msgspec.convert(coordinates, _KINDS[kind][0])
        found = laid.of_lists([coordinates], _KINDS[kind][1])
    except (msgspec.ValidationError, RecursionError) as fault:
        place = _PLACE.search(str(fault))
        _tell_position(row, place[1] if place else "", tell)
        return False
    except UnsoundError:
        _tell_position(row, _first_bad(coordinates, _KINDS[kind][1]) or "", tell)
        return False
    return _parts_hold(kind, found, row, tell)


_EMPTY = message(N_("图形是空的,或线上不足两个点")), message(N_("请删去这一条,或重画"))


_POSITION = message(N_("每个位置应是 [经度, 纬度] 两个数,用十进制度"))


def _first_bad(part: Any, depth: int) -> str | None:
    """The place, as in ``[0][3]``, of the first position that is no two finite numbers; None where there is none."""
    if not depth:
        return None if len(part) > 1 and all(abs(number) <= _MOST for number in part) else ""
    found = ((n, _first_bad(one, depth - 1)) for n, one in enumerate(part))
    return next((f"[{n}]{where}" for n, where in found if where is not None), None)


_MOST = sys.float_info.max


def _tell_position(row: int, where: str, tell: Tell) -> None:
    said = message(N_("坐标写得不对:coordinates{where}"), where=where)
    tell(row, "bad_position", said, _POSITION)


def _parts_hold(kind: str, found: Laid, row: int, tell: Tell) -> bool:
    if kind not in _RINGED:
        sizes = [np.diff(offset) for offset in found.offsets]
        if any((size < (_LINE_POSITIONS if "Line" in kind else 1)).any() for size in sizes[:1]) or any(
            (size == 0).any() for size in sizes
        ):
            tell(row, "empty_geometry", *_EMPTY)
            return False
        return True
    if any((np.diff(offset) == 0).any() for offset in found.offsets[1:]):
        tell(row, "bad_ring", message(N_("面没有外环")), message(N_("请删去这条空图形,或重画")))
        return False
    return _rings_hold(found, row, tell)


def _rings_hold(found: Laid, row: int, tell: Tell) -> bool:
    """An open ring is closed here, and told so that a person can agree to it."""
    rings, parts = found.offsets[0], found.offsets[1]
    for ring, (start, stop) in enumerate(pairwise(rings)):
        part = int(np.searchsorted(parts, ring, side="right"))
        number = ring - int(parts[part - 1]) + 1
        if stop - start < _RING_POSITIONS:
            said = message(
                N_("第 {part} 个面的第 {ring} 个环只有 {n} 个点"), part=part, ring=number, n=int(stop - start)
            )
            tell(row, "bad_ring", said, message(N_("一个环至少要 4 个点,首尾相同")))
            return False
        if (found.xy[start] != found.xy[stop - 1]).any():
            said = message(N_("第 {part} 个面的第 {ring} 个环没有闭合"), part=part, ring=number)
            tell(row, "open_ring", said, message(N_("请让最后一个点与第一个点相同")))
            return False
    return True
