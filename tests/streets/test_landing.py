"""Where places meet the streets."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPoint, Point, Polygon, box

from geo.streets import MAX_SNAP_M, snap
from geo.streets.landing import ISLET_M, ISLET_SNAP_M
from tests.streets.conftest import at_nodes, net, placed

STREET = [(0, 0), (100, 0)]


def landed(network, *shapes):
    return snap(network, np.array([None if shape is None else placed(shape) for shape in shapes], dtype=object))


def rows(landing):
    return list(
        zip(
            landing.shape.tolist(),
            landing.edge.tolist(),
            landing.start_m.round(6).tolist(),
            landing.end_m.round(6).tolist(),
            landing.access_m.round(6).tolist(),
            strict=True,
        )
    )


def test_a_point_lands_on_the_edge_and_not_on_a_node():
    assert rows(landed(at_nodes(STREET), Point(30, 40))) == [(0, 0, 30, 30, 40)]


def test_a_point_past_the_end_lands_on_the_end():
    assert rows(landed(at_nodes(STREET), Point(103, 4))) == [(0, 0, 100, 100, 5)]


def test_a_point_between_two_streets_lands_on_both():
    network = at_nodes(STREET, [(0, 20), (100, 20)])
    assert sorted(edge for _, edge, *_ in rows(landed(network, Point(50, 10)))) == [0, 1]


def test_beyond_the_reach_there_is_no_landing():
    network = at_nodes(STREET)
    found = landed(network, Point(50, MAX_SNAP_M - 1), Point(50, MAX_SNAP_M + 1), None, Point())
    assert found.reached.tolist() == [True, False, False, False]
    assert found.shape.tolist() == [0]


def test_an_area_that_a_street_enters_counts_from_where_it_does():
    assert rows(landed(at_nodes(STREET), box(40, -10, 60, 10))) == [(0, 0, 40, 60, 0)]
    assert rows(landed(at_nodes(STREET), box(90, -10, 160, 10))) == [(0, 0, 90, 100, 0)]


def test_every_street_into_an_area_counts():
    notched = Polygon([(20, -10), (80, -10), (80, 10), (60, 10), (60, -5), (40, -5), (40, 10), (20, 10)])
    assert rows(landed(at_nodes(STREET), notched)) == [(0, 0, 20, 40, 0), (0, 0, 60, 80, 0)]


def test_an_area_beside_the_streets_counts_from_its_outline():
    assert rows(landed(at_nodes(STREET), Polygon([(30, 25), (20, 60), (40, 60)]))) == [(0, 0, 30, 30, 25)]


def test_a_street_that_only_touches_an_area_reaches_it():
    assert rows(landed(at_nodes(STREET), box(100, -10, 120, 10))) == [(0, 0, 100, 100, 0)]


def test_several_points_in_one_are_as_near_as_the_nearest():
    assert rows(landed(at_nodes(STREET), MultiPoint([(30, 40), (60, 7)]))) == [(0, 0, 60, 60, 7)]


def test_without_streets_nothing_lands():
    assert landed(at_nodes(), Point(0, 0), box(0, 0, 1, 1)).reached.tolist() == [False, False]


def test_seeds_are_both_ends_of_the_edge():
    network = at_nodes(STREET)
    nodes, metres = landed(network, Point(30, 40)).seeds(network)
    assert dict(zip(nodes.tolist(), metres.tolist(), strict=True)) == pytest.approx({0: 70, 1: 110})


def test_the_rows_of_one_place_are_its_own():
    found = landed(at_nodes(STREET), Point(10, 1), Point(50, 600), Point(20, 2))
    assert [rows(found.of(place)) for place in range(3)] == [[(0, 0, 10, 10, 1)], [], [(0, 0, 20, 20, 2)]]


place = st.tuples(st.integers(0, 900), st.integers(0, 900))


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.lists(place, min_size=2, max_size=4, unique=True), min_size=1, max_size=6),
    st.lists(place, min_size=1, max_size=8),
)
def test_no_edge_is_nearer_than_where_a_place_lands(lines, places):
    network = net(*lines)
    shapes = np.array(
        [placed(Point(at).buffer(40) if n % 2 else Point(at)) for n, at in enumerate(places)], dtype=object
    )
    found = snap(network, shapes)
    nearest = shapely.distance(network.tree.geometries[:, None], shapes[None, :]).min(axis=0)
    assert found.reached.tolist() == (nearest <= MAX_SNAP_M).tolist()
    least = np.full(len(shapes), np.inf)
    np.minimum.at(least, found.shape, found.access_m)
    assert least[found.reached] == pytest.approx(nearest[found.reached], abs=1e-6)
    others = found.access_m > nearest[found.shape] + 1e-6  # beside an islet, the main network
    assert (network.piece[network.tail[found.edge[others]]] == 0).all()
    along = np.concatenate([found.start_m, found.end_m])
    feet = shapely.line_interpolate_point(network.tree.geometries[np.concatenate([found.edge, found.edge])], along)
    gaps = shapely.distance(feet, shapes[np.concatenate([found.shape, found.shape])])
    assert gaps == pytest.approx(np.concatenate([found.access_m, found.access_m]), abs=1e-6)


# --- islets --------------------------------------------------------------------------------------------------------

LONG, YARD = [(0, 0), (2000, 0)], [(480, 30), (520, 30)]


def accesses(network, *places):
    found = landed(network, *places)
    return sorted(zip(found.shape.tolist(), found.edge.tolist(), found.access_m.round(3).tolist(), strict=True))


def edge_of(network, line):
    middle = placed(LineString(line)).interpolate(0.5, normalized=True)
    return int(network.tree.nearest(middle))


def test_who_lands_on_an_islet_also_reaches_the_main_network():
    network = at_nodes(LONG, YARD)
    street, yard = edge_of(network, LONG), edge_of(network, YARD)
    assert accesses(network, Point(500, 35), Point(500, 10)) == sorted(
        [(0, yard, 5.0), (0, street, 35.0), (1, street, 10.0)]
    )
    assert accesses(network, box(490, 25, 510, 35)) == sorted([(0, yard, 0.0), (0, street, 25.0)])


def test_no_islet_is_left_over_more_than_its_reach_or_where_it_is_large():
    far = [(480, ISLET_SNAP_M + 10), (520, ISLET_SNAP_M + 10)]
    network = at_nodes(LONG, far)
    assert accesses(network, Point(500, ISLET_SNAP_M + 15)) == [(0, edge_of(network, far), 5.0)]
    large = [(0, 30), (ISLET_M + 1, 30)]
    network = at_nodes(LONG, large)
    assert accesses(network, Point(500, 35)) == [(0, edge_of(network, large), 5.0)]


def test_of_the_only_piece_nothing_is_beside():
    network = at_nodes(YARD)
    assert accesses(network, Point(500, 35)) == [(0, 0, 5.0)]
