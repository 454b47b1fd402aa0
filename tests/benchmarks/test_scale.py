"""The bench of the cluster: its counties lie side by side, and two ways to judge them are told apart when they differ."""

from __future__ import annotations

from dataclasses import asdict

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from benchmarks import documents, measure, report
from benchmarks import scale as bench
from geo import scale

SMALL = bench.Size(counties=(2,), more=(), bases=3, facilities=40)


def test_counties_are_as_asked_and_both_ways_come_to_one_answer(tmp_path):
    bench.write_counties(tmp_path / "in", 2, SMALL)
    bases = pd.concat(map(gpd.read_parquet, sorted((tmp_path / "in" / "bases.parquet").iterdir())))
    assert bases["county"].value_counts().to_dict() == {"县0000": 3, "县0001": 3}
    west, east = bench.CORNER[0], bench.CORNER[0] + 2 * bench.COUNTY_DEG
    assert bases.geometry.x.between(west, east).all()
    assert (bases.geometry.x.groupby(bases["county"]).max() - west < [bench.COUNTY_DEG, 2 * bench.COUNTY_DEG]).all()

    pack = bench.pack()
    job = scale.Job(tmp_path / "in", tmp_path / "out", pack.categories, pack.standard(), {})
    scale.run(job, scale.in_turns, lambda _done, _of: None)
    found, at_once = scale.table_of(job.out), bench.alone(str(tmp_path / "in"))()
    assert bench.answer(found) == at_once["answer"]
    assert at_once["peak_bytes"] > 50e6
    moved = found.assign(nearest_m=np.nextafter(found["nearest_m"], np.inf))
    assert bench.answer(moved) != at_once["answer"]


def test_runs_are_kept_as_figures_and_held_against_the_aims():
    runs = [
        bench.Run(4, 1, 6, 8.0, 2.5, 5.5, 9.6, 370_000_000, 1, 1),
        bench.Run(4, 2, 6, 5.0, 2.0, 3.0, 9.6, 380_000_000, 1, 1),
        bench.Run(4, 0, 1, 2.0, 0.0, 2.0, 2.0, 444_000_000, 1, 0),
        bench.Run(16, 2, 24, 20.0, 8.0, 12.0, 40.0, 399_000_000, 1, 1),
    ]
    found = bench.figures(runs)
    assert [(one.candidate, one.median, one.peak_bytes) for one in found[1:3]] == [
        ("2 worker", 5000.0, 380_000_000),
        ("单机一次", 2000.0, 444_000_000),
    ]
    flat, faster = bench.aims(runs)
    assert flat.measured == pytest.approx(1.05)
    assert flat.met
    assert (faster.measured, faster.met) == (1.6, True)
    room = report.document(measure.Room((), {}, found, [flat, faster], {"runs": [asdict(one) for one in runs]}))
    shown = documents.filled("<!-- bench:scale -->\n<!-- /bench -->", {"scale": room}, "zh").splitlines()
    assert shown[5] == "| 4 | 1 worker | 6 | 2.5 s | 5.5 s | 9.6 s | 370 MB |"
    assert shown[7] == "| 4 | 单机一次 | – | – | 2.0 s | 2.0 s | 444 MB |"
