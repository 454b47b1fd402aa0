"""A run from beginning to end: what is there already is kept, what is missing is made, and only counts come back."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from shutil import rmtree
from typing import Any, Protocol, TypeVar

import geopandas as gpd
import pandas as pd

from geo.coverage.ground import checked_radius
from geo.errors import InputError, OutputError
from geo.i18n import N_, message
from geo.model import Layer
from geo.scale.job import MANIFEST, Job, Part, Summary
from geo.scale.judge import Judge, index_path, part_path, part_there
from geo.scale.order import HOW, Order, tiles
from geo.scale.source import digests, units_of, whole

_T = TypeVar("_T")
_R = TypeVar("_R")

_NO_FACILITIES = pd.DataFrame({name: [] for name in ("file", "group", "category", *HOW)})
INPUT = "input"  # in the folder of a result: where an input made for this run lies

Told = Callable[[int, int], None]  # parts done, parts in all


class Each(Protocol):
    """Does ``act`` to every thing, in any order, and gives what came of each as it is done."""

    def __call__(self, act: Callable[[_T], _R], things: Iterable[_T]) -> Iterator[_R]: ...


def in_turns(act: Callable[[_T], _R], things: Iterable[_T]) -> Iterator[_R]:
    """One after the other, in this process."""
    return map(act, things)


def run(job: Job, each: Each, told: Told) -> Summary:
    """Judges every base of ``job.source``; the result is the GeoParquet files in ``job.parts``.

    A run that was broken off is gone on with: parts that are there are not made again.

    Raises:
        InputError, CrsError: the input cannot be used.
        OutputError: the folder has something else in it, or cannot be written to.
        NotFoundError: the standard lacks a rule.
    """
    check(job)
    digest = job.digest(digests(job.source))
    _claim(job, digest)
    if (finished := _finished(job)) is not None:
        return finished
    index = {layer: _index(job, layer, each) for layer in (Layer.BASES, Layer.FACILITIES)}
    wanted = tiles(index[Layer.BASES])
    there = {tile for tile in wanted if part_path(job, tile).exists()}
    parts = [part_there(job, tile) for tile in wanted if tile in there]
    told(len(there), len(wanted))
    for part in each(Judge(job), [tile for tile in wanted if tile not in there]):
        parts.append(part)
        told(len(parts), len(wanted))
    summary = _summed(parts, len(there))
    _say(job, digest, asdict(summary))
    rmtree(job.work, ignore_errors=True)
    return summary


def check(job: Job) -> None:
    """Whether question, input and place for the result can be used: asked before a cluster is.

    Raises:
        InputError, CrsError, OutputError: see :func:`run`.
    """
    if job.radius_m is not None:
        checked_radius(job.radius_m)
    for layer in (Layer.BASES, Layer.FACILITIES):
        units_of(job.source, layer)
    check_out(job.out, besides=INPUT)


def check_out(out: Path, besides: str = "") -> None:
    """Whether the folder is a run's, or there is nothing in it (``besides`` one name), or it is not there yet.

    Raises:
        OutputError: it has other content, or may not be written to.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        names = {path.name for path in out.iterdir()} - {besides}
    except OSError as fault:
        text = N_("文件夹“{folder}”不能用({detail}):请换一个可写的位置。")
        raise OutputError(message(text, folder=out, detail=fault.strerror or str(fault))) from fault
    if names and MANIFEST not in names:
        raise OutputError(message(N_("文件夹“{folder}”里有别的内容:请换一个空文件夹。"), folder=out))


def _claim(job: Job, digest: str) -> None:
    """Makes the folder this run's own.

    Raises:
        OutputError: another run's result is in it.
    """
    if not job.manifest.exists():
        _say(job, digest, None)
    if _manifest(job).get("job") != digest:
        text = N_("文件夹“{folder}”里是另一份数据或另一种标准的结果:请换一个空文件夹。")
        raise OutputError(message(text, folder=job.out))
    for left in job.parts.glob(".*.tmp"):  # of workers that were stopped while they wrote
        left.unlink(missing_ok=True)


def _finished(job: Job) -> Summary | None:
    """What an earlier run came to that was not broken off, if all its parts are still there."""
    told = _manifest(job).get("result")
    if told is None or len(list(job.parts.glob("*.parquet"))) != told["parts"]:
        return None
    judged = {id: (n, covered) for id, (n, covered) in told["judged"].items()}
    return Summary(**{**told, "judged": judged, "found": told["parts"], "workers": {}, "cpu_s": 0.0})


def _manifest(job: Job) -> dict[str, Any]:
    try:
        told = json.loads(job.manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _say(job: Job, digest: str, result: dict[str, Any] | None) -> None:
    about: dict[str, Any] = {"job": digest, "standard": job.standard.id, "radius_m": job.radius_m, "tile_m": job.tile_m}
    about |= {"categories": [one.id for one in job.categories], "result": result}
    text = json.dumps(about, ensure_ascii=False, indent=1) + "\n"
    whole(job.manifest, lambda part: part.write_text(text, encoding="utf-8"))


def _index(job: Job, layer: Layer, each: Each) -> pd.DataFrame:
    """The index of a layer; made, with all of the layer put in order, where an earlier run has not come so far."""
    path = index_path(job, layer)
    if not path.exists():
        found = [rows for rows in each(Order(job), units_of(job.source, layer)) if len(rows)]
        order = ["file", "group"]
        index = pd.concat(found).sort_values(order, ignore_index=True) if found else _NO_FACILITIES
        whole(path, index.to_parquet)
    return pd.read_parquet(path)


def _summed(parts: Sequence[Part], found: int) -> Summary:
    bases, covered = Counter[str](), Counter[str]()
    workers: dict[str, int] = {}
    for part in parts:
        bases.update({id: n for id, (n, _) in part.judged.items()})
        covered.update({id: yes for id, (_, yes) in part.judged.items()})
        if part.worker:
            workers[part.worker] = max(part.peak_bytes, workers.get(part.worker, 0))
    return Summary(
        parts=len(parts),
        found=found,
        bases=sum(part.bases for part in parts),
        judged={id: (n, covered[id]) for id, n in bases.items()},
        sample=any(part.sample for part in parts),
        workers=workers,
        cpu_s=sum(part.cpu_s for part in parts),
    )


def table_of(out: Path) -> gpd.GeoDataFrame:
    """All parts of a small result as one frame.

    Raises:
        InputError: there are none.
    """
    files = sorted((out / "parts").glob("*.parquet"))
    if not files:
        raise InputError(message(N_("“{folder}”里没有结果。"), folder=out))
    return pd.concat([gpd.read_parquet(file) for file in files], ignore_index=True)
