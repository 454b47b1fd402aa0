"""Timing in turns, medians, ratios and aims; what is kept of them and shown."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from benchmarks import browser, documents, filters, inprocess, page, report, reruns, wire
from benchmarks.browser import Seen, Steadiness
from benchmarks.county import QUICK
from benchmarks.measure import EXPLORE, GEOJSON, OURS, Aim, Figure, Room, figures, in_turns, milliseconds, ratio

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
    held = page.aims(_seen(geojson, explore))
    assert [aim.job for aim in held[:-1]] == [*_TIME_JOBS, *_SIZE_JOBS, browser.CHANGE_BYTES]
    assert [aim.met for aim in held] == [met] * (len(held) - 1) + [True]
    assert {aim.measured for aim in held[:-1]} == {min(geojson, explore) / 2}


@pytest.mark.parametrize(("remounted", "view_kept"), [(True, True), (False, False)])
def test_a_map_that_is_mounted_again_or_jumps_misses_the_aim(remounted: bool, view_kept: bool) -> None:
    assert not page.aims(_seen(20, 20, remounted, view_kept))[-1].met


@pytest.mark.parametrize(
    ("measured", "below", "met"), [(2.0, False, True), (1.9, False, False), (2.0, True, False), (1.9, True, True)]
)
def test_an_aim_is_a_least_or_something_to_stay_below(measured: float, below: bool, met: bool) -> None:
    assert Aim("draw", "", 2.0, measured, below=below).met is met


def _room(geojson: float, explore: float) -> Room:
    seen = _seen(geojson, explore)
    return Room(
        ("folium",), asdict(QUICK), [*seen.figures, Figure("draw", OURS, "ms", (1.23456,), 5_000_000)], page.aims(seen)
    )


def test_table_names_every_figure_and_aim() -> None:
    lines = report.table([report.document(_room(30, 2460))]).splitlines()
    assert f"| {_TIME_JOBS[0]} | {EXPLORE} | 2,460 ms | 2,460–2,460 | 1,230 | – |" in lines
    assert f"| draw | {OURS} | 1.2 ms | 1.2–1.2 | 1.0 | 5 MB |" in lines
    assert f"| {browser.CHANGE_BYTES},比 较好的一种:至少 10 倍 | 15.0 倍 | 是 |" in lines
    assert f"| {browser.CHANGE}:地图重装或移位:少于 1 次 | 0.0 次 | 是 |" in lines


def test_kept_figures_say_what_was_measured_on_what_and_leave_the_other_rooms(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    report.keep(path, "other", {"figures": [], "aims": []})
    report.keep(path, "page", report.document(_room(30, 40)))
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert list(kept) == ["other", "page"]
    room = kept["page"]
    assert set(room["machine"]) == {"cores", "system", "python"}
    assert room["libraries"] == {"folium": version("folium")}
    assert room["size"] == {"bases": 20, "facilities": 400, "rounds": 1, "openings": 1}
    last = {"job": "draw", "candidate": OURS, "unit": "ms", "values": [1.235], "peak_bytes": 5_000_000, "median": 1.235}
    assert room["figures"][-1] == last
    assert [aim["met"] for aim in room["aims"]] == [True] * len(room["aims"])
    assert [file.name for file in tmp_path.iterdir()] == ["results.json"]


# --- documents -----------------------------------------------------------------------------------------------------


def _kept() -> dict[str, Any]:
    figures_ = [
        Figure("空白面积占比", OURS, "ms", (2.0,), 3_000_000),
        Figure("空白面积占比", "slow", "ms", (50.0,), 4_000_000),
        Figure("空白面积占比", "quick", "ms", (30.0,), 9_000_000),
        Figure("拖动半径后的矩阵、占比和图", OURS, "ms", (90.0,)),
    ]
    aims = [
        Aim("空白面积占比", "quick", 20.0, 15.0),
        Aim("拖动半径后的矩阵、占比和图", "", 100.0, 90.0, "ms", below=True),
    ]
    return {"coverage": report.document(Room((), {}, figures_, aims)) | {"date": "2026-01-02"}}


def test_a_document_shows_ours_beside_the_fastest_peer_in_its_language() -> None:
    before = "head\n<!-- bench:coverage -->\nold\n<!-- /bench -->\ntail\n"
    shown = documents.filled(before, _kept(), "en").splitlines()
    assert shown[2].startswith("The run of 2026-01-02: ")
    assert shown[6:8] == [
        "| share of area uncovered | 2.0 ms | 30.0 ms, quick | 15.0 | 3 MB / 9 MB |",
        "| matrix, shares and picture after a moved radius | 90.0 ms | – | – | – / – |",
    ]
    assert shown[11:] == [
        "| share of area uncovered, against quick: at least 20 times | 15.0 times | **no** |",
        "| matrix, shares and picture after a moved radius: less than 100 ms | 90.0 ms | yes |",
        "<!-- /bench -->",
        "tail",
    ]
    assert "| 空白面积占比,比 quick:至少 20 倍 | 15.0 倍 | **否** |" in documents.filled(before, _kept(), "zh")


def test_a_document_that_is_filled_stays_as_it_is() -> None:
    once = documents.filled("<!-- bench:coverage -->\n<!-- /bench -->", _kept(), "zh")
    assert documents.filled(once, _kept(), "zh") == once
