"""Opening: addresses, folders, and a database that only ever grows."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from shapely import Point
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from geo.errors import StoreError
from geo.model import Layer, feature_frame
from geo.store import Draft, Rejected, Store
from geo.store.schema import METADATA

PACK = "county"


def put(id: str) -> Draft:
    frame = feature_frame(Layer.FACILITIES, [{"id": id, "name": "设施"}], [Point(121, 28)])
    return Draft("import", "员工", upserts={Layer.FACILITIES: frame})


@pytest.fixture
def raw(store: Store, path: Path) -> Iterator[sqlite3.Connection]:
    """Another program at the file of a store with two revisions, and rows in every other table."""
    store.commit(PACK, put("a"))
    store.commit(PACK, replace(put("b"), files={"ab": b"%PDF"}))
    for _ in range(2):
        store.quarantine(PACK, Draft("import", "员工", quarantine={Layer.BASES: [Rejected(7, {}, [])]}))
    store.discard(PACK, 1, "员工")
    store.remember(PACK, Layer.BASES, "s", {"名称": "name"}, "员工")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


def revision(number: int) -> str:
    """The tail of an INSERT that writes a stored revision again under another number."""
    columns = "kind, 'x', at, note, file_name, file_sha256, undoes, added, changed, removed, details"
    return f"INTO revision SELECT pack, {number}, {columns} FROM revision WHERE number = 2"


def change(id: str, number: int) -> str:
    """The tail of an INSERT that writes revision 2's change again, of another feature or revision."""
    columns = "op, before_properties, before_geometry, after_properties, after_geometry"
    return f"INTO change SELECT pack, layer, '{id}', {number}, {columns} FROM change WHERE revision = 2"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE revision SET author = 'x'",
        "UPDATE change SET after_properties = '{}'",
        "DELETE FROM revision WHERE number = 2",
        "DELETE FROM change",
        f"INSERT {revision(7)}",
        f"INSERT OR REPLACE {revision(2)}",
        f"INSERT {change('new', 1)}",
        f"INSERT OR REPLACE {change('b', 2)}",
        "UPDATE upload SET revision = 1",
        "DELETE FROM upload",
        "INSERT INTO upload SELECT pack, 4, layer, '', '', '', at, 1, 0, 0, '{}' FROM upload WHERE id = 2",
        "INSERT OR REPLACE INTO upload SELECT pack, 2, layer, '', '', '', at, 1, 0, 0, '{}' FROM upload WHERE id = 2",
        "UPDATE quarantine SET feature = 'x'",
        "DELETE FROM quarantine",
        "INSERT INTO quarantine VALUES ('county', 1, 8, '{}', '[]')",
        "INSERT OR REPLACE INTO quarantine VALUES ('county', 2, 7, 'x', '[]')",
        "UPDATE resolution SET revision = 2",
        "DELETE FROM resolution",
        "INSERT OR REPLACE INTO resolution VALUES ('county', 1, 7, 2, 'x', 'x', NULL)",
        "UPDATE column_map SET mapping = '{}'",
        "DELETE FROM column_map",
        "INSERT INTO column_map SELECT pack, layer, shape, 3, mapping, author, at FROM column_map",
        "INSERT OR REPLACE INTO column_map SELECT pack, layer, shape, 1, '{}', author, at FROM column_map",
        "UPDATE evidence SET content = 'x'",
        "DELETE FROM evidence",
        "INSERT OR REPLACE INTO evidence VALUES ('county', 'ab', 1, 1, 'x')",
        "UPDATE atlas_version SET version = 1",
        "DELETE FROM atlas_version",
    ],
)
def test_no_program_can_rewrite_what_is_stored(store: Store, raw: sqlite3.Connection, statement: str) -> None:
    before = list(raw.iterdump())
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute(statement)
    assert list(raw.iterdump()) == before


def test_the_file_is_in_wal_mode_and_sound(raw: sqlite3.Connection) -> None:
    assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_new_folder_is_made_and_a_relative_path_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = Store.open("sqlite:///var/new/atlas.db")
    monkeypatch.chdir("/")
    store.close()
    store.commit(PACK, put("a"))
    store.close()
    assert (tmp_path / "var/new/atlas.db").exists()
    again = Store.open(f"sqlite:///{tmp_path}/var/new/atlas.db")
    assert again.head(PACK) == 1
    again.close()


@pytest.mark.parametrize(
    "url", ["", "atlas.db", "mysql://u:secret@h/d", "nonsense://x", "postgresql://h:port/d", "sqlite:///a.db?timeout=x"]
)
def test_an_address_that_cannot_be_read_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        Store.open(url)
    assert (
        caught.value.text() == "数据库地址看不懂:请写成 sqlite:///var/atlas.db 或 postgresql://用户@主机/库名 的样子。"
    )


def test_a_missing_driver_is_named_and_the_password_is_not(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        Store.open("postgresql+pg8000://u:secret@localhost/d")
    assert caught.value.text() == ("连接数据库“postgresql+pg8000://u:***@localhost/d”缺少程序包 pg8000:请先安装它。")


def test_a_folder_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="文件夹建不了:请换一个可写的位置"):
        Store.open(f"sqlite:///{tmp_path}/file/atlas.db")


def test_a_folder_in_the_files_place_is_explained(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"请检查地址、权限和磁盘空间.*unable to open"):
        Store.open(f"sqlite:///{tmp_path}")


def test_a_file_that_is_no_database_is_explained_and_left_alone(path: Path) -> None:
    path.write_text("这不是数据库" * 1000)
    with pytest.raises(StoreError, match=r"读不了或写不进.*not a database"):
        Store.open(f"sqlite:///{path}")
    assert path.read_text() == "这不是数据库" * 1000


def test_a_database_that_may_only_be_read_serves_readers_and_refuses_writers(
    raw: sqlite3.Connection, path: Path
) -> None:
    store = Store.open(f"sqlite:///file:{path}?mode=ro&uri=true")
    assert store.frame(PACK, Layer.FACILITIES)["id"].tolist() == ["a", "b"]
    with pytest.raises(StoreError, match=r"读不了或写不进:请检查地址、权限和磁盘空间.*readonly"):
        store.commit(PACK, put("c"))
    assert store.head(PACK) == 2
    store.close()


def test_a_writer_that_waits_too_long_is_told_so(store: Store, raw: sqlite3.Connection, path: Path) -> None:
    hasty = Store.open(f"sqlite:///{path}?timeout=0.1")
    raw.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="正被别的程序占用:请过一会儿再试"):
        hasty.commit(PACK, put("c"))
    assert hasty.head(PACK) == 2
    raw.execute("ROLLBACK")
    assert hasty.commit(PACK, put("c")).number == 3
    hasty.close()


@pytest.fixture
def busy(path: Path) -> Iterator[sqlite3.Connection]:
    """Another program that is writing to a file which is not yet in WAL mode."""
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as connection:
        connection.execute("CREATE TABLE other (x)")
        connection.execute("BEGIN IMMEDIATE")
        yield connection


def test_opening_waits_for_another_program(busy: sqlite3.Connection, path: Path) -> None:
    done = threading.Timer(0.2, busy.execute, ["COMMIT"])
    done.start()
    store = Store.open(f"sqlite:///{path}")
    done.join()
    assert store.commit(PACK, put("a")).number == 1
    store.close()


def test_opening_does_not_wait_for_ever(busy: sqlite3.Connection, path: Path) -> None:
    with pytest.raises(StoreError, match="正被别的程序占用"):
        Store.open(f"sqlite:///{path}?timeout=0.1")


def test_the_tables_can_be_written_for_postgresql() -> None:
    dialect = postgresql.dialect()
    ddl = {table.name: str(CreateTable(table).compile(dialect=dialect)) for table in METADATA.sorted_tables}
    assert list(ddl) == [
        "atlas_version",
        "column_map",
        "revision",
        "change",
        "evidence",
        "upload",
        "quarantine",
        "resolution",
    ]
    assert "after_geometry BYTEA" in ddl["change"]
    assert "SERIAL" not in "".join(ddl.values())
