"""The floating catchment: its law, its figures by hand, and zones that make no sense."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.coverage.catchment import FAST_DECAY, Zones, accessibility
from geo.coverage.kernels.grid import Grid, Pairs, pairs_within
from geo.errors import InputError

GRID = Grid(0.0, 0.0, 100.0, np.ones((12, 10), dtype=bool))
PLACES = st.lists(st.tuples(st.floats(-800, 1800), st.floats(-800, 1800)), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None)
@given(PLACES, st.integers(0, 2**32 - 1), st.sampled_from([Zones((150, 300, 600)), Zones((200, 400, 500), FAST_DECAY)]))
def test_all_that_anybody_can_reach_is_shared_out_and_no_more(places, seed, zones):
    random = np.random.default_rng(seed)
    people = np.where(random.random(GRID.count) < 0.3, random.uniform(1, 50, GRID.count), 0.0)
    capacity = random.uniform(0, 100, len(places))
    pairs = pairs_within(GRID, places, zones.radii_m[-1])
    access = accessibility(people, pairs, capacity, zones)
    x, y = GRID.centres
    metres = np.hypot(np.subtract.outer(x, [at[0] for at in places]), np.subtract.outer(y, [at[1] for at in places]))
    weight = zones.weight(metres)
    wanting = people @ weight
    assert (access * people).sum() == pytest.approx(capacity[wanting > 0].sum())
    ratio = np.divide(capacity, wanting, out=np.zeros(len(places)), where=wanting > 0)
    assert access == pytest.approx(weight @ ratio)


def test_two_facilities_and_three_places_by_hand():
    """Places of 10, 20 and 5 people; the first facility is at 100, 300 and 700 m, the second only at 900 m of the third."""
    pairs = Pairs(np.array([0, 3, 4]), np.array([0, 1, 2, 2], dtype=np.int32), np.array([100.0, 300.0, 700.0, 900.0]))
    access = accessibility(np.array([10.0, 20.0, 5.0]), pairs, [70.0, 6.0], Zones((300.0, 600.0, 900.0)))
    first = 70 / (10 + 20 + 5 * 0.22)
    assert access == pytest.approx([first, first, first * 0.22 + 6 / (5 * 0.22) * 0.22])


def test_a_zone_ends_with_its_radius_and_beyond_the_last_nothing_counts():
    zones = Zones((300.0, 600.0, 900.0))
    assert zones.weight(np.array([0.0, 300.0, 300.1, 600.0, 900.0, 900.1, np.inf])).tolist() == [
        1.0, 1.0, 0.68, 0.68, 0.22, 0.0, 0.0,
    ]  # fmt: skip


def test_nobody_and_nothing_share_nothing():
    none = Pairs(np.zeros(1, np.int64), np.empty(0, np.int32), np.empty(0))
    assert accessibility(np.array([5.0]), none, [], Zones((1.0, 2.0, 3.0))).tolist() == [0.0]
    one = Pairs(np.array([0, 1]), np.zeros(1, np.int32), np.zeros(1))
    assert accessibility(np.zeros(1), one, 9.0, Zones((1.0, 2.0, 3.0))).tolist() == [0.0]


@pytest.mark.parametrize(
    ("radii", "text"),
    [
        ((300.0, 200.0, 400.0), "分区半径 300 / 200 / 400 不能用:请填 3 个从小到大的米数"),
        ((300.0, 300.0, 400.0), "从小到大"),
        ((300.0, 600.0), "请填 3 个"),
        ((0.0, 600.0, 900.0), "请填大于 0"),
    ],
)
def test_zones_that_do_not_grow_are_refused(radii, text):
    with pytest.raises(InputError, match=text):
        Zones(radii)
