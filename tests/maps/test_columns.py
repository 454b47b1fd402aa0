"""What the browser decodes is what the frame holds. The decoders here do what static/atlas/atlas.js does."""

from __future__ import annotations

import base64
import json
from itertools import accumulate

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, Point, Polygon

from geo.maps.columns import (
    DRAWN,
    SYMBOLS,
    base_columns,
    bits,
    facility_columns,
    geography,
    layer_columns,
    population_columns,
    road_columns,
)
from geo.model import Certainty, Layer

SQUARE = Polygon([(121.0, 28.1), (121.02, 28.1), (121.02, 28.12), (121.0, 28.12)])
degrees = st.tuples(st.floats(-180, 180, width=64), st.floats(-90, 90, width=64))
# To a centimetre, as files give them: GEOS reckons wrongly with 5e-307 degrees, which is no place.
places_cm = st.tuples(st.integers(-1_800_000_000, 1_800_000_000), st.integers(-900_000_000, 900_000_000)).map(
    lambda at: (at[0] / 1e7, at[1] / 1e7)
)
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def undelta(steps: list[int]) -> list[float]:
    return [at / 1e6 for at in accumulate(steps)]


def unbits(text: str, length: int) -> list[bool]:
    data = base64.b64decode(text, validate=True)
    return [bool(data[i >> 3] >> (7 - (i & 7)) & 1) for i in range(length)]


@given(places=st.lists(degrees, max_size=40))
@quick
def test_positions_come_back_to_a_millionth_of_a_degree(pack, make_frame, places):
    drawn = json.loads(facility_columns(make_frame(Layer.FACILITIES, [Point(*place) for place in places]), pack))
    assert all(isinstance(step, int) for step in drawn["x"] + drawn["y"])
    for decoded, exact in zip(zip(undelta(drawn["x"]), undelta(drawn["y"]), strict=True), places, strict=True):
        assert decoded == pytest.approx(exact, rel=0, abs=0.51e-6)


@given(mask=st.lists(st.booleans(), max_size=200))
@quick
def test_a_mask_comes_back_as_it_was(mask):
    text = bits(mask)
    assert unbits(text, len(mask)) == mask
    assert len(base64.b64decode(text)) == (len(mask) + 7) // 8


@given(names=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), max_size=12))
@quick
def test_any_name_comes_back_as_it_was(pack, make_frame, names):
    frame = make_frame(Layer.BASES, [Point(121, 28)] * len(names), name=names, name_en=names)
    drawn = json.loads(base_columns(frame, pack))
    assert drawn["name"] == names
    assert drawn["name_en"] == names


def test_a_base_is_drawn_by_the_plans_lists(pack, make_frame):
    last_stage, last_cluster = pack.plan.stages[-1].id, pack.plan.clusters[-1].id
    frame = make_frame(
        Layer.BASES,
        [Point(121.0, 28.1), SQUARE],
        stage=[pack.plan.stages[0].id, last_stage],
        cluster=[last_cluster, ""],
        demo_year=[2023, None],
        certainty=["reported", "district"],
        sample=[False, True],
    )
    drawn = json.loads(base_columns(frame, pack))
    assert drawn["id"] == ["bases-0", "bases-1"]
    assert drawn["stage"] == [0, len(pack.plan.stages) - 1]
    assert drawn["cluster"] == [len(pack.plan.clusters) - 1, -1]
    assert drawn["year"] == [2023, 0]
    assert drawn["sure"] == [1, 0]
    assert drawn["sample"] == [0, 1]
    assert [tuple(Certainty)[code] for code in drawn["certainty"]] == ["reported", "district"]


def test_a_polygon_keeps_its_outline_and_stands_at_a_place_inside(pack, make_frame):
    drawn = json.loads(base_columns(make_frame(Layer.BASES, [Point(121.0, 28.1), SQUARE]), pack))
    assert drawn["shape"][0] is None
    assert shapely.from_geojson(json.dumps(drawn["shape"][1])).equals(SQUARE)
    assert SQUARE.contains(Point(undelta(drawn["x"])[1], undelta(drawn["y"])[1]))


def test_facilities_share_their_sources(pack, make_frame):
    frame = make_frame(
        Layer.FACILITIES,
        [Point(121, 28)] * 3,
        category=["school", "parking", "school"],
        source=["教育局", "交通局", "教育局"],
        source_en=["Education", "", "Education"],
    )
    drawn = json.loads(facility_columns(frame, pack))
    assert [pack.categories[code].id for code in drawn["category"]] == ["school", "parking", "school"]
    assert [drawn["sources"][code] for code in drawn["source"]] == ["教育局", "交通局", "教育局"]
    assert [drawn["sources_en"][code] for code in drawn["source_en"]] == ["Education", "交通局", "Education"]
    assert len(drawn["sources"]) == 2


def test_a_capacity_is_told_where_it_is_known(pack, make_frame):
    frame = make_frame(Layer.FACILITIES, [Point(121, 28)] * 3, capacity=[None, 1200.0, 0.5])
    assert json.loads(facility_columns(frame, pack))["capacity"] == {"1": "1,200", "2": "0.5"}


@pytest.mark.parametrize("layer", DRAWN)
def test_an_empty_layer_is_still_a_layer(pack, make_frame, layer):
    drawn = json.loads(layer_columns(layer, make_frame(layer, []), pack))
    assert drawn["x"] == drawn["y"] == drawn[{"roads": "count", "population": "people"}.get(layer, "name")] == []
    assert set(SYMBOLS) < set(DRAWN)
    assert bits([]) == ""


@given(lines=st.lists(st.lists(places_cm, min_size=2, max_size=9), max_size=8))
@quick
def test_roads_come_back_to_two_metres_line_by_line(make_frame, lines):
    """Every vertex that is drawn is one of the road's, and the road strays no farther than the tolerance."""
    frame = make_frame(Layer.ROADS, [LineString(line) for line in lines])
    drawn = json.loads(road_columns(frame))
    x, y = undelta(drawn["x"]), undelta(drawn["y"])
    assert sum(drawn["count"]) == len(x) == len(y)
    ends = list(accumulate(drawn["count"], initial=0))
    for line, start, end in zip(lines, ends, ends[1:], strict=False):
        assert end - start >= 2
        places = list(zip(x[start:end], y[start:end], strict=True))
        assert places[0] == pytest.approx(line[0], rel=0, abs=0.51e-6)
        assert places[-1] == pytest.approx(line[-1], rel=0, abs=0.51e-6)
        assert all(min(max(abs(a - c), abs(b - d)) for c, d in line) < 1e-6 for a, b in places)
        assert LineString(line).hausdorff_distance(LineString(places)) < 2e-5


def test_a_road_of_several_lines_is_several_lines(make_frame):
    parts = [[(121.0, 28.0), (121.1, 28.0)], [(121.2, 28.0), (121.3, 28.0), (121.3, 28.1)]]
    drawn = json.loads(road_columns(make_frame(Layer.ROADS, [MultiLineString(parts)])))
    assert drawn["count"] == [2, 3]
    assert undelta(drawn["x"]) == [121.0, 121.1, 121.2, 121.3, 121.3]


def test_people_stand_at_a_place_inside_their_area(make_frame):
    frame = make_frame(Layer.POPULATION, [Point(121.0, 28.1), SQUARE, SQUARE], people=[120, 1200.25, None])
    drawn = json.loads(population_columns(frame))
    assert drawn["people"] == [120, 1200.2, 0]
    assert SQUARE.contains(Point(undelta(drawn["x"])[1], undelta(drawn["y"])[1]))


def test_the_geography_says_which_outlines_are_schematic(pack, make_areas):
    parts = json.loads(geography(pack, make_areas({"devzone": SQUARE}, {"柳市镇": SQUARE})))
    rough = {part["properties"]["id"]: part["properties"]["schematic"] for part in parts["districts"]["features"]}
    assert rough == {district.id: district.id != "devzone" for district in pack.districts}
    assert parts["districts"]["features"][-1]["properties"]["id"] == "devzone", "drawn over its neighbours' edges"
    named = {part["properties"]["name"]: part for part in parts["towns"]["features"]}
    assert [name for name, part in named.items() if not part["properties"]["schematic"]] == ["柳市镇"]
    assert shapely.from_geojson(json.dumps(named["柳市镇"]["geometry"])).equals(SQUARE)


def test_the_geography_has_its_four_parts_with_a_place_for_each_name(pack, make_areas):
    parts = json.loads(geography(pack, make_areas()))
    assert set(parts) == {"boundary", "neighbours", "districts", "towns"}
    for name, frame in (("districts", pack.district_areas), ("towns", pack.town_areas), ("boundary", pack.boundary)):
        features = parts[name]["features"]
        assert len(features) == len(frame)
        for drawn, exact in zip(features, frame.geometry, strict=True):
            assert exact.contains(Point(drawn["properties"]["lon"], drawn["properties"]["lat"]))
    colours = {district.id: district.colour for district in pack.districts}
    assert {
        part["properties"]["id"]: part["properties"]["colour"] for part in parts["districts"]["features"]
    } == colours
