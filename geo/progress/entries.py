"""What people enter about a plan: one entry says one thing, and an entry with the same key takes its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cached_property
from typing import Any

import pandas as pd

from geo.i18n import N_


class Kind(StrEnum):
    """What an entry is about. In brackets: its subject, its item."""

    STANDS = "stands"  # (base) is it built and in use, since which year
    DEMONSTRATION = "demonstration"  # (base) the year in which it was recognised as a demonstration base
    LEVEL = "level"  # (base, level) the year in which it was given that level
    AREA = "area"  # (base) floor area that came in use in a year, in the unit of the target that counts it
    ITEM = "item"  # (base, item) how far it has one of the things that a demonstration base has to have
    TARGET = "target"  # (metric) a target's figure of a year, where the plan blanks it
    ACTUAL = "actual"  # (metric, district or "") what was reached in a year
    TASK = "task"  # (measure) who does it, by which year, how far it is


KIND_WORDS: Mapping[Kind, str] = {
    Kind.STANDS: N_("建成投用"),
    Kind.DEMONSTRATION: N_("认定为示范孵化基地"),
    Kind.LEVEL: N_("获得级别"),
    Kind.AREA: N_("新增场地面积"),
    Kind.ITEM: N_("示范标准"),
    Kind.TARGET: N_("目标"),
    Kind.ACTUAL: N_("实际"),
    Kind.TASK: N_("任务措施"),
}
KEYED_BY_YEAR = frozenset({Kind.AREA, Kind.TARGET, Kind.ACTUAL})  # there is one of each year


class State(StrEnum):
    DONE = "done"
    DOING = "doing"
    OPEN = "open"


STATE_WORDS: Mapping[State, str] = {
    State.DONE: N_("已完成"),
    State.DOING: N_("进行中"),
    State.OPEN: N_("未开始"),
}


STANDS_WORDS: Mapping[State, str] = {State.DONE: N_("已建成"), State.DOING: N_("在建"), State.OPEN: N_("未建")}


def state_words(kind: Kind) -> Mapping[State, str]:
    """What the states of an entry of that kind are called."""
    return STANDS_WORDS if kind is Kind.STANDS else STATE_WORDS


@dataclass(frozen=True)
class Entry:
    """``value`` is in the unit of its target; ``day`` an ISO date; ``who`` says so, or, of a measure, does it."""

    kind: Kind
    subject: str
    item: str = ""
    year: int | None = None
    value: float | None = None
    state: str = ""
    evidence: str = ""
    link: str = ""
    file: str = ""
    file_sha256: str = ""
    day: str = ""
    who: str = ""
    note: str = ""

    @property
    def id(self) -> str:
        """The same for entries that take each other's place.

        >>> Entry(Kind.TARGET, "funds", year=2030, value=3).id, Entry(Kind.TASK, "land", year=2030).id
        ('target:funds::2030', 'task:land:')
        """
        year = f":{self.year}" if self.kind in KEYED_BY_YEAR else ""
        return f"{self.kind}:{self.subject}:{self.item}{year}"

    @property
    def blank(self) -> bool:
        """Says nothing: storing it takes away what was entered before."""
        keyed = ("kind", "subject", "item", *(("year",) if self.kind in KEYED_BY_YEAR else ()))
        said = (getattr(self, field.name) for field in fields(self) if field.name not in keyed)
        return all(value in ("", None) for value in said)


@dataclass(frozen=True)
class Entries:
    """All entries of one revision."""

    every: tuple[Entry, ...] = ()

    @cached_property
    def _by_id(self) -> dict[str, Entry]:
        return {entry.id: entry for entry in self.every}

    @cached_property
    def _by_kind(self) -> dict[tuple[Kind, str], tuple[Entry, ...]]:
        found: dict[tuple[Kind, str], list[Entry]] = {}
        for entry in self.every:
            found.setdefault((entry.kind, entry.subject), []).append(entry)
        return {key: tuple(entries) for key, entries in found.items()}

    def get(self, kind: Kind, subject: str, item: str = "", year: int | None = None) -> Entry | None:
        """The entry of that key; ``year`` only where the kind is keyed by it."""
        return self._by_id.get(Entry(kind, subject, item, year).id)

    def of(self, kind: Kind, subject: str) -> tuple[Entry, ...]:
        return self._by_kind.get((kind, subject), ())


def read(frame: pd.DataFrame) -> Entries:
    """The rows of a frame of RECORD_COLUMNS; one of a kind that this program does not know is passed over."""
    known = frame[frame["kind"].isin(list(Kind))]
    names = [field.name for field in fields(Entry)]
    rows = zip(*(known[name] for name in names), strict=True)
    return Entries(tuple(_entry(dict(zip(names, row, strict=True))) for row in rows))


def _entry(row: dict[str, Any]) -> Entry:
    year, value = row["year"], row["value"]
    words = {name: str(text) for name, text in row.items() if name not in ("kind", "year", "value")}
    return Entry(
        kind=Kind(row["kind"]),
        year=None if pd.isna(year) else int(year),
        value=None if pd.isna(value) else float(value),
        **words,
    )
