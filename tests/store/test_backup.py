"""Backups taken while others write, and put back while others have the database open."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from geopandas.testing import assert_geodataframe_equal
from shapely import Point

from geo.errors import StoreError
from geo.model import Layer, feature_frame
from geo.store import Draft, Rejected, Revision, Store, restore

PACK = "county"
FACILITIES = Layer.FACILITIES


def put(*ids: str, author: str = "员工") -> Draft:
    frame = feature_frame(FACILITIES, [{"id": id, "name": id * 50} for id in ids], [Point(121, 28)] * len(ids))
    return Draft("import", author, upserts={FACILITIES: frame}, quarantine={FACILITIES: [Rejected(1, {}, [])]})


def ids(store: Store) -> list[str]:
    return list(store.frame(PACK, FACILITIES)["id"])


def history(file: Path) -> tuple[Revision, ...]:
    store = Store.open(f"sqlite:///{file}")
    found = store.history(PACK)
    store.close()
    return found


def sound(file: Path) -> bool:
    with closing(sqlite3.connect(file)) as raw:
        return raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "备份 1%.db"  # a name that an address would have to escape


@pytest.fixture
def saved(store: Store, copy: Path) -> Path:
    """A backup of revisions 1 and 2; the store goes on to revision 3."""
    store.commit(PACK, put("a"))
    store.commit(PACK, put("b"))
    store.backup(copy)
    store.commit(PACK, put("c"))
    return copy


@pytest.fixture(autouse=True)
def _leaves_no_pieces(tmp_path: Path) -> Iterator[None]:
    yield
    assert list(tmp_path.rglob("*.part*")) == []


# --- backup --------------------------------------------------------------------------------------------------------


def test_a_backup_is_one_file_that_opens_as_a_store(store: Store, saved: Path, tmp_path: Path) -> None:
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith("备份")) == [saved.name]
    assert saved.read_bytes()[18:20] == b"\1\1"  # not in WAL mode, so that it can be read where nothing can be written
    assert history(saved) == store.history(PACK)[1:]
    assert sound(saved)


def test_a_backup_makes_its_folder(store: Store, tmp_path: Path) -> None:
    store.backup(tmp_path / "新/夹/备份.db")
    assert sound(tmp_path / "新/夹/备份.db")


def test_a_backup_replaces_another_only_when_told(store: Store, saved: Path) -> None:
    before = saved.read_bytes()
    with pytest.raises(StoreError) as caught:
        store.backup(saved)
    assert caught.value.text() == f"文件“{saved}”已存在:请换一个名字,或指明要覆盖它。"
    assert saved.read_bytes() == before
    store.backup(saved, overwrite=True)
    assert history(saved) == store.history(PACK)


def test_a_backup_does_not_go_over_the_database_itself(store: Store, path: Path, tmp_path: Path) -> None:
    store.commit(PACK, put("a"))
    (tmp_path / "link.db").symlink_to(path)
    for file in (path, tmp_path / "link.db"):
        with pytest.raises(StoreError, match="就是正在用的数据库:备份请换一个名字"):
            store.backup(file, overwrite=True)
    assert ids(store) == ["a"]


def test_a_backup_does_not_go_over_a_database_in_use(store: Store, saved: Path) -> None:
    other = Store.open(f"sqlite:///{saved}")
    with pytest.raises(StoreError, match="正被当作数据库打开,或旁边留有它的 -wal 文件"):
        store.backup(saved, overwrite=True)
    assert ids(other) == ["a", "b"]
    other.close()


def test_a_place_that_cannot_be_written_is_named(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"文件“.*/file/x.db”读不了或写不进:请检查路径、权限和磁盘空间"):
        store.backup(tmp_path / "file/x.db")
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreError, match=r"文件“.*/folder”读不了或写不进"):
        store.backup(tmp_path / "folder", overwrite=True)


def test_a_database_in_memory_can_be_saved(copy: Path) -> None:
    store = Store.open("sqlite://")
    store.commit(PACK, put("a"))
    store.backup(copy)
    assert history(copy) == store.history(PACK)
    store.close()


def test_backups_while_others_write_are_each_of_one_moment(store: Store, path: Path, tmp_path: Path) -> None:
    done = threading.Event()
    wrong: list[Exception] = []

    def write(writer: str) -> None:
        step = 0
        try:
            while not done.is_set():
                store.commit(PACK, put(*(f"{writer}{step}-{place}" for place in range(30))))
                step += 1
        except Exception as fault:
            wrong.append(fault)

    threads = [threading.Thread(target=write, args=(writer,)) for writer in "xy"]
    for thread in threads:
        thread.start()
    heads = []
    for number in range(8):
        file = tmp_path / f"{number}.db"
        store.backup(file)
        told = history(file)
        heads.append(len(told))
        saved = Store.open(f"sqlite:///{file}")
        assert len(ids(saved)) == 30 * len(told) == sum(revision.added for revision in told)
        assert [upload.revision for upload in saved.quarantined(PACK)] == [revision.number for revision in told]
        saved.close()
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert heads == sorted(heads)
    assert store.history(PACK)[-heads[-1] :] == told


# --- restore -------------------------------------------------------------------------------------------------------


def test_a_restore_brings_back_what_was_saved_and_keeps_what_was_there(store: Store, saved: Path, path: Path) -> None:
    replaced = store.history(PACK)
    frame = store.frame(PACK, FACILITIES, at=2)
    aside = store.restore(saved)
    assert aside is not None
    assert (aside.parent, aside.suffix) == (path.parent, ".db")
    assert aside.name.startswith("atlas.replaced-2")
    assert store.history(PACK) == replaced[1:]
    assert_geodataframe_equal(store.frame(PACK, FACILITIES), frame)
    assert history(aside) == replaced
    assert sound(path)
    assert sound(aside)
    assert store.commit(PACK, put("d")).number == 3
    assert store.restore(aside) != aside
    assert store.history(PACK) == replaced


def test_every_replaced_database_is_kept(store: Store, saved: Path, tmp_path: Path) -> None:
    kept = [store.restore(saved) for _ in range(3)]
    assert len(set(kept)) == 3
    assert sorted(tmp_path.glob("atlas.replaced-*")) == sorted(kept)


def test_a_reader_goes_on_seeing_its_moment_and_then_the_restored_one(store: Store, saved: Path, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT max(number) FROM revision").fetchone() == (3,)
        store.restore(saved)
        assert reader.execute("SELECT max(number) FROM revision").fetchone() == (3,)
        assert reader.execute("SELECT count(*) FROM change").fetchone() == (3,)
        reader.execute("COMMIT")
        assert reader.execute("SELECT max(number) FROM revision").fetchone() == (2,)


def test_no_commit_is_lost_between_the_old_and_the_restored(store: Store, saved: Path, path: Path) -> None:
    done, begun = threading.Event(), threading.Event()
    acknowledged: list[str] = []
    wrong: list[Exception] = []

    def write(writer: str) -> None:
        own = Store.open(f"sqlite:///{path}")
        step = 0
        try:
            while not done.is_set():
                own.commit(PACK, put(f"{writer}{step}", author=f"{writer}{step}"))
                acknowledged.append(f"{writer}{step}")
                begun.set()
                step += 1
        except Exception as fault:
            wrong.append(fault)
        own.close()

    threads = [threading.Thread(target=write, args=(writer,)) for writer in "xy"]
    for thread in threads:
        thread.start()
    begun.wait()
    files = [store.restore(saved) for _ in range(5)]
    done.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    found = {revision.author for file in files if file for revision in history(file)}
    assert {revision.author for revision in store.history(PACK)} | found == {*acknowledged, "员工"}
    assert sound(path)


def test_a_busy_database_is_left_alone(store: Store, saved: Path, path: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="正被别的程序占用:请过一会儿再试"):
            restore(f"sqlite:///{path}?timeout=0.2", saved)
        writer.execute("ROLLBACK")
    assert ids(store) == ["a", "b", "c"]
    assert list(tmp_path.glob("*replaced*")) == []


# --- a database that is missing, damaged or of another make -----------------------------------------------------------


def test_a_missing_database_is_made_from_the_backup(store: Store, saved: Path, tmp_path: Path) -> None:
    place = tmp_path / "新/atlas.db"
    assert restore(f"sqlite:///{place}", saved) is None
    assert history(place) == history(saved)
    assert sorted(path.name for path in place.parent.iterdir()) == ["atlas.db"]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def overwrite(path: Path) -> None:
    path.write_bytes("这不是数据库".encode() * 500)


def scramble(path: Path) -> None:
    """Opens, but its pages are rubbish from the second on."""
    bytes = path.read_bytes()
    path.write_bytes(bytes[:8192] + b"\xa5" * (len(bytes) - 8192))


@pytest.mark.parametrize("damage", [cut, overwrite, scramble])
def test_a_damaged_database_is_replaced_and_kept(
    store: Store, saved: Path, path: Path, damage: Callable[[Path], None]
) -> None:
    store.close()
    damage(path)
    bytes = path.read_bytes()
    aside = restore(f"sqlite:///{path}", saved)
    assert aside is not None
    assert aside.read_bytes()[100:] == bytes[100:]  # the header tells the journal mode and counts changes
    assert history(path) == history(saved)
    assert sound(path)


def test_a_store_replaces_its_own_damaged_database(store: Store, saved: Path, path: Path) -> None:
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    overwrite(path)
    with pytest.raises(StoreError, match="not a database"):
        store.head(PACK)
    store.restore(saved)
    assert ids(store) == ["a", "b"]


def test_a_damaged_database_that_another_has_open_is_left_alone(store: Store, saved: Path, path: Path) -> None:
    store.close()
    with closing(sqlite3.connect(path)) as other:
        other.execute("SELECT count(*) FROM change").fetchone()
        overwrite(path)
        bytes = path.read_bytes()
        with pytest.raises(StoreError) as caught:
            store.restore(saved)
        assert caught.value.text() == (
            f"数据库“{path}”已损坏,而有程序还开着它,或旁边留有 -wal 文件:请停下程序,把它们都移到别处,再恢复。"
        )
        assert path.read_bytes() == bytes
    assert list(path.parent.glob("*replaced*")) == []


def test_a_backup_with_another_page_size_fits(store: Store, saved: Path) -> None:
    with closing(sqlite3.connect(saved)) as raw:
        raw.execute("PRAGMA page_size=8192")
        raw.execute("VACUUM")
    store.restore(saved)
    assert store.head(PACK) == 2


def test_a_copied_database_with_its_log_is_a_backup_too(store: Store, saved: Path, path: Path, tmp_path: Path) -> None:
    for suffix in ("", "-wal"):
        shutil.copy(path.with_name(path.name + suffix), tmp_path / f"copied.db{suffix}")
    place = tmp_path / "new.db"
    restore(f"sqlite:///{place}", tmp_path / "copied.db")
    assert history(place) == store.history(PACK)


def test_an_earlier_backup_is_brought_up_to_date(store: Store, saved: Path, tmp_path: Path) -> None:
    earlier = tmp_path / "earlier.db"
    with closing(sqlite3.connect(earlier)) as raw:
        raw.executescript(Path(__file__).with_name("version1.sql").read_text())
    before = earlier.read_bytes()
    store.restore(earlier)
    assert [revision.number for revision in store.history(PACK)] == [3, 2, 1]
    assert store.commit(PACK, put("neu")).number == 4
    assert earlier.read_bytes() == before


# --- what is no backup -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", [0, 1, 99, 100, 4096, 4097, 0.3, 0.5, 0.9, -4096, -1])
def test_a_cut_off_backup_is_refused(store: Store, saved: Path, part: float) -> None:
    bytes = saved.read_bytes()
    kept = bytes[: int(part * len(bytes)) if isinstance(part, float) else part]
    saved.write_bytes(kept)
    with pytest.raises(StoreError, match=r"“.*备份 1%.db”不是完好的数据库:可能没有复制完"):
        store.restore(saved)
    assert ids(store) == ["a", "b", "c"]
    assert saved.read_bytes() == kept


def edited(*statements: str) -> Callable[[Path], None]:
    def edit(path: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as raw:
            for statement in statements:
                raw.execute(statement)

    return edit


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (overwrite, "不是完好的数据库.*file is not a database"),
        (scramble, "不是完好的数据库"),
        (edited("DROP TRIGGER change_no_delete", "DELETE FROM change WHERE revision = 2"), "不是完好的数据库"),
        (edited("DROP TRIGGER quarantine_no_delete", "DELETE FROM quarantine"), "不是完好的数据库"),
        (edited("DROP TRIGGER upload_no_update", "UPDATE upload SET revision = 9"), "不是完好的数据库"),
        (edited("DROP TABLE resolution"), "不是完好的数据库.*resolution"),
        (
            edited("DROP TRIGGER revision_no_update", "UPDATE revision SET number = 7 WHERE number = 2"),
            "不是完好的数据库",
        ),
        (edited("ALTER TABLE revision RENAME TO other"), "没有本程序的数据:请选择用本程序做的备份"),
        (edited("INSERT INTO atlas_version VALUES (9, '')"), "备份 1%.db”是更新的程序写的.*第 9 版.*请先更新程序"),
        (lambda path: path.unlink(), "读不了或写不进.*No such file"),
    ],
)
def test_what_is_no_backup_is_refused(store: Store, saved: Path, spoil: Callable[[Path], Any], words: str) -> None:
    spoil(saved)
    with pytest.raises(StoreError, match=words):
        store.restore(saved)
    assert ids(store) == ["a", "b", "c"]


def test_a_database_of_another_program_is_refused(store: Store, copy: Path) -> None:
    edited("CREATE TABLE revision (pack, number)", "CREATE TABLE other (x)")(copy)
    with pytest.raises(StoreError) as caught:
        store.restore(copy)
    assert caught.value.text() == f"“{copy}”里没有本程序的数据:请选择用本程序做的备份。"


def test_the_database_is_no_backup_of_itself(store: Store, path: Path) -> None:
    with pytest.raises(StoreError, match="就是正在用的数据库:请选择一份备份"):
        store.restore(path)


def test_other_databases_have_other_ways(saved: Path) -> None:
    with pytest.raises(StoreError) as caught:
        restore("postgresql://u@h/d", saved)
    assert caught.value.text() == "PostgreSQL 数据库请用它自己的工具:pg_dump 备份,pg_restore 恢复。"
    memory = Store.open("sqlite://")
    memory.commit(PACK, put("a"))
    with pytest.raises(StoreError, match="只有存成文件的 SQLite 数据库才能恢复备份"):
        memory.restore(saved)
    assert ids(memory) == ["a"]
    memory.close()
