"""Streets from an OpenStreetMap file: brought in at the upload desk, then walked on the coverage page."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.app import DESK
from tests.osm.conftest import cross, document, node

# A grid of streets over the south of the shipped county, from 250 m to 250 m: thousandths of a degree from 121.0, 28.1.
WEST, SOUTH, STEP, COLUMNS, ROWS = -120.0, -120.0, 2.5, 60, 80


def streets() -> bytes:
    def at(column: int, row: int) -> int:
        return 1 + row * COLUMNS + column

    nodes = [
        node(at(column, row), WEST + STEP * column, SOUTH + STEP * row)
        for row in range(ROWS)
        for column in range(COLUMNS)
    ]
    across = [cross(row + 1, [at(column, row) for column in range(COLUMNS)]) for row in range(ROWS)]
    along = [cross(1000 + column, [at(column, row) for row in range(ROWS)]) for column in range(COLUMNS)]
    school = node(90_000, -30, -60, amenity="school", **{"name:zh": "南岸小学"})
    return document(*nodes, school, *across, *along)


@pytest.mark.browser
def test_streets_come_in_and_a_planner_walks_on_them(own_app, visit):
    staff = visit(own_app, "zh", DESK)
    staff.go("upload")
    staff.choose({"name": "zhejiang.osm", "mimeType": "application/xml", "buffer": streets()})
    expect(staff.page.get_by_text("文件里有什么")).to_be_visible(timeout=60_000)
    expect(staff.figure("可步行的路")).to_have_text(str(ROWS + COLUMNS))
    expect(staff.figure("连成一片的最大部分")).to_have_text("100.0%")
    staff.page.get_by_role("button", name="代替上次导入的 OpenStreetMap 数据").click()
    expect(staff.page.get_by_test_id("stAlert").filter(has_text="已存为第 2 号修订")).to_be_visible(timeout=60_000)

    planner = visit(own_app, "en", DESK)
    planner.go("coverage")
    planner.wait_for_map()
    planner.settle()
    gaps = int(planner.figure("Gap").inner_text())
    planner.page.get_by_role("radio", name="Straight and on foot").or_(
        planner.page.get_by_role("button", name="Straight and on foot")
    ).first.click()
    expect(planner.page.locator("table.walk tbody tr")).to_have_count(22, timeout=60_000)
    expect(planner.page.get_by_text(f"Network: {ROWS + COLUMNS} streets")).to_be_visible()
    before = planner.stamp()
    planner.page.get_by_test_id("stSidebar").get_by_text("On foot", exact=True).click()
    planner.wait_for_redraw(before)
    planner.settle()
    assert int(planner.figure("Gap").inner_text()) > gaps
    assert planner.map_frame().locator("path[fill='url(#atlas-hatch)']").count() >= 1
