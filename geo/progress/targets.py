"""Targets, what was reached, and the difference. What the plan blanks and nobody entered stays None."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import pandas as pd

from geo.i18n import Label
from geo.model import FLOOR_UNITS, Counts, Plan, Target
from geo.progress.demonstration import demonstration_year
from geo.progress.entries import Entries, Kind


@dataclass(frozen=True)
class Figure:
    """One metric in one year, in the metric's unit; None stands for "not known".

    Attributes:
        stated: the plan speaks of this year.
        words: the plan's own words, None where it does not speak of the year.
        planned: the plan's figure, None where it is blanked.
        set: the target that was entered in place of a blanked one.
        counted: what the bases give, None where neither the data nor an entry tells of any base in this year.
        entered: the county's figure that was entered.
        districts: District.id ("" unknown) -> what was counted there, or entered where nothing is counted.
    """

    year: int
    words: Label | None
    planned: float | None
    set: float | None
    counted: float | None
    entered: float | None
    districts: Mapping[str, float]

    @property
    def stated(self) -> bool:
        return self.words is not None

    @property
    def blanked(self) -> bool:
        """The plan speaks of the year and its figure is hidden."""
        return self.stated and self.planned is None

    @property
    def target(self) -> float | None:
        return self.planned if self.planned is not None else self.set

    @property
    def actual(self) -> float | None:
        """Counted where the bases tell, else entered for the county, else the sum of what its districts entered."""
        if self.counted is not None:
            return self.counted
        if self.entered is not None:
            return self.entered
        return sum(self.districts.values()) if self.districts else None

    @property
    def gap(self) -> float | None:
        """How much is missing; below 0 where more was reached than asked."""
        target, actual = self.target, self.actual
        return None if target is None or actual is None else target - actual


@dataclass(frozen=True)
class _Base:
    """What targets need of a row of BASE_COLUMNS; the numbers are NA where they are not known."""

    id: str
    district: str
    floor_area: Any
    built_year: Any
    level: str
    level_year: Any


@dataclass(frozen=True)
class TargetProgress:
    target: Target
    figures: tuple[Figure, ...]  # one for each year of the plan


def targets(plan: Plan, bases: pd.DataFrame, entries: Entries) -> tuple[TargetProgress, ...]:
    """Every metric of the plan over all its years. A base counts while it is in the data."""
    stored = [_Base(*row) for row in zip(*(bases[field.name] for field in fields(_Base)), strict=True)]
    found = []
    for target in plan.targets:
        counted = _counted(plan, target, stored, entries)
        found.append(TargetProgress(target, tuple(_figure(target, year, counted, entries) for year in plan.years)))
    return tuple(found)


def _figure(target: Target, year: int, counted: Mapping[int, Mapping[str, float]], entries: Entries) -> Figure:
    entered = {
        e.item: e.value for e in entries.of(Kind.ACTUAL, target.metric) if e.year == year and e.value is not None
    }
    set_entry = entries.get(Kind.TARGET, target.metric, year=year)
    whole = entered.pop("", None)
    return Figure(
        year=year,
        words=target.words.get(year),
        planned=target.values.get(year),
        set=set_entry.value if set_entry else None,
        counted=sum(counted[year].values()) if year in counted else None,
        entered=whole,
        districts=counted.get(year, entered),
    )


def _counted(plan: Plan, target: Target, bases: Iterable[_Base], entries: Entries) -> dict[int, dict[str, float]]:
    """Year -> district -> what the bases give; only years about which any base tells something."""
    found: dict[int, dict[str, float]] = {}
    for base in bases:
        for year, amount in _of_base(plan, target, base, entries):
            of_year = found.setdefault(year, {})
            of_year[base.district] = of_year.get(base.district, 0.0) + amount
    return found


def _of_base(plan: Plan, target: Target, base: _Base, entries: Entries) -> list[tuple[int, float]]:
    """(year, how much the base adds in it)."""
    match target.counts:
        case Counts.FLOOR_AREA:
            return list(_areas(target, base, entries).items())
        case Counts.DEMONSTRATION:
            year = demonstration_year(entries, base.id)
            return [] if year is None else [(year, 1.0)]
        case Counts.LEVEL:
            # A base that rises further within the levels that count is new only once.
            levels = plan.counted_levels(target)
            years = [year for level, year in _levels(base, entries).items() if level in levels]
            return [(min(years), 1.0)] if years else []
        case Counts.ENTERED:
            return []


def _areas(target: Target, base: _Base, entries: Entries) -> dict[int, float]:
    """Year -> floor area that came in use, in the target's unit: as entered, else the base's own in its year."""
    areas = {e.year: e.value for e in entries.of(Kind.AREA, base.id) if e.year is not None and e.value is not None}
    if not (pd.isna(base.floor_area) or pd.isna(base.built_year)):
        areas.setdefault(int(base.built_year), float(base.floor_area) / FLOOR_UNITS[target.unit.zh])
    return areas


def _levels(base: _Base, entries: Entries) -> dict[str, int]:
    """Level -> the year in which the base was given it: as entered, else the base's own."""
    levels = {e.item: e.year for e in entries.of(Kind.LEVEL, base.id) if e.year is not None}
    if base.level and not pd.isna(base.level_year):
        levels.setdefault(base.level, int(base.level_year))
    return levels
