"""Making the tables, and bringing those that an earlier program made up to date."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection, func, insert, inspect, select

from geo.errors import StoreError
from geo.i18n import N_, message
from geo.store import guards
from geo.store.schema import ATLAS_VERSION, METADATA, REVISION

VERSION = 7
DIALECTS = frozenset(guards.STATEMENTS)
_DETAILS = "details TEXT NOT NULL DEFAULT '{}'"
# Version -> table -> the column that it gets with the next one, where it is there, before new tables are made.
_ADDED: Mapping[int, Mapping[str, str]] = {
    1: {"revision": _DETAILS},
    # Roads have flags since: where a stored road says nothing of them, both are False. A program of before would drop them.
    2: {},
    # Records came in as one more layer: an earlier program would not know it.
    # Facilities have a capacity since, unknown where a stored one says nothing of it.
    3: {},
    # Files given as evidence are kept, in a table of their own. Bases have a floor area, a level and the years of both,
    # unknown where a stored one says nothing of them.
    4: {},
    5: {"upload": _DETAILS},
    6: {"resolution": "feature TEXT"},
}


def prepare(conn: Connection, shown: str) -> None:
    """Makes what is missing, inside the caller's transaction, which must hold the write lock.

    Raises:
        StoreError: a newer program made the tables of the database ``shown``.
    """
    found = version_of(conn)
    check_version(found, shown)
    if found == VERSION:
        return
    for version in range(found or VERSION, VERSION):
        for table, column in _ADDED[version].items():
            if inspect(conn).has_table(table):
                conn.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN {column}")
    METADATA.create_all(conn)
    for statement in guards.STATEMENTS[conn.dialect.name]:
        conn.exec_driver_sql(statement)
    conn.execute(insert(ATLAS_VERSION), {"version": VERSION, "at": datetime.now(UTC).isoformat()})


def version_of(conn: Connection) -> int:
    """The version of the tables, 0 where there are none."""
    tables = inspect(conn)
    if tables.has_table(ATLAS_VERSION.name):
        return conn.scalar(select(func.max(ATLAS_VERSION.c.version))) or 0
    return 1 if tables.has_table(REVISION.name) else 0


def check_version(found: int, shown: str) -> None:
    """Raises StoreError where a program of today cannot know what the tables mean."""
    if found > VERSION:
        text = N_("数据库“{url}”是更新的程序写的(结构第 {found} 版,本程序只懂第 {known} 版):请先更新程序。")
        raise StoreError(message(text, url=shown, found=found, known=VERSION))
