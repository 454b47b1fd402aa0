"""Features as most files have them, all of one kind, straight into Arrow arrays: no Python object is made of any value,
and other threads run meanwhile.

What Arrow makes of a piece is only taken where it must be what an exact parser makes of it. Arrow itself refuses a
member that is named twice or is of another type than the first features said. That none is missing follows from the
number of members; what a number was written like is not told apart, so that whole numbers among others are not taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
from pyarrow import json

from geo.ingest.column import TEXT, Column
from geo.ingest.readers import coordinates

_KINDS = {str: TEXT, int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
_START = 64  # bytes in which the first feature must begin
_COLON, _QUOTE = b':"'
# What stands before the quotation mark that opens a text, or before one inside of a text: no header may end so.
_BEFORE_TEXT = b" \t\r\n,:[{\\"
_ENDS_NO_KEY = np.isin(np.arange(256), np.frombuffer(_BEFORE_TEXT, dtype=np.uint8))


class NotQuickError(ValueError):
    """The features are to be read one by one."""


@dataclass(frozen=True)
class Form:
    """What features are alike in: their headers, the type of their geometries, whether they have an id of their own."""

    headers: tuple[str, ...]
    geometry: str
    numbered: bool
    feature: pa.StructType

    @classmethod
    def of(cls, features: Sequence[Any], unset: Any) -> Form | None:
        """The form of features that were read; None where they differ. ``unset`` stands for an id that is not there."""
        headers = dict.fromkeys(chain.from_iterable(feature.properties or () for feature in features))
        kinds = {feature.geometry.type for feature in features if feature.geometry is not None}
        outer = _kind_of([None if feature.id is unset else feature.id for feature in features])
        numbered = all(feature.id is not unset for feature in features)
        values = [_kind_of([(feature.properties or {}).get(name) for feature in features]) for name in headers]
        if len(kinds) != 1 or None in values or outer is None or not all(map(_ends_a_key, headers)):
            return None
        kind = kinds.pop()
        place = pa.list_(pa.float64())
        for _ in range(coordinates.depth(kind)):
            place = pa.list_(place)
        members = {
            "type": TEXT,
            "properties": pa.struct(list(zip(headers, values, strict=True))),
            "geometry": pa.struct({"type": TEXT, "coordinates": place}),
            **({"id": outer} if numbered else {}),
        }
        return cls(tuple(headers), kind, numbered, pa.struct(members))


def _kind_of(values: Sequence[Any]) -> pa.DataType | None:
    """The Arrow type of values of one kind; that of texts where there are none."""
    kinds = set(map(type, values)) - {type(None)}
    return _KINDS.get(*kinds) if len(kinds) == 1 else None if kinds else TEXT


def _ends_a_key(header: str) -> bool:
    return header != "" and not header.endswith(tuple(_BEFORE_TEXT.decode()))


def read(text: memoryview, form: Form, *, in_lines: bool) -> tuple[dict[str, Column], list[Any], coordinates.Found]:
    """The columns of the features, the ids beside their properties, and their shapes.

    Raises:
        NotQuickError, UnsoundError: they are not all of this form, or there is something to be told.
    """
    if not bytes(text[:_START]).lstrip().startswith(b"{"):
        raise NotQuickError  # Arrow's parser ends the process at a null before the first object (apache/arrow#47409)
    features = _parsed(text, form, in_lines=in_lines)
    types, properties, geometry, *outer = features.flatten()
    there = np.asarray(geometry.is_valid())
    fields = dict(zip(form.headers, properties.flatten(), strict=True))
    members = len(features) * (3 + form.numbered + len(fields)) + 2 * int(there.sum())
    if _members(text) != members or properties.null_count or not _all_are(types, "Feature"):
        raise NotQuickError
    if not all(map(_is_as_written, (*fields.values(), *outer))):
        raise NotQuickError
    kinds, places = (geometry if there.all() else geometry.filter(geometry.is_valid())).flatten()
    if not _all_are(kinds, form.geometry):
        raise NotQuickError
    found = coordinates.shapes_of_arrow(form.geometry, places, there)
    columns = {name: Column(pa.chunked_array([array])) for name, array in fields.items()}
    return columns, outer[0].to_pylist() if outer else [None] * len(features), found


def _parsed(text: memoryview, form: Form, *, in_lines: bool) -> pa.StructArray:
    if in_lines:
        whole, schema = bytes(text), pa.schema(list(form.feature))
    else:
        whole = b"".join((b'{"features":[', text, b"]}")).replace(b"\n", b" ")  # Arrow cuts at line ends
        schema = pa.schema({"features": pa.list_(form.feature)})
    try:
        table = json.read_json(
            pa.BufferReader(whole),
            json.ReadOptions(use_threads=False, block_size=len(whole) + 1),
            json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error"),
        )
        table.validate(full=True)  # that texts are UTF-8
    except pa.ArrowInvalid as fault:
        raise NotQuickError from fault
    if not in_lines and len(table) == 1:
        found: pa.StructArray = table.column(0).combine_chunks().flatten()
        return found
    if not in_lines or len(table) != sum(not line.isspace() for line in whole.splitlines()):
        raise NotQuickError
    return table.to_struct_array().combine_chunks()


def _members(text: memoryview) -> int:
    """How many members the objects have together: colons behind a quotation mark that closes a key."""
    marks = np.frombuffer(text, dtype=np.uint8)
    at = np.flatnonzero(marks == _COLON)
    at = at[marks[at - 1] == _QUOTE]
    return int((~_ENDS_NO_KEY[marks[at - 2]]).sum())


def _all_are(texts: pa.Array, text: str) -> bool:
    return texts.null_count == 0 and bool(pc.all(pc.equal(texts, text)).as_py() is not False)


def _is_as_written(array: pa.Array) -> bool:
    """Whether Python would read each number as Arrow did: 5 among decimals is a whole number."""
    if array.type != pa.float64():
        return True
    numbers: npt.NDArray[np.float64] = array.drop_null().to_numpy()
    return bool(np.isfinite(numbers).all()) and not (numbers == np.floor(numbers)).any()
