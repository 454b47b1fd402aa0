"""Queries: what the tables say of a pack. Every function runs in the caller's transaction."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, FromClause, Row, Subquery, and_, func, select

from geo.model import Layer
from geo.store.features import Change, Key, Stored
from geo.store.revisions import Revision
from geo.store.schema import CHANGE, REVISION
from geo.store.text import from_json

_MOST_REVISIONS = 2**31  # what the column holds


def head(conn: Connection, pack_id: str) -> int:
    """The newest revision's number, 0 where there is none."""
    newest = conn.scalar(select(func.max(REVISION.c.number)).where(REVISION.c.pack == pack_id))
    return newest or 0


def moment(conn: Connection, pack_id: str, number: int) -> datetime | None:
    """When revision ``number`` was made, None where there is none."""
    query = select(REVISION.c.at).where(REVISION.c.pack == pack_id, REVISION.c.number == number)
    at = conn.scalar(query) if abs(number) < _MOST_REVISIONS else None
    return None if at is None else datetime.fromisoformat(at)


def clock(conn: Connection, pack_id: str) -> datetime:
    """The time in UTC, but never before the newest revision's, also where a clock was set back."""
    newest = select(REVISION.c.at).where(REVISION.c.pack == pack_id).order_by(REVISION.c.number.desc()).limit(1)
    last = conn.scalar(newest)
    present = datetime.now(UTC)
    return present if last is None else max(present, datetime.fromisoformat(last))


def features(conn: Connection, pack_id: str, layer: Layer, at: int) -> dict[str, Stored]:
    """Id -> feature as of revision ``at``: the newest change of each, unless that removed it."""
    latest_first = func.row_number().over(partition_by=CHANGE.c.feature_id, order_by=CHANGE.c.revision.desc())
    ranked = (
        select(CHANGE.c.feature_id, CHANGE.c.after_properties, CHANGE.c.after_geometry, latest_first.label("rank"))
        .where(CHANGE.c.pack == pack_id, CHANGE.c.layer == layer.value, CHANGE.c.revision <= at)
        .subquery()
    )
    query = select(ranked.c.feature_id, ranked.c.after_properties, ranked.c.after_geometry).where(
        ranked.c.rank == 1, ranked.c.after_properties.is_not(None)
    )
    return {id: Stored(properties, geometry) for id, properties, geometry in conn.execute(query)}


def changes(conn: Connection, pack_id: str, number: int) -> list[Change]:
    """What revision ``number`` did."""
    query = select(
        CHANGE.c.layer,
        CHANGE.c.feature_id,
        CHANGE.c.before_properties,
        CHANGE.c.before_geometry,
        CHANGE.c.after_properties,
        CHANGE.c.after_geometry,
    ).where(CHANGE.c.pack == pack_id, CHANGE.c.revision == number)
    return [_change(*row) for row in conn.execute(query)]


def _change(
    layer: str, id: str, before: str | None, before_shape: bytes | None, after: str | None, after_shape: bytes | None
) -> Change:
    return Change(Layer(layer), id, _side(before, before_shape), _side(after, after_shape))


def _side(properties: str | None, geometry: bytes | None) -> Stored | None:
    return None if properties is None or geometry is None else Stored(properties, geometry)


def between(conn: Connection, pack_id: str, low: int, high: int, of: int | None = None) -> list[Change]:
    """What revisions ``low + 1`` to ``high`` did together, one change for each feature that they touched.

    Its sides may be equal, or both None. ``of`` asks only for the features of that revision.
    """
    span = _span(pack_id, low, high, of)
    first, last = CHANGE.alias("first"), CHANGE.alias("last")
    query = (
        select(
            span.c.layer,
            span.c.feature_id,
            first.c.before_properties,
            first.c.before_geometry,
            last.c.after_properties,
            last.c.after_geometry,
        )
        .join_from(span, first, _is_at(first, pack_id, span, "first"))
        .join(last, _is_at(last, pack_id, span, "last"))
    )
    return [_change(*row) for row in conn.execute(query)]


def _span(pack_id: str, low: int, high: int, of: int | None) -> Subquery:
    """Layer, feature_id, and the first and last revision in the span that touched it."""
    query = (
        select(
            CHANGE.c.layer,
            CHANGE.c.feature_id,
            func.min(CHANGE.c.revision).label("first"),
            func.max(CHANGE.c.revision).label("last"),
        )
        .where(CHANGE.c.pack == pack_id, CHANGE.c.revision > low, CHANGE.c.revision <= high)
        .group_by(CHANGE.c.layer, CHANGE.c.feature_id)
    )
    if of is not None:
        own = CHANGE.alias("own")
        query = query.join_from(CHANGE, own, _is_same(own, CHANGE)).where(own.c.pack == pack_id, own.c.revision == of)
    return query.subquery("span")


def _is_at(side: FromClause, pack_id: str, span: Subquery, end: str) -> ColumnElement[bool]:
    return and_(
        side.c.pack == pack_id,
        side.c.layer == span.c.layer,
        side.c.feature_id == span.c.feature_id,
        side.c.revision == span.c[end],
    )


def _is_same(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    return and_(one.c.pack == other.c.pack, one.c.layer == other.c.layer, one.c.feature_id == other.c.feature_id)


def touching(conn: Connection, pack_id: str, number: int) -> dict[Key, list[int]]:
    """Features of revision ``number`` that later ones touched -> the later ones."""
    own, later = CHANGE.alias("own"), CHANGE.alias("later")
    query = (
        select(later.c.layer, later.c.feature_id, later.c.revision)
        .join_from(own, later, _is_same(own, later))
        .where(own.c.pack == pack_id, own.c.revision == number, later.c.revision > number)
    )
    found: dict[Key, list[int]] = {}
    for layer, id, revision in conn.execute(query):
        found.setdefault((Layer(layer), id), []).append(revision)
    return found


def at(conn: Connection, pack_id: str, moment: datetime) -> int:
    """The newest revision that was there at ``moment`` (aware), 0 before the first."""
    query = select(REVISION.c.number, REVISION.c.at).where(REVISION.c.pack == pack_id)
    # Not compared as text, which leaves the fraction out where it is zero.
    return max((number for number, at in conn.execute(query) if datetime.fromisoformat(at) <= moment), default=0)


def last_touched(conn: Connection, pack_id: str, layer: Layer, at: int) -> int:
    """The newest revision up to ``at`` that changed anything in ``layer``, 0 where none did."""
    query = select(func.max(CHANGE.c.revision)).where(
        CHANGE.c.pack == pack_id, CHANGE.c.layer == layer.value, CHANGE.c.revision <= at
    )
    return conn.scalar(query) or 0


def history(conn: Connection, pack_id: str) -> tuple[Revision, ...]:
    """Every revision, newest first."""
    rows = conn.execute(select(REVISION).where(REVISION.c.pack == pack_id).order_by(REVISION.c.number.desc())).all()
    undone_by = {row.undoes: row.number for row in rows if row.undoes is not None}
    return tuple(_revision(row, undone_by.get(row.number)) for row in rows)


def _revision(row: Row[tuple[object, ...]], undone_by: int | None) -> Revision:
    return Revision(
        number=row.number,
        kind=row.kind,
        author=row.author,
        at=datetime.fromisoformat(row.at),
        note=row.note,
        file_name=row.file_name,
        file_sha256=row.file_sha256,
        undoes=row.undoes,
        undone_by=undone_by,
        added=row.added,
        changed=row.changed,
        removed=row.removed,
        details=from_json(row.details),
    )
