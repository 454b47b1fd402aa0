"""Reading the features of any revision, and adding revisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
from sqlalchemy import Connection, insert

from geo.errors import ConflictError, StoreError, UnchangedError
from geo.i18n import N_, message
from geo.model import Layer
from geo.store import evidence, mappings, quarantine, queries, undoing
from geo.store.backup import backup, restore
from geo.store.database import Database, is_file
from geo.store.differences import Difference, differences
from geo.store.features import Change, changes_of, counts, frame_of, touched
from geo.store.quarantine import By
from geo.store.revisions import SEED, UNDO, Draft, Revision, unknown
from geo.store.schema import CHANGE, REVISION
from geo.store.text import from_json, to_json
from geo.store.undoing import Conflict, Decisions
from geo.store.uploads import Quarantined, Upload

PAGE = 500  # rejected rows read at once, unless the caller says otherwise


class Store:
    """The revisions of every pack in one database. Safe to share between threads; processes may share a database.

    Every method raises StoreError when the database cannot be reached or written.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, url: str) -> Store:
        """The store at a SQLAlchemy address, made there if it is new (also the folder of a SQLite file).

        Raises:
            StoreError: the address is wrong, or the database cannot be reached or written.
        """
        return cls(Database(url))

    def backup(self, file: Path, overwrite: bool = False) -> None:
        """Copies the whole database, every pack, as of one moment to ``file``; others may write meanwhile.

        Raises:
            StoreError: it is not SQLite; ``file`` is there already, or is in use; or it cannot be written.
        """
        backup(self._database, file, overwrite)

    def restore(self, file: Path) -> Path | None:
        """Puts a backup in this database's place; see :func:`geo.store.backup.restore`."""
        if is_file(self._database.url):
            self._database.close()  # it connects anew when needed; a damaged database must not be open
        return restore(self._database.url, file)

    def close(self) -> None:
        """Lets go of the database's connections."""
        self._database.close()

    def head(self, pack_id: str) -> int:
        """The newest revision's number, 0 where there is none."""
        with self._database.reading() as conn:
            return queries.head(conn, pack_id)

    def moment(self, pack_id: str, at: int | None = None) -> tuple[int, datetime]:
        """A revision's number (None: the newest) and its time; after a backup is put back, the two together tell.

        Raises:
            NotFoundError: there is no such revision.
        """
        with self._database.reading() as conn:
            number = queries.head(conn, pack_id) if at is None else at
            found = queries.moment(conn, pack_id, number)
        if found is None:
            raise unknown(number)
        return number, found

    def last_touched(self, pack_id: str, layer: Layer, at: int) -> tuple[int, datetime | None]:
        """The newest revision up to ``at`` that changed ``layer``, and its time; (0, None) where none did.

        Two revisions for which this is the same have the same features in that layer.
        """
        with self._database.reading() as conn:
            number = queries.last_touched(conn, pack_id, layer, at)
            return number, queries.moment(conn, pack_id, number)

    def frame(self, pack_id: str, layer: Layer, at: int | None = None) -> gpd.GeoDataFrame:
        """A layer as of revision ``at`` (0: before the first), or of the newest; sorted by id.

        Raises:
            NotFoundError: there is no revision ``at``.
        """
        with self._database.reading() as conn:
            head = queries.head(conn, pack_id)
            number = head if at is None else at
            _check_known(number, head)
            features = queries.features(conn, pack_id, layer, number)
        return frame_of(layer, features)

    def at(self, pack_id: str, moment: datetime) -> int:
        """The revision that was the newest at ``moment`` (aware), 0 before the first."""
        with self._database.reading() as conn:
            return queries.at(conn, pack_id, moment)

    def diff(self, pack_id: str, old: int, new: int) -> tuple[Difference, ...]:
        """What turns revision ``old`` (0: before the first) into ``new``, by layer and id; either may be the later.

        Raises:
            NotFoundError: there is no such revision.
        """
        with self._database.reading() as conn:
            for number in (old, new):
                _check_known(number, queries.head(conn, pack_id))
            changes = queries.between(conn, pack_id, *sorted((old, new)))
        return differences(changes if old <= new else [change.reversed() for change in changes])

    def history(self, pack_id: str) -> tuple[Revision, ...]:
        """Every revision, newest first."""
        with self._database.reading() as conn:
            return queries.history(conn, pack_id)

    def seed(self, pack_id: str, frames: Mapping[Layer, gpd.GeoDataFrame], author: str, note: str = "") -> Revision:
        """Writes ``frames`` as the pack's first revision, unless it has one; returns the first revision."""
        if self.head(pack_id) == 0:
            with self._database.writing() as conn:
                # Another process may have been first while this one waited for the lock.
                if queries.head(conn, pack_id) == 0:
                    draft = Draft(SEED, author, note, upserts=frames)
                    return _append(conn, pack_id, draft, changes_of(draft, {layer: {} for layer in Layer}))
        return self.history(pack_id)[-1]

    def commit(self, pack_id: str, draft: Draft, expected_head: int | None = None) -> Revision:
        """Adds ``draft`` as the newest revision, whole or not at all, with its rejected rows and what it resolves.

        Raises:
            ConflictError: ``expected_head`` is given and is no longer the newest revision, or a rejected row that the
                draft mends was resolved before.
            NotFoundError: a rejected row that the draft mends is not there.
            UnchangedError: nothing would change.
            StoreError: the draft contradicts itself.
            CrsError: a frame has no CRS.
        """
        if draft.kind in (SEED, UNDO):
            raise StoreError(message(N_("修订种类“{kind}”由系统使用:请换一个。"), kind=draft.kind))
        with self._database.writing() as conn:
            head = queries.head(conn, pack_id)
            if expected_head not in (None, head):
                raise ConflictError(message(N_("数据已更新到第 {head} 号修订:请刷新后再试。"), head=head))
            current = {layer: queries.features(conn, pack_id, layer, head) for layer in touched(draft)}
            changes = changes_of(draft, current)
            if not changes:
                raise UnchangedError(N_("什么都不会改变,所以没有保存:内容与现有数据相同。"))
            return _append(conn, pack_id, draft, changes)

    def quarantine(self, pack_id: str, draft: Draft) -> tuple[Upload, ...]:
        """Keeps the rejected rows of a file from which nothing is stored; returns its uploads, one for each layer.

        Raises:
            StoreError: there are none, or two of a layer have the same number.
        """
        with self._database.writing() as conn:
            ids = quarantine.write(conn, pack_id, draft, queries.clock(conn, pack_id), revision=None)
            if not ids:
                raise StoreError(N_("没有要隔离的行:文件里的行都已接受。"))
            return tuple(upload for upload in quarantine.uploads(conn, pack_id) if upload.id in ids)

    def quarantined(self, pack_id: str) -> tuple[Upload, ...]:
        """Every upload of which rows were rejected, newest first, with how many are still open."""
        with self._database.reading() as conn:
            return quarantine.uploads(conn, pack_id)

    def quarantined_rows(
        self, pack_id: str, upload: int, after: int = 0, limit: int = PAGE, only_open: bool = True
    ) -> tuple[Quarantined, ...]:
        """The next ``limit`` rejected rows of an upload whose number is above ``after``, by number.

        Raises:
            NotFoundError: there is no such upload.
        """
        with self._database.reading() as conn:
            return quarantine.page(conn, pack_id, upload, after, limit, only_open)

    def discard(self, pack_id: str, upload: int, author: str, rows: Iterable[int] | None = None) -> int:
        """Takes rejected rows (None: all that are open) out of the quarantine unmended; returns how many.

        They stay readable with ``only_open=False``.

        Raises:
            NotFoundError: there is no such upload, or it has no such row.
            ConflictError: one of them was resolved before.
        """
        with self._database.writing() as conn:
            chosen = quarantine.open_rows(conn, pack_id, upload) if rows is None else rows
            by = By(author, queries.clock(conn, pack_id))
            return quarantine.resolve(conn, pack_id, upload, dict.fromkeys(chosen), by)

    def remember(self, pack_id: str, layer: Layer, shape: str, mapping: Mapping[str, Any], author: str) -> None:
        """Keeps what the columns of a file mean, for files whose header has the same ``shape`` (header_shape)."""
        with self._database.writing() as conn:
            mappings.write(conn, pack_id, layer, shape, mapping, author, queries.clock(conn, pack_id).isoformat())

    def remembered(self, pack_id: str, layer: Layer, shape: str) -> dict[str, Any] | None:
        """What :meth:`remember` kept last for such files, None where it kept nothing."""
        with self._database.reading() as conn:
            return mappings.newest(conn, pack_id, layer, shape)[1]

    def file(self, pack_id: str, sha256: str) -> bytes | None:
        """The content of a file that came as evidence, None where none with that fingerprint is kept."""
        with self._database.reading() as conn:
            return evidence.read(conn, pack_id, sha256)

    def files(self, pack_id: str) -> dict[str, int]:
        """SHA-256 -> bytes of every file that came as evidence."""
        with self._database.reading() as conn:
            return evidence.sizes(conn, pack_id)

    def conflicts(self, pack_id: str, rev: int) -> tuple[Conflict, ...]:
        """The features that :meth:`undo` of ``rev`` needs a decision about, by layer and id.

        To pass on what the person saw, ask for :meth:`head` before this.

        Raises:
            NotFoundError: there is no such revision.
            StoreError: it is the first data, or is undone already.
        """
        with self._database.reading() as conn:
            return undoing.conflicts(undoing.features(conn, pack_id, rev))

    def undo(
        self,
        pack_id: str,
        rev: int,
        author: str,
        decisions: Decisions | None = None,
        expected_head: int | None = None,
    ) -> Revision:
        """Takes revision ``rev`` back with a new revision. An undo can be undone in turn.

        Rejected rows that ``rev`` held mended wait in the quarantine again, but for those whose features are kept.

        Args:
            decisions: (layer, id) -> "keep" leaves a feature as it is now, "revert" puts it back as it was before
                ``rev``; features that no later change stands in the way of need none. The new revision's details
                tell them.
            expected_head: the newest revision when the decisions were made.

        Raises:
            NotFoundError: there is no such revision.
            ConflictError: later changes to the same features still stand and nothing is decided, or one came after
                ``expected_head``; the message names the features.
            StoreError: it is the first data, or is undone already; nothing would change; or a decision is about a
                feature that ``rev`` did not touch.
        """
        with self._database.writing() as conn:
            touched = undoing.features(conn, pack_id, rev)
            chosen = decisions or {}
            changes = undoing.backwards(touched, rev, chosen, expected_head)
            draft = Draft(UNDO, author, details=undoing.details(chosen))
            revision = _append(conn, pack_id, draft, changes, undoes=rev)
            kept = {key for key, decision in chosen.items() if decision == "keep"}
            quarantine.take_back(conn, pack_id, rev, kept, By(author, revision.at, revision.number))
            return revision


def _check_known(number: int, head: int) -> None:
    if not 0 <= number <= head:
        raise unknown(number)


def _append(conn: Connection, pack_id: str, draft: Draft, changes: list[Change], undoes: int | None = None) -> Revision:
    """Writes the revision after the newest; the caller's transaction holds the write lock."""
    done = counts(changes)
    revision = Revision(
        number=queries.head(conn, pack_id) + 1,
        kind=draft.kind,
        author=draft.author,
        at=queries.clock(conn, pack_id),
        note=draft.note,
        file_name=draft.file_name,
        file_sha256=draft.file_sha256,
        undoes=undoes,
        undone_by=None,
        added=done["add"],
        changed=done["change"],
        removed=done["remove"],
        details=from_json(to_json(dict(draft.details))),  # as it will be read
    )
    conn.execute(insert(REVISION), _revision_row(pack_id, revision))
    if changes:
        conn.execute(insert(CHANGE), [_change_row(pack_id, revision.number, change) for change in changes])
    quarantine.write(conn, pack_id, draft, revision.at, revision.number)
    evidence.write(conn, pack_id, draft.files, revision.number)
    by = By(draft.author, revision.at, revision.number)
    for upload, rows in draft.resolved.items():
        quarantine.resolve(conn, pack_id, upload, rows, by)
    return revision


def _revision_row(pack_id: str, revision: Revision) -> dict[str, object]:
    row = {column.name: getattr(revision, column.name) for column in REVISION.c if column is not REVISION.c.pack}
    return {**row, "pack": pack_id, "at": revision.at.isoformat(), "details": to_json(revision.details)}


def _change_row(pack_id: str, number: int, change: Change) -> dict[str, object]:
    before, after = change.before, change.after
    return {
        "pack": pack_id,
        "layer": change.layer.value,
        "feature_id": change.id,
        "revision": number,
        "op": change.op,
        "before_properties": before.properties if before else None,
        "before_geometry": before.geometry if before else None,
        "after_properties": after.properties if after else None,
        "after_geometry": after.geometry if after else None,
    }
