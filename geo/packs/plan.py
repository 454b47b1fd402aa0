"""The plan of a pack, from its file."""

from __future__ import annotations

from geo.i18n import Label
from geo.model import (
    Cluster,
    Counts,
    Demonstration,
    Inference,
    Item,
    Level,
    Link,
    Measure,
    Member,
    Plan,
    Roster,
    RosterBase,
    Stage,
    Target,
    Task,
)
from geo.packs import files
from geo.packs.standards import label


def plan_of(file: files.PlanFile, standard: str) -> Plan:
    """The plan that ``file`` writes down, judged by ``standard``."""
    return Plan(
        title=label(file.title),
        document=file.document,
        years=tuple(file.years),
        stages=tuple(Stage(s.id, label(s.label), s.symbol, s.in_chain, tuple(s.aliases)) for s in file.stage),
        clusters=tuple(_cluster(entry) for entry in file.cluster),
        levels=tuple(Level(entry.id, label(entry.label)) for entry in file.level),
        targets=tuple(_target(entry) for entry in file.target),
        demonstration=_demonstration(file.demonstration) if file.demonstration else None,
        rosters=tuple(_roster(entry) for entry in sorted(file.roster, key=lambda entry: entry.year)),
        tasks=tuple(_task(entry) for entry in file.task),
        standard=standard,
    )


def inferences(entries: list[files.InferredEntry]) -> tuple[Inference, ...]:
    """What an entry says of itself that the text does not."""
    return tuple(Inference(entry.field, label(entry.reason)) for entry in entries)


def _cluster(e: files.ClusterEntry) -> Cluster:
    return Cluster(
        id=e.id,
        label=label(e.label),
        district=e.district,
        industry=label(e.industry),
        links=tuple(Link(o.stage, label(o.words), tuple(o.bases), inferences(o.inferred)) for o in e.chain),
        chain_text=label(e.chain_text),
        platforms=_members(e.platforms),
        firms=_members(e.firms),
        colour=e.colour,
        clause=label(e.clause),
        developing=e.developing,
        inferred=inferences(e.inferred),
        aim=label(e.aim),
    )


def _members(entries: list[files.MemberEntry]) -> tuple[Member, ...]:
    return tuple(Member(label(entry.label), label(entry.called), entry.base) for entry in entries)


def _target(e: files.TargetEntry) -> Target:
    years = sorted(e.years, key=lambda one: one.year)
    return Target(
        metric=e.metric,
        label=label(e.label),
        unit=label(e.unit),
        clause=label(e.clause),
        values={one.year: one.value for one in years},
        words={one.year: label(one.words) for one in years},
        counts=Counts(e.counts),
        level=e.level,
    )


def _demonstration(e: files.DemonstrationEntry) -> Demonstration:
    items = tuple(
        Item(one.id, label(one.label) if one.label else None, label(one.words) if one.words else Label(""))
        for one in e.item
    )
    return Demonstration(label(e.label), label(e.clause), items, inferences(e.inferred))


def _roster(e: files.RosterEntry) -> Roster:
    bases = tuple(RosterBase(label(one.name), one.base, inferences(one.inferred)) for one in e.base)
    return Roster(e.year, label(e.clause), bases)


def _task(e: files.TaskEntry) -> Task:
    measures = tuple(Measure(m.id, label(m.text), tuple(map(label, m.owners)), m.due) for m in e.measure)
    return Task(e.id, label(e.clause), label(e.title), measures)
