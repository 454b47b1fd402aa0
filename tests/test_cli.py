"""The command line: in this process for what it says, as a process of its own for what the system sees of it."""

from __future__ import annotations

import csv
import getpass
import io
import json
import os
import pty
import re
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from shapely import LineString

from geo import usecases
from geo.cli.call import Call, environment_lang
from geo.cli.terminal import escaped, table
from geo.i18n import typeset
from geo.model import Layer
from geo.usecases import judging
from tests.calling import Geo, environment, history, invoke

ROOT = Path(__file__).parents[1]
COMMANDS = (
    "validate",
    "import",
    "import-osm",
    "coverage",
    "coverage-change",
    "access",
    "buffer",
    "plan",
    "export",
    "history",
    "diff",
    "undo",
    "quarantine",
    "packs",
    "backup",
    "restore",
)
OF_GROUPS = ("quarantine show", "quarantine export", "quarantine discard", "packs list", "packs check", "packs build")
ROW_KEYS = [
    "base_id",
    "base",
    "district",
    "cluster",
    "category",
    "metric",
    "threshold_m",
    "nearest_id",
    "nearest_m",
    "count_within",
    "covered",
    "clause",
    "sample",
]
STAGES = {
    "zh": ("读文件", "认列和词", "定位置", "查重复", "与库中比较"),
    "en": (
        "Reading the file",
        "Matching columns and words",
        "Placing rows",
        "Looking for repeats",
        "Comparing with the store",
    ),
}
CHINESE = re.compile("[\u4e00-\u9fff]")
SAMPLE_ZH = "含示例数据,非真实设施\n"


@pytest.fixture
def good(tmp_path: Path, feature, as_file) -> str:
    path = tmp_path / "good.geojson"
    path.write_bytes(as_file(feature(id="new", name="新孵化器", name_en="New Incubator", stage="孵化器")))
    return str(path)


@pytest.fixture
def faulty(tmp_path: Path, feature, as_file) -> str:
    """One good row and one in the sea."""
    path = tmp_path / "faulty.geojson"
    rows = feature(id="new", name="新孵化器", stage="孵化器"), feature(121.3, 28.0, name="海里", stage="maker")
    path.write_bytes(as_file(*rows))
    return str(path)


def progress(lang: str, name: str) -> str:
    """What a check tells of itself while it runs."""
    line = {"zh": "正在核对 {}:{}…\n", "en": "Checking {}: {}…\n"}[lang]
    return "".join(line.format(name, stage) for stage in STAGES[lang])


def base_ids(run: Geo) -> set[str]:
    collection = json.loads(run("export", "--layer", "bases").stdout)
    return {feature["properties"]["id"] for feature in collection["features"]}


# --- validate ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "said"),
    [("zh", "落在海里,离本县县界 26.1 公里"), ("en", "It lies in the sea, 26.1 km")],
)
def test_validate_tells_programs_each_fault(own, faulty, lang, said):
    result = own("--lang", lang, "validate", faulty, "--layer", "bases", "--json")
    report = json.loads(result.stdout)
    (fault,) = report.pop("faults")
    assert report == {"file": "faulty.geojson", "layer": "bases", "features": 2, "accepted": 1, "rejected": 1}
    assert list(fault) == ["row", "id", "code", "severity", "message", "fix"]
    assert (fault["row"], fault["id"], fault["code"], fault["severity"]) == (2, "海里", "in_sea", "error")
    assert fault["message"].startswith(said)
    assert result.stderr == progress(lang, "faulty.geojson")
    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("lang", "total", "row"),
    [
        ("zh", "faulty.geojson:共 2 行,可存 1 行,有错 1 行,提醒 0 条。", "第 2 行 海里 [错误 in_sea] 落在海里"),
        ("en", "faulty.geojson: 2 rows, 1 good, 1 with errors, 0 warnings.", "Row 2 海里 [Error in_sea] It lies in"),
    ],
)
def test_validate_tells_people_a_line_a_fault(geo, faulty, lang, total, row):
    result = geo("validate", faulty, "--layer", "bases", "--lang", lang)
    first, second = result.stdout.splitlines()
    assert first == total
    assert second.startswith(row)
    assert " → " in second
    assert result.exit_code == 1


def test_a_file_without_errors_is_fine_with_or_without_warnings(geo, good, tmp_path, feature, as_file):
    result = geo("validate", good, "--layer", "bases", "--json")
    assert (json.loads(result.stdout)["faults"], result.exit_code) == ([], 0)
    warned = tmp_path / "warned.geojson"
    warned.write_bytes(as_file(feature(name="新", stage="maker", colour="red")))
    result = geo("validate", str(warned), "--layer", "bases")
    assert "整个文件 [提醒 unknown_property] 1 行有这里用不到的字段:colour → " in result.stdout
    assert result.exit_code == 0


def test_validate_reads_standard_input(geo, as_file, feature):
    data = as_file(feature(name="一小", category="school"), {"type": "nothing"})
    result = geo("validate", "-", "--layer", "facilities", "--json", stdin=data)
    report = json.loads(result.stdout)
    assert (report["file"], report["accepted"], report["rejected"]) == ("stdin", 1, 1)
    assert report["faults"][0]["code"] == "not_a_feature"
    assert result.exit_code == 1


def test_validate_stores_nothing(own, good):
    assert own("validate", good, "--layer", "bases").exit_code == 0
    assert [revision["kind"] for revision in history(own)] == ["seed"]


@pytest.mark.parametrize(
    ("name", "content", "zh", "en"),
    [
        ("gone.geojson", None, "没有文件“{path}”", "There is no file “{path}”"),
        (".", None, "“{path}”是文件夹", "“{path}” is a folder"),
        ("a.txt/b", None, "读不了文件“{path}”(Not a directory)", "The file “{path}” cannot be read (Not a directory)"),
        ("a.txt", b"", "文件是空的", "The file is empty"),
        ("a.txt", b"\xff\xfe", "表里什么也没有", "The table is empty"),
        ("a.txt", b'{"type": "\xff"}', "文件不是 UTF-8 文本", "The file is not UTF-8 text"),
        ("a.txt", b'{"type": "FeatureCollection", "features": []}', "文件里没有要素", "The file has no features"),
        ("a.txt", b"{", "文件不完整", "The file is incomplete"),
    ],
)
@pytest.mark.parametrize("command", ["validate", "import"])
def test_input_that_cannot_be_used_ends_with_2_and_says_why(geo, tmp_path, command, name, content, zh, en):
    (tmp_path / "a.txt").write_bytes(b"x" if content is None else content)
    path = str(tmp_path / name)
    for lang, said in (("zh", zh), ("en", en)):
        result = geo("--lang", lang, command, path, "--layer", "bases", "--json")
        assert said.format(path=path) in result.stderr
        assert (result.stdout, result.exit_code) == ("", 2)


# --- import --------------------------------------------------------------------------------------------------------


def test_import_stores_a_good_file_as_a_revision(own, good):
    result = own("import", good, "--layer", "bases", "--author", "林工", "--json")
    document = json.loads(result.stdout)
    revision = document.pop("revision")
    assert document == {
        "file": "good.geojson",
        "layer": "bases",
        "features": 1,
        "accepted": 1,
        "rejected": 0,
        "faults": [],
        "dry_run": False,
    }
    assert (revision["number"], revision["kind"], revision["author"], revision["added"]) == (2, "import", "林工", 1)
    assert (revision["file"], len(revision["sha256"])) == ("good.geojson", 64)
    assert result.stderr.endswith("已存为第 2 号修订:新增 1,更新 0。\n")
    assert result.exit_code == 0
    assert history(own)[0] == revision
    assert "new" in base_ids(own)


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("zh", "有 1 行有错,所以什么都没有存入:请改好再来,或加 --accept-valid,存入没有错的 1 行,有错的留作待改。\n"),
        ("en", "1 rows have errors, so nothing was stored: mend them and try again, or add --accept-valid to store"),
    ],
)
def test_one_bad_row_keeps_the_whole_file_out_unless_asked(own, faulty, lang, said):
    result = own("import", faulty, "--layer", "bases", "--lang", lang)
    assert "in_sea" in result.stdout
    assert said in result.stderr
    assert result.exit_code == 1
    assert len(history(own)) == 1
    assert "new" not in base_ids(own)


def test_accept_valid_stores_the_good_rows_and_still_ends_with_1(own, faulty):
    result = own("import", faulty, "--layer", "bases", "--accept-valid", "--json")
    document = json.loads(result.stdout)
    assert (document["rejected"], document["revision"]["added"]) == (1, 1)
    assert result.stderr.splitlines()[len(STAGES["zh"]) :] == [
        "已存为第 2 号修订:新增 1,更新 0。",
        "有错的 1 行留作待改:用 quarantine export 1 -o 文件名 取出,改好再导入。",
    ]
    assert result.exit_code == 1
    assert "new" in base_ids(own)


def test_accept_valid_without_a_good_row_stores_nothing(own, tmp_path, feature, as_file):
    path = tmp_path / "sea.geojson"
    path.write_bytes(as_file(feature(121.3, 28.0, name="海里", stage="maker")))
    result = own("import", str(path), "--layer", "bases", "--accept-valid", "--json")
    assert json.loads(result.stdout)["revision"] is None
    assert "没有一行可存" in result.stderr
    assert result.exit_code == 1
    assert len(history(own)) == 1


@pytest.mark.parametrize(("more", "code", "n"), [((), 1, None), (("--accept-valid",), 1, 1)])
def test_a_dry_run_of_a_faulty_file_writes_nothing(own, faulty, more, code, n):
    result = own("import", faulty, "--layer", "bases", "--dry-run", "--json", *more)
    document = json.loads(result.stdout)
    assert (document["dry_run"], document["revision"]) == (True, None)
    assert ("试运行,没有写入:实际运行会存入 1 行。" in result.stderr) is (n == 1)
    assert result.exit_code == code
    assert len(history(own)) == 1


def test_a_dry_run_of_a_good_file_writes_nothing(own, good):
    before = history(own)
    result = own("import", good, "--layer", "bases", "--dry-run")
    assert "试运行,没有写入:实际运行会存入 1 行。" in result.stderr
    assert result.exit_code == 0
    assert history(own) == before
    assert "new" not in base_ids(own)


def test_a_file_imported_twice_changes_nothing_more(own, good):
    assert own("import", good, "--layer", "bases").exit_code == 0
    again = own("import", good, "--layer", "bases", "--json")
    assert json.loads(again.stdout)["revision"] is None
    assert "与库中的完全相同,所以没有新的修订。" in again.stderr
    assert again.exit_code == 0
    assert len(history(own)) == 2


def test_the_author_is_the_systems_user_unless_named(own, good):
    own("import", good, "--layer", "bases", "--author", "  ", LOGNAME="lin")
    assert history(own)[0]["author"] == "lin"
    own("undo", "2", LOGNAME="chen")
    assert history(own)[0]["author"] == "chen"


@pytest.mark.parametrize("fault", [KeyError("uid"), OSError("no name"), ImportError("pwd")])
def test_a_user_without_name_is_unsigned(monkeypatch, fault):
    def nobody() -> str:
        raise fault

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert Call("zh").author(None) == usecases.Author("未署名")
    assert Call("en").author(None).name == "unsigned"
    assert Call("en").author(" 林工 ").name == "林工"


# --- coverage ------------------------------------------------------------------------------------------------------


@pytest.fixture
def judged(shared_url: str) -> Iterator[Any]:
    atlas = usecases.open_atlas(shared_url, "yueqing")
    yield usecases.coverage(atlas, usecases.snapshot(atlas), usecases.Settings())
    atlas.store.close()


@pytest.mark.parametrize("ask", [("--json",), ("--format", "json"), ("--json", "--format", "json")])
def test_coverage_gives_programs_every_row(geo, judged, ask):
    result = geo("coverage", *ask)
    rows = json.loads(result.stdout)
    assert all(list(row) == ROW_KEYS for row in rows)
    for column in ("base_id", "district", "category", "nearest_id", "count_within", "covered", "sample"):
        assert [row[column] for row in rows] == judged[column].tolist()
    assert [row["nearest_m"] for row in rows] == judged["nearest_m"].round(1).tolist()
    assert {row["metric"] for row in rows} == {"straight"}
    assert any(row["sample"] for row in rows)
    assert result.stderr.endswith(SAMPLE_ZH)
    assert "标准:孵化基地 15 分钟生活圈;直线距离。数据:第 1 号修订," in result.stderr
    assert result.exit_code == 0


def test_coverage_gives_people_a_table_in_their_language(geo, judged):
    lines = geo("coverage", "--category", "school", "--lang", "en").stdout.splitlines()
    assert lines[0].split() == ["Base", "Facilities", "Verdict", "Nearest", "(m)", "Standard", "(m)", "Basis"]
    assert len(lines) == 1 + 22
    assert lines[1].startswith("National Agricultural Science Park demonstration area  School      ✓ Pass")
    starts = {line.index(" School ") for line in lines[1:]}
    assert len(starts) == 1
    assert "缺口" in geo("coverage", "--category", "school").stdout


def test_ones_own_radius_replaces_the_standards(geo):
    rows = json.loads(geo("coverage", "--json", "--radius", "700", "--category", "hotel").stdout)
    assert {(row["category"], row["threshold_m"], row["clause"]) for row in rows} == {("hotel", 700.0, "自定半径")}
    assert [row["covered"] for row in rows] == [row["nearest_m"] <= 700 for row in rows]


@pytest.mark.parametrize("by", ["district", "cluster"])
def test_coverage_is_summed_up(geo, judged, by):
    rows = json.loads(geo("coverage", "--by", by, "--json").stdout)
    assert list(rows[0]) == [by, "name", "category", "bases", "covered", "share", "sample"]
    totals = usecases.summary(judged, by)
    assert [(row[by], row["category"]) for row in rows] == list(zip(totals["key"], totals["category"], strict=True))
    assert [row["covered"] for row in rows] == totals["covered"].tolist()
    lines = geo("coverage", "--by", by).stdout.splitlines()
    assert len(lines) == len(rows) + 1
    assert lines[0].split()[1:] == ["配套", "基地数", "达标的基地", "达标率"]


def test_coverage_is_written_as_csv_and_geojson(geo, judged, tmp_path):
    rows = list(csv.DictReader(io.StringIO(geo("coverage", "--format", "csv").stdout.removeprefix("\ufeff"))))
    assert [row["基地编号"] for row in rows] == judged["base_id"].tolist()
    path = tmp_path / "c.geojson"
    result = geo("coverage", "-o", str(path))
    assert (result.stdout, result.exit_code) == ("", 0)
    collection = json.loads(path.read_bytes())
    assert len(collection["features"]) == len(judged)
    districts = json.loads(geo("coverage", "--by", "district", "--format", "geojson").stdout)
    assert {feature["geometry"] and feature["geometry"]["type"] for feature in districts["features"]} >= {"Polygon"}
    path = tmp_path / "coverage"
    geo("coverage", "--out", str(path))
    assert len(json.loads(path.read_bytes())) == len(judged)


def test_what_a_revision_did_to_coverage_is_told(own, own_url):
    atlas = usecases.open_atlas(own_url, "yueqing")
    before = usecases.coverage(atlas, usecases.snapshot(atlas), usecases.Settings())
    usecases.remove_sample(atlas, usecases.Author("林工"))
    atlas.store.close()
    rows = json.loads(own("coverage-change", "1", "--json").stdout)
    lost = [row for row in rows if row["turn"] == "lost"]
    assert len(lost) == before["covered"].sum()
    assert {(row["covered_before"], row["covered"], row["nearest_m"], row["count_within"]) for row in lost} == {
        (True, False, None, 0)
    }
    lines = own("coverage-change", "1", "2").stdout.splitlines()
    assert lines[0].split() == ["基地", "配套", "变化", "原来最近(米)", "现在最近(米)"]
    assert lines[1].split()[2:] == ["不再达标", f"{lost[0]['nearest_m_before']:,.0f}", "–"]
    assert own("coverage-change", "2").stdout == "每个基地的结论和距离都与那时相同。\n"
    assert own("coverage-change", "7").exit_code == 2


def test_without_sample_data_nothing_says_that_there_is(own, own_url):
    atlas = usecases.open_atlas(own_url, "yueqing")
    usecases.remove_sample(atlas, usecases.Author("林工"))
    atlas.store.close()
    result = own("coverage", "--json")
    rows = json.loads(result.stdout)
    assert {(row["nearest_m"], row["nearest_id"], row["sample"]) for row in rows} == {(None, "", False)}
    assert "示例" not in result.stderr
    assert own("coverage").stdout.splitlines()[1].split()[2:5] == ["✗", "缺口", "–"]
    assert own("buffer", "--base", "iot-park").stdout.count("–") >= 14


@pytest.mark.parametrize(("by", "first"), [("base", "国家农业科技园区示范区"), ("district", "大荆片区")])
def test_the_judgement_is_written_as_a_workbook(geo, tmp_path, by, first):
    path = tmp_path / "coverage.xlsx"
    result = geo("coverage", "--by", by, "-o", str(path))
    assert (result.stdout, result.exit_code) == ("", 0)
    sheets = openpyxl.load_workbook(path)
    assert first in {cell for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row}


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--radius", "0"), "半径 0.0 米不能用"),
        (("--radius", "nan"), "半径 nan 米不能用"),
        (("--radius", "far"), "命令写得不对:Invalid value for '--radius'"),
        (("--category", "foo"), "没有配套类别 foo:请用 commerce、"),
        (("--by", "moon"), "命令写得不对:Invalid value for '--by'"),
        (("--by", "cluster", "--format", "geojson"), "产业集群没有面"),
        (("--json", "--format", "csv"), "--json 与 --format csv 只能选一个"),
        (("--format", "pdf"), "命令写得不对"),
    ],
)
def test_coverage_that_cannot_be_asked_for_ends_with_2(geo, args, said):
    result = geo("coverage", *args)
    assert said in result.stderr
    assert (result.stdout, result.exit_code) == ("", 2)


# --- buffer --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "radii", [("--radius", "300", "1000"), ("--radius", "1000", "--radius", "300"), ("--radius=300", "1000")]
)
def test_a_base_is_checked_against_the_standard(geo, judged, radii):
    result = geo("buffer", "--base", "iot-park", *radii, "--json")
    sheet = json.loads(result.stdout)
    rows = judged[judged["base_id"] == "iot-park"]
    assert sheet["radii_m"] == [300.0, 1000.0]
    assert [row["category"] for row in sheet["rows"]] == rows["category"].tolist()
    assert [row["covered"] for row in sheet["rows"]] == rows["covered"].tolist()
    assert [row["nearest_m"] for row in sheet["rows"]] == rows["nearest_m"].round(1).tolist()
    assert sum(row["within"][1]["count"] for row in sheet["rows"]) == len(sheet["inside"]) > 0
    assert (sheet["standard"], sheet["profile"], sheet["revision"], sheet["sample"]) == ("base-15min", "城区", 1, True)
    assert result.stderr.endswith(SAMPLE_ZH)
    assert result.exit_code == 0


def test_a_place_is_checked_with_the_standards_circles_unless_told(geo, shared_url):
    sheet = json.loads(geo("--lang", "en", "buffer", "--lon", "121.04", "--lat", "28.22", "--json").stdout)
    pack = usecases.open_atlas(shared_url, "yueqing").pack
    assert sheet["radii_m"] == sorted(ring.radius_m for ring in pack.standard().rings)
    assert (sheet["place"], sheet["profile"]) == ("121.04000, 28.22000", "Town")


def test_people_get_the_sheet_as_a_table(geo):
    lines = geo("buffer", "--base", "chuangyan", "--radius", "500", "--lang", "en").stdout.splitlines()
    assert lines[0] == "Chuangyan Maker Space (profile: Urban)"
    assert lines[1].startswith("Facilities ")
    assert "≤500 m" in lines[1]
    assert len(lines) == 2 + 14


def test_walks_are_listed_beside_where_there_are_roads(own, own_url, put):
    asked = ("buffer", "--base", "iot-park", "--radius", "500", "--foot")
    result = own(*asked)
    assert (result.exit_code, "没有可步行的道路" in result.stderr) == (2, True)
    atlas = usecases.open_atlas(own_url, "yueqing")
    lon, lat = usecases.snapshot(atlas).bases.set_index("id").geometry["iot-park"].coords[0]
    put(atlas, Layer.ROADS, [{"id": "r"}], [LineString([(lon - 0.01, lat), (lon + 0.02, lat)])])
    sheet = json.loads(own(*asked, "--json").stdout)
    ways = [row for row in sheet["rows"] if not row["foot_why"]]
    assert 0 < len(ways) < len(sheet["rows"])
    for row in ways:
        assert row["foot_m"] >= row["nearest_m"] - 0.1
        assert row["foot_min"] == pytest.approx(row["foot_m"] / 80, abs=0.06)
    lost = next(row for row in sheet["rows"] if row["foot_why"])
    assert (lost["foot_m"], lost["foot_why"]) == (None, "这类设施附近 500 米内都没有可步行的道路")
    told = own(*asked)
    assert "步行(米)" in told.stdout
    assert "走不到:这类设施附近 500 米内都没有可步行的道路" in told.stdout
    assert "路网:1 条路" in told.stderr
    assert "foot_m" not in json.loads(own("buffer", "--base", "iot-park", "--json").stdout)["rows"][0]


def test_a_table_that_shows_no_walks_does_not_wait_for_any(own, own_url, put, monkeypatch):
    atlas = usecases.open_atlas(own_url, "yueqing")
    lon, lat = usecases.snapshot(atlas).bases.set_index("id").geometry["iot-park"].coords[0]
    put(atlas, Layer.ROADS, [{"id": "r"}], [LineString([(lon - 0.01, lat), (lon + 0.02, lat)])])
    measured = []
    real = judging.build_network
    monkeypatch.setattr(judging, "build_network", lambda *roads: measured.append(1) or real(*roads))
    assert "物联网" in own("coverage").stdout
    assert not measured
    assert "foot_m" in json.loads(own("coverage", "--json").stdout)[0]
    assert measured


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((), "请写明核查哪里"),
        (("--lon", "121"), "请写明核查哪里"),
        (("--base", "iot-park", "--lon", "121", "--lat", "28"), "请写明核查哪里"),
        (("--base", "gone"), "没有基地 gone"),
        (("--base", "iot-park", "--radius", "-5"), "半径 -5.0 米不能用"),
        (("--lon", "28", "--lat", "120.9"), "经纬度 28.0, 120.9 不在地球上"),
        (("--lon", "east", "--lat", "28"), "命令写得不对:Invalid value for '--lon'"),
    ],
)
def test_a_check_that_cannot_be_made_ends_with_2(geo, args, said):
    result = geo("buffer", *args, "--json")
    assert said in result.stderr
    assert (result.stdout, result.exit_code) == ("", 2)


# --- export, history, undo, packs ----------------------------------------------------------------------------------


@pytest.mark.parametrize("layer", [Layer.BASES, Layer.FACILITIES])
def test_what_is_exported_is_accepted_again(geo, tmp_path, layer):
    path = tmp_path / "layer.geojson"
    result = geo("export", "--layer", layer, "--out", str(path))
    assert (result.stdout, result.exit_code) == ("", 0)
    assert result.stderr.startswith(f"已导出 {22 if layer is Layer.BASES else 419} 条,数据为第 1 号修订。\n")
    assert ("示例数据" in result.stderr) is (layer is Layer.FACILITIES)
    back = geo("validate", str(path), "--layer", layer, "--json")
    report = json.loads(back.stdout)
    assert (report["accepted"], report["rejected"], back.exit_code) == (report["features"], 0, 0)
    assert {fault["code"] for fault in report["faults"]} == {"unchanged"}
    piped = geo("export", "--layer", layer, "--format", "geojson")
    assert piped.stdout_bytes == path.read_bytes()
    assert (
        json.loads(geo("validate", "-", "--layer", layer, "--json", stdin=piped.stdout_bytes).stdout)["rejected"] == 0
    )


def test_an_ending_of_no_known_format_is_refused_and_nothing_written(geo, tmp_path):
    path = tmp_path / "layer.shp"
    result = geo("export", "--layer", "bases", "-o", str(path))
    assert result.exit_code == 2
    assert "不会写 .shp 文件:-o 的后缀请用 .geojson、.csv、.xlsx,或用 --format 写明格式。" in result.stderr
    assert not path.exists()
    assert geo("export", "--layer", "bases", "--format", "csv", "-o", str(path)).exit_code == 0


@pytest.mark.parametrize("ask", [("--format", "xlsx", "-o", "layer"), ("-o", "layer.XLSX")])
def test_a_workbook_goes_to_a_file(geo, tmp_path, ask):
    path = tmp_path / ask[-1]
    result = geo("export", "--layer", "bases", *ask[:-1], str(path))
    assert (result.stdout_bytes, result.exit_code) == (b"", 0)
    book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
    assert book.worksheets[0].max_row == 1 + 22
    assert sorted(tmp_path.iterdir()) == [path]


def test_csv_goes_to_standard_output_for_a_dash_too(geo):
    data = geo("export", "--layer", "bases", "--format", "csv", "-o", "-").stdout_bytes
    assert data.startswith(b"\xef\xbb\xbf")
    assert len(list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))) == 1 + 22


@pytest.mark.parametrize("name", ["gone/a.csv", "."])
def test_a_result_that_cannot_be_written_ends_with_2(geo, tmp_path, name):
    path = tmp_path / name
    result = geo("export", "--layer", "bases", "-o", str(path))
    assert f"写不进“{path}”" in result.stderr
    assert (result.stdout, result.exit_code) == ("", 2)
    assert list(tmp_path.iterdir()) == []


def test_a_new_file_takes_the_place_and_the_permissions_of_the_old(geo, tmp_path):
    old, link = tmp_path / "old.csv", tmp_path / "link.csv"
    old.write_text("old")
    old.chmod(0o640)
    link.symlink_to(old)
    assert geo("export", "--layer", "bases", "-o", str(link)).exit_code == 0
    assert link.is_symlink()
    assert old.read_bytes().startswith(b"\xef\xbb\xbf")
    assert stat.S_IMODE(old.stat().st_mode) == 0o640


def test_history_lists_the_newest_first_in_both_forms(own, good):
    own("import", good, "--layer", "bases", "--author", "林\x1b[31m工")
    own("undo", "2")
    newest, imported, seed = history(own)
    assert (newest["number"], newest["kind"], newest["undoes"]) == (3, "undo", 2)
    assert (imported["undone_by"], imported["author"]) == (3, "林\x1b[31m工")
    assert (seed["number"], seed["kind"], seed["added"], seed["undoes"]) == (1, "seed", 22 + 419, None)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", newest["at"])
    lines = own("history").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["3", "2", "1"]
    assert "撤销第 2 号" in lines[1]
    assert "上传(已被第 3 号撤销)" in lines[2]
    assert "林\\u001b[31m工" in lines[2]
    assert "系统" in lines[3]


def test_undo_takes_a_revision_back(own, good):
    own("import", good, "--layer", "bases")
    result = own("undo", "2", "--author", "林工", "--json")
    revision = json.loads(result.stdout)
    assert (revision["number"], revision["undoes"], revision["author"], revision["removed"]) == (3, 2, "林工", 1)
    assert result.stderr == "已撤销:记为第 3 号修订。\n"
    assert result.exit_code == 0
    assert "new" not in base_ids(own)
    again = own("undo", "2", "--lang", "en")
    assert "Revision 2" in again.stderr
    assert (again.stdout, again.exit_code, len(history(own))) == ("", 2, 3)


@pytest.mark.parametrize(
    ("rev", "said"), [("1", "第 1 号修订是初始数据"), ("9", "没有修订 9"), ("last", "命令写得不对")]
)
def test_an_undo_that_cannot_be_ends_with_2(geo, rev, said):
    result = geo("undo", rev)
    assert said in result.stderr
    assert (result.stdout, result.exit_code) == ("", 2)


def test_packs_are_listed_without_a_store(geo):
    result = geo("packs", "--json", ATLAS_DATABASE_URL="sqlite:////dev/null/atlas.db")
    (pack,) = json.loads(result.stdout)
    assert (pack["id"], pack["label"], pack["years"]) == ("yueqing", "乐清市", [2022, 2023, 2024])
    assert (Path(pack["path"]) / "pack.toml").is_file()
    assert json.loads(geo("packs", "--json", "--lang", "en").stdout)[0]["label"] == "Yueqing"
    assert "yueqing  乐清市" in geo("packs").stdout
    assert result.exit_code == 0


# --- the call ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "lang"),
    [
        ({}, "zh"),
        ({"LANG": "C.UTF-8"}, "zh"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_GB"}, "en"),
        ({"LANG": "en_US", "LC_MESSAGES": "en_GB", "LC_ALL": "zh_CN"}, "zh"),
        ({"LANG": "en_US", "LC_ALL": ""}, "en"),
        ({"LANG": "de_DE"}, "zh"),
    ],
)
def test_the_environment_says_the_language(geo, environment, lang):
    assert environment_lang(environment) == lang
    result = geo("history", **environment)
    assert result.stdout.split()[0] == {"zh": "修订", "en": "Revision"}[lang]


@pytest.mark.parametrize("command", ["", *COMMANDS, *OF_GROUPS])
def test_help_is_in_the_readers_language(geo, command):
    chinese = geo(*command.split(), "--help")
    english = geo("--lang=en", *command.split(), "--help")
    assert CHINESE.search(chinese.stdout)
    assert not CHINESE.search(english.stdout)
    assert f"Usage: python -m geo {command}".strip() in english.stdout
    assert (chinese.exit_code, english.exit_code) == (0, 0)
    assert set(COMMANDS) <= set(geo("--help").stdout.split())


@pytest.mark.parametrize(
    ("args", "detail", "command"),
    [
        ((), "Missing command.", "python -m geo"),
        (("frob",), "No such command 'frob'.", "python -m geo"),
        (("validate",), "Missing argument 'FILE", "python -m geo validate"),
        (("validate", "x"), "Missing option '--layer'. Choose from: bases, facilities", "python -m geo validate"),
        (("export", "--layer", "rivers"), "'rivers' is not one of 'bases', 'facilities'", "python -m geo export"),
        (("history", "--nope"), "No such option", "python -m geo history"),
        (("--lang", "fr", "packs"), "'fr' is not one of 'zh', 'en'", "python -m geo"),
        (("packs", "a\x1b[31mb"), "No such command 'a", "python -m geo packs"),
    ],
)
def test_a_wrong_call_ends_with_2_and_points_to_the_help(geo, args, detail, command):
    for lang, wrong, usage in (("zh", "命令写得不对:", "用法请看:"), ("en", "Wrong call: ", "For the usage see: ")):
        result = geo(*args, LANG=lang)
        first, second = result.stderr.splitlines()
        assert first.startswith(wrong)
        assert detail in first
        assert second == f"{usage}{command} --help"
        assert (result.stdout, result.exit_code) == ("", 2)
        assert "\x1b" not in first


def test_options_of_every_command_may_stand_anywhere(own_url, tmp_path):
    other = f"sqlite:///{tmp_path / 'other.db'}"
    for args in (
        ("history", "--database", other, "--json", "--lang", "en", "--pack", "yueqing"),
        (f"--database={other}", "history", "--json", "--pack=yueqing"),
    ):
        result = invoke(own_url, *args, ATLAS_PACK="mars")
        assert [revision["number"] for revision in json.loads(result.stdout)] == [1]
    assert (tmp_path / "other.db").exists()
    assert not (tmp_path / "own.db").exists()
    result = invoke(own_url, "validate", "--layer", "bases", "--", "--lang")
    assert "没有文件“--lang”" in result.stderr


@pytest.mark.parametrize(
    ("args", "zh", "en"),
    [
        (("--pack", "mars"), "没有规划包 mars", "There is no pack mars"),
        (("--database", "oracle"), "数据库地址看不懂", "The database address cannot be read"),
        (
            ("--database", "sqlite:////dev/null/a.db"),
            "数据库“sqlite:////dev/null/a.db”的文件夹建不了",
            "The folder for",
        ),
    ],
)
def test_an_atlas_that_cannot_be_opened_ends_with_2(geo, args, zh, en):
    assert geo(*args, "history").stderr.startswith(zh)
    result = geo("history", "--json", *args, LANG="en")
    assert result.stderr.startswith(en)
    assert (result.stdout, result.exit_code) == ("", 2)


# --- what a terminal gets ------------------------------------------------------------------------------------------

HOSTILE = "\x1b]0;x\x07\u009b2J\u202e\u200bx\u2028\r\n"


def test_nothing_from_a_file_steers_the_terminal(geo, tmp_path, feature, as_file):
    path = tmp_path / "a\x1b[2Jb.geojson"
    path.write_bytes(as_file(feature(121.3, 28.0, id=HOSTILE + "1", name="林\u202e工", stage=HOSTILE)))
    people = geo("validate", str(path), "--layer", "bases")
    programs = geo("validate", str(path), "--layer", "bases", "--json")
    gone = geo("validate", str(path) + HOSTILE, "--layer", "bases")
    for text in (people.stdout, people.stderr, programs.stdout, programs.stderr, gone.stderr):
        lines = text.splitlines()
        assert text == "".join(f"{line}\n" for line in text.split("\n")[:-1])
        assert [line for line in lines if escaped(line) != line] == []
    assert people.stdout.startswith("a�[2Jb.geojson:")
    report = json.loads(programs.stdout)
    assert report["file"] == "a�[2Jb.geojson"
    assert report["rejected"] == 1
    assert people.exit_code == 1


def test_columns_line_up_for_chinese_and_escapes():
    assert table(("名", "x"), [("a", "1"), ("乙\n", "2")]) == ["名        x", "a         1", "乙\\u000a  2"]


# --- as a process --------------------------------------------------------------------------------------------------


def command(*args: str) -> list[str]:
    return [sys.executable, "-m", "geo", *args]


def process(url: str, *args: str, **more: Any) -> subprocess.CompletedProcess[bytes]:
    env = environment(ATLAS_DATABASE_URL=url, **more.pop("env", {}))
    return subprocess.run(command(*args), cwd=ROOT, env=env, capture_output=True, timeout=60, **more)


@pytest.mark.parametrize(("locale", "lang"), [("zh_CN.UTF-8", "zh"), ("en_US.UTF-8", "en")])
def test_a_process_prints_one_document_and_ends_with_the_code(shared_url, faulty, locale, lang):
    done = process(
        shared_url, "validate", faulty, "--layer", "bases", "--json", env={"LANG": locale, "PYTHONUTF8": "1"}
    )
    assert json.loads(done.stdout)["rejected"] == 1
    assert done.stderr.decode() == typeset(progress(lang, "faulty.geojson"))
    assert done.returncode == 1
    gone = process(shared_url, "validate", "gone", "--layer", "bases", "--json", env={"LANG": locale})
    assert (gone.stdout, gone.returncode) == (b"", 2)
    assert b"Traceback" not in gone.stderr
    assert process(shared_url, "frob").returncode == 2


def test_json_is_utf8_and_words_are_escaped_where_the_console_is_not(shared_url):
    done = process(shared_url, "packs", "--json", env={"PYTHONIOENCODING": "ascii"})
    assert json.loads(done.stdout.decode("utf-8"))[0]["label"] == "乐清市"
    assert "乐清市".encode() in done.stdout
    assert (done.stderr, done.returncode) == (b"", 0)
    words = process(shared_url, "packs", env={"PYTHONIOENCODING": "ascii"})
    assert b"\\u4e50\\u6e05\\u5e02" in words.stdout
    assert words.returncode == 0


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("args", [("coverage", "--json"), ("export", "--layer", "facilities")])
def test_a_reader_who_leaves_is_no_fault(shared_url, args, unbuffered):
    """Both results are more than a pipe holds."""
    env = environment(ATLAS_DATABASE_URL=shared_url, PYTHONUNBUFFERED=unbuffered)
    pipe = subprocess.PIPE
    with subprocess.Popen(command(*args), cwd=ROOT, env=env, stdout=pipe, stderr=pipe) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        os.read(running.stdout.fileno(), 1)
        running.stdout.close()
        told = running.stderr.read()
    assert running.returncode == 0
    assert b"Traceback" not in told
    assert b"Broken" not in told


def test_ctrl_c_ends_without_a_traceback(shared_url, tmp_path):
    fifo = tmp_path / "slow.geojson"
    os.mkfifo(fifo)
    env = environment(ATLAS_DATABASE_URL=shared_url)
    asked = command("validate", str(fifo), "--layer", "bases")
    pipe = subprocess.PIPE
    running = subprocess.Popen(asked, cwd=ROOT, env=env, stdout=pipe, stderr=pipe)
    # The end for writing opens when the process has opened its own, from which it then waits to read.
    with running, fifo.open("wb"):
        running.send_signal(signal.SIGINT)
        out, told = running.communicate(timeout=60)
    assert (running.returncode, out, told) == (130, b"", b"")


def test_closed_streams_are_no_fault(shared_url):
    shell = f'"{sys.executable}" -m geo packs >&- 2>&- <&- && "{sys.executable}" -m geo validate - --layer bases <&-'
    env = environment(ATLAS_DATABASE_URL=shared_url)
    done = subprocess.run(["sh", "-c", shell], cwd=ROOT, env=env, capture_output=True, timeout=60, check=False)
    assert "文件是空的" in done.stderr.decode()
    assert (done.stdout, done.returncode) == (b"", 2)


@pytest.mark.parametrize(("out", "unbuffered"), [((), ""), ((), "1"), (("-o", "/dev/full"), "")])
def test_a_full_disk_is_told(shared_url, out, unbuffered):
    env = environment(ATLAS_DATABASE_URL=shared_url, PYTHONUNBUFFERED=unbuffered)
    with Path("/dev/full").open("wb") as full:
        asked = command("export", "--layer", "bases", *out)
        done = subprocess.run(asked, cwd=ROOT, env=env, stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)
    assert "No space left on device" in done.stderr.decode()
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    assert done.returncode == 2
    assert Path("/dev/full").is_char_device()


def test_a_write_that_fails_half_way_leaves_what_was_there(shared_url, tmp_path):
    path = tmp_path / "layer.geojson"
    path.write_text("old")
    most = 100_000  # bytes of any file: less than the layer, more than what SQLite writes beside a database it reads

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    assert process(shared_url, "history").returncode == 0  # the store is there
    done = process(shared_url, "export", "--layer", "facilities", "-o", str(path), preexec_fn=limit)
    assert typeset(f"写不进“{path}”(File too large)") in done.stderr.decode()
    assert done.returncode == 2
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    assert process(shared_url, "export", "--layer", "facilities", "-o", str(path)).returncode == 0
    assert path.stat().st_size > most


def on_a_terminal(url: str, *args: str) -> tuple[str, int]:
    """What a terminal shows of a command, and the exit code."""
    ours, theirs = pty.openpty()
    env = environment(ATLAS_DATABASE_URL=url)
    shown = b""
    with subprocess.Popen(command(*args), cwd=ROOT, env=env, stdin=theirs, stdout=theirs, stderr=theirs) as running:
        os.close(theirs)
        try:
            while chunk := os.read(ours, 65536):
                shown += chunk
        except OSError:  # how Linux says that the other end is closed
            pass
    os.close(ours)
    return shown.decode(), running.returncode


def test_a_terminal_gets_no_workbook_and_no_marks(shared_url):
    shown, code = on_a_terminal(shared_url, "export", "--layer", "bases", "--format", "xlsx")
    assert typeset("这种文件不是文字,不能显示在终端里:请加 -o 文件名。") in shown
    assert "PK" not in shown
    assert code == 2
    shown, code = on_a_terminal(shared_url, "export", "--layer", "bases", "--format", "csv")
    assert shown.startswith("编号,名称,")
    assert escaped(shown, keep="\r\n") == shown
    assert code == 0
