"""The rosters year by year: what each base has of the plan's standard, what is left, and who missed the year.

Only a recognition that somebody entered makes a demonstration base. Having every item is not it: who judges is an
authority, and of a plan's items some may not be legible.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import pandas as pd

from geo.i18n import Label
from geo.model import Item, Plan, RosterBase
from geo.progress.entries import Entries, Entry, Kind, State


class RosterState(StrEnum):
    RECOGNISED = "recognised"  # in its year, or before
    LATE = "late"  # after its year
    PENDING = "pending"  # the year is not over
    MISSED = "missed"  # the year is over, and no recognition was entered


@dataclass(frozen=True)
class ItemProgress:
    item: Item
    entry: Entry | None

    @property
    def done(self) -> bool:
        return self.entry is not None and self.entry.state == State.DONE


@dataclass(frozen=True)
class Seat:
    """A base on a roster.

    Attributes:
        named: as the plan names it, or, where only the data has its year, as the data does.
        recognised: the year in which it was, None where none was entered.
        items: what it has of the standard; the legible ones.
    """

    named: RosterBase
    year: int
    recognised: int | None
    items: tuple[ItemProgress, ...]
    state: RosterState

    @property
    def left(self) -> tuple[Item, ...]:
        """What it still has to get."""
        return tuple(one.item for one in self.items if not one.done)


@dataclass(frozen=True)
class RosterProgress:
    """A year's roster; ``clause`` is None where only the data names bases for that year."""

    year: int
    clause: Label | None
    seats: tuple[Seat, ...]


def rosters(plan: Plan, bases: pd.DataFrame, entries: Entries, today: date) -> tuple[RosterProgress, ...]:
    """By year: what the plan's rosters name, and the bases that are stored with that year and are on none."""
    clauses = {roster.year: roster.clause for roster in plan.rosters}
    named: dict[int, list[RosterBase]] = {roster.year: list(roster.bases) for roster in plan.rosters}
    for year, extra in _unlisted(plan, bases):
        named.setdefault(year, []).append(extra)
    return tuple(
        RosterProgress(year, clauses.get(year), tuple(_seat(plan, base, year, entries, today) for base in named[year]))
        for year in sorted(named)
    )


def _unlisted(plan: Plan, bases: pd.DataFrame) -> list[tuple[int, RosterBase]]:
    listed = {base.base for roster in plan.rosters for base in roster.bases}
    dated = bases[bases["demo_year"].notna() & ~bases["id"].isin(listed)]
    rows = zip(dated["id"], dated["name"], dated["name_en"], dated["demo_year"], strict=True)
    return [(int(year), RosterBase(Label(name, name_en), id)) for id, name, name_en, year in rows]


def _seat(plan: Plan, named: RosterBase, year: int, entries: Entries, today: date) -> Seat:
    items = plan.demonstration.items if plan.demonstration else ()
    found = tuple(
        ItemProgress(item, entries.get(Kind.ITEM, named.base, item.id) if named.base else None)
        for item in items
        if item.label is not None
    )
    recognised = demonstration_year(entries, named.base) if named.base else None
    return Seat(named, year, recognised, found, _state(year, recognised, today))


def demonstration_year(entries: Entries, base: str) -> int | None:
    """The year in which ``base`` was recognised as a demonstration base, None where none was entered."""
    entry = entries.get(Kind.DEMONSTRATION, base)
    return entry.year if entry else None


def _state(year: int, recognised: int | None, today: date) -> RosterState:
    if recognised is not None:
        return RosterState.RECOGNISED if recognised <= year else RosterState.LATE
    return RosterState.MISSED if today.year > year else RosterState.PENDING
