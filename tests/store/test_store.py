"""Revisions: what is stored, what is refused, and what an undo does."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal
from shapely import Point, Polygon
from sqlalchemy import create_engine

from geo.errors import ConflictError, CrsError, NotFoundError, StoreError
from geo.model import COLUMNS, Layer, feature_frame
from geo.store import Draft, Revision, Store

PACK = "county"
FACILITIES = Layer.FACILITIES


def frame(names: dict[str, str], layer: Layer = FACILITIES, **columns: Any) -> gpd.GeoDataFrame:
    """Features of the given id -> name, all at one place."""
    rows = [{"id": id, "name": name, **columns} for id, name in names.items()]
    return feature_frame(layer, rows, [Point(121, 28)] * len(rows))


def put(names: dict[str, str], **columns: Any) -> Draft:
    return Draft("import", "员工", upserts={FACILITIES: frame(names, **columns)})


def drop(*ids: str) -> Draft:
    return Draft("remove-sample", "员工", removals={FACILITIES: ids})


def names(store: Store, at: int | None = None) -> dict[str, str]:
    stored = store.frame(PACK, FACILITIES, at)
    return dict(zip(stored["id"], stored["name"], strict=True))


def counts(revision: Revision) -> tuple[int, int, int]:
    return revision.added, revision.changed, revision.removed


def seeded(store: Store) -> Store:
    store.seed(PACK, {FACILITIES: frame({"a": "甲", "b": "乙"})}, "pack", "规划")
    return store


def test_an_empty_store_has_no_revision_and_frames_without_rows(store: Store) -> None:
    assert store.head(PACK) == 0
    assert store.history(PACK) == ()
    for layer in Layer:
        empty = store.frame(PACK, layer)
        assert len(empty) == 0
        assert empty.crs == "EPSG:4326"
        assert empty.drop(columns="geometry").dtypes.astype(str).to_dict() == dict(COLUMNS[layer])


def test_every_column_comes_back_with_its_value_and_type(store: Store) -> None:
    rows = [
        {"id": "z", "name": "<b>=1+1</b>", "demo_year": 2023, "certainty": "town", "sample": True, "note": "\x00'; --"},
        {"id": "乙", "name": "", "name_en": "B", "demo_year": None},
        {"id": "A", "stage": "s1", "cluster": "c1", "district": "d1", "source": "文件", "note_en": "n"},
    ]
    shapes = [Point(121, 28), Polygon([(120, 28), (121, 28), (121, 29)]), Point(120.9, 28.1, 5)]
    given = feature_frame(Layer.BASES, rows, shapes)
    store.seed(PACK, {Layer.BASES: given}, "pack", "规划")
    expected = given.sort_values("id", ignore_index=True)
    assert expected["id"].tolist() == ["A", "z", "乙"]
    assert_geodataframe_equal(store.frame(PACK, Layer.BASES), expected)
    assert store.frame(PACK, Layer.BASES).geometry.has_z.tolist() == [True, False, False]


def test_missing_text_is_stored_as_empty(store: Store) -> None:
    given = frame({"a": "甲"})
    given["note"] = pd.Series([None], dtype="str")
    store.commit(PACK, Draft("import", "员工", upserts={FACILITIES: given}))
    assert store.frame(PACK, FACILITIES)["note"].tolist() == [""]


def test_another_crs_is_stored_in_degrees(store: Store) -> None:
    given = frame({"a": "甲"}).to_crs(4549)
    store.commit(PACK, Draft("import", "员工", upserts={FACILITIES: given}))
    place = store.frame(PACK, FACILITIES).geometry[0]
    assert (place.x, place.y) == pytest.approx((121, 28), abs=1e-9)


def test_a_frame_without_crs_is_refused(store: Store) -> None:
    given = frame({"a": "甲"}).set_crs(None, allow_override=True)
    with pytest.raises(CrsError, match="没有坐标系"):
        store.commit(PACK, Draft("import", "员工", upserts={FACILITIES: given}))


def test_seeding_twice_writes_once(store: Store) -> None:
    first = store.seed(PACK, {FACILITIES: frame({"a": "甲"})}, "pack", "规划")
    again = store.seed(PACK, {FACILITIES: frame({"a": "另"})}, "pack", "规划")
    assert first == again
    assert (first.number, first.kind, first.note, counts(first)) == (1, "seed", "规划", (1, 0, 0))
    assert names(store) == {"a": "甲"}


def test_a_pack_without_features_still_gets_its_first_revision(store: Store) -> None:
    assert counts(store.seed(PACK, {}, "pack")) == (0, 0, 0)
    assert store.head(PACK) == 1


def test_packs_are_apart(store: Store) -> None:
    seeded(store)
    store.seed("other", {FACILITIES: frame({"a": "别处"})}, "pack", "")
    assert store.undo("other", store.commit("other", put({"a": "改"})).number, "员工").number == 3
    assert names(store) == {"a": "甲", "b": "乙"}
    assert store.head(PACK) == 1


def test_a_commit_counts_only_what_it_changes(store: Store) -> None:
    seeded(store)
    draft = Draft(
        "import", "员工", "备注", "bases.geojson", "0f", {FACILITIES: frame({"a": "甲", "b": "新乙", "c": "丙"})}
    )
    before = datetime.now(UTC)
    revision = store.commit(PACK, draft)
    assert counts(revision) == (1, 1, 0)
    assert before <= revision.at <= datetime.now(UTC)
    assert revision.at.utcoffset() == timedelta(0)
    assert (revision.number, revision.kind, revision.author, revision.note) == (2, "import", "员工", "备注")
    assert (revision.file_name, revision.file_sha256, revision.undoes, revision.undone_by) == (
        "bases.geojson",
        "0f",
        None,
        None,
    )
    assert [r.number for r in store.history(PACK)] == [2, 1]
    assert store.history(PACK)[0] == revision


def test_one_commit_may_change_both_layers(store: Store) -> None:
    seeded(store)
    base = frame({"a": "基地"}, Layer.BASES, demo_year=2022)
    revision = store.commit(
        PACK, Draft("import", "员工", upserts={Layer.BASES: base}, removals={FACILITIES: ["a", "b"]})
    )
    assert counts(revision) == (1, 0, 2)
    assert store.frame(PACK, Layer.BASES)["demo_year"].tolist() == [2022]
    assert names(store) == {}
    assert names(store, at=1) == {"a": "甲", "b": "乙"}
    assert names(store, at=0) == {}


def test_the_last_revision_that_touched_a_layer_is_told_as_of_any(store: Store) -> None:
    seeded(store)
    roads = Draft("import", "员工", upserts={Layer.BASES: frame({"r": "基地"}, Layer.BASES)})
    first = store.commit(PACK, roads)
    store.commit(PACK, put({"a": "改"}))
    assert store.last_touched(PACK, Layer.BASES, 3) == (2, first.at)
    assert store.last_touched(PACK, Layer.BASES, 1) == (0, None)
    assert store.last_touched(PACK, FACILITIES, 3)[0] == 3
    gone = store.undo(PACK, 2, "员工")
    assert store.last_touched(PACK, Layer.BASES, 4) == (4, gone.at)


def test_moving_a_feature_is_a_change(store: Store) -> None:
    seeded(store)
    moved = frame({"a": "甲"}).set_geometry([Point(121, 28.000001)], crs=4326)
    assert counts(store.commit(PACK, Draft("import", "员工", upserts={FACILITIES: moved}))) == (0, 1, 0)


@pytest.mark.parametrize("draft", [Draft("import", "员工"), put({"a": "甲"}), put({}), drop(), drop("没有")])
def test_a_commit_that_changes_nothing_is_refused(store: Store, draft: Draft) -> None:
    seeded(store)
    with pytest.raises(StoreError, match="什么都不会改变"):
        store.commit(PACK, draft)
    assert store.head(PACK) == 1


def test_removing_what_is_gone_passes_over_it(store: Store) -> None:
    seeded(store)
    assert counts(store.commit(PACK, drop("a", "没有", "a"))) == (0, 0, 1)


def test_a_removed_feature_may_come_back(store: Store) -> None:
    seeded(store)
    store.commit(PACK, drop("a"))
    assert counts(store.commit(PACK, put({"a": "甲"}))) == (1, 0, 0)
    assert names(store) == {"a": "甲", "b": "乙"}


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        (
            Draft("import", "员工", upserts={FACILITIES: pd.concat([frame({"c": "丙"}), frame({"c": "丁"})])}),
            "id 重复.*c",
        ),
        (put({"c": "丙", "": "无名"}), "第 2 个要素没有 id"),
        (
            Draft("import", "员工", upserts={FACILITIES: frame({"a": "新"})}, removals={FACILITIES: ["a"]}),
            "保存和移除.*a",
        ),
        (
            Draft("import", "员工", upserts={FACILITIES: feature_frame(FACILITIES, [{"id": "c"}], [None])}),
            "没有位置.*c",
        ),
        (
            Draft("import", "员工", upserts={FACILITIES: feature_frame(FACILITIES, [{"id": "c"}], [Polygon()])}),
            "没有位置.*c",
        ),
        (Draft("seed", "员工", upserts={FACILITIES: frame({"c": "丙"})}), "“seed”由系统使用"),
        (Draft("undo", "员工", upserts={FACILITIES: frame({"c": "丙"})}), "“undo”由系统使用"),
    ],
)
def test_a_draft_that_contradicts_itself_is_refused(store: Store, draft: Draft, words: str) -> None:
    seeded(store)
    with pytest.raises(StoreError, match=words):
        store.commit(PACK, draft)
    assert store.head(PACK) == 1


def test_a_message_names_five_features_and_counts_the_rest(store: Store) -> None:
    rows = [{"id": f"f{n}"} for n in range(7)]
    with pytest.raises(StoreError, match=r"f0、f1、f2、f3、f4 … \(7\)"):
        store.commit(PACK, Draft("import", "员工", upserts={FACILITIES: feature_frame(FACILITIES, rows, [None] * 7)}))


def test_text_that_no_encoding_can_carry_is_refused(store: Store) -> None:
    seeded(store)
    with pytest.raises(StoreError, match="不能保存的字符"):
        store.commit(PACK, Draft("import", "\ud800", upserts={FACILITIES: frame({"c": "丙"})}))
    assert store.head(PACK) == 1


def test_an_expected_head_that_has_moved_on_is_refused(store: Store) -> None:
    seeded(store)
    assert store.commit(PACK, put({"c": "丙"}), expected_head=1).number == 2
    with pytest.raises(ConflictError, match="已更新到第 2 号修订"):
        store.commit(PACK, put({"d": "丁"}), expected_head=1)
    assert names(store) == {"a": "甲", "b": "乙", "c": "丙"}


@pytest.mark.parametrize("at", [-1, 2, 99])
def test_a_frame_of_an_unknown_revision_is_not_found(store: Store, at: int) -> None:
    seeded(store)
    with pytest.raises(NotFoundError, match=f"没有修订 {at}"):
        store.frame(PACK, FACILITIES, at=at)


# --- undo ----------------------------------------------------------------------------------------------------------


def test_undo_restores_what_was_there_with_a_new_revision(store: Store) -> None:
    seeded(store)
    before = store.frame(PACK, FACILITIES)
    removal = {FACILITIES: ["b"]}
    store.commit(PACK, Draft("import", "员工", upserts={FACILITIES: frame({"a": "改", "c": "丙"})}, removals=removal))
    undo = store.undo(PACK, 2, "主任")
    assert (undo.number, undo.kind, undo.author, undo.undoes, counts(undo)) == (3, "undo", "主任", 2, (1, 1, 1))
    assert_geodataframe_equal(store.frame(PACK, FACILITIES), before)
    assert names(store, at=2) == {"a": "改", "c": "丙"}
    assert [(r.number, r.undoes, r.undone_by) for r in store.history(PACK)] == [
        (3, 2, None),
        (2, None, 3),
        (1, None, None),
    ]


def test_undo_leaves_later_changes_to_other_features(store: Store) -> None:
    seeded(store)
    store.commit(PACK, put({"a": "改"}))
    store.commit(PACK, put({"c": "丙"}))
    store.undo(PACK, 2, "员工")
    assert names(store) == {"a": "甲", "b": "乙", "c": "丙"}


def test_undo_names_the_features_that_changed_later(store: Store) -> None:
    seeded(store)
    store.commit(PACK, put({"a": "改", "c": "丙", "d": "丁"}))
    store.commit(PACK, put({"c": "又改"}))
    store.commit(PACK, drop("a"))
    with pytest.raises(ConflictError) as caught:
        store.undo(PACK, 2, "员工")
    assert caught.value.text() == "这些要素后来又改过,不能撤销:改(a)、丙(c)。请先撤销第 4 号修订。"
    assert store.head(PACK) == 4


def test_undoing_backwards_step_by_step_is_allowed(store: Store) -> None:
    seeded(store)
    store.commit(PACK, put({"a": "一"}))
    store.commit(PACK, put({"a": "二"}))
    store.undo(PACK, 3, "员工")
    store.undo(PACK, 2, "员工")
    assert names(store) == {"a": "甲", "b": "乙"}


def test_a_change_that_was_restored_stands_in_the_way_again(store: Store) -> None:
    seeded(store)
    store.commit(PACK, put({"a": "一"}))
    store.commit(PACK, put({"a": "二"}))
    store.undo(PACK, 3, "员工")
    store.undo(PACK, 4, "员工")
    with pytest.raises(ConflictError, match=r"一\(a\)"):
        store.undo(PACK, 2, "员工")
    assert names(store)["a"] == "二"


def test_undoing_twice_is_refused_and_undoing_the_undo_is_not(store: Store) -> None:
    seeded(store)
    store.commit(PACK, put({"a": "改"}))
    store.undo(PACK, 2, "员工")
    with pytest.raises(StoreError, match="第 2 号修订已被第 3 号撤销:要恢复它,请撤销第 3 号"):
        store.undo(PACK, 2, "员工")
    assert store.undo(PACK, 3, "员工").undoes == 3
    assert names(store) == {"a": "改", "b": "乙"}


def test_the_first_data_cannot_be_undone(store: Store) -> None:
    seeded(store)
    with pytest.raises(StoreError, match="第 1 号修订是初始数据"):
        store.undo(PACK, 1, "员工")


def test_an_unknown_revision_cannot_be_undone(store: Store) -> None:
    seeded(store)
    with pytest.raises(NotFoundError, match="没有修订 7"):
        store.undo(PACK, 7, "员工")


# --- many at once --------------------------------------------------------------------------------------------------


def test_threads_write_and_read_side_by_side(store: Store) -> None:
    seeded(store)
    wrong: list[object] = []

    def work(writer: int) -> None:
        try:
            for step in range(5):
                number = store.commit(PACK, put({f"{writer}-{step}": "新", "a": f"{writer}.{step}"})).number
                if f"{writer}-{step}" not in names(store, at=number):
                    wrong.append((writer, step))
        except Exception as fault:
            wrong.append(fault)

    threads = [threading.Thread(target=work, args=(writer,)) for writer in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert store.head(PACK) == 31
    assert len(names(store)) == 32
    times = [revision.at for revision in store.history(PACK)]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize("attempt", range(4))
def test_a_new_file_that_many_open_and_seed_at_once_is_seeded_once(path: Path, attempt: int) -> None:
    together = threading.Barrier(8)
    seen: list[object] = []

    def start() -> None:
        together.wait()
        try:
            store = Store.open(f"sqlite:///{path}")
            together.wait()
            seen.append(store.seed(PACK, {FACILITIES: frame({"a": "甲"})}, "pack", "规划"))
            store.close()
        except Exception as fault:
            together.abort()
            seen.append(fault)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store = Store.open(f"sqlite:///{path}")
    assert seen == [store.history(PACK)[0]] * 8
    assert store.head(PACK) == 1
    store.close()


def test_a_store_in_memory_serves_threads_too() -> None:
    store = Store.open("sqlite://")
    seeded(store)
    threads = [threading.Thread(target=store.commit, args=(PACK, put({f"t{n}": "新"}))) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(names(store)) == ["a", "b", "t0", "t1", "t2", "t3"]
    store.close()


def test_a_failure_half_way_leaves_nothing(store: Store, path: Path) -> None:
    seeded(store)
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as conn:
        conn.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON change WHEN NEW.feature_id = 'f50' "
            "BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    with pytest.raises(StoreError, match=r"读不了或写不进.*disk full"):
        store.commit(PACK, put({f"f{n}": "新" for n in range(100)}))
    assert (store.head(PACK), names(store)) == (1, {"a": "甲", "b": "乙"})
    with engine.begin() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM change").scalar() == 2
        conn.exec_driver_sql("DROP TRIGGER full")
    engine.dispose()
    assert store.commit(PACK, put({f"f{n}": "新" for n in range(100)})).number == 2
