"""An official checks a base's buffer zones and leaves with a sheet that names clause, distance and nearest facility."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
from playwright.sync_api import expect

from geo.i18n import typeset
from tests.browser.app import DESK, SCREENS

WORDS = {
    "zh": {
        "begin": typeset("选一个基地,或点图上任意位置"), "base": "物联网传感产业园", "pass": "✓ 达标", "gap": "✗ 缺口", "xlsx": typeset("下载核查表(XLSX)"),
        "print": "打印核查表", "point": "图上所点的位置", "sample": "含示例数据", "ring": typeset("15 分钟(1000 米)"), "clause": "GB 50180-2018",
    },
    "en": {
        "begin": "Choose a base, or click anywhere on the map", "base": "IoT Sensing Park", "pass": "✓ Pass", "gap": "✗ Gap",
        "xlsx": "Download sheet (XLSX)", "print": "Print the sheet", "point": "The place clicked", "sample": "sample data",
        "ring": "15 min (1000 m)", "clause": "GB 50180-2018",
    },
}  # fmt: skip


@pytest.mark.browser
@pytest.mark.parametrize(("lang", "size"), SCREENS)
def test_a_base_is_checked_and_the_sheet_taken_along(shared_app, visit, lang, size):
    words = WORDS[lang]
    official = visit(shared_app, lang, size)
    page = official.page
    official.go("buffer")
    frame = official.wait_for_map()
    expect(page.get_by_text(words["begin"])).to_be_visible()
    frame.locator(f'.atlas-base[aria-label*="{words["base"]}"]').dispatch_event("click")
    expect(page.locator(".paper h3").filter(has_text=words["base"])).to_be_visible()
    official.settle()
    rows = page.locator(".paper table tbody tr")
    expect(rows).to_have_count(14)
    told = page.locator(".paper table").inner_text()
    assert words["pass"] in told
    assert words["gap"] in told
    frame = official.map_frame()
    expect(frame.locator(".atlas-ring")).to_have_count(3)
    with page.expect_download() as waiting:
        page.get_by_role("button", name=words["xlsx"]).click()
    book = openpyxl.load_workbook(io.BytesIO(waiting.value.path().read_bytes()))
    text = "\n".join(str(cell.value) for row in book.worksheets[0] for cell in row if cell.value is not None)
    for piece in (words["base"], words["pass"], words["gap"], words["clause"]):
        assert piece in text
    with official.context.expect_page() as opened:
        page.get_by_role("link", name=re.compile(words["print"])).click()
    sheet = opened.value
    sheet.wait_for_load_state()
    assert words["base"] in sheet.inner_text("h1")
    assert words["sample"] in sheet.inner_text("body")
    assert sheet.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 1


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_any_place_can_be_checked_with_rings_of_ones_own(shared_app, visit, lang):
    words = WORDS[lang]
    official = visit(shared_app, lang, DESK)
    page = official.page
    official.go("buffer")
    frame = official.wait_for_map()
    official.settle()
    frame.evaluate("Atlas.view.map.setView([28.30, 121.05], 14, {animate: false})")
    frame.locator("#map_div").click(position={"x": 230, "y": 260})
    expect(page.locator(".paper h3").filter(has_text=words["point"])).to_be_visible()
    expect(official.map_frame().locator(".atlas-cross")).to_have_count(1)
    before = official.stamp()
    page.get_by_test_id("stSidebar").get_by_role("button", name=words["ring"]).click()
    official.wait_for_redraw(before)
    expect(official.map_frame().locator(".atlas-ring")).to_have_count(2)
    before = official.stamp()
    own = page.get_by_test_id("stNumberInputField")
    own.fill("2500")
    own.press("Enter")
    official.wait_for_redraw(before)
    expect(official.map_frame().locator(".atlas-ring").last).to_contain_text("2,500")
