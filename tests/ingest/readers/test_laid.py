"""The short way with plain GeoJSON comes to what the long way comes to, and leaves to it what is not plain."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st

from geo.errors import InputError
from geo.ingest.readers import geojson, laid
from geo.ingest.rows import Decoded
from tests.ingest.making import AREA, SQUARE, collection, feature
from tests.ingest.readers.test_coordinates import WHOLE

DEPTHS = {"Point": 0, "MultiPoint": 1, "LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}


def raw(value: Any) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(value).encode())


@pytest.mark.parametrize(("kind", "at"), WHOLE)
def test_texts_are_laid_as_lists_are(kind: str, at: Any) -> None:
    by_text, by_list = laid.of_texts([raw(at)] * 3, DEPTHS[kind]), laid.of_lists([at] * 3, DEPTHS[kind])
    assert by_text.xy.tolist() == by_list.xy.tolist()
    assert [one.tolist() for one in by_text.offsets] == [one.tolist() for one in by_list.offsets]
    assert by_text.heights.tolist() == [False] * 3


def test_heights_are_seen_and_told_of_the_geometry_they_are_in() -> None:
    found = laid.of_texts([raw([[1, 2], [3, 4]]), raw([[5, 6], [7, 8, 9, 10]]), raw([[0, 1, 2], [3, 4]])], 1)
    assert found.xy.tolist() == [[1, 2], [3, 4], [5, 6], [7, 8], [0, 1], [3, 4]]
    assert found.heights.tolist() == [False, True, True]


def test_numbers_are_read_to_the_last_bit_and_blanks_passed_over() -> None:
    numbers = [0.1, -1e-7, 121.02738831234567, 5e-324, 1.7976931348623157e308, -0.0]
    text = f"[ {numbers[0]} ,\n\t{numbers[1]}]", f"[{numbers[2]},{numbers[3]}]", f"[{numbers[4]},{numbers[5]}]"
    found = laid.of_texts([msgspec.Raw(one.encode()) for one in text], 0)
    assert found.xy.ravel().tolist() == numbers
    assert np.signbit(found.xy[2, 1])


@pytest.mark.parametrize(
    ("text", "depth"),
    [
        ("null", 0),
        ("5", 0),
        ("{}", 0),
        ("[]", 0),
        ("[1]", 0),
        ('["1","2"]', 0),
        ("[true,1]", 0),
        ("[null,1]", 0),
        ("[[1,2]]", 0),
        ("[1,[2,3]]", 0),
        ("[[1,2],3]", 0),
        ("[1e999,2]", 0),
        ("[1,2]", 1),
        ("[]", 1),
        ("[[]]", 1),
        ("[[1],[1,2]]", 1),
        ("[[1,2],3]", 1),
        ("[3,[1,2]]", 1),
        ("[[1,2],[]]", 1),
        ("[[1,2],[[3,4]]]", 1),
        ("[[[1,2]],[1,2]]", 2),
        ("[[[1,2]],[]]", 2),
        ('[[[1,2],{"e":[3,4]}]]', 2),
    ],
)
def test_what_has_not_the_form_is_left_to_the_long_way(text: str, depth: int) -> None:
    whole: Any = [1, 2]
    for _ in range(depth):
        whole = [whole]
    for texts in ([text], [text, json.dumps(whole)], [json.dumps(whole), text]):
        with pytest.raises(laid.UnsoundError):
            laid.of_texts([msgspec.Raw(one.encode()) for one in texts], depth)


NESTED = st.recursive(
    st.integers(-200, 200) | st.floats(-200, 200) | st.sampled_from([None, True, "1", 10**400]),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=20,
)


@given(st.lists(NESTED, min_size=1, max_size=3), st.integers(0, 3))
@example([[[1, 2], [3]], [[4, 5]]], 1)
def test_whatever_the_short_way_takes_it_takes_as_the_long_way_does(values: list[Any], depth: int) -> None:
    try:
        short = laid.of_texts([raw(value) for value in values], depth)
    except laid.UnsoundError:
        return
    long = laid.of_lists(values, depth)
    assert short.xy.tolist() == long.xy.tolist()
    assert [one.tolist() for one in short.offsets] == [one.tolist() for one in long.offsets]
    assert short.heights.tolist() == long.heights.tolist()


def told(found: Decoded) -> Any:
    shapes = [None if shape is None else shapely.to_wkt(shape) for shape in found.shapes]
    columns = {name: list(map(repr, values)) for name, values in found.columns.items()}
    return columns, shapes, found.epsg, found.flaws, found.notes, found.numbers.tolist()


PLAIN = [
    collection(feature(name="甲", 年=2025, 面积=1.5, 空=None, 真=True), feature()),
    collection(feature(AREA, 网址="https://a:80/"), feature(None, name="无图形"), {**feature(), "id": 7}),
    collection(feature(polygon := {"type": "Polygon", "coordinates": [SQUARE[::-1]]}), feature(polygon)),
    collection(feature({"type": "Polygon", "coordinates": [SQUARE[:-1]]}), feature(AREA)),
    collection(feature({"type": "LineString", "coordinates": [[1, 2, 3], [4, 5]]}), feature((1, 2, 0))),
    collection(feature({"type": "Point", "coordinates": ["1", None]}), feature()),
    collection(feature(), crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}, name="层"),
    f"{json.dumps(feature(name='甲'))}\r\n\n{json.dumps(feature(AREA, name='乙'))}\n".encode(),
    collection(feature(标签={"b": [1, {"c": None}]}, 列=[1, 2]), {**feature(AREA), "bbox": [1, 2, 3, 4]}),
    json.dumps(feature()).encode() + b"\n" + json.dumps(feature(a={"b": 1})).encode(),
    b"\xef\xbb\xbf" + collection({**feature(), "properties": None}, feature(name="乙")),
]


@pytest.mark.parametrize("data", PLAIN)
def test_plain_files_come_to_the_same_both_ways(data: bytes) -> None:
    bare = data.removeprefix(b"\xef\xbb\xbf")
    plainly = geojson._in_pieces(bare)
    assert plainly is not None
    assert told(plainly) == told(geojson._fully(bare))


DOUBLED = b'{"type":"FeatureCollection","features":[{"type":"Feature","geometry":null,"properties":{"a":1,"a":2}}]}'


@pytest.mark.parametrize(
    "data",
    [
        DOUBLED,
        DOUBLED.replace(b'{"a":1,"a":2}', b'{},"type":"Feature"'),
        DOUBLED.replace(b'{"a":1,"a":2}', b'{"a":"\xff"}'),
        DOUBLED.replace(b'{"a":1,"a":2}', b'{"a":NaN}'),
        DOUBLED.replace(b"null", b'{"type":"Point","coordinates":[1,2],"coordinates":[3,4]}'),
        DOUBLED.replace(b"null", b'{"type":"Point","coordinates":{"x":1}}').replace(b'"a":1,', b""),
        DOUBLED.replace(b'{"a":1,"a":2}', b'{"a":{"b":1,"b":2}}'),
        collection({**feature(), "bbox": [1, 2, 3]}),
        collection({**feature(), "style": 1}),
        collection(feature({"type": "GeometryCollection", "geometries": []})),
        collection(feature({"type": "Point"})),
        collection(feature(), 5),
        collection(feature(), owner="x"),
        collection(),
        json.dumps(feature()).encode() * 2,
        b"[]",
        b"{",
        b'{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Point","coordinates":'
        + b"[" * 100_000,
    ],
)
def test_what_is_not_plain_comes_to_the_same_in_pieces_and_as_a_whole(data: bytes) -> None:
    assert outcome(geojson.read, data) == outcome(geojson._fully, data)
    with pytest.raises((ValueError, RecursionError)):
        taken_as_plain(data)


def taken_as_plain(data: bytes) -> None:
    """Raises where the decoder of plain features does not take the file, or its members tell of something."""
    cut = geojson._cut(data)
    geojson._exact(cut.texts[0], geojson._features_of(cut.texts[0], in_lines=cut.in_lines))
    if cut.document and geojson.members.outside([cut.document]):
        raise ValueError


def outcome(read: Callable[[bytes], Decoded], data: bytes) -> Any:
    try:
        return told(read(data))
    except InputError as fault:
        return fault.message


def test_coordinates_that_only_the_exact_parser_reads_are_left_to_it() -> None:
    data = collection(feature()).replace(b"[120.96, 28.03]", b"[1e999,2]")
    with pytest.raises(ValueError, match="out of range"):
        taken_as_plain(data)
    assert [flaw.code for flaw in geojson.read(data).flaws] == ["bad_position"]
