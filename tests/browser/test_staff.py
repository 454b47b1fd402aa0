"""Staff upload bases: good rows in, bad rows explained one by one, nothing changed in silence, a way back."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from geo.i18n import typeset
from tests.browser.app import DESK, SCREENS

HOSTILE = "<img src=x onerror=alert(1)>"
WORDS = {
    "zh": {
        "good": "可存", "bad": typeset("有错,未收"), "store": re.compile("存入 3 行"), "stored": typeset("已存为第 2 号修订:新增 2,更新 1"),
        "undo": "撤销第 2 号修订", "undone": "第 3 号修订", "overview": "地图总览", "bases": "基地与平台", "by": "上传人",
        "again": "还有 6 行没有存入", "remove": "移除全部示例数据", "facilities": "配套设施", "not_json": "不是 JSON", "cut_off": "文件不完整",
        "no_features": "文件里没有要素", "faults": (
            (1, "没有名称", "请在 name 里写上名称"), (2, typeset("不认识的孵化阶段(stage):研究院"), typeset("请用这些之一:众创空间、孵化器")),
            (3, "落在海里", "请核对坐标"), (4, "落在永嘉县", "请核对坐标"), (5, "经度和纬度写反了", "请对调"),
            (6, "没有图形", "补上图形"), (8, "编号已在库中", "请换一个编号"), (9, HOSTILE, "原样显示为文字"),
        ),
    },
    "en": {
        "good": "Good", "bad": "Refused", "store": re.compile("Store 3 rows"), "stored": "Stored as revision 2: 2 added, 1 changed",
        "undo": "Undo revision 2", "undone": "recorded as revision 3", "overview": "Overview", "bases": "Bases and platforms",
        "by": "Uploaded by", "again": "6 rows were not stored", "remove": "Remove all sample data", "facilities": "Facilities",
        "not_json": "Not JSON", "cut_off": "The file is incomplete", "no_features": "The file has no features", "faults": (
            (1, "There is no name", "Write its name into name"), (2, "Unknown stage: 研究院", "Use one of these: Maker space, Incubator"),
            (3, "It lies in the sea", "Check the coordinates"), (4, "It lies in Yongjia", "Check the coordinates"),
            (5, "Longitude and latitude are swapped", "swap them"), (6, "There is no geometry", "a geometry in a GIS"),
            (8, "The id is stored already", "another id"), (9, HOSTILE, "shown as plain text"),
        ),
    },
}  # fmt: skip


def feature(at: tuple[float, float] | None, **properties: object) -> dict[str, object]:
    geometry = None if at is None else {"type": "Point", "coordinates": at}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


ROWS = [
    feature((120.95, 28.1), stage="孵化器"),
    feature((120.95, 28.1), name="奇怪", stage="研究院"),
    feature((121.25, 28.0), name="海上", stage="孵化器"),
    feature((120.7, 28.2), name="邻县", stage="孵化器"),
    feature((28.1, 120.95), name="反了", stage="孵化器"),
    feature(None, name="空的", stage="孵化器"),
    feature((120.91, 28.06), name="柳市创客空间", stage="众创空间", cluster="智能电气", demo_year=2023),
    feature((120.93, 28.02), id="iot-park", name="物联网传感产业园", stage="产业园", certainty="实测"),
    feature((120.96, 28.12), name=HOSTILE, stage="孵化器"),
]


def collection(rows: list[dict[str, object]]) -> dict[str, object]:
    body = json.dumps({"type": "FeatureCollection", "features": rows}, ensure_ascii=False).encode()
    return {"name": "bases.geojson", "mimeType": "application/geo+json", "buffer": body}


@pytest.mark.browser
@pytest.mark.parametrize(("lang", "size"), SCREENS)
def test_good_rows_are_stored_bad_rows_explained_and_all_can_be_taken_back(own_app, visit, lang, size):
    words = WORDS[lang]
    staff = visit(own_app, lang, size)
    page = staff.page
    staff.go("upload")
    staff.choose(collection(ROWS))
    frame = staff.wait_for_map()
    staff.settle()
    expect(staff.figure(words["good"])).to_have_text("3")
    expect(staff.figure(words["bad"])).to_have_text("6")
    listed = page.locator("table.faults tbody tr")
    for row, what, mend in words["faults"]:
        told = listed.filter(has=page.get_by_text(str(row), exact=True)).filter(has_text=what)
        expect(told).to_contain_text(mend)
    assert page.locator("img[src='x']").count() == 0
    assert frame.locator("img[src='x']").count() == 0
    page.get_by_label(words["by"]).fill("王工")
    page.get_by_label(words["by"]).press("Enter")
    staff.settle()
    page.get_by_role("button", name=words["store"]).click()
    expect(page.get_by_text(words["stored"])).to_be_visible()
    expect(page.get_by_text(words["again"])).to_be_visible()
    expect(page.locator("table.revisions")).to_contain_text("王工")
    staff.open_sidebar()
    page.get_by_role("link", name=words["overview"]).click()
    staff.close_sidebar()
    frame = staff.wait_for_map()
    expect(staff.figure(words["bases"])).to_have_text("24")
    frame.wait_for_function("document.querySelectorAll('.atlas-base').length === 24")
    names = frame.evaluate("Atlas.view.layers.bases.name")
    assert HOSTILE in names
    assert frame.locator("img[src='x']").count() == 0
    page.go_back()
    staff.close_sidebar()
    page.get_by_role("button", name=words["undo"]).click()
    expect(page.get_by_text(words["undone"]).first).to_be_visible()
    staff.go()
    staff.wait_for_map()
    expect(staff.figure(words["bases"])).to_have_text("22")


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_file_that_cannot_be_read_says_what_to_do(shared_app, visit, lang):
    words = WORDS[lang]
    staff = visit(shared_app, lang, DESK)
    staff.go("upload")
    for name, content, said in (
        ("a.geojson", b'{"type": "Feat', words["cut_off"]),
        ("b.geojson", b"{name: 1}", words["not_json"]),
        ("c.geojson", collection([])["buffer"], words["no_features"]),
    ):
        staff.choose({"name": name, "mimeType": "text/plain", "buffer": content})
        expect(staff.page.get_by_text(said)).to_be_visible()
        staff.page.get_by_role("button", name=f"Remove {name}").click()
        expect(staff.page.get_by_test_id("stAlert")).to_have_count(0)


@pytest.mark.browser
def test_the_sample_goes_with_one_click_for_good(own_app, visit):
    staff = visit(own_app, "zh", DESK)
    staff.go()
    staff.wait_for_map()
    expect(staff.figure("配套设施")).to_have_text("419")
    staff.page.get_by_role("button", name="移除全部示例数据").click()
    expect(staff.figure("配套设施")).to_have_text("0")
    expect(staff.page.locator(".banner")).to_have_count(0)
    for path in ("coverage", "buffer", "upload", ""):
        staff.go(path)
        staff.settle()
        expect(staff.page.locator(".banner")).to_have_count(0)
