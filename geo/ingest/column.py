"""Columns of a file: what is read of one, and what becomes of it when it is checked. All that can be is kept in Arrow
arrays, so that a check of a hundred thousand values is one call and not as many."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from geo.ingest.rows import ABSENT, Absent

Rows = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]

# Arrow's own allocators keep what was freed, several times a large file's size, whatever is asked of them; the C
# library's gives it back, at the same speed.
pa.set_memory_pool(pa.system_memory_pool())
TEXT = pa.large_string()
WORDS = pa.dictionary(pa.int32(), TEXT)  # texts that are few words again and again
_KINDS: dict[type, pa.DataType] = {str: TEXT, int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
_AT_A_TIME = 1024  # values that are made Python's at once when a column is gone through
_SUMMED = 1 << 12  # texts whose letters are summed up at once, at some 50 bytes a letter
PIECE = 1 << 14  # rows that are worked on at once where what is made of them would be much


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
        kind = _common([(array.type, len(array)) for array in arrays])
        if kind is None or len(arrays) < len(held):
            return cls(list(chain.from_iterable(pieces)))
        chunks = [_made(chunk, kind) for array in arrays for chunk in array.chunks]
        whole = pa.chunked_array([pa.chunked_array(chunks, kind).unify_dictionaries().combine_chunks()])
        if all(piece._absent is None for piece in pieces):
            return cls(whole)
        return cls(whole, np.concatenate([piece._absent_rows() for piece in pieces]))

    @classmethod
    def blank(cls, count: int) -> Column:
        """Nothing in any row."""
        return cls(uniform(None, count, pa.null()))

    @classmethod
    def absent(cls, count: int) -> Column:
        """A column that no row has."""
        return cls(uniform(None, count, pa.null()), np.ones(count, dtype=bool))

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
        blank = pc.sum(pc.equal(self._held, "")).as_py() if self._held.type in (TEXT, WORDS) else 0
        return len(self) - int(self._held.null_count) - int(blank or 0)

    def texts(self) -> pa.ChunkedArray | None:
        """The values as texts, null for None and ABSENT; None where some are neither texts nor whole numbers."""
        if isinstance(self._held, list) or self._held.type not in (TEXT, WORDS, pa.int64(), pa.null()):
            return None
        return uniform(None, len(self)) if self._held.type == pa.null() else self._held.cast(TEXT)

    def numbers(self) -> npt.NDArray[np.float64] | None:
        """The values as numbers, also those written as texts, NaN for None and ABSENT; None where some are none."""
        if isinstance(self._held, list) or pa.types.is_boolean(self._held.type):
            return None
        try:
            held = self._held.cast(TEXT) if self._held.type == WORDS else self._held
            numbers = held.cast(pa.float64(), safe=False)
        except pa.ArrowInvalid:
            return None
        found: npt.NDArray[np.float64] = numbers.to_numpy()
        return found if int(np.isfinite(found).sum()) == len(self) - numbers.null_count else None

    def distinct(self) -> tuple[list[Any], Codes]:
        """The different values, and which of them each row has, (n,)."""
        if isinstance(self._held, list):
            return _distinct(self._held)
        encoded = (self._held if self._held.type == WORDS else self._held.dictionary_encode()).combine_chunks()
        words, codes = encoded.dictionary.to_pylist(), encoded.indices
        if encoded.null_count:
            codes = codes.fill_null(len(words))
            words.append(None)
        codes = codes.to_numpy(zero_copy_only=False).copy()
        if self._absent is not None:
            codes[self._absent] = len(words)
            words.append(ABSENT)
        return words, codes

    def _absent_rows(self) -> Mask:
        if isinstance(self._held, list):
            return np.fromiter((value is ABSENT for value in self._held), dtype=bool, count=len(self))
        return np.zeros(len(self), dtype=bool) if self._absent is None else self._absent


def _common(kinds: Sequence[tuple[pa.DataType, int]]) -> pa.DataType | None:
    """The type of a whole whose pieces are of ``kinds``, with the rows of each; None where they are too different."""
    found = {kind for kind, _ in kinds if kind != pa.null()} or {pa.null()}
    if found == {TEXT, WORDS}:  # as most of it is
        return WORDS if sum(n if kind == WORDS else -n for kind, n in kinds) > 0 else TEXT
    return found.pop() if len(found) == 1 else None


def _made(chunk: pa.Array, kind: pa.DataType) -> pa.Array:
    if chunk.type == kind:
        return chunk
    return chunk.cast(TEXT).dictionary_encode() if kind == WORDS else chunk.cast(kind)


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


def _distinct(values: Sequence[Any]) -> tuple[list[Any], Codes]:
    """By kind too, since 1, 1.0 and True are equal; lists and objects stand each for itself."""
    known: dict[Any, int] = {}
    words: list[Any] = []
    codes = np.empty(len(values), dtype=np.int32)
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
        self._settle()

    @property
    def array(self) -> pa.ChunkedArray:
        """All values."""
        self._settle()
        return self._array

    def _settle(self) -> None:
        if self._given:
            rows = np.array(sorted(self._given), dtype=np.int64)
            ends = np.cumsum([0, *map(len, self._array.chunks)])
            cuts = np.searchsorted(rows, ends)
            chunks = [
                self._with_given(chunk, rows[cuts[i] : cuts[i + 1]], int(ends[i]))
                for i, chunk in enumerate(self._array.chunks)
            ]
            self._array, self._given = pa.chunked_array(chunks, self._array.type), {}

    def _with_given(self, chunk: pa.Array, rows: Rows, start: int) -> pa.Array:
        """A chunk that begins at row ``start``, with what its ``rows`` were given."""
        if not len(rows):
            return chunk  # which other chunks may share
        which = np.zeros(len(chunk), dtype=bool)
        which[rows - start] = True
        fresh = pa.array([self._given[row] for row in rows.tolist()], chunk.type)
        return pc.replace_with_mask(chunk, pa.array(which), fresh)

    def take(self, rows: Rows | Sequence[int]) -> list[Any]:
        """The values of these rows."""
        values: list[Any] = self.array.take(np.asarray(rows, dtype=np.int64)).to_pylist()
        return values

    def where(self, value: Any) -> Mask:
        """Which rows have this value, (n,)."""
        return mask(pc.equal(self.array, value))


def uniform(value: Any, count: int, kind: pa.DataType = TEXT) -> pa.ChunkedArray:
    """``count`` times one value. Its chunks are one piece of memory, however many they are."""
    piece = pa.repeat(pa.scalar(value, kind), min(count, PIECE))
    return pa.chunked_array([piece.slice(0, count - start) for start in range(0, count, PIECE)], kind)


def either(flags: pa.ChunkedArray, yes: Any, no: Any) -> pa.ChunkedArray:
    """``yes`` where a flag is set, else ``no``: each a text or texts (n,). What all rows have is not written out."""
    some, every = pc.any(flags, min_count=0).as_py(), pc.all(flags, min_count=0).as_py()
    if some and not every:
        return pc.if_else(flags, *(pa.scalar(one, TEXT) if isinstance(one, str) else one for one in (yes, no)))
    all_have = yes if every else no
    return uniform(all_have, len(flags)) if isinstance(all_have, str) else all_have


def only(array: pa.ChunkedArray, kept: Mask) -> pa.ChunkedArray:
    """The rows that are ``kept`` (n,); chunks of which all are stay the memory that they share with others."""
    ends = np.cumsum([0, *map(len, array.chunks)]).tolist()
    masks = [kept[start:stop] for start, stop in pairwise(ends)]
    chunks = [
        chunk if mask.all() else chunk.filter(pa.array(mask)) for chunk, mask in zip(array.chunks, masks, strict=True)
    ]
    return pa.chunked_array(chunks, array.type)


def in_pieces(array: pa.ChunkedArray, rows: int = PIECE) -> Iterator[pa.Array]:
    """The array's memory in pieces that are worked on one by one, so that what is made of one is small."""
    for chunk in array.chunks:
        for start in range(0, len(chunk), rows):
            yield chunk.slice(start, rows)


def letters(texts: pa.Array) -> tuple[bytes, npt.NDArray[np.int64]]:
    """The texts in UTF-8 end to end, and where each of them begins (with the end of the last)."""
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    return (data.slice(ends[0], ends[-1] - ends[0]).to_pybytes() if data else b""), ends - ends[0]


def repeated(texts: pa.ChunkedArray) -> Mask:
    """Which texts (n,) may stand there more than once: all that do, and by rare chance one that does not.

    Texts are told apart by sums over their bytes, each times a random number of its place (multilinear hashing modulo
    2**64, Carter and Wegman 1979): a table of the texts themselves would take several times their size.
    """
    sums = np.empty(len(texts), dtype=np.uint64)
    start = 0
    for piece in in_pieces(texts, _SUMMED):
        sums[start : start + len(piece)] = _sums(*letters(piece))
        start += len(piece)
    return several(sums)


def several(numbers: npt.NDArray[Any]) -> Mask:
    """Which of the numbers (n,) stand there more than once."""
    ordered = np.sort(numbers)
    again = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    del ordered
    found = np.zeros(len(numbers), dtype=bool)
    for start in range(0, len(numbers) if len(again) else 0, PIECE):
        part = numbers[start : start + PIECE]
        found[start : start + PIECE] = again[np.minimum(np.searchsorted(again, part), len(again) - 1)] == part
    return found


_FACTORS = np.random.default_rng(1979).integers(1, 2**64, 1 << 12, dtype=np.uint64) | np.uint64(1)


def _sums(data: bytes, ends: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    sizes = np.diff(ends)
    places = (np.arange(len(data)) - np.repeat(ends[:-1], sizes)) & (len(_FACTORS) - 1)
    terms = np.frombuffer(data, dtype=np.uint8).astype(np.uint64) + np.uint64(1)
    terms *= _FACTORS[places]
    totals = np.concatenate((np.zeros(1, dtype=np.uint64), np.cumsum(terms, dtype=np.uint64)))
    sums: npt.NDArray[np.uint64] = totals[ends[1:]] - totals[ends[:-1]]
    return sums


def blank(count: int) -> Checked:
    """No text in any row."""
    return Checked(uniform("", count))


def texts_of(series: pd.Series[str]) -> pa.ChunkedArray:
    """A frame's column of texts."""
    array = pa.array(series, TEXT)
    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])


def give_back() -> None:
    """Arrow and the C library keep memory for later: a process in which many files are checked has better uses for it."""
    pa.default_memory_pool().release_unused()
    if _TRIM is not None:
        _TRIM(0)


_TRIM = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None  # glibc's alone


def taken(values: Sequence[Any], rows: Rows | Sequence[int]) -> list[Any]:
    """``values`` of these rows."""
    return values.take(rows) if isinstance(values, Column | Checked) else [values[row] for row in rows]


def mask(flags: pa.ChunkedArray) -> Mask:
    """Flags of Arrow, (n,), as NumPy's; null is no."""
    found: Mask = flags.fill_null(False).to_numpy()
    return found
