"""First pass: the input put in the order of place, unit by unit, and an index of what is where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo import crs
from geo.model import Layer
from geo.scale.job import Job, Tile
from geo.scale.source import GROUP_ROWS, Unit, along_curve, batches, boxes, corners, write_ordered
from geo.shapes import somewhere

Ints = npt.NDArray[np.int64]

# Column of the index of facilities -> how those of a row group make one.
HOW = {"west": "min", "south": "min", "east": "max", "north": "max", "lon": "first", "lat": "first"}
_NOWHERE_LON = 105.0  # a base without a place is near nothing, in whichever zone


@dataclass(frozen=True)
class Order:
    """Puts one unit in order: called with a :class:`Unit`, it gives the unit's rows of the index."""

    job: Job

    def __call__(self, unit: Unit) -> pd.DataFrame:
        """Index rows: of facilities file, group, category, a box in degrees, and lon, lat of a corner of one of them; of
        bases file, group, epsg, column, row (a :class:`Tile`)."""
        arrange = _bases if unit.layer is Layer.BASES else _facilities
        found = [
            arrange(self.job, frame, self.job.work / unit.layer / f"{unit.number:06}_{number:04}.parquet")
            for number, frame in enumerate(batches(unit))
        ]
        return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def _facilities(job: Job, frame: gpd.GeoDataFrame, path: Path) -> pd.DataFrame:
    asked = along_curve(frame[frame["category"].isin([one.id for one in job.categories])])
    if asked.empty:
        return pd.DataFrame()
    write_ordered(asked, path, Layer.FACILITIES)
    shapes = np.asarray(asked.geometry.array, dtype=object)
    rows = pd.DataFrame(np.hstack([boxes(shapes), corners(shapes)]), columns=[*HOW]).assign(
        group=_group_of(len(asked), Layer.FACILITIES), category=asked["category"].to_numpy()
    )
    return rows.groupby(["group", "category"], as_index=False).agg(HOW).assign(file=path.name)


def _bases(job: Job, frame: gpd.GeoDataFrame, path: Path) -> pd.DataFrame:
    at = tiles_of(frame, job.tile_m)
    order = np.lexsort((np.arange(len(frame)), *reversed(at.T)))
    write_ordered(frame.iloc[order], path, Layer.BASES)
    rows = pd.DataFrame(at[order], columns=["epsg", "column", "row"])
    rows["group"] = _group_of(len(frame), Layer.BASES)
    return rows.drop_duplicates().assign(file=path.name)


def _group_of(n: int, layer: Layer) -> Ints:
    return np.arange(n) // GROUP_ROWS[layer]


def tiles_of(bases: gpd.GeoDataFrame, tile_m: float) -> Ints:
    """(n, 3) plane (EPSG), column and row of the tile that each base is in, by the middle of it.

    The plane is the one that the base's column epsg names, else that of :func:`geo.crs.metric_epsg`.

    Raises:
        CrsError: a base is outside of every zone, or names what is no plane.
    """
    middle = somewhere(shapely.centroid(np.asarray(bases.geometry.array, dtype=object)))
    lon, lat = np.nan_to_num(shapely.get_x(middle), nan=_NOWHERE_LON), np.nan_to_num(shapely.get_y(middle))
    own = bases["epsg"].fillna(0).to_numpy(dtype=np.int64)
    plane = np.array(
        [epsg or crs.metric_epsg(*at) for epsg, *at in zip(own.tolist(), lon.tolist(), lat.tolist(), strict=True)],
        dtype=int,
    )
    found = np.zeros((len(bases), 3), dtype=np.int64)
    for epsg in np.unique(plane):
        here = plane == epsg
        spot = crs.to_metric(gpd.GeoDataFrame(geometry=middle[here], crs=bases.crs), int(epsg)).geometry
        xy = np.column_stack((spot.x, spot.y))
        found[here] = np.column_stack((plane[here], np.floor(np.nan_to_num(xy) / tile_m)))
    return found


def tiles(index: pd.DataFrame) -> list[Tile]:
    """The tiles that have bases, from an index of bases, in order."""
    keys: Sequence[tuple[int, int, int]] = sorted(
        {*index[["epsg", "column", "row"]].itertuples(index=False, name=None)}
    )
    return [Tile(int(epsg), int(column), int(row)) for epsg, column, row in keys]
