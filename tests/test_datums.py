"""GCJ-02 and BD-09: known places, exact ways back, and the bounds within which anything is shifted at all."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geo import crs
from geo.crs import DATUM_WORDS, Datum
from geo.i18n import Message

GEOD = pyproj.Geod(ellps="WGS84")
YUEQING = (120.97, 28.12)
CHINA = st.tuples(st.floats(73.4, 135.1), st.floats(3.8, 53.6))  # Pamir to Heixiazi, Zengmu Shoal to Mohe
WEB = [Datum.GCJ02, Datum.BD09]


def metres(a, b):
    """(n,) on the ellipsoid between degrees (n, 2)."""
    return GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2]


@given(places=st.lists(CHINA, min_size=1, max_size=40), datum=st.sampled_from(WEB))
@example(
    places=[(105, 35), (105 + 1e-12, 35), (73.4, 3.8), (73.4, 53.6), (135.1, 3.8), (135.1, 53.6)], datum=Datum.GCJ02
)
@example(
    places=[(105, 35), (105 - 1e-12, 35), (73.4, 3.8), (73.4, 53.6), (135.1, 3.8), (135.1, 53.6)], datum=Datum.BD09
)
@settings(deadline=None)
def test_every_place_in_china_comes_back_within_a_millimetre(places, datum):
    wgs = shapely.points(places)
    back = crs.to_wgs84(crs.from_wgs84(wgs, datum), datum)
    assert metres(shapely.get_coordinates(wgs), shapely.get_coordinates(back)).max() < 1e-3


@given(places=st.lists(CHINA, min_size=1, max_size=40), datum=st.sampled_from(WEB))
@settings(deadline=None)
def test_the_way_back_lands_where_the_web_map_drew_it(places, datum):
    drawn = shapely.points(places)
    again = crs.from_wgs84(crs.to_wgs84(drawn, datum), datum)
    assert np.abs(shapely.get_coordinates(again) - places).max() < 1e-9


@given(place=CHINA)
@settings(deadline=None)
def test_gcj02_shifts_by_50_to_1200_metres_in_china(place):
    wgs = np.array([place])
    assert 50 < metres(wgs, crs.wgs84_to_gcj02(wgs))[0] < 1200


def test_gcj02_at_yueqing_lies_540_metres_to_the_south_east():
    wgs = np.array([YUEQING])
    gcj = crs.wgs84_to_gcj02(wgs)
    assert (gcj - wgs)[0] == pytest.approx((0.0041, -0.0033), abs=1e-4)
    assert metres(wgs, gcj)[0] == pytest.approx(540, abs=10)


@pytest.mark.parametrize(
    ("wgs", "gcj"),
    [
        # The figures of eviltransform's own tests: Shanghai, Shenzhen, Beijing.
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
    ],
)
def test_gcj02_of_places_that_others_computed(wgs, gcj):
    assert crs.wgs84_to_gcj02(np.array([wgs]))[0] == pytest.approx(gcj, abs=1e-11)


def test_bd09_of_a_place_that_others_computed():
    """The figures of coordtransform's tests, whose way back is not exact."""
    assert crs.gcj02_to_bd09(np.array([[116.404, 39.915]]))[0] == pytest.approx(
        (116.41036949371029, 39.92133699351021), abs=1e-11
    )
    back = crs.bd09_to_gcj02(np.array([[116.404, 39.915]]))
    assert metres(back, np.array([[116.39762729119315, 39.90865673957631]]))[0] < 1


@pytest.mark.parametrize("place", [(2.35, 48.86), (-70, 28), (140, 36), (106.8, -6.2), (104, 60), (500_000, 3_100_000)])
@pytest.mark.parametrize("datum", WEB)
def test_nothing_moves_outside_chinas_box(place, datum):
    point = shapely.Point(place)
    assert crs.from_wgs84(point, datum) == point
    assert crs.to_wgs84(point, datum) == point


def test_shapes_keep_their_kind_and_missing_ones_stay_missing():
    shapes = np.array(
        [None, shapely.Point(YUEQING), shapely.box(120.9, 28, 121, 28.1), shapely.LineString([(120.9, 28), (121, 28)])],
        dtype=object,
    )
    moved = crs.from_wgs84(shapes, Datum.GCJ02)
    assert moved[0] is None
    assert [shape.geom_type for shape in moved[1:]] == ["Point", "Polygon", "LineString"]
    assert (shapely.get_coordinates(moved) != shapely.get_coordinates(shapes)).all()
    back = crs.to_wgs84(moved, Datum.GCJ02)
    assert shapely.equals_exact(back[1:], shapes[1:], tolerance=1e-9).all()


def test_one_shape_is_taken_as_well_as_an_array():
    assert crs.to_wgs84(crs.from_wgs84(shapely.Point(YUEQING), Datum.BD09), Datum.BD09).distance(
        shapely.Point(YUEQING)
    ) == pytest.approx(0, abs=1e-9)


def test_wgs84_is_left_alone():
    point = shapely.Point(YUEQING)
    assert crs.to_wgs84(point, Datum.WGS84) is point
    assert crs.from_wgs84(point, Datum.WGS84) is point


@pytest.mark.parametrize("convert", [crs.wgs84_to_gcj02, crs.gcj02_to_wgs84, crs.gcj02_to_bd09, crs.bd09_to_gcj02])
def test_arrays_are_not_changed_in_place_and_may_be_empty(convert):
    given = np.array([YUEQING])
    assert convert(given).shape == (1, 2)
    assert given.tolist() == [list(YUEQING)]
    assert convert(np.empty((0, 2))).shape == (0, 2)


def test_a_number_that_is_none_stays_none():
    assert np.isnan(crs.gcj02_to_wgs84(np.array([[np.nan, 28.0]]))[0, 0])


def test_each_datum_has_words_in_both_languages():
    for datum in Datum:
        chinese, english = Message(DATUM_WORDS[datum]).text("zh"), Message(DATUM_WORDS[datum]).text("en")
        assert chinese != english
        assert datum.replace("wgs84", "WGS-84").replace("gcj02", "GCJ-02").replace("bd09", "BD-09") in english
