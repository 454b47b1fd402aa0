"""The bench of the cluster: its counties lie side by side, and two ways to judge them are told apart when they differ."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

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


def test_figures_are_shown_by_counties_and_workers():
    runs = [
        bench.Run(4, 0, 1, 2.0, 0.0, 2.0, 2.0, 444_000_000, 1, 0),
        bench.Run(4, 2, 29, 8.0, 2.5, 5.5, 9.6, 379_000_000, 1, 1),
    ]
    assert bench.table(runs).splitlines()[2:] == [
        "| 4 | 单机一次 | 1 | 0.0 s | 2.0 s | 2.0 s | 444 MB |",
        "| 4 | 2 | 29 | 2.5 s | 5.5 s | 9.6 s | 379 MB |",
    ]
