"""Several processes on one file, and processes that die at any moment."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from geo.model import Layer
from geo.store import Store

PACK = "county"
COMMITTER = Path(__file__).with_name("committer.py")
ROOT = COMMITTER.parents[2]
FEATURES, REJECTED = 40, 15  # per revision, as in committer.py
KILLS = int(os.environ.get("ATLAS_SOAK_KILLS", "10"))  # make soak: 200


@contextmanager
def started(path: Path, writer: str, times: int, task: str = "commit") -> Iterator[subprocess.Popen[str]]:
    """The committer, ready for its first line; in the end nothing of it is left, also when a test fails half-way."""
    command = [sys.executable, str(COMMITTER), task, f"sqlite:///{path}", writer, str(times)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default"}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT, env=environment, start_new_session=True
    ) as process:
        try:
            assert heard(process) == ("ready", 0)
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def heard(process: subprocess.Popen[str]) -> tuple[str, int]:
    """The next line: its word and its number."""
    assert process.stdout is not None
    word, _, number = process.stdout.readline().strip().partition(" ")
    assert word in ("ready", "pid", "ack", "end"), f"the committer ended too early: {word!r}"
    return word, int(number)


def go(process: subprocess.Popen[str]) -> None:
    """Starts a worker."""
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def test_two_processes_that_commit_at_once_both_land(path: Path) -> None:
    with started(path, "x", 15) as one, started(path, "y", 15) as two:
        for process in (one, two):
            go(process)  # both also find that there is no database yet
        outputs = [process.communicate(timeout=60)[0].split("\n") for process in (one, two)]
    numbers = [[int(line[4:]) for line in lines if line.startswith("ack")] for lines in outputs]
    assert [len(own) for own in numbers] == [15, 15]
    assert all(own == sorted(own) for own in numbers)
    assert sorted(numbers[0] + numbers[1]) == list(range(1, 31))
    store = Store.open(f"sqlite:///{path}")
    by_author = {revision.number: revision.author for revision in store.history(PACK)}
    assert [by_author[number] for number in numbers[0]] == ["x0"] * 15
    assert store.frame(PACK, Layer.FACILITIES)["name"].tolist() == ["14"] * 2 * FEATURES
    store.close()


def kill_after(process: subprocess.Popen[str], wanted: int, delay_s: float) -> list[int]:
    """What one worker acknowledged when it is killed ``delay_s`` after it acknowledged ``wanted`` times."""
    go(process)
    word, worker = heard(process)
    assert word == "pid"
    acknowledged = []
    for _ in range(wanted):
        word, number = heard(process)
        assert word == "ack", "the worker ended before it was killed"
        acknowledged.append(number)
    killer = threading.Timer(delay_s, os.kill, (worker, signal.SIGKILL))
    killer.start()
    while (line := heard(process))[0] != "end":
        acknowledged.append(line[1])
    killer.join()
    return acknowledged


def moments(seed: int) -> Iterator[tuple[int, float]]:
    """How often a worker may acknowledge, and how many seconds it may live on: through its start and several works."""
    chance = random.Random(seed)
    for _ in range(KILLS):
        yield chance.randrange(4), chance.uniform(0, 0.06)


def check_whole(path: Path, acknowledged: list[int]) -> None:
    """Every acknowledged revision is there, and every revision that is there is there with all that belongs to it."""
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
        told = dict(raw.execute("SELECT number, added + changed + removed FROM revision"))
        found = dict(raw.execute("SELECT revision, count(*) FROM change GROUP BY revision"))
        uploads = raw.execute("SELECT revision, id, rejected FROM upload ORDER BY id").fetchall()
        rejected = dict(raw.execute("SELECT upload, count(*) FROM quarantine GROUP BY upload"))
        mended = raw.execute("SELECT revision, upload, row_number FROM resolution ORDER BY revision").fetchall()
        first = {row[0] for row in raw.execute("SELECT number FROM revision WHERE details = '{\"step\": 0}'")}
    assert set(acknowledged) <= told.keys()
    assert sorted(told) == list(range(1, len(told) + 1))
    assert told == found == dict.fromkeys(told, FEATURES)
    assert uploads == [(number, number, REJECTED) for number in sorted(told)]
    assert rejected == dict.fromkeys(told, REJECTED)
    # Each worker's revisions but for its first mend a row of the one before.
    assert mended == [(number, number - 1, 1) for number in sorted(told) if number not in first]


def test_a_killed_writer_loses_nothing_that_it_acknowledged(path: Path) -> None:
    acknowledged: list[int] = []
    Store.open(f"sqlite:///{path}").close()
    with started(path, "k", 10_000) as process:
        for wanted, delay_s in moments(seed=1):
            own = kill_after(process, wanted, delay_s)
            assert len(own) >= wanted
            acknowledged += own
            check_whole(path, acknowledged)
    store = Store.open(f"sqlite:///{path}")
    assert store.head(PACK) >= len(acknowledged) > KILLS / 2
    assert len(store.frame(PACK, Layer.FACILITIES)) == len({r.author for r in store.history(PACK)}) * FEATURES
    store.close()


def test_a_killed_restore_leaves_the_one_or_the_other(path: Path) -> None:
    store = Store.open(f"sqlite:///{path}")
    for number in range(2):
        with started(path, f"w{number}", 1) as process:
            process.communicate("\n", timeout=60)
        store.backup(path.with_name(f"{number}.db"))
    histories = [store.history(PACK)[1:], store.history(PACK)]
    done = 0
    with started(path, "r", 10_000, task="restore") as process:
        for wanted, delay_s in moments(seed=2):
            done += len(kill_after(process, wanted, delay_s))
            check_whole(path, [1])
            assert store.history(PACK) in histories
    assert done > KILLS / 2
    for kept in path.parent.glob("atlas.replaced-*.db"):
        check_whole(kept, [1])
    store.close()
