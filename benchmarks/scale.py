"""``python -m benchmarks.scale [--quick] [--out FILE]``: coverage on a cluster as counties are added.

Counties are made up by a fixed seed, half a degree each, with as many bases and facilities as a real one. Each runs on one
machine at once (as far as its memory reaches), and on 1 and 2 workers; the answers must be the same to the last digit.
"""

from __future__ import annotations

import math
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks import memory, report
from benchmarks.measure import Aim, Figure, Room
from geo import coverage as cov
from geo import crs, packs, scale
from geo.model import Layer, Pack, feature_frame
from geo.scale.judge import counted, peak_bytes

FLAT = 1.1  # a worker's memory with four times the counties
COUNTY_DEG = 0.5  # 48 by 55 km: 2,700 km², where the country's 9.6 million km² in 2,800 counties are 3,400 each
CORNER = (119.0, 27.0)  # of the first county; 16 of them lie in one zone
_LIBRARIES = ("dask", "distributed", "geopandas", "numpy", "pyarrow", "shapely")


@dataclass(frozen=True)
class Size:
    """How much is measured: counties on one machine and 1 worker, counties on 2 workers too, and what is in each."""

    counties: tuple[int, ...]
    more: tuple[int, ...]
    bases: int
    facilities: int


FULL = Size(counties=(1, 4, 16), more=(64,), bases=24, facilities=20_000)
QUICK = Size(counties=(1,), more=(), bases=6, facilities=500)


@dataclass(frozen=True)
class Run:
    """One run. ``workers`` 0: one machine at once. ``order_s`` and ``judge_s`` are parts of ``wall_s``: putting the input
    in order, and judging; the cluster's start is in neither. ``peak_bytes`` is the
    most memory that one of the processes held, libraries (some 250 MB) included."""

    counties: int
    workers: int
    parts: int
    wall_s: float
    order_s: float
    judge_s: float
    judge_cpu_s: float
    peak_bytes: int
    input_bytes: int
    output_bytes: int


def pack() -> Pack:
    return packs.load_pack(packs.find_pack(None))


def write_counties(folder: Path, counties: int, size: Size) -> None:
    """Counties as a square, a file each; their people's places are drawn around a few towns."""
    side = math.isqrt(counties - 1) + 1
    categories = [one.id for one in pack().categories]
    profiles = [one.id for one in pack().standard().profiles]
    for number in range(counties):
        chance = np.random.default_rng(number)
        west, south = CORNER[0] + number % side * COUNTY_DEG, CORNER[1] + number // side * COUNTY_DEG
        low, high = (west, south), (west + COUNTY_DEG, south + COUNTY_DEG)
        towns = chance.uniform(low, high, (20, 2))
        rows = [
            {"id": f"f{n}", "name": f"设施{n}", "category": kind}
            for n, kind in enumerate(chance.choice(categories, size.facilities).tolist())
        ]
        at = towns[chance.integers(20, size=size.facilities)] + chance.normal(0, 0.02, (size.facilities, 2))
        facilities = feature_frame(Layer.FACILITIES, rows, list(shapely.points(np.clip(at, low, high))))
        scale.write_layer(facilities, folder / "facilities.parquet" / f"{number:04}.parquet")
        rows = [{"id": f"b{n}", "name": f"基地{n}"} for n in range(size.bases)]
        bases = feature_frame(Layer.BASES, rows, list(shapely.points(chance.uniform(low, high, (size.bases, 2)))))
        bases = bases.assign(county=f"县{number:04}", profile=chance.choice(profiles, size.bases))
        scale.write_layer(bases, folder / "bases.parquet" / f"{number:04}.parquet")


def _read(folder: Path, layer: Layer) -> gpd.GeoDataFrame:
    return pd.concat(map(gpd.read_parquet, sorted((folder / f"{layer}.parquet").glob("*"))), ignore_index=True)


def alone(folder: str) -> Any:
    """Everything at once in one process, for :mod:`benchmarks.memory`: seconds, and a sum of the answer."""
    county_pack = pack()

    def act() -> dict[str, Any]:
        began, cpu = time.perf_counter(), time.process_time()
        bases, facilities = (_read(Path(folder), layer) for layer in (Layer.BASES, Layer.FACILITIES))
        zones = np.array([crs.metric_epsg(x) for x in bases.geometry.x])
        tables = []
        for epsg in np.unique(zones):
            some = bases[zones == epsg].reset_index(drop=True)
            found = cov.measure(some, facilities, county_pack.categories, int(epsg))
            table = cov.coverage_table(found, some, {}, county_pack.standard())
            tables.append(table.assign(county=np.repeat(some["county"].to_numpy(), len(county_pack.categories))))
        took = {"seconds": time.perf_counter() - began, "cpu_s": time.process_time() - cpu, "peak_bytes": peak_bytes()}
        return {**took, "answer": answer(pd.concat(tables))}

    return act


def answer(table: pd.DataFrame) -> list[Any]:
    """What two tables must agree in: totals, and every distance, count and nearest to the last digit."""
    rows = table.sort_values(["county", "base_id", "category"])
    every = pd.util.hash_pandas_object(rows[["nearest_m", "count_within", "nearest_id"]], index=False)
    return [*map(str, counted(table)), len(rows), int(every.to_numpy().sum())]


def on_one_machine(folder: Path, counties: int) -> tuple[Run, list[Any]]:
    took = memory.taken("benchmarks.scale:alone", str(folder))
    seconds, cpu_s, peak = (took.result[name] for name in ("seconds", "cpu_s", "peak_bytes"))
    run = Run(counties, 0, 1, seconds, 0.0, seconds, cpu_s, peak, _bytes(folder), 0)
    return run, took.result["answer"]


def on_workers(folder: Path, counties: int, workers: int) -> tuple[Run, list[Any]]:
    with tempfile.TemporaryDirectory() as place:
        job = scale.Job(folder, Path(place) / "out", pack().categories, pack().standard(), {})
        with scale.on_cluster(f"local:{workers}") as each:
            list(each(_warmed, range(4 * workers)))
            began, judging = time.perf_counter(), []
            summary = scale.run(job, each, lambda _done, _of: judging.append(time.perf_counter()))
            ended = time.perf_counter()
        found = answer(scale.table_of(job.out))
        written = _bytes(job.parts)
    order_s, judge_s = judging[0] - began, ended - judging[0]
    peak = max(summary.workers.values())
    parts = summary.parts
    run = Run(counties, workers, parts, ended - began, order_s, judge_s, summary.cpu_s, peak, _bytes(folder), written)
    return run, found


def _warmed(_number: int) -> None:
    """Loads the libraries of a worker: that is the cluster's start, not the job."""
    time.sleep(0.2)


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def measure(size: Size) -> list[Run]:
    """All runs of every number of counties.

    Raises:
        RuntimeError: two of them come to different answers.
    """
    runs = []
    for counties in (*size.counties, *size.more):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            write_counties(folder, counties, size)
            found = [on_workers(folder, counties, workers) for workers in (1, 2)[counties in size.more :]]
            found += [on_one_machine(folder, counties)] if counties in size.counties else []
        for run, _ in found:
            print(run, file=sys.stderr)
        if any(told != found[0][1] for _, told in found):
            raise RuntimeError(f"{counties} counties: the answers differ: {[told for _, told in found]}")
        runs += [run for run, _ in found]
    return runs


def run(quick: bool) -> Room:
    size = QUICK if quick else FULL
    runs = measure(size)
    kept = [{name: round(value, 2) for name, value in asdict(one).items()} for one in runs]
    return Room(_LIBRARIES, asdict(size), figures(runs), aims(runs), {"runs": kept})


def figures(runs: Sequence[Run]) -> list[Figure]:
    """Wall time, the cluster's start apart."""
    return [
        Figure(
            f"{one.counties} 县每个基地每类配套",
            f"{one.workers} worker" if one.workers else "单机一次",
            "ms",
            (one.wall_s * 1e3,),
            one.peak_bytes,
        )
        for one in runs
    ]


def aims(runs: Sequence[Run]) -> list[Aim]:
    """Memory of a worker that does not grow with the counties; two workers faster than one."""
    by = {(one.counties, one.workers): one for one in runs}
    counties = sorted({one.counties for one in runs})
    held = []
    if len(counties) > 1:
        least, most = (by[number, 2].peak_bytes for number in (counties[-2], counties[-1]))
        what = f"{counties[-1]} 县比 {counties[-2]} 县,每个 worker 的内存"
        held.append(Aim(what, "", FLAT, most / least, below=True))
    for number in counties:
        if number > 1 and (number, 1) in by:
            faster = by[number, 1].wall_s / by[number, 2].wall_s
            held.append(Aim(f"{number} 县用 2 个 worker", "1 个", 1.0, faster))
    return held


if __name__ == "__main__":
    report.main("scale", __doc__ or "", run)
