"""The whole bench in its short form: real servers, a real browser, every candidate."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import browser, filters, inprocess, reruns, wire
from benchmarks.measure import EMPTY, EXPLORE, GEOJSON, OURS

ROOT = Path(__file__).parents[2]
WITH_MAP = {OURS, GEOJSON, EXPLORE}
CANDIDATES = {
    **{job.format(kind=kind): WITH_MAP for job in (inprocess.TIME, inprocess.SIZE) for kind in filters.KINDS},
    **{
        job.format(kind=kind): WITH_MAP | {EMPTY}
        for job in (reruns.TIME, wire.TIME, wire.SIZE)
        for kind in filters.KINDS
    },
    **dict.fromkeys((browser.FIRST_MAP, browser.FIRST_BYTES, browser.CHANGE, browser.CHANGE_BYTES), WITH_MAP),
}


@pytest.mark.browser
def test_quick_bench_measures_every_candidate_at_every_job(tmp_path: Path) -> None:
    out = tmp_path / "results.json"
    command = [sys.executable, "-m", "benchmarks", "page", "--quick", "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    kept = json.loads(out.read_text(encoding="utf-8"))["page"]
    measured: dict[str, set[str]] = {}
    for figure in kept["figures"]:
        measured.setdefault(figure["job"], set()).add(figure["candidate"])
        assert len(figure["values"]) == 1
        assert figure["median"] > 0
    assert measured == CANDIDATES
    # Even so small a map shows who stays and who starts anew.
    assert {one["candidate"]: (one["remounted"], one["view_kept"]) for one in kept["steadiness"]} == {
        OURS: (False, True),
        GEOJSON: (True, False),
        EXPLORE: (True, False),
    }
    assert all(f"| {job} | {OURS} |" in done.stdout for job in CANDIDATES)
