"""Staff with what they really have: a messy Excel from a web map, bad rows that come back mended, an undo in dispute."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from playwright.sync_api import FilePayload, expect

from geo.crs import wgs84_to_gcj02
from geo.i18n import typeset
from geo.model import Layer
from geo.store import Store
from tests.browser.app import DESK

PACK = "yueqing"
PLACES = {
    "一号孵化园": (120.9601, 28.0301),
    "二号孵化园": (120.9702, 28.0402),
    "三号孵化园": (120.9203, 28.0803),
    "四号孵化园": (120.9004, 28.1104),
    "五号孵化园": (120.9805, 28.1305),
}


def named(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def geojson(name: str, *features: dict) -> FilePayload:
    return named(name, json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode())


def surveyed(feature) -> list[dict]:
    return [
        feature(lon, lat, id=f"s{n}", name=name, stage="孵化器", certainty="实测")
        for n, (name, (lon, lat)) in enumerate(PLACES.items(), 1)
    ]


def messy_excel() -> FilePayload:
    """Title rows, headers in Chinese, a word of the office's own, positions in degrees and minutes from a web map."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["附件2:孵化载体台账(2024年)"])
    sheet.append(["填报单位:某某街道", None, None, None, None])
    sheet.append(["序号", "基地名称", "载体类型", "经度", "纬度", "联系人"])
    for n, (name, place) in enumerate([*PLACES.items(), ("新的孵化园", (120.9306, 28.0606))], 1):
        lon, lat = wgs84_to_gcj02(np.array([place]))[0]
        minutes = f"{int(lon)}°{(lon % 1) * 60:.5f}′" if n == 2 else f"{lon:.6f}"
        sheet.append([n, f" {name} ", "车间" if n == 6 else "孵化器", minutes, f"{lat:.6f}", "张三"])
    sheet.append([7, "没有坐标的", "孵化器", None, None, "李四"])
    out = io.BytesIO()
    book.save(out)
    return named("台账.xlsx", out.getvalue())


def stored(folder: Path, layer: Layer = Layer.BASES):
    store = Store.open(f"sqlite:///{folder / 'atlas.db'}")
    try:
        return store.frame(PACK, layer)
    finally:
        store.close()


def scribbles(count: int) -> FilePayload:
    """Outlines that cross themselves almost as often as is mended, in a file so large that it is checked by and by."""
    places = np.array([120.95, 28.03]) + 0.01 * np.random.default_rng(0).random((count, 400, 2))
    features = [
        {
            "type": "Feature",
            "properties": {"id": f"t{n}", "name": f"乱线{n}", "stage": "孵化器"},
            "geometry": {"type": "Polygon", "coordinates": [[*outline, outline[0]]]},
        }
        for n, outline in enumerate(places.tolist())
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    return named("乱线.geojson", text.encode() + b" " * 3_000_000)


def tab(staff, name: str) -> None:
    staff.page.get_by_role("tab", name=name).click()


def store_it(staff, number: int) -> None:
    """Stores what the page shows as the revision of that number: what was said of an earlier one may still stand."""
    staff.page.get_by_role("button", name="作为一次修订").click()
    expect(staff.page.get_by_test_id("stAlert").filter(has_text=f"已存为第 {number} 号修订")).to_be_visible()
    staff.settle()


@pytest.mark.browser
def test_a_messy_excel_from_a_web_map_ends_on_a_clean_map(own_app, visit, feature, tmp_path):
    staff = visit(own_app, "zh", DESK)
    staff.go("upload")
    staff.choose(geojson("实测.geojson", *surveyed(feature)))
    staff.wait_for_map()
    store_it(staff, 2)
    staff.page.get_by_role("button", name="知道了").click()

    staff.choose(messy_excel())
    staff.wait_for_map()
    staff.settle()
    expect(staff.figure("可存")).to_have_text("5")
    expect(staff.page.locator("table.faults")).to_contain_text("GCJ-02")
    tab(staff, "坐标和修复")
    panel = staff.page.get_by_role("tabpanel", name="坐标和修复")
    expect(panel.get_by_text("坐标是 GCJ-02")).to_be_visible()
    expect(panel.get_by_text("与库中位置可靠的同名")).to_be_visible()
    before = staff.stamp()
    staff.page.get_by_text(typeset("换算坐标基准:6 行")).click()
    staff.wait_for_redraw(before)
    expect(staff.figure("已修")).to_have_text("6")
    tab(staff, "列和词")
    staff.page.get_by_label("车间", exact=True).click()
    staff.page.get_by_role("option", name="加速器").click()
    expect(staff.figure("可存")).to_have_text("6")
    store_it(staff, 3)
    expect(staff.page.get_by_text("还有 1 行没有存入")).to_be_visible()

    bases = stored(tmp_path)
    new = bases[bases["name"] == "新的孵化园"].iloc[0]
    assert new["stage"] == "accelerator"
    for name, place in (*PLACES.items(), ("新的孵化园", (120.9306, 28.0606))):
        for point in bases.geometry[bases["name"] == name]:
            assert (point.x, point.y) == pytest.approx(place, abs=2e-6)  # six digits in the file: 0.1 m
    staff.go()
    staff.wait_for_map()
    expect(staff.figure("基地与平台")).to_have_text(str(len(bases)))


@pytest.mark.browser
def test_rows_of_the_quarantine_are_mended_and_uploaded_again(own_app, visit, feature, tmp_path):
    staff = visit(own_app, "zh", DESK)
    staff.go("upload")
    staff.choose(
        geojson(
            "一月.geojson",
            feature(120.95, 28.06, name="好的", stage="孵化器"),
            feature(121.3, 28.0, name="海里的", stage="孵化器"),
            feature(120.95, 28.07, name="没有阶段的"),
        )
    )
    staff.wait_for_map()
    store_it(staff, 2)
    expect(staff.page.locator("table.waiting tbody tr")).to_have_count(2)
    with staff.page.expect_download() as download:
        staff.page.get_by_role("button", name=typeset("下载待改的行(Excel)")).click()
    book = openpyxl.load_workbook(io.BytesIO(Path(download.value.path()).read_bytes()))
    sheet = book.worksheets[0]
    headings = [cell.value for cell in sheet[1]]
    assert headings[:3] == ["原文件行号", "问题", "怎么改"]
    assert "落在海里" in sheet.cell(2, 2).value
    sheet.cell(2, headings.index("经度") + 1, 120.96)
    sheet.cell(2, headings.index("纬度") + 1, 28.06)
    out = io.BytesIO()
    book.save(out)

    staff.choose(named("改好.xlsx", out.getvalue()))
    staff.wait_for_map()
    expect(staff.page.get_by_text("其中 1 行是从“待改的行”改好的。")).to_be_visible()
    store_it(staff, 3)
    staff.page.get_by_label("哪一次上传").click()
    waiting = staff.page.get_by_role("option")
    expect(waiting).to_have_count(1)  # the row that is still wrong, as it came back
    expect(waiting).to_contain_text("改好.xlsx · 孵化基地 · 1 行待改")
    assert {"好的", "海里的"} <= set(stored(tmp_path)["name"])


@pytest.mark.browser
def test_an_undo_that_meets_a_later_change_is_decided_and_overwrites_nothing_unasked(own_app, visit, feature, tmp_path):
    staff = visit(own_app, "zh", DESK)
    staff.go("upload")
    first = [feature(120.95, 28.06, id=id, name=f"基地{id}", stage="孵化器") for id in ("a", "b")]
    staff.choose(geojson("一.geojson", *first))
    staff.wait_for_map()
    store_it(staff, 2)
    staff.page.get_by_role("button", name="知道了").click()
    staff.choose(geojson("二.geojson", feature(120.96, 28.07, id="b", name="基地b", stage="加速器")))
    staff.wait_for_map()
    store_it(staff, 3)

    staff.page.get_by_label("要撤销的修订").click()
    staff.page.get_by_role("option", name="第 2 号").click()
    staff.page.get_by_role("button", name="撤销第 2 号修订", exact=True).click()
    expect(staff.page.get_by_text("第 2 号修订里有 1 处后来又改过")).to_be_visible()
    expect(staff.page.locator("table.conflict")).to_contain_text("加速器")
    assert len(stored(tmp_path)) == 24
    staff.page.get_by_text("保留现在的").click()
    staff.page.get_by_role("button", name="按以上决定撤销第 2 号修订").click()
    expect(staff.page.locator("table.revisions tbody tr")).to_have_count(4)
    left = stored(tmp_path).set_index("id")
    assert "a" not in left.index
    assert left.loc["b", "stage"] == "accelerator"


@pytest.mark.browser
def test_a_long_check_shows_how_far_it_is_is_stopped_and_begun_again_while_others_look(own_app, visit):
    staff = visit(own_app, "zh", DESK)
    staff.go("upload")
    staff.choose(scribbles(5))
    expect(staff.page.get_by_text(typeset("正在核对:定位置(3/5)"))).to_be_visible()
    expect(staff.page.get_by_role("progressbar")).to_be_visible()
    staff.page.get_by_role("button", name="停下").click()
    expect(staff.page.get_by_text(typeset("已停下,没有核对完。"))).to_be_visible()

    staff.page.get_by_role("button", name="重新核对").click()
    expect(staff.page.get_by_text(typeset("正在核对:"))).to_be_visible()
    other = visit(own_app, "zh", DESK)
    other.go()
    other.wait_for_map()
    expect(other.figure("基地与平台")).to_have_text("22")
    expect(staff.page.get_by_text(typeset("正在核对:"))).to_have_count(0, timeout=90_000)
    expect(staff.figure(typeset("有错,未收"))).to_have_text("5")
    expect(staff.page.locator("table.faults")).to_contain_text("边界自相交")
