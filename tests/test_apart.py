"""Work in a process of its own: what it gives, tells and raises, and that it may die alone."""

from __future__ import annotations

import os
import signal

import psutil
import pytest

from geo import apart
from geo.apart import DiedError
from geo.errors import InputError, StoppedError
from geo.i18n import N_, message


def untold(*_said):
    raise AssertionError(_said)


def add(a, b, tell):
    print("what a library prints is no answer")
    os.write(1, b"nor what it writes")
    tell("adding", a, b)
    return a + b, os.getpid()


def refuse(name, _tell):
    raise InputError(message(N_("“{file}”不是 OpenStreetMap 数据:请选 .osm.pbf、.osm 或 .osm.gz 文件。"), file=name))


def err(_tell):
    return 1 / 0


def die(number, _tell):
    os.kill(os.getpid(), number)


def leave(_tell):
    os._exit(0)


def linger(tell):
    tell(os.getpid())
    signal.pause()


def test_what_comes_out_is_what_the_work_gives_and_tells():
    told = []
    found, process = apart.call(add, 2, 3, tell=lambda *said: told.append(said))
    assert (found, told) == (5, [("adding", 2, 3)])
    assert process != os.getpid()
    assert not psutil.pid_exists(process)


def test_what_the_work_raises_is_raised_in_both_languages():
    with pytest.raises(InputError) as caught:
        apart.call(refuse, "甲.pbf", tell=untold)
    assert caught.value.text("zh").startswith("“甲.pbf”不是 OpenStreetMap 数据")
    assert caught.value.text("en").startswith("“甲.pbf” is no OpenStreetMap")


def test_a_fault_says_where_it_was():
    with pytest.raises(ZeroDivisionError) as caught:
        apart.call(err, tell=untold)
    assert "return 1 / 0" in caught.value.__notes__[0]


@pytest.mark.parametrize("how", [signal.SIGSEGV, signal.SIGKILL])
def test_a_process_that_dies_takes_nobody_along(how):
    with pytest.raises(DiedError, match=f"ended with -({how:d}|9)"):
        apart.call(die, how, tell=untold)


def test_a_process_that_ends_without_an_answer_is_told():
    with pytest.raises(DiedError):
        apart.call(leave, tell=untold)


def test_a_process_that_takes_no_work_is_told(monkeypatch):
    monkeypatch.setattr(apart, "_ROOT", "/")  # where it finds nothing of ours
    with pytest.raises(DiedError, match="ended with 1"):
        apart.call(add, 1, bytes(10_000_000), tell=untold)


def test_who_looks_on_can_stop_it():
    processes = []

    def stop(process):
        processes.append(process)
        raise StoppedError

    with pytest.raises(StoppedError):
        apart.call(linger, tell=stop)
    assert not psutil.pid_exists(processes[0])


def test_it_does_not_matter_where_the_app_was_started(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert apart.call(add, 1, 1, tell=lambda *_: None)[0] == 2
