"""The shipped pack, small frames of its layers, and the reading of what the browser gets."""

from __future__ import annotations

import base64
import json
from typing import Any

import geopandas as gpd
import pytest

from geo.areas import Areas, areas_of
from geo.model import Layer, Pack, feature_frame
from geo.packs import DATA_DIR, load_pack


@pytest.fixture(scope="session")
def pack() -> Pack:
    return load_pack(DATA_DIR / "yueqing")


@pytest.fixture(scope="session")
def make_frame():
    """A frame of a layer from geometries; further columns by name, one value per row or one for all."""

    def make(layer: Layer, shapes: list[Any], **columns: Any) -> gpd.GeoDataFrame:
        start = {"name": "无名", "stage": "maker", "category": "school", "certainty": "surveyed"}
        rows = [
            {"id": f"{layer}-{n}"}
            | start
            | {name: value[n] if isinstance(value, list) else value for name, value in columns.items()}
            for n in range(len(shapes))
        ]
        return feature_frame(layer, rows, shapes)

    return make


@pytest.fixture(scope="session")
def make_areas(pack, make_frame):
    """The pack's areas with stored outlines in place: district and town by id and name."""

    def make(districts: dict[str, Any] | None = None, towns: dict[str, Any] | None = None) -> Areas:
        of, at = districts or {}, towns or {}
        return areas_of(
            pack,
            make_frame(Layer.DISTRICTS, list(of.values()), id=list(of)),
            make_frame(Layer.TOWNS, list(at.values()), name=list(at)),
        )

    return make


@pytest.fixture(scope="session")
def decoded():
    """The document in a base64 text, read as the browser reads it."""

    def decode(text: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(base64.b64decode(text, validate=True).decode())
        return document

    return decode
