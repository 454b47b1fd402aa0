"""The bench of uploads runs, ends with the same rows for every candidate, and keeps what it measured."""

from __future__ import annotations

import json

import pytest

from benchmarks import upload
from benchmarks.measure import OURS, Figure


def test_a_quick_run_measures_every_candidate_and_keeps_the_figures(tmp_path, capsys):
    out = tmp_path / "upload.json"
    upload.main(["--quick", "--out", str(out)])
    document = json.loads(out.read_text(encoding="utf-8"))
    assert document["rows"] == upload.QUICK
    assert [(one["job"], one["candidate"]) for one in document["figures"]] == [
        (job.format(kind=kind), name)
        for kind in upload.AIMS
        for job in (upload.TIME, upload.CPU)
        for name in (OURS, *upload.PEERS)
    ]
    assert all(value > 0 for one in document["figures"] for value in one["values"])
    assert len(document["aims"]) == 4
    assert "是本应用的几倍" in capsys.readouterr().out


def test_an_aim_is_met_only_by_what_was_measured():
    times = [
        Figure(upload.TIME.format(kind=kind), name, "ms", (value,))
        for kind in upload.AIMS
        for name, value in ((OURS, 100.0), (upload.READ_FILE, 180.0), (upload.ARROW, 150.0))
    ]
    peaks = {"点": {OURS: 6.0}, "面": {OURS: 5.9}}
    assert [one["met"] for one in upload.aims(times, peaks)] == [False, True, False, True]


def test_candidates_that_end_with_different_rows_are_not_compared():
    with pytest.raises(RuntimeError, match="different rows"):
        upload._check({"a": 1, "b": 2})
