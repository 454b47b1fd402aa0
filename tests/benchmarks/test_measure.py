"""Timing in turns, medians and ratios."""

from __future__ import annotations

import json

import pytest

from benchmarks import browser, filters, inprocess, report, reruns, wire
from benchmarks.browser import Seen, Steadiness
from benchmarks.county import QUICK
from benchmarks.measure import EXPLORE, GEOJSON, OURS, Figure, figures, in_turns, milliseconds, ratio

_TIME_JOBS = [job.format(kind=kind) for job in (inprocess.TIME, reruns.TIME, wire.TIME) for kind in filters.KINDS]
_SIZE_JOBS = [job.format(kind=kind) for job in (inprocess.SIZE, wire.SIZE) for kind in filters.KINDS]


def _seen(geojson: float, explore: float, remounted: bool = False, view_kept: bool = True) -> Seen:
    """We need 2 of everything."""
    needs = {OURS: [2.0], GEOJSON: [geojson], EXPLORE: [explore]}
    jobs = [(job, "ms") for job in _TIME_JOBS] + [(job, "kB") for job in (*_SIZE_JOBS, browser.CHANGE_BYTES)]
    return Seen(
        [figure for job, unit in jobs for figure in figures(job, unit, needs)],
        [Steadiness(OURS, remounted, view_kept), Steadiness(GEOJSON, True, False)],
    )


def test_candidates_take_turns_and_each_round_begins_with_another() -> None:
    order: list[tuple[int, str]] = []

    def note(name: str, number: int) -> int:
        order.append((number, name))
        return number

    results = in_turns(2, {name: lambda n, name=name: note(name, n) for name in "abc"})
    assert order == [(-1, "c"), (-1, "a"), (-1, "b"), (0, "a"), (0, "b"), (0, "c"), (1, "b"), (1, "c"), (1, "a")]
    assert results == {"a": [0, 1], "b": [0, 1], "c": [0, 1]}  # round -1 only warms up


def test_milliseconds_counts_the_whole_act(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([1.0, 1.25])
    monkeypatch.setattr("benchmarks.measure.time.perf_counter", lambda: next(clock))
    assert milliseconds(lambda: None) == 250.0


def test_ratio_is_between_medians_of_one_job() -> None:
    measured = [
        Figure("draw", OURS, "ms", (1.0, 4.0, 90.0)),
        Figure("draw", GEOJSON, "ms", (40.0, 48.0, 1.0)),
        Figure("send", OURS, "kB", (1.0,)),
    ]
    assert measured[0].median == 4.0
    assert ratio(measured, "draw", GEOJSON) == 10.0


@pytest.mark.parametrize(("geojson", "explore", "met"), [(20.0, 90.0, True), (19.9, 90.0, False), (90.0, 19.9, False)])
def test_an_aim_is_held_against_the_better_peer(geojson: float, explore: float, met: bool) -> None:
    held = report.aims(_seen(geojson, explore))
    assert [aim.job for aim in held] == [*_TIME_JOBS, *_SIZE_JOBS, browser.CHANGE_BYTES, browser.CHANGE]
    assert [aim.met for aim in held] == [met] * (len(held) - 1) + [True]
    assert {aim.ratio for aim in held[:-1]} == {min(geojson, explore) / 2}


@pytest.mark.parametrize(("remounted", "view_kept"), [(True, True), (False, False)])
def test_a_map_that_is_mounted_again_or_jumps_misses_the_aim(remounted: bool, view_kept: bool) -> None:
    assert not report.aims(_seen(20, 20, remounted, view_kept))[-1].met


def test_table_names_every_figure_and_aim() -> None:
    lines = report.table(_seen(30, 2460)).splitlines()
    assert f"| {_TIME_JOBS[0]} | {EXPLORE} | 2,460 ms | 2,460–2,460 | 1,230 |" in lines
    assert f"| {GEOJSON} | 是 | 否 |" in lines
    assert f"| 字节少到十分之一 | {browser.CHANGE_BYTES} | 15.0 倍 | 是 |" in lines
    assert f"| 地图不重新装入,视野不变 | {browser.CHANGE} | – | 是 |" in lines


def test_kept_figures_say_what_was_measured_on_what(tmp_path) -> None:
    path = tmp_path / "results.json"
    report.write(path, _seen(30, 40), QUICK)
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert set(kept["machine"]) == {"cores", "system", "python"}
    assert kept["size"] == {"bases": 20, "facilities": 400, "rounds": 1, "openings": 1}
    first = kept["figures"][0]
    assert first == {"job": _TIME_JOBS[0], "candidate": OURS, "unit": "ms", "values": [2.0], "median": 2.0}
    assert [aim["met"] for aim in kept["aims"]] == [True] * len(kept["aims"])
