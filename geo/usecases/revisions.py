"""What was done to the data: history, differences, taking back, and copies of the whole."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from geo.model import PLACED
from geo.store import Conflict, Decisions, Difference, Draft, Revision
from geo.store import restore as put_back
from geo.usecases.atlas import Atlas, Author, database_address, may_write, snapshot


def remove_sample(atlas: Atlas, author: Author) -> Revision:
    """Removes every sample feature with one revision; it does not come back by itself."""
    may_write(author)
    snap = snapshot(atlas)
    frames = {layer: snap.frame(layer) for layer in PLACED}
    draft = Draft(
        kind="remove-sample",
        author=author.name,
        removals={layer: tuple(frame.loc[frame["sample"], "id"]) for layer, frame in frames.items() if len(frame)},
    )
    return atlas.store.commit(atlas.pack.id, draft)


def history(atlas: Atlas) -> tuple[Revision, ...]:
    """Every revision, newest first."""
    return atlas.store.history(atlas.pack.id)


def diff(atlas: Atlas, old: int, new: int) -> tuple[Difference, ...]:
    """What differs between two revisions, field by field."""
    return atlas.store.diff(atlas.pack.id, old, new)


def revision_at(atlas: Atlas, moment: datetime) -> int:
    """The number of the revision that was the newest at ``moment``, 0 before the first."""
    return atlas.store.at(atlas.pack.id, moment)


def conflicts(atlas: Atlas, number: int) -> tuple[Conflict, ...]:
    """The features of a revision that later ones changed: to take it back, somebody has to decide about each."""
    return atlas.store.conflicts(atlas.pack.id, number)


def undo(
    atlas: Atlas, number: int, author: Author, decisions: Decisions | None = None, expected_head: int | None = None
) -> Revision:
    """Takes revision ``number`` back with a new one; ``decisions`` say what is to be done where others changed it too.

    Raises:
        ConflictError: something is undecided, or came since ``expected_head``.
    """
    may_write(author)
    return atlas.store.undo(atlas.pack.id, number, author.name, decisions, expected_head)


def backup(atlas: Atlas, file: Path, overwrite: bool = False) -> None:
    """Copies the whole database, every pack, to ``file`` while others read and write.

    Raises:
        StoreError: it is not SQLite, ``file`` is there already, or it cannot be written.
    """
    atlas.store.backup(file, overwrite)


def restore(database_url: str | None, file: Path) -> Path | None:
    """Puts a backup in the place of the database, which need not be one that can be opened.

    Returns:
        The file that keeps what was there, None where there was nothing.

    Raises:
        StoreError: ``file`` is no whole backup, or the database cannot be written; it is then as it was.
    """
    return put_back(database_address(database_url), file)
