"""Tables, for SQLite and PostgreSQL.

A revision's number counts up from 1 within its pack. A change holds a feature before and after, so that a revision
can be taken back without replaying the ones before it. An upload holds the rows of a file that were not accepted
(its quarantine); what became of such a row is a row of its own (its resolution). Rows are only ever inserted:
:mod:`geo.store.guards` refuses the rest. :mod:`geo.store.versions` makes the tables and brings earlier ones up to date.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
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
    Column("details", Text, nullable=False, server_default="{}"),  # JSON object
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

UPLOAD = Table(
    "upload",
    METADATA,
    Column("pack", Text, primary_key=True),
    Column("id", Integer, primary_key=True, autoincrement=False),  # counts up from 1 within the pack
    Column("layer", Text, nullable=False),
    Column("file_name", Text, nullable=False),
    Column("file_sha256", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("revision", Integer),  # the one that holds the good rows, if there were any
    Column("accepted", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Column("details", Text, nullable=False, server_default="{}"),  # JSON object: how the file was read
    ForeignKeyConstraint(["pack", "revision"], ["revision.pack", "revision.number"]),
)

QUARANTINE = Table(
    "quarantine",
    METADATA,
    Column("pack", Text, primary_key=True),
    Column("upload", Integer, primary_key=True, autoincrement=False),
    Column("row_number", Integer, primary_key=True, autoincrement=False),
    Column("feature", Text, nullable=False),  # JSON
    Column("reasons", Text, nullable=False),  # JSON array of objects
    ForeignKeyConstraint(["pack", "upload"], ["upload.pack", "upload.id"]),
)

# The key lets each row of the quarantine be resolved once; to be open is to have no row here.
RESOLUTION = Table(
    "resolution",
    METADATA,
    Column("pack", Text, primary_key=True),
    Column("upload", Integer, primary_key=True, autoincrement=False),
    Column("row_number", Integer, primary_key=True, autoincrement=False),
    Column("revision", Integer),  # the one that holds the mended row; NULL: somebody discarded it
    Column("author", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("feature", Text),  # id of what the row became; NULL: discarded, still wrong in a new upload, or not known
    ForeignKeyConstraint(
        ["pack", "upload", "row_number"], ["quarantine.pack", "quarantine.upload", "quarantine.row_number"]
    ),
    ForeignKeyConstraint(["pack", "revision"], ["revision.pack", "revision.number"]),
)

COLUMN_MAP = Table(
    "column_map",
    METADATA,
    Column("pack", Text, primary_key=True),
    Column("layer", Text, primary_key=True),
    Column("shape", Text, primary_key=True),  # geo.store.mappings.header_shape
    Column("number", Integer, primary_key=True, autoincrement=False),  # counts up from 1; the newest holds
    Column("mapping", Text, nullable=False),  # JSON object
    Column("author", Text, nullable=False),
    Column("at", Text, nullable=False),
)

# A file that somebody gave as evidence; the records that speak of it name it and have its fingerprint.
EVIDENCE = Table(
    "evidence",
    METADATA,
    Column("pack", Text, primary_key=True),
    Column("sha256", Text, primary_key=True),
    Column("revision", Integer, nullable=False),  # the one that brought it first
    Column("size", Integer, nullable=False),  # bytes
    Column("content", LargeBinary, nullable=False),
    ForeignKeyConstraint(["pack", "revision"], ["revision.pack", "revision.number"]),
)

# One row for each version that the tables have had here; a database of version 1 has no such table.
ATLAS_VERSION = Table(
    "atlas_version",
    METADATA,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
)
