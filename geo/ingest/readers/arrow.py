"""Columns of Arrow as columns of plain values."""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]

from geo.ingest.readers import flaws
from geo.ingest.readers.flaws import Note
from geo.ingest.rows import Flaw

_MOST_EXACT = 2**53


def columns_of(table: pa.Table) -> tuple[dict[str, list[Any]], tuple[Note, ...], list[Flaw]]:
    """None, bool, int, float and str by column; dates as ISO text. What is none of these is left out and told, and so
    are the rows whose text is not in UTF-8."""
    found: dict[str, list[Any]] = {}
    dropped: list[str] = []
    garbled: set[int] = set()
    for name, column in zip(table.column_names, table.columns, strict=True):
        try:
            values = _values(column)
        except UnicodeDecodeError:
            values = [_forced(raw) for raw in _plain(column).cast(pa.large_binary()).to_pylist()]
            garbled.update(i for i, value in enumerate(values) if value is not None and "�" in value)
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


def _values(column: pa.ChunkedArray) -> list[Any] | None:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _looked_up(column)
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_null(kind):
        return list(column.to_pylist())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return [value or None for value in column.to_pylist()]
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return [_number(value) for value in column.to_pylist()]
    if pa.types.is_timestamp(kind):
        return _iso(column.cast(pa.timestamp("us", kind.tz), safe=False))
    return _iso(column) if pa.types.is_date(kind) or pa.types.is_time(kind) else None


def _looked_up(column: pa.ChunkedArray) -> list[Any] | None:
    """A dictionary's words are made once and shared by the rows: a long text repeated costs nothing."""
    found: list[Any] = []
    for chunk in column.chunks:
        words = _values(pa.chunked_array([chunk.dictionary]))
        if words is None:
            return None
        found += (None if at is None else words[at] for at in chunk.indices.to_pylist())
    return found


def _number(value: Any) -> int | float | None:
    if value is None:
        return None
    number = float(value)
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and abs(number) < _MOST_EXACT else number


def _iso(column: pa.ChunkedArray) -> list[str | None]:
    return [None if value is None else value.isoformat() for value in column.to_pylist()]
