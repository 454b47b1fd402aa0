"""The county in cells: areas and people add up, a radius obeys its laws, the drawn gap is the gap."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from geo import crs
from geo.coverage import demand as dm
from geo.coverage import uncovered_ground
from geo.shapes import sound

EPSG = 4549
MODEST = settings(max_examples=25, deadline=None)
EAST, NORTH = 500_000.0, 3_100_000.0


def ll(geometry):
    """From metres of the county's corner to EPSG:4326."""
    return crs.unproject(shapely.transform(geometry, lambda xy: xy + np.array([EAST, NORTH])), EPSG)


def frame(geometry, **columns):
    return gpd.GeoDataFrame(columns, geometry=[ll(one) if one is not None else None for one in geometry], crs=4326)


COUNTY = shapely.Polygon([(30, 40), (5070, 10), (5490, 3960), (2500, 4210), (-20, 3000)]).difference(
    box(900, 900, 1550, 1310)
)
WEST, EASTERN = box(-100, -100, 2530, 4300), box(2530, -100, 4960, 4300)  # the far east is in neither
TOWNS = frame([shapely.intersection(COUNTY, WEST), shapely.intersection(COUNTY, EASTERN)], name=["西镇", "东镇"])
DISTRICTS = frame([COUNTY, None], id=["whole", "nowhere"])
POINTS = st.lists(st.tuples(st.floats(-500, 6000), st.floats(-500, 5000)), max_size=10)


def make(population=None, boundary=COUNTY):
    return dm.demand_grid(ll(boundary), TOWNS, DISTRICTS, population, EPSG)


DEMAND = make(frame([Point(1000, 2000), Point(3000, 100)], people=[70.0, 30.0]))


def metres(places, demand=DEMAND):
    return dm.reach(demand, [frame([Point(place) for place in places])]).metres[0]


def test_cells_hold_the_county_exactly_and_touch_it_or_a_neighbour():
    ground = crs.project(ll(COUNTY), EPSG)
    assert DEMAND.area_m2.sum() == pytest.approx(ground.area, rel=1e-9)
    x, y = DEMAND.centres.T
    cells = shapely.box(x - 50, y - 50, x + 50, y + 50)
    assert DEMAND.area_m2 == pytest.approx(shapely.area(shapely.intersection(cells, ground)), abs=1e-3)
    assert (DEMAND.area_m2 == 0).any()
    assert (shapely.distance(cells, ground) < 142).all()
    assert (np.mod(DEMAND.centres, 100) == 50).all()


def test_each_cell_belongs_to_the_town_that_has_most_of_it():
    x = DEMAND.centres[:, 0] - EAST
    inside = DEMAND.area_m2 > 0
    assert set(DEMAND.town[inside & (x < 2480)]) == {0}
    assert set(DEMAND.town[inside & (x > 2480) & (x < 2580)]) == {1}  # 2530 cuts the cell 30 : 70
    assert set(DEMAND.town[inside & (x > 5060)]) == {-1}
    assert set(DEMAND.town[~inside]) == set(DEMAND.district[~inside]) == {-1}
    assert set(DEMAND.district[inside]) == {0}


@MODEST
@given(
    places=POINTS,
    extra=st.tuples(st.floats(0, 5000), st.floats(0, 4000)),
    radius=st.floats(1, 4000),
    growth=st.floats(1, 3),
)
def test_shares_add_up_and_never_grow_with_radius_or_facilities(places, extra, radius, growth):
    near = metres(places)
    found = dm.shares(DEMAND, near, radius)
    for level in (found.districts, found.towns):
        for field in ("area_m2", "uncovered_m2", "people", "people_left_out"):
            assert sum(getattr(one, field) for one in level) == pytest.approx(getattr(found.county, field))
        assert [one.people_left_out for one in level] == sorted((one.people_left_out for one in level), reverse=True)
    covered = float(DEMAND.area_m2[near <= radius].sum())
    assert covered + found.county.uncovered_m2 == pytest.approx(found.county.area_m2)
    before = {one.id: one for one in (*found.districts, *found.towns)}
    for other in (dm.shares(DEMAND, near, radius * growth), dm.shares(DEMAND, metres([*places, extra]), radius)):
        for one in (*other.districts, *other.towns):
            assert one.uncovered_m2 <= before[one.id].uncovered_m2
            assert one.people_left_out <= before[one.id].people_left_out


def test_the_ground_is_left_unprepared_for_other_threads():
    fresh = make()
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: dm.outline(fresh, metres([(3000, 2000)], fresh), 500.0), range(4)))
    assert not shapely.is_prepared(fresh.ground)
    assert shapely.equals_exact(found[0], found).all()


@MODEST
@given(places=POINTS)
def test_order_and_crs_of_input_do_not_matter(places):
    shapes = frame([Point(place) for place in places])
    plain = dm.reach(DEMAND, [shapes]).metres
    assert np.array_equal(plain, dm.reach(DEMAND, [shapes.iloc[::-1]]).metres)
    other = dm.reach(DEMAND, [shapes.to_crs(3857)]).metres
    assert np.allclose(plain, other, atol=1e-3)


def test_the_ranking_is_by_people_or_where_nobody_counted_by_area():
    left_out = np.full(DEMAND.grid.count, np.inf)
    ranked = dm.shares(DEMAND, left_out, 500)
    assert [(one.id, one.people_left_out) for one in ranked.towns] == [("西镇", 70.0), ("东镇", 30.0), ("", 0.0)]
    assert (ranked.county.share, ranked.county.share_of_people) == (1.0, 1.0)
    by_area = make()
    assert (DEMAND.weight, by_area.weight) == (dm.PEOPLE, dm.AREA)
    ranked = dm.shares(by_area, left_out, 500)
    assert [one.id for one in ranked.towns] == ["东镇", "西镇", ""]
    assert ranked.towns[0].uncovered_m2 > ranked.towns[1].uncovered_m2
    assert ranked.county.share_of_people == 0.0


def test_each_district_has_its_radius():
    near = metres([(1000, 2000)])
    radius = DEMAND.radius_by_district({"whole": 800.0, "nowhere": 1.0}, 300.0)
    inside = DEMAND.area_m2 > 0
    assert set(radius[inside]) == {800.0}
    assert set(radius[~inside]) == {300.0}
    found, same = dm.shares(DEMAND, near, radius), dm.shares(DEMAND, near, 800.0)
    assert 0 < found.county.uncovered_m2 < found.county.area_m2
    assert found.county.uncovered_m2 == pytest.approx(same.county.uncovered_m2)


def test_people_live_at_points_or_evenly_over_areas_and_those_outside_are_told():
    population = frame(
        [
            Point(1050, 2050),
            Point(1050, 2050),
            box(2000, 2000, 2200, 2100),
            Point(9000, 9000),
            None,
            box(-200, 1000, 200, 1100),
        ],
        people=[5.0, np.nan, 40.0, 3.0, 8.0, 100.0],
    )
    demand = make(population)
    x, y = (demand.centres - (EAST, NORTH)).T
    at = lambda east, north: demand.people[(x == east) & (y == north)][0]  # noqa: E731
    assert at(1050, 2050) == 5.0
    assert at(2050, 2050) == pytest.approx(20.0)
    assert at(2150, 2050) == pytest.approx(20.0)
    assert at(50, 1050) == pytest.approx(25.0)
    assert demand.people.sum() + demand.people_outside == pytest.approx(156.0)
    assert demand.people_outside > 11


def test_a_facility_that_is_an_area_counts_from_its_edge_and_the_lower_row_wins():
    square = box(1000, 2000, 1400, 2400)
    found = dm.reach(DEMAND, [frame([Point(4000, 3000), None, square, square]), frame([square])])
    centres = shapely.points(DEMAND.centres - (EAST, NORTH))
    to_square, to_point = shapely.distance(square, centres), shapely.distance(Point(4000, 3000), centres)
    assert found.metres[0] == pytest.approx(np.minimum(to_square, to_point), abs=1e-3)
    assert found.metres[1] == pytest.approx(to_square, abs=1e-3)
    assert set(found.row[0]) == {0, 2}
    sure = abs(to_square - to_point) > 1e-3
    assert np.array_equal(found.row[0][sure], np.where(to_square < to_point, 2, 0)[sure])


@MODEST
@given(
    places=st.lists(st.tuples(st.floats(0, 5500), st.floats(0, 4200)), min_size=1, max_size=6),
    radius=st.floats(400, 2500),
)
def test_the_drawn_gap_is_the_exact_one_within_half_a_cell_along_its_edge(places, radius):
    facilities = frame([Point(place) for place in places])
    drawn = crs.project(dm.outline(DEMAND, metres(places), radius), EPSG)
    exact = crs.project(uncovered_ground(ll(COUNTY), facilities, radius, EPSG).geometry, EPSG)
    assert drawn.geom_type == "MultiPolygon"
    wrong = shapely.symmetric_difference(drawn, exact)
    assert shapely.difference(wrong, exact.boundary.buffer(60)).area < 1.0
    assert shapely.difference(drawn, crs.project(ll(COUNTY), EPSG).buffer(50)).area == 0


@pytest.mark.parametrize(("seed", "count", "radius"), [(121, 8, 606.0), (390, 19, 607.0)])
def test_a_drawn_gap_that_rounding_crosses_can_be_mended_to_be_cut(seed, count, radius):
    random = np.random.default_rng(seed)
    random.integers(1, 30)
    places = random.uniform((0, 0), (5500, 4200), (count, 2)).round(1)
    drawn = dm.outline(DEMAND, metres(places), radius)
    assert not shapely.is_valid(drawn)
    mended = sound(drawn)
    assert shapely.is_valid(mended)
    assert mended.area == pytest.approx(drawn.area, rel=1e-6)


def test_all_or_nothing_is_drawn():
    everything = dm.outline(DEMAND, metres([]), 500.0)
    assert crs.project(everything, EPSG).area == pytest.approx(DEMAND.area_m2.sum(), rel=1e-3)
    assert dm.outline(DEMAND, np.zeros(DEMAND.grid.count), 500.0).is_empty


def test_a_county_without_ground_has_no_cells():
    demand = make(boundary=shapely.Polygon())
    assert demand.grid.count == 0
    assert dm.shares(demand, np.zeros(0), 1.0).county == dm.Share("", 0.0, 0.0, 0.0, 0.0)
    assert dm.outline(demand, np.zeros(0), 1.0).is_empty
