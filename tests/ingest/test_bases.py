"""Floor area, level and their years in files of bases: as tables write them, and what is refused."""

from __future__ import annotations

from datetime import date

import pytest

from geo.model import Layer
from tests.ingest.making import IN_ZONE, base, codes, collection, report, stored, table

BASES = Layer.BASES


def of(header: str, value: object, **columns: list[object]):
    return report(
        table({"名称": ["甲"], "阶段": ["孵化器"], header: [value], "经度": [120.96], "纬度": [28.03], **columns}),
        BASES,
    )


@pytest.mark.parametrize(
    ("header", "given", "square_metres"),
    [
        ("建筑面积", 12000, 12000.0), ("建筑面积(平方米)", "12,000", 12000.0), ("建筑面积", "3500㎡", 3500.0),
        ("建筑面积", "3,500 m²", 3500.0), ("建筑面积", "1.2万平方米", 12000.0), ("总建筑面积(万平方米)", 1.2, 12000.0),
        ("场地面积(万㎡)", "1.2", 12000.0), ("面积(万平方米)", "1.2万平方米", 12000.0),
        ("面积(万平方米)", "900平方米", 900.0), ("floor_area", 100.5, 100.5),
    ],
)  # fmt: skip
def test_a_floor_area_as_tables_write_it_is_stored_in_square_metres(header, given, square_metres):
    found = of(header, given, 建成年份=["2023年"])
    assert codes(found) == []
    assert found.accepted[["floor_area", "built_year"]].iloc[0].tolist() == [square_metres, 2023]


@pytest.mark.parametrize(
    ("header", "given"),
    [("建筑面积", "很大"), ("建筑面积", "18亩"), ("面积(亩)", 18), ("面积(公顷)", 2), ("建筑面积", -5), ("建筑面积", 2e7), ("建筑面积", True)],
)  # fmt: skip
def test_a_floor_area_that_cannot_be_read_is_refused_with_the_mend(header, given):
    found = of(header, given, 建成年份=[2023])
    (fault,) = found.faults
    assert (fault.code, found.accepted_count) == ("bad_number", 0)
    assert str(fault.message).startswith("建筑面积读不懂:")
    assert str(fault.fix) == ("请写平方米(如 12000)或写明万平方米(如 1.2万平方米),不超过 1000 万平方米;不知道就空着")


@pytest.mark.parametrize("word", ["省级", "provincial", " 省级 "])
def test_a_level_is_one_of_the_plans(word):
    found = of("级别", word, 级别年份=[2022])
    assert codes(found) == []
    assert found.accepted[["level", "level_year"]].iloc[0].tolist() == ["provincial", 2022]


@pytest.mark.parametrize("given", [1899, date.today().year + 1, "去年", 2022.5])
@pytest.mark.parametrize(
    ("header", "word"), [("建成年份", "建成年份(built_year)"), ("级别年份", "级别年份(level_year)")]
)
def test_a_year_of_what_has_happened_lies_in_the_past(header, word, given):
    found = of(header, given)
    (fault,) = found.faults
    assert (fault.code, found.accepted_count) == ("bad_year", 0)
    assert str(fault.message).startswith(f"{word}不对:")
    assert str(fault.fix) == "请写 1900 年到今年之间的年份;没有就空着"


def test_what_counts_for_no_year_is_told_and_stored():
    found = report(collection(base(floor_area=2000, level="省级")), BASES)
    assert codes(found) == ["uncounted", "uncounted"]
    assert found.accepted[["floor_area", "level"]].iloc[0].tolist() == [2000.0, "provincial"]


def test_a_file_without_these_columns_leaves_the_stored_ones_and_their_year_counts():
    held = stored(
        BASES, {"id": "b1", "name": "A", "stage": "maker", "floor_area": 900.0, "built_year": 2022}, at=[IN_ZONE]
    )
    assert report(collection(base()), BASES, existing=held).accepted["floor_area"].tolist() == [900.0]
    added = report(collection(base(floor_area=1000)), BASES, existing=held)
    assert "uncounted" not in codes(added)
    assert added.accepted[["floor_area", "built_year"]].iloc[0].tolist() == [1000.0, 2022]
