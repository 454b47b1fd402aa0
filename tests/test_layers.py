"""Districts, towns, roads and population once staff have stored them: what every use of a snapshot makes of them."""

from __future__ import annotations

import json

import pytest
import shapely
from shapely import LineString, MultiLineString, Point, box

from geo import usecases
from geo.crs import to_metric
from geo.errors import NotFoundError
from geo.maps import columns
from geo.model import Layer
from geo.usecases import Author, Filter, Settings

STAFF = Author("林工")
OURS = box(120.88, 28.02, 120.97, 28.08)  # in the schematic economic zone, and over some of its neighbour's ground
DEVZONE = {"id": "devzone", "name": "经济开发区(实测)", "certainty": "surveyed", "source": "自然资源局"}
ROADS = [
    LineString([(120.9, 28.0), (120.95, 28.1)]),
    MultiLineString([[(121, 28.1), (121, 28.2)], [(121.1, 28.2), (121.1, 28.3)]]),
]
WHOLE = {
    Layer.DISTRICTS: ([DEVZONE], [OURS]),
    Layer.TOWNS: ([{"id": "t1", "name": "柳市镇", "district": "liubai", "certainty": "surveyed", "source": "自然资源局"}], [box(120.88, 28.03, 120.92, 28.07)]),
    Layer.ROADS: ([{"id": f"r{n}", "name": f"路{n}", "kind": "主干路", "certainty": "reported", "source": "交通局"} for n in range(2)], ROADS),
    Layer.POPULATION: (
        [{"id": "p1", "name": "一村", "people": 1200.0, "certainty": "reported", "source": "交通局"},
         {"id": "p2", "name": "二村", "people": 0.0, "certainty": "surveyed", "source": "自然资源局"}],
        [Point(120.96, 28.03), box(120.94, 28.02, 120.95, 28.03)],
    ),
}  # fmt: skip


def area_km2(atlas, frame, id):
    metric = to_metric(frame, atlas.pack.metric_epsg)
    return metric.area[frame["id"] == id].iloc[0] / 1e6


# --- areas ---------------------------------------------------------------------------------------------------------


def test_without_stored_outlines_the_areas_are_the_packs(atlas):
    snap = usecases.snapshot(atlas)
    assert snap.district_areas["schematic"].all()
    assert snap.town_areas["schematic"].all()
    assert snap.district_areas.geometry.tolist() == atlas.pack.district_areas.geometry.tolist()
    assert snap.town_areas["name"].tolist() == atlas.pack.town_areas["name"].tolist()


def test_a_stored_district_holds_from_its_revision_until_it_is_undone(atlas, put):
    revision = put(atlas, Layer.DISTRICTS, [DEVZONE], [OURS])
    before, after = usecases.snapshot(atlas, 1), usecases.snapshot(atlas)
    row = after.district_areas.set_index("id").loc["devzone"]
    assert (row["name"], row["schematic"]) == ("经济开发区(实测)", False)
    assert row["geometry"].equals(OURS)
    assert before.district_areas["schematic"].all()
    others = shapely.union_all(after.district_areas.geometry[after.district_areas["id"] != "devzone"].array)
    assert others.intersection(OURS).area < 1e-9
    usecases.undo(atlas, revision.number, STAFF)
    assert usecases.snapshot(atlas).district_areas["schematic"].all()
    assert usecases.snapshot(atlas).areas is before.areas


def test_shares_profiles_and_facilities_follow_the_stored_district(atlas, put):
    place = Point(120.9, 28.05)
    before = usecases.snapshot(atlas)
    was = usecases.district_at(before, place)
    assert was != "devzone"
    schematic = usecases.uncovered(atlas, before, "school", Settings(), ["devzone"])
    put(atlas, Layer.DISTRICTS, [DEVZONE], [OURS])
    after = usecases.snapshot(atlas)
    surveyed = usecases.uncovered(atlas, after, "school", Settings(), ["devzone"])
    assert surveyed.area_m2 / 1e6 == pytest.approx(area_km2(atlas, after.district_areas, "devzone"))
    assert schematic.area_m2 / 1e6 == pytest.approx(area_km2(atlas, atlas.pack.district_areas, "devzone"))
    assert surveyed.share != pytest.approx(schematic.share)
    assert usecases.district_at(after, place) == "devzone"
    inside = after.facilities.geometry.intersects(OURS)
    assert inside.sum() > 5
    assert set(after.facilities.loc[inside, "district"]) == {"devzone"}
    assert (after.facilities["district"] == "devzone").sum() == inside.sum()
    assert after.facilities["district"].dtype == before.facilities["district"].dtype == "str"
    shown = usecases.facility_mask(after, Filter(districts=("devzone",)), set(after.facilities["category"]))
    assert shown.tolist() == inside.tolist()


def test_totals_are_drawn_with_the_stored_district(atlas, put):
    put(atlas, Layer.DISTRICTS, [DEVZONE], [OURS])
    snap = usecases.snapshot(atlas)
    table = usecases.coverage(atlas, snap, Settings())
    drawn = json.loads(usecases.export_totals(atlas, snap, table, "district", Settings(), "geojson", "zh"))
    shapes = [f["geometry"] for f in drawn["features"] if f["properties"]["district"] == "devzone"]
    assert shapes
    assert all(shapely.from_geojson(json.dumps(shape)).equals(OURS) for shape in shapes)


def test_the_sheets_sketch_names_the_stored_district_and_dashes_the_others(atlas, put):
    put(atlas, Layer.DISTRICTS, [DEVZONE], [OURS])
    snap = usecases.snapshot(atlas)
    place = Point(120.95, 28.03)
    check = usecases.check_buffer(atlas, snap, place, (3000.0,), Settings())
    page = usecases.sheet_html(atlas, snap, place, check, Settings(), "zh")
    assert "经济开发区(实测)" in page
    assert ">片区界<" in page
    assert '<path class="district" d="' in page


def test_the_geographys_address_changes_with_stored_outlines_and_with_nothing_else(atlas, put, feature, as_file):
    first = usecases.snapshot(atlas).areas.digest
    report = usecases.check_file(atlas, as_file(feature(name="新", stage="maker")), "up.geojson", Layer.BASES)
    usecases.store(atlas, report, STAFF)
    put(atlas, Layer.ROADS, *WHOLE[Layer.ROADS])
    assert usecases.snapshot(atlas).areas.digest == first
    put(atlas, Layer.DISTRICTS, [DEVZONE], [OURS])
    second = usecases.snapshot(atlas).areas.digest
    assert second != first
    drawn = json.loads(usecases.map_geography(atlas, second))
    named = {f["properties"]["id"]: f["properties"] for f in drawn["districts"]["features"]}
    assert (named["devzone"]["name"], named["devzone"]["schematic"]) == ("经济开发区(实测)", False)
    assert named["liubai"]["schematic"] is True
    assert usecases.map_geography(atlas, second) is usecases.map_geography(atlas, second)


def test_a_geography_that_nobody_has_lately_seen_is_said_to_have_changed(atlas):
    with pytest.raises(NotFoundError) as caught:
        usecases.map_geography(atlas, "0" * 12)
    assert caught.value.text("zh") == "片区或乡镇界已经更新:请刷新页面。"


def test_a_file_is_checked_against_the_stored_districts(atlas, put, feature, as_file):
    put(atlas, Layer.DISTRICTS, [DEVZONE], [OURS])
    rows = as_file(feature(120.9, 28.05, name="食堂", category="dining"))
    report = usecases.check_file(atlas, rows, "up.geojson", Layer.FACILITIES)
    assert report.accepted["district"].tolist() == ["devzone"]


# --- all six layers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layer", WHOLE)
def test_every_layer_is_exported_and_its_file_can_be_uploaded_again(atlas, put, layer):
    put(atlas, layer, *WHOLE[layer])
    snap = usecases.snapshot(atlas)
    data = usecases.export_layer(snap, layer, "geojson", "zh")
    report = usecases.check_file(atlas, data, "back.geojson", layer)
    assert report.accepted_count == len(WHOLE[layer][0])
    assert {report.status(id) for id in report.accepted["id"]} == {"same"}
    for kind in ("csv", "xlsx"):
        assert len(usecases.export_layer(snap, layer, kind, "en")) > 100


@pytest.mark.parametrize("layer", [Layer.ROADS, Layer.POPULATION])
def test_the_map_gets_what_lies_under_the_symbols(atlas, put, layer):
    put(atlas, layer, *WHOLE[layer])
    snap = usecases.snapshot(atlas)
    assert usecases.map_layer(atlas, layer, snap.revision) == columns.layer_columns(
        layer, snap.frame(layer), atlas.pack
    )
    empty = json.loads(usecases.map_layer(atlas, layer, 1))
    assert empty["x"] == []


def test_sample_rows_of_every_layer_go_at_once(atlas, put):
    for layer, (rows, shapes) in WHOLE.items():
        put(atlas, layer, [{**row, "sample": True, "certainty": "synthetic"} for row in rows], shapes)
    snap = usecases.snapshot(atlas)
    assert snap.sample_count == 419 + 6
    assert snap.district_areas["schematic"].all(), "an outline that is made up is no survey"
    removed = usecases.remove_sample(atlas, STAFF)
    assert removed.removed == 419 + 6
    now = usecases.snapshot(atlas)
    assert not now.has_sample
    assert [len(now.frame(layer)) for layer in Layer] == [22, 0, 0, 0, 0, 0, 0]
    assert now.areas.digest == usecases.snapshot(atlas, 1).areas.digest


def test_sample_roads_alone_are_sample_data(atlas, put):
    usecases.remove_sample(atlas, STAFF)
    assert not usecases.snapshot(atlas).has_sample
    put(atlas, Layer.ROADS, [{"id": "r", "name": "路", "sample": True, "certainty": "synthetic"}], ROADS[:1])
    assert usecases.snapshot(atlas).has_sample


# --- previews ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layer", [Layer.DISTRICTS, Layer.TOWNS])
def test_a_preview_of_outlines_is_the_geography_as_it_would_be(atlas, put, layer):
    revision = put(atlas, layer, *WHOLE[layer])
    data = usecases.export_layer(usecases.snapshot(atlas), layer, "geojson", "zh")
    usecases.undo(atlas, revision.number, STAFF)
    preview = usecases.preview(atlas, usecases.check_file(atlas, data, "up.geojson", layer))
    drawn = json.loads(usecases.map_preview(atlas, preview.token))[str(layer)]["features"]
    (name,) = [row["name"] for row in WHOLE[layer][0]]
    assert [f["properties"]["name"] for f in drawn if not f["properties"]["schematic"]] == [name]
    assert usecases.snapshot(atlas).areas.districts["schematic"].all(), "nothing is stored yet"


@pytest.mark.parametrize("layer", [Layer.ROADS, Layer.POPULATION])
def test_a_preview_of_what_lies_beneath_is_that_layer(atlas, put, layer):
    revision = put(atlas, layer, *WHOLE[layer])
    data = usecases.export_layer(usecases.snapshot(atlas), layer, "geojson", "zh")
    expected = usecases.map_layer(atlas, layer, revision.number)
    usecases.undo(atlas, revision.number, STAFF)
    preview = usecases.preview(atlas, usecases.check_file(atlas, data, "up.geojson", layer))
    assert usecases.map_preview(atlas, preview.token) == expected
