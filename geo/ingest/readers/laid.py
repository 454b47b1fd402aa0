"""Coordinates of many GeoJSON geometries of one type laid end to end, so that they can be checked as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]
from pyarrow import csv

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_NUMBERS = frozenset((int, float))
_OPEN, _CLOSE, _COMMA = b"[],"
_BLANKS = b" \t\r\n"
_NUMERALS = b"0123456789+-.eE"
_AROUND = b"[]" + _BLANKS  # by name: the catalogue takes any ``translate(`` for its own, and chokes on bytes in it
_LINE_EACH = bytes.maketrans(b",", b"\n")
_BLOCK = 1 << 22  # bytes that a thread parses at a time


@dataclass(frozen=True)
class Laid:
    """Positions (n, 2) and, from the innermost level out, where each part begins (with the end of the last)."""

    xy: Floats
    offsets: tuple[Ints, ...]
    heights: npt.NDArray[np.bool_]  # per geometry: whether any position has a third number


class UnsoundError(ValueError):
    """A group in which something is not as it should be."""


def of_lists(coordinates: list[Any], depth: int) -> Laid:
    """Lays decoded coordinates; positions lie ``depth`` lists deep.

    Raises:
        UnsoundError: something is no list, no number, or no pair.
    """
    counts: list[Ints] = []
    level = coordinates
    for _ in range(depth):
        counts.append(_lengths(level))
        level = list(chain.from_iterable(level))
    sizes = _lengths(level)
    numbers = list(chain.from_iterable(level))
    if not _NUMBERS.issuperset(map(type, numbers)) or (len(sizes) and sizes.min() < 2):
        raise UnsoundError
    try:
        flat = np.array(numbers, dtype=np.float64)
    except OverflowError as fault:  # an integer beyond every float
        raise UnsoundError from fault
    return _laid(flat, sizes, tuple(map(_ends, reversed(counts))), len(coordinates))


def _lengths(level: list[Any]) -> Ints:
    if not {list}.issuperset(map(type, level)):
        raise UnsoundError
    return np.fromiter(map(len, level), dtype=np.int64, count=len(level))


def _ends(counts: Ints) -> Ints:
    return np.concatenate(([0], np.cumsum(counts)))


def of_texts(texts: Sequence[msgspec.Raw], depth: int) -> Laid:
    """Lays coordinates that are JSON still, and known to be sound JSON: no Python object is made of any number.

    Raises:
        UnsoundError: something is no list, no number, no pair, or empty.
    """
    text = b",".join(texts)
    bare, lines = text.translate(None, _NUMERALS + _BLANKS), text.translate(_LINE_EACH, _AROUND)
    del text  # one outline may be the whole file: what is done with goes before the next comes
    sizes, offsets = _outline(bare, depth)
    flat = _parsed(lines)
    if len(offsets[-1] if offsets else sizes) - bool(offsets) != len(texts) or len(flat) != sizes.sum():
        raise UnsoundError
    return _laid(flat, sizes, offsets, len(texts))


def of_arrow(lists: pa.Array, depth: int) -> Laid:
    """Lays coordinates that are Arrow's lists, positions ``depth`` lists deep.

    Raises:
        UnsoundError: something is null, or no pair.
    """
    counts: list[Ints] = []
    level = lists
    for _ in range(depth + 1):
        if level.null_count:
            raise UnsoundError
        counts.append(np.diff(level.offsets.to_numpy()).astype(np.int64))
        level = level.flatten()
    sizes = counts.pop()
    if level.null_count or (len(sizes) and sizes.min() < 2):
        raise UnsoundError
    return _laid(level.to_numpy(), sizes, tuple(map(_ends, reversed(counts))), len(lists))


def _outline(bare: bytes, depth: int) -> tuple[Ints, tuple[Ints, ...]]:
    """How many numbers each position has, and where each part begins, from brackets and commas alone."""
    marks = np.frombuffer(bare, dtype=np.uint8)
    opens, commas, closes = marks == _OPEN, marks == _COMMA, marks == _CLOSE
    # It rises by one at a time, so that what is too deep is seen before a byte is too small for it.
    level = np.cumsum(opens.view(np.int8) - closes.view(np.int8), dtype=np.int8)
    if not len(marks) or not (opens | commas | closes).all() or level.max() != depth + 1:
        raise UnsoundError
    del closes
    deep = level == depth + 1
    # A position begins with a number that another follows; a part begins with a part, and so does what follows one.
    after, before = marks[1:], marks[:-1]
    if (
        ((opens & deep)[:-1] & (after != _COMMA)).any()
        or (((opens | commas) & ~deep)[:-1] & (after != _OPEN)).any()
        or ((commas & ~deep)[1:] & (before != _CLOSE)).any()
    ):
        raise UnsoundError
    at = np.flatnonzero(opens)
    parts = [at[level[at] == one] for one in range(depth + 1, 0, -1)]
    offsets = tuple(np.append(np.searchsorted(inner, outer), len(inner)) for inner, outer in pairwise(parts))
    return _sizes(commas & deep, parts[0]), offsets


def _sizes(commas: npt.NDArray[np.bool_], positions: Ints) -> Ints:
    """The numbers of each position, one more than its commas; each is known to have some."""
    if int(commas.sum()) == len(positions):
        return np.broadcast_to(np.int64(2), len(positions))
    return np.add.reduceat(commas, positions, dtype=np.int64) + 1


def _parsed(lines: bytes) -> Floats:
    """One number a line. Arrow parses them several times as fast as NumPy, and lets other threads run."""
    try:
        table = csv.read_csv(
            pa.BufferReader(lines),
            csv.ReadOptions(column_names=["n"], block_size=_BLOCK),
            csv.ParseOptions(quote_char=False),
            csv.ConvertOptions(column_types={"n": pa.float64()}, null_values=[]),
        )
    except pa.ArrowInvalid as fault:
        raise UnsoundError from fault
    numbers: Floats = table.column(0).to_numpy()
    del table
    pa.default_memory_pool().release_unused()
    return numbers


def _laid(flat: Floats, sizes: Ints, offsets: tuple[Ints, ...], count: int) -> Laid:
    if not np.isfinite(flat).all():
        raise UnsoundError
    if (sizes == 2).all():
        xy = flat.reshape(-1, 2)
    else:
        starts = _ends(sizes)[:-1]
        xy = np.column_stack((flat[starts], flat[starts + 1]))
    return Laid(xy, offsets, _any_of(sizes > 2, offsets, count))


def _any_of(flags: npt.NDArray[np.bool_], offsets: tuple[Ints, ...], count: int) -> npt.NDArray[np.bool_]:
    """Per geometry: whether any of its positions is flagged."""
    if not flags.any():
        return np.zeros(count, dtype=bool)
    before = np.concatenate(([0], np.cumsum(flags)))
    for offset in offsets:
        before = before[offset]
    any_flagged: npt.NDArray[np.bool_] = np.diff(before) > 0
    return any_flagged
