"""Files, rows and counties made inline, and the way from them to a report."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import settings

from geo import ingest
from geo.ingest.rows import Flaw
from geo.model import Layer, Pack, feature_frame
from geo.packs import find_pack, load_pack

IN_ZONE = (120.96, 28.03)  # the economic development zone
IN_BAY = (121.06, 28.165)
GOOD: Mapping[str, Any] = {"id": "f1", "name": "Car park", "category": "parking"}
BASE: Mapping[str, Any] = {"id": "b1", "name": "Workshop", "stage": "maker"}
SQUARE = [[120.95, 28.03], [120.96, 28.03], [120.96, 28.04], [120.95, 28.04], [120.95, 28.03]]
AREA = {"type": "Polygon", "coordinates": [SQUARE]}


@cache
def pack() -> Pack:
    return load_pack(find_pack("yueqing"))


def county(existing: gpd.GeoDataFrame | None = None, layer: Layer = Layer.FACILITIES) -> ingest.County:
    """The shipped county; its layer holds nothing unless something is given."""
    return _empty(layer) if existing is None else ingest.County(pack(), pack().district_areas, existing)


@cache
def _empty(layer: Layer) -> ingest.County:
    return ingest.County(pack(), pack().district_areas, stored(layer))


def stored(layer: Layer, *rows: Mapping[str, Any], at: Iterable[tuple[float, float]] = ()) -> gpd.GeoDataFrame:
    """A stored layer of points."""
    return feature_frame(layer, [dict(row) for row in rows], [shapely.Point(*xy) for xy in at])


def feature(at: Any = IN_ZONE, **properties: Any) -> dict[str, Any]:
    """A feature at a place, or of a geometry as GeoJSON has it."""
    geometry = {"type": "Point", "coordinates": list(at)} if isinstance(at, tuple) else at
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def good(at: Any = IN_ZONE, **properties: Any) -> dict[str, Any]:
    """A facility with nothing wrong but what is given."""
    return feature(at, **{**GOOD, **properties})


def base(at: Any = IN_ZONE, **properties: Any) -> dict[str, Any]:
    return feature(at, **{**BASE, **properties})


def collection(*features: Any, **members: Any) -> bytes:
    text = json.dumps({"type": "FeatureCollection", **members, "features": features}, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace")  # a lone surrogate as its escape


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def table(columns: Mapping[str, Sequence[Any]], flaws: Sequence[Flaw] = ()) -> ingest.Decoded:
    """Rows as a reader of spreadsheets gives them: the header is row 1."""
    count = len(next(iter(columns.values())))
    return ingest.Decoded("csv", columns, np.arange(2, count + 2), flaws=flaws)


def placed(shapes: Sequence[Any], epsg: int | None = None, **columns: Sequence[Any]) -> ingest.Decoded:
    """Rows as a reader of GIS formats gives them."""
    array = np.empty(len(shapes), dtype=object)
    array[:] = shapes
    return ingest.Decoded("shapefile", columns, np.arange(1, len(shapes) + 1), array, epsg=epsg)


def report(
    file: bytes | ingest.Decoded,
    layer: Layer = Layer.FACILITIES,
    choices: ingest.Choices | None = None,
    existing: gpd.GeoDataFrame | None = None,
    name: str = "up.geojson",
) -> ingest.Report:
    decoded = ingest.decode(file, name) if isinstance(file, bytes) else file
    return ingest.check(decoded, name, "0" * 64, layer, county(existing, layer), choices)


def codes(found: ingest.Report) -> list[str]:
    return [fault.code for fault in found.faults]


def agreeing(*kinds: str) -> ingest.Choices:
    return ingest.Choices(repairs=frozenset(kinds))


SOAK = int(os.environ.get("ATLAS_SOAK", "1"))  # `make soak` tries that many times as many examples


def tries(examples: int) -> settings:
    """Hypothesis for a law: each example within some seconds, however busy the machine."""
    return settings(max_examples=examples * SOAK, deadline=timedelta(seconds=10), print_blob=True)
