"""The plan's measures: who does each, by when, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from geo.i18n import Label
from geo.model import Measure, Plan, Task
from geo.progress.entries import Entries, Entry, Kind, State


@dataclass(frozen=True)
class MeasureProgress:
    """What the plan states of a measure comes first; what it leaves open may be entered."""

    measure: Measure
    entry: Entry | None
    overdue: bool  # its year is over, and nobody entered that it is done

    @property
    def owners(self) -> tuple[Label, ...]:
        """Whom the plan names, and who was entered besides."""
        return (*self.measure.owners, *((Label(self.entry.who),) if self.entry and self.entry.who else ()))

    @property
    def due(self) -> int | None:
        return self.measure.due if self.measure.due is not None else (self.entry.year if self.entry else None)

    @property
    def state(self) -> State | None:
        return State(self.entry.state) if self.entry and self.entry.state in set(State) else None


@dataclass(frozen=True)
class TaskProgress:
    task: Task
    measures: tuple[MeasureProgress, ...]


def tasks(plan: Plan, entries: Entries, today: date) -> tuple[TaskProgress, ...]:
    """Every task of the plan, in its order."""
    return tuple(
        TaskProgress(task, tuple(_measure(measure, entries, today) for measure in task.measures)) for task in plan.tasks
    )


def _measure(measure: Measure, entries: Entries, today: date) -> MeasureProgress:
    entry = entries.get(Kind.TASK, measure.id)
    found = MeasureProgress(measure, entry, overdue=False)
    late = found.due is not None and today.year > found.due and found.state is not State.DONE
    return MeasureProgress(measure, entry, overdue=late)
