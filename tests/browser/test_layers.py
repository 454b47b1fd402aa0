"""A county whose staff have stored a district, roads and population: the map draws them, and they can be put out of sight."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Frame, expect
from shapely import LineString, Point, Polygon

from geo import usecases
from geo.i18n import typeset
from geo.model import Layer
from tests.browser.app import DESK, PHONE, running

MIDDLE = (120.95, 28.05)
# A shore of forty bends, as a survey would have it, that leaves the schematic outline on every side.
OUTLINE = Polygon(
    [
        (MIDDLE[0] + r * math.cos(turn), MIDDLE[1] + 0.8 * r * math.sin(turn))
        for turn in (2 * math.pi * n / 40 for n in range(40))
        for r in [0.06 + 0.008 * math.sin(5 * turn)]
    ]
)
STREETS = [
    LineString([(120.86 + 0.01 * n, 27.99 + 0.02 * i + 0.006 * math.sin(n + i)) for n in range(30)]) for i in range(6)
] + [LineString([(120.88 + 0.04 * i + 0.004 * math.sin(n), 27.99 + 0.01 * n) for n in range(40)]) for i in range(6)]
VILLAGES = [(120.86 + 0.045 * (n % 7), 28.03 + 0.07 * (n // 7)) for n in range(35)]
WORDS = {
    "zh": {"lines": ("片区、乡镇界", typeset("片区、乡镇界(示意)")), "roads": "道路", "people": "人口", "district": "经济开发区(实测)"},
    "en": {"lines": ("Districts, towns", "Districts, towns (schematic)"), "roads": "Roads", "people": "Population",
           "district": "Development Zone (surveyed)"},
}  # fmt: skip


@pytest.fixture(scope="module")
def layered_app(tmp_path_factory: pytest.TempPathFactory, put) -> Iterator[str]:
    database: Path = tmp_path_factory.mktemp("layers") / "atlas.db"
    atlas = usecases.open_atlas(f"sqlite:///{database}", "yueqing")
    surveyed = {"certainty": "surveyed", "source": "自然资源局"}
    named = {"id": "devzone", "name": WORDS["zh"]["district"], "name_en": WORDS["en"]["district"]}
    put(atlas, Layer.DISTRICTS, [named | surveyed], [OUTLINE])
    put(atlas, Layer.ROADS, [{"id": f"r{n}", "name": f"路{n}"} | surveyed for n in range(len(STREETS))], STREETS)
    people = [{"id": f"p{n}", "name": f"村{n}", "people": 800 * n} | surveyed for n in range(len(VILLAGES))]
    put(atlas, Layer.POPULATION, people, [Point(place) for place in VILLAGES])
    atlas.store.close()
    with running(database) as address:
        yield address


def inked(frame: Frame, layer: str, at: tuple[float, float]) -> bool:
    """Whether the layer's canvas has colour where the map shows the place (lon, lat)."""
    found = frame.evaluate(
        """([layer, [lon, lat]]) => {
             const canvas = document.querySelector('canvas.atlas-' + layer);
             const at = Atlas.view.map.latLngToContainerPoint([lat, lon]);
             const ratio = window.devicePixelRatio || 1;
             const box = canvas.getContext('2d').getImageData((at.x - 1) * ratio, (at.y - 1) * ratio, 3, 3);
             return box.data.some((value) => value > 0);
           }""",
        [layer, at],
    )
    return bool(found)


@pytest.mark.browser
@pytest.mark.parametrize(("lang", "size"), [("zh", DESK), ("en", DESK), ("zh", PHONE)])
def test_stored_outlines_roads_and_people_are_drawn(layered_app, visit, lang, size):
    planner = visit(layered_app, lang, size)
    planner.go()
    frame = planner.wait_for_map()
    borders = frame.evaluate(
        """() => [...document.querySelectorAll('.leaflet-ground-pane path')]
             .filter((path) => path.getAttribute('stroke') === '#7d8a92')
             .map((path) => path.getAttribute('stroke-dasharray'))"""
    )
    assert sorted(borders, key=str) == ["5 4"] * 6 + [None]
    assert WORDS[lang]["district"] in frame.locator(".atlas-label.atlas-district").all_text_contents()
    for street in STREETS:
        lon, lat = street.coords[15]
        assert inked(frame, "roads", (lon, lat))
    assert not inked(frame, "roads", (121.2, 28.4))
    assert all(inked(frame, "population", village) for village in VILLAGES[1:])
    assert not inked(frame, "population", VILLAGES[0]), "nobody lives there"
    legend = frame.locator(".atlas-legend").text_content() or ""
    for words in (*WORDS[lang]["lines"], WORDS[lang]["roads"], WORDS[lang]["people"]):
        assert words in legend


@pytest.mark.browser
def test_roads_stay_where_they_are_at_every_zoom(layered_app, visit):
    planner = visit(layered_app, "zh", DESK)
    planner.go()
    frame = planner.wait_for_map()
    lon, lat = STREETS[2].coords[12]
    for zoom in (10, 12.5, 15, 17):
        frame.evaluate(
            "([lon, lat, zoom]) => Atlas.view.map.setView([lat, lon], zoom, {animate: false})", [lon, lat, zoom]
        )
        assert inked(frame, "roads", (lon, lat)), zoom


@pytest.mark.browser
def test_roads_and_people_are_put_out_of_sight_and_stay_so_on_the_next_page(layered_app, visit):
    planner = visit(layered_app, "zh", DESK)
    planner.go()
    frame = planner.wait_for_map()
    boxes = {name: frame.get_by_role("checkbox", name=WORDS["zh"][name]) for name in ("roads", "people")}
    expect(boxes["roads"]).to_be_checked()
    boxes["roads"].uncheck()
    expect(frame.locator("canvas.atlas-roads")).to_have_count(0)
    expect(frame.locator("canvas.atlas-population")).to_have_count(1)
    planner.go("coverage")
    frame = planner.wait_for_map()
    frame.locator(".atlas-legend-part > summary").last.click()  # folded, where the map is small
    box = frame.get_by_role("checkbox", name=WORDS["zh"]["roads"])
    expect(box).not_to_be_checked()
    expect(frame.locator("canvas.atlas-roads")).to_have_count(0)
    box.check()
    expect(frame.locator("canvas.atlas-roads")).to_have_count(1)
    assert inked(frame, "roads", STREETS[0].coords[15])


@pytest.mark.browser
def test_a_click_between_roads_and_discs_reaches_the_map(layered_app, visit):
    planner = visit(layered_app, "zh", DESK)
    planner.go("buffer")
    frame = planner.wait_for_map()
    pane = "name => getComputedStyle(document.querySelector('.leaflet-' + name + '-pane')).pointerEvents"
    assert [frame.evaluate(pane, name) for name in ("roads", "population")] == ["none", "none"]
    before = planner.stamp()
    spot = frame.evaluate("Atlas.view.map.latLngToContainerPoint([28.33, 121.0])")
    frame.locator("#map_div").click(position=spot)
    planner.wait_for_redraw(before)
    expect(frame.locator(".atlas-cross")).to_have_count(1)
