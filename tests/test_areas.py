"""Stored outlines in the place of schematic cells: what holds whatever is stored, and the cases one by one.

The county here is a strip of three cells, west to east, of one degree each; the middle one is of two towns.
"""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely import Point, box

from geo.areas import areas_of, digest_of, under
from geo.i18n import Label
from geo.model import District, Layer, Town, feature_frame
from geo.packs import DATA_DIR, load_pack

WEST, MIDDLE, EAST = box(0, 0, 1, 1), box(1, 0, 2, 1), box(2, 0, 3, 1)
NONE = feature_frame(Layer.DISTRICTS, [], [])
NO_TOWNS = feature_frame(Layer.TOWNS, [], [])
GRID = 1e-9  # degrees
TINY = 1e-7  # square degrees, of cells of 1
MODEST = settings(max_examples=40, deadline=None)
PLACES = st.tuples(st.integers(-500, 3500), st.integers(-500, 1500)).map(lambda at: (at[0] / 1000, at[1] / 1000))
HULLS = (
    st.lists(PLACES, min_size=3, max_size=6)
    .map(lambda places: shapely.MultiPoint(places).convex_hull)
    .filter(lambda hull: hull.area > 1e-4)
)
OUTLINES = st.dictionaries(st.sampled_from(["w", "m", "e"]), HULLS, max_size=3)


@cache
def county():
    """Not a fixture: what hypothesis tells of a failure shows every argument, and a pack is long."""
    ids, cells = ["w", "m", "e"], [WEST, MIDDLE, EAST]
    towns = ["西镇", "中镇", "东镇"]
    named = {"name": towns, "name_en": ["W", "M", "E"], "district": ids, "source": ["GeoNames"] * 3}
    members = {"w": ("西镇",), "m": ("中镇", "新镇"), "e": ("东镇",)}
    return replace(
        load_pack(DATA_DIR / "yueqing"),
        districts=tuple(
            District(id, Label(f"{id}片", f"{id} area"), of, "urban", "#fff") for id, of in members.items()
        ),
        towns=tuple(Town(name, "", id, name != "新镇", "") for id, of in members.items() for name in of),
        town_areas=gpd.GeoDataFrame(named, geometry=cells, crs=4326),
        district_areas=gpd.GeoDataFrame(
            {"id": ids, "name": ["w片", "m片", "e片"], "name_en": ["", "", ""]}, geometry=cells, crs=4326
        ),
    )


def districts(certainty="surveyed", **outlines):
    rows = [{"id": id, "name": f"实测{id}", "certainty": certainty} for id in outlines]
    return feature_frame(Layer.DISTRICTS, rows, list(outlines.values()))


def towns(certainty="surveyed", **outlines):
    rows = [{"id": f"t-{name}", "name": name, "district": "w", "certainty": certainty} for name in outlines]
    return feature_frame(Layer.TOWNS, rows, list(outlines.values()))


def by(frame, column="id"):
    return dict(zip(frame[column], frame.geometry, strict=True))


def union(shapes):
    return shapely.union_all(list(shapes), grid_size=GRID)


def overlap(one, other):
    """Square degrees. On a grid, since GEOS itself errs in floating point where edges almost coincide."""
    return shapely.intersection(one, other, grid_size=GRID).area


def lost(before, after):
    return shapely.difference(union(before), union(after), grid_size=GRID).area


# --- what holds whatever is stored ---------------------------------------------------------------------------------


@MODEST
@given(outlines=OUTLINES)
def test_no_ground_is_claimed_twice_and_all_that_is_stored_is_claimed(outlines):
    found = by(areas_of(county(), districts(**outlines), NO_TOWNS).districts)
    for one, other in itertools.combinations(found.values(), 2):
        assert overlap(one, other) < TINY
    assert lost(outlines.values(), found.values()) < TINY
    assert all(shape.is_valid and shape.geom_type in ("Polygon", "MultiPolygon") for shape in found.values())


@MODEST
@given(outlines=OUTLINES)
def test_ground_is_given_up_only_where_no_schematic_district_borders_it(outlines):
    areas = areas_of(county(), districts(**outlines), NO_TOWNS).districts
    nobodys = shapely.difference(union([WEST, MIDDLE, EAST]), union(areas.geometry), grid_size=GRID)
    edges = union(areas.geometry[areas["schematic"]].boundary)
    for part in shapely.get_parts(nobodys):
        assume(part.area > TINY)
        assert part.buffer(1e-7).intersection(edges).length < 1e-5
    kept = [cell for id, cell in {"w": WEST, "m": MIDDLE, "e": EAST}.items() if id not in outlines]
    assert lost(kept, areas.geometry) < TINY


@MODEST
@given(outlines=OUTLINES)
def test_a_schematic_district_stays_off_stored_ground_and_in_the_county(outlines):
    areas = areas_of(county(), districts(**outlines), NO_TOWNS).districts
    land, stored = box(0, 0, 3, 1), union(outlines.values())
    for shape in areas.geometry[areas["schematic"]]:
        assert overlap(shape, stored) < TINY
        assert lost([shape], [land]) < TINY
    assert set(areas.loc[~areas["schematic"], "id"]) <= set(outlines)


@MODEST
@given(outlines=OUTLINES)
def test_towns_keep_the_same_laws(outlines):
    names = {"w": "西镇", "m": "中镇", "e": "别处镇"}
    stored = {names[id]: shape for id, shape in outlines.items()}
    areas = areas_of(county(), NONE, towns(**stored)).towns
    for one, other in itertools.combinations(areas.geometry, 2):
        assert overlap(one, other) < TINY
    assert lost(stored.values(), areas.geometry) < TINY
    assert areas["name"].is_unique


@MODEST
@given(outlines=OUTLINES, place=PLACES.map(Point))
def test_a_place_is_in_the_district_that_holds_it(outlines, place):
    areas = areas_of(county(), districts(**outlines), NO_TOWNS).districts
    (found,) = under(np.array([place]), areas)
    holding = [id for id, shape in by(areas).items() if shape.intersects(place)]
    assert found == (holding[0] if holding else "")


# --- case by case --------------------------------------------------------------------------------------------------


def test_with_nothing_stored_the_cells_stay_as_they_are():
    areas = areas_of(county(), NONE, NO_TOWNS)
    assert by(areas.districts) == {"w": WEST, "m": MIDDLE, "e": EAST}
    assert list(areas.districts.columns) == ["id", "name", "name_en", "geometry", "schematic"]
    assert by(areas.towns, "name") == {"西镇": WEST, "中镇": MIDDLE, "东镇": EAST}
    assert list(areas.towns.columns) == ["name", "name_en", "district", "source", "geometry", "schematic"]
    assert areas.districts["schematic"].all()
    assert areas.towns["schematic"].all()
    assert areas.districts.crs == areas.towns.crs == 4326


def test_a_larger_outline_cuts_its_neighbour():
    areas = areas_of(county(), districts(w=box(0, 0, 1.25, 1)), NO_TOWNS).districts
    assert by(areas)["w"].equals(box(0, 0, 1.25, 1))
    assert by(areas)["m"].equals(box(1.25, 0, 2, 1))
    assert by(areas)["e"].equals(EAST)
    assert areas.set_index("id")["schematic"].to_dict() == {"w": False, "m": True, "e": True}
    assert areas.set_index("id")["name"].to_dict() == {"w": "实测w", "m": "m片", "e": "e片"}
    assert areas.set_index("id")["name_en"].to_dict()["w"] == "w area"


def test_ground_that_a_smaller_outline_leaves_goes_to_the_schematic_neighbour():
    areas = by(areas_of(county(), districts(m=box(1.2, 0, 1.9, 1)), NO_TOWNS).districts)
    assert areas["w"].equals(box(0, 0, 1.2, 1))
    assert areas["e"].equals(box(1.9, 0, 3, 1))


def test_ground_between_two_outlines_is_nobodys():
    areas = by(areas_of(county(), districts(w=box(0, 0, 0.9, 1), m=box(1.1, 0, 2, 1)), NO_TOWNS).districts)
    assert union(areas.values()).equals(union([box(0, 0, 0.9, 1), box(1.1, 0, 3, 1)]))
    assert areas["e"].equals(EAST)


def test_where_outlines_overlap_the_first_keeps_the_ground():
    areas = by(areas_of(county(), districts(e=box(1.5, 0, 3, 1), m=box(1, 0, 2, 1)), NO_TOWNS).districts)
    assert areas["e"].equals(box(1.5, 0, 3, 1))
    assert areas["m"].equals(box(1, 0, 1.5, 1))


def test_a_district_that_is_covered_whole_is_gone():
    assert set(by(areas_of(county(), districts(w=box(0, 0, 2, 1)), NO_TOWNS).districts)) == {"w", "e"}


def test_a_district_that_the_pack_does_not_have_is_left_out():
    assert by(areas_of(county(), districts(moon=box(0, 0, 2, 1)), NO_TOWNS).districts) == {
        "w": WEST, "m": MIDDLE, "e": EAST,
    }  # fmt: skip


def test_an_outline_whose_place_is_not_known_is_still_schematic():
    areas = areas_of(county(), districts("district", w=box(0, 0, 1.25, 1)), NO_TOWNS).districts
    assert areas["schematic"].all()
    assert by(areas)["m"].equals(box(1.25, 0, 2, 1))


def test_a_district_is_made_of_its_towns_once_all_are_stored():
    half = areas_of(county(), NONE, towns(中镇=box(1, 0, 1.5, 1)))
    assert half.districts["schematic"].all()
    whole = areas_of(county(), NONE, towns(中镇=box(1, 0, 1.5, 1), 新镇=box(1.5, 0, 2.5, 1)))
    assert by(whole.districts)["m"].equals(box(1, 0, 2.5, 1))
    assert by(whole.districts)["e"].equals(box(2.5, 0, 3, 1))
    assert whole.districts.loc[~whole.districts["schematic"], ["id", "name"]].to_numpy().tolist() == [["m", "m片"]]
    doubtful = areas_of(county(), NONE, towns("town", 中镇=box(1, 0, 1.5, 1), 新镇=box(1.5, 0, 2.5, 1)))
    assert doubtful.districts["schematic"].all()
    assert by(doubtful.districts)["m"].equals(box(1, 0, 2.5, 1))


def test_a_districts_own_outline_goes_before_its_towns():
    areas = areas_of(county(), districts(w=box(0, 0, 0.5, 1)), towns(西镇=WEST))
    assert by(areas.districts)["w"].equals(box(0, 0, 0.5, 1))
    assert by(areas.towns, "name")["西镇"].equals(WEST)


def test_a_town_without_a_cell_is_cut_out_of_the_others():
    areas = by(areas_of(county(), NONE, towns(新镇=box(1, 0, 1.5, 1))).towns, "name")
    assert areas["新镇"].equals(box(1, 0, 1.5, 1))
    assert areas["中镇"].equals(box(1.5, 0, 2, 1))
    assert len(areas) == 4


def test_a_cell_drawn_for_several_towns_goes_when_all_of_them_are_stored():
    pack = load_pack(DATA_DIR / "yueqing")
    shared, three = "乐成、城东、城南街道(未分)", ["乐成街道", "城东街道", "城南街道"]
    west, south, east, north = by(pack.town_areas, "name")[shared].buffer(-0.005).bounds
    steps = np.linspace(west, east, 4)
    boxes = [box(a, south, b, north) for a, b in itertools.pairwise(steps)]
    two = areas_of(pack, NONE, towns(**dict(zip(three[:2], boxes, strict=False)))).towns
    assert shared in set(two["name"])
    every = areas_of(pack, NONE, towns(**dict(zip(three, boxes, strict=True))))
    assert shared not in set(every.towns["name"])
    assert every.districts.set_index("id")["schematic"]["centre"] == np.False_


def test_the_digest_changes_with_anything_stored_and_only_then():
    stored = districts(w=WEST)
    same = digest_of(stored, NO_TOWNS)
    assert same == digest_of(districts(w=WEST), NO_TOWNS)
    others = [(districts(w=MIDDLE), NO_TOWNS), (districts(m=WEST), NO_TOWNS), (NONE, NO_TOWNS)]
    others += [(districts("reported", w=WEST), NO_TOWNS), (stored, towns(西镇=WEST))]
    assert len({same, *(digest_of(*pair) for pair in others)}) == 6


def test_an_area_has_the_district_of_a_point_inside_it():
    areas = areas_of(county(), NONE, NO_TOWNS).districts
    assert under(np.array([box(0.8, 0, 1.6, 1), Point(9, 9), Point(1, 0.5)]), areas) == ["m", "", "w"]
    assert under(np.array([], dtype=object), areas) == []


def test_threads_that_ask_the_same_areas_never_share_a_prepared_one():
    """Two that do spoil the heap, now and then: what is certain is that nothing prepared is left for the next."""
    places = shapely.points(np.random.default_rng(3).uniform((0, 0), (3, 1), (2_000, 2)))
    for _ in range(5):
        areas = by(areas_of(county(), districts(m=shapely.Point(1.5, 0.5).buffer(0.4, 400)), NO_TOWNS).districts)
        asked = gpd.GeoDataFrame({"id": [*areas]}, geometry=[*areas.values()], crs=4326)
        with ThreadPoolExecutor(4) as threads:
            first, *others = threads.map(lambda _, asked=asked: under(places, asked), range(4))
        assert all(other == first for other in others)
        assert set(first) == {"w", "m", "e"}
        assert not shapely.is_prepared(asked.geometry.to_numpy()).any()
