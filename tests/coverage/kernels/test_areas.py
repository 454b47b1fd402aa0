"""Areas by cell and along scan lines, against shapely."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.coverage.kernels.areas import cell_areas, covered_m2, spans

MODEST = settings(max_examples=60, deadline=None)
# To the millimetre: at 1e-259 m shapely itself divides by zero and makes rings that are none.
CORNERS = st.one_of(st.integers(-9, 19).map(lambda n: n * 50.0), st.floats(-100, 600), st.floats(-2e3, 3e3)).map(
    lambda metres: round(metres, 3)
)
POINTS = st.lists(st.tuples(CORNERS, CORNERS), max_size=12)
RADII = st.floats(20, 400)
STEP, SHAPE = 100.0, (5, 4)
COUNTY = shapely.Polygon(
    [(0, 0), (500, 40), (560, 420), (240, 530), (-30, 300)], [[(200, 200), (300, 220), (250, 300)]]
)


@st.composite
def polygons(draw: st.DrawFn):
    """Stars, holes and several parts, edges on the cells' own lines, inside the grid, across its edge and outside."""
    rings = draw(st.lists(st.lists(st.tuples(CORNERS, CORNERS), min_size=3, max_size=7), min_size=1, max_size=3))
    whole = shapely.make_valid(shapely.MultiPolygon([shapely.Polygon(rings[0])]))
    for ring in rings[1:]:
        whole = whole.symmetric_difference(shapely.make_valid(shapely.Polygon(ring)))
    parts = [part for part in shapely.get_parts(whole) if part.geom_type == "Polygon"]
    return shapely.union_all([p for part in parts for p in shapely.get_parts(part)]) if parts else shapely.Polygon()


@MODEST
@given(polygons())
def test_each_cell_holds_what_shapely_says(polygon):
    window = cell_areas(polygon, 0.0, 0.0, STEP, SHAPE)
    found = np.zeros(SHAPE)
    rows, columns = window.area_m2.shape
    found[window.row : window.row + rows, window.column : window.column + columns] = window.area_m2
    west, south = np.meshgrid(np.arange(SHAPE[1]) * STEP, np.arange(SHAPE[0]) * STEP)
    truth = shapely.area(shapely.intersection(polygon, shapely.box(west, south, west + STEP, south + STEP)))
    assert np.abs(found - truth).max() < 1e-4  # of 10,000 m²
    assert (found >= 0).all()


def test_no_polygon_has_no_cells():
    endless = shapely.Polygon([(0, 0), (np.inf, 0), (5, 5)])
    for nothing in (None, shapely.Polygon(), shapely.box(900, 900, 950, 950), endless):
        assert cell_areas(nothing, 0.0, 0.0, STEP, SHAPE).area_m2.size == 0


@MODEST
@given(POINTS, RADII, CORNERS, CORNERS, st.floats(1, 2))
def test_a_longer_radius_or_one_more_facility_never_covers_less(points, radius, x, y, growth):
    cut = spans([COUNTY])
    before = covered_m2(cut, points, radius)
    slack = 1e-6
    assert (covered_m2(cut, points, radius * growth) >= before - slack).all()
    assert (covered_m2(cut, [*points, (x, y)], radius) >= before - slack).all()
    assert covered_m2(cut, points[::-1], radius) == pytest.approx(before, abs=slack)
    assert (before <= cut.area_m2).all()


@MODEST
@given(POINTS, RADII)
def test_covered_ground_is_that_of_the_circles(points, radius):
    cut = spans([COUNTY], 1.0)
    circles = (
        shapely.union_all(shapely.buffer(shapely.points(points), radius, quad_segs=256)) if points else shapely.Point()
    )
    assert covered_m2(cut, points, radius)[0] == pytest.approx(shapely.intersection(COUNTY, circles).area, abs=600)


def test_areas_overlap_and_each_has_its_radius():
    west, east = shapely.box(0, 0, 300, 500), shapely.box(300, 0, 600, 500)
    cut = spans([west, None, east, shapely.union(west, east)], 5.0)
    assert cut.area_m2.tolist() == [150_000.0, 0.0, 150_000.0, 300_000.0]
    found = covered_m2(cut, [(300.0, 250.0)], [100.0, 100.0, 200.0, 100.0])
    circle = np.pi * 100**2
    assert found == pytest.approx([circle / 2, 0.0, circle * 2, circle], rel=2e-3)


def test_nowhere_and_nothing():
    assert covered_m2(spans([]), [(0.0, 0.0)], 5.0).shape == (0,)
    assert covered_m2(spans([shapely.Polygon()]), [(0.0, 0.0)], 5.0).tolist() == [0.0]
    assert covered_m2(spans([COUNTY]), [(np.nan, 0.0), (0.0, 1e300), (-1e300, -1e300)], 5.0).tolist() == [0.0]
    vast = cell_areas(shapely.box(-1e9, -1e9, 1e9, 1e9), 0.0, 0.0, STEP, SHAPE)
    assert vast.area_m2 == pytest.approx(np.full(SHAPE, STEP**2), rel=1e-6)
    slanted = shapely.Polygon([(-1e25, -1e25), (1e25, -1e25), (1e25, 1e24)])
    assert cell_areas(slanted, 0.0, 0.0, STEP, SHAPE).area_m2.shape == SHAPE  # no figure to trust, but an end


def test_a_county_at_25_metres_is_within_a_ten_thousandth():
    random = np.random.default_rng(11)
    county = shapely.Point(0, 0).buffer(15_000, quad_segs=9)
    points = random.uniform(-15_000, 15_000, (700, 2))
    cut = spans([county])
    circles = shapely.union_all(shapely.buffer(shapely.points(points), 500, quad_segs=256))
    truth = shapely.intersection(county, circles).area / county.area
    assert covered_m2(cut, points, 500.0)[0] / cut.area_m2[0] == pytest.approx(truth, abs=1e-4)
