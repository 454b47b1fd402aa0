"""Distances against geopandas and brute force, and what an empty or odd layer gives."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import MultiPoint, Point, box

from geo.coverage import measure
from geo.errors import CrsError

HERE = Point(120.95, 28.1)
MODEST = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
POINTS = st.builds(Point, st.floats(120.8, 121.2), st.floats(27.9, 28.4))
MIXED = st.one_of(POINTS, POINTS.map(lambda point: point.buffer(0.003)), POINTS.map(lambda point: MultiPoint([point])))


def by_geopandas(bases, facilities, epsg):
    """Every distance as geopandas gives it, shape (bases, facilities)."""
    there = facilities.to_crs(epsg).geometry
    return np.array([there.distance(base).to_numpy() for base in bases.to_crs(epsg).geometry]).reshape(len(bases), -1)


@MODEST
@given(sites=st.lists(MIXED, min_size=1, max_size=5), targets=st.lists(MIXED, min_size=1, max_size=12))
def test_nearest_agrees_with_geopandas_to_a_millimetre(sites, targets, make_bases, make_facilities, categories, epsg):
    bases, facilities = make_bases(sites), make_facilities(targets)
    expected = by_geopandas(bases, facilities, epsg)
    found = measure(bases, facilities, categories, epsg)
    assert found.nearest_m[:, 0] == pytest.approx(expected.min(axis=1), abs=1e-3)
    chosen = expected[np.arange(len(bases)), found.nearest_row[:, 0]]
    assert chosen == pytest.approx(expected.min(axis=1), abs=1e-3)
    assert np.isnan(found.nearest_m[:, 1]).all()
    assert (found.nearest_row[:, 1] == -1).all()


@MODEST
@given(
    sites=st.lists(POINTS, min_size=1, max_size=4),
    targets=st.lists(st.tuples(POINTS, st.sampled_from(["school", "clinic", "other"])), max_size=25),
    radii=st.lists(st.floats(0, 60_000), min_size=2, max_size=4),
)
def test_count_equals_brute_force_and_grows_with_the_radius(
    sites, targets, radii, make_bases, make_facilities, categories, epsg
):
    bases = make_bases(sites)
    facilities = make_facilities([point for point, _ in targets], [kind for _, kind in targets])
    found = measure(bases, facilities, categories, epsg)
    before = np.zeros((len(bases), 2), dtype=int)
    for radius in sorted(radii):
        counts = found.count_within(radius)
        for column, kind in enumerate(categories):
            of_kind = facilities[facilities["category"] == kind.id]
            assert counts[:, column].tolist() == (by_geopandas(bases, of_kind, epsg) <= radius).sum(axis=1).tolist()
        assert (counts >= before).all()
        before = counts


@MODEST
@given(targets=st.lists(POINTS, min_size=2, max_size=12), seed=st.randoms(use_true_random=False))
def test_row_order_and_input_crs_do_not_matter(targets, seed, make_bases, make_facilities, categories, epsg):
    bases, facilities = make_bases([HERE]), make_facilities(targets)
    shuffled = facilities.sample(frac=1, random_state=seed.randrange(1000)).to_crs(3857)
    plain = measure(bases, facilities, categories, epsg)
    other = measure(bases.to_crs(4490), shuffled, categories, epsg)
    assert other.ranked_m == pytest.approx(plain.ranked_m, abs=1e-3)
    assert other.nearest_m[0, 0] == pytest.approx(plain.nearest_m[0, 0], abs=1e-3)


def test_equal_distances_give_the_lower_id_in_any_order(make_bases, make_facilities, categories, epsg):
    bases, facilities = make_bases([HERE]), make_facilities([Point(121, 28), Point(121, 28)])
    for frame in (facilities, facilities.iloc[::-1]):
        found = measure(bases, frame, categories, epsg)
        assert found.facilities["id"].iloc[found.nearest_row[0, 0]] == "f000"


def test_the_radius_is_inclusive_and_may_differ_per_cell(make_bases, make_facilities, categories, epsg):
    found = measure(make_bases([HERE]), make_facilities([Point(120.96, 28.1), Point(120.97, 28.1)]), categories, epsg)
    nearest = float(found.nearest_m[0, 0])
    assert found.count_within(nearest).tolist() == [[1, 0]]
    assert found.count_within(np.nextafter(nearest, 0)).tolist() == [[0, 0]]
    assert found.count_within(np.array([[1e9, 1e9]])).tolist() == [[2, 0]]


def test_a_facility_inside_a_polygon_base_is_at_no_distance(make_bases, make_facilities, categories, epsg):
    found = measure(make_bases([box(120.9, 28, 121, 28.2)]), make_facilities([HERE]), categories, epsg)
    assert found.nearest_m[0, 0] == 0


def test_missing_and_empty_geometry_take_no_part(make_bases, make_facilities, categories, epsg):
    found = measure(make_bases([HERE, None]), make_facilities([None, Point(), Point(120.96, 28.1)]), categories, epsg)
    assert found.lengths.tolist() == [1, 0]
    assert found.nearest_row.tolist() == [[2, -1], [-1, -1]]
    assert found.count_within(5000).tolist() == [[1, 0], [0, 0]]


@pytest.mark.parametrize(("n_bases", "n_facilities"), [(0, 0), (0, 2), (2, 0)])
def test_empty_layers_measure_to_nothing(n_bases, n_facilities, make_bases, make_facilities, categories, epsg):
    found = measure(make_bases([HERE] * n_bases), make_facilities([HERE] * n_facilities), categories, epsg)
    assert found.nearest_m.shape == (n_bases, 2)
    assert found.count_within(1000).tolist() == [[0, 0]] * n_bases


def test_a_frame_without_crs_is_refused_with_the_way_out(make_bases, make_facilities, categories, epsg):
    bare = gpd.GeoDataFrame(make_bases([HERE]).set_crs(None, allow_override=True))
    with pytest.raises(CrsError, match="set_crs"):
        measure(bare, make_facilities([HERE]), categories, epsg)
    with pytest.raises(CrsError, match="EPSG:4326 不是投影坐标系"):
        measure(make_bases([HERE]), make_facilities([HERE]), categories, 4326)


def test_an_empty_point_is_no_place(make_bases, make_facilities, categories):
    at = Point(121.0, 28.0)
    found = measure(make_bases([at, Point()]), make_facilities([Point(), at], categories[0].id), categories, 4549)
    assert (found.nearest_m[0, 0], found.nearest_row[0, 0]) == (0, 1)
    assert np.isnan(found.nearest_m[1, 0])
