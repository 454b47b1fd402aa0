"""Second pass: one tile judged, exactly as everything at once would be.

A base's verdict and counts need the facilities within the farthest distance that it can be judged by: the halo. If the
nearest found lies within the halo, none outside can be nearer. Where it does not, the index names a corner of some
facility, wherever it is; no nearest is farther than that, so one wider look for this category is exact.
"""

from __future__ import annotations

import os
import resource
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq  # type: ignore[import-untyped]
from scipy.spatial import KDTree

from geo import coverage as cov
from geo import crs
from geo.model import Layer
from geo.scale.job import Job, Part, Tile
from geo.scale.order import tiles_of
from geo.scale.source import GLOBE, NEEDED, boxes, corners, groups, write_layer

Floats = npt.NDArray[np.float64]
Box = tuple[float, float, float, float]

_LABELS = ("nearest_name", "clause", "profile", "certainty")
_MOST_BASES = 128  # at once: with some ten thousand facilities around, the distances take 10 MB for every thousand
_SPARE = 1e-3  # of a window's size: more than its edges, bent in degrees, bow out between the points tried
_WIDEST_M = 1_000_000.0  # beyond this a zone's plane and degrees part too far for a window: everything is looked at
_STATUS = Path("/proc/self/status")


def index_path(job: Job, layer: Layer) -> Path:
    return job.work / f"{layer}-index.parquet"


@dataclass(frozen=True)
class Judge:
    """Judges one tile: called with a :class:`Tile`, it writes the tile's part and says what it came to."""

    job: Job

    def __call__(self, tile: Tile) -> Part:
        """
        Raises:
            InputError, OutputError: a file cannot be read or written.
            NotFoundError: a base's profile has no rule in the standard.
        """
        began = time.process_time()
        bases = _bases(self.job, tile)
        told, facilities = [], 0
        for start in range(0, len(bases), _MOST_BASES):
            some = bases.iloc[start : start + _MOST_BASES].reset_index(drop=True)
            table, n = _judged(self.job, tile, some)
            told.append(table)
            facilities += n
        table = gpd.GeoDataFrame(pd.concat(told, ignore_index=True), geometry="geometry", crs=bases.crs)
        write_layer(table, part_path(self.job, tile))
        return Part(
            tile.name,
            *counted(table),
            facilities=facilities,
            worker=f"{socket.gethostname()}:{os.getpid()}",
            peak_bytes=peak_bytes(),
            cpu_s=time.process_time() - began,
        )


def part_path(job: Job, tile: Tile) -> Path:
    return job.parts / f"{tile.name}.parquet"


def part_there(job: Job, tile: Tile) -> Part:
    """What a part that was written before came to."""
    columns = ["category", "covered", "sample"]
    return Part(tile.name, *counted(pq.read_table(part_path(job, tile), columns=columns).to_pandas()))


def counted(table: pd.DataFrame) -> tuple[int, dict[str, tuple[int, int]], bool]:
    """Bases; category -> judged and covered; whether made-up data took part."""
    by = table.groupby("category", sort=False)["covered"].agg(["size", "sum"])
    judged = {str(id): (int(n), int(yes)) for id, n, yes in by.itertuples(name=None)}
    return max((n for n, _ in judged.values()), default=0), judged, bool(table["sample"].any())


def _bases(job: Job, tile: Tile) -> gpd.GeoDataFrame:
    index = _index(index_path(job, Layer.BASES))
    mine = index[(index["epsg"] == tile.epsg) & (index["column"] == tile.column) & (index["row"] == tile.row)]
    found = _read(job, Layer.BASES, mine)
    here = (tiles_of(found, job.tile_m) == (tile.epsg, tile.column, tile.row)).all(axis=1)
    return found[here].reset_index(drop=True)


def _read(job: Job, layer: Layer, index: pd.DataFrame) -> gpd.GeoDataFrame:
    """The row groups that the index rows name, in the input's order."""
    return pd.concat([*_pieces(job, layer, index)], ignore_index=True)


def _pieces(job: Job, layer: Layer, index: pd.DataFrame) -> Iterator[gpd.GeoDataFrame]:
    for name, rows in index.groupby("file"):
        yield groups(job.work / layer / str(name), sorted({*rows["group"].tolist()}))


def _index(path: Path) -> pd.DataFrame:
    """The index as it stands: a worker outlives a run, and the next may write another to the same place."""
    now = path.stat()
    return _index_of(path, (now.st_ino, now.st_mtime_ns, now.st_size))


@lru_cache(maxsize=4)
def _index_of(path: Path, _state: tuple[int, int, int]) -> pd.DataFrame:
    return pd.read_parquet(path)


# --- what is near --------------------------------------------------------------------------------------------------


def _judged(job: Job, tile: Tile, bases: gpd.GeoDataFrame) -> tuple[pd.DataFrame, int]:
    """The table of some bases of a tile, and how many facilities were measured to."""
    halo = {one.id: job.farthest_m(one.id) for one in job.categories}
    at = crs.to_metric(bases, tile.epsg)
    near = _around(job, at, halo)
    found = cov.measure(bases, near, job.categories, tile.epsg)
    wider = _wider(job, at, found, halo)
    if wider:
        far = _around(job, at, wider)
        near = pd.concat([near[~near["category"].isin(list(wider))], far], ignore_index=True)
        found = cov.measure(bases, near, job.categories, tile.epsg)
    table = cov.coverage_table(found, bases, job.profiles, job.standard, job.radius_m, job.profile)
    return _with_places(table, bases, len(job.categories)), len(near)


def _around(job: Job, at: gpd.GeoDataFrame, halo: Mapping[str, float]) -> gpd.GeoDataFrame:
    """All facilities of each category of ``halo`` within its metres of the bases ``at`` a plane, and maybe some beyond."""
    index = _index(index_path(job, Layer.FACILITIES))
    windows = {id: _window(at, metres) for id, metres in halo.items()}
    kinds = index["category"].to_numpy(dtype=object)
    held = index[["west", "south", "east", "north"]].to_numpy(dtype=np.float64)
    rows = index[_met(kinds, held, windows)]
    kept = [piece[_met(piece["category"].to_numpy(dtype=object), boxes(_shapes(piece)), windows)]
            for piece in _pieces(job, Layer.FACILITIES, rows)]  # fmt: skip
    nothing = gpd.GeoDataFrame({name: [] for name in NEEDED[Layer.FACILITIES]}, geometry=[], crs=crs.STORAGE_EPSG)
    return pd.concat(kept, ignore_index=True) if kept else nothing


def _window(at: gpd.GeoDataFrame, metres: float) -> Box | None:
    """A rectangle in degrees with all that lies within ``metres`` of the bases; None where they have no place."""
    west, south, east, north = at.total_bounds
    if np.isnan(west):
        return None
    if metres > _WIDEST_M:
        return GLOBE
    spare = metres + _SPARE * (max(east - west, north - south) + 2 * metres)
    return crs.degrees_around((west - spare, south - spare, east + spare, north + spare), at.crs.to_epsg())


def _met(kinds: npt.NDArray[np.object_], held: Floats, windows: Mapping[str, Box | None]) -> npt.NDArray[np.bool_]:
    """Which boxes (n, 4) of these categories (n,) meet their category's window."""
    met = np.zeros(len(kinds), dtype=bool)
    for id, window in windows.items():
        if window is not None:
            west, south, east, north = window
            beside = (held[:, 0] > east) | (held[:, 1] > north) | (held[:, 2] < west) | (held[:, 3] < south)
            met |= (kinds == id) & ~beside
    return met


def _wider(job: Job, at: gpd.GeoDataFrame, found: cov.Distances, halo: Mapping[str, float]) -> dict[str, float]:
    """Category -> metres within which every base has its nearest, of those that had none within the halo."""
    index = _index(index_path(job, Layer.FACILITIES))
    mine = corners(_shapes(at))
    placed = ~np.isnan(mine).any(axis=1)
    wider = {}
    for column, id in enumerate(found.categories):
        lost = placed & ~(found.nearest_m[:, column] <= halo[id])
        known = index[index["category"] == id]
        if lost.any() and len(known):
            points = gpd.GeoSeries.from_xy(known["lon"], known["lat"], crs=crs.STORAGE_EPSG).to_crs(at.crs)
            metres, _ = KDTree(corners(_shapes(points))).query(mine[lost])
            wider[id] = float(metres.max())
    return wider


def _shapes(frame: gpd.GeoDataFrame) -> npt.NDArray[np.object_]:
    return np.asarray(frame.geometry.array, dtype=object)


# --- what is written -----------------------------------------------------------------------------------------------


def _with_places(table: pd.DataFrame, bases: gpd.GeoDataFrame, k: int) -> pd.DataFrame:
    """The table with county and shape of each base, and names as two columns of text, ``x`` and ``x_en``."""
    names: dict[str, Any] = {}
    for column in _LABELS:
        names[column] = pd.Series([label.zh for label in table[column]], dtype="str")
        names[f"{column}_en"] = pd.Series([label.en for label in table[column]], dtype="str")
    county = pd.Series(np.repeat(bases["county"].to_numpy(), k), dtype="str")
    return table.assign(county=county, **names, geometry=np.repeat(_shapes(bases), k))


def peak_bytes() -> int:
    """The most memory that this process has held."""
    if _STATUS.exists():  # not ru_maxrss: on Linux a child begins with its parent's
        line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
