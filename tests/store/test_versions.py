"""Databases of earlier and of newer programs."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from shapely import Point

from geo.errors import StoreError, UnchangedError
from geo.model import Layer, feature_frame
from geo.store import Draft, Rejected, Store

PACK = "county"
NEW_IN_5 = ("floor_area", "built_year", "level", "level_year")  # columns of bases
VERSION_1 = Path(__file__).with_name("version1.sql")  # as the first program wrote it: seed, import, undo


@pytest.fixture
def earlier(path: Path) -> Path:
    with closing(sqlite3.connect(path)) as raw:
        raw.executescript(VERSION_1.read_text())
    return path


def schema(path: Path) -> dict[str, set[str]]:
    """Table -> its columns, its index and its triggers."""
    with closing(sqlite3.connect(path)) as raw:
        things = raw.execute("SELECT tbl_name, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'").fetchall()
        found = {table: {row[1] for row in raw.execute(f"PRAGMA table_info({table})")} for table, _ in things}
    for table, name in things:
        found[table].add(name)
    return found


def put(id: str) -> Draft:
    frame = feature_frame(Layer.FACILITIES, [{"id": id, "name": "设施"}], [Point(121, 28)])
    rejected = {Layer.FACILITIES: [Rejected(2, {}, [])]}
    return Draft("import", "员工", upserts={Layer.FACILITIES: frame}, details={"a": 1}, quarantine=rejected)


def test_an_earlier_database_opens_with_all_that_it_held(earlier: Path) -> None:
    store = Store.open(f"sqlite:///{earlier}")
    told = [(r.number, r.kind, r.author, r.file_name, r.undone_by, dict(r.details)) for r in store.history(PACK)]
    assert told == [
        (3, "undo", "主任", "", None, {}),
        (2, "import", "员工", "甲.geojson", 3, {}),
        (1, "seed", "pack", "", None, {}),
    ]
    assert store.frame(PACK, Layer.FACILITIES, at=2)["name"].tolist() == ["改", "乙"]
    assert store.commit(PACK, put("c")).details == {"a": 1}
    assert store.quarantined(PACK)[0].revision == 4
    store.close()


def test_an_earlier_database_becomes_like_a_new_one(earlier: Path, tmp_path: Path) -> None:
    Store.open(f"sqlite:///{earlier}").close()
    Store.open(f"sqlite:///{tmp_path}/new.db").close()
    assert schema(earlier) == schema(tmp_path / "new.db")
    with closing(sqlite3.connect(earlier)) as raw:
        assert raw.execute("SELECT version FROM atlas_version").fetchall() == [(7,)]
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            raw.execute("DELETE FROM revision")


def test_what_an_earlier_program_stored_is_the_same_where_only_blanks_are_new(earlier: Path) -> None:
    store = Store.open(f"sqlite:///{earlier}")
    known = store.frame(PACK, Layer.FACILITIES, at=2)
    assert known["capacity"].isna().all()
    again = Draft("import", "员工", upserts={Layer.FACILITIES: store.frame(PACK, Layer.FACILITIES)})
    with pytest.raises(UnchangedError):
        store.commit(PACK, again)
    held = store.frame(PACK, Layer.FACILITIES)
    held.loc[0, "capacity"] = 12.0
    assert store.commit(PACK, Draft("import", "员工", upserts={Layer.FACILITIES: held})).changed == 1
    assert store.frame(PACK, Layer.FACILITIES)["capacity"].tolist()[0] == 12.0
    store.close()


def test_bases_of_an_earlier_database_have_no_floor_area_and_take_one(store: Store, path: Path) -> None:
    """As version 4 wrote them: without the columns that came later."""
    frame = feature_frame(Layer.BASES, [{"id": "a", "name": "甲", "level": "x", "level_year": 2030}], [Point(121, 28)])
    store.commit(PACK, Draft("import", "员工", upserts={Layer.BASES: frame}))
    store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        (text,) = raw.execute("SELECT after_properties FROM change").fetchone()
        old = {name: value for name, value in json.loads(text).items() if name not in NEW_IN_5}
        for table in ("change", "atlas_version"):
            raw.execute(f"DROP TRIGGER {table}_no_update")
        raw.execute("UPDATE change SET after_properties = ?", (json.dumps(old, ensure_ascii=False),))
        raw.execute("UPDATE atlas_version SET version = 4")
        raw.execute("DROP TABLE evidence")
        raw.execute("ALTER TABLE upload DROP COLUMN details")
        raw.execute("ALTER TABLE resolution DROP COLUMN feature")
    again = Store.open(f"sqlite:///{path}")
    known = again.frame(PACK, Layer.BASES)
    assert known[list(NEW_IN_5)].astype(object).where(known[list(NEW_IN_5)].notna(), None).to_numpy().tolist() == [
        [None, None, "", None]
    ]
    with pytest.raises(UnchangedError):
        again.commit(PACK, Draft("import", "员工", upserts={Layer.BASES: known}))
    known.loc[0, "floor_area"] = 1200.0
    again.commit(PACK, replace(Draft("import", "员工", upserts={Layer.BASES: known}), files={"ab": b"%PDF"}))
    assert [(d.op, [f.name for f in d.fields]) for d in again.diff(PACK, 1, 2)] == [("change", ["floor_area"])]
    assert again.file(PACK, "ab") == b"%PDF"
    again.close()


def test_a_step_that_fails_leaves_the_earlier_database_as_it_was(earlier: Path) -> None:
    with closing(sqlite3.connect(earlier)) as raw:
        raw.execute("CREATE VIEW quarantine AS SELECT 1")  # in the way of a table of today
        before = list(raw.iterdump())
        with pytest.raises(StoreError, match="读不了或写不进"):
            Store.open(f"sqlite:///{earlier}")
        assert list(raw.iterdump()) == before


def test_many_that_open_an_earlier_database_at_once_bring_it_up_to_date_once(earlier: Path) -> None:
    together = threading.Barrier(6)
    heads: list[object] = []

    def start() -> None:
        together.wait()
        try:
            store = Store.open(f"sqlite:///{earlier}")
            heads.append(store.head(PACK))
            store.close()
        except Exception as fault:
            heads.append(fault)

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heads == [3] * 6


def test_a_newer_database_is_refused_and_left_alone(store: Store, path: Path) -> None:
    store.commit(PACK, put("a"))
    store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("INSERT INTO atlas_version VALUES (8, '2030-01-01')")
        before = list(raw.iterdump())
        with pytest.raises(StoreError) as caught:
            Store.open(f"sqlite:///{path}")
        assert caught.value.text() == (
            f"数据库“sqlite:///{path}”是更新的程序写的(结构第 8 版,本程序只懂第 7 版):请先更新程序。"
        )
        assert list(raw.iterdump()) == before


def test_details_are_told_as_they_were_given(store: Store) -> None:
    details = {"repairs": {"closed_ring": 3}, "datum": {"from": "GCJ-02", "moved_m": 540.5}, "columns": ["名称", None]}
    frame = feature_frame(Layer.BASES, [{"id": "a"}], [Point(121, 28)])
    given = store.commit(PACK, Draft("import", "员工", upserts={Layer.BASES: frame}, details=details))
    assert given.details == details
    assert store.history(PACK) == (given,)
    assert len({given, *store.history(PACK)}) == 1
