"""A raster of where people live comes in at the upload desk, and the coverage page says how many are left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from playwright.sync_api import FilePayload, expect

from geo.i18n import typeset
from tests.browser.app import DESK
from tests.ingest.readers.conftest import quietly

STEP = 0.005  # degrees: some 500 m
WEST, NORTH, COLUMNS, ROWS = 120.70, 28.60, 120, 160  # the county and more
PEOPLE = 7


def raster(folder: Path) -> FilePayload:
    """Seven people in every cell, on land and at sea, in the county and beside it."""
    path = folder / "people.tif"
    cells = np.full((ROWS, COLUMNS), PEOPLE, dtype=np.uint16)
    grid = {"crs": "EPSG:4326", "transform": rasterio.Affine(STEP, 0, WEST, 0, -STEP, NORTH)}
    shape = {"driver": "GTiff", "count": 1, "dtype": "uint16", "width": COLUMNS, "height": ROWS}

    def put() -> None:
        with rasterio.open(path, "w", **shape, **grid) as file:
            file.write(cells, 1)

    quietly(put)
    return {"name": path.name, "mimeType": "image/tiff", "buffer": path.read_bytes()}


@pytest.mark.browser
def test_people_come_as_a_raster_and_those_left_out_are_told(own_app, visit, tmp_path):
    staff = visit(own_app, "zh", DESK)
    staff.go("upload")
    staff.settle()
    staff.page.get_by_label("上传的是").click()
    staff.page.get_by_role("option", name="人口").click()
    expect(staff.page.get_by_text("也可以是 GeoTIFF 栅格")).to_be_visible()
    staff.choose(raster(tmp_path))
    staff.wait_for_map()
    staff.settle()
    faults = staff.page.locator("table.faults")
    expect(faults).to_contain_text(typeset("栅格 120 × 160 格,每格约 521 米"))
    expect(faults).to_contain_text("按“每格多少人”读")
    expect(faults.locator("tbody tr")).to_have_count(1)
    expect(staff.figure(typeset("有错,未收"))).to_have_text("0")
    cells = int(staff.figure("可存").inner_text())
    staff.page.get_by_role("button", name="作为一次修订").click()
    expect(staff.page.get_by_test_id("stAlert").filter(has_text="已存为第")).to_be_visible()

    staff.go("coverage")
    staff.wait_for_map()
    staff.page.get_by_role("radio", name="空白地带").click()
    county = staff.page.locator("table.ground tbody tr").first
    expect(county).to_contain_text("全县")
    people, left, share = (county.locator("td").nth(n).inner_text() for n in (4, 5, 6))
    people, left = (int(text.replace(",", "")) for text in (people, left))
    assert 0.8 * cells * PEOPLE < people <= cells * PEOPLE  # cells on the border lie only partly in the county
    assert 0 < left < people
    assert share == f"{left / people:.0%}"
    staff.page.get_by_role("radio", name="供给").click()
    supply = staff.page.locator("table.supply")
    expect(supply.locator("thead")).to_contain_text("每千人")
    expect(supply.locator("tbody tr").first.locator("td").nth(1)).to_have_text(f"{people:,}")
    expect(supply.locator("tbody tr").first.locator("td").nth(4)).to_have_text(f"{left:,}")
    assert staff.faults == []
