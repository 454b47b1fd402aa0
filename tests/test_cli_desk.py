"""The upload desk at the command line: how files are read, the quarantine, differences, undos and backups."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import shapely
from typer.testing import Result

from geo import crs
from geo.crs import Datum
from geo.ingest import REPAIR_WORDS
from geo.store import queries
from tests.calling import Geo, history

PLACES = {
    "望海楼": (120.951, 28.031),
    "听涛阁": (120.962, 28.036),
    "观潮台": (120.973, 28.041),
    "揽月亭": (120.958, 28.047),
}
CORE = ["file", "layer", "features", "accepted", "rejected", "faults"]


def as_csv(path: Path, head: Sequence[str], *rows: Sequence[Any]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([head, *rows])
    path.write_text(text.getvalue(), encoding="utf-8")
    return str(path)


def as_xlsx(path: Path, **sheets: Iterable[Sequence[Any]]) -> str:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return str(path)


def document(result: Result) -> Any:
    """The one JSON document on standard output."""
    return json.loads(result.stdout)


def exported(run: Geo, layer: str, *more: str) -> dict[str, dict[str, Any]]:
    """Name -> stored feature."""
    features = document(run("export", "--layer", layer, *more))["features"]
    return {feature["properties"]["name"]: feature for feature in features}


def metres(feature: dict[str, Any], lon: float, lat: float) -> float:
    there = crs.project(shapely.geometry.shape(feature["geometry"]), 4549)
    return float(shapely.distance(there, crs.project(shapely.Point(lon, lat), 4549)))


def refused(run: Geo, *args: str) -> dict[str, str]:
    """What is said in each language of a call that cannot be: on standard error, and with 2."""
    told = {}
    for lang in ("zh", "en"):
        result = run(*args, "--lang", lang)
        assert (result.stdout, result.exit_code) == ("", 2)
        told[lang] = result.stderr.splitlines()[-1]
    return told


# --- datum ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def stations(own, tmp_path, feature, as_file) -> str:
    """Four places stored on WGS-84, and the same four in a file as a web map has them; the file."""
    known = tmp_path / "known.geojson"
    known.write_bytes(as_file(*(feature(*at, id=n, name=n, category="school") for n, at in PLACES.items())))
    assert own("import", str(known), "--layer", "facilities").exit_code == 0
    shifted = {name: crs.from_wgs84(shapely.Point(at), Datum.GCJ02) for name, at in PLACES.items()}
    path = tmp_path / "mars.geojson"
    path.write_bytes(as_file(*(feature(p.x, p.y, id=n, name=n, category="school") for n, p in shifted.items())))
    return str(path)


@pytest.mark.parametrize("ask", [("--datum", "gcj02"), ("--repair", "shift_datum"), ("--datum=gcj02", "--repair=all")])
def test_a_gcj02_file_is_shifted_back_when_asked(own, stations, ask):
    result = own("import", stations, "--layer", "facilities", "--json", *ask)
    told = document(result)
    assert {(repair["kind"], repair["made"]) for repair in told["repairs"]} == {("shift_datum", True)}
    assert told["datum"]["datum"] == "gcj02"
    assert "datum_suspected" not in {fault["code"] for fault in told["faults"]}
    assert result.exit_code == 0
    stored = exported(own, "facilities")
    assert all(metres(stored[name], *at) < 1 for name, at in PLACES.items())


@pytest.mark.parametrize("ask", [(), ("--datum", "auto"), ("--repair", "all")])
def test_a_datum_is_told_and_proposed_but_not_applied_unasked(own, stations, ask):
    result = own("import", stations, "--layer", "facilities", "--json", *ask)
    told = document(result)
    (fault,) = [fault for fault in told["faults"] if fault["code"] == "datum_suspected"]
    assert (fault["row"], fault["severity"]) == (None, "warning")
    assert "GCJ-02" in fault["message"]
    assert {(repair["kind"], repair["made"]) for repair in told["repairs"]} == {("shift_datum", False)}
    assert (told["datum"]["datum"], 400 < told["datum"]["shift_m"] < 700) == ("gcj02", True)
    assert result.exit_code == 0
    stored = exported(own, "facilities")
    assert all(400 < metres(stored[name], *at) < 700 for name, at in PLACES.items())


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("zh", "可以修:换算坐标基准,4 行;同意请加 --repair shift_datum。"),
        ("en", "Can be repaired: Convert the datum, 4 rows; to agree add --repair shift_datum."),
    ],
)
def test_people_are_told_what_could_be_repaired_and_what_was(own, stations, lang, said):
    lines = own("validate", stations, "--layer", "facilities", "--lang", lang).stdout.splitlines()
    assert lines[-1] == said
    made = own("validate", stations, "--layer", "facilities", "--datum", "gcj02").stdout.splitlines()
    assert made[-1] == "已修:换算坐标基准,4 行。"


def test_a_datum_that_is_said_to_be_wgs84_is_left_alone(own, stations):
    told = document(own("validate", stations, "--layer", "facilities", "--datum", "wgs84", "--json"))
    assert "datum_suspected" not in {fault["code"] for fault in told["faults"]}
    assert "repairs" not in told
    for said in refused(own, "validate", stations, "--layer=bases", "--datum=mars").values():
        assert said.endswith("python -m geo validate --help")


# --- columns -------------------------------------------------------------------------------------------------------


def test_an_excel_sheet_with_chinese_headers_is_imported(own, tmp_path):
    head = ["基地名称", "载体类型", "经度", "纬度", "备注"]
    path = as_xlsx(tmp_path / "一览.xlsx", 一览=[head, ["滨海创客", "众创空间", 120.96, 28.03, "待建"]])
    result = own("import", path, "--layer", "bases", "--json")
    told = document(result)
    assert list(told)[: len(CORE)] == CORE
    assert (told["file"], told["accepted"], told["rejected"]) == ("一览.xlsx", 1, 0)
    assert told["columns"] == {"基地名称": "name", "载体类型": "stage", "经度": "lon", "纬度": "lat", "备注": "note"}
    assert result.exit_code == 0
    base = exported(own, "bases")["滨海创客"]
    assert (base["properties"]["stage"], base["properties"]["note"]) == ("maker", "待建")
    assert base["geometry"]["coordinates"] == [120.96, 28.03]
    people = own("validate", path, "--layer", "bases").stdout
    assert "认出的列(不对的请用 --map 改):基地名称=name、载体类型=stage、经度=lon、纬度=lat、备注=note\n" in people


@pytest.fixture
def two_names(tmp_path) -> str:
    """A table of which either of two columns may be the name."""
    head = ["名称", "俗称", "阶段", "经度", "纬度"]
    return as_csv(tmp_path / "两名.csv", head, ["甲园", "老甲", "maker", 120.96, 28.03])


def test_a_column_is_what_it_is_said_to_be(own, two_names):
    assert document(own("validate", two_names, "--layer", "bases", "--json"))["columns"]["名称"] == "name"
    told = document(own("import", two_names, "--layer=bases", "--map", "俗称=name", "--map", "名称=note", "--json"))
    assert (told["columns"]["俗称"], told["columns"]["名称"]) == ("name", "note")
    assert exported(own, "bases")["老甲"]["properties"]["note"] == "甲园"
    assert history(own)[0]["details"]["columns"] == {"俗称": "name", "名称": "note"}


def test_an_empty_field_leaves_a_column_out(own, two_names):
    told = document(own("validate", two_names, "--layer=bases", "--map", "名称=", "--json"))
    assert "名称" not in told["columns"]
    assert "missing_name" in {fault["code"] for fault in told["faults"]}


def test_what_was_said_of_columns_is_remembered_until_something_else_is_said(own, two_names, tmp_path):
    own("import", two_names, "--layer=bases", "--map", "俗称=name", "--map", "名称=")
    head = ["名称", "俗称", "阶段", "经度", "纬度"]
    again = as_csv(tmp_path / "又.csv", head, ["乙园", "老乙", "maker", 120.97, 28.04])
    result = own("import", again, "--layer=bases", "--json")
    assert document(result)["columns"]["俗称"] == "name"
    assert "上次同样的表头作过决定,照此读列和词;要另定,请用 --map 或 --word。" in result.stderr
    assert {"老甲", "老乙"} <= set(exported(own, "bases"))
    other = own("import", again, "--layer=bases", "--map", "名称=name", "--map", "俗称=note", "--json")
    assert (document(other)["columns"]["名称"], document(other)["columns"]["俗称"]) == ("name", "note")
    assert "上次同样的表头" not in other.stderr
    third = document(own("validate", two_names, "--layer=bases", "--json"))
    assert third["columns"]["名称"] == "name"


@pytest.mark.parametrize(
    ("columns", "zh", "en"),
    [
        (
            ["别称=name"],
            "文件里没有“别称”这一列:请从这些里选:名称、俗称、阶段、经度、纬度。",
            "The file has no column “别称”",
        ),
        (
            ["名称=colour"],
            "没有字段“colour”:请从这些里选:id 是编号(id)、name 是名称(name)、",
            "There is no field “colour”",
        ),
        (["名称"], "看不懂“--map 名称”:", "--map 名称 cannot be read"),
        (["=name"], "看不懂“--map =name”:", "--map =name cannot be read"),
        (["名称=name", "俗称=name"], "--map 里“name”写了两次", "“name” is there twice in --map"),
        (["名称=name", "名称=note"], "--map 里“名称”写了两次", "“名称” is there twice in --map"),
    ],
)
@pytest.mark.parametrize("command", ["validate", "import"])
def test_a_column_that_cannot_be_meant_ends_with_2(geo, two_names, command, columns, zh, en):
    asked = [word for text in columns for word in ("--map", text)]
    said = refused(geo, command, two_names, "--layer=bases", "--json", *asked)
    assert said["zh"].startswith(zh)
    assert said["en"].startswith(en)


def test_a_file_with_shapes_takes_no_column_for_its_longitude(geo, tmp_path, feature, as_file):
    path = tmp_path / "a.geojson"
    path.write_bytes(as_file(feature(name="甲", stage="maker", east=120.96)))
    said = refused(geo, "validate", str(path), "--layer=bases", "--map", "east=lon")
    assert said["zh"].startswith("没有字段“lon”:请从这些里选:id 是编号(id)、")
    assert "经度" not in said["zh"]


# --- words ---------------------------------------------------------------------------------------------------------


def workshops(path: Path, name: str) -> str:
    return as_csv(path, ["name", "stage", "lon", "lat"], [name, "手工坊", 120.96, 28.03])


def test_a_word_means_what_it_is_said_to_mean_and_goes_on_meaning_it(own, tmp_path):
    first = workshops(tmp_path / "a.csv", "甲坊")
    result = own("validate", first, "--layer=bases")
    assert "不认识的词可以用 --word stage:词=编号 指明:stage:手工坊\n" in result.stdout
    assert result.exit_code == 1
    told = document(own("import", first, "--layer=bases", "--word", "stage:手工坊=maker", "--json"))
    assert (told["rejected"], told["revision"]["details"]["words"]) == (0, [["stage", "手工坊", "maker"]])
    second = workshops(tmp_path / "b.csv", "乙坊")
    assert own("import", second, "--layer=bases").exit_code == 0
    by_name = own("import", workshops(tmp_path / "c.csv", "丙坊"), "--layer=bases", "--word", "stage:手工坊=孵化器")
    assert by_name.exit_code == 0
    stages = {name: base["properties"]["stage"] for name, base in exported(own, "bases").items()}
    assert (stages["甲坊"], stages["乙坊"], stages["丙坊"]) == ("maker", "maker", "incubator")


@pytest.mark.parametrize(
    ("word", "zh", "en"),
    [
        ("手工坊=maker", "看不懂“--word 手工坊=maker”:", "--word 手工坊=maker cannot be read"),
        ("stage:手工坊=", "看不懂“--word", "--word"),
        (
            "category:手工坊=school",
            "没有字段“category”:请从这些里选:stage 是孵化阶段(stage)、",
            "There is no field “category”",
        ),
        ("stage:手工坊=shed", "没有编号“shed”:请从这些里选:", "There is no id “shed”: choose one of "),
    ],
)
def test_a_word_that_cannot_be_meant_ends_with_2(geo, tmp_path, word, zh, en):
    said = refused(geo, "validate", workshops(tmp_path / "a.csv", "甲坊"), "--layer=bases", "--word", word)
    assert said["zh"].startswith(zh)
    assert said["en"].startswith(en)


# --- repairs -------------------------------------------------------------------------------------------------------


@pytest.fixture
def swapped(tmp_path, feature, as_file) -> str:
    """Longitude and latitude the wrong way round, and a control character in a name."""
    path = tmp_path / "swapped.geojson"
    rows = feature(28.03, 120.96, name="反了", stage="maker"), feature(name="有\x07铃", stage="maker")
    path.write_bytes(as_file(*rows))
    return str(path)


@pytest.mark.parametrize(
    ("repairs", "made", "code"),
    [
        ((), set(), 1),
        (("swap_axes",), {"swap_axes"}, 1),
        (("swap_axes", "strip_controls"), {"swap_axes", "strip_controls"}, 0),
        (("all",), {"swap_axes", "strip_controls"}, 0),
    ],
)
def test_only_agreed_repairs_are_made(own, swapped, repairs, made, code):
    asked = [word for kind in repairs for word in ("--repair", kind)]
    result = own("import", swapped, "--layer=bases", "--json", *asked)
    told = document(result)
    assert {repair["kind"] for repair in told["repairs"]} == {"swap_axes", "strip_controls"}
    assert {repair["kind"] for repair in told["repairs"] if repair["made"]} == made
    assert (told["rejected"], result.exit_code) == (2 - len(made), code)
    stored = exported(own, "bases")
    assert ("反了" in stored, "有铃" in stored) == (code == 0, code == 0)
    if code == 0:
        assert stored["反了"]["geometry"]["coordinates"] == [120.96, 28.03]
        assert history(own)[0]["details"]["repairs"] == {"swap_axes": [1], "strip_controls": [2]}


def test_an_unknown_repair_names_the_known_ones(geo, swapped):
    said = refused(geo, "import", swapped, "--layer=bases", "--repair", "magic")
    assert said["zh"].startswith("没有“magic”这种修复:请从这些里选:all、swap_axes 是对调经度和纬度、")
    assert all(kind in said["en"] for kind in REPAIR_WORDS)


# --- sheets and systems --------------------------------------------------------------------------------------------


def test_a_sheet_is_chosen_by_name(own, tmp_path):
    head = ["name", "stage", "lon", "lat"]
    path = as_xlsx(
        tmp_path / "两张.xlsx", 旧=[head, ["旧园", "maker", 120.96, 28.03]], 新=[head, ["新园", "maker", 120.97, 28.04]]
    )
    assert own("import", path, "--layer=bases", "--table", "新").exit_code == 0
    assert {"旧园", "新园"} & set(exported(own, "bases")) == {"新园"}
    assert history(own)[0]["details"]["table"] == "新"
    said = refused(own, "validate", path, "--layer=bases", "--table", "中")
    assert said["zh"] == "文件里没有名为“中”的表或图层:请从这些里选:旧、新。"


def test_a_file_without_sheets_has_none_to_choose(geo, two_names):
    said = refused(geo, "validate", two_names, "--layer=bases", "--table", "新")
    assert said["zh"] == "这种文件里没有可选的表或图层,找不到“新”:请不要指定。"
    assert said["en"].startswith("A file of this kind has no sheets")


def test_projected_numbers_are_read_in_the_system_that_is_named(own, tmp_path):
    place = crs.project(shapely.Point(120.96, 28.03), 4549)
    path = as_csv(tmp_path / "grid.csv", ["name", "stage", "x", "y"], ["测点", "maker", place.x, place.y])
    assert document(own("validate", path, "--layer=bases", "--json"))["rejected"] == 1
    assert own("import", path, "--layer=bases", "--epsg", "4549").exit_code == 0
    assert metres(exported(own, "bases")["测点"], 120.96, 28.03) < 0.01
    said = refused(own, "validate", path, "--layer=bases", "--epsg", "99")
    assert said["zh"] == "EPSG:99 不是平面或经纬度的坐标系:请核对代码。"


SQUARE = [[120.95, 28.03], [120.96, 28.03], [120.96, 28.04], [120.95, 28.04], [120.95, 28.03]]


@pytest.mark.parametrize(
    ("layer", "kind", "coordinates", "properties"),
    [
        ("bases", "Point", SQUARE[0], {"name": "园", "stage": "maker"}),
        ("facilities", "Point", SQUARE[0], {"name": "校", "category": "school"}),
        ("districts", "Polygon", [SQUARE], {"id": "liubai", "name": "柳白"}),
        ("towns", "Polygon", [SQUARE], {"name": "北白象镇", "district": "柳白"}),
        ("roads", "LineString", SQUARE[:2], {"name": "路", "kind": "primary"}),
        ("population", "Point", SQUARE[0], {"people": 1200}),
    ],
)
def test_every_layer_is_imported_and_exported(own, tmp_path, layer, kind, coordinates, properties):
    path = tmp_path / "layer.geojson"
    geometry = {"type": kind, "coordinates": coordinates}
    row = {"type": "Feature", "properties": properties, "geometry": geometry}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [row]}), encoding="utf-8")
    result = own("import", str(path), "--layer", layer, "--json")
    assert (document(result)["revision"]["added"], result.exit_code) == (1, 0)
    assert own("export", "--layer", layer, "--format", "csv").exit_code == 0
    stored = document(own("export", "--layer", layer))["features"]
    assert geometry["type"] in {feature["geometry"]["type"] for feature in stored}


# --- quarantine ----------------------------------------------------------------------------------------------------


@pytest.fixture
def half_bad(tmp_path, feature, as_file) -> str:
    """One good row, one in the sea, one without a stage that is known."""
    path = tmp_path / "half.geojson"
    rows = (
        feature(name="好", stage="maker"),
        feature(121.3, 28.0, name="海里", stage="maker"),
        feature(120.97, 28.04, name="什么", stage="shed"),
    )
    path.write_bytes(as_file(*rows))
    return str(path)


def waiting(run: Geo, *more: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document(run("quarantine", "--json", *more))
    return found


def test_bad_rows_go_to_the_quarantine_only_when_good_ones_are_accepted(own, half_bad):
    refusing = own("import", half_bad, "--layer=bases", "--json")
    assert (document(refusing)["revision"], "quarantine" in document(refusing)) == (None, False)
    assert refusing.stderr.endswith("或加 --accept-valid,存入没有错的 1 行,有错的留作待改。\n")
    assert (waiting(own), len(history(own))) == ([], 1)
    dry = own("import", half_bad, "--layer=bases", "--accept-valid", "--dry-run")
    assert dry.stderr.endswith("试运行,没有写入:实际运行会存入 1 行。\n试运行:有错的 2 行会留作待改。\n")
    assert waiting(own) == []
    result = own("import", half_bad, "--layer=bases", "--accept-valid", "--author", "林工", "--json")
    (upload,) = waiting(own)
    assert document(result)["quarantine"] == upload
    assert list(upload) == [
        *("id", "layer", "file", "sha256", "author", "at", "revision", "accepted", "rejected", "open"),
    ]
    assert [upload[key] for key in ("id", "layer", "file", "author", "revision", "accepted", "rejected", "open")] == [
        *(1, "bases", "half.geojson", "林工", 2, 1, 2, 2),
    ]
    assert result.exit_code == 1


def test_a_file_without_a_good_row_is_kept_whole_in_the_quarantine(own, tmp_path, feature, as_file):
    path = tmp_path / "sea.geojson"
    path.write_bytes(as_file(feature(121.3, 28.0, name="海里", stage="maker")))
    refusing = own("import", str(path), "--layer=bases", "--lang=en")
    assert refusing.stderr.endswith("or add --accept-valid to keep the bad rows in quarantine.\n")
    result = own("import", str(path), "--layer=bases", "--accept-valid", "--json")
    assert (document(result)["revision"], document(result)["quarantine"]["open"]) == (None, 1)
    assert "没有一行可存,所以没有新的修订。\n有错的 1 行留作待改:" in result.stderr
    assert (result.exit_code, len(history(own))) == (1, 1)


def test_the_quarantine_is_listed_and_shown_in_both_forms(own, half_bad):
    assert own("quarantine").stderr == "没有待改的行。\n"
    own("import", half_bad, "--layer=bases", "--accept-valid", "--author", "林工")
    head, row = own("quarantine").stdout.splitlines()
    assert head.split() == ["编号", "时间", "谁", "图层", "文件", "修订", "待改", "有错"]
    assert row.split()[3:] == ["林工", "孵化基地", "half.geojson", "2", "2", "2"]
    shown = document(own("quarantine", "show", "1", "--json", "--lang=en"))
    assert (shown["id"], [one["row"] for one in shown["rows"]]) == (1, [2, 3])
    sea = shown["rows"][0]
    assert sea["feature"]["properties"]["name"] == "海里"
    assert [reason["code"] for reason in sea["reasons"]] == ["in_sea"]
    assert sea["reasons"][0]["message"].startswith("It lies in the sea")
    lines = own("quarantine", "show", "1").stdout.splitlines()
    assert lines[0] == "half.geojson(孵化基地):2 行待改。"
    assert lines[1].startswith("第 2 行 [错误 in_sea] 落在海里")
    assert lines[2].startswith("第 3 行 [错误 unknown_stage] ")


def test_a_row_mended_in_geojson_leaves_the_quarantine(own, half_bad, tmp_path):
    own("import", half_bad, "--layer=bases", "--accept-valid")
    path = tmp_path / "mend.geojson"
    result = own("quarantine", "export", "1", "-o", str(path))
    assert (result.stdout, result.exit_code) == ("", 0)
    assert result.stderr == "已导出待改的 2 行:改好后用 import 导入,改好的行就会离开。\n"
    collection = json.loads(path.read_bytes())
    sea = next(row for row in collection["features"] if row["properties"]["name"] == "海里")
    assert "落在海里" in sea["faults"][0]
    sea["geometry"]["coordinates"] = [120.98, 28.05]
    path.write_text(json.dumps(collection), encoding="utf-8")
    again = own("import", str(path), "--layer=bases", "--accept-valid", "--json")
    assert (document(again)["accepted"], document(again)["rejected"], again.exit_code) == (1, 1, 1)
    assert "其中 1 行是从待改的行里改好的。" in again.stderr
    (upload,) = waiting(own)  # the row that is still wrong waits once, as it stands now
    assert (upload["id"], upload["file"], upload["open"]) == (2, "mend.geojson", 1)
    assert "海里" in exported(own, "bases")


def test_a_row_mended_in_excel_leaves_the_quarantine(own, half_bad, tmp_path):
    own("import", half_bad, "--layer=bases", "--accept-valid")
    path = tmp_path / "mend.xlsx"
    assert own("quarantine", "export", "1", "--format", "xlsx", "-o", str(path)).exit_code == 0
    book = openpyxl.load_workbook(path)
    head, *rows = book.worksheets[0].iter_rows()
    place = {cell.value: cell.column - 1 for cell in head}
    rows[0][place["经度"]].value, rows[0][place["纬度"]].value = 120.98, 28.05
    rows[1][place["stage"]].value = "maker"
    book.save(path)
    again = own("import", str(path), "--layer=bases", "--json")
    assert (document(again)["accepted"], document(again)["rejected"], again.exit_code) == (2, 0, 0)
    assert "其中 2 行是从待改的行里改好的。" in again.stderr
    assert waiting(own) == []
    (upload,) = waiting(own, "--all")
    assert (upload["open"], upload["rejected"]) == (0, 2)
    assert {"好", "海里", "什么"} <= set(exported(own, "bases"))


def test_rows_are_given_up_and_stay_on_record(own, half_bad):
    own("import", half_bad, "--layer=bases", "--accept-valid")
    result = own("quarantine", "discard", "1", "--json")
    assert (document(result), result.stderr, result.exit_code) == ({"id": 1, "discarded": 2}, "已放弃 2 行。\n", 0)
    assert waiting(own) == []
    assert [upload["rejected"] for upload in waiting(own, "--all")] == [2]
    assert document(own("quarantine", "discard", "1", "--json")) == {"id": 1, "discarded": 0}


@pytest.mark.parametrize("command", ["show", "export", "discard"])
def test_an_upload_that_is_not_there_ends_with_2(geo, command):
    said = refused(geo, "quarantine", command, "7")
    assert said["zh"] == "没有第 7 次上传:请刷新后再看。"


# --- differences ---------------------------------------------------------------------------------------------------


@pytest.fixture
def put(own, tmp_path, feature, as_file) -> Any:
    """Stores bases as the next revision."""

    def put(*rows: dict[str, Any]) -> int:
        path = tmp_path / "put.geojson"
        path.write_bytes(as_file(*(feature(**{"stage": "maker", **row}) for row in rows)))
        number: int = document(own("import", str(path), "--layer=bases", "--json"))["revision"]["number"]
        return number

    return put


def test_a_difference_is_told_field_by_field(own, put):
    put({"id": "b1", "name": "一"})
    put({"id": "b1", "name": "二", "lon": 120.97})
    result = own("diff", "2", "3", "--json")
    told = document(result)
    (one,) = told.pop("differences")
    assert (told, result.exit_code) == ({"old": 2, "new": 3}, 0)
    assert [one[key] for key in ("layer", "id", "name", "op")] == ["bases", "b1", "二", "change"]
    fields = {field["field"]: (field["old"], field["new"]) for field in one["fields"]}
    assert fields["name"] == ("一", "二")
    assert [side["coordinates"] for side in fields["geometry"]] == [[120.96, 28.03], [120.97, 28.03]]
    back = document(own("diff", "3", "2", "--json"))["differences"][0]
    assert {field["field"]: field["new"] for field in back["fields"]}["name"] == "一"
    head, *lines = own("diff", "2", "3").stdout.splitlines()
    assert head.split() == ["图层", "编号", "名称", "做了什么", "哪一项", "旧", "新"]
    assert "Point 120.960000, 28.030000  Point 120.970000, 28.030000" in "".join(lines)
    assert any(line.split()[-3:] == ["名称(name)", "一", "二"] for line in lines)
    assert document(own("diff", "1", "2", "--json"))["differences"][0]["op"] == "add"
    same = own("diff", "3", "3")
    assert (same.stdout, same.stderr) == ("", "第 3 号修订到第 3 号修订:0 处不同。\n")


def test_an_added_and_a_removed_feature_take_one_line(own, put):
    put({"id": "b1", "name": "一"})
    assert [line.split()[3:] for line in own("diff", "1", "2").stdout.splitlines()[1:]] == [["新增", "–", "–", "–"]]
    assert own("diff", "2", "1", "--lang=en").stdout.splitlines()[1].split()[3:] == ["Removed", "–", "–", "–"]


class Clock(datetime):
    """A day that the test chooses."""

    present: datetime

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        return cls.present.astimezone(tz)


def test_a_day_means_its_end_in_local_time(own, put, monkeypatch):
    monkeypatch.setattr(queries, "datetime", Clock)
    midnight = datetime(2030, 5, 2).astimezone()
    Clock.present = midnight - timedelta(hours=1)
    put({"id": "b1", "name": "一"})
    Clock.present = midnight + timedelta(minutes=1)
    put({"id": "b1", "name": "二"})
    told = document(own("diff", "2030-05-01", "2030-05-02", "--json"))
    assert (told["old"], told["new"]) == (2, 3)
    assert document(own("diff", "2030-04-30", "2031-01-01", "--json"))["old"] == 0
    assert "一" in exported(own, "bases", "--at", "2030-05-01")
    assert "一" in exported(own, "bases", "--at", "2")
    newest = own("export", "--layer=bases", "--at", "2030-05-02")
    assert "二" in newest.stdout
    assert "数据为第 3 号修订" in newest.stderr


@pytest.mark.parametrize(
    ("args", "zh"),
    [
        (("diff", "1", "9"), "没有修订 9:"),
        (("diff", "one", "1"), "“one”不是修订号,也不是日期:"),
        (("diff", "1", "2030-13-01"), "“2030-13-01”不是修订号,也不是日期:"),
        (("export", "--layer=bases", "--at", "9"), "没有修订 9:"),
        (("export", "--layer=bases", "--at", "2001-01-01"), "没有修订 0:"),
    ],
)
def test_a_revision_that_is_not_there_ends_with_2(geo, args, zh):
    assert refused(geo, *args)["zh"].startswith(zh)


def test_the_history_tells_how_a_file_was_read(own, swapped, two_names):
    own("import", swapped, "--layer=bases", "--repair=all", "--datum=wgs84")
    own("import", two_names, "--layer=bases", "--map", "俗称=name", "--word", "stage:maker=孵化器")
    plain = own("history").stdout.splitlines()
    assert len(plain) == 1 + 3
    assert "上传(修了 2 处)" in plain[2]
    lines = own("history", "--details").stdout.splitlines()
    for line in (
        "    坐标基准: wgs84",
        "    修复: 删去看不见的控制字符(1 行)、对调经度和纬度(1 行)",
        "    格式: csv",
        "    指定的列: 俗称=name",
        "    指定的词: stage:maker=incubator",
        f"    文件指纹(SHA-256): {history(own)[0]['sha256']}",
    ):
        assert line in lines


# --- taking back ---------------------------------------------------------------------------------------------------


@pytest.fixture
def disputed(put) -> int:
    """A revision that changed two bases, of which later ones changed both again."""
    put({"id": "b1", "name": "一"}, {"id": "b2", "name": "甲", "lon": 120.98})
    number: int = put({"id": "b1", "name": "二"}, {"id": "b2", "name": "乙", "lon": 120.98})
    put({"id": "b1", "name": "三"}, {"id": "b2", "name": "丙", "lon": 120.98})
    return number


def test_an_undo_in_dispute_lists_what_is_to_be_decided(own, disputed):
    result = own("undo", str(disputed), "--json")
    told = document(result)
    assert (told["revision"], told["head"], result.exit_code) == (None, 4, 1)
    first = told["conflicts"][0]
    assert list(first) == ["layer", "id", "name", "op", "there", "later", "fields"]
    assert [first[key] for key in ("layer", "id", "op", "there", "later")] == ["bases", "b1", "change", True, [4]]
    assert {"field": "name", "before": "一", "after": "二", "now": "三"} in first["fields"]
    people = own("undo", str(disputed))
    assert people.stdout.splitlines()[0].startswith("bases:b1 ")
    assert "(第 4 号修订又改过)" in people.stdout
    assert "第 3 号修订里有 2 个要素后来又改过,所以没有撤销:" in people.stderr
    assert people.stderr.endswith("并加 --seen 4。\n")
    half = own("undo", str(disputed), "--keep", "bases:b1", "--json")
    assert ([one["id"] for one in document(half)["conflicts"]], half.exit_code) == (["b2"], 1)
    assert len(history(own)) == 4


def test_a_decided_undo_does_what_was_decided(own, disputed):
    asked = ("undo", str(disputed), "--keep", "bases:b1", "--revert", "bases:b2", "--seen", "4")
    result = own(*asked, "--author", "林工", "--json")
    revision = document(result)
    assert (revision["number"], revision["undoes"], revision["author"], revision["changed"]) == (5, 3, "林工", 1)
    assert result.exit_code == 0
    assert {"三", "甲"} <= set(exported(own, "bases"))
    assert "    决定: bases:b1 keep、bases:b2 revert" in own("history", "--details").stdout.splitlines()


def test_a_decision_that_was_overtaken_is_not_carried_out(own, disputed, put):
    put({"id": "b1", "name": "四"})
    asked = ("undo", str(disputed), "--revert", "bases:b1", "--revert", "bases:b2", "--seen", "4")
    assert refused(own, *asked)["zh"].startswith("这些要素刚刚又改过:")
    assert "四" in exported(own, "bases")


@pytest.mark.parametrize(
    ("decisions", "zh"),
    [
        (("--keep", "b1"), "看不懂要素“b1”:请写成 `图层:编号`,如 bases:b01;图层有 bases、facilities、"),
        (("--keep", "rivers:b1"), "看不懂要素“rivers:b1”"),
        (("--revert", "bases:"), "看不懂要素“bases:”"),
        (("--keep", "bases:b1", "--revert", "bases:b1"), "bases:b1 既写了 --keep 又写了 --revert"),
        (("--keep", "bases:b1", "--keep=bases:b2", "--keep=bases:b9"), "第 3 号修订没有改过这些要素"),
    ],
)
def test_a_decision_that_cannot_be_ends_with_2(own, disputed, decisions, zh):
    assert refused(own, "undo", str(disputed), *decisions)["zh"].startswith(zh)
    assert len(history(own)) == 4


# --- copies --------------------------------------------------------------------------------------------------------


def test_a_backup_is_put_back_and_what_was_there_is_kept(own, put, tmp_path):
    put({"id": "b1", "name": "一"})
    file = tmp_path / "copies" / "atlas.backup"
    result = own("backup", str(file))
    assert (result.stdout, result.stderr, result.exit_code) == ("", f"已备份到“{file}”。\n", 0)
    put({"id": "b2", "name": "二", "lon": 120.98})
    back = own("restore", str(file))
    (aside,) = tmp_path.glob("own.replaced-*.db")
    assert back.stderr.splitlines() == [
        f"已恢复为“{file}”里的数据。网页若正开着,请重新启动它。",
        f"原来的数据留在“{aside}”:确认不再需要后可以删去。",
    ]
    assert (back.stdout, back.exit_code) == ("", 0)
    assert [revision["number"] for revision in history(own)] == [2, 1]
    with sqlite3.connect(aside) as kept:
        assert kept.execute("SELECT max(number) FROM revision").fetchone() == (3,)
    kept.close()


def test_a_backup_goes_over_another_file_only_by_force(own, tmp_path):
    file = tmp_path / "atlas.backup"
    file.write_text("mine")
    assert refused(own, "backup", str(file))["zh"].startswith(f"文件“{file}”已存在:")
    assert file.read_text() == "mine"
    assert own("backup", str(file), "--force").exit_code == 0
    assert file.read_bytes().startswith(b"SQLite format 3\0")


def test_a_restore_needs_no_database_that_can_be_opened(own, tmp_path):
    file = tmp_path / "atlas.backup"
    assert own("backup", str(file)).exit_code == 0
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"no database at all" * 100)
    address = f"sqlite:///{broken}"
    assert own("restore", str(file), "--database", address).exit_code == 0
    assert [revision["kind"] for revision in document(own("history", "--json", "--database", address))] == ["seed"]


@pytest.mark.parametrize(
    ("content", "zh"), [(None, "文件“{file}”读不了或写不进"), (b"x" * 600, "“{file}”不是完好的数据库")]
)
def test_what_is_no_backup_is_refused(own, tmp_path, content, zh):
    assert len(history(own)) == 1
    file = tmp_path / "atlas.backup"
    if content is not None:
        file.write_bytes(content)
    assert refused(own, "restore", str(file))["zh"].startswith(zh.format(file=file))
    assert len(history(own)) == 1
