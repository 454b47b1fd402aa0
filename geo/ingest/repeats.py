"""Rows that say the same thing twice: the same id, the same place, the same name near by, in the file and the store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import shapely

from geo import crs
from geo.i18n import N_, message
from geo.ingest.column import Mask, Rows, mask, repeated, several, texts_of
from geo.ingest.fields import Columns
from geo.ingest.ledger import Ledger
from geo.ingest.rows import Shapes, by_parts

_SAME_PLACE_DIGITS = 5  # of a degree: about 1 m
Floats = npt.NDArray[np.float64]
NEAR_M = 100.0  # two of one name within this are likely one


def settle_ids(columns: Columns, shapes: Shapes, ledger: Ledger, existing: gpd.GeoDataFrame) -> None:
    """Tells rows that repeat an earlier row's id, or gives them a new one where that was agreed to: from here on no two
    rows that are in have one id."""
    ids = columns["id"].array
    again = repeated(ids) & ~shapely.is_missing(shapes) & ~ledger.out & ~columns["id"].where("")
    rows = np.flatnonzero(again)
    if not len(rows):
        return
    first: dict[str, int] = {}
    known = (_numbered_after(ids, ids.take(rows)), _stored_under(existing))
    for index, id in zip(rows.tolist(), columns["id"].take(rows), strict=True):
        earlier = first.setdefault(id, index)
        if earlier != index:
            _id_again(columns, (index, earlier), shapes[index], known, ledger)


def _numbered_after(ids: pa.ChunkedArray, some: pa.ChunkedArray) -> set[str]:
    """Those of ``ids`` that are one of ``some`` with a number behind it, as fresh ids are."""
    numbered = ids.filter(pc.match_substring_regex(ids, _NUMBERED))
    bare = pc.replace_substring_regex(numbered, _NUMBERED, "")
    return set(numbered.filter(pc.is_in(bare, pc.unique(some))).to_pylist())


_NUMBERED = "-[1-9][0-9]*$"


def _stored_under(existing: gpd.GeoDataFrame) -> dict[str, tuple[str, bytes]]:
    """Id -> name and place of what is stored under it."""
    places = shapely.to_wkb(existing.geometry.to_numpy())
    return dict(zip(existing["id"], zip(existing["name"], places, strict=True), strict=True))


def _id_again(
    columns: Columns,
    rows: tuple[int, int],
    shape: Any,
    known: tuple[set[str], dict[str, tuple[str, bytes]]],
    ledger: Ledger,
) -> None:
    """``rows``: the one and the earlier one; ``known``: which ids a fresh one may meet in the file, and what is stored
    under which."""
    index, earlier = rows
    id, name = columns["id"][index], columns["name"][index]
    first = ledger.number(earlier)
    if id.startswith("u-") and name and name == columns["name"][earlier]:
        said = message(N_("与第 {first} 行的名称、位置都相同"), first=first)
        ledger.tell(index, "duplicate_row", said, message(N_("请删去一行;若确是两处,请各写一个 id")))
        return
    taken, stored = known
    fresh = _fresh(id, (name, shapely.to_wkb(shape)), taken, stored)
    if ledger.propose("new_id", index, id, fresh):
        columns["id"][index] = fresh
        taken.add(fresh)
    else:
        said = message(N_("编号与第 {first} 行重复"), first=first)
        ledger.tell(index, "duplicate_id", said, message(N_("请给这一行换一个编号;先出现的那一行照收")))


def _fresh(id: str, what: tuple[str, bytes], taken: set[str], stored: dict[str, tuple[str, bytes]]) -> str:
    """An id that no other row has, and nothing stored but the same place of the same name: the file came before."""
    number = 2
    while (fresh := f"{id}-{number}") in taken or stored.get(fresh, what) != what:
        number += 1
    return fresh


def find(columns: Columns, shapes: Shapes, ledger: Ledger, existing: gpd.GeoDataFrame, epsg: int) -> None:
    """Tells the ledger which rows repeat an earlier one or a stored feature under another id."""
    rows = np.flatnonzero(~ledger.out & ~shapely.is_missing(shapes))
    if not len(rows):
        return
    fresh = ~_places(rows, columns, shapes, ledger)
    _names_near(rows[fresh], columns, shapes, ledger, epsg)
    _names_near_stored(rows, columns, shapes, ledger, existing, epsg)


def _centres(shapes: Shapes) -> Floats:
    """The centroids (n, 2) of shapes; no other points are made of points."""
    all_points = (shapely.get_type_id(shapes) == shapely.GeometryType.POINT).all()
    xy: Floats = shapely.get_coordinates(shapes if all_points else shapely.centroid(shapes))
    return xy


def _places(rows: Rows, columns: Columns, shapes: Shapes, ledger: Ledger) -> Mask:
    """Tells rows of one name, kind and place under several ids; gives which of ``rows`` they are."""
    places = by_parts(rows, lambda part: _rounded(shapes[part]))
    again = np.zeros(len(rows), dtype=bool)
    shared = np.flatnonzero(several(places))
    names = columns["name"].take(rows[shared])
    kinds = columns.get("category", columns["name"]).take(rows[shared])
    firsts: dict[tuple[str, str, int], int] = {}
    for place, name, kind, where in zip(shared.tolist(), names, kinds, places[shared].tolist(), strict=True):
        row = int(rows[place])
        first = firsts.setdefault((name, kind, where), row)
        if name and first != row:
            again[place] = True
            said = message(N_("与第 {first} 行同名同地,编号不同"), first=ledger.number(first))
            ledger.tell(row, "duplicate_place", said, message(N_("若是同一处,请删去一行;会照原样收下")))
    return again


def _rounded(shapes: Shapes) -> Rows:
    """A number for the place of each shape (n,), the same for those that are one when rounded."""
    lon, lat = np.rint(_centres(shapes) * 10**_SAME_PLACE_DIGITS).astype(np.int64).T
    places: Rows = (lon << _LAT_BITS) + lat
    return places


_LAT_BITS = 26  # 180 degrees in steps of 10**-5 take 25


def _names_near(rows: Rows, columns: Columns, shapes: Shapes, ledger: Ledger, epsg: int) -> None:
    """Tells ``rows`` that share their name with an earlier one within :data:`NEAR_M`."""
    shared = rows[repeated(columns["name"].array)[rows]]
    for same in _places_by(columns["name"].take(shared), shared).values():
        if len(same) < _PAIR:
            continue
        points = _metres(_centres(shapes[same]), epsg)
        for one, other in _first_near(points):
            row, earlier = same[one], same[other]
            away = shapely.distance(points[one], points[other])
            said = message(N_("与第 {first} 行同名,只隔 {m:.0f} 米"), first=ledger.number(earlier), m=away)
            ledger.tell(row, "near_same_name", said, message(N_("若是同一处,请删去一行;会照原样收下")))


_PAIR = 2


def _places_by(names: Sequence[str], places: Rows) -> dict[str, list[int]]:
    """Name -> at which of ``places`` (as many as ``names``) it stands, in order; blanks are no names."""
    found: dict[str, list[int]] = {}
    for name, place in zip(names, places.tolist(), strict=True):
        if name:
            found.setdefault(name, []).append(place)
    return found


def _first_near(points: Shapes) -> list[tuple[int, int]]:
    """Each of ``points`` (n,; metres) that has an earlier one within :data:`NEAR_M`, with such a one.

    Squares are laid out in which all are near each other: only the first of each has to look beyond its own square, so
    that a thousand of one name in one spot do not make a million pairs.
    """
    squares = np.floor(shapely.get_coordinates(points) / (NEAR_M / np.sqrt(2)))
    _, firsts, square_of = np.unique(squares, axis=0, return_index=True, return_inverse=True)
    earlier = firsts[square_of.ravel()]
    mine, theirs = shapely.STRtree(points).query(points[firsts], predicate="dwithin", distance=NEAR_M)
    np.minimum.at(earlier, firsts[mine], theirs)
    return [(one, other) for one, other in enumerate(earlier.tolist()) if other < one]


def _names_near_stored(
    rows: Rows,
    columns: Columns,
    shapes: Shapes,
    ledger: Ledger,
    existing: gpd.GeoDataFrame,
    epsg: int,
) -> None:
    """Tells rows of unknown ids that share their name with a stored feature within :data:`NEAR_M`."""
    ids, known = existing["id"].tolist(), set(existing["id"])
    called = texts_of(existing["name"])
    stored = _places_by(called.to_pylist(), np.arange(len(ids)))
    there = shapely.get_coordinates(shapely.centroid(existing.geometry.to_numpy()))
    shared = rows[mask(pc.is_in(columns["name"].array, called))[rows]]
    for name, same in _places_by(columns["name"].take(shared), shared).items():
        fresh = [row for row in same if columns["id"][row] not in known]
        others = stored[name]
        if not fresh:
            continue
        tree = shapely.STRtree(_metres(there[others], epsg))
        points = _metres(_centres(shapes[fresh]), epsg)
        near, away = tree.query_nearest(points, max_distance=NEAR_M, return_distance=True, all_matches=False)
        for one, other, m in zip(*near.tolist(), away.tolist(), strict=True):
            said = message(N_("与库中的 {id} 同名,只隔 {m:.0f} 米"), id=ids[others[other]], m=m)
            fix = message(N_("若是同一处,请写上它的编号,就会更新它;会作为新的一条收下"))
            ledger.tell(fresh[one], "near_same_name", said, fix)


def _metres(xy: Floats, epsg: int) -> Any:
    return crs.project(shapely.points(xy), epsg)
