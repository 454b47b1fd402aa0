"""What holds for every file: nothing is lost, order does not matter, and nothing is changed that was not agreed to."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import mapping, shape

from geo.ingest import REPAIR_WORDS
from geo.ingest.readers import geojson
from geo.model import PLACED, Layer
from tests.ingest.making import IN_ZONE, SQUARE, agreeing, collection, feature, polygon, report, tries

BOWTIE = [SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3], SQUARE[0]]
OWN_REPAIRS = frozenset(REPAIR_WORDS) - {"shift_datum"}


def moved(ring: list[list[float]], dx: float, dy: float) -> list[list[float]]:
    return [[x + dx, y + dy] for x, y in ring]


LON, LAT = st.floats(120.7, 121.4), st.floats(27.9, 28.6)
SMALL = st.floats(-0.05, 0.05)
PLACES = st.one_of(
    st.tuples(LON, LAT),
    st.tuples(LAT, LON),
    st.tuples(st.floats(-200, 200), st.floats(-200, 200)),
    st.tuples(LON, LAT, st.floats(0, 100)),
    st.builds(lambda dx, dy: polygon(moved(SQUARE, dx, dy)), SMALL, SMALL),
    st.builds(lambda dx, dy: polygon(moved(SQUARE[::-1], dx, dy)), SMALL, SMALL),
    st.builds(lambda dx, dy: polygon(moved(SQUARE[:4], dx, dy)), SMALL, SMALL),
    st.builds(lambda dx, dy: polygon(moved(BOWTIE, dx, dy)), SMALL, SMALL),
    st.sampled_from([None, (), (594403.7, 3102138.0), {"type": "MultiPoint", "coordinates": []}, polygon(SQUARE[:3])]),
)
ROWS = st.builds(
    feature,
    PLACES,
    id=st.sampled_from([None, "a", "b", "c", 4, "e\x01"]),
    name=st.sampled_from(["A", "B", "停车场", "", None, "x\x07y", "<b>"]),
    category=st.sampled_from(["parking", "停车场", "hotel", "", "?", None]),
    district=st.sampled_from([None, "bay", "虹桥片区", "?"]),
    note=st.sampled_from([None, "n", 5, [1], "n\x00"]),
)
FILES = st.lists(ROWS | st.sampled_from([None, 5, {"type": "feature"}]), min_size=1, max_size=12)
CHOICES = st.sets(st.sampled_from(sorted(OWN_REPAIRS))).map(lambda kinds: agreeing(*kinds))


@tries(60)
@given(FILES, CHOICES, st.sampled_from(PLACED))
def test_each_row_is_accepted_or_rejected_with_a_reason(rows, choices, layer):
    found = report(collection(*rows), layer, choices)
    accepted, rejected = set(found.numbers), {row.row for row in found.rejected}
    assert accepted | rejected == set(range(1, len(rows) + 1))
    assert not accepted & rejected
    assert found.features == found.accepted_count + found.rejected_count == len(rows)
    assert rejected == {fault.row for fault in found.faults if fault.severity == "error"}
    assert found.rejected_features() == [rows[number - 1] for number in sorted(rejected)]
    assert (len(found.accepted), len(found.rejected_shapes)) == (len(accepted), len(rejected))
    assert found.accepted["id"].is_unique
    assert (found.accepted["id"] != "").all()
    assert found.accepted.geometry.is_valid.all()
    assert not found.accepted.geometry.is_empty.any()


@tries(30)
@given(FILES, st.randoms(use_true_random=False), CHOICES)
def test_the_order_of_rows_does_not_matter(rows, random, choices):
    """But for which of two is the first: so ids are counted, and the faults of repeats are left out."""
    mixed = rows[:]
    random.shuffle(mixed)

    def told(features: list[Any]) -> Any:
        found = report(collection(*features), choices=choices)
        apart = {"duplicate_id", "duplicate_row", "duplicate_place", "near_same_name"}
        return (
            sorted(found.accepted["id"]),
            Counter(fault.code for fault in found.faults if fault.code not in apart),
            Counter(repair.kind for repair in found.repairs if repair.kind != "new_id"),
        )

    assert told(rows)[0] == told(mixed)[0] or "new_id" in choices.repairs
    # Which of two is the first decides whose shape is looked at further, so codes are compared where ids differ.
    distinct = [row for row in rows if isinstance(row, dict)]
    for number, row in enumerate(distinct):
        if row.get("properties"):
            row["properties"] = {**row["properties"], "id": f"r{number}"}
    shuffled = distinct[:]
    random.shuffle(shuffled)
    if distinct:
        assert told(distinct) == told(shuffled)


@tries(30)
@given(FILES, st.sampled_from([Layer.FACILITIES, Layer.BASES]))
def test_repairing_leaves_nothing_to_repair(rows, layer):
    for row in rows:
        if isinstance(row, dict) and "properties" in row:
            row["properties"] = {**row["properties"], "stage": "maker"}
    once = report(collection(*rows), layer, agreeing(*OWN_REPAIRS)).accepted
    if once.empty:
        return
    columns = [name for name in once.columns if name not in ("geometry", "demo_year")]
    again_file = collection(
        *(
            feature(mapping(place), **row)
            for place, row in zip(once.geometry, once[columns].to_dict("records"), strict=True)
        )
    )
    again = report(again_file, layer)
    assert again.accepted["id"].tolist() == once["id"].tolist()
    assert [repair for repair in again.repairs if repair.kind in OWN_REPAIRS] == []
    assert shapely.equals_exact(again.accepted.geometry.to_numpy(), once.geometry.to_numpy()).all()


@tries(30)
@given(FILES)
def test_without_choices_no_coordinate_is_touched(rows):
    found = report(collection(*rows))
    for number, made in zip(found.numbers, found.accepted.geometry, strict=True):
        given_shape = shapely.force_2d(shape(rows[number - 1]["geometry"]))
        assert np.array_equal(shapely.get_coordinates(made), shapely.get_coordinates(given_shape))
    assert not any(repair.made for repair in found.repairs)


# --- decoding ------------------------------------------------------------------------------------------------------

TEXT = st.text(max_size=6) | st.sampled_from([":", '":', '"a":1', "\\", '\\":', "{}", "  :"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
FEATURES = st.fixed_dictionaries(
    {
        "type": st.just("Feature"),
        "properties": st.none() | st.dictionaries(TEXT, VALUES, max_size=4),
        "geometry": st.none() | st.just({"type": "Point", "coordinates": list(IN_ZONE)}) | st.just(polygon(SQUARE)),
    },
    optional={"id": VALUES, "bbox": VALUES, "extra": VALUES},
)
LAYOUTS = st.sampled_from(
    [
        {"separators": (",", ":")},
        {"separators": (", ", " : ")},
        {"separators": (" ,", "\t:\n")},
        {"indent": 2},
        {"ensure_ascii": False},
    ]
)


@tries(100)
@given(st.lists(FEATURES, min_size=1, max_size=4), LAYOUTS)
def test_the_fast_way_reads_what_the_exact_way_reads(features, layout):
    text = json.dumps({"type": "FeatureCollection", "name": "x:y", "features": features}, **layout)
    decoded = geojson.read(text.encode("utf-8", "backslashreplace"))
    exact = json.loads(text)["features"]
    assert decoded.features(range(len(features))) == exact
    assert [repr(one) for one in decoded.features(range(len(features)))] == [repr(one) for one in exact]
    assert not [flaw for flaw in decoded.flaws if flaw.code == "duplicate_key"]


@tries(100)
@given(st.lists(st.tuples(TEXT, VALUES), max_size=5), LAYOUTS)
def test_a_key_is_told_as_doubled_just_when_it_is(pairs, layout):
    colon = layout.get("separators", (", ", ": "))[1]
    inner = ",".join(json.dumps(name) + colon + json.dumps(value, **layout) for name, value in pairs)
    text = f'{{"type":"FeatureCollection","features":[{{"type":"Feature","geometry":null,"properties":{{{inner}}}}}]}}'
    told = [
        flaw.message.params["name"]
        for flaw in geojson.read(text.encode("utf-8", "backslashreplace")).flaws
        if flaw.code == "duplicate_key"
    ]
    times = Counter(name for name, _ in pairs)
    assert len(told) == sum(n > 1 for n in times.values())


@pytest.mark.parametrize("at", range(0, 400, 13))
def test_a_file_cut_anywhere_is_refused_or_read_as_far_as_its_lines_go(at):
    lines = b"\n".join(json.dumps(feature(name=f"A{n}")).encode() for n in range(4))
    decoded = geojson.read(lines[: 200 + at])
    assert len(decoded) == lines[: 200 + at].rstrip().count(b"\n") + 1
