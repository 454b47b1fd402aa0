"""Lines of keys in TOML and of features in GeoJSON, held against what the parsers make of the same text."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.packs import DATA_DIR
from geo.packs.places import feature_lines, line_of, toml_lines

TEXT = '''# a comment = [1]
plain = 1.5   # dotted number
"quoted key" = 'literal # not a comment'
a.b.c = true
many = """
x = 1
[no] "" table""" # end
raw = \'\'\'
[[no]]\'\'\'
list = [ # with comments
  1, [2, 3],
  { x = 1, y = { z = [4] } },
  2026-01-01, 07:32:00,
]

[table."sub.dotted"]
k = -inf

[[rows]]
name = "one"
  [rows.inner]
  deep = 0x1F
  [[rows.items]]
  n = 1
  [[rows.items]]
  n = 2
[[rows]]
name = "two"
  [[rows.items]]
  n = 3
'''


def paths(value: Any, keys: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if keys:
        yield keys
    for key, part in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from paths(part, (*keys, key))


def lines_with(text: str) -> int:
    return next(number for number, line in enumerate(TEXT.splitlines(), 1) if text in line)


@pytest.mark.parametrize("path", sorted(DATA_DIR.glob("*/*.toml")), ids=lambda path: path.name)
def test_every_key_of_the_shipped_files_has_a_line_and_there_are_no_others(path):
    text = path.read_text(encoding="utf-8")
    found = toml_lines(text)
    assert set(found) == set(paths(tomllib.loads(text)))
    lines = text.splitlines()
    for keys, line in found.items():
        if isinstance(keys[-1], str):
            assert keys[-1] in lines[line - 1]


def test_every_way_to_write_toml_is_followed():
    found = toml_lines(TEXT)
    assert set(found) == set(paths(tomllib.loads(TEXT)))
    wanted = {
        ("quoted key",): "quoted", ("a", "b", "c"): "a.b.c", ("raw",): "raw =", ("list", 1, 1): "[2, 3]", ("list", 2, "y", "z", 0): "[4]",
        ("list", 4): "07:32", ("table", "sub.dotted", "k"): "-inf", ("rows", 0, "inner", "deep"): "0x1F",
        ("rows", 0, "items", 1, "n"): "n = 2", ("rows", 1, "items", 0, "n"): "n = 3", ("rows", 1, "name"): '"two"',
    }  # fmt: skip
    assert {keys: found[keys] for keys in wanted} == {keys: lines_with(text) for keys, text in wanted.items()}


def test_a_key_that_is_not_written_has_the_line_of_what_is_around_it():
    found = toml_lines(TEXT)
    assert line_of(found, ("rows", 1, "items", 0, "missing")) == found["rows", 1, "items", 0]
    assert line_of(found, ("nowhere", 3)) == 1


WORDS = st.text(st.characters(blacklist_categories=("Cs",)), max_size=12)
VALUES = st.recursive(WORDS | st.integers() | st.booleans(), lambda deep: st.lists(deep, max_size=3), max_leaves=6)
TABLES = st.dictionaries(st.from_regex(r"[a-z][a-z_-]{0,5}", fullmatch=True), VALUES, min_size=1, max_size=4)


@settings(max_examples=50)
@given(rows=st.lists(TABLES, min_size=1, max_size=5), gaps=st.lists(st.integers(0, 3), min_size=5, max_size=5))
def test_lines_are_those_on_which_tables_and_keys_were_written(rows, gaps):
    """JSON's strings, numbers and lists are TOML's too, once escapes are ASCII."""
    lines: list[str] = []
    wanted: dict[tuple[str | int, ...], int] = {}
    for place, row in enumerate(rows):
        lines += ["# [x] = {"] * gaps[place] + ["[[row]]"]
        wanted[("row", place)] = len(lines)
        for key, value in row.items():
            lines.append(f"{key} = {json.dumps(value)}".replace("\x7f", ""))
            wanted[("row", place, key)] = len(lines)
    text = "\n".join(lines)
    found = toml_lines(text)
    assert {keys: found[keys] for keys in wanted} == wanted


@given(
    rows=st.lists(st.dictionaries(WORDS, VALUES, max_size=3), max_size=5),
    indent=st.sampled_from([None, 0, 1, 4]),
    first=st.booleans(),
)
def test_features_begin_on_the_lines_on_which_they_stand(rows, indent, first):
    features = [{"mark": f"@{n}@", **row} for n, row in enumerate(rows)]
    whole = {"features": features, "x": ["features"]} if first else {"x": {"features": [1]}, "features": features}
    text = "\n" + json.dumps(whole, indent=indent, ensure_ascii=False)
    found = feature_lines(text)
    assert len(found) == len(features)
    opening = [text[: text.index(f'"@{n}@"')].rstrip() for n in range(len(features))]
    starts = [part.rindex("{") for part in opening]
    assert found == [text.count("\n", 0, start) + 1 for start in starts]
