"""Verdicts by the standard, totals and the ranking of gaps."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import Point

from geo.coverage import coverage_table, gaps, measure, summary
from geo.coverage.table import COLUMNS
from geo.errors import InputError, NotFoundError
from geo.i18n import Label

HERE = Point(120.95, 28.1)
PROFILES = {"d-town": "town", "d-city": "city"}
MODEST = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
POINTS = st.builds(Point, st.floats(120.9, 121.0), st.floats(28.05, 28.15))


@pytest.fixture
def judge(categories, standard, epsg):
    def table(bases, facilities, **options):
        return coverage_table(measure(bases, facilities, categories, epsg), bases, PROFILES, standard, **options)

    return table


def test_each_district_is_judged_by_its_profile(judge, make_bases, make_facilities, east_of):
    bases = make_bases([HERE] * 3, district=["d-town", "d-city", ""], cluster=["x", "", ""])
    table = judge(bases, make_facilities([east_of(HERE, 700)]))
    assert tuple(table.columns) == COLUMNS
    schools = table[table["category"] == "school"]
    assert schools["threshold_m"].tolist() == [1000, 500, 500]
    assert schools["covered"].tolist() == [True, False, False]
    assert schools["count_within"].tolist() == [1, 0, 0]
    assert [clause.zh for clause in schools["clause"]] == ["school-town", "school-city", "school-city"]
    assert schools["nearest_m"].tolist() == pytest.approx([700] * 3, abs=1e-3)
    assert schools["profile"].tolist() == [Label("集镇", "Town")] + [Label("城区", "City")] * 2
    assert schools["nearest_name"].tolist() == [Label("设施0", "Place 0")] * 3
    assert set(table["metric"]) == {"straight"}
    assert set(table["standard"]) == {"test"}
    clinics = table[table["category"] == "clinic"]
    assert clinics["nearest_id"].tolist() == [""] * 3
    assert clinics["nearest_name"].tolist() == [Label("")] * 3
    assert clinics["nearest_m"].isna().all()
    assert not clinics["covered"].any()


def test_a_profile_by_hand_replaces_the_districts(judge, make_bases, make_facilities, east_of):
    bases = make_bases([HERE], district=["d-city"])
    table = judge(bases, make_facilities([east_of(HERE, 700)]), profile="town")
    assert table["threshold_m"].tolist() == [1000, 1000]
    assert table["covered"].tolist() == [True, False]


def test_a_radius_by_hand_names_no_clause(judge, make_bases, make_facilities, east_of):
    table = judge(make_bases([HERE]), make_facilities([east_of(HERE, 700)]), radius_m=701)
    assert table["threshold_m"].tolist() == [701, 701]
    assert table["covered"].tolist() == [True, False]
    assert table["clause"].tolist() == [Label("自定半径", "own radius")] * 2
    assert table["source"].tolist() == ["", ""]
    assert [label.text("en") for label in table["certainty"]] == ["set by hand"] * 2


@pytest.mark.parametrize("radius", [0.0, -500.0, float("nan"), float("inf")])
def test_a_radius_of_ones_own_must_be_a_distance(judge, make_bases, make_facilities, radius):
    with pytest.raises(InputError, match="请填大于 0、不超过 100,000 的米数"):
        judge(make_bases([HERE]), make_facilities([HERE]), radius_m=radius)


def test_an_unknown_profile_says_what_to_add(judge, make_bases, make_facilities):
    with pytest.raises(NotFoundError, match="没有 school 在 moon 情形下的距离"):
        judge(make_bases([HERE]), make_facilities([HERE]), profile="moon")


@pytest.mark.parametrize(
    ("real_m", "made_up_m", "base_made_up", "expected"),
    [
        (200, 300, False, True),  # counted beside a real one
        (200, 600, False, False),  # beyond the distance, and not the nearest
        (900, 600, False, True),  # the nearest, though too far
        (200, 600, True, True),  # the base itself
    ],
)
def test_sample_is_told_where_it_took_part(
    real_m, made_up_m, base_made_up, expected, judge, make_bases, make_facilities, east_of
):
    facilities = make_facilities([east_of(HERE, real_m), east_of(HERE, made_up_m)], sample=[False, True])
    table = judge(make_bases([HERE], sample=[base_made_up]), facilities)
    assert bool(table["sample"].iloc[0]) is expected
    assert bool(table["sample"].iloc[1]) is base_made_up


@MODEST
@given(places=st.lists(POINTS, min_size=1, max_size=8), extra=POINTS, radius=st.floats(100, 3000))
def test_one_more_facility_or_a_longer_radius_never_lowers_coverage(
    places, extra, radius, judge, make_bases, make_facilities
):
    bases = make_bases([HERE, Point(120.97, 28.12)])
    before = judge(bases, make_facilities(places), radius_m=radius)
    for after in (
        judge(bases, make_facilities([*places, extra]), radius_m=radius),
        judge(bases, make_facilities(places), radius_m=radius * 1.5),
    ):
        assert (after["covered"] >= before["covered"]).all()
        assert (after["count_within"] >= before["count_within"]).all()
        assert len(gaps(after)) <= len(gaps(before))


def test_totals_per_district_and_category(judge, make_bases, make_facilities, east_of):
    bases = make_bases([HERE, east_of(HERE, 5000), HERE], district=["d-city", "d-city", ""])
    totals = summary(judge(bases, make_facilities([east_of(HERE, 100)])), "district")
    assert totals.columns.tolist() == ["key", "category", "bases", "covered", "share"]
    assert totals.to_numpy().tolist() == [
        ["d-city", "school", 2, 1, 0.5],
        ["d-city", "clinic", 2, 0, 0.0],
        ["", "school", 1, 1, 1.0],
        ["", "clinic", 1, 0, 0.0],
    ]


def test_gaps_rank_none_at_all_first_then_by_how_many_times_too_far(judge, make_bases, make_facilities, east_of):
    """700 m against 500 m is worse than 1,200 m against 1,000 m."""
    bases = make_bases([HERE, east_of(HERE, -500), east_of(HERE, 690)], district=["d-city", "d-town", "d-city"])
    ranked = gaps(judge(bases, make_facilities([east_of(HERE, 700)])))
    assert ranked[["base_id", "category"]].to_numpy().tolist() == [
        ["b0", "clinic"],
        ["b1", "clinic"],
        ["b2", "clinic"],
        ["b0", "school"],
        ["b1", "school"],
    ]
    assert tuple(ranked.columns) == COLUMNS


def test_no_bases_give_an_empty_table_with_every_column(judge, make_bases, make_facilities):
    table = judge(make_bases([]), make_facilities([HERE]))
    assert tuple(table.columns) == COLUMNS
    assert len(table) == len(gaps(table)) == len(summary(table, "cluster")) == 0
