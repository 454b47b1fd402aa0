"""Several processes on one file, and processes that die at any moment."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from geo.model import Layer
from geo.store import Store

PACK = "county"
COMMITTER = Path(__file__).with_name("committer.py")
ROOT = COMMITTER.parents[2]
FEATURES = 40  # per revision, as in committer.py
ROUNDS = 10


def start(path: Path, writer: str, commits: int, rounds: int) -> subprocess.Popen[str]:
    command = [sys.executable, str(COMMITTER), f"sqlite:///{path}", writer, str(commits), str(rounds)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default"}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT, env=environment)


def heard(process: subprocess.Popen[str]) -> tuple[str, int]:
    """The next line: its word and its number."""
    assert process.stdout is not None
    word, _, number = process.stdout.readline().strip().partition(" ")
    assert word, "the committer ended too early"
    return word, int(number or 0)


def go(*processes: subprocess.Popen[str]) -> None:
    for process in processes:
        assert heard(process) == ("ready", 0)
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()


def test_two_processes_that_commit_at_once_both_land(path: Path) -> None:
    with start(path, "x", 15, 1) as one, start(path, "y", 15, 1) as two:
        go(one, two)  # both also find that there is no database yet
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


def kill_after(process: subprocess.Popen[str], wanted: int) -> list[int]:
    """The revisions that one writer acknowledged, when it is killed at once after ``wanted`` of them."""
    acknowledged: list[int] = []
    writer = 0
    while (line := heard(process))[0] != "end":
        if line[0] == "pid":
            writer = line[1]
        else:
            acknowledged.append(line[1])
        if len(acknowledged) == wanted and line[0] == "ack":
            os.kill(writer, signal.SIGKILL)
    return acknowledged


def check_whole(path: Path, acknowledged: list[int]) -> None:
    """Every acknowledged revision is there, and every revision that is there is there with all of its changes."""
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
        told = dict(raw.execute("SELECT number, added + changed + removed FROM revision"))
        found = dict(raw.execute("SELECT revision, count(*) FROM change GROUP BY revision"))
    assert set(acknowledged) <= told.keys()
    assert sorted(told) == list(range(1, len(told) + 1))
    assert told == found == dict.fromkeys(told, FEATURES)


def test_a_killed_writer_loses_nothing_that_it_acknowledged(path: Path) -> None:
    acknowledged: list[int] = []
    with start(path, "k", 10_000, ROUNDS) as process:
        go(process)
        for number in range(ROUNDS):
            own = kill_after(process, wanted=1 + number % 4)
            assert len(own) >= 1 + number % 4
            acknowledged += own
            check_whole(path, acknowledged)
    store = Store.open(f"sqlite:///{path}")
    assert store.head(PACK) >= len(acknowledged) >= ROUNDS
    assert len(store.frame(PACK, Layer.FACILITIES)) == ROUNDS * FEATURES
    store.close()
