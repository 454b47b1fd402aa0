"""Results kept for the next reader, with threads held by events rather than by time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from geo.kept import Kept

WAIT_S = 20  # nothing waits that long unless the test fails


class Seen:
    """A key that tells when a look-up has found it: the lock is held then, so the look-up cannot miss afterwards."""

    def __init__(self) -> None:
        self.found = threading.Event()

    def __hash__(self) -> int:
        return 1

    def __eq__(self, other: object) -> bool:
        for key in (self, other):
            if isinstance(key, Seen):
                key.found.set()
        return isinstance(other, Seen)


class Slow:
    """Something that is being made until it is let go, and counts how often it was begun."""

    def __init__(self, outcome: Callable[[], str]) -> None:
        self.begun, self.go = threading.Event(), threading.Event()
        self.times = 0
        self._outcome = outcome

    def __call__(self) -> str:
        self.times += 1
        self.begun.set()
        assert self.go.wait(WAIT_S)
        return self._outcome()


def fails() -> str:
    raise OSError("disk full")


@pytest.fixture
def pool():
    with ThreadPoolExecutor(8) as workers:
        yield workers


def many_wait(kept: Kept, slow: Slow, pool: ThreadPoolExecutor) -> list[Future[str]]:
    """One thread that makes, and seven that have found its unfinished result."""
    first = pool.submit(kept.of, "map", Seen(), slow)
    assert slow.begun.wait(WAIT_S)
    keys = [Seen() for _ in range(7)]
    others = [pool.submit(kept.of, "map", key, slow) for key in keys]
    assert all(key.found.wait(WAIT_S) for key in keys)
    return [first, *others]


def test_many_threads_make_one_result_once(pool):
    kept, slow = Kept({"map": 3}), Slow(lambda: "made")
    answers = many_wait(kept, slow, pool)
    assert not any(answer.done() for answer in answers)
    slow.go.set()
    assert [answer.result(WAIT_S) for answer in answers] == ["made"] * 8
    assert slow.times == 1


def test_what_fails_is_raised_in_every_thread_each_of_its_own_and_made_anew_next_time(pool):
    kept, slow = Kept({"map": 3}), Slow(fails)
    answers = many_wait(kept, slow, pool)
    slow.go.set()
    for answer in answers:
        with pytest.raises(OSError, match="disk full"):
            answer.result(WAIT_S)
    assert slow.times == 8
    assert kept.get("map", Seen()) is None
    assert kept.of("map", Seen(), lambda: "at last") == "at last"


def test_who_stops_their_own_work_does_not_stop_another_who_waits_for_the_same(pool):
    kept, slow = Kept({"map": 3}), Slow(fails)
    stopped = pool.submit(kept.of, "map", Seen(), slow)
    assert slow.begun.wait(WAIT_S)
    waiting = Seen()
    other = pool.submit(kept.of, "map", waiting, lambda: "whole")
    assert waiting.found.wait(WAIT_S)
    slow.go.set()
    assert other.result(WAIT_S) == "whole"
    with pytest.raises(OSError, match="disk full"):
        stopped.result(WAIT_S)


def test_another_key_does_not_wait(pool):
    kept, slow = Kept({"map": 3}), Slow(lambda: "slow")
    held = pool.submit(kept.of, "map", "held", slow)
    assert slow.begun.wait(WAIT_S)
    assert pool.submit(kept.of, "map", "other", lambda: "quick").result(WAIT_S) == "quick"
    assert not held.done()
    slow.go.set()
    assert held.result(WAIT_S) == "slow"


def test_a_result_may_need_one_of_another_kind():
    kept = Kept({"snapshot": 1, "map": 1})
    made = kept.of("map", 1, lambda: kept.of("snapshot", 1, lambda: "frames") + " drawn")
    assert made == "frames drawn"


def test_the_least_recently_used_goes_first():
    kept = Kept({"map": 2})
    for key in ("a", "b"):
        kept.of("map", key, lambda key=key: key.upper())
    kept.of("map", "a", lambda: pytest.fail("it is there"))
    kept.of("map", "c", lambda: "C")
    assert [kept.get("map", key) for key in ("a", "b", "c")] == ["A", None, "C"]


def test_each_kind_has_its_own_room():
    kept = Kept({"map": 1, "ground": 1})
    kept.of("map", "a", lambda: "map")
    kept.of("ground", "a", lambda: "ground")
    assert (kept.get("map", "a"), kept.get("ground", "a")) == ("map", "ground")


def test_nothing_is_got_that_is_not_there_or_not_ready(pool):
    kept, slow = Kept({"map": 1}), Slow(lambda: "made")
    assert kept.get("map", "never") is None
    held = pool.submit(kept.of, "map", "soon", slow)
    assert slow.begun.wait(WAIT_S)
    assert kept.get("map", "soon") is None
    slow.go.set()
    held.result(WAIT_S)
    assert kept.get("map", "soon") == "made"


def test_a_result_pushed_out_while_it_was_made_still_reaches_who_asked(pool):
    kept, slow = Kept({"map": 1}), Slow(lambda: "made")
    held = pool.submit(kept.of, "map", "old", slow)
    assert slow.begun.wait(WAIT_S)
    kept.of("map", "new", lambda: "new")
    slow.go.set()
    assert held.result(WAIT_S) == "made"
    assert kept.get("map", "old") is None


def test_a_late_failure_does_not_take_away_what_was_made_since(pool):
    kept, slow = Kept({"map": 1}), Slow(fails)
    held = pool.submit(kept.of, "map", "a", slow)
    assert slow.begun.wait(WAIT_S)
    kept.of("map", "b", lambda: "pushes the first out")
    kept.of("map", "a", lambda: "made since")
    slow.go.set()
    with pytest.raises(OSError, match="disk full"):
        held.result(WAIT_S)
    assert kept.get("map", "a") == "made since"
