"""Targets, what was reached, and the difference. What the plan blanks and nobody entered stays None."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from geo.i18n import Label
from geo.model import Counts, Plan, Target
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
        counted: what the bases give, None where nothing was entered about any base for this year.
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
class TargetProgress:
    target: Target
    figures: tuple[Figure, ...]  # one for each year of the plan


def targets(plan: Plan, bases: pd.DataFrame, entries: Entries) -> tuple[TargetProgress, ...]:
    """Every metric of the plan over all its years. A base counts while it is in the data."""
    districts = dict(zip(bases["id"], bases["district"], strict=True))
    found = []
    for target in plan.targets:
        counted = _counted(plan, target, districts, entries)
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


def _counted(plan: Plan, target: Target, districts: Mapping[str, str], entries: Entries) -> dict[int, dict[str, float]]:
    """Year -> district -> what the bases give; only years about which something was entered."""
    found: dict[int, dict[str, float]] = {}
    for base, district in districts.items():
        for year, amount in _of_base(plan, target, base, entries):
            of_year = found.setdefault(year, {})
            of_year[district] = of_year.get(district, 0.0) + amount
    return found


def _of_base(plan: Plan, target: Target, base: str, entries: Entries) -> list[tuple[int, float]]:
    """(year, how much the base adds in it)."""
    match target.counts:
        case Counts.FLOOR_AREA:
            areas = entries.of(Kind.AREA, base)
            return [(e.year, e.value) for e in areas if e.year is not None and e.value is not None]
        case Counts.DEMONSTRATION:
            year = demonstration_year(entries, base)
            return [] if year is None else [(year, 1.0)]
        case Counts.LEVEL:
            # A base that rises further within the levels that count is new only once.
            levels = plan.counted_levels(target)
            years = [e.year for e in entries.of(Kind.LEVEL, base) if e.item in levels and e.year is not None]
            return [(min(years), 1.0)] if years else []
        case Counts.ENTERED:
            return []
