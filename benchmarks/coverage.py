"""``python -m benchmarks.coverage [--quick] [--out FILE]``: the coverage engine against trees, unions and graphs.

Every candidate begins with the same arrays or frames, builds what index it needs, and must come to the same answer.
The county is the default pack's, facilities and streets are made up by fixed seeds.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace

import numpy as np

from benchmarks import memory, report
from benchmarks.coverage_jobs import AIMS, COUNTY, FULL, PROVINCE, PROVINCE_PARTS, QUICK, SLIDERS, Job, Size
from benchmarks.measure import OURS, Aim, Figure, Room, figures, in_turns, milliseconds
from geo.coverage.kernels.warm import warm

SLIDER_MS = 100.0
LINEAR = 1.25
_LIBRARIES = (
    "numba", "numpy", "scipy", "shapely", "geopandas", "pykdtree", "igraph", "networkx", "contourpy",
)  # fmt: skip


def run(quick: bool) -> Room:
    size = QUICK if quick else FULL
    found = measure([*COUNTY, *PROVINCE], size)
    return Room(_LIBRARIES, asdict(size), found if quick else with_peaks(found, size), aims(found))


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


def with_peaks(all_figures: Iterable[Figure], size: Size) -> list[Figure]:
    """The figures with the most memory that each candidate held, in a process of its own."""
    text = json.dumps(asdict(size))
    return [
        replace(one, peak_bytes=memory.taken("benchmarks.coverage:candidate", one.job, one.candidate, text).peak_bytes)
        for one in all_figures
    ]


def aims(all_figures: Sequence[Figure]) -> list[Aim]:
    """What was to be reached in the jobs that ran, against the fastest of the peers that an aim names."""
    medians = {(figure.job, figure.candidate): figure.median for figure in all_figures}
    held = []
    for name in (name for name in AIMS if (name, OURS) in medians):
        for peers, least in AIMS[name].items():
            times = min(medians[name, peer] for peer in peers) / medians[name, OURS]
            held.append(Aim(name, " / ".join(peers), least, times))
    moved = [name for name in SLIDERS if (name, OURS) in medians]
    held += [Aim(name, "", SLIDER_MS, medians[name, OURS], "ms", below=True) for name in moved]
    held += [linear(all_figures)] if (PROVINCE_PARTS[1], OURS) in medians else []
    return held


def linear(all_figures: Sequence[Figure]) -> Aim:
    """Whether a cell of the whole province takes as long as one of a quarter of it."""
    least = {one.job: min(one.values) for one in all_figures if one.candidate == OURS}
    times = least[PROVINCE_PARTS[1]] / (4 * least[PROVINCE_PARTS[4]])
    return Aim(PROVINCE_PARTS[1], "四分之一的格,每格", LINEAR, times, below=True)


if __name__ == "__main__":
    report.main("coverage", __doc__ or "", run)
