"""The grid kernels against every pair measured, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from geo.coverage.kernels.grid import Grid, count_within, largest_square, nearest, pairs_within

THOROUGH = settings(max_examples=150, deadline=None)
STEPS = st.sampled_from([1.0, 25.0, 100.0, 33.3])
# On the cells' own raster distances tie and lie exactly on the radius; anywhere else they do not.
ROUND = st.integers(-60, 160).map(lambda n: n * 50.0)
RADII = st.one_of(st.integers(0, 60).map(lambda n: n * 50.0), st.floats(0, 5000))


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    wanted = draw(hnp.arrays(np.bool_, st.tuples(st.integers(1, 40), st.integers(1, 40)), fill=st.just(True)))
    return Grid(draw(ROUND), draw(ROUND), draw(STEPS), wanted)


@st.composite
def places(draw: st.DrawFn) -> np.ndarray:
    """None, one, many, some on top of each other, near the grid or far outside."""
    wide = draw(st.sampled_from([1e4, 1e7]))
    # To a micrometre: the squares of far smaller gaps are 0, and so the gap is when it is taken from them.
    anywhere = st.floats(-wide, wide).map(lambda metres: round(metres, 6))
    coordinate = draw(st.sampled_from([ROUND, anywhere]))
    some = draw(st.lists(st.tuples(coordinate, coordinate), max_size=60))
    again = draw(st.lists(st.sampled_from(some), max_size=10)) if some else []
    return np.array(some + again, dtype=float).reshape(-1, 2)


def squares(grid: Grid, points: np.ndarray) -> np.ndarray:
    x, y = grid.centres
    dx, dy = np.subtract.outer(x, points[:, 0]), np.subtract.outer(y, points[:, 1])
    return dx * dx + dy * dy


@THOROUGH
@given(grids(), st.lists(places(), min_size=1, max_size=3))
def test_nearest_is_the_least_of_all_pairs_and_the_first_on_a_tie(grid, kinds):
    found = nearest(grid, kinds)
    for kind, points in enumerate(kinds):
        every = squares(grid, points)
        if not len(points):
            assert np.isinf(found.metres[kind]).all()
            assert (found.row[kind] == -1).all()
            continue
        assert np.array_equal(found.metres[kind], np.sqrt(every.min(axis=1)))
        assert np.array_equal(found.row[kind], every.argmin(axis=1))


@THOROUGH
@given(grids(), st.lists(places(), min_size=1, max_size=3), RADII)
def test_count_within_is_what_all_pairs_count_and_agrees_with_nearest(grid, kinds, radius):
    found = count_within(grid, kinds, radius)
    for kind, points in enumerate(kinds):
        assert np.array_equal(found[kind], (np.sqrt(squares(grid, points)) <= radius).sum(axis=1))
    assert np.array_equal(found > 0, nearest(grid, kinds).metres <= radius)


@THOROUGH
@given(grids(), places(), RADII)
def test_pairs_are_all_cells_within_of_each_facility(grid, points, radius):
    found = pairs_within(grid, points, radius)
    every = np.sqrt(squares(grid, points)).T
    facility, cell = np.nonzero(every <= radius)
    assert np.array_equal(found.other, cell)
    assert np.array_equal(found.metres, every[facility, cell])
    assert np.array_equal(np.diff(found.start), np.bincount(facility, minlength=len(points)))


@THOROUGH
@given(st.floats(0, 1e8), st.floats(0, 1e16))
def test_a_square_is_within_where_its_root_is(radius, square):
    most = largest_square(radius)
    assert np.sqrt(most) <= radius < np.sqrt(np.nextafter(most, np.inf))
    assert (square <= most) == (np.sqrt(square) <= radius)


@settings(max_examples=30, deadline=None)
@given(grids(), places(), st.randoms(use_true_random=False))
def test_the_order_of_facilities_and_more_of_them_never_harm(grid, points, random):
    order = list(range(len(points)))
    random.shuffle(order)
    before = nearest(grid, [points]).metres
    assert np.array_equal(before, nearest(grid, [points[order]]).metres)
    more = np.concatenate((points, [[grid.x0 + 7, grid.y0 - 3]]))
    assert (nearest(grid, [more]).metres <= before).all()


def test_a_county_with_clusters_twins_and_places_outside():
    """Large enough that blocks are split many times and lists outgrow their room."""
    random = np.random.default_rng(7)
    rows, columns = np.mgrid[:200, :170]
    grid = Grid(5e5, 3e6, 100.0, (rows - 100) ** 2 + (columns - 80) ** 2 < 85**2)
    town = random.normal((508_000, 3_012_000), 60, (400, 2))
    wide = random.uniform((480_000, 2_990_000), (540_000, 3_040_000), (600, 2))
    points = np.concatenate((town, wide, town[:50], np.repeat([[515_000.0, 3_001_000.0]], 300, axis=0)))
    found = nearest(grid, [points])
    every = squares(grid, points)
    assert np.array_equal(found.metres[0], np.sqrt(every.min(axis=1)))
    assert np.array_equal(found.row[0], every.argmin(axis=1))
    assert np.array_equal(count_within(grid, [points], 1000.0)[0], (np.sqrt(every) <= 1000).sum(axis=1))


def test_places_that_are_nowhere_are_left_out_and_rows_keep_their_number():
    grid = Grid(0.0, 0.0, 100.0, np.ones((1, 3), dtype=bool))
    found = nearest(grid, [[[np.nan, 0.0], [np.inf, 1.0], [200.0, 0.0]], [[0.0, np.nan]]])
    assert found.row.tolist() == [[2, 2, 2], [-1, -1, -1]]
    assert found.metres.tolist() == [[200.0, 100.0, 0.0], [np.inf] * 3]
    assert count_within(grid, [[[np.nan, 0.0], [100.0, 0.0]]], 100.0).tolist() == [[1, 1, 1]]
    assert pairs_within(grid, [[np.nan, 0.0], [100.0, -np.inf], [200.0, 0.0]], 100.0).start.tolist() == [0, 0, 0, 2]


def test_places_beyond_all_bounds_are_as_far_as_numbers_go():
    grid = Grid(0.0, 0.0, 100.0, np.ones((2, 3), dtype=bool))
    far = [[1e300, 0.0], [0.0, -1e300], [-1e18, 1e18]]
    assert nearest(grid, [far[:2]]).metres.tolist() == [[np.inf] * 6]
    assert set(nearest(grid, [far]).row[0]) == {2}
    assert count_within(grid, [far], 1e5).sum() == 0
    assert pairs_within(grid, far, 1e5).start.tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("radius", [-1.0, np.nan])
def test_a_radius_that_is_none_is_refused(radius):
    grid = Grid(0.0, 0.0, 100.0, np.ones((2, 3), dtype=bool))
    for ask in (lambda: count_within(grid, [[[0.0, 0.0]]], radius), lambda: pairs_within(grid, [[0.0, 0.0]], radius)):
        with pytest.raises(ValueError, match="a radius of"):
            ask()


def test_nothing_wanted_and_nothing_asked():
    nothing = Grid(0.0, 0.0, 100.0, np.zeros((3, 3), dtype=bool))
    assert nearest(nothing, [[[0.0, 0.0]]]).metres.shape == (1, 0)
    some = Grid(0.0, 0.0, 100.0, np.ones((3, 3), dtype=bool))
    assert nearest(some, []).metres.shape == (0, 9)
    assert count_within(some, [], 5.0).shape == (0, 9)


@pytest.mark.parametrize("parts", [1, 3, 50])
def test_bands_hold_every_row_once(parts):
    grid = Grid(0.0, 0.0, 1.0, np.tri(20, 20, dtype=bool))
    bands = grid.bands(parts)
    assert [row for low, high in bands for row in range(low, high)] == list(range(20))
    assert len(bands) <= parts
