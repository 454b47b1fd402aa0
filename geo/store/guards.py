"""Triggers that keep every table append-only, for every program that opens the database."""

from __future__ import annotations

from geo.store.schema import METADATA

# Table -> the column that counts up from 1, and the columns within which it does.
_COUNTERS = {
    "revision": ("number", ("pack",)),
    "upload": ("id", ("pack",)),
    "column_map": ("number", ("pack", "layer", "shape")),
}
# Table -> the column that must name its parent's newest row, and that row's table and column.
_CHILDREN = {"change": ("revision", "revision", "number"), "quarantine": ("upload", "upload", "id")}
_TABLES = tuple(table.name for table in METADATA.sorted_tables)
_KEYS = {table.name: tuple(table.primary_key.columns.keys()) for table in METADATA.sorted_tables}


# What the statements are put together from are names of our own tables and columns, hence "noqa: S608".
def _same(columns: tuple[str, ...]) -> str:
    return " AND ".join(f"{column} = NEW.{column}" for column in columns)


def _is_out_of_order(table: str) -> str:
    counter, within = _COUNTERS[table]
    return f"NEW.{counter} <> (SELECT coalesce(max({counter}), 0) + 1 FROM {table} WHERE {_same(within)})"  # noqa: S608


def _is_of_earlier(table: str) -> str:
    column, parent, key = _CHILDREN[table]
    return f"NEW.{column} <> (SELECT max({key}) FROM {parent} WHERE pack = NEW.pack)"  # noqa: S608


def _is_there(table: str) -> str:
    return f"EXISTS (SELECT 1 FROM {table} WHERE {_same(_KEYS[table])})"  # noqa: S608


def _aborts(name: str, event: str, table: str, when: str, words: str) -> str:
    return f"""CREATE TRIGGER IF NOT EXISTS {name} BEFORE {event} ON {table} {when}
               BEGIN SELECT RAISE(ABORT, 'append-only{words}'); END"""


_SQLITE = (
    *(
        _aborts(f"{table}_in_order", "INSERT", table, f"WHEN {_is_out_of_order(table)}", f": {table} out of order")
        for table in _COUNTERS
    ),
    # INSERT OR REPLACE deletes without firing DELETE triggers, so inserting is watched as well.
    *(
        _aborts(f"{table}_once", "INSERT", table, f"WHEN {_is_there(table)}", "")
        for table in _TABLES
        if table not in _COUNTERS
    ),
    *(
        _aborts(f"{table}_of_newest", "INSERT", table, f"WHEN {_is_of_earlier(table)}", f": {table} of an earlier one")
        for table in _CHILDREN
    ),
    *(_aborts(f"{table}_no_{event}", event, table, "", "") for table in _TABLES for event in ("update", "delete")),
)


def _raises(name: str, table: str, when: str) -> tuple[str, str]:
    return (
        f"""CREATE OR REPLACE FUNCTION atlas_{name}() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN
              IF {when} THEN RAISE EXCEPTION 'append-only: {name}'; END IF;
              RETURN NEW;
            END $$""",
        f"""CREATE OR REPLACE TRIGGER {name} BEFORE INSERT ON {table}
            FOR EACH ROW EXECUTE FUNCTION atlas_{name}()""",
    )


_POSTGRESQL = (
    """CREATE OR REPLACE FUNCTION atlas_append_only() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN RAISE EXCEPTION 'append-only'; END $$""",
    *(text for table in _COUNTERS for text in _raises(f"{table}_in_order", table, _is_out_of_order(table))),
    *(text for table in _CHILDREN for text in _raises(f"{table}_of_newest", table, _is_of_earlier(table))),
    *(
        f"""CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION atlas_append_only()"""
        for table in _TABLES
    ),
)
STATEMENTS = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}
