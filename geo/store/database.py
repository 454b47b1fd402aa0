"""Opening the database and its transactions; every database error leaves here as a StoreError that says what to do."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from geo.errors import StoreError
from geo.i18n import N_, message
from geo.store import versions

_BUSY_S = 30.0  # how long a writer waits for another; "?timeout=" in the address changes it
_RETRY_S = 0.05
_LOCK_OPEN = 7_310_442  # any number: the PostgreSQL advisory lock that one process holds while it makes the tables
BUSY = N_("数据库“{url}”正被别的程序占用:请过一会儿再试。")


class Database:
    """An engine whose transactions are either reading (one moment's picture) or writing (one at a time)."""

    def __init__(self, url: str | URL) -> None:
        """Connects and makes the tables; those of an earlier program are brought up to date.

        Raises:
            StoreError: the address is wrong, or the database cannot be reached or written, or is a newer program's.
        """
        self.url = address(url)
        self.shown = shown(self.url)
        with explained(self.shown):
            self._engine = self._make_engine()
            try:
                self._make_tables()
            except Exception:
                self._engine.dispose()
                raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction whose queries all see the same moment, whatever is written meanwhile."""
        # SQLite's transactions are so by themselves; PostgreSQL's only at this level.
        options = {} if self.url.get_backend_name() == "sqlite" else {"isolation_level": "REPEATABLE READ"}
        with explained(self.shown), self._engine.connect().execution_options(**options) as conn, conn.begin():
            yield conn

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that no other writer overlaps; it is rolled back whole when anything is raised inside."""
        with explained(self.shown), self._engine.connect().execution_options(atlas_writes=True) as conn, conn.begin():
            if conn.dialect.name == "postgresql":
                conn.exec_driver_sql("LOCK TABLE revision IN SHARE ROW EXCLUSIVE MODE")
            yield conn

    @contextmanager
    def raw(self) -> Iterator[sqlite3.Connection]:
        """SQLite's own connection, outside any transaction."""
        with explained(self.shown):
            connection = self._engine.raw_connection()
            try:
                yield cast("sqlite3.Connection", connection.driver_connection)
            finally:
                connection.close()

    def close(self) -> None:
        self._engine.dispose()

    def _make_engine(self) -> Engine:
        if self.url.get_backend_name() != "sqlite":
            # Whatever the server's default: a writer that has waited for the lock must see what was written meanwhile.
            return create_engine(self.url, isolation_level="READ COMMITTED", pool_pre_ping=True)
        _make_folder(self.url)
        engine = create_engine(self.url, **_sqlite_options(self.url))
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _make_tables(self) -> None:
        if self.url.get_backend_name() == "sqlite":
            with self.raw() as raw:
                use_wal(raw, patience_s(self.url))
        with self._engine.connect().execution_options(atlas_writes=True) as conn, conn.begin():
            if conn.dialect.name == "postgresql":
                conn.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK_OPEN})")
            versions.prepare(conn, self.shown)


@contextmanager
def explained(shown: str) -> Iterator[None]:
    """Turns what goes wrong with the database ``shown`` into a StoreError that says what to do."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as fault:
        text = BUSY if is_busy(fault) else N_("数据库“{url}”读不了或写不进:请检查地址、权限和磁盘空间({detail})。")
        raise StoreError(message(text, url=shown, detail=_cause(fault))) from fault
    except OSError as fault:
        text = N_("数据库“{url}”的文件夹建不了:请换一个可写的位置({detail})。")
        raise StoreError(message(text, url=shown, detail=fault.strerror or str(fault))) from fault
    except ModuleNotFoundError as fault:
        text = N_("连接数据库“{url}”缺少程序包 {package}:请先安装它。")
        raise StoreError(message(text, url=shown, package=fault.name)) from fault
    except UnicodeError as fault:
        raise StoreError(N_("有文字含有不能保存的字符:请用 UTF-8 重新保存文件后再试。")) from fault


def address(url: str | URL) -> URL:
    """The address, a SQLite path made absolute.

    Raises:
        StoreError: it cannot be read, or is of another kind of database.
    """
    return _resolved(_parsed(url))


def shown(url: URL) -> str:
    """The address as a message may show it."""
    return url.render_as_string(hide_password=True)


def _parsed(url: str | URL) -> URL:
    try:
        parsed = make_url(url)
        known = parsed.get_dialect().name in versions.DIALECTS and patience_s(parsed) >= 0
    except (SQLAlchemyError, TypeError, ValueError):
        known = False
    if not known:
        # The address is not shown: one that cannot be parsed may have a password anywhere in it.
        raise StoreError(N_("数据库地址看不懂:请写成 sqlite:///var/atlas.db 或 postgresql://用户@主机/库名 的样子。"))
    return parsed


def _resolved(url: URL) -> URL:
    """A SQLite path is relative to the folder in which the program was started, also after it changes folder."""
    return url.set(database=str(Path(str(url.database)).absolute())) if is_file(url) else url


def is_file(url: URL) -> bool:
    """Is it a SQLite file by its plain path?"""
    on_disk = url.database not in (None, "", ":memory:") and "uri" not in url.query
    return url.get_backend_name() == "sqlite" and on_disk


def _make_folder(url: URL) -> None:
    if is_file(url):
        Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)


def patience_s(url: URL) -> float:
    """How long a writer waits for another, in seconds."""
    return float(str(url.query.get("timeout", _BUSY_S)))


def _sqlite_options(url: URL) -> dict[str, Any]:
    arguments: dict[str, Any] = {"check_same_thread": False, "timeout": patience_s(url)}
    if is_file(url):
        return {"connect_args": arguments, "poolclass": QueuePool}
    # A database in memory lives in its connection: threads take turns with the only one.
    return {"connect_args": arguments, "poolclass": QueuePool, "pool_size": 1, "max_overflow": 0}


def _set_up_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late to lock: see _begin_sqlite
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=FULL")  # an acknowledged revision survives a power cut


def _begin_sqlite(conn: Connection) -> None:
    """Takes the write lock at once: a lock taken at the first write could not wait for another writer."""
    conn.exec_driver_sql("BEGIN IMMEDIATE" if conn.get_execution_options().get("atlas_writes") else "BEGIN")


def use_wal(connection: sqlite3.Connection, patience_s: float) -> None:
    """Readers then never wait for a writer. The mode stays with the file; in memory there is no such mode.

    SQLite does not wait for another program's lock before it changes the mode, so this does.
    """
    until = time.monotonic() + patience_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as fault:
            if not is_busy(fault) or time.monotonic() > until:
                raise
            time.sleep(_RETRY_S)
        else:
            return


def is_busy(fault: Exception) -> bool:
    """Did another program hold the lock for too long?"""
    cause = fault.orig if isinstance(fault, DBAPIError) else fault
    return isinstance(cause, sqlite3.Error) and getattr(cause, "sqlite_errorname", "").startswith("SQLITE_BUSY")


def _cause(fault: Exception) -> str:
    """The driver's own words, without SQLAlchemy's statement and parameters."""
    return str(fault.orig) if isinstance(fault, DBAPIError) else str(fault)
