"""What lies around one place: rings, counts, and a verdict per category."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geo import crs
from geo.coverage.distances import Floats, distance_matrix, shapes
from geo.coverage.ground import SERVICE_QUAD_SEGS, checked_radius
from geo.coverage.table import profile_labels
from geo.errors import InputError
from geo.i18n import N_, Label
from geo.model import Category, Standard

_NOBODY = ("", Label(""), float("nan"), False)


@dataclass(frozen=True)
class Ring:
    """The ground within ``radius_m`` metres, in EPSG:4326."""

    radius_m: float
    geometry: Any


@dataclass(frozen=True)
class CheckRow:
    """One category around the place. Distances are metres, nan (with id "") where there is no such facility.

    ``counts`` has one figure per ring; ``outside_*`` is the nearest beyond the largest ring. ``sample``: the nearest,
    the nearest outside, or one counted in a ring is made up.
    """

    category: str
    counts: tuple[int, ...]
    threshold_m: float
    covered: bool
    nearest_id: str
    nearest_name: Label
    nearest_m: float
    outside_id: str
    outside_name: Label
    outside_m: float
    clause: Label
    certainty: Label
    sample: bool


@dataclass(frozen=True)
class Inside:
    """A facility within the largest ring."""

    id: str
    name: Label
    category: str
    distance_m: float
    sample: bool


@dataclass(frozen=True)
class Walk:
    """The way on foot to the nearest of one category: nan, with ``why`` in words, where there is none."""

    nearest_id: str
    nearest_name: Label
    metres: float
    minutes: float
    why: str  # msgid, "" where there is a way
    sample: bool


@dataclass(frozen=True)
class Walks:
    """What is on foot of the place: the ground within the rings' radii, and the nearest of each of the rows' categories."""

    grounds: tuple[Ring, ...]
    rows: tuple[Walk, ...]


@dataclass(frozen=True)
class Check:
    """The sheet: rings from small to large, rows in the categories' order, facilities inside by distance. ``walks``, if
    they were asked for, stand beside: the verdict is by the straight line."""

    rings: tuple[Ring, ...]
    rows: tuple[CheckRow, ...]
    inside: tuple[Inside, ...]
    profile: Label
    sample: bool
    walks: Walks | None = None


@dataclass(frozen=True)
class _Around:
    """Facilities sorted by distance, then id: parallel arrays (m,)."""

    ids: list[str]
    names: list[Label]
    categories: npt.NDArray[np.object_]
    metres: Floats
    sample: npt.NDArray[np.bool_]

    def at(self, places: npt.NDArray[np.int64]) -> tuple[str, Label, float, bool]:
        """Id, name, metres and sample of the first of ``places``."""
        if not len(places):
            return _NOBODY
        first = int(places[0])
        return self.ids[first], self.names[first], float(self.metres[first]), bool(self.sample[first])


def buffer_check(
    geometry: Any,
    facilities: gpd.GeoDataFrame,
    categories: Sequence[Category],
    standard: Standard,
    profile: str,
    radii_m: Sequence[float],
    epsg: int,
) -> Check:
    """Rings of ``radii_m`` metres around ``geometry`` (EPSG:4326) and what they hold, judged under ``profile``.

    The verdict follows the standard's distance, not the rings.

    Raises:
        InputError: no radius, or one that is not above 0.
        NotFoundError: the standard has no rule for a category under ``profile``.
    """
    radii = tuple(sorted({checked_radius(float(radius)) for radius in radii_m}))
    if not radii:
        raise InputError(N_("没有半径:请至少填一个大于 0 的米数。"))
    place = crs.project(geometry, epsg)
    around = _around(place, facilities, epsg)
    rows = tuple(_row(around, category.id, standard, profile, radii) for category in categories)
    known = {category.id for category in categories}
    inside = tuple(one for one in _inside(around, radii[-1]) if one.category in known)
    return Check(
        rings=tuple(_ring(place, radius, epsg) for radius in radii),
        rows=rows,
        inside=inside,
        profile=profile_labels(standard).get(profile, Label(profile)),
        sample=any(row.sample for row in rows),
    )


def _ring(place: Any, radius_m: float, epsg: int) -> Ring:
    return Ring(radius_m, crs.unproject(shapely.buffer(place, radius_m, quad_segs=SERVICE_QUAD_SEGS), epsg))


def _around(place: Any, facilities: gpd.GeoDataFrame, epsg: int) -> _Around:
    metres = distance_matrix(np.array([place], dtype=object), shapes(crs.to_metric(facilities, epsg)))[0]
    ids = facilities["id"].to_numpy(dtype=object)
    order = np.lexsort((ids.astype("str"), metres))
    order = order[~np.isnan(metres[order])]
    there = facilities.iloc[order]
    return _Around(
        ids=there["id"].tolist(),
        names=[Label(zh, en) for zh, en in zip(there["name"], there["name_en"], strict=True)],
        categories=there["category"].to_numpy(dtype=object),
        metres=metres[order],
        sample=there["sample"].to_numpy(dtype=bool),
    )


def _row(around: _Around, category: str, standard: Standard, profile: str, radii: tuple[float, ...]) -> CheckRow:
    rule = standard.rule(category, profile)
    places = np.flatnonzero(around.categories == category)
    metres = around.metres[places]
    nearest_id, nearest_name, nearest_m, nearest_sample = around.at(places)
    outside_id, outside_name, outside_m, outside_sample = around.at(places[metres > radii[-1]])
    counted = around.sample[places[metres <= radii[-1]]]
    return CheckRow(
        category=category,
        counts=tuple(int(np.count_nonzero(metres <= radius)) for radius in radii),
        threshold_m=rule.threshold_m,
        covered=bool(nearest_m <= rule.threshold_m),
        nearest_id=nearest_id,
        nearest_name=nearest_name,
        nearest_m=nearest_m,
        outside_id=outside_id,
        outside_name=outside_name,
        outside_m=outside_m,
        clause=rule.clause,
        certainty=rule.certainty,
        sample=nearest_sample or outside_sample or bool(counted.any()),
    )


def _inside(around: _Around, radius_m: float) -> list[Inside]:
    count = int(np.searchsorted(around.metres, radius_m, side="right"))
    return [
        Inside(
            around.ids[i], around.names[i], str(around.categories[i]), float(around.metres[i]), bool(around.sample[i])
        )
        for i in range(count)
    ]
