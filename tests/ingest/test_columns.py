"""Which column means what: by its name in either language, by what stands in it, and as a person says."""

from __future__ import annotations

import pytest

from geo.ingest import Choices, columns
from geo.ingest.rows import ABSENT
from geo.model import Layer
from tests.ingest.making import county, pack, report, table

FACILITIES, BASES = Layer.FACILITIES, Layer.BASES


def match(header_values, layer=FACILITIES, choices=None):
    found = columns.match(table(header_values), layer, pack(), county().words, choices or Choices())
    return {one.header: (one.field, one.how) for one in found if one.field or one.how == "chosen"}


def named(*headers, layer=FACILITIES):
    """Headers over values that say nothing."""
    return {header: field for header, (field, _) in match({one: ["?"] for one in headers}, layer).items()}


@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        (("id", "name", "category", "lon", "lat"), ("id", "name", "category", "lon", "lat")),
        (("编号", "设施名称", "设施类别", "经度", "纬度"), ("id", "name", "category", "lon", "lat")),
        (("Code", "Title", "Type", "LNG", "Latitude"), ("id", "name", "category", "lon", "lat")),
        (("编码", "Name", "类别", "X坐标", "Y坐标"), ("id", "name", "category", "lon", "lat")),
        (("经度(°E)", "纬度(度)", "* 名称:", "Name_EN"), ("lon", "lat", "name", "name_en")),
        (("经度【WGS84】", "北纬[deg]", "名 称"), ("lon", "lat", "name")),
        (("NAME", " Category ", "SOURCE_EN", "nameen"), ("name", "category", "source_en", "name_en")),
        (("坐标", "乡镇街道", "备注"), ("lonlat", "town", "note")),
        (("wkt", "所属片区", "位置可信度", "数据来源"), ("lonlat", "district", "certainty", "source")),
    ],
)
def test_headers_in_both_languages(headers, fields):
    assert named(*headers) == dict(zip(headers, fields, strict=True))


@pytest.mark.parametrize(
    ("layer", "headers", "fields"),
    [
        (BASES, ("基地名称", "载体类型", "产业集群", "示范年度"), ("name", "stage", "cluster", "demo_year")),
        (
            BASES,
            ("基地", "总建筑面积(万㎡)", "投用年份", "等级", "认定年份"),
            ("name", "floor_area", "built_year", "level", "level_year"),
        ),
        (Layer.ROADS, ("路名", "等级"), ("name", "kind")),
        (Layer.ROADS, ("路名", "fclass"), ("name", "kind")),
        (Layer.POPULATION, ("常住人口", "镇街"), ("people", "town")),
        (Layer.FACILITIES, ("单位名称", "床位数(张)", "类别"), ("name", "capacity", "category")),
        (Layer.TOWNS, ("乡镇名称", "片区"), ("name", "district")),
        (Layer.DISTRICTS, ("代码", "片区名称"), ("id", "name")),
    ],
)
def test_each_layer_has_its_own_fields(layer, headers, fields):
    assert named(*headers, layer=layer) == dict(zip(headers, fields, strict=True))


def test_an_exact_name_goes_before_a_synonym_and_no_field_is_given_twice():
    assert named("名称", "name", "title") == {"name": "name"}
    assert named("title", "名称") == {"名称": "name"}
    assert named("x", "经度") == {"经度": "lon"}
    assert named("name", "NAME") == {"name": "name"}


def test_columns_are_told_by_what_stands_in_them():
    found = match(
        {
            "甲": ["120.96", "121.0"],
            "乙": [28.03, 28.1],
            "丙": ["停车场", "parking"],
            "丁": ["柳白", "虹桥片区"],
            "戊": ["柳市镇", "虹桥镇"],
            "己": ["?", "?"],
        }
    )
    assert found == {
        "甲": ("lon", "content"),
        "乙": ("lat", "content"),
        "丙": ("category", "content"),
        "丁": ("district", "content"),
        "戊": ("town", "content"),
    }
    assert match({"a": ["孵化器", "众创空间"], "b": ["2022", 2024], "c": ["物联网传感"] * 2}, BASES) == {
        "a": ("stage", "content"),
        "b": ("demo_year", "content"),
        "c": ("cluster", "content"),
    }
    assert match({"a": ["120°58′48″E, 28°06′46.8″N", "28.1N 120.9E"]}) == {"a": ("lonlat", "content")}


def test_most_of_a_column_must_fit_and_blanks_say_nothing():
    assert match({"a": ["停车场"] * 4 + ["?"]}) == {"a": ("category", "content")}
    assert match({"a": ["停车场"] * 3 + ["?"]}) == {}
    assert match({"a": [None, "", ABSENT, "停车场"]}) == {"a": ("category", "content")}
    assert match({"a": [None, "", ABSENT]}) == {}
    assert match({"a": [10**500, True, [1], {"b": 2}, float("nan")]}) == {}
    assert match({"a": [10**500, [[]], {}]}, BASES) == {}


def test_numbers_far_from_the_county_are_no_positions():
    assert match({"a": [116.4, 116.5], "b": [39.9, 40.0]}) == {}


def test_what_a_person_chose_goes_first():
    both = {"经度": ["?"], "名称": ["?"], "b": ["?"]}
    assert match(both, choices=Choices(columns=(("b", "name"),))) == {"经度": ("lon", "name"), "b": ("name", "chosen")}
    assert match(both, choices=Choices(columns=(("经度", ""),))) == {"经度": ("", "chosen"), "名称": ("name", "name")}
    assert match(both, choices=Choices(columns=(("名称", "lon"),))) == {"名称": ("lon", "chosen")}


def test_of_two_choices_for_one_field_the_last_counts():
    two = Choices(columns=(("a", "name"), ("b", "name")))
    assert match({"a": ["?"], "b": ["?"]}, choices=two) == {"b": ("name", "chosen")}
    left_out = Choices(columns=(("a", ""), ("b", "")))
    assert match({"a": ["停车场"], "b": ["停车场"]}, choices=left_out) == {"a": ("", "chosen"), "b": ("", "chosen")}


def test_choices_that_do_not_fit_file_or_layer_are_passed_over():
    alien = Choices(columns=(("名称", "stage"), ("gone", "name"), ("名称", "no such field")))
    assert match({"名称": ["?"]}, choices=alien) == {"名称": ("name", "name")}


@pytest.mark.parametrize(
    "header", ["", " ", "\x00", "\ud800", "()", "(((", "x" * 100_000, "<script>", "'; drop table", "ﷺ" * 50, "​"]
)
def test_hostile_headers_are_taken_for_nothing(header):
    assert match({header: ["?"]}) == {}
    assert columns.shape_of([header]) != columns.shape_of([header, "a"])


def test_headers_in_any_order_have_one_shape():
    assert columns.shape_of(["a", "b"]) == columns.shape_of(["b", "a"]) != columns.shape_of(["ab"])


def test_an_example_is_short_and_can_be_shown():
    matches = columns.match(
        table({"a": [None, "x\x00" * 100], "b": [ABSENT, [[[[[[1]]]]]]], "c": ["", None]}),
        FACILITIES, pack(), county().words, Choices(),
    )  # fmt: skip
    assert [one.example for one in matches] == ["x�" * 20 + "…", "[[[[...]]]]", ""]


def test_a_word_that_the_pack_does_not_know_can_be_said_to_mean_one():
    rows = table({"name": ["A", "B", "C"], "category": ["P+R", "P+R", "停车"], "lon": [120.96] * 3, "lat": [28.03] * 3})
    found = report(rows)
    assert found.unknown_words == {"category": ("P+R",)}
    assert [row.row for row in found.rejected] == [2, 3]
    told = report(rows, choices=Choices(words=(("category", "P+R", "parking"), ("stage", "停车", "maker"))))
    assert told.accepted["category"].tolist() == ["parking"] * 3
    assert told.unknown_words == {}
    assert told.details() == {"format": "csv", "words": [["category", "P+R", "parking"], ["stage", "停车", "maker"]]}
