"""``python -m benchmarks.coverage [--quick] [--province] [--out FILE]``: the coverage engine against trees, unions and graphs.

Every candidate begins with the same arrays or frames, builds what index it needs, and must come to the same answer.
The county is the default pack's, facilities and streets are made up by fixed seeds.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks import memory
from benchmarks.coverage_jobs import AIMS, COUNTY, FULL, PROVINCE, PROVINCE_PARTS, QUICK, SLIDERS, Job, Size
from benchmarks.measure import OURS, Figure, circumstances, figures, in_turns, milliseconds
from geo.coverage.kernels.warm import warm

RESULTS = Path(__file__).with_name("coverage.json")
SLIDER_AIM_MS = 100.0
LINEAR_AIM = 1.25
_LIBRARIES = (
    "numba", "numpy", "scipy", "shapely", "geopandas", "pykdtree", "igraph", "networkx", "contourpy",
)  # fmt: skip


@dataclass(frozen=True)
class Aim:
    aim: str
    measured: float
    unit: str  # 倍 | ms
    met: bool


def candidate(job: str, name: str, size: str) -> Callable[[], float]:
    """The act of one candidate, everything ready, for a process of its own. Kernels are warm: compiling is not the job."""
    act = (COUNTY | PROVINCE)[job](Size(**json.loads(size))).candidates[name]
    if name == OURS:
        warm()
    return lambda: float(np.sum(act()))


def measure(names: Sequence[str], size: Size) -> list[Figure]:
    """Times of all candidates in turns, once all are seen to come to the same answer."""
    found: list[Figure] = []
    for name in names:
        print(name, file=sys.stderr)
        job = (COUNTY | PROVINCE)[name](size)
        check(name, job)
        acts = {who: lambda _n, act=act: milliseconds(act) for who, act in job.candidates.items()}
        found += figures(name, "ms", in_turns(size.rounds, acts))
    return found


def check(name: str, job: Job) -> None:
    """Raises RuntimeError where a candidate's answer is not ours: a wrong one would be faster for nothing."""
    ours = job.candidates[OURS]()
    for who, act in job.candidates.items():
        if not np.allclose(act(), ours, rtol=0, atol=job.tolerance):
            raise RuntimeError(f"{name}: {who} comes to another answer than {OURS}")


def peaks(all_figures: Sequence[Figure], size: Size) -> dict[tuple[str, str], int]:
    """(job, candidate) -> most bytes held, each in a process of its own."""
    text = json.dumps(asdict(size))
    found = {}
    for one in all_figures:
        took = memory.taken("benchmarks.coverage:candidate", one.job, one.candidate, text)
        found[one.job, one.candidate] = took.peak_bytes
    return found


def aims(all_figures: Sequence[Figure]) -> list[Aim]:
    """What was to be reached in the jobs that ran, against the fastest of the peers that an aim names."""
    medians = {(figure.job, figure.candidate): figure.median for figure in all_figures}
    held = []
    for name in (name for name in AIMS if (name, OURS) in medians):
        for peers, least in AIMS[name].items():
            times = min(medians[name, peer] for peer in peers) / medians[name, OURS]
            held.append(Aim(f"{name}:比 {' / '.join(peers)} 快 {least:g} 倍", times, "倍", times >= least))
    for name in (name for name in SLIDERS if (name, OURS) in medians):
        took = medians[name, OURS]
        held.append(Aim(f"{name}:少于 {SLIDER_AIM_MS:g} ms", took, "ms", took < SLIDER_AIM_MS))
    held += [linear(all_figures)] if (PROVINCE_PARTS[1], OURS) in medians else []
    return held


def linear(all_figures: Sequence[Figure]) -> Aim:
    """Whether a cell of the whole province takes as long as one of a quarter of it."""
    least = {one.job: min(one.values) for one in all_figures if one.candidate == OURS}
    times = least[PROVINCE_PARTS[1]] / (4 * least[PROVINCE_PARTS[4]])
    return Aim(f"省:每格所需时间不随格数增长,至多 {LINEAR_AIM} 倍", times, "倍", times <= LINEAR_AIM)


def table(all_figures: Sequence[Figure], peak: Mapping[tuple[str, str], int], held: Sequence[Aim]) -> str:
    """Markdown: job, candidate, median, least, ratio to the fastest, peak memory; then the aims."""
    fastest: dict[str, float] = {}
    for one in all_figures:
        fastest[one.job] = min(one.median, fastest.get(one.job, one.median))
    lines = ["| 做什么 | 做法 | 中位数 | 最小 | 是最快的几倍 | 内存峰值 |", "|---|---|---:|---:|---:|---:|"]
    for one in all_figures:
        held_mb = f"{peak[one.job, one.candidate] / 1e6:,.0f} MB" if (one.job, one.candidate) in peak else "–"
        times = one.median / fastest[one.job]
        lines.append(
            f"| {one.job} | {one.candidate} | {one.median:,.1f} ms | {min(one.values):,.1f} | {times:,.1f} | {held_mb} |"
        )
    lines += ["", "| 目标 | 实测 | 达到 |", "|---|---:|---|"]
    lines += [f"| {one.aim} | {one.measured:,.1f} {one.unit} | {'是' if one.met else '否'} |" for one in held]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs from the command line; only a full run replaces the kept figures by itself."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.coverage", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small county, one round, no memory: shows that it runs")
    parser.add_argument("--province", action="store_true", help="10 million cells and 3 million street nodes as well")
    parser.add_argument("--out", type=Path, help="where the figures are kept as JSON")
    asked = parser.parse_args(arguments)
    size = QUICK if asked.quick else FULL
    names = [*COUNTY, *PROVINCE] if asked.province else [*COUNTY]
    found = measure(names, size)
    peak = {} if asked.quick else peaks(found, size)
    print(table(found, peak, aims(found)))
    out: Path | None = asked.out or (None if asked.quick else RESULTS)
    if out is not None:
        _write(out, found, peak, aims(found), size)


def _write(
    path: Path, found: Sequence[Figure], peak: Mapping[tuple[str, str], int], held: Sequence[Aim], size: Size
) -> None:
    document = {
        **circumstances(_LIBRARIES),
        "size": asdict(size),
        "figures": [
            {"job": one.job, "candidate": one.candidate, "unit": one.unit, "median": round(one.median, 2),
             "values": [round(value, 2) for value in one.values], "peak_bytes": peak.get((one.job, one.candidate))}
            for one in found
        ],
        "aims": [asdict(one) for one in held],
    }  # fmt: skip
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
