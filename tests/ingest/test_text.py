"""Any value as people are shown it."""

from __future__ import annotations

import pytest

from geo.ingest.text import digits, shown, writable


@pytest.mark.parametrize("power", [400, 401, 999, 4299])
def test_numbers_beyond_reading_are_told_by_their_size(power):
    assert digits(10**power) == f"1e+{power}"
    assert digits(-(10**power)) == f"-1e+{power}"
    assert digits(10**power * 9) == f"1e+{power}"
    assert digits(10**399) == "1" + "0" * 399


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "None"), (True, "True"), (1.5, "1.5"), (7, "7"), ("中", "中"), ("x" * 61, "x" * 60 + "…"), ("\ud800", "�"),
        ({"a": [1, 2]}, "{'a': [1, 2]}"), ([1] * 9, "[1, 1, 1, 1, ...]"), (["\x00"], "['\\x00']"),
    ],
)  # fmt: skip
def test_values_are_short_and_can_be_written(value, text):
    assert shown(value) == text


def test_brackets_however_deep_are_told_by_their_beginning():
    deep: list = []
    for _ in range(50_000):
        deep = [deep]
    assert shown(deep) == "[[[[...]]]]"


def test_line_ends_and_tabs_stay():
    assert writable("a\n\t\r b\x0b") == "a\n\t\r b�"
