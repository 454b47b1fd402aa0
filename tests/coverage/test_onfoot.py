"""Distances on foot: against networkx on the same graph, and the laws that hold on any streets."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

from geo import coverage as cov
from geo import crs
from geo.coverage.onfoot import STREET_REACH_M, walked
from geo.errors import InputError
from geo.model import Layer, feature_frame
from geo.osm import read_extract
from geo.streets import build_network, snap
from tests.osm.conftest import county_pack, helsinki  # noqa: F401 -- a fixture
from tests.streets.conftest import EPSG, at_nodes, net, placed

LADDER = [[(0, 0), (100, 0), (100, 80), (0, 80)]]  # from (0, 0) to (0, 80) it is 280 m to walk and 80 m to fly


def array(*found):
    return np.array([placed(shape) for shape in found], dtype=object)


def metres(network, starts, goals):
    """Metres on foot between shapes in the tests' own metres."""
    return walked(network, snap(network, array(*starts)), snap(network, array(*goals)))


def frames(make_bases, make_facilities, sites, targets, kinds="school", **columns):
    down = [crs.unproject(placed(shape), EPSG) for shape in sites]
    there = [crs.unproject(placed(shape), EPSG) for shape in targets]
    return make_bases(down), make_facilities(there, kinds, **columns)


# --- by hand -------------------------------------------------------------------------------------------------------


def test_a_walk_goes_to_the_street_along_it_and_from_it():
    assert metres(at_nodes(*LADDER), [Point(20, -5)], [Point(30, 87)]) == pytest.approx(5 + 80 + 80 + 70 + 7)


def test_two_places_on_one_edge_go_directly_along_it():
    assert metres(at_nodes(*LADDER), [Point(20, 3)], [Point(50, -4)]) == pytest.approx(3 + 30 + 4)


def test_a_street_that_leads_round_does_not_beat_the_one_between():
    ring = at_nodes([(0, 0), (100, 0), (100, 1), (0, 1), (0, 0)])
    assert metres(ring, [Point(1, 0)], [Point(99, 0)]) == pytest.approx(98)


def test_an_area_counts_from_where_the_street_enters_it():
    network = at_nodes([(0, 0), (100, 0)])
    assert metres(network, [Point(10, 0)], [box(40, -9, 60, 9)]) == pytest.approx(30)
    assert metres(network, [Point(90, 0)], [box(40, -9, 60, 9)]) == pytest.approx(30)
    assert metres(network, [Point(50, 0)], [box(40, -9, 60, 9)]) == 0
    assert metres(network, [box(10, -9, 20, 9)], [box(40, -9, 60, 9)]) == pytest.approx(20)
    assert metres(network, [box(10, -9, 45, 9)], [box(40, -9, 60, 9)]) == 0


def test_a_bridge_is_no_way_down():
    lines = [[(0, 0), (2000, 0)], [(1000, -1000), (1000, 1000)]]
    assert np.isinf(metres(at_nodes(*lines), [Point(960, 0)], [Point(1000, 40)]))
    assert metres(net(*lines), [Point(960, 0)], [Point(1000, 40)]) == pytest.approx(80)


def test_a_courtyard_without_a_link_is_left_straight_to_the_street():
    network = at_nodes([(0, 0), (2000, 0)], [(480, 30), (520, 30)])
    assert metres(network, [Point(500, 35)], [Point(600, 0)]) == pytest.approx(35 + 100)
    assert metres(network, [Point(490, 35)], [Point(510, 35)]) == pytest.approx(5 + 20 + 5)


def test_minutes_come_of_eighty_metres_each():
    assert cov.WALK_SPEED_M_PER_MIN == 80


# --- the distances that tables are made of -------------------------------------------------------------------------


def test_tables_are_made_of_walks_as_of_straight_lines(make_bases, make_facilities, categories, standard):
    sites = [Point(0, 0), Point(0, 80)]
    targets = [Point(0, 60), Point(90, 0), Point(90, 80)]
    bases, facilities = frames(
        make_bases, make_facilities, sites, targets, ["school", "school", "clinic"], sample=[False, True, False]
    )
    found = cov.measure_on_foot(bases, facilities, categories, at_nodes(*LADDER))
    assert found.nearest_m.round(1).tolist() == [[90, 190], [20, 90]]
    assert found.nearest_row.tolist() == [[1, 2], [0, 2]]
    assert found.nearest_sample_m.round(1).tolist() == [[90, np.inf], [190, np.inf]]
    assert found.count_within(200).tolist() == [[1, 1], [2, 1]]
    assert found.why.tolist() == [["", ""], ["", ""]]
    table = cov.coverage_table(found, bases, {}, standard, radius_m=100)
    assert table["covered"].tolist() == [True, False, True, True]
    assert set(table["metric"]) == {"foot"}


def test_a_base_inside_an_area_is_at_it_even_far_from_streets(make_bases, make_facilities, categories):
    sites = [Point(50, 300), Point(50, 2300), box(40, 2190, 60, 2210)]
    campuses = [box(0, 200, 100, 400), box(0, 2200, 100, 2400)]
    bases, facilities = frames(make_bases, make_facilities, sites, campuses)
    found = cov.measure_on_foot(bases, facilities, categories, at_nodes(*LADDER))
    assert found.nearest_m[:, 0].tolist() == [0, 0, 0]
    assert found.nearest_row[:, 0].tolist() == [0, 1, 1]


def test_no_way_says_why(make_bases, make_facilities, categories):
    island = [(5000, 0), (5100, 0)]
    network = at_nodes(*LADDER, island)
    sites = [Point(10, 0), Point(5050, 0), Point(2500, 0)]
    bases, facilities = frames(make_bases, make_facilities, sites, [Point(20, 0)])
    found = cov.measure_on_foot(bases, facilities, categories, network)
    assert found.nearest_m[0, 0] == pytest.approx(10, abs=1e-4)
    assert np.isnan(found.nearest_m[1:]).all()
    assert found.nearest_row[1:].tolist() == [[-1, -1], [-1, -1]]
    assert found.why[:, 0].tolist() == ["", cov.Why.APART, cov.Why.BASE_FAR]
    assert found.why[:, 1].tolist() == [cov.Why.NONE] * 3
    assert found.count_within(1e5)[:, 0].tolist() == [1, 0, 0]
    assert all(word in cov.WHY_WORDS for word in cov.Why)


def test_facilities_that_no_street_is_near_are_told(make_bases, make_facilities, categories):
    bases, facilities = frames(make_bases, make_facilities, [Point(10, 0)], [Point(0, 5000)])
    found = cov.measure_on_foot(bases, facilities, categories, at_nodes(*LADDER))
    assert found.why.tolist() == [[cov.Why.FACILITIES_FAR, cov.Why.NONE]]


def test_without_roads_that_is_what_is_told(make_bases, make_facilities, categories):
    bases, facilities = frames(make_bases, make_facilities, [Point(10, 0)], [Point(0, 0)])
    found = cov.measure_on_foot(bases, facilities, categories, at_nodes())
    assert found.why.tolist() == [[cov.Why.NO_STREETS, cov.Why.NONE]]
    assert np.isnan(found.nearest_m).all()


def test_a_gap_on_foot_is_among_the_worst(make_bases, make_facilities, categories, standard):
    bases, facilities = frames(make_bases, make_facilities, [Point(5050, 0)], [Point(20, 0)])
    found = cov.measure_on_foot(bases, facilities, categories, at_nodes(*LADDER, [(5000, 0), (5100, 0)]))
    gaps = cov.gaps(cov.coverage_table(found, bases, {}, standard))
    assert gaps["nearest_id"].tolist() == ["", ""]
    assert gaps["nearest_m"].isna().all()


# --- many sources --------------------------------------------------------------------------------------------------


def test_shortest_starts_from_each_seed_with_its_own_metres():
    network = at_nodes([(0, 0), (10, 0), (30, 0), (60, 0)])
    assert cov.shortest(network, np.array([0, 3]), np.array([5.0, 0.0])).tolist() == [5, 15, 30, 0]
    assert cov.shortest(network, np.array([0, 0]), np.array([5.0, 2.0])).tolist() == [2, 12, 32, 62]
    assert cov.shortest(network, np.array([0]), np.array([0.0]), 30).tolist() == [0, 10, 30, np.inf]
    assert cov.shortest(network, np.array([], dtype=int), np.array([])).tolist() == [np.inf] * 4


def test_a_service_area_is_cut_where_the_walk_ends():
    network = at_nodes([(0, 0), (100, 0)], [(100, 0), (100, 300)])
    area = cov.service_area(network, snap(network, array(Point(30, 10))), 110)
    streets = crs.project(area.streets, EPSG)
    expected = placed(LineString([(0, 0), (100, 0), (100, 30)]))
    assert area.street_m == pytest.approx(130)
    assert shapely.hausdorff_distance(streets, expected) < 1e-4
    ground = crs.project(area.ground, EPSG)
    assert ground.contains(placed(Point(100, 30 + STREET_REACH_M - 1)))
    assert not ground.intersects(placed(Point(100, 30 + STREET_REACH_M + 1)))


def test_a_service_area_may_lie_within_one_edge():
    network = at_nodes([(0, 0), (1000, 0)])
    area = cov.service_area(network, snap(network, array(Point(500, 0))), 80)
    assert area.street_m == pytest.approx(160)
    assert cov.service_area(network, snap(network, array(Point(500, 100))), 80).street_m == 0
    with pytest.raises(InputError):
        cov.service_area(network, snap(network, array(Point(500, 0))), 0)


# --- laws ----------------------------------------------------------------------------------------------------------

place = st.tuples(st.integers(0, 400), st.integers(0, 400))
some_lines = st.lists(st.lists(place, min_size=2, max_size=5, unique=True), min_size=1, max_size=8)
some_shapes = st.lists(
    st.one_of(place.map(Point), place.map(lambda at: box(at[0], at[1], at[0] + 60, at[1] + 40))), min_size=1, max_size=5
)


@settings(deadline=None, max_examples=60)
@given(some_lines, some_shapes, some_shapes)
def test_no_walk_is_shorter_than_the_straight_line_and_all_go_both_ways(lines, starts, goals):
    network = net(*lines)
    there = metres(network, starts, goals)
    straight = shapely.distance(array(*starts)[:, None], array(*goals)[None, :])
    assert (there >= straight - 1e-6).all()
    assert there == pytest.approx(metres(network, goals, starts).T, abs=1e-6)


@settings(deadline=None, max_examples=40)
@given(some_lines, st.lists(place, min_size=2, max_size=4, unique=True))
def test_one_more_road_never_lengthens_a_way(lines, more):
    before, after = at_nodes(*lines), at_nodes(*lines, more)
    same = [int(np.flatnonzero((after.xy == xy).all(axis=1))[0]) for xy in before.xy]
    nothing = np.zeros(1)
    for node in range(0, len(same), 3):
        was = cov.shortest(before, np.array([node]), nothing)
        now = cov.shortest(after, np.array([same[node]]), nothing)[same]
        assert (now <= was + 1e-6).all()


@settings(deadline=None, max_examples=40)
@given(some_lines, some_shapes, some_shapes)
def test_random_streets_agree_with_networkx(lines, starts, goals):
    network = net(*lines)
    begin, end = snap(network, array(*starts)), snap(network, array(*goals))
    assert walked(network, begin, end) == pytest.approx(by_networkx(network, begin, end), abs=1e-6)


# --- Helsinki ------------------------------------------------------------------------------------------------------


def by_networkx(network, start, goal):
    """The same distances from a graph in which every place is a node, and edges are cut where places meet them."""
    graph = nx.DiGraph()
    graph.add_nodes_from(("start", row) for row in range(start.count))
    on_edge = cut_edges(graph, network, (start, goal))
    add_places(graph, on_edge, start, lambda shape, node: (("start", shape), node))
    add_places(graph, on_edge, goal, lambda shape, node: (node, ("goal", shape)))
    found = np.full((start.count, goal.count), np.inf)
    for row in range(start.count):
        by_node = nx.single_source_dijkstra_path_length(graph, ("start", row))
        for column in range(goal.count):
            found[row, column] = by_node.get(("goal", column), np.inf)
    return found


def cut_edges(graph, network, landings):
    """Adds the edges, cut at every place that meets them; gives edge -> metres from its tail -> node."""
    on_edge = defaultdict(set)
    for landing in landings:
        for edge, first, last in zip(landing.edge, landing.start_m, landing.end_m, strict=True):
            on_edge[int(edge)] |= {float(first), float(last)}
    for edge, whole in enumerate(network.metres):
        stops = sorted(on_edge[edge] | {0.0, float(whole)})
        names = {0.0: int(network.tail[edge]), float(whole): int(network.head[edge])}
        for a, b in pairwise(stops):
            one, other = names.get(a, (edge, a)), names.get(b, (edge, b))
            graph.add_edge(one, other, weight=b - a)
            graph.add_edge(other, one, weight=b - a)
        on_edge[edge] = {stop: names.get(stop, (edge, stop)) for stop in stops}
    return on_edge


def add_places(graph, on_edge, landing, arrow):
    rows = zip(landing.shape, landing.edge, landing.start_m, landing.end_m, landing.access_m, strict=True)
    for shape, edge, first, last, access in rows:
        for stop, node in on_edge[int(edge)].items():
            if first <= stop <= last:
                graph.add_edge(*arrow(int(shape), node), weight=float(access))


def test_helsinki_agrees_with_networkx_in_every_category(helsinki):  # noqa: F811 -- the fixture
    boundary = box(24.935, 60.164, 24.9535, 60.1792)
    pack = county_pack(boundary, 3067)
    extract = read_extract(helsinki, pack, pack.district_areas)
    network = build_network(extract.roads, pack.metric_epsg)
    rng = np.random.default_rng(7)
    west, south, east, north = boundary.bounds
    sites = [Point(*at) for at in rng.uniform((west, south), (east, north), (18, 2))]
    sites += [Point(at).buffer(0.0005) for at in rng.uniform((west, south), (east, north), (4, 2))]
    bases = feature_frame(Layer.BASES, [{"id": f"b{n}"} for n in range(len(sites))], sites)
    found = cov.measure_on_foot(bases, extract.facilities, pack.categories, network)
    targets = np.asarray(crs.to_metric(extract.facilities, 3067).geometry.array, dtype=object)
    straight = cov.measure(bases, extract.facilities, pack.categories, 3067)
    places = np.asarray(crs.to_metric(bases, 3067).geometry.array, dtype=object)
    expected = by_networkx(network, snap(network, places), snap(network, targets))
    expected[shapely.distance(places[:, None], targets[None, :]) == 0] = 0
    kinds = extract.facilities["category"].to_numpy(dtype=object)
    assert network.largest_share == pytest.approx(0.9725, abs=0.0005)
    for column, category in enumerate(found.categories):
        own = np.sort(expected[:, kinds == category], axis=1)
        assert own.shape[1] > 0, category
        for row in range(len(bases)):
            begin = found.starts[row, column]
            run = found.ranked_m[begin : begin + found.lengths[column]]
            assert run == pytest.approx(own[row], abs=0.1), (category, row)
    on_foot = np.nan_to_num(found.nearest_m, nan=np.inf)
    assert (on_foot >= straight.nearest_m).all()
    assert np.isfinite(found.nearest_m).mean() > 0.9
    assert (found.why == "").tolist() == np.isfinite(found.nearest_m).tolist()
