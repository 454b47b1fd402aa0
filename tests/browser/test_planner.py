"""A planner browses by district, cluster, stage and year, turns layers on, and looks for holes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.app import DESK, SCREENS

WORDS = {
    "zh": {
        "bases": "基地与平台", "maker": "众创空间", "gaps": "覆盖缺口", "coverage": "覆盖缺口", "home": "回到全域",
        "fullscreen": "全屏", "measure": "测距", "own": "自定服务半径", "ranked": "缺口排行", "ground": "空白地带",
        "search": "搜索基地、设施、乡镇", "base": "电力科技创新中心", "query": "电力科技", "district": "按片区", "missing": "缺什么",
        "legend": "图例",
    },
    "en": {
        "bases": "Bases and platforms", "maker": "Maker space", "gaps": "Coverage gaps", "coverage": "Coverage gaps",
        "home": "Whole county", "fullscreen": "Full screen", "measure": "Measure", "own": "Own service radius",
        "ranked": "Ranked gaps", "ground": "Uncovered ground", "search": "Find a base, facility, town",
        "base": "Power Technology Innovation Centre", "query": "power tech",
        "district": "By district", "missing": "What is missing", "legend": "Legend",
    },
}  # fmt: skip


@pytest.mark.browser
@pytest.mark.parametrize(("lang", "size"), SCREENS)
def test_a_filter_changes_figures_and_symbols_but_never_the_frame(shared_app, visit, lang, size):
    words = WORDS[lang]
    planner = visit(shared_app, lang, size)
    planner.go()
    frame = planner.wait_for_map()
    planner.settle()
    expect(planner.figure(words["bases"])).to_have_text("22")
    frame.evaluate(
        "Atlas.view.map.setZoom(12, {animate: false}); Atlas.view.moved = true; Atlas.view.map.panBy([40, 30], {animate: false}); document.getElementById('map_div').mine = 1"
    )
    view = frame.evaluate("[Atlas.view.map.getZoom(), Atlas.view.map.getCenter()]")
    before = planner.stamp()
    planner.open_sidebar()
    planner.page.get_by_test_id("stSidebar").get_by_role("button", name=words["maker"], exact=True).click()
    planner.wait_for_redraw(before)
    planner.close_sidebar()
    expect(planner.figure(words["bases"])).to_have_text("2")
    frame = planner.map_frame()
    assert frame.evaluate("document.getElementById('map_div').mine") == 1, "the map was mounted anew"
    assert frame.evaluate("[Atlas.view.map.getZoom(), Atlas.view.map.getCenter()]") == view
    assert frame.locator(".atlas-base").count() == 2
    kinds = frame.locator(".atlas-legend").text_content()
    assert words["maker"] in kinds


@pytest.mark.browser
@pytest.mark.parametrize(("lang", "size"), SCREENS)
def test_a_name_is_found_flown_to_and_told_about(shared_app, visit, lang, size):
    words = WORDS[lang]
    planner = visit(shared_app, lang, size)
    planner.go()
    frame = planner.wait_for_map()
    expect(planner.page.locator(".paper h3").filter(has_text=words["missing"])).to_be_visible()
    start = frame.evaluate("Atlas.view.map.getZoom()")
    box = frame.get_by_placeholder(words["search"])
    box.fill(words["query"])
    expect(frame.locator(".atlas-search li").first).to_contain_text(words["base"])
    box.press("Enter")
    expect(planner.page.locator(".paper h3").filter(has_text=words["base"])).to_be_visible()
    frame = planner.map_frame()
    frame.wait_for_function("Atlas.view.map.getZoom() >= 14")
    assert frame.evaluate("Atlas.view.map.getZoom()") > start
    assert frame.locator(".atlas-picked").count() == 1
    rows = planner.page.locator(".paper table tr")
    assert rows.count() == 15, "a head and one row for each of the fourteen categories"


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_map_has_its_tools(shared_app, visit, lang):
    words = WORDS[lang]
    planner = visit(shared_app, lang, DESK)
    planner.go()
    frame = planner.wait_for_map()
    for name in (words["home"], words["fullscreen"], words["measure"]):
        assert frame.locator(f'[title="{name}"]').count() == 1, name
    expect(frame.locator(".leaflet-control-scale")).to_contain_text("km")
    expect(frame.locator(".atlas-north")).to_be_visible()
    expect(frame.locator(".atlas-legend > summary")).to_have_text(words["legend"])
    home = frame.evaluate("Atlas.view.map.getCenter()")
    frame.evaluate("Atlas.view.map.setView([28.4, 121.1], 14, {animate: false})")
    frame.locator(f'[title="{words["home"]}"]').click()
    frame.wait_for_function("Atlas.view.map.getZoom() < 11")
    after = frame.evaluate("Atlas.view.map.getCenter()")
    assert abs(after["lat"] - home["lat"]) < 0.02
    assert abs(after["lng"] - home["lng"]) < 0.02


@pytest.mark.browser
@pytest.mark.parametrize(("lang", "size"), SCREENS)
def test_gaps_are_seen_ranked_and_taken_away(shared_app, visit, lang, size):
    words = WORDS[lang]
    planner = visit(shared_app, lang, size)
    planner.go("coverage")  # the very first page of a visit may be any
    frame = planner.wait_for_map()
    planner.settle()
    matrix = planner.page.locator("table.matrix tbody tr")
    assert matrix.count() == 22
    share = planner.page.locator(".strip div", has_text=words["ground"]).locator("b")
    by_standard = share.inner_text()
    before = planner.stamp()
    planner.open_sidebar()
    planner.page.get_by_test_id("stSidebar").get_by_text(words["own"], exact=True).click()
    planner.wait_for_redraw(before)
    planner.close_sidebar()
    expect(share).not_to_have_text(by_standard)
    assert frame.locator("path[fill='url(#atlas-hatch)']").count() >= 1
    planner.page.get_by_role("radio", name=words["ranked"]).or_(
        planner.page.get_by_role("button", name=words["ranked"])
    ).first.click()
    ranks = planner.page.locator(".paper table tbody tr td:first-child")
    expect(ranks.first).to_have_text("1")
    planner.settle()  # the files are made anew with the page: a button pressed before its end has none behind it
    with planner.page.expect_download() as waiting:
        planner.page.get_by_role("button", name=re.compile("GeoJSON")).click()
    exported = waiting.value.path().read_text(encoding="utf-8")
    assert '"sample": true' in exported
    assert exported.count('"Feature"') == 22 * 14
