"""``python -m benchmarks.upload [--quick] [--out FILE]``: a file fully checked, against others that merely read it.

Ours: bytes to a report, every row decoded, matched, placed, held against words, county, repeats and the stored bases, the
good rows in a GeoDataFrame. The peers: the same file to a GeoDataFrame, nothing checked.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import geopandas as gpd

from benchmarks import files, memory, report
from benchmarks.measure import OURS, Aim, Figure, Room, figures, in_turns, ratio
from geo import ingest, packs
from geo.model import Layer

READ_FILE = "geopandas.read_file,只读"
ARROW = "pyogrio 经 Arrow,只读"
PEERS = (READ_FILE, ARROW)
FULL, QUICK = 100_000, 300
_ROUNDS = 5
TIME = "{kind}文件核对完,进程内"
CPU = "{kind}文件核对完,处理器时间"  # of all threads: what else the machine does adds less to it
FASTER = {"点": 2.0, "面": 1.5}  # times faster than geopandas.read_file
MEMORY = 6.0  # times the file, at most
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


def run(quick: bool) -> Room:
    count, rounds = (QUICK, 1) if quick else (FULL, _ROUNDS)
    with tempfile.TemporaryDirectory(prefix="atlas-bench-", ignore_cleanup_errors=True) as folder:
        paths = files.write(Path(folder), packs.load_pack(packs.find_pack(None)), count)
        print(f"{count} 行一个文件", file=sys.stderr)
        found = measure(paths, rounds)
        sizes = {kind: path.stat().st_size for kind, path in paths.items()}
    return Room(_LIBRARIES, {"rows": count, "bytes": sizes}, found, aims(found, sizes))


def measure(paths: Mapping[str, Path], rounds: int) -> list[Figure]:
    """Times in turns, by the clock and of the processor; with the first the most memory that was held."""
    found: list[Figure] = []
    for kind, path in paths.items():
        acts = {name: candidate(name, str(path)) for name in (OURS, *PEERS)}
        _check({name: act() for name, act in acts.items()})
        turns = in_turns(rounds, {name: lambda _n, act=act: _took(act) for name, act in acts.items()})
        peaks = {name: memory.taken("benchmarks.upload:candidate", name, str(path)).peak_bytes for name in acts}
        clock, cpu = (
            figures(job.format(kind=kind), "ms", {name: [took[place] for took in all] for name, all in turns.items()})
            for place, job in enumerate((TIME, CPU))
        )
        found += [replace(one, peak_bytes=peaks[one.candidate]) for one in clock]
        found += cpu
    return found


def _took(act: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds by the clock and of processor time."""
    clock, processor = time.perf_counter(), time.process_time()
    act()
    return (time.perf_counter() - clock) * 1e3, (time.process_time() - processor) * 1e3


def _check(rows: dict[str, int]) -> None:
    """Every candidate must end with every row: fewer would be faster for nothing."""
    if len(set(rows.values())) != 1:
        raise RuntimeError(f"candidates end with different rows: {rows}")


def aims(found: Sequence[Figure], sizes: Mapping[str, int]) -> list[Aim]:
    """How much faster than the plainest way to read the file, and how little memory."""
    ours = {one.job: one for one in found if one.candidate == OURS}
    held = []
    for kind, least in FASTER.items():
        job = TIME.format(kind=kind)
        held.append(Aim(job, READ_FILE, least, ratio(found, job, READ_FILE)))
        peak = ours[job].peak_bytes or 0
        held.append(Aim(f"{job},内存峰值", "", MEMORY, peak / sizes[kind], "倍文件大小", below=True))
    return held


if __name__ == "__main__":
    report.main("upload", __doc__ or "", run)
