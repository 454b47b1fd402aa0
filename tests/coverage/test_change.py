"""Two judged tables held against each other: one case for each turn, and nothing told where nothing changed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from geo.coverage import TURN_WORDS, coverage_change, coverage_table, measure
from geo.coverage.change import CHANGE_COLUMNS
from geo.crs import unproject

X, Y = 500_000.0, 3_100_000.0


def at(east_m: float) -> Point:
    return unproject(Point(X + east_m, Y), 4549)


@pytest.fixture
def judged(make_bases, make_facilities, categories, standard, epsg):
    """Bases at 0 m, 10 km, …; schools at the given metres east. City bases reach 500 m."""

    def judge(schools, n=1, sample=False):
        bases = make_bases([at(10_000 * k) for k in range(n)])
        facilities = make_facilities([at(metres) for metres in schools], sample=[sample] * len(schools))
        return coverage_table(measure(bases, facilities, categories, epsg), bases, {}, standard)

    return judge


@pytest.mark.parametrize(
    ("before", "after", "turn"),
    [
        ([400], [600], "lost"),
        ([400], [], "lost"),
        ([], [400], "gained"),
        ([600], [499], "gained"),
        ([100], [300], "farther"),
        ([100, 200], [100], "farther"),
        ([], [900], "nearer"),
        ([900], [], "farther"),
        ([700], [600], "nearer"),
        ([100], [100, 450], "nearer"),
    ],
)
def test_each_turn_of_a_base_that_stays(judged, before, after, turn):
    changed = coverage_change(judged(before), judged(after))
    assert list(changed.columns) == list(CHANGE_COLUMNS)
    assert changed["turn"].tolist() == [turn]
    row = changed.iloc[0]
    assert (row["base_id"], row["base"], row["category"]) == ("b0", "基地0", "school")
    near = [min(places, default=np.nan) for places in (before, after)]
    assert [row["nearest_m_before"], row["nearest_m"]] == pytest.approx(near, abs=0.01, nan_ok=True)
    within = [sum(metres <= 500 for metres in places) for places in (before, after)]
    assert [row["count_before"], row["count_within"]] == within


def test_bases_that_come_and_go_are_told_with_what_the_other_lacks(judged):
    changed = coverage_change(judged([400, 10_900], n=2), judged([400, 10_900]))
    school, clinic = changed.iloc[0], changed.iloc[1]
    assert changed["turn"].tolist() == ["gap_gone", "gap_gone"]
    assert {school["category"], clinic["category"]} == {"school", "clinic"}
    gone = changed[changed["category"] == "school"].iloc[0]
    assert (gone["base_id"], gone["base"], gone["covered_before"]) == ("b1", "基地1", False)
    assert pd.isna(gone["covered"])
    assert pd.isna(gone["count_within"])
    assert gone["nearest_name"] is None
    there = coverage_change(judged([10_100]), judged([10_100], n=2))
    assert there["turn"].tolist() == ["gap_new", "covered_new"]


def test_the_worst_news_comes_first(judged):
    changed = coverage_change(judged([400, 10_900], n=2), judged([600, 10_100], n=2))
    assert changed[["base_id", "turn"]].to_numpy().tolist() == [["b0", "lost"], ["b1", "gained"]]
    assert [*TURN_WORDS][:: len(TURN_WORDS) - 1] == ["lost", "gained"]


def test_a_change_that_does_not_show_in_print_is_none(judged):
    assert coverage_change(judged([400]), judged([400.04])).empty


def test_made_up_data_on_either_side_is_said(judged):
    assert coverage_change(judged([400], sample=True), judged([600]))["sample"].tolist() == [True]
    assert coverage_change(judged([400]), judged([600]))["sample"].tolist() == [False]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 2000), max_size=4), st.lists(st.integers(0, 2000), max_size=4))
def test_what_is_lost_one_way_is_gained_the_other(near, far):
    def table(distances):
        return pd.DataFrame(
            {
                "base_id": [f"b{n}" for n in range(len(distances))],
                "category": "school",
                "base": "",
                "covered": [metres <= 500 for metres in distances],
                "nearest_m": np.array(distances, dtype=float),
                "nearest_name": None,
                "count_within": [int(metres <= 500) for metres in distances],
                "sample": False,
            }
        )

    opposite = {
        "lost": "gained",
        "gap_new": "gap_gone",
        "covered_gone": "covered_new",
        "farther": "nearer",
    }
    opposite |= {word: other for other, word in opposite.items()}
    forth = coverage_change(table(near), table(far)).set_index("base_id")["turn"]
    back = coverage_change(table(far), table(near)).set_index("base_id")["turn"]
    assert forth.map(opposite).to_dict() == back.to_dict()
    assert coverage_change(table(near), table(near)).empty
