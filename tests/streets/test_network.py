"""Roads to nodes and edges: where they meet, and where they do not."""

from __future__ import annotations

import time

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, Point

from geo.coverage.onfoot import walked
from geo.crs import unproject
from geo.errors import CrsError
from geo.model import Layer, feature_frame
from geo.streets import build_network, snap
from geo.streets.noding import CORNER_M
from tests.streets.conftest import EPSG, at_nodes, local, net, placed, road_frame

CROSS = [[(0, 0), (100, 0)], [(50, -50), (50, 50)]]


def edges(network):
    nodes = local(network)
    return {tuple(sorted((nodes[a], nodes[b]))) for a, b in zip(network.tail, network.head, strict=True)}


# --- where roads meet ----------------------------------------------------------------------------------------------


def test_drawn_roads_meet_where_they_cross():
    found = net(*CROSS)
    assert edges(found) == {
        ((0, 0), (50, 0)),
        ((50, 0), (100, 0)),
        ((50, -50), (50, 0)),
        ((50, 0), (50, 50)),
    }
    assert (found.largest_share, len(found.piece_m), found.dangling) == (1.0, 1, 4)


def test_a_bridge_does_not_meet_the_road_below():
    found = at_nodes(*CROSS)
    assert edges(found) == {((0, 0), (100, 0)), ((50, -50), (50, 50))}
    assert found.largest_share == 0.5
    assert found.piece_m.tolist() == [100, 100]


def test_roads_that_share_a_corner_meet_there_in_either_case():
    lines = [[(0, 0), (50, 0), (100, 0)], [(50, 0), (50, 50)]]
    assert edges(at_nodes(*lines)) == edges(net(*lines)) == {
        ((0, 0), (50, 0)),
        ((50, 0), (100, 0)),
        ((50, 0), (50, 50)),
    }  # fmt: skip


def test_a_drawn_road_meets_a_bridge_too():
    assert len(net(*CROSS, at_nodes=[True, False]).piece_m) == 1


def test_a_t_junction_is_a_node_of_the_road_it_meets():
    found = net([(0, 0), (100, 0)], [(30, 0), (30, 40)])
    assert ((0, 0), (30, 0)) in edges(found)
    assert len(found.metres) == 3


def test_roads_that_lie_on_each_other_are_walked_once():
    found = net([(0, 0), (100, 0)], [(40, 0), (140, 0)], [(0, 0), (100, 0)])
    assert edges(found) == {((0, 0), (40, 0)), ((40, 0), (100, 0)), ((100, 0), (140, 0))}
    assert found.total_m == pytest.approx(140)


@pytest.mark.parametrize(("gap", "pieces"), [(0.9, 1), (1.1, 2)])
def test_a_gap_within_the_tolerance_is_bridged_by_its_own_length(gap, pieces):
    found = net([(0, 0), (100, 0)], [(30, gap), (30, 40)])
    assert len(found.piece_m) == pieces
    assert found.total_m == pytest.approx(140 if pieces == 1 else 140 - gap)
    ends = net([(0, 0), (50, 0)], [(50 + gap, 0), (90, 0)])
    assert len(ends.piece_m) == pieces


@settings(deadline=None, max_examples=40)
@given(st.floats(0, 2 * np.pi), st.floats(-0.99, 0.99), st.booleans())  # degrees keep a place to less than a millimetre
def test_a_corner_drawn_onto_a_road_meets_it_on_whichever_side_it_lies(angle, beyond, mirrored):
    def turned(*corners):
        cos, sin = np.cos(angle), np.sin(angle)
        return [(x * cos - y * sin, x * sin + y * cos) for x, y in corners]

    side = -1 if mirrored else 1
    road, bend = [(0, 0), (100, 0)], [(40, side * 30), (50, side * beyond * CORNER_M), (60, side * 30)]
    network = net(turned(*road), turned(*bend))
    assert len(network.piece_m) == 1
    start, goal = (placed(Point(*turned(at)[0])) for at in ((0, 0), (40, side * 30)))
    metres = walked(network, *(snap(network, np.array([at], dtype=object)) for at in (start, goal)))
    assert metres[0, 0] == pytest.approx(50 + np.hypot(10, 30), abs=2 * CORNER_M)


def test_a_corner_near_a_road_is_no_end_and_stays_apart():
    assert len(net([(0, 0), (100, 0)], [(20, 30), (30, 0.5), (40, 30)]).piece_m) == 2


def test_barred_and_shapeless_roads_are_left_out():
    frame = road_frame([LineString(line) for line in CROSS], barred=[False, True])
    frame.loc[2] = {**frame.loc[0], "id": "r2", "geometry": None}
    frame.loc[3] = {**frame.loc[0], "id": "r3", "geometry": LineString()}
    assert edges(build_network(frame, EPSG)) == {((0, 0), (100, 0))}


def test_the_parts_of_a_road_are_not_joined():
    frame = road_frame([MultiLineString([[(0, 0), (10, 0)], [(20, 0), (30, 0)]])], at_nodes=[True])
    assert edges(build_network(frame, EPSG)) == {((0, 0), (10, 0)), ((20, 0), (30, 0))}


def test_a_corner_that_comes_twice_makes_no_edge():
    assert edges(at_nodes([(0, 0), (0, 0), (10, 0)])) == {((0, 0), (10, 0))}


@pytest.mark.parametrize("lines", [[], [[(5, 5), (5, 5)]]])
def test_no_roads_are_an_empty_network(lines):
    found = at_nodes(*lines)
    assert (len(found.xy), len(found.metres), found.total_m, found.largest_share, found.dangling) == (0, 0, 0, 0, 0)
    assert found.indptr.tolist() == [0]


def test_islands_are_told_by_their_pieces_the_longest_first():
    found = at_nodes([(0, 0), (10, 0)], [(0, 100), (90, 100)])
    assert found.piece_m.tolist() == [90, 10]
    assert found.largest_share == 0.9
    by_node = dict(zip(local(found), found.piece.tolist(), strict=True))
    assert by_node == {(0, 0): 1, (10, 0): 1, (0, 100): 0, (90, 100): 0}


def test_roads_in_degrees_are_measured_in_metres():
    line = unproject(placed(LineString([(0, 0), (300, 400)])), EPSG)
    found = build_network(feature_frame(Layer.ROADS, [{"id": "r"}], [line]), EPSG)
    assert found.metres.tolist() == pytest.approx([500], abs=1e-6)


def test_a_frame_without_crs_is_refused():
    with pytest.raises(CrsError):
        build_network(road_frame([LineString(CROSS[0])]).set_crs(None, allow_override=True), EPSG)


# --- laws ----------------------------------------------------------------------------------------------------------

place = st.tuples(st.integers(0, 12), st.integers(0, 12))
some_lines = st.lists(st.lists(place, min_size=2, max_size=5), min_size=1, max_size=10)


def drawn(lines):
    return [LineString(line) for line in lines if len(set(line)) > 1]


@settings(deadline=None, max_examples=60)
@given(some_lines)
def test_noding_is_what_a_union_of_the_lines_is(lines):
    union = shapely.union_all(drawn(lines))
    found = net(*lines, tolerance_m=0)
    assert found.total_m == pytest.approx(union.length, abs=1e-4)
    islands = shapely.union_all(shapely.buffer(drawn(lines), 1e-4))
    assert len(found.piece_m) == shapely.get_num_geometries(islands) * bool(drawn(lines))


@settings(deadline=None, max_examples=40)
@given(some_lines, st.randoms())
def test_order_and_direction_do_not_matter(lines, random):
    shuffled = [line[::-1] if random.random() < 0.5 else line for line in lines]
    random.shuffle(shuffled)
    one, other = net(*lines), net(*shuffled)
    assert one.total_m == pytest.approx(other.total_m, abs=1e-4)
    assert len(one.piece_m) == len(other.piece_m)
    assert one.largest_share == pytest.approx(other.largest_share, abs=1e-6)


@settings(deadline=None, max_examples=40)
@given(some_lines)
def test_the_matrix_has_each_edge_in_both_directions(lines):
    found = net(*lines)
    row = np.repeat(np.arange(len(found.xy)), np.diff(found.indptr))
    both = {(int(a), int(b)): w for a, b, w in zip(row, found.indices, found.weights, strict=True)}
    assert len(both) == 2 * len(found.metres)
    for tail, head, metres in zip(found.tail, found.head, found.metres, strict=True):
        assert both[tail, head] == both[head, tail] == metres
        assert metres == pytest.approx(np.hypot(*(found.xy[tail] - found.xy[head])))
        assert found.piece[tail] == found.piece[head]


def test_a_county_of_roads_is_built_in_moments():
    steps = np.arange(220) * 100.0
    rows = [LineString(np.column_stack((steps, np.full(220, at)))) for at in steps]
    columns = [LineString(np.column_stack((np.full(220, at), steps))) for at in steps]
    frame = road_frame(rows + columns, at_nodes=[True] * 440)
    begun = time.process_time()
    found = build_network(frame, EPSG)
    assert time.process_time() - begun < 2
    assert (len(found.xy), len(found.metres)) == (48_400, 96_360)
    assert found.largest_share == 1
