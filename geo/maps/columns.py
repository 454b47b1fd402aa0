"""Layers as the browser wants them: columns, delta-coded coordinates, words replaced by their place in a list.

A row's place in the columns is its place in the frame, so a filter travels as one bit per row (:func:`bits`).
"""

from __future__ import annotations

import base64
from typing import Any

import geopandas as gpd
import msgspec
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.areas import Areas
from geo.model import Certainty, Layer, Pack

COORDINATE_SCALE = 1e6  # steps per degree: 0.11 m, finer than a pixel at any zoom
_CERTAINTIES = tuple(Certainty)


def bits(mask: npt.ArrayLike) -> str:
    """A boolean mask (n,) as base64 of its bits, first row in the highest bit."""
    return base64.b64encode(np.packbits(np.asarray(mask, dtype=bool)).tobytes()).decode("ascii")


def _steps(values: npt.NDArray[np.float64]) -> list[int]:
    whole = np.rint(values * COORDINATE_SCALE).astype(np.int64)
    steps: list[int] = np.diff(whole, prepend=0).tolist()
    return steps


def _anchors(geometry: gpd.GeoSeries) -> npt.NDArray[np.object_]:
    """One point per geometry: itself, or a point inside a polygon."""
    shapes = np.asarray(geometry.array, dtype=object)
    area = shapely.get_dimensions(shapes) > 0
    points = shapes.copy()
    points[area] = shapely.point_on_surface(shapes[area])
    return points


def _codes(values: pd.Series[Any], known: tuple[str, ...]) -> list[int]:
    codes: list[int] = pd.Index(known).get_indexer(pd.Index(values)).tolist()
    return codes


def _common(frame: gpd.GeoDataFrame) -> dict[str, Any]:
    points = _anchors(frame.geometry)
    return {
        "x": _steps(shapely.get_x(points)),
        "y": _steps(shapely.get_y(points)),
        "name": frame["name"].tolist(),
        "name_en": frame["name_en"].tolist(),
        "sample": frame["sample"].astype(int).tolist(),
        "certainty": _codes(frame["certainty"], _CERTAINTIES),
    }


# The layers that the browser reads by themselves; the others are geography.
SYMBOLS = (Layer.BASES, Layer.FACILITIES)
BENEATH = (Layer.POPULATION, Layer.ROADS)  # drawn under the symbols, where there are any
DRAWN = (*SYMBOLS, *BENEATH)
_ROAD_TOLERANCE_DEG = 1e-5  # 1 m: a road is drawn no finer


def layer_columns(layer: Layer, frame: gpd.GeoDataFrame, pack: Pack) -> bytes:
    """The frame of one of the layers :data:`DRAWN` as JSON bytes for the browser."""
    if layer is Layer.ROADS:
        return road_columns(frame)
    if layer is Layer.POPULATION:
        return population_columns(frame)
    return base_columns(frame, pack) if layer is Layer.BASES else facility_columns(frame, pack)


def base_columns(frame: gpd.GeoDataFrame, pack: Pack) -> bytes:
    """The bases layer as JSON bytes. ``stage`` and ``cluster`` are places in the plan's lists, -1 for none."""
    sure = {str(level) for level in Certainty if level.sure}
    shapes = np.asarray(frame.geometry.array, dtype=object)
    outline = [msgspec.Raw(shapely.to_geojson(s).encode()) if shapely.get_dimensions(s) > 0 else None for s in shapes]
    return msgspec.json.encode(
        {
            **_common(frame),
            "id": frame["id"].tolist(),
            "stage": _codes(frame["stage"], tuple(stage.id for stage in pack.plan.stages)),
            "cluster": _codes(frame["cluster"], tuple(cluster.id for cluster in pack.plan.clusters)),
            "year": frame["demo_year"].fillna(0).astype(int).tolist(),
            "sure": frame["certainty"].isin(sure).astype(int).tolist(),
            "shape": outline,
        }
    )


def facility_columns(frame: gpd.GeoDataFrame, pack: Pack) -> bytes:
    """The facilities layer as JSON bytes. ``category`` is a place in the pack's list, ``source`` in ``sources``.
    ``capacity``: by row, as far as it is known."""
    known = frame["capacity"].notna().to_numpy()
    held = {
        str(row): f"{size:,.15g}" for row, size in zip(np.flatnonzero(known), frame["capacity"][known], strict=True)
    }
    codes, sources = pd.factorize(frame["source"])
    codes_en, sources_en = pd.factorize(frame["source_en"].where(frame["source_en"] != "", frame["source"]))
    return msgspec.json.encode(
        {
            **_common(frame),
            "id_count": len(frame),
            "category": _codes(frame["category"], tuple(category.id for category in pack.categories)),
            "source": codes.tolist(),
            "sources": list(sources),
            "source_en": codes_en.tolist(),
            "sources_en": list(sources_en),
            "capacity": held,
        }
    )


def road_columns(frame: gpd.GeoDataFrame) -> bytes:
    """Roads as JSON bytes: ``count`` vertices of each line after the other; a road may be several lines."""
    lines = shapely.get_parts(np.asarray(frame.geometry.array, dtype=object))
    lines = shapely.simplify(lines, _ROAD_TOLERANCE_DEG, preserve_topology=False)
    xy = shapely.get_coordinates(lines)
    counts = shapely.get_num_coordinates(lines).tolist()
    return msgspec.json.encode({"x": _steps(xy[:, 0]), "y": _steps(xy[:, 1]), "count": counts})


def population_columns(frame: gpd.GeoDataFrame) -> bytes:
    """Population as JSON bytes: persons at a point, or at a point inside the area."""
    points = _anchors(frame.geometry)
    people = frame["people"].fillna(0).round(1).tolist()
    return msgspec.json.encode(
        {"x": _steps(shapely.get_x(points)), "y": _steps(shapely.get_y(points)), "people": people}
    )


def geography(pack: Pack, areas: Areas) -> bytes:
    """Boundary, neighbours, districts and towns as one JSON document of GeoJSON collections, with label places.

    Schematic areas come first, so that a stored outline is drawn over the dashed edge of its neighbours.
    """
    colours = {district.id: district.colour for district in pack.districts}
    districts, towns = _stored_last(areas.districts), _stored_last(areas.towns)
    layers = {
        "boundary": pack.boundary[["geometry"]],
        "neighbours": pack.neighbours[["name", "name_en", "geometry"]],
        "districts": districts.assign(colour=districts["id"].map(colours)),
        "towns": towns[["name", "name_en", "schematic", "geometry"]],
    }
    return msgspec.json.encode({name: msgspec.Raw(_collection(frame)) for name, frame in layers.items()})


def _stored_last(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return areas.sort_values("schematic", ascending=False, kind="stable")


def _collection(frame: gpd.GeoDataFrame) -> bytes:
    points = _anchors(frame.geometry)
    placed = frame.assign(lon=shapely.get_x(points).round(6), lat=shapely.get_y(points).round(6))
    text: str = placed.to_json(drop_id=True)
    return text.encode()
