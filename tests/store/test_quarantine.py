"""Rows that were not accepted: kept with their upload, read page by page, and resolved once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shapely import Point

from geo.errors import ConflictError, NotFoundError, StoreError
from geo.model import Layer, feature_frame
from geo.store import Draft, Rejected, Resolution, Store, Upload

PACK = "county"
FACILITIES = Layer.FACILITIES
REASON = {"code": "missing_name", "message": "没有名称", "fix": "请填写名称"}


def good(*ids: str, layer: Layer = FACILITIES, **more: Any) -> dict[Layer, Any]:
    return {layer: feature_frame(layer, [{"id": id, **more} for id in ids], [Point(121, 28)] * len(ids))}


def bad(*rows: int, layer: Layer = FACILITIES) -> dict[Layer, list[Rejected]]:
    return {layer: [Rejected(row, {"properties": {"n": row}}, [REASON]) for row in rows]}


def upload(ids: tuple[str, ...] = ("a",), rows: tuple[int, ...] = (2, 5), **more: Any) -> Draft:
    return Draft("import", "员工", "", "设施.xlsx", "ab12", upserts=good(*ids), quarantine=bad(*rows), **more)


def numbers(store: Store, upload: int, **how: Any) -> list[int]:
    return [row.row for row in store.quarantined_rows(PACK, upload, **how)]


def test_good_and_bad_rows_are_kept_together(store: Store) -> None:
    revision = store.commit(PACK, upload(("a", "b", "c")))
    assert store.quarantined(PACK) == (
        Upload(1, FACILITIES, "设施.xlsx", "ab12", "员工", revision.at, revision.number, 3, 2, 2),
    )
    first, second = store.quarantined_rows(PACK, 1)
    assert (first.row, first.feature, first.reasons, first.resolution) == (2, {"properties": {"n": 2}}, (REASON,), None)
    assert second.row == 5


def test_a_file_without_good_rows_is_kept_without_a_revision(store: Store) -> None:
    draft = Draft("import", "员工", file_name="坏.csv", quarantine=bad(1, 2))
    (kept,) = store.quarantine(PACK, draft)
    assert store.head(PACK) == 0
    assert (kept.id, kept.revision, kept.file_name, kept.accepted, kept.rejected, kept.open) == (
        1,
        None,
        "坏.csv",
        0,
        2,
        2,
    )
    assert store.quarantined(PACK) == (kept,)


def test_a_file_of_several_layers_is_an_upload_for_each(store: Store) -> None:
    rejected = {**bad(1), **bad(1, 2, layer=Layer.BASES)}
    kept = store.quarantine(PACK, Draft("import", "员工", upserts=good("a", layer=Layer.BASES), quarantine=rejected))
    assert [(u.id, u.layer, u.accepted, u.rejected) for u in kept] == [
        (2, FACILITIES, 0, 1),
        (1, Layer.BASES, 1, 2),
    ]


def test_uploads_come_newest_first_and_of_one_pack(store: Store) -> None:
    store.commit(PACK, upload())
    store.quarantine(PACK, Draft("import", "主任", quarantine=bad(1)))
    store.quarantine("other", Draft("import", "别县", quarantine=bad(1)))
    store.commit(PACK, Draft("import", "员工", upserts=good("z")))
    assert [(u.id, u.author) for u in store.quarantined(PACK)] == [(2, "主任"), (1, "员工")]
    assert [(u.id, u.author) for u in store.quarantined("other")] == [(1, "别县")]


def test_nothing_to_keep_is_refused(store: Store) -> None:
    with pytest.raises(StoreError, match="没有要隔离的行"):
        store.quarantine(PACK, Draft("import", "员工", quarantine={FACILITIES: []}))
    assert store.quarantined(PACK) == ()


@pytest.mark.parametrize(
    "keep", [lambda store, draft: store.commit(PACK, draft), lambda store, draft: store.quarantine(PACK, draft)]
)
def test_a_row_number_that_comes_twice_is_refused(store: Store, keep: Callable[[Store, Draft], object]) -> None:
    with pytest.raises(StoreError, match="行号重复,不能隔离:4、9"):
        keep(store, upload(rows=(9, 4, 3, 9, 4)))
    assert (store.head(PACK), store.quarantined(PACK)) == (0, ())


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"名称": "\ud800半个", "b": "\x00"}, {"名称": "\ud800半个", "b": "\x00"}),
        ("不是要素", "不是要素"),
        (None, None),
        ([2**70, 1.5, True], [2**70, 1.5, True]),
        ({"建成": date(2024, 5, 1), "n": np.int64(3)}, {"建成": "2024-05-01", "n": 3}),
    ],
)
def test_a_row_is_kept_whatever_it_holds(store: Store, given: object, kept: object) -> None:
    store.quarantine(PACK, Draft("import", "员工", quarantine={FACILITIES: [Rejected(1, given, [])]}))
    assert store.quarantined_rows(PACK, 1)[0].feature == kept


def test_a_failure_half_way_leaves_neither_good_nor_bad_rows(store: Store, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute(
            "CREATE TRIGGER full BEFORE INSERT ON quarantine WHEN NEW.row_number = 50 "
            "BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
        with pytest.raises(StoreError, match="disk full"):
            store.commit(PACK, upload(rows=tuple(range(1, 100))))
        assert raw.execute("SELECT count(*) FROM revision, change, upload, quarantine").fetchone() == (0,)
    assert (store.head(PACK), store.quarantined(PACK)) == (0, ())


# --- resolving -----------------------------------------------------------------------------------------------------


def test_a_mended_row_leaves_with_the_revision_that_holds_it(store: Store) -> None:
    store.commit(PACK, upload())
    mended = store.commit(PACK, Draft("import", "主任", upserts=good("m"), resolved={1: {5: "m"}}))
    assert store.quarantined(PACK)[0].open == 1
    assert numbers(store, 1) == [2]
    row = store.quarantined_rows(PACK, 1, only_open=False)[1]
    assert (row.row, row.resolution) == (5, Resolution(2, "主任", mended.at))


def test_a_discarded_row_stays_readable(store: Store) -> None:
    store.commit(PACK, upload(rows=(1, 2, 3)))
    assert store.discard(PACK, 1, "主任", [2, 2]) == 1
    assert numbers(store, 1) == [1, 3]
    row = store.quarantined_rows(PACK, 1, only_open=False)[1]
    assert row.resolution is not None
    assert (row.row, row.resolution.revision, row.resolution.author) == (2, None, "主任")
    assert row.feature == {"properties": {"n": 2}}
    assert store.discard(PACK, 1, "主任") == 2
    assert store.discard(PACK, 1, "主任", []) == 0
    assert store.quarantined(PACK)[0].open == 0


def test_a_row_is_resolved_once(store: Store) -> None:
    store.commit(PACK, upload(rows=(1, 2, 3)))
    store.discard(PACK, 1, "主任", [2])
    with pytest.raises(ConflictError) as caught:
        store.commit(PACK, upload(("m",), resolved={1: {1: "m", 2: "m"}}))
    assert caught.value.text() == "第 1 次上传的这些行已经处理过:2。请刷新后再看。"
    with pytest.raises(ConflictError, match="已经处理过:2"):
        store.discard(PACK, 1, "员工", [2, 3])
    assert (store.head(PACK), numbers(store, 1)) == (1, [1, 3])


def test_a_row_that_is_not_there_cannot_be_resolved(store: Store) -> None:
    store.commit(PACK, upload())
    with pytest.raises(NotFoundError) as caught:
        store.commit(PACK, upload(("m",), resolved={1: dict.fromkeys((2, 7, 6), "m")}))
    assert caught.value.text() == "第 1 次上传的隔离区里没有这些行:6、7。请刷新后再看。"
    assert store.head(PACK) == 1


def test_an_upload_that_is_not_there_is_not_found(store: Store) -> None:
    store.commit(PACK, upload())
    with pytest.raises(NotFoundError, match="没有第 2 次上传"):
        store.quarantined_rows(PACK, 2)
    with pytest.raises(NotFoundError, match="没有第 2 次上传"):
        store.discard(PACK, 2, "员工")
    with pytest.raises(NotFoundError, match="没有第 9 次上传"):
        store.commit(PACK, upload(("m",), resolved={9: {1: "m"}}))
    with pytest.raises(NotFoundError, match="没有第 1 次上传"):
        store.quarantined_rows("other", 1)


# --- many rows -----------------------------------------------------------------------------------------------------


@pytest.fixture
def many(store: Store) -> Store:
    rows = [Rejected(row, {"properties": {"n": row}}, [REASON]) for row in range(1, 100_001)]
    store.quarantine(PACK, Draft("import", "员工", quarantine={FACILITIES: rows}))
    return store


def test_a_hundred_thousand_rows_are_read_page_by_page_and_discarded(many: Store) -> None:
    read: list[int] = []
    while page := numbers(many, 1, after=read[-1] if read else 0, limit=30_000):
        read += page
    assert read == list(range(1, 100_001))
    assert numbers(many, 1) == list(range(1, 501))
    assert many.discard(PACK, 1, "员工", range(1, 99_999)) == 99_998
    assert many.quarantined(PACK)[0].open == 2
    assert numbers(many, 1) == [99_999, 100_000]


def test_rows_that_an_undone_revision_held_mended_wait_again_until_that_is_undone(store: Store) -> None:
    store.commit(PACK, upload(rows=(2, 5, 7)))
    mended = store.commit(PACK, Draft("import", "员工", upserts=good("b"), resolved={1: {2: "b", 7: "b"}}))
    assert numbers(store, 1) == [5]
    back = store.undo(PACK, mended.number, "主任")
    again = store.quarantined(PACK)[0]
    assert (again.id, again.file_name, again.file_sha256, again.author) == (2, "设施.xlsx", "ab12", "主任")
    assert (again.revision, again.accepted, again.rejected, again.open) == (back.number, 0, 2, 2)
    first, second = store.quarantined_rows(PACK, 2)
    assert (first.row, first.feature, first.reasons) == (2, {"properties": {"n": 2}}, (REASON,))
    assert (second.row, numbers(store, 1)) == (7, [5])
    forth = store.undo(PACK, back.number, "主任")
    assert numbers(store, 2) == []
    resolution = store.quarantined_rows(PACK, 2, only_open=False)[0].resolution
    assert resolution is not None
    assert (resolution.revision, resolution.author) == (forth.number, "主任")


def test_a_mended_row_whose_feature_is_kept_does_not_wait_again(store: Store) -> None:
    store.commit(PACK, upload(rows=(2, 5)))
    mended = store.commit(PACK, Draft("import", "员工", upserts=good("b", "c"), resolved={1: {2: "b", 5: "c"}}))
    store.commit(PACK, Draft("import", "员工", upserts=good("b", name="改名")))
    back = store.undo(PACK, mended.number, "主任", {(FACILITIES, "b"): "keep"})
    assert [(one.id, one.revision, one.open) for one in store.quarantined(PACK)] == [(2, back.number, 1), (1, 1, 0)]
    assert numbers(store, 2) == [5]


def test_undoing_an_upload_leaves_its_bad_rows_waiting(store: Store) -> None:
    revision = store.commit(PACK, upload())
    store.undo(PACK, revision.number, "主任")
    assert [(one.id, one.open) for one in store.quarantined(PACK)] == [(1, 2)]
