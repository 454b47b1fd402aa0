"""GeoJSON of which pieces are odd: each is read in full by itself, and comes to what the whole comes to."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from geo.errors import InputError, StoppedError
from geo.ingest.readers import geojson, members, pieces
from tests.ingest.making import AREA, SQUARE, collection, feature, tries
from tests.ingest.readers.test_laid import outcome

ODD = [
    {**feature(), "style": {"a": [1]}},
    {**feature(), "bbox": [1, 2, 3]},
    {**feature(), "id": "own"},
    {**feature(id=5), "id": "own"},
    feature(tags=[1, {"b": None}]),
    feature(a=float("nan")),
    feature((float("inf"), 2)),
    feature((1e999, 10**400)),
    feature({"type": "GeometryCollection", "geometries": [AREA]}),
    feature({"type": "GeometryCollection", "geometries": []}),
    feature({**AREA, "crs": 1}),
    feature({"type": "Polygon", "coordinates": [SQUARE[:-1]]}),
    feature({"type": "Polygon", "coordinates": [SQUARE[::-1]]}),
    feature({"type": "Point"}),
    feature(名="\ud800"),
    {**feature(), "properties": [1]},
    {"type": "Point", "coordinates": [1, 2]},
    None,
    7,
    "x",
]
PLAIN = [feature(名="甲", 年=2025), feature(AREA, 名="乙"), feature(None)]
ROWS = st.lists(st.sampled_from([*ODD, *PLAIN, *PLAIN, *PLAIN]), min_size=1, max_size=12)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "PIECE", 200)


def twice(text: str) -> str:
    """The first key of the text's properties named twice."""
    return text.replace('"properties": {"\u540d": ', '"properties": {"\u540d": 1, "\u540d": ', 1)


def in_order(found: Any) -> Any:
    """An outcome with its flaws by row."""
    return (
        tuple(sorted(part, key=lambda flaw: flaw.index) if at == 3 else part for at, part in enumerate(found))
        if isinstance(found, tuple)
        else found
    )


@tries(60)
@given(
    ROWS,
    st.sampled_from(["document", "lines", "sequence"]),
    st.booleans(),
    st.sampled_from([{}, {"owner": 1}, {"bbox": [1]}]),
)
@example([PLAIN[0], ODD[0]] * 3, "lines", True, {})
def test_odd_pieces_come_to_what_the_whole_comes_to(rows: list[Any], how: str, doubled: bool, more: dict[str, Any]):
    texts = [json.dumps(one) for one in rows]
    if doubled:
        texts[-1] = twice(texts[-1])
    if how != "document":
        data = "\n".join("\x1e" * (how == "sequence") + text for text in texts).encode()
    else:
        data = json.dumps({"type": "FeatureCollection", **more, "features": []}).encode()
        data = data.replace(b"[]}", b"[" + ", ".join(texts).encode() + b"]}")
    found = outcome(geojson.read, data)
    whole = outcome(geojson._fully, data)
    assert in_order(found) == in_order(whole)
    if isinstance(whole, tuple):
        back, every = geojson.read(data).features(range(len(rows))), members.features(data)[0]
        assert list(map(repr, back)) == list(map(repr, every))


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\n\n"])
def test_broken_lines_are_told_with_their_number_in_whatever_piece(ending: bytes):
    rows = [json.dumps(feature(名=f"第{n}号")).encode() for n in range(40)]
    rows[7] = rows[33] = b"{oops"
    found = geojson.read(ending.join(rows))
    lines = [1 + at * ending.count(b"\n") for at in (7, 33)]
    assert [(flaw.index, str(flaw.message)) for flaw in found.flaws if flaw.code == "not_json_line"] == [
        (at, f"第 {line} 行不是 JSON") for at, line in zip((7, 33), lines, strict=True)
    ]
    assert found.features([7, 8]) == ["{oops", feature(名="第8号")]


def test_a_last_line_that_is_cut_within_a_letter_is_a_broken_line():
    data = "\n".join(json.dumps(feature(名=f"第{n}号"), ensure_ascii=False) for n in range(40)).encode()
    cut = data[: data.rindex("号".encode()) + 1]
    for text in (cut, cut[cut.index(b"\n", len(cut) - 400) + 1 :]):
        found = geojson.read(text)
        assert [flaw.code for flaw in found.flaws] == ["not_json_line"]


def test_more_headers_than_columns_over_all_pieces_leave_the_most_frequent(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(geojson, "MOST_COLUMNS", 4)
    rows = [feature(名=n, **{f"k{n}": 1, "t": [1]}) for n in range(20)]
    found = geojson.read(collection(*rows))
    assert list(found.columns)[:2] == ["名", "t"]
    assert len(found.columns) == 4
    assert [code for code, _, _ in found.notes] == ["column_dropped"]


def test_a_key_of_its_own_for_each_row_over_all_pieces_makes_no_table_of_all(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(geojson, "MOST_COLUMNS", 3)
    monkeypatch.setattr(pieces, "PIECE", 1000)
    rows = [
        feature(**{f"k{n}": 1}, **({"often": n} if n % 2 else {}), **({"seldom": n} if n % 9 == 8 else {}))
        for n in range(60)
    ]
    found, whole = geojson.read(collection(*rows)), geojson._fully(collection(*rows))
    assert list(found.columns) == list(whole.columns) == ["often", "seldom", "k0"]
    assert {name: list(values) for name, values in found.columns.items()} == {
        name: list(values) for name, values in whole.columns.items()
    }
    assert found.columns["seldom"].filled() == 6


def test_reading_in_full_can_be_stopped():
    rows = [feature(t=[n]) for n in range(100)]
    told: list[float] = []

    def stop(share: float) -> None:
        told.append(share)
        if len(told) == 3:
            raise StoppedError

    with pytest.raises(StoppedError):
        geojson.read(collection(*rows), stop)
    told.clear()
    with pytest.raises(StoppedError):
        geojson.read(json.dumps(feature({"type": "Point", "coordinates": [float("nan"), 1], "a": {}})).encode(), stop)


@pytest.mark.parametrize("share", [0.3, 0.7, 0.999])
def test_half_a_collection_is_refused_without_making_its_values(share: float, monkeypatch: pytest.MonkeyPatch):
    data = collection(*[feature(名=f"第{n}号") for n in range(50)])
    monkeypatch.setattr(geojson.jsontext, "_exactly", None)
    with pytest.raises(InputError, match="文件不完整,或不是 JSON:请重新导出,并确认文件传输完整"):
        geojson._fully(data[: int(len(data) * share)])
