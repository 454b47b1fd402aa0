"""Which column of a file means what: told once by a person, remembered for the next file with the same header."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, insert, select

from geo.model import Layer
from geo.store.schema import COLUMN_MAP
from geo.store.text import from_json, to_json


def header_shape(headers: Iterable[str]) -> str:
    """A fingerprint of a header, whatever the order of its columns (SHA-256 in hexadecimal).

    >>> header_shape(["名称", "经度"]) == header_shape(["经度", "名称"])
    True
    """
    return hashlib.sha256(to_json(sorted(headers)).encode()).hexdigest()


def newest(conn: Connection, pack_id: str, layer: Layer, shape: str) -> tuple[int, dict[str, Any] | None]:
    """The newest mapping's number and itself, (0, None) where there is none."""
    query = (
        select(COLUMN_MAP.c.number, COLUMN_MAP.c.mapping)
        .where(COLUMN_MAP.c.pack == pack_id, COLUMN_MAP.c.layer == layer.value, COLUMN_MAP.c.shape == shape)
        .order_by(COLUMN_MAP.c.number.desc())
        .limit(1)
    )
    found = conn.execute(query).one_or_none()
    return (0, None) if found is None else (found.number, from_json(found.mapping))


def write(
    conn: Connection, pack_id: str, layer: Layer, shape: str, mapping: Mapping[str, Any], author: str, at: str
) -> None:
    """Adds ``mapping`` as the newest, unless it is so already."""
    number, known = newest(conn, pack_id, layer, shape)
    text = to_json(dict(mapping))
    if known is not None and to_json(known) == text:
        return
    row = {"pack": pack_id, "layer": layer.value, "shape": shape, "number": number + 1, "mapping": text}
    conn.execute(insert(COLUMN_MAP), {**row, "author": author, "at": at})
