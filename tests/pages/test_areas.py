"""Pages once staff have stored outlines, roads and population: figures, words, legend and addresses follow them."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest
from shapely import LineString, Point, box

from geo import usecases
from geo.model import Layer
from pages.parts import routes

OURS = box(120.88, 28.02, 120.97, 28.08)
SCHEMATIC, SURVEYED = "占所选片区面积(片区界为示意)", "占所选片区面积"


def district(id="devzone"):
    return {"id": id, "name": f"{id}(实测)", "certainty": "surveyed"}


@pytest.fixture
def whole(own, put):
    """Every district surveyed: by the very outlines that were schematic."""
    areas = own.pack.district_areas
    put(own, Layer.DISTRICTS, [district(id) for id in areas["id"]], areas.geometry.tolist())
    towns = own.pack.town_areas
    rows = [{"id": f"t{n}", "name": name, "certainty": "surveyed"} for n, name in enumerate(towns["name"])]
    put(own, Layer.TOWNS, rows, towns.geometry.tolist())


def test_a_stored_district_changes_the_share_and_what_is_said_of_it(own, put, page):
    look = page().open("coverage").set("selectbox", "district", "devzone")
    before = look.figures["空白地带"]
    assert SCHEMATIC in look.html
    put(own, Layer.DISTRICTS, [district()], [OURS])
    look.run()
    ground = usecases.uncovered(own, usecases.snapshot(own), "commerce", usecases.Settings(), ["devzone"])
    assert look.figures["空白地带"] == f"{ground.share:.0%}" != before
    assert SCHEMATIC not in look.html
    assert SURVEYED in look.html
    look.set("selectbox", "district", "liubai")
    assert SCHEMATIC in look.html, "its neighbour is still schematic"


def test_nothing_is_called_schematic_once_every_outline_is_stored(whole, page):
    for name in ("", "coverage", "buffer"):
        look = page().open(name)
        assert look.legend("lines") == ["片区、乡镇界"]
    look = page().open("coverage")
    assert SCHEMATIC not in look.html


def test_the_geography_that_a_page_sends_for_has_the_stored_district(own, put, page, ask):
    look = page().open()
    before = look.map["urls"]["geography"]
    put(own, Layer.DISTRICTS, [district()], [OURS])
    after = look.run().map["urls"]["geography"]
    assert after != before
    names = {f["properties"]["name"] for f in json.loads(ask(after).body)["districts"]["features"]}
    assert "devzone(实测)" in names
    assert look.legend("lines") == ["片区、乡镇界", "片区、乡镇界(示意)"]


def test_roads_and_population_are_sent_for_only_where_there_are_any(own, put, page, ask):
    look = page().open()
    assert set(look.map["urls"]) == {"geography", "bases", "facilities"}
    assert look.legend("lines") == ["片区、乡镇界(示意)"]
    put(own, Layer.ROADS, [{"id": "r", "name": "路"}], [LineString([(120.9, 28.0), (121, 28.1)])])
    put(own, Layer.POPULATION, [{"id": "p", "name": "村", "people": 100}], [Point(121, 28.1)])
    look.run()
    assert set(look.map["urls"]) == {"geography", "bases", "facilities", "roads", "population"}
    assert json.loads(ask(look.map["urls"]["roads"]).body)["count"] == [2]
    assert json.loads(ask(look.map["urls"]["population"]).body)["people"] == [100]
    (lines,) = [part for part in look.map["legend"] if part["id"] == "lines"]
    assert [(item["label"], item["toggle"]) for item in lines["items"][1:]] == [
        ("道路", "roads"),
        ("人口(圆大人多)", "population"),
    ]


def test_the_banner_counts_sample_rows_of_every_layer(own, put, page):
    row = {"id": "r", "name": "路", "sample": True, "certainty": "synthetic"}
    put(own, Layer.ROADS, [row], [LineString([(120.9, 28.0), (121, 28.1)])])
    assert page().open().banners == [
        "本页含 420 条示例数据(按固定种子合成,非真实数据),设施和基地在图上画成空心;达标与缺口因此只作演示。"
    ]


def test_a_geography_that_is_not_there_says_to_reload(own, ask):
    address = urlsplit(routes.geography_url("0" * 12, own.pack.digest)).path
    answer = ask(address)
    assert (answer.status, answer.text) == (404, "片区或乡镇界已经更新:请刷新页面。")
    assert "cache-control" not in answer.headers
