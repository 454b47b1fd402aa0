"""Each layer takes its own shapes and columns."""

from __future__ import annotations

import math

import pytest

from geo.ingest import Choices
from geo.ingest.rows import ABSENT
from geo.model import COLUMNS, PLACED, Layer
from tests.ingest.making import (
    AREA,
    GOOD,
    IN_BAY,
    IN_ZONE,
    SQUARE,
    base,
    codes,
    collection,
    feature,
    good,
    report,
    stored,
    table,
)

LINE = {"type": "LineString", "coordinates": [list(IN_ZONE), list(IN_BAY)]}
LINES = {"type": "MultiLineString", "coordinates": [LINE["coordinates"], [[120.96, 28.04], [120.97, 28.04]]]}
AREAS = {"type": "MultiPolygon", "coordinates": [[SQUARE], [[[x + 0.02, y] for x, y in SQUARE]]]}
POINTS = {"type": "MultiPoint", "coordinates": [list(IN_ZONE), list(IN_BAY)]}
WHAT = {
    Layer.BASES: {"name": "A", "stage": "maker"},
    Layer.FACILITIES: {"name": "A", "category": "parking"},
    Layer.DISTRICTS: {"id": "devzone", "name": "A"},
    Layer.TOWNS: {"name": "柳市镇"},
    Layer.ROADS: {},
    Layer.POPULATION: {"people": 5},
}
TAKEN = {
    Layer.BASES: "点和面", Layer.FACILITIES: "点和面", Layer.DISTRICTS: "面", Layer.TOWNS: "面", Layer.ROADS: "线",
    Layer.POPULATION: "点和面",
}  # fmt: skip


@pytest.mark.parametrize("layer", PLACED)
def test_shapes_that_a_layer_takes(layer):
    shapes = {"点": IN_ZONE, "线": LINE, "多线": LINES, "面": AREA, "多面": AREAS, "多点": POINTS}
    for kind, at in shapes.items():
        found = report(collection(feature(at, **WHAT[layer])), layer)
        taken = kind[-1] in TAKEN[layer] and kind != "多点"
        assert found.accepted_count == taken, kind
        wrong = [fault for fault in found.faults if fault.code == "wrong_geometry_type"]
        assert [str(fault.message) for fault in wrong] == ([] if taken else [f"图形是{kind}"])
        assert all(str(fault.fix) == f"这里只收{TAKEN[layer]}:请改画或换到别的图层" for fault in wrong)


@pytest.mark.parametrize("layer", PLACED)
def test_each_layer_gives_a_frame_of_its_columns(layer):
    at = LINE if layer is Layer.ROADS else AREA
    frame = report(collection(feature(at, **WHAT[layer])), layer).accepted
    assert list(frame.columns) == [*COLUMNS[layer], "geometry"]
    assert {name: str(dtype) for name, dtype in frame.dtypes.items() if name != "geometry"} == dict(COLUMNS[layer])
    assert frame.crs.to_epsg() == 4326
    nothing = report(collection(feature(None)), layer).accepted
    assert (len(nothing), list(nothing.columns)) == (0, [*COLUMNS[layer], "geometry"])


@pytest.mark.parametrize(
    ("properties", "id"),
    [
        ({"id": "bay", "name": "x"}, "bay"), ({"name": "乐清湾港区"}, "bay"), ({"name": "柳白"}, "liubai"),
        ({"id": "17", "name": "Hongqiao"}, "hongqiao"), ({"id": 17, "name": " 大荆片区 "}, "dajing"),
    ],
)  # fmt: skip
def test_districts_are_known_by_id_or_name(properties, id):
    found = report(collection(feature(AREA, **properties)), Layer.DISTRICTS)
    assert (codes(found), found.accepted["id"].tolist()) == ([], [id])


@pytest.mark.parametrize(
    "properties", [{"name": "火星片区"}, {"id": "mars", "name": "X"}, {"id": 5, "name": ["x"]}, {}]
)
def test_a_district_that_the_pack_does_not_have_is_refused(properties):
    assert "unknown_district" in codes(report(collection(feature(AREA, **properties)), Layer.DISTRICTS))


def test_a_word_for_a_district_may_be_told():
    rows = collection(feature(AREA, id="9", name="新区"))
    found = report(rows, Layer.DISTRICTS)
    assert found.unknown_words == {"district": ("新区",)}
    told = report(rows, Layer.DISTRICTS, Choices(words=(("district", "新区", "devzone"),)))
    assert (codes(told), told.accepted["id"].tolist()) == ([], ["devzone"])


def test_one_district_twice():
    found = report(collection(feature(AREA, name="柳白片区"), feature(AREA, name="liubai")), Layer.DISTRICTS)
    assert codes(found) == ["duplicate_id"]


def test_towns_get_their_district_from_the_pack_and_unknown_ones_from_their_place():
    found = report(
        collection(
            feature(AREA, name=" 柳市镇 "), feature(AREA, name="Neverland"), feature(AREA, name="X", district="虹桥")
        ),
        Layer.TOWNS,
    )  # fmt: skip
    assert found.accepted["district"].tolist() == ["liubai", "devzone", "hongqiao"]
    assert codes(found) == ["district_differs", "unknown_town", "unknown_town", "district_differs"]


def test_a_town_needs_a_name():
    assert codes(report(collection(feature(AREA, name=["x"])), Layer.TOWNS)) == ["bad_type", "missing_name"]


def test_roads_need_no_name_and_keep_their_kind_as_it_is_written():
    found = report(collection(feature(LINE, fclass="primary"), feature(LINES, name="路", fclass=3)), Layer.ROADS)
    assert (codes(found), found.accepted["kind"].tolist()) == ([], ["primary", "3"])


@pytest.mark.parametrize(
    ("given", "capacity"),
    [
        (300, 300.0), (0, 0.0), ("1,200", 1200.0), ("300张", 300.0), ("36 个车位", 36.0), (" 1.5万 ", 15000.0), (12.5, 12.5),
        ("", None), (None, None), (float("nan"), None), (ABSENT, None),
    ],
)  # fmt: skip
def test_a_facilitys_capacity_as_tables_write_it(given, capacity):
    columns = {"name": ["甲"], "category": ["parking"], "capacity": [given], "lon": [120.96], "lat": [28.03]}
    found = report(table(columns))
    assert (codes(found), found.accepted["capacity"].astype(object).where(lambda one: one.notna(), None).tolist()) == (
        [],
        [capacity],
    )


@pytest.mark.parametrize("given", [-1, "many", "300平方米", "120户", True, 1e11, float("inf"), [3]])
def test_capacities_that_are_no_number_of_places(given):
    found = report(collection(good(capacity=given)) if given != float("inf") else table(
        {"name": ["甲"], "category": ["parking"], "capacity": [given], "lon": [120.96], "lat": [28.03]}
    ))  # fmt: skip
    (fault,) = found.faults
    assert (fault.code, found.accepted_count) == ("bad_number", 0)
    assert str(fault.message).startswith("容量读不懂:")
    assert str(fault.fix) == "请写 0 或更大的数(床位、学位、套、车位……);不知道就空着"


def test_a_file_without_capacities_leaves_the_stored_ones():
    held = stored(Layer.FACILITIES, {**GOOD, "capacity": 40.0}, at=[IN_ZONE])
    assert report(collection(good()), existing=held).accepted["capacity"].tolist() == [40.0]
    assert report(collection(good(capacity=50)), existing=held).accepted["capacity"].tolist() == [50.0]


@pytest.mark.parametrize(
    ("given", "people"),
    [
        (0, 0), (12, 12), (12.5, 12.5), ("12,345人", 12_345), ("12,345", 12_345), ("1.2万", 12_000), ("3 万 人", 30_000),
        (" 7 ", 7), ("0", 0), (9_999_999_999, 9_999_999_999),
    ],
)  # fmt: skip
def test_people_as_tables_write_them(given, people):
    found = report(collection(feature(people=given)), Layer.POPULATION)
    assert (codes(found), found.accepted["people"].tolist()) == ([], [people])


@pytest.mark.parametrize(
    "given", [-1, "-1", "约三千", True, [1], {"n": 1}, 1e10, "1e5", 10**400, "９" * 400, "1.2.3", "万"]
)
def test_people_that_are_no_number(given):
    assert codes(report(collection(feature(people=given)), Layer.POPULATION)) == ["bad_number"]


@pytest.mark.parametrize("given", [None, "", ABSENT, " ", math.nan])
def test_people_that_are_not_given(given):
    found = report(table({"people": [given], "lon": [120.96], "lat": [28.03]}), Layer.POPULATION)
    assert codes(found) == ["missing_people"]


# --- values --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "year"),
    [(2022, 2022), ("2023", 2023), (2024.0, 2024), ("2024年", 2024), ("2024.0", 2024), (" 2022年度 ", 2022)],
)
def test_years(given, year):
    found = report(collection(base(demo_year=given)), Layer.BASES)
    assert (codes(found), found.accepted["demo_year"].tolist()) == ([], [year])


@pytest.mark.parametrize("given", [2021, 2022.5, "22", "二〇二二", True, [2022], {"y": 2022}, 10**400, "2022-2024"])
def test_years_that_are_none_of_the_plans(given):
    assert codes(report(collection(base(demo_year=given)), Layer.BASES)) == ["bad_year"]


@pytest.mark.parametrize(
    ("given", "sample"),
    [
        (True, True),
        (False, False),
        ("是", True),
        ("否", False),
        ("TRUE", True),
        (1, True),
        (0, False),
        ("", False),
        (None, False),
    ],
)
def test_flags(given, sample):
    found = report(collection(good(sample=given)))
    assert (codes(found), found.accepted["sample"].tolist()) == ([], [sample])
    assert found.accepted["certainty"].tolist() == ["synthetic" if sample else "reported"]


@pytest.mark.parametrize("given", [2, "maybe", [True], {}, 10**400])
def test_flags_that_are_neither(given):
    assert codes(report(collection(good(sample=given)))) == ["bad_type"]


@pytest.mark.parametrize(
    ("given", "text"),
    [(5, "5"), (5.0, "5"), (1.25, "1.25"), (10**30, "1" + "0" * 30), ("  x\t", "x"), (None, ""), ("中\n文", "中\n文")],
)
def test_text(given, text):
    found = report(collection(good(note=given)))
    assert (codes(found), found.accepted["note"].tolist()) == ([], [text])


@pytest.mark.parametrize("given", [True, [], {}, ["x"]])
def test_text_that_is_none(given):
    assert codes(report(collection(good(note=given)))) == ["bad_type"]


@pytest.mark.parametrize("word", ["停车场", "Parking", "parking", " 停车 ", "car park", "ＰＡＲＫＩＮＧ"])
def test_words_by_id_name_or_alias(word):
    found = report(collection(good(category=word)))
    assert (codes(found), found.accepted["category"].tolist()) == ([], ["parking"])
