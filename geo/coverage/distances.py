"""Distances between every base and every facility, measured once and asked many times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo import crs
from geo.i18n import Label
from geo.model import Category
from geo.shapes import somewhere

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Shapes = npt.NDArray[np.object_]

_POINT = shapely.GeometryType.POINT


@dataclass(frozen=True)
class Distances:
    """Distances in metres between n bases and the facilities of k categories.

    Attributes:
        categories: the k category ids, in column order.
        nearest_m: (n, k), nan where the category has no facility, or none that there is a way to.
        nearest_row: (n, k) row of the nearest in ``facilities``, -1 where there is none. The lower id wins a tie.
        nearest_sample_m: (n, k) distance to the nearest sample facility, inf where there is none.
        facilities: id, name, name_en and sample of the facilities measured, in the order given.
        ranked_m: every distance: one block per category, in it one ascending run per base; inf where there is no way.
        starts: (n, k) where a base's run begins in ``ranked_m``.
        lengths: (k,) facilities per category, which is the length of each run.
    """

    categories: tuple[str, ...]
    nearest_m: Floats
    nearest_row: Ints
    nearest_sample_m: Floats
    facilities: pd.DataFrame
    ranked_m: Floats
    starts: Ints
    lengths: Ints

    @property
    def metric(self) -> str:
        """How was measured, as tables name it."""
        return "straight"

    @cached_property
    def nearest(self) -> pd.DataFrame:
        """Columns id and name (a Label) of the nearest facility, a row for each base × category, base by base; "" where
        there is none. Made once: no radius changes them."""
        rows, place = np.unique(self.nearest_row.ravel(), return_inverse=True)
        found = self.facilities.iloc[rows[rows >= 0]]  # few of them: to name every facility takes longer than the rest
        none = [""] * int((rows < 0).sum())  # row -1, no facility, comes first
        ids = [*none, *found["id"]]
        names = [*map(Label, none), *map(Label, found["name"], found["name_en"])]
        return pd.DataFrame(
            {
                "id": pd.Series([ids[one] for one in place], dtype="str"),
                "name": pd.Series([names[one] for one in place], dtype=object),
            }
        )

    def count_within(self, radius_m: npt.ArrayLike) -> Ints:
        """How many facilities lie within ``radius_m`` (inclusive), shape (n, k).

        ``radius_m`` is anything that broadcasts to (n, k). All runs are bisected at once, nothing is measured again.
        """
        radius = np.broadcast_to(np.asarray(radius_m, dtype=np.float64), self.starts.shape)
        low = self.starts.copy()
        high = low + self.lengths
        if not len(self.ranked_m):
            return low
        last = len(self.ranked_m) - 1
        while (open_ := low < high).any():
            middle = (low + high) // 2
            within = open_ & (self.ranked_m[np.minimum(middle, last)] <= radius)
            low = np.where(within, middle + 1, low)
            high = np.where(open_ & ~within, middle, high)
        counts: Ints = low - self.starts
        return counts


@dataclass(frozen=True)
class _Block:
    """One category: nearest (n,), row (n,), nearest sample (n,), ascending distances (n, m)."""

    nearest_m: Floats
    nearest_row: Ints
    nearest_sample_m: Floats
    ranked_m: Floats


def measure(
    bases: gpd.GeoDataFrame, facilities: gpd.GeoDataFrame, categories: Sequence[Category], epsg: int
) -> Distances:
    """Measures every base to every facility of ``categories`` in the projected CRS ``epsg``.

    Polygons count from their nearest edge, 0 inside. A facility without geometry is left out; a base without one
    has no distances.

    Raises:
        CrsError: a frame has no CRS, or ``epsg`` is not projected.
    """
    sites = shapes(crs.to_metric(bases, epsg))
    targets = shapes(crs.to_metric(facilities, epsg))
    return arranged(facilities, categories, targets, len(sites), lambda rows: distance_matrix(sites, targets[rows]))


def arranged(
    facilities: gpd.GeoDataFrame,
    categories: Sequence[Category],
    targets: Shapes,
    n: int,
    metres: Callable[[Ints], Floats],
) -> Distances:
    """Distances of ``n`` bases from a measure: ``metres`` gives (n, m) for m rows of ``facilities``.

    ``targets`` are the facilities' shapes; those without are left out.
    """
    sample = facilities["sample"].to_numpy(dtype=bool)
    order = np.argsort(facilities["id"].to_numpy(dtype=object), kind="stable")
    order = order[~_blank(targets[order])]
    kinds = facilities["category"].to_numpy(dtype=object)[order]
    chosen = [order[kinds == category.id] for category in categories]
    blocks = [_block(metres(rows), rows, sample) for rows in chosen]
    about = pd.DataFrame(facilities[["id", "name", "name_en", "sample"]]).reset_index(drop=True)
    return _joined(tuple(category.id for category in categories), blocks, n, about)


def shapes(frame: Any) -> Shapes:
    """The geometries of a frame or series as an object array (n,)."""
    return np.asarray(frame.geometry.array, dtype=object)


def _blank(geometry: Shapes) -> npt.NDArray[np.bool_]:
    blank: npt.NDArray[np.bool_] = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    return blank


def distance_matrix(sites: Shapes, targets: Shapes) -> Floats:
    """Distances (n, m) between geometries of one metric CRS; nan where either is missing or empty.

    Two points need only Pythagoras, 5 times as fast as a call per pair; the rest is left to GEOS.
    """
    sites, targets = somewhere(sites), somewhere(targets)
    dx = np.subtract.outer(shapely.get_x(sites), shapely.get_x(targets))
    dy = np.subtract.outer(shapely.get_y(sites), shapely.get_y(targets))
    metres: Floats = np.sqrt(dx * dx + dy * dy)
    wide_sites = shapely.get_type_id(sites) > _POINT
    wide_targets = shapely.get_type_id(targets) > _POINT
    metres[wide_sites] = shapely.distance(sites[wide_sites, None], targets[None, :])
    metres[:, wide_targets] = shapely.distance(sites[:, None], targets[None, wide_targets])
    return metres


def _block(metres: Floats, rows: Ints, sample: npt.NDArray[np.bool_]) -> _Block:
    """One category from the metres (n, m) to its facilities ``rows`` (m,); inf where there is no way, nan no place."""
    n = len(metres)
    if not len(rows):
        return _Block(np.full(n, np.nan), np.full(n, -1), np.full(n, np.inf), metres)
    made_up = metres[:, sample[rows]].min(axis=1, initial=np.inf)
    place = np.argmin(metres, axis=1)
    nearest = metres[np.arange(n), place]
    there = np.isfinite(nearest)
    return _Block(
        np.where(there, nearest, np.nan),
        np.where(there, rows[place], -1),
        np.where(np.isnan(made_up), np.inf, made_up),
        np.sort(metres, axis=1),
    )


def _joined(categories: tuple[str, ...], blocks: list[_Block], n: int, facilities: pd.DataFrame) -> Distances:
    lengths = np.array([block.ranked_m.shape[1] for block in blocks], dtype=np.int64)
    offsets = np.cumsum(lengths * n) - lengths * n
    return Distances(
        categories=categories,
        nearest_m=_columns([block.nearest_m for block in blocks], n, np.float64),
        nearest_row=_columns([block.nearest_row for block in blocks], n, np.int64),
        nearest_sample_m=_columns([block.nearest_sample_m for block in blocks], n, np.float64),
        facilities=facilities,
        ranked_m=np.concatenate([np.empty(0), *(block.ranked_m.ravel() for block in blocks)]),
        starts=offsets[None, :] + np.arange(n)[:, None] * lengths[None, :],
        lengths=lengths,
    )


def _columns(columns: list[npt.NDArray[Any]], n: int, dtype: type) -> npt.NDArray[Any]:
    return np.array(columns, dtype=dtype).reshape(len(columns), n).T
