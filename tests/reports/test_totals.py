"""Coverage as plain rows, and summed up as rows and files."""

from __future__ import annotations

import csv
import io
import json

import pytest

from geo import coverage as cov
from geo.errors import InputError
from geo.reports import coverage_rows, totals_file, totals_rows
from geo.reports.tables import ROW_COLUMNS


@pytest.fixture
def totals(judge, facilities):
    table = judge(facilities)
    made_up = table.groupby(["district", "category"], sort=False)["sample"].any()
    return cov.summary(table, "district").assign(sample=made_up.to_numpy(dtype=bool))


def test_rows_are_plain_values_with_ids_and_names_in_the_readers_language(judge, facilities, bases, pack):
    rows = coverage_rows(judge(facilities), bases, pack, "en")
    assert len(rows) == 4
    assert all(tuple(row) == ROW_COLUMNS for row in rows)
    assert rows[0] | {"nearest_m": None} == {
        "base_id": "b0",
        "base": "Base A",
        "district": "d",
        "cluster": "c",
        "category": "school",
        "metric": "straight",
        "threshold_m": 500.0,
        "nearest_id": "f0",
        "nearest_m": None,
        "count_within": 1,
        "covered": True,
        "clause": "Clause 1",
        "sample": False,
    }
    assert rows[0]["nearest_m"] == pytest.approx(98.4, abs=0.2)
    assert {type(value) for row in rows for value in row.values()} == {str, float, int, bool}
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows


def test_no_facility_gives_null_not_nan(judge, facilities, bases, pack):
    rows = coverage_rows(judge(facilities.iloc[:0]), bases, pack, "zh")
    assert [(row["nearest_m"], row["nearest_id"], row["covered"]) for row in rows] == [(None, "", False)] * 4


def test_totals_name_each_district_and_say_where_there_is_none(totals, pack):
    rows = totals_rows(totals, "district", pack, "zh")
    assert rows[1] == {
        "district": "d",
        "name": "东片",
        "category": "clinic",
        "bases": 1,
        "covered": 0,
        "share": 0.0,
        "sample": True,
    }
    assert [(row["district"], row["name"]) for row in rows[1:3]] == [("d", "东片"), ("", "未写明")]
    assert [row["name"] for row in totals_rows(totals, "district", pack, "en")][::2] == ["East", "Not stated"]


def test_totals_csv_has_words_and_facts(totals, pack, facts):
    data = totals_file(totals, "district", "csv", pack, pack.district_areas, facts, "zh")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    first = {"片区": "东片", "配套": "学校", "基地数": "1", "达标的基地": "1", "达标率": "1.0", "示例数据": "否"}
    assert rows[0] | first == rows[0]
    assert {row["标准"] for row in rows} == {"试行标准"}
    assert len(rows) == 4


def test_totals_geojson_draws_the_districts(totals, pack, facts):
    collection = json.loads(totals_file(totals, "district", "geojson", pack, pack.district_areas, facts, "en"))
    assert collection["facts"]["revision"] == 7
    first, *_, last = collection["features"]
    assert first["geometry"]["type"] == "Polygon"
    assert (first["properties"]["district"], first["properties"]["name"]) == ("d", "East")
    assert last["geometry"] is None


@pytest.mark.parametrize(
    ("by", "kind", "text"), [("cluster", "geojson", "没有面"), ("district", "pdf", "不能导出为 pdf")]
)
def test_what_cannot_be_drawn_is_said_so(totals, pack, facts, by, kind, text):
    with pytest.raises(InputError, match=text):
        totals_file(totals, by, kind, pack, pack.district_areas, facts, "zh")
