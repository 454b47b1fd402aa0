"""A pack's GeoJSON files, read strictly."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geo.crs import STORAGE_EPSG
from geo.errors import PackError
from geo.i18n import N_, Listed, message
from geo.packs.files import shown


def read_collection(path: Path, required: tuple[str, ...]) -> gpd.GeoDataFrame:
    """A FeatureCollection as a frame in EPSG:4326 (degrees), every geometry valid and every ``required`` key there.

    Raises:
        PackError: naming file, feature and mend.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        features = document["features"]
        rows = [feature["properties"] for feature in features]
        shapes = shapely.from_geojson([json.dumps(feature["geometry"]) for feature in features])
    except FileNotFoundError:
        raise PackError(
            message(N_("{file}:没有这个文件。每个规划包都要有它,请照 data/ 里已有的包补上。"), file=shown(path))
        ) from None
    except (ValueError, KeyError, TypeError, shapely.GEOSException) as fault:
        raise PackError(
            message(N_("{file}:不是 GeoJSON 要素集({detail})。"), file=shown(path), detail=str(fault))
        ) from fault
    for place, (row, shape) in enumerate(zip(rows, shapes, strict=True), 1):
        _check(path, place, row, shape, required)
    table = pd.DataFrame(rows) if rows else pd.DataFrame(columns=list(required))
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, crs=STORAGE_EPSG))


def _check(path: Path, place: int, row: dict[str, object], shape: Any, required: tuple[str, ...]) -> None:
    missing = [key for key in required if key not in row]
    if missing:
        raise PackError(
            message(
                N_("{file}:第 {row} 个要素缺少“{key}”,请补上。"),
                file=shown(path),
                row=place,
                key=Listed(tuple(missing)),
            )
        )
    if shape is None or shape.is_empty or not shape.is_valid:
        reason = shapely.is_valid_reason(shape) if shape is not None and not shape.is_empty else "empty"
        raise PackError(
            message(
                N_("{file}:第 {row} 个要素的图形不成立({reason}),请在 GIS 里修好。"),
                file=shown(path),
                row=place,
                reason=reason,
            )
        )
