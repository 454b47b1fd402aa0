"""The floating catchment: its law, its figures by hand, and zones that make no sense."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from geo import coverage as cov
from geo import crs
from geo.coverage import catchment
from geo.coverage.catchment import SLOW_DECAY, Zones, accessibility, weights
from geo.coverage.kernels.grid import Grid, Pairs, pairs_within
from geo.errors import InputError
from tests.streets.conftest import EPSG, at_nodes, placed

GRID = Grid(0.0, 0.0, 100.0, np.ones((12, 10), dtype=bool))
PLACES = st.lists(st.tuples(st.floats(-800, 1800), st.floats(-800, 1800)), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(
    PLACES,
    st.integers(0, 2**32 - 1),
    st.sampled_from([Zones((150, 300, 600)), Zones((200, 400, 500), (1.0, 0.5, 0.1))]),
)
def test_all_that_anybody_can_reach_is_shared_out_and_no_more(places, seed, zones):
    random = np.random.default_rng(seed)
    people = np.where(random.random(GRID.count) < 0.3, random.uniform(1, 50, GRID.count), 0.0)
    capacity = random.uniform(0, 100, len(places))
    pairs = pairs_within(GRID, places, zones.radii_m[-1])
    access = accessibility(people, pairs, capacity, zones.weight(pairs.metres))
    x, y = GRID.centres
    metres = np.hypot(np.subtract.outer(x, [at[0] for at in places]), np.subtract.outer(y, [at[1] for at in places]))
    weight = zones.weight(metres)
    wanting = people @ weight
    assert (access * people).sum() == pytest.approx(capacity[wanting > 0].sum())
    ratio = np.divide(capacity, wanting, out=np.zeros(len(places)), where=wanting > 0)
    assert access == pytest.approx(weight @ ratio)


def test_two_facilities_and_three_places_by_hand():
    """Places of 10, 20 and 5 people; the first facility is at 100, 300 and 700 m, the second only at 900 m of the third."""
    pairs = Pairs(np.array([0, 3, 4]), np.array([0, 1, 2, 2], dtype=np.int32), np.array([100.0, 300.0, 700.0, 900.0]))
    access = accessibility(
        np.array([10.0, 20.0, 5.0]), pairs, [70.0, 6.0], Zones((300.0, 600.0, 900.0)).weight(pairs.metres)
    )
    first = 70 / (10 + 20 + 5 * 0.22)
    assert access == pytest.approx([first, first, first * 0.22 + 6 / (5 * 0.22) * 0.22])


def test_a_zone_ends_with_its_radius_and_beyond_the_last_nothing_counts():
    zones = Zones((300.0, 600.0, 900.0))
    assert zones.weight(np.array([0.0, 300.0, 300.1, 600.0, 900.0, 900.1, np.inf])).tolist() == [
        1.0, 1.0, 0.68, 0.68, 0.22, 0.0, 0.0,
    ]  # fmt: skip


def test_nobody_and_nothing_share_nothing():
    none = Pairs(np.zeros(1, np.int64), np.empty(0, np.int32), np.empty(0))
    assert accessibility(np.array([5.0]), none, [], np.empty(0)).tolist() == [0.0]
    one = Pairs(np.array([0, 1]), np.zeros(1, np.int32), np.zeros(1))
    assert accessibility(np.zeros(1), one, 9.0, np.ones(1)).tolist() == [0.0]


@pytest.mark.parametrize(
    ("radii", "text"),
    [
        ((300.0, 200.0, 400.0), "分区半径 300 / 200 / 400 不能用:请填 3 个从小到大的米数"),
        ((300.0, 300.0, 400.0), "从小到大"),
        ((300.0, 600.0), "请填 3 个"),
        ((0.0, 600.0, 900.0), "请填大于 0"),
    ],
)
def test_zones_that_do_not_grow_are_refused(radii, text):
    with pytest.raises(InputError, match=text):
        Zones(radii)


# --- on a county's grid, straight and on foot ----------------------------------------------------------------------


def down(shape):
    return crs.unproject(placed(shape), EPSG)


def frame(*shapes, **columns):
    columns = columns or {"id": list(range(len(shapes)))}
    return gpd.GeoDataFrame(columns, geometry=[None if one is None else down(one) for one in shapes], crs=4326)


STREETS = at_nodes([(0, 0), (700, 0), (1900, 0), (1900, 1400), (700, 1400), (0, 1400), (0, 0)], [(700, 0), (700, 1400)])
TOWNS = frame(box(0, 0, 1000, 1500), box(1000, 0, 1900, 1500), name=["西镇", "东镇"], id=["west", "east"])
PEOPLE = frame(Point(50, 50), Point(450, 750), Point(1750, 1250), people=[100.0, 300.0, 50.0])
DEMAND = cov.demand_grid(down(box(0, 0, 2000, 1500)), TOWNS, TOWNS, PEOPLE, EPSG)
PLACES = (Point(300, 40), box(1500, -50, 1600, 150), None, Point(690, 900), Point(9000, 9000), Point(300, 40))


def as_matrix(pairs):
    found = np.full((len(pairs.start) - 1, DEMAND.grid.count), np.inf)
    found[np.repeat(np.arange(len(found)), np.diff(pairs.start)), pairs.other] = pairs.metres
    return found


@pytest.mark.parametrize("limit", [120.0, 600.0, 2500.0])
def test_pairs_are_all_within_the_limit_and_no_others_by_air(limit):
    pairs = cov.pairs_straight(DEMAND, frame(*PLACES), limit)
    centres = shapely.points(DEMAND.centres)
    ground = crs.to_metric(frame(*PLACES), EPSG).geometry.to_numpy()
    expected = np.array([np.nan_to_num(shapely.distance(one, centres), nan=np.inf) for one in ground])
    expected[expected > limit] = np.inf
    assert as_matrix(pairs) == pytest.approx(expected)
    assert len(pairs.other) == np.isfinite(expected).sum()


@pytest.mark.parametrize("limit", [120.0, 600.0, 2500.0])
def test_pairs_on_foot_are_as_far_as_the_grid_says_for_each_facility_alone(limit):
    places = frame(*PLACES)
    pairs = cov.pairs_on_foot(cov.CellsOnFoot(DEMAND, STREETS), places, limit)
    expected = cov.reach_on_foot(
        cov.CellsOnFoot(DEMAND, STREETS), [places.geometry.iloc[[n]] for n in range(len(places))]
    )
    expected[expected > limit] = np.inf
    assert as_matrix(pairs) == pytest.approx(expected)
    assert len(pairs.other) == np.isfinite(expected).sum()


@pytest.mark.parametrize("on_foot", [False, True])
@pytest.mark.parametrize("people", [PEOPLE, None])
def test_what_the_places_get_is_what_the_facilities_in_reach_have(people, on_foot):
    demand = cov.demand_grid(down(box(0, 0, 2000, 1500)), TOWNS, TOWNS, people, EPSG)
    radius = demand.radius_by_district({"west": 800.0, "east": 300.0}, 450.0)
    places, size = frame(*PLACES), np.array([10.0, 20.0, 40.0, 80.0, 160.0, 0.0])
    pairs = (
        cov.pairs_on_foot(cov.CellsOnFoot(demand, STREETS), places, 800)
        if on_foot
        else cov.pairs_straight(demand, places, 800)
    )
    weight = weights(pairs, radius)
    assert (weight[pairs.metres > radius[pairs.other]] == 0).all()
    access = accessibility(cov.wanted(demand), pairs, size, weight)
    found = cov.supplies(demand, access)
    owner = np.repeat(np.arange(len(size)), np.diff(pairs.start))
    anybody = np.bincount(owner, weight * cov.wanted(demand)[pairs.other], minlength=len(size)) > 0
    assert 0 < size[anybody].sum() < size.sum()
    assert found.county.capacity == pytest.approx(size[anybody].sum())
    for level in (found.districts, found.towns):
        assert sum(one.capacity for one in level) == pytest.approx(found.county.capacity)
        assert sum(one.demand for one in level) == pytest.approx(450 if people is not None else 3.0)
        assert [one.rate for one in level] == sorted(one.rate for one in level)


def test_what_a_town_gets_by_hand():
    """100 people at 300 m and 300 people at 900 m of a hospital of 60 beds; 50 people far from it."""
    metres = np.hypot(*(DEMAND.centres - shapely.get_coordinates(placed(Point(50, 50)))).T)
    pairs = Pairs(
        np.array([0, 2]), np.array([int(np.argmin(metres)), _cell_of(450, 750)], np.int32), np.array([300.0, 900.0])
    )
    access = accessibility(cov.wanted(DEMAND), pairs, [60.0], weights(pairs, np.full(DEMAND.grid.count, 900.0)))
    found = cov.supplies(DEMAND, access)
    assert (found.county.demand, found.county.capacity, found.county.without) == pytest.approx((450, 60, 50))
    assert [(one.id, one.rate, one.share_without) for one in found.towns] == [
        ("东镇", 0, 1),
        ("西镇", pytest.approx(150), 0),
    ]
    near = 60 / (100 + 300 * 0.22)
    assert access[pairs.other] == pytest.approx([near, near * 0.22])


def _cell_of(x, y):
    return int(np.argmin(np.hypot(*(DEMAND.centres - shapely.get_coordinates(placed(Point(x, y)))).T)))


@pytest.mark.parametrize("held", [1, 10**9])
def test_shared_out_in_parts_is_shared_out_at_once(held, monkeypatch):
    monkeypatch.setattr(catchment, "_PAIRS_HELD", held)
    radius = DEMAND.radius_by_district({"west": 800.0, "east": 300.0}, 450.0)
    places, size = frame(*PLACES), np.array([10.0, 20.0, 40.0, 80.0, 160.0, 0.0])
    asked = []
    pairs = cov.pairs_straight(DEMAND, places, 800)

    def some(facilities, limit):
        asked.append((len(facilities), limit))
        return cov.pairs_straight(DEMAND, facilities, limit)

    access = cov.shared_out(DEMAND.people, places, size, radius, some)
    assert access == pytest.approx(accessibility(DEMAND.people, pairs, size, weights(pairs, radius)))
    assert asked == ([(6, 800.0)] if held > 1 else [(1, 800.0)] * 6)


def test_the_weights_of_the_paper_are_one_gaussian_at_the_inner_edges_of_its_zones():
    inner = np.array([0.0, 10.0, 20.0])  # minutes
    beta = 262.0
    assert pytest.approx(np.exp(-(inner**2) / beta), abs=0.005) == SLOW_DECAY
