"""Rows that say the same thing twice: the same id, the same place, the same name near by, in the file and the store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo import crs
from geo.i18n import N_, message
from geo.ingest.fields import Columns
from geo.ingest.ledger import Ledger
from geo.ingest.rows import Shapes

_SAME_PLACE_DIGITS = 5  # of a degree: about 1 m
NEAR_M = 100.0  # two of one name within this are likely one


def find(columns: Columns, shapes: Shapes, ledger: Ledger, existing: gpd.GeoDataFrame, epsg: int) -> None:
    """Tells the ledger which rows repeat an earlier one or a stored feature."""
    _ids(columns, shapes, ledger)
    rows = np.flatnonzero(~ledger.out & (shapes != None))  # noqa: E711 -- elementwise
    if not len(rows):
        return
    xy = shapely.get_coordinates(shapely.centroid(shapes[rows]))
    repeated = _places(rows, columns, xy, ledger)
    _names_near(rows[~repeated], columns, xy[~repeated], ledger, epsg)
    _names_near_stored(rows, columns, xy, ledger, existing, epsg)


def _ids(columns: Columns, shapes: Shapes, ledger: Ledger) -> None:
    ids = columns["id"]
    if len(set(ids)) == len(ids):
        return
    first: dict[str, int] = {}
    taken = set(ids)
    for index, id in enumerate(ids):
        if not id or shapes[index] is None or ledger.out[index]:
            continue
        earlier = first.setdefault(id, index)
        if earlier != index:
            _id_again(columns, index, ledger.number(earlier), taken, ledger)


def _id_again(columns: Columns, index: int, first: int, taken: set[str], ledger: Ledger) -> None:
    id = columns["id"][index]
    if id.startswith("u-") and columns["name"][index]:
        said = message(N_("与第 {first} 行的名称、位置都相同"), first=first)
        ledger.tell(index, "duplicate_row", said, message(N_("请删去一行;若确是两处,请各写一个 id")))
        return
    fresh = _fresh(id, taken)
    if ledger.propose("new_id", index, id, fresh):
        columns["id"][index] = fresh
        taken.add(fresh)
    else:
        said = message(N_("编号与第 {first} 行重复"), first=first)
        ledger.tell(index, "duplicate_id", said, message(N_("请给这一行换一个编号;先出现的那一行照收")))


def _fresh(id: str, taken: set[str]) -> str:
    number = 2
    while f"{id}-{number}" in taken:
        number += 1
    return f"{id}-{number}"


def _places(
    rows: npt.NDArray[np.int64], columns: Columns, xy: npt.NDArray[np.float64], ledger: Ledger
) -> npt.NDArray[np.bool_]:
    """Tells rows of one name, kind and place under several ids; gives which of ``rows`` they are."""
    kinds = columns.get("category", columns["name"])
    table = pd.DataFrame(
        {
            "name": [columns["name"][row] for row in rows],
            "kind": [kinds[row] for row in rows],
            "x": xy[:, 0].round(_SAME_PLACE_DIGITS),
            "y": xy[:, 1].round(_SAME_PLACE_DIGITS),
        }
    )
    again: npt.NDArray[np.bool_] = (table.duplicated() & (table["name"] != "")).to_numpy(dtype=bool)
    if again.any():
        firsts = table.reset_index().groupby(["name", "kind", "x", "y"], sort=False)["index"].transform("min")
        for place in np.flatnonzero(again):
            first = ledger.number(int(rows[firsts.iloc[place]]))
            said = message(N_("与第 {first} 行同名同地,编号不同"), first=first)
            ledger.tell(int(rows[place]), "duplicate_place", said, message(N_("若是同一处,请删去一行;会照原样收下")))
    return again


def _names_near(
    rows: npt.NDArray[np.int64], columns: Columns, xy: npt.NDArray[np.float64], ledger: Ledger, epsg: int
) -> None:
    """Tells rows that share their name with an earlier one within :data:`NEAR_M`."""
    names = pd.Series([columns["name"][row] for row in rows], dtype=object)
    shared = np.flatnonzero((names.duplicated(keep=False) & (names != "")).to_numpy(dtype=bool))
    if not len(shared):
        return
    metres = _metres(xy[shared], epsg)
    for places in names.iloc[shared].reset_index(drop=True).groupby(names.iloc[shared].to_numpy()).groups.values():
        group = np.asarray(places)
        mine, theirs = shapely.STRtree(metres[group]).query(metres[group], predicate="dwithin", distance=NEAR_M)
        for one, other in _first_earlier(mine, theirs):
            row, earlier = int(rows[shared[group[one]]]), int(rows[shared[group[other]]])
            away = shapely.distance(metres[group[one]], metres[group[other]])
            said = message(N_("与第 {first} 行同名,只隔 {m:.0f} 米"), first=ledger.number(earlier), m=away)
            ledger.tell(row, "near_same_name", said, message(N_("若是同一处,请删去一行;会照原样收下")))


def _first_earlier(mine: npt.NDArray[np.int64], theirs: npt.NDArray[np.int64]) -> Sequence[tuple[int, int]]:
    """Each that has an earlier one near it, with the earliest."""
    earliest: dict[int, int] = {}
    for one, other in zip(mine.tolist(), theirs.tolist(), strict=True):
        if other < one:
            earliest[one] = min(other, earliest.get(one, other))
    return sorted(earliest.items())


def _names_near_stored(
    rows: npt.NDArray[np.int64],
    columns: Columns,
    xy: npt.NDArray[np.float64],
    ledger: Ledger,
    existing: gpd.GeoDataFrame,
    epsg: int,
) -> None:
    """Tells rows that share their name with a stored feature of another id within :data:`NEAR_M`."""
    stored: dict[str, list[int]] = {}
    for place, name in enumerate(existing["name"]):
        if name:
            stored.setdefault(name, []).append(place)
    ids = existing["id"].tolist()
    known = set(ids)
    for place, row in enumerate(rows.tolist()):
        name = columns["name"][row]
        if name in stored and columns["id"][row] not in known:
            others = stored[name]
            there = _metres(shapely.get_coordinates(shapely.centroid(existing.geometry.iloc[others].to_numpy())), epsg)
            away = shapely.distance(_metres(xy[place : place + 1], epsg)[0], there)
            nearest = int(away.argmin())
            if away[nearest] <= NEAR_M:
                said = message(
                    N_("与库中的 {id} 同名,只隔 {m:.0f} 米"), id=ids[others[nearest]], m=float(away[nearest])
                )
                fix = message(N_("若是同一处,请写上它的编号,就会更新它;会作为新的一条收下"))
                ledger.tell(row, "near_same_name", said, fix)


def _metres(xy: npt.NDArray[np.float64], epsg: int) -> Any:
    return crs.project(shapely.points(xy), epsg)
