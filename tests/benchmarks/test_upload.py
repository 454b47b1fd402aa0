"""The bench of uploads runs, ends with the same rows for every candidate, and keeps what it measured."""

from __future__ import annotations

import json

import pytest

from benchmarks import report, upload
from benchmarks.measure import OURS, Figure


def test_a_quick_run_measures_every_candidate_and_keeps_the_figures(tmp_path, capsys):
    out = tmp_path / "results.json"
    report.main("upload", "", upload.run, ["--quick", "--out", str(out)])
    document = json.loads(out.read_text(encoding="utf-8"))["upload"]
    assert document["size"]["rows"] == upload.QUICK
    assert [(one["job"], one["candidate"]) for one in document["figures"]] == [
        (job.format(kind=kind), name)
        for kind in upload.FASTER
        for job in (upload.TIME, upload.CPU)
        for name in (OURS, *upload.PEERS)
    ]
    assert all(value > 0 for one in document["figures"] for value in one["values"])
    assert [one["peak_bytes"] is not None for one in document["figures"]] == [*[True] * 3, *[False] * 3] * 2
    assert len(document["aims"]) == 4
    assert "是最少的几倍" in capsys.readouterr().out


def test_an_aim_is_met_only_by_what_was_measured():
    found = [
        Figure(upload.TIME.format(kind=kind), name, "ms", (value,), peak)
        for kind, peak in (("点", 60), ("面", 59))
        for name, value in ((OURS, 100.0), (upload.READ_FILE, 180.0), (upload.ARROW, 150.0))
    ]
    held = upload.aims(found, {"点": 10, "面": 10})
    assert [(one.measured, one.met) for one in held] == [(1.8, False), (6.0, False), (1.8, True), (5.9, True)]


def test_candidates_that_end_with_different_rows_are_not_compared():
    with pytest.raises(RuntimeError, match="different rows"):
        upload._check({"a": 1, "b": 2})
