"""The county that is measured: bases and facilities spread over the pack's districts, the same at every run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geo import packs
from geo.model import Certainty, Layer, Pack, feature_frame
from geo.store import Store

SEED = 20_240_601
_AUTHOR = "bench"
_SOURCE = "基准测试,按固定种子生成"


@dataclass(frozen=True)
class Size:
    """How much is on the map, and how often each thing is measured."""

    bases: int
    facilities: int
    rounds: int  # of each filter change
    openings: int  # of the page in a fresh browser context


FULL = Size(bases=200, facilities=20_000, rounds=9, openings=5)
QUICK = Size(bases=20, facilities=400, rounds=1, openings=1)


def write_store(folder: Path, size: Size) -> str:
    """Makes a SQLite store of the default pack with ``size`` features as its first revision; returns its address."""
    url = f"sqlite:///{folder / 'atlas.db'}"
    pack = packs.load_pack(packs.find_pack(None))
    store = Store.open(url)
    store.seed(
        pack.id, {Layer.BASES: bases(pack, size.bases), Layer.FACILITIES: facilities(pack, size.facilities)}, _AUTHOR
    )
    store.close()
    return url


def bases(pack: Pack, count: int) -> gpd.GeoDataFrame:
    """Point bases with every stage and cluster in turn; each fifth is a demonstration, each third not surely placed."""
    stages, clusters = pack.plan.stages, pack.plan.clusters
    points, districts = spread(pack, count, SEED)
    rows: list[dict[str, Any]] = [
        {
            "id": f"base-{i:04d}",
            "name": f"第{i:03d}号孵化基地",
            "name_en": f"Incubation base no. {i:03d}",
            "stage": stages[i % len(stages)].id,
            "cluster": clusters[i % len(clusters)].id,
            "district": districts[i],
            "demo_year": pack.plan.years[i % len(pack.plan.years)] if i % 5 == 0 else None,
            "certainty": Certainty.TOWN if i % 3 == 0 else Certainty.REPORTED,
            "source": _SOURCE,
        }
        for i in range(count)
    ]
    return feature_frame(Layer.BASES, rows, list(points))


def facilities(pack: Pack, count: int) -> gpd.GeoDataFrame:
    """Facilities with every category in turn."""
    points, districts = spread(pack, count, SEED + 1)
    rows: list[dict[str, Any]] = [
        {
            "id": f"facility-{i:05d}",
            "name": f"{pack.categories[i % len(pack.categories)].label.zh}{i:05d}号",
            "category": pack.categories[i % len(pack.categories)].id,
            "district": districts[i],
            "certainty": Certainty.REPORTED,
            "source": _SOURCE,
        }
        for i in range(count)
    ]
    return feature_frame(Layer.FACILITIES, rows, list(points))


def spread(pack: Pack, count: int, seed: int) -> tuple[npt.NDArray[np.object_], list[str]]:
    """``count`` points (EPSG:4326, to 6 digits) evenly over the districts' ground, and the district of each."""
    random = np.random.default_rng(seed)
    areas = pack.district_areas
    west, south, east, north = areas.total_bounds
    points: npt.NDArray[np.object_] = np.empty(0, dtype=object)
    ground = shapely.union_all(areas.geometry.to_numpy())
    shapely.prepare(ground)
    while len(points) < count:
        tried = shapely.points(random.uniform((west, south), (east, north), (2 * count, 2)).round(6))
        points = np.concatenate([points, tried[shapely.contains(ground, tried)]])
    points = points[:count]
    found = gpd.GeoDataFrame(geometry=points, crs=areas.crs).sjoin(areas[["id", "geometry"]], how="left")
    district = found.loc[~found.index.duplicated(), "id"].fillna("")
    return points, district.tolist()
