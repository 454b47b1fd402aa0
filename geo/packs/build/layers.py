"""Layers of a pack as GeoJSON: one feature a line, so that a change reads well in a diff."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely

from geo import crs

DECIMALS = 6  # of a degree: 0.11 m

Feature = dict[str, Any]


@dataclass(frozen=True)
class Seed:
    """What a schematic cell is drawn around: a point in EPSG:4326 degrees, and the cell's properties."""

    point: shapely.Point
    properties: dict[str, Any]


def feature(geometry: Any, **properties: Any) -> Feature:
    """A GeoJSON feature of a geometry in EPSG:4326 degrees, rounded to :data:`DECIMALS`."""
    rounded = shapely.set_precision(geometry, 10**-DECIMALS)
    return {"type": "Feature", "properties": properties, "geometry": json.loads(shapely.to_geojson(rounded))}


def write_collection(path: Path, features: Iterable[Feature]) -> None:
    """The features as a collection at ``path``; folders are made as needed."""
    lines = ",\n".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in features)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'{{"type":"FeatureCollection","features":[\n{lines}\n]}}\n', encoding="utf-8", newline="\n")


def town_cells(boundary: Any, seeds: Sequence[Seed], epsg: int) -> list[Feature]:
    """Voronoi cells of at least one seed, cut to ``boundary`` (EPSG:4326); drawn in metres, so that they are fair."""
    ground = crs.project(boundary, epsg)
    points = shapely.MultiPoint([crs.project(seed.point, epsg) for seed in seeds])
    drawn = shapely.voronoi_polygons(points, extend_to=ground, ordered=True).geoms if len(seeds) > 1 else [ground]
    return [_cell(shapely.intersection(cell, ground), seed, epsg) for cell, seed in zip(drawn, seeds, strict=True)]


def _cell(shape: Any, seed: Seed, epsg: int) -> Feature:
    place = {"seed_lon": round(seed.point.x, DECIMALS), "seed_lat": round(seed.point.y, DECIMALS)}
    return feature(crs.unproject(shape, epsg), **seed.properties, **place, schematic=True)
