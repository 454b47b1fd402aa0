"""示范基地、目标进度、任务措施 and the years on the map: what they show, what is typed into them, what is refused."""

from __future__ import annotations

import hashlib
import json
from html import escape

import pytest

from geo import usecases
from geo.model import Layer
from geo.progress import Entry, Kind
from geo.store import Draft
from geo.usecases import Author
from tests.pages import entering

GAP, COVERED, UNSTATED = "#d9730d", "#1d6b45", "#56626b"
HOSTILE = "<img src=x onerror=alert(1)>"


def rows(look, table=0):
    return [[cell.text for cell in row] for row in look.tables[table][1:]]


def state(atlas):
    return usecases.plan_state(atlas, usecases.snapshot(atlas))


# --- targets -------------------------------------------------------------------------------------------------------


def test_blanks_stay_blank_and_say_so(shared, page):
    look = page().open("targets")
    assert look.figures == {
        "指标": "5", "原文列出的目标": "14", "原文已隐去": "14", "已有目标数": "0", "已有实际数": "0", "未完成": "0",
    }  # fmt: skip
    assert rows(look)[0] == ["新增孵化场地面积(单位:万平方米)", "二", "2022", "原文已隐去", "未填", "–", "–"]
    assert rows(look)[5] == ["2024", "原文未列", "未填", "–", "–"]
    assert look.tables[0][1][3].hint == "新增孵化场地面积 xx 万平方米"
    assert look.html.count("还没有数,填了就画出来。") == 2


def test_figures_are_entered_counted_and_compared(own, page):
    look = page().open("targets")
    entering.fill(look, "county", (0, {"target": 12.5, "actual": 99}), (3, {"target": 4, "actual": 5}))
    entering.fill(look, "districts", (15, {"2022": 2, "2023": 1}))
    ids = usecases.snapshot(own).bases["id"].tolist()
    entering.fill(look, "bases", (ids.index("dianli"), {"area:2022": 10, "level:provincial": 2023}))
    look.set("text_input", "author_name", "李工").click("targets_save")
    assert look.said == ["已存为第 2 号修订,各页已是新数据。"]
    assert usecases.history(own)[0].added == 8
    shown = {(index // 3, row[-5]): row[-4:] for index, row in enumerate(rows(look))}
    assert shown[0, "2022"] == ["12.5", "10", "✗ 2.5", "按基地合计;另填了 99"]
    assert shown[1, "2022"] == ["4", "5", "✓ 完成", "填报"]
    assert shown[2, "2022"] == ["原文已隐去", "2", "–", "各片区合计"]
    assert shown[4, "2023"] == ["原文已隐去", "1", "–", "按基地合计"]
    assert (look.figures["已有目标数"], look.figures["已有实际数"], look.figures["未完成"]) == ("2", "5", "1")
    specs = [json.loads(chart.proto.spec) for chart in look.at.get("vega_lite_chart")]
    by_year, by_district = (spec["layer"][0]["encoding"]["color"]["scale"] for spec in specs)
    assert by_year == {"domain": ["目标", "实际"], "range": ["#b9c2c7", "#1f5f8b"]}
    assert by_district == {"domain": ["2022"], "range": ["#a9c3d3"]}
    assert [spec["height"] for spec in specs] == [200, 75], "the room of one district's one year"
    # An emptied cell takes the figure away again.
    entering.fill(look, "county", (0, {"target": None})).click("targets_save")
    assert (usecases.history(own)[0].removed, rows(look)[0][3]) == (1, "原文已隐去")


@pytest.mark.parametrize(
    ("row", "values", "said"),
    [
        (0, {"target": -1}, "新增孵化场地面积 · 目标 · 2022:-1 不能用,请写 0 到 1,000,000,000 之间的数"),
        (5, {"target": 3}, "新引进专业运营团队或龙头企业 · 目标 · 2024:规划没有给这一年定目标"),
    ],
)
def test_a_wrong_figure_is_refused_and_stays_in_the_table(own, page, row, values, said):
    look = page().open("targets")
    entering.fill(look, "county", (row, values)).click("targets_save")
    assert look.said == [f"没有保存:{said}。"]
    assert [one.kind for one in usecases.history(own)] == ["seed"]
    (key,) = [one.key for one in look.at.data_editor if one.key.startswith("county_")]
    assert look.at.session_state[key]["edited_rows"] == {row: values}


def test_nobody_writes_over_what_they_have_not_seen(own, page):
    look = page().open("targets")
    usecases.record(own, [Entry(Kind.TARGET, "funds", year=2022, value=1)], Author("别人"))
    entering_key, _ = entering.editor(look, "county")
    look.at.session_state[entering_key] = {"edited_rows": {6: {"target": 9}}, "added_rows": [], "deleted_rows": []}
    look.at.button(key="targets_save").click()
    look.run()
    (warning,) = look.at.warning
    assert "别人改了同样的地方" in warning.value
    assert "由 – 改为 1" in warning.value
    assert rows(look)[6][3] == "1"
    look.click("targets_save")
    assert rows(look)[6][3] == "9", "seen, and meant"
    assert not look.at.warning


def test_what_stands_against_one_page_is_not_said_on_another(own, page):
    look = page().open("targets")
    usecases.record(own, [Entry(Kind.TARGET, "funds", year=2022, value=1)], Author("别人"))
    entering.fill(look, "county", (0, {"target": 8})).click("targets_save")
    usecases.record(own, [Entry(Kind.TARGET, "funds", year=2022, value=2)], Author("别人"))
    key, _ = entering.editor(look, "county")
    look.at.session_state[key] = {"edited_rows": {6: {"target": 9}}, "added_rows": [], "deleted_rows": []}
    look.at.button(key="targets_save").click()
    look.run()
    assert [len(look.at.warning), len(look.open("tasks").at.warning), len(look.open("targets").at.warning)] == [1, 0, 1]
    look.click("entering_undo")
    assert not look.at.warning, "the tables are new, and nothing stands against them"


def test_what_another_entered_can_be_taken_instead(own, page):
    look = page().open("targets")
    usecases.record(own, [Entry(Kind.TARGET, "funds", year=2022, value=1)], Author("别人"))
    before, _ = entering.editor(look, "county")
    look.at.session_state[before] = {"edited_rows": {6: {"target": 9}}, "added_rows": [], "deleted_rows": []}
    look.at.button(key="targets_save").click()
    look.run()
    look.click("entering_theirs")
    after, _ = entering.editor(look, "county")
    assert before != after
    assert not look.at.warning
    look.click("targets_save")
    assert (rows(look)[6][3], usecases.history(own)[0].author) == ("1", "别人")


def test_what_another_entered_elsewhere_does_not_stand_in_the_way(own, page):
    look = page().open("targets")
    usecases.record(own, [Entry(Kind.TARGET, "funds", year=2022, value=1)], Author("别人"))
    key, _ = entering.editor(look, "county")
    look.at.session_state[key] = {"edited_rows": {0: {"target": 9}}, "added_rows": [], "deleted_rows": []}
    look.at.button(key="targets_save").click()
    look.run()
    assert (rows(look)[0][3], rows(look)[6][3]) == ("9", "1")


# --- demonstration bases -------------------------------------------------------------------------------------------


def test_the_rosters_say_who_missed_the_year(shared, page):
    look = page().open("demonstration")
    assert rows(look)[0] == ["2022", "四(二)", "智能装备科技加速器", "✗ 到期未认定", "0 / 6"]
    assert look.tables[0][3][2].hint == "三(三)写作“互联网创新中心”,推定为同一处。"
    assert look.figures == {"名单上的基地": "8", "当年认定": "0", "迟于当年": "0", "年份未到": "0", "到期未认定": "8"}
    assert "另有 1 项原文看不出" in look.html
    assert [row[2] for row in rows(look.set("pills", "roster_years", [2024]))] == ["互联网+精密模具产业园"]


def test_items_recognition_and_a_file_are_one_revision(own, page, downloads):
    look = page().open("demonstration")
    done = {"state": "done", "evidence": HOSTILE, "link": "https://example.cn/1", "day": "2022-11-01", "who": "科技局"}
    entering.fill(look, "items", (3, done), (0, {"state": "doing"}))
    entering.fill(look, "recognition", (0, {"year": 2023, "who": "市政府"}))
    look.set("selectbox", "item_of_file", "fund").upload(b"%PDF", "合同.pdf").click("demonstration_save")
    assert look.said == ["已存为第 2 号修订,各页已是新数据。"]
    (fund,) = [one for one in state(own).entries.every if one.item == "fund"]
    assert fund == Entry(
        Kind.ITEM, "zhineng-zhuangbei", "fund", state="done", evidence=HOSTILE, link="https://example.cn/1",
        file="合同.pdf", file_sha256=hashlib.sha256(b"%PDF").hexdigest(), day="2022-11-01", who="科技局",
    )  # fmt: skip
    assert rows(look)[0][3:] == ["◌ 2023 年才认定", "1 / 6"]
    assert (look.figures["迟于当年"], look.figures["到期未认定"]) == ("1", "7")
    recognised, niche, *_, fund_row, _, _ = rows(look, 1)
    assert (recognised[:2], niche[1]) == (["认定为示范孵化基地", "✓ 2023 年"], "◌ 进行中")
    said = f"文件:合同.pdf(SHA-256 {fund.file_sha256[:12]})"
    assert fund_row[1].startswith("✓ 已完成")
    assert f'{escape(HOSTILE)};{said} <a href="https://example.cn/1"' in look.html
    assert downloads(look, "evidence_item:zhineng-zhuangbei:fund") == ("合同.pdf", b"%PDF")
    assert HOSTILE not in look.html
    assert HOSTILE not in look.go("upload").html
    figures = {
        f.year: f.actual for one in state(own).targets if one.target.counts == "demonstration" for f in one.figures
    }
    assert figures == {2022: None, 2023: 1.0, 2024: None}


def test_a_file_that_is_not_taken_changes_nothing_and_one_whose_bytes_are_not_kept_says_so(own, page):
    usecases.record(own, [Entry(Kind.ITEM, "zhineng-zhuangbei", "fund", file="旧.pdf", state="open")], Author("李工"))
    look = page().open("demonstration")
    assert "文件:旧.pdf(只记了指纹 SHA-256 ,没有存文件)" in look.html
    assert look.at.get("download_button") == []
    look.set("selectbox", "item_of_file", "fund").upload(b"<html>", "说明.html").click("demonstration_save")
    (said,) = look.said
    assert said.startswith("没有保存:文件“说明.html”的格式不收;请用这些之一:pdf、")
    assert len(usecases.history(own)) == 2


def test_a_base_that_the_data_lacks_cannot_be_filled_in(own, page):
    gone = usecases.snapshot(own).bases
    own.store.commit(own.pack.id, Draft("import", "林工", removals={Layer.BASES: gone["id"].tolist()}))
    look = page().open("demonstration")
    assert "数据里还没有这处基地" in look.html
    assert list(look.at.data_editor) == []


# --- tasks ---------------------------------------------------------------------------------------------------------


def test_the_plan_speaks_and_staff_fill_in(own, page):
    look = page().open("tasks")
    assert look.figures == {
        "任务": "9", "措施": "32", "已完成": "0", "进行中": "0", "没有责任单位": "29", "逾期": "3",
    }  # fmt: skip
    look.set("selectbox", "task", "organisation")
    assert rows(look)[0][4].startswith("市经信局、市科技局")
    entering.fill(look, "tasks", (0, {"who": HOSTILE, "year": 2023, "state": "done", "note": "已组建"}))
    look.click("tasks_save")
    assert rows(look)[0][2:4] == ["已完成", "2023 年"]
    assert rows(look)[0][4].endswith(f"、{HOSTILE}")
    assert rows(look)[0][5] == "已组建"
    assert HOSTILE not in look.html
    assert len(rows(look.set("selectbox", "task", "").set("selectbox", "task_state", "overdue"))) == 3
    assert "没有符合条件的措施" in look.set("selectbox", "task_state", "doing").html


def test_a_due_year_outside_the_plan_is_refused(own, page):
    look = page().open("tasks")
    entering.fill(look, "tasks", (0, {"year": 2031})).click("tasks_save")
    (said,) = look.said
    assert said.endswith("2031 年不在规划期内,请写 2022—2024。")


# --- years on the map ----------------------------------------------------------------------------------------------


def test_a_year_marks_what_stands_what_is_planned_and_what_missed(own, page):
    look = page().open()
    assert (look.map["badges"], look.legend("page")) == ({}, [])
    usecases.record(own, [Entry(Kind.STANDS, "chuangyan", state="done", year=2023)], Author("王工"))
    look.set("select_slider", "plan_year", 2022)
    assert look.legend("page") == ["规划中(未见建成记录) 19", "到期未认定示范基地 3"]
    look.set("select_slider", "plan_year", 2023)
    assert look.legend("page") == ["已建成 1", "规划中(未见建成记录) 14", "到期未认定示范基地 7"]
    assert (look.map["badges"]["chuangyan"], look.map["badges"]["mould-park"]) == (COVERED, UNSTATED)
    assert look.map["badges"]["iot-park"] == GAP
    look.set("pills", "stages", ["maker"])
    assert set(look.map["badges"]) == {"chuangyan", "hongxing"}


# --- revisions -----------------------------------------------------------------------------------------------------


def test_revisions_tell_entries_in_words_of_both_languages(own, page):
    usecases.record(own, [Entry(Kind.STANDS, "chuangyan", state="doing", year=2023)], Author("王工"))
    said = Entry(Kind.ITEM, "zhineng-zhuangbei", "fund", state="done", evidence="批文")
    usecases.record(own, [Entry(Kind.STANDS, "chuangyan", state="done", year=2023), said], Author("王工"))
    look = page().open("upload")
    assert rows(look, 1) == [
        ["计划填报", "智能装备科技加速器 · 示范标准 · 一支基金", "新增", "状态", "–", "已完成"],
        ["计划填报", "智能装备科技加速器 · 示范标准 · 一支基金", "新增", "依据", "–", "批文"],
        ["计划填报", "创演众创空间 · 建成投用 · 2023", "更新", "状态", "在建", "已建成"],
    ]
    english = page("en-GB").open("upload")
    assert rows(english, 1)[2] == [
        "Entries on the plan", "Chuangyan Maker Space · in use · 2023", "Changed", "State", "Being built", "Stands",
    ]  # fmt: skip
    names = {cell for row in rows(english, 1) for cell in row[3:5]}
    assert names == {"State", "Basis", "–", "Being built"}
