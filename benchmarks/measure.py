"""Timing in turns, so that a slow moment of the machine falls on every candidate alike; and the figures that come out."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from statistics import median
from typing import Any, TypeVar

OURS = "本应用"
GEOJSON = "folium.GeoJson 整图重建"
EXPLORE = "gdf.explore 整图重建"
EMPTY = "只有筛选、没有地图的空页"
PEERS = (GEOJSON, EXPLORE)


_T = TypeVar("_T")


@dataclass(frozen=True)
class Figure:
    """What one candidate needed for one job, once per round."""

    job: str
    candidate: str
    unit: str  # ms | kB
    values: tuple[float, ...]
    peak_bytes: int | None = None  # the most memory held, in a process of its own

    @property
    def median(self) -> float:
        return median(self.values)


@dataclass(frozen=True)
class Aim:
    """What was to be reached in a job: at least ``asked``, or ``below`` it, in ``unit``; ``against`` whom, if anyone."""

    job: str
    against: str
    asked: float
    measured: float
    unit: str = "倍"
    below: bool = False

    @property
    def met(self) -> bool:
        return self.measured < self.asked if self.below else self.measured >= self.asked


@dataclass(frozen=True)
class Room:
    """What one part of the bench came to. ``more``: what else of it is kept."""

    libraries: Sequence[str]
    size: Mapping[str, Any]
    figures: Sequence[Figure]
    aims: Sequence[Aim]
    more: Mapping[str, Any] = field(default_factory=dict)


def milliseconds(act: Callable[[], object]) -> float:
    """How long ``act`` takes."""
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1e3


def in_turns(rounds: int, candidates: Mapping[str, Callable[[int], _T]]) -> dict[str, list[_T]]:
    """Each candidate's result per round. Every round begins with another candidate; round -1 warms up and is dropped."""
    names = list(candidates)
    results: dict[str, list[_T]] = {name: [] for name in names}
    for number in range(-1, rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            result = candidates[name](number)
            if number >= 0:
                results[name].append(result)
    return results


def figures(job: str, unit: str, results: Mapping[str, list[float]]) -> list[Figure]:
    return [Figure(job, candidate, unit, tuple(values)) for candidate, values in results.items()]


def ratio(all_figures: Sequence[Figure], job: str, candidate: str) -> float:
    """How many times as much as we need ``candidate`` needs for ``job``."""
    medians = {figure.candidate: figure.median for figure in all_figures if figure.job == job}
    return medians[candidate] / medians[OURS]


def circumstances(libraries: Sequence[str]) -> dict[str, Any]:
    """When and on what it was measured: nothing that names the machine."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": {"cores": os.cpu_count(), "system": platform.system(), "python": platform.python_version()},
        "libraries": {name: version(name) for name in libraries},
    }
