"""Zones, re-projection there and back, and frames that cannot be measured."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from geo import crs
from geo.errors import CrsError

LONGITUDES = st.floats(73.6, 136.4)
LATITUDES = st.floats(18, 53)
ROUND_TRIP_DEG = 1e-9  # 0.1 mm


@given(lon=LONGITUDES, lat=LATITUDES)
@settings(max_examples=60, deadline=None)
def test_a_point_comes_back_from_its_zone(lon, lat):
    epsg = crs.metric_epsg(lon)
    back = crs.unproject(crs.project(Point(lon, lat), epsg), epsg)
    assert (back.x, back.y) == pytest.approx((lon, lat), abs=ROUND_TRIP_DEG)


@given(lon=LONGITUDES)
def test_the_zone_is_the_nearest_meridian(lon):
    meridian = 75 + 3 * (crs.metric_epsg(lon) - 4534)
    assert abs(lon - meridian) <= 1.5


@pytest.mark.parametrize(("lon", "epsg"), [(75, 4534), (118.4, 4548), (118.6, 4549), (120.95, 4549), (135, 4554)])
def test_zones_by_longitude(lon, epsg):
    assert crs.metric_epsg(lon) == epsg


@pytest.mark.parametrize(
    ("lon", "lat", "epsg"),
    [(24.94, 60.17, 32635), (140, 36, 32654), (-120, 40, 32611), (0, 51, 32631), (180, -17, 32760), (-180, 1, 32601)],
)
def test_where_china_has_no_zone_the_zone_is_of_utm(lon, lat, epsg):
    assert crs.metric_epsg(lon, lat) == epsg
    place = Point(lon, lat)
    there = crs.project(place, epsg)
    assert shapely.distance(there, crs.project(Point(lon, lat + 0.01), epsg)) == pytest.approx(1112, abs=7)
    back = crs.unproject(there, epsg)
    assert (abs(back.x), back.y) == pytest.approx((abs(lon), lat), abs=ROUND_TRIP_DEG)


@pytest.mark.parametrize(
    ("lon", "lat"), [(181, 0), (-200, 0), (float("nan"), 0), (25, 85), (120, -81), (120, float("nan"))]
)
def test_a_place_with_no_zone_is_refused(lon, lat):
    with pytest.raises(CrsError, match="请检查坐标"):
        crs.metric_epsg(lon, lat)


def test_a_frame_makes_the_round_trip_with_its_columns():
    frame = gpd.GeoDataFrame({"id": ["a", "b"]}, geometry=[Point(120.95, 28.1), box(120.9, 28, 121, 28.1)], crs=4326)
    there = crs.to_metric(frame, 4549)
    assert there.crs.to_epsg() == 4549
    back = crs.to_storage(there)
    assert back.crs.to_epsg() == crs.STORAGE_EPSG
    assert back["id"].tolist() == ["a", "b"]
    assert shapely.equals_exact(
        np.asarray(back.geometry.array), np.asarray(frame.geometry.array), tolerance=ROUND_TRIP_DEG
    ).all()


def test_project_agrees_with_geopandas_in_axis_order_and_place():
    frame = gpd.GeoDataFrame(geometry=[Point(120.95, 28.1)], crs=4326)
    by_frame = crs.to_metric(frame, 4549).geometry.iloc[0]
    by_shape = crs.project(Point(120.95, 28.1), 4549)
    assert by_shape.distance(by_frame) < 1e-3
    assert by_shape.x == pytest.approx(500_000 + 93_360, abs=5)  # false easting, then 0.95° east of 120°
    assert 3_100_000 < by_shape.y < 3_120_000


def test_project_takes_arrays():
    moved = crs.project(np.array([Point(120.9, 28), Point(121, 28)], dtype=object), 4549)
    assert moved[0].distance(moved[1]) == pytest.approx(9836, abs=3)


@pytest.mark.parametrize("epsg", [4326, 4490])
def test_degrees_are_no_measure(epsg):
    frame = gpd.GeoDataFrame(geometry=[Point(120.95, 28.1)], crs=4326)
    with pytest.raises(CrsError, match=f"EPSG:{epsg} 不是投影坐标系"):
        crs.to_metric(frame, epsg)


@pytest.mark.parametrize("move", [crs.to_storage, lambda frame: crs.to_metric(frame, 4549)])
def test_a_frame_without_crs_says_what_to_do(move):
    with pytest.raises(CrsError, match="set_crs"):
        move(gpd.GeoDataFrame(geometry=[Point(120.95, 28.1)]))


def test_places_are_moved_alike_on_whatever_thread(monkeypatch):
    places = shapely.points(np.linspace(120.5, 121.5, 50), np.linspace(27.5, 28.5, 50))
    few = crs.project(places, 4549)
    with ThreadPoolExecutor(1) as other:
        from_another = other.submit(crs.project, places, 4549).result()
    monkeypatch.setattr(crs, "_MANY", 0)
    many = crs.project(places, 4549)
    assert shapely.equals_identical(few, from_another).all()
    assert shapely.equals_identical(few, many).all()
    frame = gpd.GeoDataFrame(geometry=places, crs=4326)
    assert shapely.equals_identical(np.asarray(crs.to_metric(frame, 4549).geometry.array, dtype=object), many).all()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only where processes fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_moves_places_too():
    crs.project(Point(120.95, 28.1), 4549)  # the parent's thread is there, and the child has none of it
    child = os.fork()
    if not child:
        os._exit(0 if crs.project(Point(120.95, 28.1), 4549).x > 0 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
