"""上传基地: rows checked one by one, the good ones stored as a revision that every page shows, and a way back."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import openpyxl
import pandas as pd
import pytest

from geo import usecases
from geo.crs import Datum, wgs84_to_gcj02
from geo.model import Layer
from geo.usecases import Author
from tests.pages import truth

BASE_IDS = truth.ids(truth.BASES)
GAP, COVERED = "#d9730d", "#1d6b45"


@pytest.fixture
def rows(feature):
    """Four bad rows, one new base, and a stored base moved."""
    return (
        feature(stage="孵化器"),
        feature(name="奇怪", stage="研究院"),
        feature(121.25, 28.0, name="海上", stage="孵化器"),
        feature(28.1, 120.95, name="反了", stage="孵化器"),
        feature(120.91, 28.06, id="liushi", name="柳市创客空间", stage="众创空间", cluster="智能电气", demo_year=2023),
        feature(120.93, 28.02, id="iot-park", name="物联网传感产业园", stage="产业园", certainty="实测"),
    )


@pytest.fixture
def good(feature, as_file):
    return as_file(feature(120.91, 28.06, id="liushi", name="柳市创客空间", stage="众创空间"))


def history(atlas):
    return [(one.number, one.kind, one.author) for one in usecases.history(atlas)]


def faults(look):
    return [[cell.text for cell in row] for row in look.tables[0][1:]]


def faults_of(look, heading):
    """The rows of the table that has a column of that heading."""
    table = next(table for table in look.tables if heading in [cell.text for cell in table[0]])
    return [[cell.text for cell in row] for row in table[1:]]


def revisions(look):
    return faults_of(look, "文件指纹(SHA-256)")


def workbook(*rows):
    book = openpyxl.Workbook()
    book.active.append(["基地名称", "孵化阶段", "经度", "纬度", "联系人"])
    for n, (name, stage) in enumerate(rows):
        book.active.append([name, stage, 120.91 + n / 100, 28.06, "张三"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_before_a_file_it_tells_what_a_file_holds(shared, page):
    look = page().open("upload")
    assert "必填:name(名称)、stage(阶段)。" in look.html
    stages = "、".join(label["zh"] for label in truth.STAGES.values())
    assert f"阶段可写:{stages}。" in look.html
    assert "高德、百度的坐标会认出来,同意后才换算。" in look.html
    look.set("selectbox", "upload_layer", Layer.FACILITIES)
    kinds = "、".join(label["zh"] for label in truth.CATEGORIES.values())
    assert f"类别可写:{kinds}。" in look.html
    assert "必填:name(名称)、stage(阶段)。" not in look.html
    ((number, *_, added, changed, removed, _),) = revisions(look)
    assert (number, added, changed, removed) == ("1", "441", "0", "0")
    assert [button.key for button in look.at.button] == ["remove_sample", "as_of_go"], "nothing to undo yet"
    assert look.at.button(key="as_of_go").disabled, "and nothing to look back at"


@pytest.mark.parametrize("layer", [Layer.BASES, Layer.FACILITIES])
def test_the_stored_layer_is_a_file_to_begin_from(shared, page, downloads, layer):
    look = page().open("upload").set("selectbox", "upload_layer", layer)
    name, data = downloads(look, "layer_geojson")
    assert name == f"{layer}-r1.geojson"
    report = usecases.check_file(shared, data, name, layer)
    assert (report.features, report.rejected_count) == ({"bases": 22, "facilities": 419}[layer], 0)
    assert {fault.code for fault in report.faults} == {"unchanged"}


def test_each_bad_row_is_told_by_its_number_with_its_mend(own, page, rows, as_file):
    look = page().open("upload").upload(as_file(*rows))
    assert look.figures == {
        "共": "6", "可存": "2", "新增": "1", "更新": "1", "相同": "0", "有错,未收": "4", "提醒": "2", "已修": "0",
    }  # fmt: skip
    table = look.tables[0]
    assert [cell.text for cell in table[0]] == ["行", "编号或名称", "问题", "怎么改"]
    told = faults(look)
    assert [row[:3] for row in told] == [
        ["1", "", "没有名称"],
        ["2", "奇怪", "不认识的孵化阶段(stage):研究院"],
        ["3", "海上", told[2][2]],
        ["4", "反了", "经度和纬度写反了"],
        ["6", "iot-park", told[4][2]],
        ["6", "iot-park", told[5][2]],
    ]
    assert told[2][2].startswith("落在海里,离本县县界 ")
    assert told[4][2].startswith("写的是柳白片区,坐标却在乐清经济开发区")  # the district that is stored stays
    assert told[5][2].startswith("编号已在库中,存入后更新:")
    assert told[0][3] == "请在 name 里写上名称"
    assert told[1][3].startswith("请用这些之一:众创空间、孵化器、")
    assert told[3][3] == "GeoJSON 里经度在前、纬度在后:请对调"
    assert [row[2].kind for row in table[1:]] == ["error", "error", "error", "error", "warning", "warning"]
    assert [row[2].hint for row in table[1:]] == [
        "missing_name", "unknown_stage", "in_sea", "swapped_axes", "district_differs", "replaces_existing",
    ]  # fmt: skip
    assert look.at.button(key="store").label == "存入 2 行,作为一次修订"
    assert history(own) == [(1, "seed", "pack")], "a check stores nothing"


def test_the_good_rows_are_seen_on_the_map_before_they_are_stored(own, page, rows, as_file):
    look = page().open("upload").upload(as_file(*rows))
    after = [*(id for id in BASE_IDS if id != "iot-park"), "liushi", "iot-park"]
    assert look.drawn("bases") == 23
    assert look.marked("bases", after) == after
    assert look.map["badges"] == {"liushi": COVERED, "iot-park": GAP}
    assert look.map["urls"]["bases"].startswith("/atlas/preview/bases-1t")
    assert look.map["urls"]["facilities"].startswith("/atlas/layers/facilities/1?")
    assert look.legend("page") == ["新增", "更新", "有错,未收"]
    assert len(look.map["overlay"]) == 1, "the row at sea is drawn where it lies"
    (south, west), (north, east) = look.map["focus"]["bounds"]
    assert (west, south, east, north) == pytest.approx((120.91, 28.02, 120.93, 28.06))


def test_what_the_map_asks_for_is_the_layer_to_be(own, page, rows, as_file, ask):
    look = page().open("upload").upload(as_file(*rows))
    answer = ask(look.map["urls"]["bases"])
    assert answer.status == 200
    assert json.loads(answer.body)["name"][-2:] == ["柳市创客空间", "物联网传感产业园"]


def test_stored_rows_are_on_every_page_and_refused_ones_stay_at_hand(own, page, rows, as_file, downloads):
    look = page().open("upload").upload(as_file(*rows), "新基地.geojson")
    look.set("text_input", "author_name", "王工").click("store")
    assert history(own) == [(2, "import", "王工"), (1, "seed", "pack")]
    assert look.said == ["已存为第 2 号修订:新增 1,更新 1。各页已是新数据。"]
    assert "还有 4 行没有存入,留在下面的“待改的行”里;改好后再传一次。" in look.html
    assert [row[0] for row in faults(look)] == ["1", "2", "3", "4"]
    assert look.at.file_uploader[0].value is None, "the file is gone, so nobody stores it twice"
    assert revisions(look)[0][2:8] == ["王工", "上传", "新基地.geojson", "1", "1", "0"]

    overview = look.go("overview")
    assert overview.figures["基地与平台"] == "23"
    stored = sorted([*BASE_IDS, "liushi"])
    assert overview.marked("bases", stored) == stored
    assert overview.map["urls"]["bases"].startswith("/atlas/layers/bases/2?")
    assert look.go("coverage").figures["判断"] == str(23 * 14)
    assert "柳市创客空间" in look.go("buffer").at.selectbox(key="buffer_base").options

    look.go("upload")
    assert "还有 4 行没有存入" in look.html, "a look at another page does not lose them"
    name, data = downloads(look, "waiting_geojson_1")
    assert name == "to-mend-1.geojson"
    refused = json.loads(data)["features"]
    assert [one["properties"].get("name") for one in refused] == [None, "奇怪", "海上", "反了"]
    assert refused[3]["faults"] == ["经度和纬度写反了 → GeoJSON 里经度在前、纬度在后:请对调"]
    look.click("put_away")
    assert look.said == []
    assert "还有 4 行没有存入" not in look.html
    assert look.at.selectbox(key="waiting_upload").options[0].startswith("新基地.geojson · 孵化基地 · 4 行待改 · 王工 ")


def test_a_row_that_comes_back_mended_leaves_the_quarantine(own, page, rows, as_file, downloads):
    look = page().open("upload").upload(as_file(*rows)).click("store")
    document = json.loads(downloads(look, "waiting_geojson_1")[1])
    document["features"] = document["features"][3:]
    document["features"][0]["geometry"]["coordinates"].reverse()
    look.upload(json.dumps(document).encode(), "改好.geojson")
    assert "其中 1 行是从“待改的行”改好的。" in look.html
    look.click("store")
    assert look.at.selectbox(key="waiting_upload").options[0].startswith("up.geojson · 孵化基地 · 3 行待改")
    assert set(own.store.frame("yueqing", Layer.BASES)["name"]) >= {"反了", "柳市创客空间"}


def test_rows_that_nobody_will_mend_are_given_up_and_stay_on_record(own, page, rows, as_file):
    look = page().open("upload").upload(as_file(*rows)).click("store").click("waiting_discard_1")
    assert "<h3>待改的行</h3>" not in look.html
    assert "waiting_upload" not in [box.key for box in look.at.selectbox]
    kept = own.store.quarantined_rows("yueqing", 1, only_open=False)
    assert [(row.row, row.resolution.revision) for row in kept] == [(1, None), (2, None), (3, None), (4, None)]


def test_an_excel_names_are_matched_words_told_and_remembered(own, page):
    look = page().open("upload").upload(workbook(("车间甲", "车间"), ("众创乙", "众创空间")), "台账.xlsx")
    assert look.figures["可存"] == "1"
    (word,) = [box for box in look.at.selectbox if box.key.startswith("desk_word_stage_")]
    assert word.label == "车间"
    word.set_value("incubator")
    look.run()
    assert look.figures["可存"] == "2"
    look.click("store")
    assert own.store.frame("yueqing", Layer.BASES).set_index("name").loc["车间甲", "stage"] == "incubator"
    look.upload(
        workbook(
            ("车间丙", "车间"),
        ),
        "下月台账.xlsx",
    )
    assert (look.figures["可存"], look.figures["有错,未收"]) == ("1", "0"), "told once, known the next time"
    (word,) = [box for box in look.at.selectbox if box.key.startswith("desk_word_stage_")]
    assert (word.label, word.value) == ("车间", "incubator")
    assert "孵化阶段(stage)里的这些词照指明的读:" in look.html
    word.set_value("maker")
    look.run()
    look.click("store")
    assert own.store.frame("yueqing", Layer.BASES).set_index("name").loc["车间丙", "stage"] == "maker"
    look.upload(workbook(("车间丁", "车间")), "再下月台账.xlsx")
    (word,) = [box for box in look.at.selectbox if box.key.startswith("desk_word_stage_")]
    assert word.value == "maker", "the last word counts"
    word.set_value("")
    look.run()
    assert (look.figures["可存"], look.figures["有错,未收"]) == ("0", "1")


def test_a_column_may_be_told_to_mean_something_else(own, page):
    look = page().open("upload").upload(workbook(("甲", "孵化器")), "台账.xlsx")
    header = next(box for box in look.at.selectbox if box.label.startswith("联系人"))
    assert header.value == ""
    header.set_value("note")
    look.run().click("store")
    assert own.store.frame("yueqing", Layer.BASES).set_index("name").loc["甲", "note"] == "张三"


def test_columns_of_a_table_without_shapes_may_say_where_its_rows_are(own, page):
    out = io.BytesIO()
    pd.DataFrame({"name": ["甲"], "stage": ["孵化器"], "东": [120.91], "北": [28.06]}).to_parquet(out)
    look = page().open("upload").upload(out.getvalue(), "台账.parquet")
    assert look.figures["可存"] == "1"
    east = next(box for box in look.at.selectbox if box.label.startswith("东"))
    assert east.value == "lon"
    east.set_value("")
    assert look.run().figures["可存"] == "0"
    next(box for box in look.at.selectbox if box.label.startswith("东")).set_value("lon")
    assert look.run().figures["可存"] == "1"


def test_repairs_are_shown_before_and_after_and_made_only_when_ticked(own, page, rows, as_file):
    look = page().open("upload").upload(as_file(*rows))
    tick = next(box for box in look.at.checkbox if "swap_axes" in box.key)
    assert (tick.label, tick.value) == ("对调经度和纬度:1 行", False)
    assert ["4", "反了", "28.100000, 120.950000", "120.950000, 28.100000", "未修"] in faults_of(look, "修前")
    tick.check()
    look.run()
    assert (look.figures["可存"], look.figures["已修"]) == ("3", "1")
    look.click("store")
    assert usecases.history(own)[0].details["repairs"] == {"swap_axes": [4]}
    assert "(修了 1 处)" in revisions(look)[0][3]


def test_a_datum_that_a_person_names_is_shifted(own, page, feature, as_file):
    lon, lat = wgs84_to_gcj02(np.array([[120.96, 28.03]]))[0].tolist()
    look = page().open("upload").upload(as_file(feature(lon, lat, id="g", name="高德点", stage="孵化器")))
    choice = next(box for box in look.at.segmented_control if box.key.startswith("desk_datum_"))
    choice.set_value(Datum.GCJ02)
    look.run().click("store")
    point = own.store.frame("yueqing", Layer.BASES).set_index("id").loc["g", "geometry"]
    assert (point.x, point.y) == pytest.approx((120.96, 28.03), abs=1e-9)
    assert usecases.history(own)[0].details["datum"] == "gcj02"


def test_another_visitor_sees_what_was_stored(own, page, good):
    other = page().open()
    assert other.figures["基地与平台"] == "22"
    page().open("upload").upload(good).click("store")
    assert other.run().figures["基地与平台"] == "23"


def test_undo_takes_a_revision_back_and_can_be_undone(own, page, good):
    look = page().open("upload").upload(good).click("store")
    assert history(own)[0] == (2, "import", "未署名")
    assert look.at.selectbox(key="undo_number").options == ["第 2 号"]
    look.click("undo")
    assert "已撤销:记为第 3 号修订。" in look.said
    assert history(own)[0] == (3, "undo", "未署名")
    assert [row[3] for row in revisions(look)] == ["撤销第 2 号", "上传(已被第 3 号撤销)", "初始数据"]
    assert look.go("overview").figures["基地与平台"] == "22"
    look.go("upload")
    assert look.at.selectbox(key="undo_number").options == ["第 3 号"]
    look.click("undo")
    assert look.go("overview").figures["基地与平台"] == "23"


def test_an_undo_and_a_giving_up_are_signed_in_a_new_visit_too(own, page, good, feature, as_file):
    page().open("upload").upload(good).set("text_input", "author_name", "林工").click("store")
    look = page().open("upload").set("text_input", "author_name_undo", "王工").click("undo")
    assert history(own)[0] == (3, "undo", "王工")
    look.upload(as_file(feature(id="x", name="甲", stage="研究所")))
    assert look.at.text_input(key="author_name").value == "王工"
    look.click("store")
    look = page().open("upload").set("text_input", "author_name_waiting", "周工").click("waiting_discard_1")
    assert own.store.quarantined_rows("yueqing", 1, only_open=False)[0].resolution.author == "周工"


def test_a_clock_that_was_set_back_leaves_the_days_in_order(own, page, good, monkeypatch):
    page().open("upload").upload(good).click("store")
    ahead = [replace(one, at=one.at + timedelta(days=one.number)) for one in usecases.history(own)]
    monkeypatch.setattr("geo.usecases.history", lambda _atlas: tuple(ahead))
    days = page().open("upload").at.date_input(key="as_of_day")
    assert days.min == ahead[-1].at.astimezone().date()
    assert days.max == ahead[0].at.astimezone().date()


def test_an_undo_that_meets_later_changes_asks_for_a_decision(own, page, good, feature, as_file):
    again = as_file(feature(120.92, 28.07, id="liushi", name="柳市创客空间", stage="孵化器"))
    look = page().open("upload").upload(good).click("store").upload(again).click("store")
    look.set("selectbox", "undo_number", 2).click("undo")
    assert history(own)[0][0] == 3
    assert "第 2 号修订里有 1 处后来又改过。请逐处决定,然后撤销:" in look.html
    assert ["孵化阶段(stage)", "–", "众创空间", "孵化器"] in faults_of(look, "现在")
    assert look.at.button(key="undo_decided").disabled
    look.set("segmented_control", "undo_2_bases_liushi", "revert").click("undo_decided")
    assert history(own)[0][:2] == (4, "undo")
    assert "liushi" not in set(own.store.frame("yueqing", Layer.BASES)["id"])


def test_a_file_that_changes_nothing_is_not_a_revision(own, page, good):
    look = page().open("upload").upload(good).click("store").upload(good)
    assert faults(look)[0][:2] == ["1", "liushi"]
    look.click("store")
    assert "什么都不会改变,所以没有保存:内容与现有数据相同。" in look.said
    assert history(own)[0][0] == 2


def test_a_base_that_somebody_stored_meanwhile_is_shown_before_it_is_overwritten(own, page, good, feature, as_file):
    look = page().open("upload").upload(good)
    assert look.figures["新增"] == "1"
    theirs = as_file(feature(120.92, 28.07, id="liushi", name="别人的", stage="众创空间"))
    usecases.store(own, usecases.check_file(own, theirs, "别人.geojson", Layer.BASES), Author("别人"))
    look.click("store")
    assert look.said == ["库里刚有人改过,存入的结果会与核对时不同,所以没有保存:请看一下新的核对结果再存。"]
    assert (look.figures["新增"], look.figures["更新"]) == ("0", "1"), "the new check is on the page"
    assert history(own)[0] == (2, "import", "别人")
    look.click("store")
    assert history(own)[0][0] == 3


def test_a_file_without_a_good_row_is_only_kept_to_be_mended(own, page, feature, as_file):
    look = page().open("upload").upload(as_file(feature(stage="孵化器")))
    assert look.figures["可存"] == "0"
    assert look.drawn("bases") == 22
    assert look.map["focus"] is None
    assert look.at.button(key="store").label == "把 1 行留作待改"
    look.click("store")
    assert history(own) == [(1, "seed", "pack")]
    assert look.at.selectbox(key="waiting_upload").options[0].startswith("up.geojson · 孵化基地 · 1 行待改")


def test_a_file_without_a_fault_says_so(shared, page, good):
    look = page().open("upload").upload(good)
    assert (look.figures["共"], look.figures["可存"], look.figures["提醒"]) == ("1", "1", "0")
    assert "没有发现问题。" in look.html
    assert [button.key for button in look.at.download_button] == ["layer_geojson"]


@pytest.mark.parametrize(
    ("data", "zh", "en"),
    [
        (b"", "文件是空的:请重新导出。", "The file is empty: export it anew."),
        (b'{"type": "Feat', "文件不完整,或不是 JSON", "The file is incomplete or not JSON"),
        ('{"名称'.encode("gb18030"), "像是 GBK", "looks like GBK"),
        (b'{"type": "FeatureCollection", "features": []}', "文件里没有要素", "The file has no features"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(shared, page, data, zh, en):
    look = page().open("upload").upload(data)
    (said,) = look.said
    assert zh in said
    look.set("segmented_control", "lang", "en")
    (said,) = look.said
    assert en in said
    assert "store" not in [button.key for button in look.at.button]


def test_facilities_are_uploaded_the_same_way(own, page, feature, as_file):
    lon, lat = truth.POSITIONS["iot-park"]
    file = as_file(
        feature(lon, lat, id="cafe", name="园区咖啡", category="品牌咖啡"),
        feature(lon, lat, id="what", name="不知是啥", category="火箭发射场"),
    )
    look = page().open("upload").set("selectbox", "upload_layer", Layer.FACILITIES).upload(file)
    assert look.figures["可存"] == "1"
    assert faults(look)[0][:2] == ["2", "what"]
    assert look.legend("page") == ["鲜明:此次上传", "有错,未收"]
    ids = [*truth.ids(truth.FACILITIES), "cafe"]
    assert look.marked("facilityFocus", ids) == ["cafe"]
    look.click("store").go("overview").tap(kind="base", id="iot-park", at=1)
    coffee = next(row for row in look.tables[0] if row[0].text == "品牌咖啡")
    assert [cell.text for cell in coffee[1:]] == ["0", "✓ 达标"]


def test_more_faults_than_a_page_should_list_are_in_the_file(own, page, feature, as_file, downloads):
    look = page().open("upload").upload(as_file(*(feature(name=f"第{n}处", stage="研究院") for n in range(501))))
    assert len(faults(look)) == 500
    assert "只列出前 500 条,全部见下载的表。" in look.html
    key = next(button.key for button in look.at.download_button if button.key.startswith("faults_csv_"))
    _, data = downloads(look, key)
    assert len(list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))) == 501


def test_hostile_words_in_a_file_are_shown_as_text(own, page, feature, as_file):
    name = "<img src=x onerror=alert(1)>"
    look = page().open("upload").upload(as_file(feature(name=name, stage="孵化器")), "<b>.geojson")
    assert any(name in row[1] for row in faults(look))
    look.set("text_input", "author_name", "<i>王</i>").click("store")
    assert revisions(look)[0][2] == "<i>王</i>"
    assert revisions(look)[0][4] == "<b>.geojson"
    for mark in ("<img", "<b>.", "<i>"):
        assert mark not in look.html


def test_a_revision_that_somebody_undid_meanwhile_is_told_so(own, page, good):
    look = page().open("upload").upload(good).click("store")
    usecases.undo(own, 2, Author("别人"))
    look.click("undo")
    assert any("已被第 3 号撤销" in said for said in look.said)
    assert history(own)[0] == (3, "undo", "别人")


def test_every_page_can_be_seen_as_it_was_and_nothing_is_changed_from_there(own, page, good):
    look = page().open("upload").upload(good).click("store")
    look.set("selectbox", "as_of_number", 1)
    assert look.at.button(key="as_of_go").label == "看第 1 号修订时的各页"
    look.click("as_of_go")
    assert look.banners[-1].startswith("正在看第 1 号修订(")
    assert look.at.button(key="undo").disabled
    assert look.at.button(key="remove_sample").disabled
    assert look.go("overview").figures["基地与平台"] == "22"
    look.click("as_of_leave")
    assert look.figures["基地与平台"] == "23"


def test_the_revision_of_a_day_is_the_last_of_that_day(own, page, good):
    look = page().open("upload").upload(good).click("store")
    today = usecases.history(own)[0].at.astimezone().date()
    look.set("date_input", "as_of_day", today)
    assert look.at.button(key="as_of_go").label == "看第 2 号修订时的各页"
    assert look.at.button(key="as_of_go").disabled, "that is the newest"
