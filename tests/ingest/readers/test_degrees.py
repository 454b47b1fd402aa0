"""Positions in every spelling that people bring."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.ingest.readers import degrees
from geo.ingest.rows import ABSENT


@pytest.mark.parametrize(
    "text",
    [
        "28°06′46.8″N",
        "28°06'46.8\"N",
        "28°06'46.8''",
        "28º06’46.8”",
        "28˚ 06′ 46.8″",
        "28度6分46.8秒",
        "北纬28度6分46.8秒",
        "28 6 46.8",
        "28:06:46.8",
        "28-6-46.8",
        "28°6.78′",
        "N28.113",
        "28.113n",
        "N 28.113°",
        "纬度:28.113",
        "lat=28.113",
        "28.113",
        "28 deg 6 46.8",
        "\uff12\uff18\uff0e\uff11\uff11\uff13",  # full-width digits
        28.113,
    ],
)
def test_one_angle_in_every_spelling(text: Any) -> None:
    assert degrees.degrees(text) == pytest.approx(28.113, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("W 0:30", -0.5),
        ("28°06′46.8″S", -28.113),
        ("西经 10度", -10.0),
        ("-28.5", -28.5),
        ("120-58-48", 120.98),
        (500000, 5e5),
    ],
)
def test_sides_and_signs(text: Any, expected: float) -> None:
    assert degrees.degrees(text) == pytest.approx(expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "28°61′",
        "28°06′61″",
        "28.5°30′",
        "-28.5S",
        "N28N",
        "120,98",
        "1_0",
        "inf",
        "nan",
        "28 6 46 8",
        "200°30′",
        None,
        True,
        [],
    ],
)
def test_what_is_no_angle_is_not_guessed(text: Any) -> None:
    assert degrees.degrees(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "120.98,28.11",
        "120.98, 28.11",
        "120.98\uff0c28.11",
        "120.98 28.11",
        "120.98\t28.11",
        "(120.98;28.11)",
        "[120.98, 28.11, 5.0]",
        "POINT (120.98 28.11)",
        "POINT Z(120.98 28.11 3)",
        "SRID=4326;POINT(120.98 28.11)",
        "120.98、28.11",
        "东经120.98°北纬28.11°",
        "北纬28.11度,东经120.98度",
        "28.11N 120.98E",
        "N28.11 E120.98",
        "纬度:28.11 经度:120.98",
        "120°58′48″E 28°06′36″N",
        "28 6 36 N, 120 58 48 E",
        "120 58 48 28 6 36",
    ],
)
def test_a_pair_in_one_cell(text: str) -> None:
    assert degrees.pair(text) == pytest.approx((120.98, 28.11), abs=1e-9)


def test_a_pair_without_sides_keeps_its_order() -> None:
    assert degrees.pair("28.11, 120.98") == (28.11, 120.98)


@pytest.mark.parametrize(
    "text", ["120.98", "E120 E121", "柳市镇", "1,2,3,4", "1;x", "POINT (1)", "POINT EMPTY", "", None, 5, "a b c"]
)
def test_what_is_no_pair_is_not_guessed(text: Any) -> None:
    assert degrees.pair(text) is None


def test_a_column_tells_what_it_could_not_read() -> None:
    found, unread = degrees.column(["120.9", None, "120°54′", "", "柳市", 121, ABSENT, True])
    np.testing.assert_allclose(found, [120.9, np.nan, 120.9, np.nan, np.nan, 121, np.nan, np.nan])
    assert unread == [4, 7]


def test_a_plain_column_with_gaps() -> None:
    found, unread = degrees.column([120.5, None, "121", 122])
    np.testing.assert_array_equal(found, [120.5, np.nan, 121, 122])
    assert unread == []
    assert degrees.column([])[0].shape == (0,)


def test_a_plain_column_with_what_only_python_takes_for_numbers() -> None:
    found, unread = degrees.column(["120", "1_0", "inf"])
    np.testing.assert_array_equal(found, [120, np.nan, np.nan])
    assert unread == [1, 2]


def test_a_column_of_pairs() -> None:
    found, unread = degrees.pairs(["120.9,28.1", None, "乐清", "N28 E121"])
    np.testing.assert_array_equal(found, [[120.9, 28.1], [np.nan] * 2, [np.nan] * 2, [121, 28]])
    assert unread == [2]
    assert degrees.pairs([])[0].shape == (0, 2)


def test_a_hundred_thousand_plain_numbers_take_the_fast_way() -> None:
    values = [str(120 + i * 1e-6) for i in range(100_000)]
    best = min(_seconds(values) for _ in range(5))
    assert best < 0.15  # some 30 ms where nothing else runs; one by one it takes over 200


def _seconds(values: list[str]) -> float:
    start = time.process_time()
    degrees.column(values)
    return time.process_time() - start


@given(st.text(max_size=40))
def test_any_text_is_an_angle_or_none(text: str) -> None:
    found = degrees.degrees(text)
    assert found is None or np.isfinite(found)
    both = degrees.pair(text)
    assert both is None or np.isfinite(both).all()


@given(
    st.integers(0, 179),
    st.integers(0, 59),
    st.integers(0, 5999),
    st.sampled_from(["{}°{}′{}″", "{} {} {}", "{}:{}:{}", "{}度{}分{}秒"]),
)
def test_degrees_minutes_seconds_come_back(whole: int, minutes: int, hundredths: int, spelling: str) -> None:
    text = spelling.format(whole, minutes, hundredths / 100)
    assert degrees.degrees(text) == pytest.approx(whole + minutes / 60 + hundredths / 360_000, abs=1e-9)
