"""Copying a SQLite database while it is in use, and putting a copy back.

Both go through SQLite's own backup, never through the file's bytes, so that what lies in the write-ahead log counts
and no lock is broken. A restore writes the copy into the live database as one transaction under its write lock:
whoever reads meanwhile goes on seeing the old state, whoever wants to write waits, and a crash half-way leaves the
old state. Under the same lock the old state is first copied to a file beside, so that no commit falls between the two.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from uuid import uuid4

from sqlalchemy import URL

from geo.errors import StoreError
from geo.i18n import N_, message
from geo.store import database, versions
from geo.store.database import Database
from geo.store.schema import ATLAS_VERSION, CHANGE, METADATA, REVISION

_SIDECARS = ("-wal", "-shm", "-journal")
_SMALLEST = 512  # bytes of one page
_RETRY_S = 0.05
_FILE = N_("文件“{file}”读不了或写不进:请检查路径、权限和磁盘空间({detail})。")
_DAMAGED = N_("“{file}”不是完好的数据库:可能没有复制完,或不是本程序的备份。请换一份备份({detail})。")
# Queries that find nothing in a whole database of today's version.
_GAPS = (
    "SELECT * FROM pragma_foreign_key_check",
    "SELECT pack FROM revision GROUP BY pack HAVING max(number) <> count(*)",
    """SELECT number FROM revision WHERE added + changed + removed <>
       (SELECT count(*) FROM change WHERE change.pack = revision.pack AND change.revision = revision.number)""",
    """SELECT id FROM upload WHERE rejected <>
       (SELECT count(*) FROM quarantine WHERE quarantine.pack = upload.pack AND quarantine.upload = upload.id)""",
    "SELECT sha256 FROM evidence WHERE size <> length(content)",
)

Progress = Callable[[int, int, int], None]  # a step's result, pages left, pages in all


def backup(live: Database, file: Path, overwrite: bool = False) -> None:
    """Copies the database as of one moment to ``file``, whole or not at all, while others read and write.

    Raises:
        StoreError: it is not SQLite; ``file`` is there already, or is in use; or it cannot be written.
    """
    _check_sqlite(live.url)
    target = file.absolute()
    _check_free(target, live.url, overwrite)
    with _faults_of(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    with live.raw() as source:
        _publish(source, target, _patient(live.url), lambda: _check_free(target, live.url, overwrite))


def restore(url: str | URL, file: Path) -> Path | None:
    """Puts a backup in the place of the database at ``url``, and keeps what was there.

    Others may have the database open, unless it is too damaged for SQLite to open.

    Returns:
        The file beside it that keeps the replaced database; None where there was none.

    Raises:
        StoreError: it is not a SQLite file; ``file`` is no whole backup, or a newer program's; or the database is busy
            or cannot be written. The database is then as it was.
    """
    place = database.address(url)
    _check_sqlite(place)
    if not database.is_file(place):
        raise StoreError(N_("只有存成文件的 SQLite 数据库才能恢复备份:请检查数据库地址。"))
    if _is_live(file, place):
        raise StoreError(message(N_("“{file}”就是正在用的数据库:请选择一份备份。"), file=file))
    with database.explained(database.shown(place)):
        _path(place).parent.mkdir(parents=True, exist_ok=True)
        with _staged(file, place) as staged:
            return _replace(place, staged)


# --- copies --------------------------------------------------------------------------------------------------------


def _publish(source: sqlite3.Connection, target: Path, progress: Progress, check: Callable[[], None]) -> None:
    """Copies ``source`` to ``target``, which appears only when it is whole, on the disk, and ``check`` lets it."""
    part = _beside(target)
    try:
        with _faults_of(target):
            with closing(sqlite3.connect(part)) as copy:
                source.backup(copy, progress=progress, sleep=_RETRY_S)  # all pages in one step: of one moment
                copy.execute("PRAGMA journal_mode=DELETE")  # one file, readable where nothing can be written
            _sync(part)
            check()
            part.replace(target)
            _sync(target.parent)
    finally:
        _discard(part)


@contextmanager
def _staged(file: Path, place: URL) -> Iterator[Path]:
    """A checked copy of the backup beside the database, brought up to date; gone in the end."""
    staged = _beside(_path(place))
    try:
        with _damage_of(file), _faults_of(file):
            if (size := file.stat().st_size) < _SMALLEST:  # SQLite would take it for a new database
                raise StoreError(message(_DAMAGED, file=file, detail=f"{size} bytes"))
            with closing(_read(file)) as source, closing(sqlite3.connect(staged)) as copy:
                source.backup(copy, progress=_patient(place), sleep=_RETRY_S)
            _check_ours(staged, file)
            Database(URL.create("sqlite", database=str(staged))).close()
            _check_whole(staged, file)
        yield staged
    finally:
        _discard(staged)


def _beside(file: Path) -> Path:
    return file.with_name(f".{file.name}.{uuid4().hex}.part")


def _read(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)


def _patient(url: URL) -> Progress:
    """Calls a backup off, by raising, when another program holds the lock for too long."""
    until = time.monotonic() + database.patience_s(url)

    def step(status: int, _left: int, _pages: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > until:
            raise StoreError(message(database.BUSY, url=database.shown(url)))

    return step


def _sync(path: Path) -> None:
    """Waits until the file, or what the folder says of its files, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _discard(file: Path) -> None:
    for path in (file, *_sidecars(file)):
        path.unlink(missing_ok=True)


def _sidecars(file: Path) -> tuple[Path, ...]:
    return tuple(file.with_name(file.name + suffix) for suffix in _SIDECARS)


# --- replacing -----------------------------------------------------------------------------------------------------


def _replace(place: URL, staged: Path) -> Path | None:
    """Puts ``staged`` in the database's place; returns where the old one is kept."""
    live, aside = _path(place), _aside(_path(place))
    try:
        with closing(sqlite3.connect(live, timeout=database.patience_s(place))) as target:
            database.use_wal(target, database.patience_s(place))
            target.execute("PRAGMA synchronous=FULL")
            _fit_pages(staged, target)
            _write_over(target, staged, place, aside)
    except sqlite3.DatabaseError as fault:
        if not _is_damage(fault):
            raise
        _swap(live, staged, aside)
    return aside if aside.exists() else None


def _write_over(target: sqlite3.Connection, staged: Path, place: URL, aside: Path) -> None:
    """Writes ``staged`` over the live database, once ``aside`` holds what was there."""
    patient = _patient(place)
    waiting = iter([True])

    def step(status: int, left: int, pages: int) -> None:
        patient(status, left, pages)
        # The first page takes the write lock, which is held until the last; there are many pages in any database.
        if status == sqlite3.SQLITE_OK and next(waiting, False):
            _keep(place, aside)

    with closing(sqlite3.connect(staged)) as source:
        try:
            source.backup(target, pages=1, progress=step, sleep=_RETRY_S)
        except (sqlite3.Error, StoreError):
            aside.unlink(missing_ok=True)  # nothing was replaced
            raise


def _keep(place: URL, aside: Path) -> None:
    """Copies the live database to ``aside``, unless it is new and empty."""
    with closing(_read(_path(place))) as reader:
        if reader.execute("SELECT count(*) FROM sqlite_master").fetchone() != (0,):
            _publish(reader, aside, _patient(place), lambda: None)


def _fit_pages(staged: Path, target: sqlite3.Connection) -> None:
    """Gives the copy the live database's page size, which cannot change while that is open."""
    (size,) = target.execute("PRAGMA page_size").fetchone()
    with closing(sqlite3.connect(staged)) as copy:
        if copy.execute("PRAGMA page_size").fetchone() != (size,):
            copy.execute("PRAGMA journal_mode=DELETE")
            copy.execute(f"PRAGMA page_size={size}")
            copy.execute("VACUUM")


def _swap(live: Path, staged: Path, aside: Path) -> None:
    """Replaces a file that SQLite cannot open.

    Whoever has it open has its log open as well, and would delete the new file's in its stead.
    """
    if any(path.exists() for path in _sidecars(live)):
        text = N_("数据库“{file}”已损坏,而有程序还开着它,或旁边留有 -wal 文件:请停下程序,把它们都移到别处,再恢复。")
        raise StoreError(message(text, file=live))
    with _faults_of(live):
        shutil.copyfile(live, aside)
        _sync(aside)
        staged.replace(live)
        _sync(live.parent)


def _aside(live: Path) -> Path:
    """A free name beside the database for what it was."""
    stem = f"{live.stem}.replaced-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    names = (f"{stem}{f'-{number}' if number else ''}{live.suffix}" for number in count())
    return next(path for name in names if not (path := live.with_name(name)).exists())


# --- checks --------------------------------------------------------------------------------------------------------


def _check_sqlite(url: URL) -> None:
    if url.get_backend_name() != "sqlite":
        raise StoreError(N_("PostgreSQL 数据库请用它自己的工具:pg_dump 备份,pg_restore 恢复。"))


def _check_free(file: Path, live: URL, overwrite: bool) -> None:
    if _is_live(file, live):
        raise StoreError(message(N_("“{file}”就是正在用的数据库:备份请换一个名字。"), file=file))
    if file.exists() and not overwrite:
        raise StoreError(message(N_("文件“{file}”已存在:请换一个名字,或指明要覆盖它。"), file=file))
    if any(path.exists() for path in _sidecars(file)):
        # SQLite would take another database's log for the copy's own.
        text = N_("文件“{file}”正被当作数据库打开,或旁边留有它的 -wal 文件:请关闭它,或换一个名字。")
        raise StoreError(message(text, file=file))


def _check_ours(staged: Path, file: Path) -> None:
    with closing(sqlite3.connect(staged)) as raw:
        found = _columns(raw)
        for table in (REVISION, CHANGE):
            if not set(table.columns.keys()) - {"details"} <= found.get(table.name, set()):
                raise StoreError(message(N_("“{file}”里没有本程序的数据:请选择用本程序做的备份。"), file=file))
        if ATLAS_VERSION.name in found:
            (version,) = raw.execute("SELECT max(version) FROM atlas_version").fetchone()
            versions.check_version(version, str(file))


def _check_whole(staged: Path, file: Path) -> None:
    with closing(sqlite3.connect(staged)) as raw:
        found = _columns(raw)
        lost = [t.name for t in METADATA.sorted_tables if not set(t.columns.keys()) <= found.get(t.name, set())]
        faults = lost or [str(row[0]) for row in raw.execute("PRAGMA integrity_check(1)") if row != ("ok",)]
        faults = faults or [str(row) for query in _GAPS for row in raw.execute(query).fetchmany(1)]
    if faults:
        raise StoreError(message(_DAMAGED, file=file, detail=faults[0]))


def _columns(raw: sqlite3.Connection) -> dict[str, set[str]]:
    """Table -> its columns."""
    query = "SELECT m.name, c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table'"
    found: dict[str, set[str]] = {}
    for table, column in raw.execute(query):
        found.setdefault(table, set()).add(column)
    return found


def _path(url: URL) -> Path:
    return Path(str(url.database))


def _is_live(file: Path, live: URL) -> bool:
    return database.is_file(live) and file.exists() and _path(live).exists() and file.samefile(_path(live))


def _is_damage(fault: sqlite3.Error) -> bool:
    code = getattr(fault, "sqlite_errorcode", 0) & 0xFF  # without what SQLite adds to it
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@contextmanager
def _faults_of(file: Path) -> Iterator[None]:
    """Says of what goes wrong that it is about ``file``; damage goes on to those who know what is damaged."""
    try:
        yield
    except OSError as fault:
        raise StoreError(message(_FILE, file=file, detail=fault.strerror or str(fault))) from fault
    except sqlite3.Error as fault:
        if _is_damage(fault):
            raise
        raise StoreError(message(_FILE, file=file, detail=str(fault))) from fault


@contextmanager
def _damage_of(file: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as fault:
        raise StoreError(message(_DAMAGED, file=file, detail=str(fault))) from fault
