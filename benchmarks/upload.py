"""``python -m benchmarks.upload [--quick] [--out FILE]``: a file fully checked, against others that merely read it.

Ours: bytes to a report, every row decoded, matched, placed, held against words, county, repeats and the stored bases, the
good rows in a GeoDataFrame. The peers: the same file to a GeoDataFrame, nothing checked.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd

from benchmarks import files, memory
from benchmarks.measure import OURS, Figure, circumstances, figures, in_turns, ratio
from geo import ingest, packs
from geo.model import Layer

RESULTS = Path(__file__).with_name("upload.json")
READ_FILE = "geopandas.read_file,只读"
ARROW = "pyogrio 经 Arrow,只读"
PEERS = (READ_FILE, ARROW)
FULL, QUICK = 100_000, 300
_ROUNDS = 5
TIME = "{kind}文件核对完,进程内"
CPU = "{kind}文件核对完,处理器时间"  # of all threads: what else the machine does adds less to it
AIMS = {"点": 2.0, "面": 1.5}  # times faster than geopandas.read_file
MEMORY_AIM = 6.0  # times the file
_LIBRARIES = ("geopandas", "pyogrio", "pandas", "shapely", "msgspec", "pyarrow")


def candidate(name: str, path: str) -> Callable[[], int]:
    """Makes everything ready and gives the act that is measured: it gives the number of rows in the frame."""
    if name == READ_FILE:
        return lambda: len(gpd.read_file(path))
    if name == ARROW:
        return lambda: len(gpd.read_file(path, use_arrow=True))
    pack = packs.load_pack(packs.find_pack(None))
    county = ingest.County(pack, pack.district_areas, pack.bases)

    def ours() -> int:
        data = Path(path).read_bytes()
        report = ingest.check(
            ingest.decode(data, path), path, ingest.digest(data), Layer.BASES, county, ingest.Choices()
        )
        return report.accepted_count

    return ours


def measure(paths: dict[str, Path], rounds: int) -> tuple[list[Figure], dict[str, dict[str, float]]]:
    """Times in turns, and kind -> candidate -> peak memory as a multiple of the file's size."""
    times: list[Figure] = []
    peaks: dict[str, dict[str, float]] = {}
    for kind, path in paths.items():
        acts = {name: candidate(name, str(path)) for name in (OURS, *PEERS)}
        _check({name: act() for name, act in acts.items()})
        turns = in_turns(rounds, {name: lambda _n, act=act: _took(act) for name, act in acts.items()})
        for place, job in enumerate((TIME, CPU)):
            each = {name: [took[place] for took in all] for name, all in turns.items()}
            times += figures(job.format(kind=kind), "ms", each)
        size = path.stat().st_size
        taken = {name: memory.taken("benchmarks.upload:candidate", name, str(path)) for name in acts}
        peaks[kind] = {name: took.peak_bytes / size for name, took in taken.items()}
    return times, peaks


def _took(act: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds by the clock and of processor time."""
    clock, processor = time.perf_counter(), time.process_time()
    act()
    return (time.perf_counter() - clock) * 1e3, (time.process_time() - processor) * 1e3


def _check(rows: dict[str, int]) -> None:
    """Every candidate must end with every row: fewer would be faster for nothing."""
    if len(set(rows.values())) != 1:
        raise RuntimeError(f"candidates end with different rows: {rows}")


def table(times: Sequence[Figure], peaks: dict[str, dict[str, float]]) -> str:
    """Markdown: times with ratios, memory, and whether the aims are met."""
    lines = ["| 做什么 | 做法 | 中位数 | 最小–最大 | 是本应用的几倍 |", "|---|---|---:|---:|---:|"]
    lines += [
        f"| {one.job} | {one.candidate} | {one.median:,.0f} ms | {min(one.values):,.0f}–{max(one.values):,.0f} "
        f"| {ratio(list(times), one.job, one.candidate):.1f} |"
        for one in times
    ]
    lines += ["", "| 内存峰值,文件大小的几倍 | " + " | ".join((OURS, *PEERS)) + " |", "|---|---:|---:|---:|"]
    lines += [
        f"| {kind} | " + " | ".join(f"{of[name]:.1f}" for name in (OURS, *PEERS)) + " |" for kind, of in peaks.items()
    ]
    lines += ["", "| 目标 | 实测 | 达到 |", "|---|---:|---|"]
    lines += [
        f"| {one['aim']} | {one['measured']:.1f} | {'是' if one['met'] else '否'} |" for one in aims(times, peaks)
    ]
    return "\n".join(lines)


def aims(times: Sequence[Figure], peaks: dict[str, dict[str, float]]) -> list[dict[str, Any]]:
    """Every aim with what was measured."""
    held = []
    for kind, least in AIMS.items():
        faster = ratio(list(times), TIME.format(kind=kind), READ_FILE)
        held.append({"aim": f"{kind}:比 read_file 快 {least} 倍", "measured": faster, "met": faster >= least})
    for kind, of in peaks.items():
        held.append(
            {"aim": f"{kind}:内存少于文件的 {MEMORY_AIM} 倍", "measured": of[OURS], "met": of[OURS] < MEMORY_AIM}
        )
    return held


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs from the command line; only a full run replaces the kept figures by itself."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.upload", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small file, one round: shows that it runs")
    parser.add_argument("--out", type=Path, help="where the figures are kept as JSON")
    asked = parser.parse_args(arguments)
    count, rounds = (QUICK, 1) if asked.quick else (FULL, _ROUNDS)
    out: Path | None = asked.out or (None if asked.quick else RESULTS)
    with tempfile.TemporaryDirectory(prefix="atlas-bench-", ignore_cleanup_errors=True) as folder:
        paths = files.write(Path(folder), packs.load_pack(packs.find_pack(None)), count)
        print(f"{count} 行一个文件", file=sys.stderr)
        times, peaks = measure(paths, rounds)
        sizes = {kind: path.stat().st_size for kind, path in paths.items()}
    print(table(times, peaks))
    if out is not None:
        _write(out, times, peaks, sizes, count)


def _write(
    path: Path, times: Sequence[Figure], peaks: dict[str, dict[str, float]], sizes: dict[str, int], count: int
) -> None:
    document = {
        **circumstances(_LIBRARIES),
        "rows": count,
        "bytes": sizes,
        "figures": [
            {"job": one.job, "candidate": one.candidate, "unit": one.unit, "median": round(one.median, 1),
             "values": [round(value, 1) for value in one.values]}
            for one in times
        ],
        "memory": {kind: {name: round(times_size, 2) for name, times_size in of.items()} for kind, of in peaks.items()},
        "aims": aims(times, peaks),
    }  # fmt: skip
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
