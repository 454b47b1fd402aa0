"""Files that nobody wrote: whatever the bytes, there is a report or a refusal in words, and soon."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from shapely import from_wkt

from geo import ingest
from geo.errors import InputError
from geo.model import PLACED, Layer
from tests.ingest.making import (
    AREA,
    GOOD,
    IN_BAY,
    IN_ZONE,
    base,
    collection,
    good,
    placed,
    report,
    stored,
    table,
    tries,
)

LAYERS = st.sampled_from(PLACED)
EXISTING = {layer: stored(layer, {**GOOD, "stage": "maker"}, at=[IN_ZONE]) for layer in PLACED}
FIELDS = (
    *("id", "name", "name_en", "category", "stage", "cluster", "district", "demo_year", "certainty", "sample"),
    *("source", "note", "kind", "people", "town", "lon", "lat", "lonlat", "坐标", "名称", "经度", "x", "y"),
)
WORDS = (
    "parking",
    "停车场",
    "maker",
    "iot",
    "bay",
    "柳市镇",
    "2022",
    "synthetic",
    "true",
    "120.96",
    "28°1′48″N",
    "f1",
    "1.2万",
)


def decoded_or_refused(make: Any) -> Any:
    try:
        return make()
    except InputError as fault:
        return fault


def survives(make: Any, layer: Layer = Layer.FACILITIES, choices: ingest.Choices | None = None) -> None:
    """Checks what ``make`` gives, and uses all of the report as pages and programs do."""
    decoded = decoded_or_refused(make)
    if isinstance(decoded, InputError):
        assert decoded.text("zh")
        assert decoded.text("en")
        return
    found = report(decoded, layer, choices, EXISTING[layer])
    for lang in ("zh", "en"):
        json.dumps(found.as_json(lang), ensure_ascii=False).encode()
    json.dumps(found.details(), ensure_ascii=False).encode()
    for repair in found.repairs:
        assert str(repair.before) is not None
        str(repair.after).encode()
    for id in found.accepted["id"]:
        assert found.status(id) in ("new", "changed", "same")
    assert len(found.rejected_features()) == found.rejected_count
    assert found.accepted_count + found.rejected_count == len(decoded)
    wrong = {fault.row for fault in found.faults if fault.severity == "error"}
    assert wrong == {row.row for row in found.rejected}


def decoding(data: bytes) -> Any:
    return lambda: ingest.decode(data, "up.geojson")


# --- bytes ---------------------------------------------------------------------------------------------------------

VALID = [
    collection(good(), good(IN_BAY, id="f2"), good(AREA, id="f3", note="中文", people=5, sample=True)),
    collection(base(demo_year=2022), crs={"type": "name", "properties": {"name": "EPSG:4549"}}),
    b"\n".join(json.dumps(row).encode() for row in (good(), good(IN_BAY, id="f2"))),
    b"\x1e" + json.dumps(good()).encode() + b"\n\x1e" + json.dumps(good(IN_BAY)).encode(),
]
TOKENS = [
    *(b"[", b"]", b"{", b"}", b",", b":", b'"', b"\\", b"\x1e", b"\n", b"\x00", b"\xff", b"\xef\xbb\xbf", b"null"),
    *(b"NaN", b"-Infinity", b"1e999", b"1" * 400, b"1" * 5000, b"-0", b"true", b'"\\ud800"', b"\\u0000", b"[[[[[["),
    *(b'"Feature"', b'"coordinates":[]', b'"type":"GeometryCollection"', b'"id":1,', b'"properties":[]', b'"crs":{},'),
]


@st.composite
def mutated(draw: Any) -> bytes:
    """A valid file with pieces cut out, put in, doubled and moved."""
    data = draw(st.sampled_from(VALID))
    for _ in range(draw(st.integers(1, 4))):
        start, stop = sorted((draw(st.integers(0, len(data))), draw(st.integers(0, len(data)))))
        piece = draw(st.sampled_from(TOKENS) | st.just(data[start:stop]) | st.just(b"") | st.binary(max_size=4))
        keep = draw(st.sampled_from([start, stop, min(start + 1, len(data))]))
        data = data[:start] + piece + data[keep:]
    return data


@tries(120)
@given(mutated(), LAYERS)
def test_valid_files_with_pieces_moved(data, layer):
    survives(decoding(data), layer)


@tries(40)
@given(st.sampled_from(VALID), st.floats(0, 1))
def test_valid_files_cut_short(data, share):
    survives(decoding(data[: int(len(data) * share)]))


@tries(80)
@given(st.binary(max_size=300) | st.lists(st.sampled_from(TOKENS), max_size=30).map(b"".join))
def test_bytes(data):
    survives(decoding(data))


# --- JSON ----------------------------------------------------------------------------------------------------------

NUMBERS = (
    st.integers() | st.floats() | st.sampled_from([10**400, -(2**70), 120.96, 28.03, 594403.7, 3102138.0, 2022, 1e300])
)
PLAIN = st.none() | st.booleans() | NUMBERS | st.text(st.characters(), max_size=8) | st.sampled_from(WORDS)
ANY = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=3), inner, max_size=4)
    ),
)
NEAR = st.tuples(st.floats(120.7, 121.3), st.floats(27.9, 28.6)).map(list)
POSITIONS = NEAR | NEAR | st.lists(NUMBERS, max_size=4) | ANY
RINGS = st.lists(POSITIONS, max_size=5).map(lambda ring: [*ring, *ring[:1]]) | st.lists(POSITIONS, max_size=5)
GEOMETRIES = st.fixed_dictionaries(
    {
        "type": st.sampled_from(
            ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"]
        )
        | ANY,
        "coordinates": POSITIONS
        | RINGS
        | st.lists(RINGS, max_size=3)
        | st.lists(st.lists(RINGS, max_size=2), max_size=2)
        | ANY,
    }
)
PROPERTIES = st.dictionaries(st.sampled_from(FIELDS) | st.text(st.characters(), max_size=4), ANY, max_size=8)
FEATURES = st.fixed_dictionaries(
    {"type": st.just("Feature") | ANY, "properties": PROPERTIES | ANY, "geometry": GEOMETRIES | GEOMETRIES | ANY},
    optional={"id": ANY, "style": ANY},
)
KINDS = ("swap_axes", "reproject", "close_ring", "make_valid", "new_id", "district_by_place", "strip_controls")
CHOICES = st.builds(
    ingest.Choices,
    columns=st.lists(st.tuples(st.sampled_from(FIELDS), st.sampled_from(FIELDS) | st.just("")), max_size=3).map(tuple),
    words=st.lists(st.tuples(st.sampled_from(FIELDS), st.sampled_from(WORDS), st.sampled_from(WORDS)), max_size=2).map(
        tuple
    ),
    epsg=st.sampled_from([None, None, 4326, 4549, 3857, 4214, 5773, 1]),
    repairs=st.sets(st.sampled_from(KINDS)).map(frozenset),
)


@tries(120)
@given(st.lists(FEATURES | ANY, max_size=5), ANY, LAYERS, CHOICES)
def test_collections_of_anything(features, crs, layer, choices):
    data = json.dumps({"type": "FeatureCollection", "features": features, "crs": crs}).encode()
    survives(decoding(data), layer, choices)


@tries(60)
@given(ANY | FEATURES | GEOMETRIES)
def test_documents_of_anything(document):
    survives(decoding(json.dumps(document).encode()))


# --- rows of other readers -----------------------------------------------------------------------------------------


@st.composite
def tables(draw: Any) -> ingest.Decoded:
    count = draw(st.integers(1, 5))
    headers = draw(st.lists(st.sampled_from(FIELDS) | st.text(max_size=4), min_size=1, max_size=8, unique=True))
    cells = st.lists(PLAIN, min_size=count, max_size=count)
    return table({header: draw(cells) for header in headers})


@tries(80)
@given(tables(), LAYERS, CHOICES)
def test_tables_of_anything(decoded, layer, choices):
    survives(lambda: decoded, layer, choices)


SHAPES = st.sampled_from(
    [
        None, "POINT EMPTY", "POLYGON EMPTY", "POINT (120.96 28.03)", "POINT (28.03 120.96)", "POINT (1e300 1e300)",
        "POINT (0 90)", "POINT (-180 -90)", "LINESTRING (120.96 28.03, 120.96 28.03)", "GEOMETRYCOLLECTION EMPTY",
        "POLYGON ((0 0, 1e9 0, 1e9 1e9, 0 0))", "MULTIPOINT (120.96 28.03, 0 90)", "MULTIPOLYGON EMPTY",
        "GEOMETRYCOLLECTION (POINT (120.96 28.03), LINESTRING EMPTY)", "POLYGON ((-170 80, 170 80, 0 90, -170 80))",
        "POLYGON ((120 28, 122 28, 122 29, 120 29, 120 28), (119 27, 119 30, 123 30, 119 27))", "POINT (594403 3102138)",
        "POLYGON ((120.95 28.03, 120.96 28.04, 120.96 28.03, 120.95 28.04, 120.95 28.03))", "POINT (3102138 40594403)",
    ]
)  # fmt: skip


@tries(80)
@given(
    st.lists(SHAPES, min_size=1, max_size=6), LAYERS, CHOICES, st.sampled_from([None, 4326, 4490, 4549, 3857, 32651])
)
def test_layers_of_any_shapes(texts, layer, choices, epsg):
    shapes = [None if text is None else from_wkt(text) for text in texts]
    survives(lambda: placed(shapes, epsg, name=[f"P{n}" for n in range(len(shapes))]), layer, choices)
