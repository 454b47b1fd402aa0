"""The ground that facilities serve on foot, cut to the areas that are judged by it."""

from __future__ import annotations

import geopandas as gpd
import pytest
import shapely
from shapely import Point, box

from geo import coverage as cov
from geo import crs
from geo.coverage.onfoot import STREET_REACH_M
from geo.crs import STORAGE_EPSG
from geo.streets import Network
from tests.streets.conftest import EPSG, at_nodes, placed

WEST, EAST = box(-500, -500, 0, 500), box(0, -500, 500, 500)
STREET = [(-500, 0), (500, 0)]


def frame(shapes, **columns):
    down = [crs.unproject(placed(shape), EPSG) for shape in shapes]
    return gpd.GeoDataFrame(columns, geometry=down, crs=STORAGE_EPSG)


def served(network: Network, *facilities, west_m=100.0, east_m=200.0):
    areas = frame([WEST, EAST], id=["west", "east"])
    return cov.served_by_area(areas, frame(facilities), {"west": west_m, "east": east_m}, network)


def test_each_area_is_served_within_its_own_radius_across_the_border():
    west, east = served(at_nodes(STREET), Point(30, 10))
    assert (west.id, west.radius_m, east.id, east.radius_m) == ("west", 100, "east", 200)
    # 90 and 190 metres of street are left after the 10 to it: from the border to -60, and to 220.
    at = crs.project(west.geometry, EPSG), crs.project(east.geometry, EPSG)
    assert [part.bounds[2] - part.bounds[0] for part in at] == pytest.approx(
        [60 + STREET_REACH_M, 220 + STREET_REACH_M]
    )
    assert west.area_m2 == east.area_m2 == pytest.approx(500_000)
    assert [one.served_m2 for one in (west, east)] == pytest.approx([part.area for part in at])
    assert shapely.area(shapely.intersection(*at)) == pytest.approx(0, abs=1e-3)


def test_a_facility_without_a_street_serves_nothing():
    for found in (served(at_nodes(STREET)), served(at_nodes(STREET), Point(0, 2000))):
        assert [(one.served_m2, one.geometry.is_empty) for one in found] == [(0, True)] * 2


def test_what_many_serve_is_what_each_serves():
    network = at_nodes(STREET, [(100, -300), (100, 0), (100, 300)])
    places = [Point(-80, 20), Point(100, 250), Point(110, -240)]
    together = served(network, *places)
    for at, one in enumerate(together):
        apart = shapely.union_all([served(network, place)[at].geometry for place in places])
        assert shapely.area(shapely.symmetric_difference(*crs_of(one.geometry, apart))) < 1e-2


def crs_of(*geometries):
    return [crs.project(geometry, EPSG) for geometry in geometries]


def test_the_whole_of_an_area_is_never_exceeded():
    across = [(x, 0) for x in range(-600, 601, 50)]
    network = at_nodes(across, *[[(x, -600), (x, 0), (x, 600)] for x, _ in across])
    assert [one.served_m2 for one in served(network, Point(0, 0), west_m=5000, east_m=5000)] == pytest.approx(
        [500_000] * 2
    )
