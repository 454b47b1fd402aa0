"""Two made-up counties that meet, as frames and as a folder of GeoParquet, and what one machine makes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo import coverage as cov
from geo import crs
from geo.i18n import Label
from geo.model import Category, Layer, Profile, Rule, Standard, feature_frame
from geo.scale import Job, write_layer

KINDS = ("school", "clinic", "rare", "absent")
LIMITS = {"city": 500.0, "town": 1500.0}
Frames = tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]


def category(id: str) -> Category:
    return Category(id, Label(f"类{id}", f"Kind {id}"), "family", "around", "类", Label("四"))


def standard() -> Standard:
    rules = tuple(
        Rule(kind, profile, metres, Label(f"{kind}条", f"{kind} clause"), "出处", Label("中", "medium"), Label(""))
        for kind in KINDS
        for profile, metres in LIMITS.items()
    )
    profiles = tuple(Profile(id, Label(id)) for id in LIMITS)
    return Standard("test", Label("试行"), Label(""), profiles, (), rules)


def make(seed: int, bases: int = 30, facilities: int = 300, lon: tuple[float, float] = (120.9, 121.8)) -> Frames:
    """Points and areas around the edge of two zones (121.5°E); schools stand close, and there is hardly a "rare"."""
    chance = np.random.default_rng(seed)

    def places(n: int) -> list[Any]:
        points = shapely.points(chance.uniform((lon[0], 27.9), (lon[1], 28.4), (n, 2)))
        wide = chance.random(n) < 0.2
        return [
            shapely.box(p.x, p.y, p.x + 0.004, p.y + 0.003) if area else p for p, area in zip(points, wide, strict=True)
        ]

    rows = [
        {"id": f"b{n:03}", "name": f"基地{n}", "district": chance.choice(["east", "west", ""]), "cluster": "c"}
        for n in range(bases)
    ]
    kinds = chance.choice(KINDS[:3], facilities, p=[0.6, 0.39, 0.01])
    others = [
        {
            "id": f"f{n:04}",
            "name": f"设施{n}",
            "name_en": f"Place {n}",
            "category": kind,
            "sample": bool(chance.random() < 0.1),
        }
        for n, kind in enumerate(kinds)
    ]
    told = feature_frame(Layer.BASES, rows, places(bases))
    told["county"] = pd.Series(np.where(chance.random(bases) < 0.5, "甲县", "乙县"), dtype="str")
    return told, feature_frame(Layer.FACILITIES, others, places(facilities))


def put(frames: Frames, folder: Path) -> Path:
    for layer, frame in zip((Layer.BASES, Layer.FACILITIES), frames, strict=True):
        write_layer(frame, folder / f"{layer}.parquet")
    return folder


def alone(frames: Frames, job: Job) -> pd.DataFrame:
    """The table of one machine: each zone's bases against all facilities there are."""
    bases, facilities = frames
    middle = [None if one is None or one.is_empty else one.centroid for one in bases.geometry]
    plane = [crs.metric_epsg(at.x, at.y) if at else crs.metric_epsg(105) for at in middle]
    if "epsg" in bases:
        plane = [own or zone for own, zone in zip(bases["epsg"].fillna(0), plane, strict=True)]
    told = []
    for epsg in sorted(set(plane)):
        some = bases[np.array(plane) == epsg].reset_index(drop=True)
        found = cov.measure(some, facilities, job.categories, int(epsg))
        told.append(cov.coverage_table(found, some, job.profiles, job.standard, job.radius_m, job.profile))
    return pd.concat(told, ignore_index=True)


def flat(table: pd.DataFrame) -> pd.DataFrame:
    """Either table with its names as text, sorted, so that two can be held against each other cell by cell."""
    plain = pd.DataFrame(table)[list(cov.table.COLUMNS)].copy()
    for column in ("nearest_name", "clause", "profile", "certainty"):
        plain[column] = [str(value) for value in plain[column]]
    return plain.astype({"source": "str"}).sort_values(["base_id", "category"], ignore_index=True)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(
        tmp_path / "in",
        tmp_path / "out",
        tuple(map(category, KINDS)),
        standard(),
        {"east": "city", "west": "town"},
    )


@pytest.fixture
def told() -> list[tuple[int, int]]:
    return []


@pytest.fixture
def again(tmp_path: Path) -> Callable[..., Job]:
    """The same job with a new folder for its result, and other settings."""
    count = iter(range(10_000))

    def other(job: Job, **changed: Any) -> Job:
        return replace(job, out=tmp_path / f"out{next(count)}", **changed)

    return other
