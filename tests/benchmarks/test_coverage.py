"""The bench of the coverage engine runs, its candidates agree, and it keeps what it measured."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest

from benchmarks import coverage, coverage_jobs, memory, report
from benchmarks.coverage_jobs import AIMS, COUNTY, PROVINCE, PROVINCE_PARTS, QUICK, SLIDER, Job
from benchmarks.measure import OURS, Figure


def test_a_quick_run_measures_every_job_and_keeps_the_figures(tmp_path, capsys):
    out = tmp_path / "results.json"
    report.main("coverage", "", coverage.run, ["--quick", "--out", str(out)])
    document = json.loads(out.read_text(encoding="utf-8"))["coverage"]
    measured: dict[str, list[str]] = {}
    for one in document["figures"]:
        measured.setdefault(one["job"], []).append(one["candidate"])
        assert len(one["values"]) == QUICK.rounds
        assert one["median"] > 0
    assert list(measured) == [*COUNTY, *PROVINCE]
    assert all(candidates[0] == OURS for candidates in measured.values())
    assert {peer for peers in AIMS.values() for all_ in peers for peer in all_} <= {
        name for candidates in measured.values() for name in candidates
    }
    assert len(document["aims"]) == 10
    assert "是最少的几倍" in capsys.readouterr().out


def test_memory_is_taken_in_a_process_of_its_own():
    job = PROVINCE_PARTS[1]
    took = memory.taken("benchmarks.coverage:candidate", job, coverage_jobs.CKDTREE, json.dumps(asdict(QUICK)))
    cells = int(QUICK.province_cells**0.5) ** 2
    assert took.peak_bytes > 8 * cells
    assert took.result == pytest.approx(PROVINCE[job](QUICK).candidates[OURS]().sum())


def lavish():
    """Makes ready with 300 MB, which its job does without."""
    held = np.ones(300_000_000, dtype=np.uint8)
    least = int(held.min())
    return lambda: least


@pytest.mark.skipif(not memory.STATUS.exists(), reason="only where the system tells what a process holds")
def test_what_making_ready_held_does_not_count():
    took = memory.taken("tests.benchmarks.test_coverage:lavish")
    assert (took.result, took.peak_bytes < 30e6) == (1, True)


def test_aims_are_held_against_the_fastest_peer_named():
    def figures(job, **medians):
        return [Figure(job, name, "ms", (value,)) for name, value in medians.items()]

    walk = {
        OURS: 2.0,
        coverage_jobs.DIJKSTRA: 9.0,
        coverage_jobs.DIJKSTRA_LIMIT: 4.9,
        coverage_jobs.IGRAPH: 20.0,
    }
    found = [*figures(coverage_jobs.WALK, **walk), *figures(SLIDER, **{OURS: 99.9})]
    assert [(one.measured, one.met) for one in coverage.aims(found)] == [(2.45, False), (10.0, True), (99.9, True)]
    for whole, met in ((49.9, True), (50.0, False)):
        found = [*figures(PROVINCE_PARTS[4], **{OURS: 10.0}), *figures(PROVINCE_PARTS[1], **{OURS: whole})]
        assert [one.met for one in coverage.aims(found)] == [met]


def test_a_candidate_with_another_answer_is_not_compared():
    job = Job({OURS: lambda: np.array([1.0, 2.0]), "wrong": lambda: np.array([1.0, 2.1])}, tolerance=0.05)
    with pytest.raises(RuntimeError, match="walk: wrong comes to another answer"):
        coverage.check("walk", job)
