"""Works until it is killed, or TIMES times: run by the tests as ``committer.py TASK URL WRITER TIMES``.

It forks a fresh worker for each line that it is sent, so that libraries are loaded once. A worker prints its process
id when it starts and a number each time that its work is done: TASK is ``commit`` (the number is the revision, once the
store has acknowledged it) or ``restore`` (the backups 0.db and 1.db beside the database in turn; the number is the
backup's).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from shapely import Point
from sqlalchemy import make_url

from geo.model import Layer, feature_frame
from geo.store import Draft, Rejected, Store, restore

FEATURES = 40  # per revision
REJECTED = 15  # per revision


def draft(writer: str, step: int, mended: int | None) -> Draft:
    """Good rows and bad ones; it mends the first of the bad ones of upload ``mended``."""
    rows = [{"id": f"{writer}-{place}", "name": f"{step}"} for place in range(FEATURES)]
    frame = feature_frame(Layer.FACILITIES, rows, [Point(121, 28)] * FEATURES)
    return Draft(
        "import",
        writer,
        upserts={Layer.FACILITIES: frame},
        details={"step": step},
        quarantine={Layer.FACILITIES: [Rejected(row, {"step": step}, []) for row in range(1, REJECTED + 1)]},
        resolved={} if mended is None else {mended: {1: "m"}},
    )


def commit(url: str, writer: str, times: int) -> Iterator[int]:
    store = Store.open(url)
    mended: int | None = None
    for step in range(times):
        revision = store.commit("county", draft(writer, step, mended))
        yield revision.number
        mended = next(upload.id for upload in store.quarantined("county") if upload.revision == revision.number)


def put_back(url: str, _writer: str, times: int) -> Iterator[int]:
    folder = Path(make_url(url).database or "").parent
    for step in range(times):
        replaced = restore(url, folder / f"{step % 2}.db")
        yield step % 2
        if replaced is not None:
            replaced.unlink()


def tell(word: str, number: int = 0) -> None:
    """In one piece: printed, a line may be cut where the process is killed, and the next one is joined to it."""
    os.write(1, f"{word} {number}\n".encode())


def main(task: str, url: str, writer: str, times: str) -> None:
    tell("ready")
    for number, _line in enumerate(iter(sys.stdin.readline, "")):
        child = os.fork()
        if child == 0:
            tell("pid", os.getpid())
            for done in {"commit": commit, "restore": put_back}[task](url, f"{writer}{number}", int(times)):
                tell("ack", done)
            os._exit(0)
        os.waitpid(child, 0)
        tell("end")


if __name__ == "__main__":
    main(*sys.argv[1:])
