"""Columns of Arrow as columns of the kinds that are checked here."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from geo.ingest.column import TEXT, Column
from geo.ingest.readers import flaws
from geo.ingest.readers.flaws import Note
from geo.ingest.rows import Flaw

_MOST_EXACT = 2**53


def columns_of(table: pa.Table) -> tuple[dict[str, Column], tuple[Note, ...], list[Flaw]]:
    """None, bool, int, float and str by column; dates as ISO text. What is none of these is left out and told, and so
    are the rows whose text is not in UTF-8."""
    found: dict[str, Column] = {}
    dropped: list[str] = []
    garbled: set[int] = set()
    for name, column in zip(table.column_names, table.columns, strict=True):
        try:
            values = _values(column)
        except UnicodeDecodeError:
            forced = [_forced(raw) for raw in _plain(column).cast(pa.large_binary()).to_pylist()]
            garbled.update(i for i, value in enumerate(forced) if value is not None and "�" in value)
            values = Column.of(forced)
        if values is None:
            dropped.append(name)
        else:
            found[name] = values
    notes = (flaws.columns_dropped(dropped),) if dropped else ()
    return found, notes, [Flaw(index, *flaws.bad_bytes()) for index in sorted(garbled)]


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    return column.cast(kind.value_type) if pa.types.is_dictionary(kind) else column


def _forced(raw: bytes | None) -> str | None:
    return raw.decode("utf-8", "replace") if raw else None


def _values(column: pa.ChunkedArray) -> Column | None:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _looked_up(column)
    if pa.types.is_null(kind):
        return Column.blank(len(column))
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        return _whole(column)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return _texts(column)
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _numbers(column)
    if pa.types.is_timestamp(kind):
        return _iso(column.cast(pa.timestamp("us", kind.tz), safe=False))
    return _iso(column) if pa.types.is_date(kind) or pa.types.is_time(kind) else None


def _looked_up(column: pa.ChunkedArray) -> Column | None:
    """A dictionary's words are made once and shared by the rows: a long text repeated costs nothing."""
    found: list[Any] = []
    for chunk in column.chunks:
        words = _values(pa.chunked_array([chunk.dictionary]))
        if words is None:
            return None
        each = list(words)
        found += (None if at is None else each[at] for at in chunk.indices.to_pylist())
    return Column(found)


def _whole(column: pa.ChunkedArray) -> Column:
    try:
        return Column(_joined(column if pa.types.is_boolean(column.type) else column.cast(pa.int64())))
    except pa.ArrowInvalid:  # beyond 64 bits with a sign
        return Column(column.to_pylist())


def _texts(column: pa.ChunkedArray) -> Column:
    """Nothing for a text of no letters.

    Raises:
        UnicodeDecodeError: a text is not in UTF-8.
    """
    texts = _joined(column.cast(TEXT))
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        texts.to_pylist()  # raises what is documented
    empty = pc.equal(texts, "")
    return Column(pc.if_else(empty, pa.scalar(None, TEXT), texts) if pc.any(empty).as_py() else texts)


def _numbers(column: pa.ChunkedArray) -> Column:
    """Whole ones as int, as other readers give them; nothing for what is no number."""
    numbers = _joined(column.cast(pa.float64(), safe=False)).to_numpy()
    there = np.isfinite(numbers)
    whole = there & (np.rint(numbers) == numbers) & (np.abs(numbers) < _MOST_EXACT)
    if (whole == there).all():
        return Column(pa.chunked_array([pa.array(np.where(there, numbers, 0).astype(np.int64), mask=~there)]))
    if not whole.any():
        return Column(pa.chunked_array([pa.array(numbers, mask=~there)]))
    each = zip(numbers.tolist(), there.tolist(), whole.tolist(), strict=True)
    return Column([(int(number) if is_whole else number) if is_there else None for number, is_there, is_whole in each])


def _iso(column: pa.ChunkedArray) -> Column:
    return Column.of([None if value is None else value.isoformat() for value in column.to_pylist()])


def _joined(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pa.chunked_array([column.combine_chunks()])
