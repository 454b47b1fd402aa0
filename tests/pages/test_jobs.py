"""Long work beside the page: it tells how far it is, is stopped when it does, and what it raises is raised."""

from __future__ import annotations

import threading

import pytest

from geo.errors import StoppedError
from pages.parts.jobs import Job


def test_a_job_tells_its_stage_and_gives_its_result():
    told, go_on = threading.Event(), threading.Event()

    def act(tell):
        tell("读文件", 0.5)
        tell("读文件", 0.2)
        told.set()
        go_on.wait(10)
        return 42

    job = Job("key", act)
    assert told.wait(10)
    assert (job.at, job.future.done()) == (("读文件", 0.5), False)
    go_on.set()
    assert job.future.result(10) == 42


def test_a_job_that_is_stopped_ends_where_it_next_tells_how_far_it_is():
    reached, go_on = threading.Event(), threading.Event()
    after: list[str] = []

    def act(tell):
        tell("读文件", 0.1)
        reached.set()
        go_on.wait(10)
        tell("读文件", 0.2)
        after.append("went on")

    job = Job("key", act)
    assert reached.wait(10)
    job.stop()
    go_on.set()
    with pytest.raises(StoppedError):
        job.future.result(10)
    assert after == []


def test_what_a_job_raises_is_raised_where_it_is_asked_for():
    def act(tell):
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        Job("key", act).future.result(10)


def test_a_long_file_is_checked_beside_the_page_and_then_shown(own, page, feature, as_file):
    rows = [
        feature(120.9 + n / 1e6, 28.08, id=f"n{n}", name=f"基地{n}", stage="孵化器", note="备" * 300)
        for n in range(4000)
    ]
    data = as_file(*rows)
    assert len(data) > 3_000_000
    look = page().open("upload").upload(data)
    job = look.at.session_state["job"]
    assert job.future.result(60).accepted_count == 4000
    look.run()
    assert look.figures["可存"] == "4000"


def test_a_long_check_that_is_stopped_says_so_and_can_begin_again(own, page, feature, as_file):
    rows = [
        feature(120.9 + n / 1e6, 28.08, id=f"n{n}", name=f"基地{n}", stage="孵化器", note="备" * 300)
        for n in range(4000)
    ]
    look = page().open("upload").upload(as_file(*rows))
    job = look.at.session_state["job"]
    job.future.exception(60)
    stopped = Job(job.key, _stopped)
    stopped.future.exception(10)
    look.hold(job=stopped)
    assert "已停下,没有核对完。" in look.html
    look.click("job_again")
    look.at.session_state["job"].future.result(60)
    look.run()
    assert look.figures["可存"] == "4000"


def _stopped(tell):
    raise StoppedError
