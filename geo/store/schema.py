"""Tables and triggers, for SQLite and PostgreSQL.

A revision's number counts up from 1 within its pack. A change holds a feature before and after, so that a revision
can be taken back without replaying the ones before it. Rows are only ever inserted: triggers refuse the rest, for
every program that opens the database.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

METADATA = MetaData()

REVISION = Table(
    "revision",
    METADATA,
    Column("pack", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("at", Text, nullable=False),  # ISO 8601 in UTC: SQLite has no time type that keeps the zone
    Column("note", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("file_sha256", Text, nullable=False),
    Column("undoes", Integer),
    Column("added", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("removed", Integer, nullable=False),
    ForeignKeyConstraint(["pack", "undoes"], ["revision.pack", "revision.number"]),
    UniqueConstraint("pack", "undoes"),
    CheckConstraint("(kind = 'undo') = (undoes IS NOT NULL)"),
)

CHANGE = Table(
    "change",
    METADATA,
    Column("pack", Text, primary_key=True),
    Column("layer", Text, primary_key=True),
    Column("feature_id", Text, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("op", Text, nullable=False),
    Column("before_properties", Text),  # JSON
    Column("before_geometry", LargeBinary),  # WKB, EPSG:4326
    Column("after_properties", Text),
    Column("after_geometry", LargeBinary),
    ForeignKeyConstraint(["pack", "revision"], ["revision.pack", "revision.number"]),
    CheckConstraint("op IN ('add', 'change', 'remove')"),
    CheckConstraint("(op = 'add') = (before_properties IS NULL)"),
    CheckConstraint("(op = 'remove') = (after_properties IS NULL)"),
    CheckConstraint("(before_properties IS NULL) = (before_geometry IS NULL)"),
    CheckConstraint("(after_properties IS NULL) = (after_geometry IS NULL)"),
)
Index("change_by_revision", CHANGE.c.pack, CHANGE.c.revision)

# INSERT OR REPLACE deletes without firing DELETE triggers, so inserting is watched as well.
_SQLITE = (
    """CREATE TRIGGER IF NOT EXISTS revision_in_order BEFORE INSERT ON revision
       WHEN NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM revision WHERE pack = NEW.pack)
       BEGIN SELECT RAISE(ABORT, 'append-only: revision out of order'); END""",
    """CREATE TRIGGER IF NOT EXISTS change_of_newest BEFORE INSERT ON change
       WHEN NEW.revision <> (SELECT max(number) FROM revision WHERE pack = NEW.pack)
         OR EXISTS (SELECT 1 FROM change WHERE pack = NEW.pack AND layer = NEW.layer
                    AND feature_id = NEW.feature_id AND revision = NEW.revision)
       BEGIN SELECT RAISE(ABORT, 'append-only: change of an earlier revision'); END""",
    *(
        f"""CREATE TRIGGER IF NOT EXISTS {table}_no_{event} BEFORE {event} ON {table}
            BEGIN SELECT RAISE(ABORT, 'append-only'); END"""
        for table in ("revision", "change")
        for event in ("update", "delete")
    ),
)
_POSTGRESQL = (
    """CREATE OR REPLACE FUNCTION atlas_append_only() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'append-only'; END $$""",
    """CREATE OR REPLACE FUNCTION atlas_revision_in_order() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN
         IF NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM revision WHERE pack = NEW.pack) THEN
           RAISE EXCEPTION 'append-only: revision out of order';
         END IF;
         RETURN NEW;
       END $$""",
    """CREATE OR REPLACE FUNCTION atlas_change_of_newest() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN
         IF NEW.revision <> (SELECT max(number) FROM revision WHERE pack = NEW.pack) THEN
           RAISE EXCEPTION 'append-only: change of an earlier revision';
         END IF;
         RETURN NEW;
       END $$""",
    """CREATE OR REPLACE TRIGGER revision_in_order BEFORE INSERT ON revision
       FOR EACH ROW EXECUTE FUNCTION atlas_revision_in_order()""",
    """CREATE OR REPLACE TRIGGER change_of_newest BEFORE INSERT ON change
       FOR EACH ROW EXECUTE FUNCTION atlas_change_of_newest()""",
    *(
        f"""CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION atlas_append_only()"""
        for table in ("revision", "change")
    ),
)
_TRIGGERS = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}
DIALECTS = frozenset(_TRIGGERS)


def create(conn: Connection) -> None:
    """Makes what is missing, inside the caller's transaction, which must hold the write lock."""
    METADATA.create_all(conn)
    for statement in _TRIGGERS[conn.dialect.name]:
        conn.exec_driver_sql(statement)
