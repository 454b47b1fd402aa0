"""Writing and reading the rows that were not accepted. Nothing is deleted: a row leaves by a resolution."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, insert, select

from geo.errors import ConflictError, NotFoundError, StoreError
from geo.i18n import N_, Listed, message
from geo.model import Layer
from geo.store.features import Key, listed
from geo.store.revisions import Draft
from geo.store.schema import QUARANTINE, RESOLUTION, REVISION, UPLOAD
from geo.store.text import from_json, to_json
from geo.store.uploads import Quarantined, Rejected, Resolution, Upload


@dataclass(frozen=True)
class By:
    """Who resolves rows, when, and with which revision (None: discarded)."""

    author: str
    at: datetime
    revision: int | None = None


def write(conn: Connection, pack_id: str, draft: Draft, at: datetime, revision: int | None) -> tuple[int, ...]:
    """Writes the draft's rejected rows, an upload for each layer that has some, and takes out those that they replace;
    returns the uploads' ids.

    Raises:
        StoreError: two rows of one layer have the same number.
        NotFoundError, ConflictError: a row that is replaced is not there, or was resolved before.
    """
    wanted = [(layer, rows) for layer in Layer if (rows := draft.quarantine.get(layer, ()))]
    for _layer, rows in wanted:
        _check_numbers(rows)
    for upload, numbers in draft.replaced.items():
        resolve(conn, pack_id, upload, dict.fromkeys(numbers), By(draft.author, at))
    return tuple(_write_upload(conn, pack_id, draft, layer, rows, at, revision) for layer, rows in wanted)


def resolve(conn: Connection, pack_id: str, upload: int, rows: Mapping[int, str | None], by: By) -> int:
    """Takes rows out of the quarantine, each with the id of what it became (None: nothing); returns how many.

    Raises:
        NotFoundError: there is no such upload, or it has no such row.
        ConflictError: one of them was resolved before.
    """
    states = _states(conn, pack_id, upload)
    numbers = sorted(rows)
    if unknown := [row for row in numbers if row not in states]:
        text = N_("第 {upload} 次上传的隔离区里没有这些行:{rows}。请刷新后再看。")
        raise NotFoundError(message(text, upload=upload, rows=_numbered(unknown)))
    if done := [row for row in numbers if states[row]]:
        text = N_("第 {upload} 次上传的这些行已经处理过:{rows}。请刷新后再看。")
        raise ConflictError(message(text, upload=upload, rows=_numbered(done)))
    key = {"pack": pack_id, "upload": upload, "revision": by.revision, "author": by.author, "at": by.at.isoformat()}
    if numbers:
        conn.execute(insert(RESOLUTION), [{**key, "row_number": row, "feature": rows[row]} for row in numbers])
    return len(numbers)


def take_back(conn: Connection, pack_id: str, undone: int, kept: Set[Key], by: By) -> None:
    """What undoing revision ``undone`` does here: rows that it held mended wait again, as an upload of the undo, but for
    those whose features are ``kept``.

    Where ``undone`` was itself an undo, the rows that it made wait are held, mended, once more.
    """
    key = REVISION.c.pack == pack_id, REVISION.c.number == undone
    was_undo = conn.scalar(select(REVISION.c.undoes).where(*key)) is not None
    for upload in uploads(conn, pack_id):
        if mended := _mended_by(conn, pack_id, upload, undone, kept):
            _write_upload(conn, pack_id, _again(upload, by), upload.layer, mended, by.at, by.revision)
        if was_undo and upload.revision == undone:
            resolve(conn, pack_id, upload.id, dict.fromkeys(open_rows(conn, pack_id, upload.id)), by)


def open_rows(conn: Connection, pack_id: str, upload: int) -> list[int]:
    """The numbers of the rows that nobody has resolved yet."""
    return [row for row, done in _states(conn, pack_id, upload).items() if not done]


def uploads(conn: Connection, pack_id: str) -> tuple[Upload, ...]:
    """Every upload with rejected rows, newest first."""
    counts = select(RESOLUTION.c.upload, func.count()).where(RESOLUTION.c.pack == pack_id).group_by(RESOLUTION.c.upload)
    resolved = {row[0]: row[1] for row in conn.execute(counts)}
    found = conn.execute(select(UPLOAD).where(UPLOAD.c.pack == pack_id).order_by(UPLOAD.c.id.desc()))
    return tuple(_upload(row, resolved.get(row.id, 0)) for row in found)


def page(
    conn: Connection, pack_id: str, upload: int, after: int, limit: int, only_open: bool
) -> tuple[Quarantined, ...]:
    """Up to ``limit`` rows whose number is above ``after``, by number.

    Raises:
        NotFoundError: there is no such upload.
    """
    _check_upload(conn, pack_id, upload)
    query = (
        select(QUARANTINE)
        .where(QUARANTINE.c.pack == pack_id, QUARANTINE.c.upload == upload, QUARANTINE.c.row_number > after)
        .order_by(QUARANTINE.c.row_number)
        .limit(limit)
    )
    if only_open:
        query = query.where(QUARANTINE.c.row_number.not_in(_resolved(pack_id, upload, RESOLUTION.c.row_number)))
    rows = conn.execute(query).all()
    done = {} if only_open or not rows else _resolutions(conn, pack_id, upload, after, rows[-1].row_number)
    return tuple(
        Quarantined(row.row_number, from_json(row.feature), tuple(from_json(row.reasons)), done.get(row.row_number))
        for row in rows
    )


def _mended_by(conn: Connection, pack_id: str, upload: Upload, revision: int, kept: Set[Key]) -> list[Rejected]:
    by_it = RESOLUTION.c.revision == revision
    features = _resolved(pack_id, upload.id, RESOLUTION.c.row_number, RESOLUTION.c.feature).where(by_it)
    became = {row.row_number: row.feature for row in conn.execute(features)}
    query = (
        select(QUARANTINE)
        .where(QUARANTINE.c.pack == pack_id, QUARANTINE.c.upload == upload.id)
        .where(QUARANTINE.c.row_number.in_(_resolved(pack_id, upload.id, RESOLUTION.c.row_number).where(by_it)))
        .order_by(QUARANTINE.c.row_number)
    )
    return [
        Rejected(row.row_number, from_json(row.feature), from_json(row.reasons))
        for row in conn.execute(query)
        if (upload.layer, became[row.row_number]) not in kept
    ]


def _again(upload: Upload, by: By) -> Draft:
    return Draft("undo", by.author, file_name=upload.file_name, file_sha256=upload.file_sha256, details=upload.details)


def _write_upload(
    conn: Connection,
    pack_id: str,
    draft: Draft,
    layer: Layer,
    rows: Sequence[Rejected],
    at: datetime,
    revision: int | None,
) -> int:
    newest = conn.scalar(select(func.max(UPLOAD.c.id)).where(UPLOAD.c.pack == pack_id)) or 0
    record = {
        "pack": pack_id,
        "id": newest + 1,
        "layer": layer.value,
        "file_name": draft.file_name,
        "file_sha256": draft.file_sha256,
        "author": draft.author,
        "at": at.isoformat(),
        "revision": revision,
        "accepted": len(draft.upserts.get(layer, ())),
        "rejected": len(rows),
        "details": to_json(dict(draft.details)),
    }
    conn.execute(insert(UPLOAD), record)
    conn.execute(insert(QUARANTINE), [_row(pack_id, newest + 1, row) for row in rows])
    return newest + 1


def _row(pack_id: str, upload: int, rejected: Rejected) -> dict[str, Any]:
    return {
        "pack": pack_id,
        "upload": upload,
        "row_number": int(rejected.row),
        "feature": to_json(rejected.feature),
        "reasons": to_json([dict(reason) for reason in rejected.reasons]),
    }


def _states(conn: Connection, pack_id: str, upload: int) -> dict[int, bool]:
    """Row number -> is it resolved?"""
    _check_upload(conn, pack_id, upload)
    own = QUARANTINE.c.pack == pack_id, QUARANTINE.c.upload == upload
    done = set(conn.scalars(_resolved(pack_id, upload, RESOLUTION.c.row_number)))
    return {row: row in done for row in conn.scalars(select(QUARANTINE.c.row_number).where(*own))}


# Resolutions are asked for by themselves: PostgreSQL knows nothing yet of rows that were written a moment ago, and
# would join 100,000 with as many one by one.
def _resolved(pack_id: str, upload: int, *columns: ColumnElement[Any]) -> Select[Any]:
    return select(*columns).where(RESOLUTION.c.pack == pack_id, RESOLUTION.c.upload == upload)


def _resolutions(conn: Connection, pack_id: str, upload: int, after: int, last: int) -> dict[int, Resolution]:
    """Row number -> what became of it, for rows above ``after`` up to ``last``."""
    query = _resolved(pack_id, upload, *RESOLUTION.c).where(
        RESOLUTION.c.row_number > after, RESOLUTION.c.row_number <= last
    )
    return {
        row.row_number: Resolution(row.revision, row.author, datetime.fromisoformat(row.at))
        for row in conn.execute(query)
    }


def _check_upload(conn: Connection, pack_id: str, upload: int) -> None:
    if conn.scalar(select(UPLOAD.c.id).where(UPLOAD.c.pack == pack_id, UPLOAD.c.id == upload)) is None:
        raise NotFoundError(message(N_("没有第 {upload} 次上传:请刷新后再看。"), upload=upload))


def _upload(row: Row[Any], resolved: int) -> Upload:
    return Upload(
        id=row.id,
        layer=Layer(row.layer),
        file_name=row.file_name,
        file_sha256=row.file_sha256,
        author=row.author,
        at=datetime.fromisoformat(row.at),
        revision=row.revision,
        accepted=row.accepted,
        rejected=row.rejected,
        open=row.rejected - resolved,
        details=from_json(row.details),
    )


def _check_numbers(rows: Sequence[Rejected]) -> None:
    twice = sorted(row for row, times in Counter(rejected.row for rejected in rows).items() if times > 1)
    if twice:
        raise StoreError(
            message(N_("一次上传里行号重复,不能隔离:{rows}。请让每行各有一个行号。"), rows=_numbered(twice))
        )


def _numbered(rows: Iterable[int]) -> Listed:
    return listed(str(row) for row in rows)
