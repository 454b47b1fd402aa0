"""Files read in pieces come to what they come to as a whole, whether a piece is read quickly or exactly."""

from __future__ import annotations

import json
from typing import Any

import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st

from geo.ingest.readers import geojson, pieces, quick
from geo.ingest.readers.laid import UnsoundError
from geo.ingest.rows import Decoded
from tests.ingest.making import SQUARE, collection, feature

_PIECE = 400  # bytes: two or three features
OFFSET = {"type": "Polygon", "coordinates": [SQUARE[::-1]]}
LINE = {"type": "LineString", "coordinates": [[1, 2, 3], [4, 5]]}

values = {
    "名": st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(':",\\{[\n '), max_size=8) | st.none(),
    "数": st.integers(-(2**65), 2**65) | st.none(),
    "长": st.floats(allow_nan=False, allow_infinity=False) | st.integers(0, 9),
    "真": st.booleans(),
}
geometries = st.sampled_from(
    ((1, 2), (1.5, 2), (1.5, 2.5, 7.5), None, OFFSET, LINE, {**OFFSET, "coordinates": [SQUARE[:-1]]})
)
usual = st.fixed_dictionaries(values)
rows = st.lists(st.tuples(geometries, usual | st.fixed_dictionaries({}, optional=values)), min_size=1, max_size=8)


def told(found: Decoded) -> Any:
    """Everything, so that 5 is not 5.0."""
    shapes = [None if shape is None else shapely.to_wkt(shape, 17) for shape in found.shapes]
    columns = {name: list(map(repr, values)) for name, values in found.columns.items()}
    flaws = sorted((flaw.index, flaw.code, str(flaw.message)) for flaw in found.flaws)
    return columns, shapes, found.epsg, flaws, found.notes, found.numbers.tolist()


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "PIECE", _PIECE)


def written(features: list[Any], how: str) -> bytes:
    if how == "lines":
        return b"\r\n".join(json.dumps(one, ensure_ascii=False).encode() for one in features)
    indent = 1 if how == "indented" else None
    separators = (",", ":") if how == "close" else None
    document = {"type": "FeatureCollection", "features": features, "bbox": [1, 2, 3, 4]}
    return json.dumps(document, ensure_ascii=how == "escaped", indent=indent, separators=separators).encode()


@given(rows, st.sampled_from(("lines", "indented", "close", "escaped", "spaced")))
@example([((1, 2), {"名": "a", "长": 0.5}), ((1, 2), {"名": "a", "长": 0.5})] * 3 + [((1, 2), {"名": "a:b"})], "spaced")
@example([((1, 2), {"长": 0.5})] * 5 + [((1, 2), {"长": 5})], "close")
@example([((1, 2), {"名": None})] * 5 + [((1, 2), {"名": 5})], "close")
@example([((1, 2), {"名": None})] * 5 + [((1, 2), {"名": ":"}), ((1, 2), {})], "close")
def test_pieces_come_to_what_the_whole_comes_to(rows: list[tuple[Any, dict[str, Any]]], how: str) -> None:
    data = written([feature(at, **properties) for at, properties in rows], how)
    assert told(geojson.read(data)) == told(geojson._fully(data))


PLAIN = [feature((i / 8 + 0.5, 2), 名=f"第{i}号", 年=2025, 长=i + 0.5, 空=None) for i in range(20)]


@pytest.mark.parametrize("how", ["lines", "indented", "close", "escaped", "spaced"])
def test_features_of_one_form_are_read_quickly(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    exact = []
    monkeypatch.setattr(
        geojson, "_exact", lambda text, found, real=geojson._exact: exact.append(text) or real(text, found)
    )
    found = geojson._in_pieces(written(PLAIN, how))
    assert found is not None
    assert found.columns["名"] == [f"第{i}号" for i in range(20)]
    assert found.columns["空"] == [None] * 20
    assert shapely.get_x(found.shapes).tolist() == [i / 8 + 0.5 for i in range(20)]
    assert len(exact) == 1  # the first piece


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"\\u5e74": 2025', b'"\\u5e74": 2025, "\\u5e74": 2026'),  # a key twice
        (b'"\\u5e74": 2025', b'"\\u5e74": 2025.0'),
        (b'"\\u5e74": 2025', b'"\\u5e74": "2025"'),
        (b'"\\u5e74": 2025', b'"\\u5e74": 99999999999999999999'),
        (b'"\\u957f": 9.5', b'"\\u957f": 9'),
        (b'"\\u957f": 9.5', b'"\\u957f": NaN'),
        (b'"\\u5e74": 2025, ', b""),  # a key that is not there
        (b', "\\u7a7a": null', b""),
        (b"[1.625, 2]", b"[1.625, null]"),
        (b"[1.625, 2]", b"[]"),
        (b"[1.625, 2]", b"[1.625, 1e999]"),
        (b'"Feature", "properties": {"\\u540d": "\\u7b2c9', b'"Thing", "properties": {"\\u540d": "\\u7b2c9'),
        (b"\\u7b2c9", b"\\ud800"),
        (b"\\u7b2c9", b"\xff"),
    ],
)
def test_what_is_not_of_the_form_is_not_read_quickly(old: bytes, new: bytes) -> None:
    form = quick.Form.of(geojson._several.decode(json.dumps(PLAIN).encode()), geojson.msgspec.UNSET)
    assert form is not None
    text = json.dumps(PLAIN[8:11]).encode()[1:-1]
    assert len(quick.read(memoryview(text), form, in_lines=False)[1]) == 3
    assert old in text
    with pytest.raises((quick.NotQuickError, UnsoundError)):
        quick.read(memoryview(text.replace(old, new, 1 if old != b"[1.625, 2]" else -1)), form, in_lines=False)


@pytest.mark.parametrize("start", [b"null\n", b"\n null\n", b"null\nnull\n", b" " * 100, b"7\n"])
def test_a_line_that_is_null_does_not_end_the_process(start: bytes) -> None:
    form = quick.Form.of(geojson._several.decode(json.dumps(PLAIN).encode()), geojson.msgspec.UNSET)
    assert form is not None
    text = start + b'{"type": "Feature", "properties": {}, "geometry": null, "odd": 1}\n'
    for _ in range(20):  # it did at most tries
        with pytest.raises(quick.NotQuickError):
            quick.read(memoryview(text), form, in_lines=True)
    rows = [json.dumps(one).encode() for one in PLAIN]
    found = geojson.read(b"\n".join([*rows, *[b"null", b'{"odd":1}'] * 40]))
    assert [flaw.code for flaw in found.flaws] == ["not_a_feature"] * 80


@pytest.mark.parametrize(
    "data",
    [
        collection(feature()).replace(b'"features": [', b'"features": [], "crs": ['),
        collection(feature()).replace(b"}}]}", b'}}]}{"features": []}'),
        collection(*PLAIN).replace(b"}}, {", b"}}, , {", 1),
        collection(*PLAIN)[:-2] + b", ]}",
    ],
)
def test_a_cut_in_the_wrong_place_is_seen(data: bytes) -> None:
    assert geojson._in_pieces(data) is None
