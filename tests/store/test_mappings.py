"""What the columns of a file mean, remembered for the next file with the same header."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from geo.model import Layer
from geo.store import Store, header_shape

PACK = "county"
BASES = Layer.BASES
SHAPE = header_shape(["名称", "经度", "纬度"])


def test_a_header_is_known_again_in_any_order_and_only_whole() -> None:
    assert header_shape(["纬度", "名称", "经度"]) == SHAPE
    assert header_shape(["名称", "经度"]) != SHAPE
    assert header_shape(["名称", "经度,纬度"]) != SHAPE
    assert header_shape(["名称", "名称", "经度", "纬度"]) != SHAPE
    assert len(SHAPE) == 64


def test_the_newest_mapping_holds(store: Store) -> None:
    assert store.remembered(PACK, BASES, SHAPE) is None
    store.remember(PACK, BASES, SHAPE, {"name": "名称"}, "员工")
    store.remember(PACK, BASES, SHAPE, {"name": "名称", "lon": "经度"}, "主任")
    assert store.remembered(PACK, BASES, SHAPE) == {"name": "名称", "lon": "经度"}


def test_each_pack_layer_and_header_has_its_own(store: Store) -> None:
    store.remember(PACK, BASES, SHAPE, {"name": "名称"}, "员工")
    assert store.remembered("other", BASES, SHAPE) is None
    assert store.remembered(PACK, Layer.FACILITIES, SHAPE) is None
    assert store.remembered(PACK, BASES, header_shape([])) is None


def test_remembering_the_same_again_writes_nothing(store: Store, path: Path) -> None:
    for mapping in ({"a": "b"}, {"a": "b"}, {"a": "c"}, {"a": "b"}):
        store.remember(PACK, BASES, SHAPE, mapping, "员工")
    with closing(sqlite3.connect(path)) as raw:
        found = raw.execute("SELECT number, mapping FROM column_map ORDER BY number").fetchall()
    assert found == [(1, '{"a": "b"}'), (2, '{"a": "c"}'), (3, '{"a": "b"}')]
    assert store.remembered(PACK, BASES, SHAPE) == {"a": "b"}
