"""Districts and towns as they stand at one moment: stored outlines where there are any, the pack's cells for the rest.

The pack only knows towns by their centres, so its cells are schematic. A stored outline takes the place of the cell of
the same district or town; other cells give way to it. No ground is in two areas.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.crs import STORAGE_EPSG
from geo.model import Certainty, District, Pack
from geo.shapes import prepared

_GRID_DEG = 1e-9  # 0.1 mm: overlays on a grid stay right where edges almost coincide; in floating point they do not
_TOUCH_DEG = 1e-7  # 1 cm: two edges this close are one, cut by different neighbours
_SHARED_DEG = 1e-6  # 10 cm: areas that share less of an edge only meet at a corner
_SURE = [str(level) for level in Certainty if level.sure]
_DISTRICT = ["id", "name", "name_en"]
_TOWN = ["name", "name_en", "district", "source"]

Shapes = npt.NDArray[np.object_]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)  # frames have no single answer to ==
class Areas:
    """Frames in EPSG:4326, index 0..n-1. ``schematic``: bool, the outline is not what anybody surveyed or reported."""

    districts: gpd.GeoDataFrame  # columns id, name, name_en, schematic
    towns: gpd.GeoDataFrame  # columns name, name_en, district, source, schematic
    digest: str  # of the stored outlines: changes when they do


def areas_of(pack: Pack, districts: gpd.GeoDataFrame, towns: gpd.GeoDataFrame) -> Areas:
    """The areas that hold with these stored ``districts`` and ``towns`` (DISTRICT_COLUMNS, TOWN_COLUMNS).

    A district without an outline of its own is made of its towns, where every one of them is stored. A stored
    district that the pack does not have is left out: nothing says how it is judged.
    """
    ours = _stored_districts(pack, districts, towns)
    theirs = towns[_TOWN].assign(schematic=~towns["certainty"].isin(_SURE), geometry=towns.geometry)
    return Areas(
        _placed(ours, pack.district_areas[[*_DISTRICT, "geometry"]], pack.district_areas["id"].isin(ours["id"])),
        _placed(theirs, pack.town_areas[[*_TOWN, "geometry"]], _superseded(pack, set(towns["name"]))),
        digest_of(districts, towns),
    )


def digest_of(*stored: gpd.GeoDataFrame) -> str:
    """12 hexadecimal digits over everything in the frames."""
    found = hashlib.sha256()
    for frame in stored:
        found.update(frame.drop(columns=frame.geometry.name).to_json(orient="values").encode())
        for shape in shapely.to_wkb(_shapes(frame), byte_order=1):
            found.update(shape)
    return found.hexdigest()[:12]


def under(shapes: Shapes, districts: gpd.GeoDataFrame) -> list[str]:
    """The id of the district under each of ``shapes`` (n,) or under a point inside it; on a border the first; "" where
    there is no district, or no shape (None)."""
    ids = ["", *districts["id"]]
    found = np.zeros(len(shapes), dtype=np.intp)
    left = np.flatnonzero(~shapely.is_missing(shapes))
    points = shapes[left]
    spread = shapely.get_dimensions(points) > 0
    points[spread] = shapely.point_on_surface(points[spread])
    x, y = shapely.get_coordinates(points).T
    # A prepared area answers for points faster than a tree of areas, of which a county has a handful.
    for number, area in enumerate(districts.geometry, 1):
        inside = shapely.intersects_xy(prepared(area), x, y)
        found[left[inside]] = number
        left, x, y = left[~inside], x[~inside], y[~inside]
    return [ids[number] for number in found.tolist()]


def dissolve(areas: gpd.GeoDataFrame, districts: tuple[District, ...]) -> gpd.GeoDataFrame:
    """District areas (id, name, name_en, geometry) as unions of ``areas`` (column district); one without is left out."""
    known = [district for district in districts if (areas["district"] == district.id).any()]
    shapes = [shapely.union_all(areas.geometry[areas["district"] == district.id].array) for district in known]
    names = {"id": [d.id for d in known], "name": [d.label.zh for d in known], "name_en": [d.label.en for d in known]}
    return gpd.GeoDataFrame(names, geometry=gpd.GeoSeries(shapes, crs=STORAGE_EPSG))


def _stored_districts(pack: Pack, districts: gpd.GeoDataFrame, towns: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Outlines of districts that people gave (columns of :class:`Areas`), or that follow from the towns they gave."""
    english = {district.id: district.label.en for district in pack.districts}
    own = districts[districts["id"].isin(english)]
    stored = own[_DISTRICT].assign(
        name_en=own["name_en"].where(own["name_en"] != "", own["id"].map(english)),
        schematic=~own["certainty"].isin(_SURE),
        geometry=own.geometry,
    )
    named = set(towns["name"])
    whole = tuple(d for d in pack.districts if d.id not in set(own["id"]) and d.towns and named >= set(d.towns))
    of = {town: district.id for district in whole for town in district.towns}
    parts = towns.assign(district=[of.get(name, "") for name in towns["name"]])
    made = dissolve(parts, whole)
    unsure = set(parts.loc[~parts["certainty"].isin(_SURE), "district"])
    return _joined(stored, made.assign(schematic=made["id"].isin(unsure)))


def _superseded(pack: Pack, stored: set[str]) -> Mask:
    """Which town cells go: those of stored towns, and one drawn for several towns once every one of them is stored."""
    names = {town.name for town in pack.towns}
    lacking = {district.id: [t.name for t in pack.towns if t.district == district.id and not t.located]
               for district in pack.districts}  # fmt: skip
    gone: Mask = pack.town_areas["name"].isin(stored).to_numpy(dtype=bool, copy=True)
    for place, (name, district) in enumerate(zip(pack.town_areas["name"], pack.town_areas["district"], strict=True)):
        if name not in names and lacking.get(district):
            gone[place] = stored.issuperset(lacking[district])
    return gone


def _placed(stored: gpd.GeoDataFrame, cells: gpd.GeoDataFrame, gone: Mask | pd.Series[bool]) -> gpd.GeoDataFrame:
    """The stored outlines, and around them what is left of the ``cells`` that are not ``gone``."""
    if stored.empty:
        return cells.assign(schematic=True)
    outlines = _apart(_shapes(stored))
    taken = _union(outlines)
    kept = cells[~gone]
    rest = _without(_shapes(kept), taken)
    free = _without(_union(_shapes(cells[gone])), _union([taken, *rest]))
    around = kept.assign(schematic=True, geometry=gpd.GeoSeries(_grown(rest, free), kept.index, crs=STORAGE_EPSG))
    ours = stored.assign(geometry=gpd.GeoSeries(outlines, stored.index, crs=STORAGE_EPSG))
    whole = _joined(ours, around)
    return whole[~whole.is_empty].reset_index(drop=True)


def _apart(outlines: Shapes) -> Shapes:
    """Where stored outlines overlap, as neighbours surveyed one by one do, the ground stays with the first."""
    cut = outlines.copy()
    one, other = shapely.STRtree(outlines).query(outlines, predicate="intersects")
    for place in np.unique(one[one > other]):
        before = outlines[other[(one == place) & (other < place)]]
        cut[place] = _without(outlines[place], _union(before))
    return cut


def _grown(cells: Shapes, free: Any) -> Shapes:
    """``cells`` with the ``free`` ground that replaced cells leave: each part goes to the cell it shares most edge with.

    A part that borders no cell lies between stored outlines, or outside them: it stays nobody's.
    """
    grown = cells.copy()
    for part in shapely.get_parts(free):
        shared = shapely.length(shapely.intersection(shapely.boundary(cells), shapely.buffer(part, _TOUCH_DEG)))
        if len(shared) and shared.max() > _SHARED_DEG:
            best = int(shared.argmax())
            grown[best] = _union([grown[best], part])
    return grown


def _without(ground: Any, taken: Any) -> Any:
    return shapely.difference(ground, taken, grid_size=_GRID_DEG)


def _union(shapes: Iterable[Any]) -> Any:
    return shapely.union_all(list(shapes), grid_size=_GRID_DEG)


def _joined(first: gpd.GeoDataFrame, second: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    frames = [frame for frame in (first, second) if len(frame)] or [first]
    columns = [*(name for name in first.columns if name != "geometry"), "geometry"]
    return gpd.GeoDataFrame(pd.concat(frames, ignore_index=True)[columns], crs=STORAGE_EPSG)


def _shapes(frame: gpd.GeoDataFrame) -> Shapes:
    return np.asarray(frame.geometry.array, dtype=object)
