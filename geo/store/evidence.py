"""Files that revisions brought along as evidence, each kept once, by its fingerprint.

An undo leaves them: it can itself be undone, and then speaks of them again.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, insert, select

from geo.store.schema import EVIDENCE


def write(conn: Connection, pack_id: str, files: Mapping[str, bytes], revision: int) -> None:
    """Keeps ``files`` (SHA-256 -> content); those that are kept already are passed over."""
    known = sizes(conn, pack_id)
    rows = [
        {"pack": pack_id, "sha256": sha256, "revision": revision, "size": len(content), "content": content}
        for sha256, content in files.items()
        if sha256 not in known
    ]
    if rows:
        conn.execute(insert(EVIDENCE), rows)


def read(conn: Connection, pack_id: str, sha256: str) -> bytes | None:
    """The content, None where it is not kept."""
    query = select(EVIDENCE.c.content).where(EVIDENCE.c.pack == pack_id, EVIDENCE.c.sha256 == sha256)
    return conn.scalar(query)


def sizes(conn: Connection, pack_id: str) -> dict[str, int]:
    """SHA-256 -> bytes of each."""
    query = select(EVIDENCE.c.sha256, EVIDENCE.c.size).where(EVIDENCE.c.pack == pack_id)
    return {str(sha256): int(size) for sha256, size in conn.execute(query)}
