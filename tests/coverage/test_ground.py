"""Uncovered ground: its laws, its figures, and areas with radii of their own."""

from __future__ import annotations

import math

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import Point, box

from geo import crs
from geo.coverage import merged, uncovered_by_area, uncovered_ground
from geo.coverage.ground import SERVICE_QUAD_SEGS
from geo.errors import InputError

AREA = box(120.9, 28.05, 121.0, 28.15)
MODEST = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
POINTS = st.builds(Point, st.floats(120.88, 121.02), st.floats(28.03, 28.17))
PLACES = st.lists(POINTS, max_size=8)
RADII = st.floats(100, 4000)
TOLERANCE_M2 = 1.0  # of 110 km²: rounding of the way to degrees and back


@MODEST
@given(places=PLACES, radius=RADII)
def test_covered_and_gap_make_the_ground(places, radius, make_facilities, epsg):
    ground = uncovered_ground(AREA, make_facilities(places), radius, epsg)
    area = crs.project(AREA, epsg)
    circles = [crs.project(place, epsg).buffer(radius, quad_segs=SERVICE_QUAD_SEGS) for place in places]
    covered = shapely.intersection(shapely.union_all(circles), area)
    gap = crs.project(ground.geometry, epsg)
    assert ground.area_m2 == pytest.approx(area.area)
    assert ground.uncovered_m2 + covered.area == pytest.approx(area.area, abs=TOLERANCE_M2)
    assert gap.area == pytest.approx(ground.uncovered_m2, abs=TOLERANCE_M2)
    assert shapely.intersection(gap, covered).area == pytest.approx(0, abs=TOLERANCE_M2)
    assert ground.share == pytest.approx(ground.uncovered_m2 / ground.area_m2)


@MODEST
@given(places=PLACES, extra=POINTS, radius=RADII, growth=st.floats(1, 3))
def test_a_longer_radius_or_one_more_facility_never_enlarges_the_gap(
    places, extra, radius, growth, make_facilities, epsg
):
    before = uncovered_ground(AREA, make_facilities(places), radius, epsg)
    for after in (
        uncovered_ground(AREA, make_facilities(places), radius * growth, epsg),
        uncovered_ground(AREA, make_facilities([*places, extra]), radius, epsg),
    ):
        assert after.uncovered_m2 <= before.uncovered_m2 + TOLERANCE_M2
        grown = shapely.difference(crs.project(after.geometry, epsg), crs.project(before.geometry, epsg))
        assert grown.area == pytest.approx(0, abs=TOLERANCE_M2)


@MODEST
@given(places=st.lists(POINTS, min_size=1, max_size=8), radius=RADII)
def test_row_order_and_input_crs_do_not_matter(places, radius, make_facilities, epsg):
    facilities = make_facilities(places)
    plain = uncovered_ground(AREA, facilities, radius, epsg)
    other = uncovered_ground(AREA, facilities.iloc[::-1].geometry.to_crs(3857), radius, epsg)
    assert other.uncovered_m2 == pytest.approx(plain.uncovered_m2, abs=TOLERANCE_M2)


def test_one_circle_is_left_out_within_the_stated_error(make_facilities, epsg):
    ground = uncovered_ground(AREA, make_facilities([Point(120.95, 28.1)]), 1000, epsg)
    served = ground.area_m2 - ground.uncovered_m2
    assert 0 < 1 - served / (math.pi * 1000**2) < 4.1e-4
    assert ground.geometry.geom_type == "Polygon"
    assert shapely.contains(AREA.buffer(1e-9), ground.geometry)


def test_many_facilities_are_joined_as_exactly_as_few(make_facilities, epsg):
    """Enough for the kernel; one facility that is an area leaves them to GEOS."""
    random = np.random.default_rng(5)
    places = [Point(xy) for xy in random.uniform((120.88, 28.03), (121.02, 28.17), (260, 2))]
    area = crs.project(AREA, epsg)
    for shapes in (places, [*places, box(120.95, 28.1, 120.96, 28.11)]):
        ground = uncovered_ground(AREA, make_facilities(shapes), 400, epsg)
        served = shapely.union_all([crs.project(one, epsg).buffer(400, quad_segs=SERVICE_QUAD_SEGS) for one in shapes])
        truth = shapely.difference(area, served)
        assert ground.uncovered_m2 == pytest.approx(truth.area, abs=0.01)
        assert shapely.symmetric_difference(crs.project(ground.geometry, epsg), truth).area < TOLERANCE_M2


def test_an_area_that_only_touches_itself_in_degrees_is_measured(make_facilities, epsg):
    """Its enclave touches the middle of its southern edge, which on the plane bows away from it."""
    d = 0.02
    shell = [(120.9, 28), (120.9 + d, 28), (120.9 + d, 28 + d), (120.9, 28 + d)]
    enclave = [(120.9 + d / 2, 28.0), (120.9 + 0.6 * d, 28 + 0.2 * d), (120.9 + 0.4 * d, 28 + 0.2 * d)]
    area = shapely.Polygon(shell, [enclave])
    assert area.is_valid
    assert not crs.project(area, epsg).is_valid
    whole = crs.project(shapely.Polygon(shell), epsg).area - crs.project(shapely.Polygon(enclave), epsg).area
    for places in ([Point(120.9, 28)], [Point(120.9 + d / 2, 28)], []):
        ground = uncovered_ground(area, make_facilities(places), 500, epsg)
        assert ground.area_m2 == pytest.approx(whole, abs=TOLERANCE_M2)
        assert shapely.is_valid(ground.geometry)
    quarter = math.pi * 500**2 / 4
    assert uncovered_ground(area, make_facilities([Point(120.9, 28)]), 500, epsg).uncovered_m2 == pytest.approx(
        whole - quarter, rel=5e-3
    )


def test_nothing_there_leaves_everything_uncovered(make_facilities, epsg):
    for facilities in (make_facilities([]), make_facilities([None, Point(), Point(122, 29)])):
        ground = uncovered_ground(AREA, facilities, 1000, epsg)
        assert ground.share == 1
        assert ground.uncovered_m2 == ground.area_m2


def test_an_empty_area_has_no_share(make_facilities, epsg):
    ground = uncovered_ground(shapely.Polygon(), make_facilities([Point(120.95, 28.1)]), 1000, epsg)
    assert (ground.share, ground.area_m2, ground.geometry.is_empty) == (0, 0, True)


@pytest.mark.parametrize("radius", [0, -5, math.nan, math.inf])
def test_a_radius_that_is_no_distance_is_refused(radius, make_facilities, epsg):
    with pytest.raises(InputError, match="请填大于 0、不超过 100,000 的米数"):
        uncovered_ground(AREA, make_facilities([Point(120.95, 28.1)]), radius, epsg)


def test_each_area_has_its_radius_and_facilities_serve_across_borders(make_facilities, epsg):
    west, east = box(120.9, 28.05, 120.95, 28.15), box(120.95, 28.05, 121.0, 28.15)
    areas = gpd.GeoDataFrame({"id": ["w", "e"]}, geometry=[west, east], crs=4326)
    facilities = make_facilities([Point(120.951, 28.1)])
    parts = uncovered_by_area(areas, facilities, {"w": 500.0, "e": 2000.0}, epsg)
    assert [(part.id, part.radius_m) for part in parts] == [("w", 500.0), ("e", 2000.0)]
    assert parts[0].ground == uncovered_ground(west, facilities, 500, epsg)
    assert parts[0].ground.share < 1
    total = merged(parts)
    assert total.area_m2 == pytest.approx(sum(part.ground.area_m2 for part in parts))
    assert total.uncovered_m2 == pytest.approx(sum(part.ground.uncovered_m2 for part in parts))
    assert total.share == pytest.approx(total.uncovered_m2 / total.area_m2)
    assert crs.project(total.geometry, epsg).area == pytest.approx(total.uncovered_m2, rel=1e-6)


def test_an_area_without_radius_is_an_error(make_facilities, epsg):
    areas = gpd.GeoDataFrame({"id": ["w"]}, geometry=[AREA], crs=4326)
    with pytest.raises(KeyError, match="w"):
        uncovered_by_area(areas, make_facilities([]), {}, epsg)


def test_no_areas_merge_to_nothing():
    total = merged(())
    assert (total.share, total.area_m2, total.uncovered_m2, total.geometry.is_empty) == (0, 0, 0, True)
