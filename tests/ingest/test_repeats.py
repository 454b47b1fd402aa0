"""Rows that repeat each other or the store, and what of the store stays."""

from __future__ import annotations

import hashlib
import sys
from collections import Counter

import numpy as np
import pytest
import shapely

from geo import crs
from geo.ingest import FieldChange, repeats
from geo.model import Layer
from tests.ingest.making import (
    AREA,
    BASE,
    GOOD,
    IN_BAY,
    IN_ZONE,
    agreeing,
    base,
    codes,
    collection,
    feature,
    good,
    report,
    stored,
    table,
)  # fmt: skip

EPSG = 4549


def east(metres, of=IN_ZONE):
    """A place that many metres east."""
    x, y = crs.project(shapely.Point(*of), EPSG).coords[0]
    return crs.unproject(shapely.Point(x + metres, y), EPSG).coords[0]


def told(found):
    return [(fault.row, fault.code) for fault in found.faults]


# --- within a file -------------------------------------------------------------------------------------------------


def test_the_made_id_of_an_area_is_of_its_name_kind_and_whole_outline(monkeypatch):
    """An id is the same in every version, or a file uploaded again would double its rows."""
    monkeypatch.setattr(sys.modules["geo.ingest.check"], "_PIECE", 7)  # however it is cut for writing out
    (made,) = report(collection(feature(AREA, name="厂区", category="parking"))).accepted["id"]
    wkb = shapely.to_wkb(shapely.geometry.shape(AREA), hex=True, byte_order=1)
    assert made == "u-" + hashlib.sha256(f"厂区|parking|{wkb}".encode()).hexdigest()[:12]


def test_the_first_of_one_id_is_taken_and_the_others_get_new_ones_if_agreed():
    file = collection(*(good(east(500 * n), name=f"P{n}") for n in range(3)))
    found = report(file)
    assert told(found) == [(2, "duplicate_id"), (3, "duplicate_id")]
    assert found.accepted["name"].tolist() == ["P0"]
    assert [(r.kind, r.before, r.after) for r in found.repairs] == [("new_id", "f1", "f1-2"), ("new_id", "f1", "f1-2")]
    made = report(file, choices=agreeing("new_id"))
    assert (told(made), made.accepted["id"].tolist()) == ([], ["f1", "f1-2", "f1-3"])


def test_a_new_id_is_neither_in_the_file_nor_in_the_store():
    file = collection(good(), good(IN_BAY, name="B"), good(east(900), id="f1-2", name="C"))
    existing = stored(Layer.FACILITIES, {**GOOD, "id": "f1-3"}, at=[(121.04, 28.22)])
    found = report(file, choices=agreeing("new_id"), existing=existing)
    assert found.accepted["id"].tolist() == ["f1", "f1-4", "f1-2"]
    assert found.changes == {}


def test_the_same_file_again_gives_the_same_new_ids():
    file = collection(good(), good(IN_BAY, name="B"))
    first = report(file, choices=agreeing("new_id")).accepted
    again = report(file, choices=agreeing("new_id"), existing=first)
    assert again.accepted["id"].tolist() == first["id"].tolist() == ["f1", "f1-2"]
    assert [again.status(id) for id in first["id"]] == ["same", "same"]


def test_a_row_that_is_out_takes_nobodys_id():
    found = report(collection(good(category="?"), good(IN_BAY)))
    assert told(found) == [(1, "unknown_category")]
    assert found.numbers.tolist() == [2]


def test_rows_without_ids_of_one_name_and_place():
    found = report(collection(good(id=None), good(id=None), good(IN_BAY, id=None), good(id=None, category="hotel")))
    assert told(found) == [(2, "duplicate_row"), (4, "near_same_name")]
    assert found.accepted["id"].is_unique
    assert found.accepted["id"].str.fullmatch("u-[0-9a-f]{12}").all()


def test_an_id_that_looks_like_ours_and_stands_for_two_places_is_a_double_id():
    found = report(collection(good(id="u-1", name="A"), good(IN_BAY, id="u-1", name="B")))
    assert told(found) == [(2, "duplicate_id")]


def test_the_same_row_gets_the_same_id_in_any_file_and_order():
    rows = [good(id=None), good(IN_BAY, id=None), good(AREA, id=None)]
    one, other = (report(collection(*some)).accepted["id"].tolist() for some in (rows, rows[::-1]))
    assert one == other[::-1]


def test_one_name_at_one_place_under_two_ids():
    found = report(collection(good(), good(id="f2"), good(id="f3", category="hotel"), good(id="f4", name="Other")))
    assert told(found) == [(2, "duplicate_place"), (3, "near_same_name")]
    assert found.accepted_count == 4


@pytest.mark.parametrize(("metres", "near"), [(3, True), (99, True), (101, False), (2000, False)])
def test_one_name_near_by(metres, near):
    found = report(collection(good(), good(east(metres), id="f2"), good(east(metres), id="f3", name="Other")))
    assert told(found) == ([(2, "near_same_name")] if near else [])
    assert [str(fault.message) for fault in found.faults] == ([f"与第 1 行同名,只隔 {metres} 米"] if near else [])


def test_rows_without_names_are_not_of_one_name():
    roads = [feature({"type": "LineString", "coordinates": [IN_ZONE, east(50 + n)]}, id=f"r{n}") for n in range(3)]
    assert told(report(collection(*roads), Layer.ROADS)) == []


@pytest.mark.parametrize("seed", range(5))
def test_each_that_has_an_earlier_one_near_it_is_found_and_no_other(seed):
    xy = np.random.default_rng(seed).uniform(0, 600, (60, 2))
    points = shapely.points(xy)
    away = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    expected = [n for n in range(60) if (away[n, :n] <= repeats.NEAR_M).any()]
    found = repeats._first_near(points)
    assert [one for one, _ in found] == expected
    assert all(other < one and away[one, other] <= repeats.NEAR_M for one, other in found)


def test_ten_thousand_of_one_name_in_one_spot_are_looked_through():
    at = np.random.default_rng(1).uniform(0, 0.0008, (10_000, 2)) + IN_ZONE
    file = table(
        {"name": ["P"] * 10_000, "category": ["parking"] * 10_000, "lon": at[:, 0].tolist(), "lat": at[:, 1].tolist()}
    )
    found = Counter(codes(report(file)))
    assert found["duplicate_row"] + found["duplicate_place"] + found["near_same_name"] == 9_999


# --- against the store ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("metres", "near"), [(3, True), (99, True), (101, False)])
def test_one_name_near_a_stored_one(metres, near):
    existing = stored(
        Layer.FACILITIES, GOOD, {**GOOD, "id": "far"}, {**GOOD, "id": "x", "name": "X"}, at=[IN_ZONE, IN_BAY, IN_ZONE]
    )
    found = report(collection(good(east(metres), id="new")), existing=existing)
    assert told(found) == ([(1, "near_same_name")] if near else [])
    assert [str(fault.message) for fault in found.faults] == ([f"与库中的 f1 同名,只隔 {metres} 米"] if near else [])
    assert found.status("new") == "new"


def test_a_row_with_a_stored_id_is_its_update_not_its_neighbour():
    existing = stored(Layer.FACILITIES, GOOD, {**GOOD, "id": "f2"}, at=[IN_ZONE, east(20)])
    found = report(collection(good(east(10))), existing=existing)
    assert codes(found) == ["replaces_existing"]


STORED = {
    **BASE, "name_en": "Old shop", "cluster": "iot", "district": "bay", "demo_year": 2022, "certainty": "surveyed",
    "source": "survey", "note": "kept",
}  # fmt: skip


def test_columns_that_a_file_does_not_mention_stay_and_those_that_it_blanks_do_not():
    existing = stored(Layer.BASES, STORED, at=[IN_ZONE])
    found = report(collection(base(note="", district="bay")), Layer.BASES, existing=existing)
    (row,) = found.accepted.to_dict("records")
    kept = {name: row[name] for name in ("name_en", "cluster", "demo_year", "certainty", "source", "note")}
    assert kept == {
        "name_en": "Old shop", "cluster": "iot", "demo_year": 2022, "certainty": "surveyed", "source": "survey", "note": "",
    }  # fmt: skip
    assert found.changes == {"b1": (FieldChange("note", "kept", ""),)}


def test_a_base_keeps_its_district_where_the_file_has_no_such_column():
    found = report(collection(base()), Layer.BASES, existing=stored(Layer.BASES, STORED, at=[IN_ZONE]))
    assert found.accepted["district"].tolist() == ["bay"]
    assert "district" not in {change.field for change in found.changes["b1"]}
    assert codes(found) == ["district_differs", "unchanged"]
    elsewhere = stored(Layer.FACILITIES, {**GOOD, "district": "bay"}, at=[IN_ZONE])
    assert report(collection(good()), existing=elsewhere).accepted["district"].tolist() == ["devzone"]


def test_how_sure_a_position_is_stays_only_where_the_position_does():
    existing = stored(Layer.BASES, STORED, at=[IN_ZONE])
    moved = report(collection(base(IN_BAY)), Layer.BASES, existing=existing)
    assert moved.accepted["certainty"].tolist() == ["reported"]
    said = report(collection(base(IN_BAY, certainty="surveyed")), Layer.BASES, existing=existing)
    assert said.accepted["certainty"].tolist() == ["surveyed"]


def test_what_changes_is_told_field_by_field():
    existing = stored(Layer.BASES, STORED, at=[IN_ZONE])
    found = report(collection(base(IN_BAY, name="New shop", demo_year=2024)), Layer.BASES, existing=existing)
    assert found.status("b1") == "changed"
    assert {change.field: (change.old, change.new) for change in found.changes["b1"]} == {
        "name": ("Workshop", "New shop"),
        "demo_year": (2022, 2024),
        "certainty": ("surveyed", "reported"),
        "geometry": (shapely.Point(*IN_ZONE), shapely.Point(*IN_BAY)),
    }
    (fault,) = found.faults
    assert str(fault.message) == (
        "编号已在库中,存入后更新:名称(name)、示范年份(demo_year)、位置可信度(certainty)、图形(geometry)"
    )


def test_a_row_that_says_what_is_stored_changes_nothing():
    existing = stored(Layer.BASES, {**STORED, "demo_year": None}, at=[IN_ZONE])
    found = report(collection(base(district="bay")), Layer.BASES, existing=existing)
    assert codes(found) == ["district_differs", "unchanged"]
    assert (found.status("b1"), found.changes) == ("same", {"b1": ()})


def test_of_two_rows_for_one_stored_feature_the_first_keeps_what_is_stored():
    existing = stored(Layer.BASES, STORED, at=[IN_ZONE])
    found = report(collection(base(), base(IN_BAY, name="Else")), Layer.BASES, agreeing("new_id"), existing)
    first, second = found.accepted.to_dict("records")
    assert (first["note"], first["cluster"], second["note"], second["cluster"]) == ("kept", "iot", "", "")


def test_a_column_that_one_row_has_and_another_lacks():
    existing = stored(
        Layer.FACILITIES, {**GOOD, "note": "a"}, {**GOOD, "id": "f2", "name": "B", "note": "b"}, at=[IN_ZONE, IN_BAY]
    )
    found = report(collection(good(note=None), good(IN_BAY, id="f2", name="B")), existing=existing)
    assert found.accepted["note"].tolist() == ["", "b"]


def test_the_name_of_the_file_is_the_source_where_none_is_given():
    for name, source in (("C:\\desk\\五月.geojson", "五月.geojson"), ("a/b\x00.geojson", "b�.geojson")):
        assert report(collection(good()), name=name).accepted["source"].tolist() == [source]
    assert report(collection(good(source="field")), name="x.geojson").accepted["source"].tolist() == ["field"]
