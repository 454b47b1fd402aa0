"""Columns in Arrow's memory: what is shared, what is given, and what stands there twice."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.ingest import column
from geo.ingest.column import PIECE, TEXT, WORDS, Checked, Column, either, repeated, several, uniform
from tests.ingest.making import tries

COUNTS = [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 5]


@pytest.mark.parametrize("count", COUNTS)
def test_one_value_many_times_takes_the_memory_of_a_piece(count):
    found = uniform("parking", count)
    assert found.type == TEXT
    assert found.to_pylist() == ["parking"] * count
    shared = {chunk.buffers()[2].address for chunk in found.chunks if len(chunk)}
    assert len(shared) <= 1
    assert uniform(None, count, pa.null()).null_count == count


@pytest.mark.parametrize("rows", [[], [0], [PIECE - 1, PIECE], [5, 2 * PIECE + 4]])
def test_rows_that_are_given_a_value_leave_those_alone_that_share_their_memory(rows):
    count = 2 * PIECE + 5
    given = Checked(uniform("", count))
    given.put(np.array(rows, dtype=np.int64), [f"v{row}" for row in rows])
    if rows:
        given[rows[0]] = "other"
    expected = [""] * count
    for place, row in enumerate(rows):
        expected[row] = f"v{row}" if place else "other"
    assert given.array.to_pylist() == expected
    assert given.where("other").sum() == min(len(rows), 1)


@pytest.mark.parametrize(
    "gone", [[], [0], [PIECE, PIECE + 1], list(range(PIECE, 2 * PIECE)), list(range(2 * PIECE + 5))]
)
def test_rows_are_left_out_of_the_chunks_that_have_them(gone):
    array = uniform("a", 2 * PIECE + 5)
    kept = np.ones(len(array), dtype=bool)
    kept[gone] = False
    found = column.only(array, kept)
    assert found.to_pylist() == ["a"] * int(kept.sum())
    touched = {row // PIECE for row in gone}
    for place, (chunk, before) in enumerate(zip(found.chunks, array.chunks, strict=True)):
        assert (chunk.buffers()[2].address == before.buffers()[2].address) == (place not in touched)


def test_either_writes_nothing_out_that_all_rows_have():
    some = pa.chunked_array([["a", "b", "c"]], TEXT)
    flags = {name: pa.chunked_array([row]) for name, row in (("no", [False] * 3), ("yes", [True] * 3))}
    assert either(flags["yes"], some, "x") is some
    assert either(flags["no"], "x", some) is some
    assert either(flags["no"], some, "x").to_pylist() == ["x"] * 3
    mixed = pa.chunked_array([[True, False, None]])
    assert either(mixed, some, "x").to_pylist() == ["a", "x", None]
    assert either(pa.chunked_array([], pa.bool_()), "y", "x").to_pylist() == []


TEXTS = st.lists(st.text(max_size=12) | st.sampled_from(["", "a", "甲", "停车场" * 4]), max_size=30)


@tries(100)
@given(TEXTS, st.integers(1, 7))
def test_what_stands_there_twice_is_found_in_whatever_chunks(texts, chunk):
    array = pa.chunked_array([texts[at : at + chunk] for at in range(0, len(texts), chunk)], TEXT)
    times = Counter(texts)
    assert repeated(array).tolist() == [times[text] > 1 for text in texts]
    assert repeated(array.slice(3)).tolist() == [Counter(texts[3:])[text] > 1 for text in texts[3:]]


def test_letters_in_another_order_are_another_text_also_in_long_ones(monkeypatch):
    monkeypatch.setattr(column, "_SUMMED", 2)
    texts = ["ab", "ba", "x" * 5000 + "ab", "x" * 5000 + "ba", "ab", "a", "b", ""]
    assert repeated(pa.chunked_array([texts], TEXT)).tolist() == [text == "ab" for text in texts]


@tries(50)
@given(st.lists(st.integers(-5, 5) | st.integers(-(2**62), 2**62), max_size=40))
def test_numbers_that_stand_there_twice(numbers):
    times = Counter(numbers)
    assert several(np.array(numbers, dtype=np.int64)).tolist() == [times[number] > 1 for number in numbers]


@tries(100)
@given(
    st.lists(st.lists(st.sampled_from([None, "1.5", "2", "x"]), min_size=1, max_size=6), min_size=1, max_size=6),
    st.data(),
)
def test_columns_of_numbered_words_are_as_columns_of_texts(pieces, data):
    def made(values, numbered):
        array = pa.array(values, TEXT)
        return Column(pa.chunked_array([array.dictionary_encode() if numbered else array]))

    values = [value for piece in pieces for value in piece]
    found = Column.joined([made(piece, data.draw(st.booleans())) for piece in pieces])
    plain = Column.of(values)
    assert list(found) == found.take(range(len(values))) == [found[row] for row in range(len(values))] == values
    assert found.filled() == plain.filled()
    assert found.texts().to_pylist() == values
    if plain.numbers() is None:
        assert found.numbers() is None
    else:
        np.testing.assert_array_equal(found.numbers(), plain.numbers())
    words, codes = found.distinct()
    assert [words[code] for code in codes] == values
    assert len(words) == len(set(words)) == len(set(values))


def test_a_whole_has_its_words_by_number_where_most_pieces_have():
    texts, words = (
        Column(pa.chunked_array([array]))
        for array in (pa.array(["a", "b"], TEXT), pa.array(["a"] * 3).cast(TEXT).dictionary_encode())
    )
    assert words.joined([texts, words])._held.type == WORDS
    assert words.joined([texts, texts, words])._held.type == TEXT
