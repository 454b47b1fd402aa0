"""The files that are uploaded: bases as points and as areas, inside the county, the same at every run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from benchmarks.county import SEED, spread
from geo.model import Pack

KINDS = ("点", "面")
_CORNERS = 21
_RADIUS_DEG = 0.0003  # some 30 m: a building and its yard
_DIGITS = 7


def write(folder: Path, pack: Pack, count: int) -> dict[str, Path]:
    """One GeoJSON file of ``count`` features for each kind of shape, written as GDAL writes it: one feature a line."""
    points, districts = spread(pack, count, SEED + 2)
    xy = shapely.get_coordinates(points)
    made = {"点": _points(xy), "面": _areas(xy)}
    return {
        kind: _write(folder / f"{name}.geojson", pack, districts, made[kind])
        for kind, name in zip(KINDS, ("points", "areas"), strict=True)
    }


def _points(xy: npt.NDArray[np.float64]) -> Iterator[dict[str, Any]]:
    return ({"type": "Point", "coordinates": at} for at in xy.tolist())


def _areas(xy: npt.NDArray[np.float64]) -> Iterator[dict[str, Any]]:
    """Round areas with uneven edges."""
    angles = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
    radii = _RADIUS_DEG * np.random.default_rng(SEED + 3).uniform(0.6, 1.0, (len(xy), _CORNERS, 1))
    rings = (xy[:, None, :] + radii * np.column_stack((np.cos(angles), np.sin(angles)))).round(_DIGITS)
    closed = np.concatenate((rings, rings[:, :1]), axis=1)
    return ({"type": "Polygon", "coordinates": [ring.tolist()]} for ring in closed)


def _write(path: Path, pack: Pack, districts: list[str], geometries: Iterator[dict[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8") as out:
        out.write('{\n"type": "FeatureCollection",\n"features": [\n')
        for i, geometry in enumerate(geometries):
            feature = {"type": "Feature", "properties": _properties(pack, districts[i], i), "geometry": geometry}
            out.write((",\n" if i else "") + json.dumps(feature, ensure_ascii=False))
        out.write("\n]\n}\n")
    return path


def _properties(pack: Pack, district: str, i: int) -> dict[str, Any]:
    """What a base's row says: ids, words of the pack in Chinese, and free text."""
    stages, clusters = pack.plan.stages, pack.plan.clusters
    return {
        "id": f"upload-{i:06d}",
        "name": f"第{i:06d}号小微企业孵化基地",
        "stage": stages[i % len(stages)].label.zh,
        "cluster": clusters[i % len(clusters)].label.zh,
        "district": pack.district(district).label.zh if district else None,
        "demo_year": pack.plan.years[i % len(pack.plan.years)] if i % 5 == 0 else None,
        "certainty": "reported",
        "source": "基准测试,按固定种子生成",
        "note": f"建筑面积{1000 + i % 9000}平方米,入驻企业{i % 80}家",
    }
