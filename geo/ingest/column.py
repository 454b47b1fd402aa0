"""Columns of a file: what is read of one, and what becomes of it when it is checked. All that can be is kept in Arrow
arrays, so that a check of a hundred thousand values is one call and not as many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from geo.ingest.rows import ABSENT, Absent

Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

TEXT = pa.large_string()
_KINDS: dict[type, pa.DataType] = {str: TEXT, int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
_AT_A_TIME = 1024  # values that are made Python's at once when a column is gone through


class Column(Sequence[Any]):
    """The values (n,) that a file has under one header: None, bool, int, float, str, list, dict or ABSENT.

    They are held in an Arrow array where all are of one kind, else as they are.
    """

    __slots__ = ("_absent", "_held")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, held: pa.ChunkedArray | list[Any], absent: Mask | None = None) -> None:
        self._held = held
        self._absent = absent  # which of the array's nulls are ABSENT; None: no value is

    @classmethod
    def of(cls, values: Sequence[Any]) -> Column:
        if isinstance(values, Column):
            return values
        kinds = set(map(type, values)) - {type(None)}
        absent = None
        if Absent in kinds:
            absent = np.fromiter((value is ABSENT for value in values), dtype=bool, count=len(values))
            values = [None if value is ABSENT else value for value in values]
        array = _array(values, kinds - {Absent})
        if array is not None:
            return cls(pa.chunked_array([array]), absent)
        return cls(list(values) if absent is None else _with_absent(values, absent))

    @classmethod
    def joined(cls, pieces: Sequence[Column]) -> Column:
        """Pieces of one column, one after the other."""
        held = [piece._held for piece in pieces]
        arrays = [one for one in held if not isinstance(one, list)]
        kinds = {array.type for array in arrays}
        kinds = kinds - {pa.null()} or kinds
        if len(kinds) != 1 or len(arrays) < len(held):
            return cls(list(chain.from_iterable(pieces)))
        kind = kinds.pop()
        chunks = [chunk if chunk.type == kind else chunk.cast(kind) for array in arrays for chunk in array.chunks]
        whole = pa.chunked_array([pa.chunked_array(chunks, kind).combine_chunks()])
        if all(piece._absent is None for piece in pieces):
            return cls(whole)
        return cls(whole, np.concatenate([piece._absent_rows() for piece in pieces]))

    @classmethod
    def blank(cls, count: int) -> Column:
        """Nothing in any row."""
        return cls(pa.chunked_array([pa.nulls(count)]))

    def __len__(self) -> int:
        return len(self._held)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return self.take(np.arange(len(self))[index])
        if isinstance(self._held, list):
            return self._held[index]
        if self._absent is not None and self._absent[index]:
            return ABSENT
        return self._held[int(index)].as_py()

    def __iter__(self) -> Iterator[Any]:
        if isinstance(self._held, list):
            yield from self._held
            return
        for start in range(0, len(self), _AT_A_TIME):
            values = self._held.slice(start, _AT_A_TIME).to_pylist()
            part = None if self._absent is None else self._absent[start : start + _AT_A_TIME]
            yield from values if part is None else _with_absent(values, part)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str):
            return NotImplemented
        return list(self) == list(other)

    def take(self, rows: Rows | Sequence[int]) -> list[Any]:
        """The values of these rows."""
        if isinstance(self._held, list):
            return [self._held[row] for row in rows]
        places = np.asarray(rows, dtype=np.int64)
        values: list[Any] = self._held.take(places).to_pylist()
        return values if self._absent is None else _with_absent(values, self._absent[places])

    def mentioned(self) -> Mask:
        """Which rows have the column at all, (n,)."""
        return ~self._absent_rows()

    def filled(self) -> int:
        """How many rows have something in it."""
        if isinstance(self._held, list):
            return sum(value is not ABSENT and value is not None and value != "" for value in self._held)
        blank = pc.sum(pc.equal(self._held, "")).as_py() if self._held.type == TEXT else 0
        return len(self) - int(self._held.null_count) - int(blank or 0)

    def texts(self) -> pa.ChunkedArray | None:
        """The values as texts, null for None and ABSENT; None where some are neither texts nor whole numbers."""
        if isinstance(self._held, list) or self._held.type not in (TEXT, pa.int64(), pa.null()):
            return None
        return self._held.cast(TEXT)

    def numbers(self) -> npt.NDArray[np.float64] | None:
        """The values as numbers, also those written as texts, NaN for None and ABSENT; None where some are none."""
        if isinstance(self._held, list) or pa.types.is_boolean(self._held.type):
            return None
        try:
            numbers = self._held.cast(pa.float64(), safe=False)
        except pa.ArrowInvalid:
            return None
        found: npt.NDArray[np.float64] = numbers.to_numpy()
        return found if int(np.isfinite(found).sum()) == len(self) - numbers.null_count else None

    def distinct(self) -> tuple[list[Any], Rows]:
        """The different values, and which of them each row has, (n,)."""
        if isinstance(self._held, list):
            return _distinct(self._held)
        encoded = self._held.dictionary_encode(null_encoding="encode").combine_chunks()
        words, codes = encoded.dictionary.to_pylist(), encoded.indices.to_numpy().astype(np.int64)
        if self._absent is not None:
            codes[self._absent] = len(words)
            words.append(ABSENT)
        return words, codes

    def _absent_rows(self) -> Mask:
        if isinstance(self._held, list):
            return np.fromiter((value is ABSENT for value in self._held), dtype=bool, count=len(self))
        return np.zeros(len(self), dtype=bool) if self._absent is None else self._absent


def _array(values: Sequence[Any], kinds: set[type]) -> pa.Array | None:
    """An Arrow array of values of one of ``kinds`` and None; None where Arrow has none that gives them back as they are."""
    if len(kinds) > 1:
        return None
    kind = _KINDS.get(*kinds) if kinds else pa.null()
    if kind is None:
        return None
    try:
        return pa.array(values, kind)
    except (UnicodeEncodeError, OverflowError, pa.ArrowInvalid):  # half a letter, or a number beyond 64 bits
        return None


def _with_absent(values: Iterable[Any], absent: Mask) -> list[Any]:
    return [ABSENT if gone else value for value, gone in zip(values, absent.tolist(), strict=True)]


def _distinct(values: Sequence[Any]) -> tuple[list[Any], Rows]:
    """By kind too, since 1, 1.0 and True are equal; lists and objects stand each for itself."""
    known: dict[Any, int] = {}
    words: list[Any] = []
    codes = np.empty(len(values), dtype=np.int64)
    for row, value in enumerate(values):
        key = row if isinstance(value, list | dict) else (type(value), value)
        codes[row] = known.setdefault(key, len(words))
        if codes[row] == len(words):
            words.append(value)
    return words, codes


class Checked(Sequence[Any]):
    """A column (n,) as it will be stored, of one kind; single rows may still be given another value."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, array: pa.ChunkedArray | pa.Array) -> None:
        self._array = array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])
        self._given: dict[int, Any] = {}

    def __len__(self) -> int:
        return len(self._array)

    def __getitem__(self, index: Any) -> Any:
        return self._given[index] if index in self._given else self._array[int(index)].as_py()

    def __setitem__(self, index: int, value: Any) -> None:
        self._given[index] = value

    def put(self, rows: Rows, values: Iterable[Any]) -> None:
        """Gives these rows other values."""
        self._given.update(zip(rows.tolist(), values, strict=True))

    @property
    def array(self) -> pa.ChunkedArray:
        """All values."""
        if self._given:
            rows = np.array(sorted(self._given), dtype=np.int64)
            fresh = pa.array([self._given[row] for row in rows.tolist()], self._array.type)
            which = np.zeros(len(self), dtype=bool)
            which[rows] = True
            whole = self._array.combine_chunks()
            self._array = pa.chunked_array([pc.replace_with_mask(whole, pa.array(which), fresh)])
            self._given = {}
        return self._array

    def take(self, rows: Rows | Sequence[int]) -> list[Any]:
        """The values of these rows."""
        values: list[Any] = self.array.take(np.asarray(rows, dtype=np.int64)).to_pylist()
        return values

    def where(self, value: Any) -> Mask:
        """Which rows have this value, (n,)."""
        return mask(pc.equal(self.array, value))


def blank(count: int) -> Checked:
    """No text in any row."""
    return Checked(pa.repeat(pa.scalar("", TEXT), count))


def texts_of(series: pd.Series[str]) -> pa.ChunkedArray:
    """A frame's column of texts."""
    array = pa.array(series, TEXT)
    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])


def codes_of(texts: pa.ChunkedArray) -> npt.NDArray[np.int32]:
    """A number for each text (n,), the same for equal ones."""
    codes: npt.NDArray[np.int32] = texts.dictionary_encode().combine_chunks().indices.to_numpy()
    give_back()
    return codes


def give_back() -> None:
    """Arrow keeps memory for later: a process in which many files are checked has better uses for it."""
    pa.default_memory_pool().release_unused()


def taken(values: Sequence[Any], rows: Rows | Sequence[int]) -> list[Any]:
    """``values`` of these rows."""
    return values.take(rows) if isinstance(values, Column | Checked) else [values[row] for row in rows]


def mask(flags: pa.ChunkedArray) -> Mask:
    """Flags of Arrow, (n,), as NumPy's; null is no."""
    found: Mask = flags.fill_null(False).to_numpy()
    return found
