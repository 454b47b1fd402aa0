"""The union of circles against GEOS's union of the same polygons."""

from __future__ import annotations

import time

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.coverage.kernels import circles

RADIUS, SEGMENTS = 500.0, 32
ANYWHERE = st.floats(-2500, 2500)
# On a lattice circles touch, and three edges meet in one place.
LATTICE = st.integers(-10, 10).map(lambda n: n * 250.0)


def by_geos(points):
    return shapely.union_all(shapely.buffer(shapely.points(points), RADIUS, quad_segs=SEGMENTS))


def wrong_m2(points):
    """How much the two unions differ; None where ours leaves it to GEOS."""
    found = circles.union(points, RADIUS, 4 * SEGMENTS)
    if found is None:
        return None
    joined = shapely.multipolygons(found)
    truth = by_geos(points)
    assert joined.area == pytest.approx(truth.area, rel=1e-9)
    return shapely.symmetric_difference(shapely.make_valid(joined), truth).area


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(ANYWHERE, ANYWHERE), min_size=1, max_size=40))
def test_the_union_is_that_of_geos(points):
    assert (wrong_m2(points) or 0.0) < 0.01  # of 784,823 m² a circle


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(LATTICE, LATTICE), min_size=1, max_size=40))
def test_where_edges_meet_in_one_place_it_is_right_or_left_to_geos(points):
    assert (wrong_m2(points) or 0.0) < 0.01


@pytest.mark.parametrize("seed", range(3))
def test_a_county_of_circles_has_the_parts_holes_and_corners_of_geos(seed):
    points = np.random.default_rng(seed).uniform(0, 12_000, (400, 2))
    found = circles.union(points, RADIUS, 4 * SEGMENTS)
    truth = shapely.get_parts(by_geos(points))
    assert found is not None
    assert shapely.is_valid(found).all()
    assert sorted(shapely.get_num_interior_rings(found)) == sorted(shapely.get_num_interior_rings(truth))
    assert shapely.get_num_coordinates(found).sum() == pytest.approx(shapely.get_num_coordinates(truth).sum(), rel=1e-3)
    assert wrong_m2(points) < 0.01


def test_twins_are_one_circle_and_almost_twins_are_left_to_geos():
    alone = circles.union([(5.0, 5.0), (5.0, 5.0)], RADIUS, 4 * SEGMENTS)
    assert alone is not None
    assert shapely.equals_exact(alone[0].normalize(), by_geos([(5.0, 5.0)]).normalize(), 1e-9)
    assert circles.union([(5.0, 5.0), (5.0, 5.0001)], RADIUS, 4 * SEGMENTS) is None


def test_no_circles_make_nothing():
    assert len(circles.union(np.empty((0, 2)), RADIUS, 4 * SEGMENTS)) == 0


def test_a_crowd_is_left_to_a_general_union_before_anything_grows():
    crowd = np.random.default_rng(1).uniform(0, 50_000, (20_000, 2))
    begin = time.perf_counter()
    assert circles.union(crowd, 20_000.0, 128) is None
    assert time.perf_counter() - begin < 5  # all pairs would take minutes, and gigabytes
    assert circles.union(crowd[:4000], 1000.0, 128) is not None
