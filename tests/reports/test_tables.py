"""Coverage, layers and faults as files: what is in them, and what never runs."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from dataclasses import dataclass, replace

import openpyxl
import pytest
import shapely
from shapely import LineString, MultiLineString, Point, box

from geo.errors import InputError
from geo.i18n import Message, message
from geo.model import COLUMNS, Layer, feature_frame
from geo.reports import coverage_file, faults_csv, layer_file
from geo.reports.cells import Grid, clean, guarded, to_csv, to_xlsx

FORMULA = re.compile(r"^\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
NUMBER = re.compile(r"^-?\d+(\.\d+)?$")


def read_csv(data: bytes) -> list[dict[str, str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def read_xlsx(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def formulas(data: bytes) -> list[str]:
    """Sheets of the workbook's own XML that hold a formula."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        sheets = [name for name in book.namelist() if name.startswith("xl/worksheets/")]
        assert sheets
        return [name for name in sheets if re.search(rb"<f[ >/]", book.read(name))]


def test_coverage_csv_tells_the_verdict_and_how_it_was_made(judge, facilities, bases, pack, facts):
    rows = read_csv(coverage_file(judge(facilities), "csv", bases, pack, facts, "zh"))
    assert len(rows) == 4
    assert rows[0] | {"最近(米)": ""} == {
        "基地编号": "b0",
        "基地": "甲基地",
        "片区": "东片",
        "产业集群": "集群",
        "配套": "学校",
        "结论": "达标",
        "标准(米)": "500.0",
        "最近(米)": "",
        "最近设施编号": "f0",
        "最近设施": "一小",
        "标准距离内(处)": "1",
        "适用情形": "城区",
        "依据": "第 1 条",
        "依据可信度": "中",
        "依据出处": "source",
        "示例数据": "否",
        "标准": "试行标准",
        "服务半径": "按标准",
        "距离算法": "直线距离",
        "数据修订号": "7",
        "数据日期": "2024-05-06",
    }
    assert float(rows[0]["最近(米)"]) == pytest.approx(98.4, abs=0.2)
    assert [row["结论"] for row in rows] == ["达标", "缺口", "达标", "缺口"]
    assert [row["示例数据"] for row in rows] == ["否", "是", "否", "是"]
    assert rows[2]["片区"] == ""


def test_no_facility_leaves_blanks_not_nan(judge, facilities, bases, pack, facts):
    table = judge(facilities.iloc[:1])
    row = read_csv(coverage_file(table, "csv", bases, pack, facts, "zh"))[1]
    assert (row["配套"], row["最近(米)"], row["最近设施"]) == ("医院", "", "")
    book = read_xlsx(coverage_file(table, "xlsx", bases, pack, facts, "zh"))
    assert book.worksheets[0]["H3"].value is None


def test_names_follow_the_language_as_far_as_they_go(judge, facilities, bases, pack, facts):
    collection = json.loads(coverage_file(judge(facilities), "geojson", bases, pack, facts, "en"))
    told = [feature["properties"] for feature in collection["features"]]
    assert [row["base"] for row in told] == ["Base A", "Base A", "乙基地", "乙基地"]
    assert [row["nearest_name"] for row in told[:2]] == ["School One", "示例医院"]
    assert (told[0]["category"], told[0]["category_name"], told[0]["certainty"]) == ("school", "School", "medium")


def test_coverage_geojson_keeps_ids_figures_flags_and_facts(judge, facilities, bases, pack, facts):
    own = replace(facts, radius_m=800.0)
    collection = json.loads(coverage_file(judge(facilities), "geojson", bases, pack, own, "zh"))
    assert collection["facts"] == {
        "standard": "试行标准",
        "profile": None,
        "radius_m": 800.0,
        "metric": "straight",
        "revision": 7,
        "data_date": "2024-05-06",
        "sample": True,
    }
    first, second = collection["features"][:2]
    assert first["geometry"] == {"type": "Point", "coordinates": [120.95, 28.1]}
    assert (first["properties"]["covered"], second["properties"]["covered"]) == (True, False)
    assert (first["properties"]["sample"], second["properties"]["sample"]) == (False, True)
    assert first["properties"]["threshold_m"] == 500.0


def test_coverage_xlsx_has_a_sheet_of_facts(judge, facilities, bases, pack, facts):
    book = read_xlsx(coverage_file(judge(facilities), "xlsx", bases, pack, facts, "zh"))
    assert book.sheetnames == ["覆盖缺口", "说明"]
    assert [cell.value for cell in book.worksheets[0][2]][:7] == ["b0", "甲基地", "东片", "集群", "学校", "达标", 500]
    assert dict(book["说明"].iter_rows(min_row=2, values_only=True)) == {
        "标准": "试行标准",
        "适用情形": "按片区",
        "服务半径": "按标准",
        "距离算法": "直线距离",
        "数据修订号": "7",
        "数据日期": "2024-05-06",
        "示例数据": "含示例数据,非真实设施",
    }


def test_a_layer_keeps_its_values_and_gains_coordinates(bases, facts):
    plain = replace(facts, standard=None, sample=False)
    rows = read_csv(layer_file(bases, Layer.BASES, "csv", plain, "zh"))
    assert rows[0]["示范年度"] == "2023"
    assert rows[1]["示范年度"] == ""
    assert (rows[0]["经度"], rows[0]["纬度"]) == ("120.95", "28.1")
    assert rows[1]["位置可信度"] == "district"
    assert "标准" not in rows[0]
    book = read_xlsx(layer_file(bases, Layer.BASES, "xlsx", plain, "zh"))
    assert book.sheetnames == ["孵化基地", "说明"]
    assert [row[0].value for row in book["说明"].iter_rows(min_row=2)] == ["数据修订号", "数据日期", "示例数据"]


def test_a_layer_as_geojson_carries_the_stored_columns(facilities, facts):
    collection = json.loads(layer_file(facilities, Layer.FACILITIES, "geojson", facts, "zh"))
    assert list(collection["features"][0]["properties"]) == list(COLUMNS[Layer.FACILITIES])
    assert [feature["properties"]["sample"] for feature in collection["features"]] == [False, True]
    assert collection["features"][1]["properties"]["certainty"] == "synthetic"


LINE = LineString([(120.9, 28.0), (120.9, 28.2)])
OTHERS = {
    Layer.DISTRICTS: ({"name": "东片"}, box(120.9, 28.0, 121.0, 28.1), "片区"),
    Layer.TOWNS: ({"name": "柳市镇", "district": "liubai"}, box(120.9, 28.0, 121.0, 28.1), "乡镇街道"),
    Layer.ROADS: (
        {"name": "甬莞高速", "kind": "高速"},
        MultiLineString([LINE.coords, [(121, 28), (121, 28.1)]]),
        "道路",
    ),
    Layer.POPULATION: ({"name": "一村", "people": 1204.5}, Point(120.95, 28.1), "人口"),
}


@pytest.mark.parametrize("layer", OTHERS)
def test_every_other_layer_is_a_file_too(layer, facts):
    values, shape, title = OTHERS[layer]
    frame = feature_frame(layer, [{"id": "x", "certainty": "surveyed", **values}], [shape])
    (row,) = read_csv(layer_file(frame, layer, "csv", facts, "zh"))
    assert (row["编号"], row["名称"], row["示例数据"]) == ("x", values["name"], "否")
    assert shape.intersects(Point(float(row["经度"]), float(row["纬度"])))
    book = read_xlsx(layer_file(frame, layer, "xlsx", facts, "en"))
    assert len(list(book.worksheets[0].iter_rows())) == 2
    assert read_xlsx(layer_file(frame, layer, "xlsx", facts, "zh")).sheetnames == [title, "说明"]
    (feature,) = json.loads(layer_file(frame, layer, "geojson", facts, "zh"))["features"]
    assert list(feature["properties"]) == list(COLUMNS[layer])
    assert feature["properties"].items() >= values.items()
    assert shapely.from_geojson(json.dumps(feature["geometry"])).equals(shape)


def test_people_that_nobody_counted_are_a_blank(facts):
    frame = feature_frame(Layer.POPULATION, [{"id": "x", "name": "一村"}], [Point(121, 28)])
    (row,) = read_csv(layer_file(frame, Layer.POPULATION, "csv", facts, "zh"))
    assert row["人口(人)"] == ""
    (feature,) = json.loads(layer_file(frame, Layer.POPULATION, "geojson", facts, "zh"))["features"]
    assert feature["properties"]["people"] is None


@pytest.mark.parametrize("kind", ["csv", "xlsx", "geojson"])
def test_empty_inputs_give_whole_files(kind, judge, facilities, bases, pack, facts):
    table = coverage_file(judge(facilities).iloc[:0], kind, bases, pack, facts, "zh")
    layer = layer_file(facilities.iloc[:0], Layer.FACILITIES, kind, facts, "zh")
    for data in (table, layer):
        if kind == "csv":
            assert read_csv(data) == []
        elif kind == "xlsx":
            assert read_xlsx(data).worksheets[0].max_row == 1
        else:
            assert json.loads(data)["features"] == []


def test_an_unknown_kind_names_the_known_ones(judge, facilities, bases, pack, facts):
    with pytest.raises(InputError, match="不能导出为 pdf:请选 csv、xlsx、geojson"):
        coverage_file(judge(facilities), "pdf", bases, pack, facts, "zh")
    with pytest.raises(InputError, match="不能导出为 pdf"):
        layer_file(bases, Layer.BASES, "pdf", facts, "zh")


def test_no_text_in_csv_can_run(judge, hostile_facilities, bases, pack, facts):
    files = (
        layer_file(hostile_facilities, Layer.FACILITIES, "csv", facts, "en"),
        coverage_file(judge(hostile_facilities), "csv", bases, pack, facts, "en"),
    )
    for data in files:
        cells = [cell for row in read_csv(data) for cell in row.values()]
        assert [cell for cell in cells if FORMULA.match(cell) and not NUMBER.match(cell)] == []
    rows = [list(row.values()) for row in read_csv(files[0])]
    assert [row[1] for row in rows][:2] == ["'=1+1", "'+1"]
    assert len(rows) == len(hostile_facilities)


def test_no_text_in_xlsx_can_run_and_none_is_changed(hostile_facilities, facts):
    data = layer_file(hostile_facilities, Layer.FACILITIES, "xlsx", facts, "zh")
    assert formulas(data) == []
    cells = [row[1] for row in read_xlsx(data)["配套设施"].iter_rows(min_row=2)]
    for cell, text in zip(cells, hostile_facilities["name"], strict=True):
        assert cell.data_type == "s"
        assert bool(cell.quotePrefix) is bool(FORMULA.match(text))
    assert cells[0].value == "=1+1"
    assert cells[11].value == "#N/A"


def test_the_formula_check_can_see_a_formula():
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = "=1+1"
    out = io.BytesIO()
    book.save(out)
    assert formulas(out.getvalue()) == ["xl/worksheets/sheet1.xml"]


@pytest.mark.parametrize("text", ["a\x00", "a\x1f", "a\ud800", "a\uffff"])
def test_what_no_file_can_hold_becomes_a_mark(text):
    assert clean(text) == guarded(text) == "a\ufffd"
    data = to_xlsx([Grid("s", (text,), ((text,),))])
    assert [row[0].value for row in read_xlsx(data)["s"].iter_rows()] == ["a\ufffd"] * 2
    assert to_csv(Grid("s", (text,), ())).decode("utf-8-sig") == "a\ufffd\r\n"


def test_a_cell_keeps_no_more_than_a_workbook_allows():
    data = to_xlsx([Grid("s" * 40, ("h",), (("x" * 40_000,),))])
    sheet = read_xlsx(data).worksheets[0]
    assert (len(sheet.title), len(sheet["A2"].value)) == (31, 32_767)


def test_geojson_keeps_text_as_it_is(hostile_facilities, facts):
    collection = json.loads(layer_file(hostile_facilities, Layer.FACILITIES, "geojson", facts, "zh"))
    told = [feature["properties"]["name"] for feature in collection["features"]]
    assert told[0] == "=1+1"
    assert "a\ufffdb\ufffd" in told


@dataclass(frozen=True)
class Fault:
    row: int | None
    id: str
    code: str
    severity: str
    message: Message
    fix: Message


def test_faults_are_listed_with_the_way_to_mend_them():
    faults = [
        Fault(3, "=b", "name-missing", "error", message("没有名称"), message("请填 {field}", field="name")),
        Fault(None, "", "odd", "warning", message("@奇怪"), message("请看")),
    ]
    rows = read_csv(faults_csv(faults, "zh"))
    assert rows == [
        {"行": "3", "编号": "'=b", "代码": "name-missing", "程度": "错误", "问题": "没有名称", "怎么改": "请填 name"},
        {"行": "", "编号": "", "代码": "odd", "程度": "提醒", "问题": "'@奇怪", "怎么改": "请看"},
    ]
    assert read_csv(faults_csv([], "zh")) == []
