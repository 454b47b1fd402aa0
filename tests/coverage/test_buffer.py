"""Rings around a place: what they hold, the verdict, and the nearest outside."""

from __future__ import annotations

import math

import pytest
from shapely import Point

from geo import crs
from geo.coverage import buffer_check
from geo.errors import InputError, NotFoundError
from geo.i18n import Label

HERE = Point(120.95, 28.1)


@pytest.fixture
def check(categories, standard, epsg):
    def run(facilities, radii=(1000, 300), profile="city", place=HERE):
        return buffer_check(place, facilities, categories, standard, profile, radii, epsg)

    return run


@pytest.fixture
def around(make_facilities, east_of):
    """Schools at 200, 800 and 3,000 m; a clinic at 600 m; something of another kind at 100 m. The far school is made up."""
    distances = (200, 800, 3000, 600, 100)
    kinds = ["school"] * 3 + ["clinic", "other"]
    return make_facilities([east_of(HERE, m) for m in distances], kinds, sample=[False, False, True, False, False])


def test_rings_run_from_small_to_large_and_are_drawn_in_degrees(check, around, epsg):
    rings = check(around, (1000, 300, 1000)).rings
    assert [ring.radius_m for ring in rings] == [300, 1000]
    for ring in rings:
        there = crs.project(ring.geometry, epsg)
        assert there.area == pytest.approx(math.pi * ring.radius_m**2, rel=5e-4)
        assert there.centroid.distance(crs.project(HERE, epsg)) < 0.01


def test_rows_count_per_ring_and_judge_by_the_standard(check, around):
    school, clinic = check(around).rows
    assert (school.category, school.counts, school.threshold_m, school.covered) == ("school", (1, 2), 500, True)
    assert (school.nearest_id, school.nearest_name) == ("f000", Label("设施0", "Place 0"))
    assert school.nearest_m == pytest.approx(200, abs=1e-3)
    assert (school.outside_id, school.outside_name) == ("f002", Label("设施2", "Place 2"))
    assert school.outside_m == pytest.approx(3000, abs=1e-3)
    assert (school.clause, school.certainty) == (Label("school-city"), Label("中", "medium"))
    assert school.sample
    assert (clinic.counts, clinic.covered, clinic.outside_id, clinic.sample) == ((0, 1), False, "", False)
    assert math.isnan(clinic.outside_m)


def test_inside_is_by_distance_and_only_of_judged_kinds(check, around):
    result = check(around)
    assert [one.id for one in result.inside] == ["f000", "f003", "f001"]
    assert [round(one.distance_m) for one in result.inside] == [200, 600, 800]
    assert [one.category for one in result.inside] == ["school", "clinic", "school"]
    assert result.profile == Label("城区", "City")
    assert result.sample


def test_the_profile_changes_the_verdict_but_not_the_counts(check, around):
    city, town = check(around), check(around, profile="town")
    assert [row.counts for row in city.rows] == [row.counts for row in town.rows]
    assert [row.covered for row in city.rows] == [True, False]
    assert [row.covered for row in town.rows] == [True, True]


def test_a_polygon_is_measured_from_its_edge(check, around, epsg):
    site = crs.unproject(crs.project(HERE, epsg).buffer(250, quad_segs=64), epsg)
    school, clinic = check(around, place=site).rows
    assert school.nearest_m == 0
    assert clinic.nearest_m == pytest.approx(350, abs=0.1)


def test_no_facilities_give_rows_of_nothing(check, make_facilities):
    result = check(make_facilities([]))
    assert [(row.counts, row.covered, row.nearest_id, row.outside_id) for row in result.rows] == [
        ((0, 0), False, "", "")
    ] * 2
    assert all(math.isnan(row.nearest_m) for row in result.rows)
    assert (result.inside, result.sample) == ((), False)


def test_a_facility_without_geometry_is_nowhere(check, make_facilities):
    assert check(make_facilities([None])).rows[0].nearest_id == ""


@pytest.mark.parametrize("radii", [(0,), (500, -1), (math.nan,), (100_001,), (1e308,)])
def test_radii_that_draw_no_ring_are_refused(check, around, radii):
    with pytest.raises(InputError, match="请填大于 0、不超过 100,000 的米数"):
        check(around, radii)


def test_a_check_without_a_radius_is_refused(check, around):
    with pytest.raises(InputError, match="请至少填一个大于 0 的米数"):
        check(around, ())


def test_an_unknown_profile_says_what_to_add(check, around):
    with pytest.raises(NotFoundError, match="data/standards/"):
        check(around, profile="moon")
