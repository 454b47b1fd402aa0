"""What is on foot of one place, beside the check by straight lines."""

from __future__ import annotations

import pytest
import shapely
from shapely import Point, box

from geo import coverage as cov
from geo import crs
from tests.streets.conftest import EPSG, at_nodes, placed

STREETS = at_nodes([(0, 0), (600, 0), (600, 400)], [(5000, 0), (5400, 0)])


def down(shape):
    return crs.unproject(placed(shape), EPSG)


@pytest.fixture
def walks(standard, categories, make_facilities):
    def make(place, *targets, kinds=("school",), **columns):
        frame = make_facilities([down(one) for one in targets], list(kinds), **columns)
        check = cov.buffer_check(down(place), frame, categories, standard, "town", (200, 500), EPSG)
        return check, cov.with_walks(check, down(place), frame, categories, STREETS)

    return make


def test_the_nearest_on_foot_need_not_be_the_nearest_in_a_straight_line(walks):
    check, found = walks(
        Point(100, 10), Point(100, 700), Point(610, 390), Point(620, 0), kinds=["school", "clinic", "school"]
    )
    school, clinic = found.walks.rows
    assert (school.nearest_id, school.metres) == ("f002", pytest.approx(10 + 500 + 20))
    assert school.minutes == pytest.approx(530 / 80)
    assert (clinic.nearest_id, clinic.metres, clinic.why) == ("f001", pytest.approx(10 + 500 + 390 + 10), "")
    assert (found.rows, found.rings, found.inside) == (check.rows, check.rings, check.inside)
    assert check.walks is None


def test_the_ground_on_foot_lies_in_the_ring_and_grows_with_it(walks):
    _, found = walks(Point(100, 10), Point(700, 0))
    assert [ground.radius_m for ground in found.walks.grounds] == [200, 500]
    near, far = (crs.project(ground.geometry, EPSG) for ground in found.walks.grounds)
    for ground, limit in ((near, 200), (far, 500)):
        assert ground.difference(placed(Point(100, 10)).buffer(limit + 51)).area < 1
    assert far.buffer(0.1).covers(near)
    assert far.covers(placed(Point(580, 10)))
    assert not far.covers(placed(Point(100, 400)))


def test_why_there_is_no_way_is_said_of_the_place(walks):
    _, apart = walks(Point(100, 10), Point(5100, 0))
    school, clinic = apart.walks.rows
    assert (school.nearest_id, school.why) == ("", "这里的路网与这类设施的路网不相连")
    assert clinic.why == "没有这类设施"
    assert school.metres != school.metres
    _, lost = walks(Point(2500, 3000), Point(100, 0))
    assert lost.walks.rows[0].why == "这里附近 500 米内没有可步行的道路"
    assert all(shapely.is_empty(ground.geometry) for ground in lost.walks.grounds)
    _, off = walks(Point(100, 10), Point(100, 2000))
    assert off.walks.rows[0].why == "这类设施附近 500 米内都没有可步行的道路"


def test_made_up_places_that_only_the_walk_leads_to_are_told(walks):
    check, found = walks(
        box(90, 5, 110, 20), Point(100, 900), Point(700, 0), kinds=["school"] * 2, sample=[False, True]
    )
    assert found.walks.rows[0].sample
    assert found.sample
    assert check.sample == any(row.sample for row in check.rows)
