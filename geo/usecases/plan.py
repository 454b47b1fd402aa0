"""The plan and how far it is: chains, rosters, targets, tasks, and what people enter about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict, dataclass
from datetime import date
from functools import reduce

from shapely import Point

from geo import progress
from geo.errors import ConflictError, InputError, NotFoundError
from geo.i18n import N_, Listed, Message, message
from geo.model import Layer, feature_frame
from geo.progress import Entry
from geo.store import Difference, Draft, Revision
from geo.usecases.atlas import Atlas, Author, Snapshot, may_write, snapshot
from geo.usecases.entering import faults, known
from geo.usecases.evidence import Attachment, attached
from geo.usecases.judging import Settings, coverage
from geo.usecases.telling import told_change

_TOLD = 5  # faults of one attempt before they are only counted


@dataclass(frozen=True)
class PlanState:
    """The plan at one revision, seen on one day."""

    entries: progress.Entries
    chains: tuple[progress.ChainProgress, ...]
    rosters: tuple[progress.RosterProgress, ...]
    targets: tuple[progress.TargetProgress, ...]
    tasks: tuple[progress.TaskProgress, ...]


@dataclass(frozen=True)
class Covered:
    """How much of what was judged around a cluster's bases is covered; ``sample``: by made-up facilities."""

    covered: int
    judged: int
    sample: bool


def plan_state(atlas: Atlas, snap: Snapshot, today: date | None = None) -> PlanState:
    """Everything about the plan; ``today`` decides which years are over."""
    day = today or date.today()
    return atlas.kept.of("plan", (snap.stamp, day), lambda: _plan_state(atlas, snap, day))


def _plan_state(atlas: Atlas, snap: Snapshot, today: date) -> PlanState:
    plan, bases = atlas.pack.plan, snap.bases
    entries = progress.read(snap.frame(Layer.RECORDS))
    return PlanState(
        entries,
        progress.chains(plan, bases, entries),
        progress.rosters(plan, bases, entries, today),
        progress.targets(plan, bases, entries),
        progress.tasks(plan, entries, today),
    )


def phases(atlas: Atlas, snap: Snapshot, year: int, today: date | None = None) -> Mapping[str, progress.Phase]:
    """Base id -> stands, planned or missed at the end of ``year``: see :func:`geo.progress.timeline`.

    Raises:
        NotFoundError: the plan does not have that year.
    """
    if year not in atlas.pack.plan.years:
        known_years = Listed(tuple(map(str, atlas.pack.plan.years)))
        raise NotFoundError(message(N_("规划期里没有 {year} 年:请用 {known} 之一。"), year=year, known=known_years))
    entries = plan_state(atlas, snap, today).entries
    return progress.timeline(atlas.pack.plan, snap.bases, entries, year, today or date.today())


def cluster_coverage(atlas: Atlas, snap: Snapshot) -> dict[str, Covered]:
    """Cluster id -> the coverage of its bases by the plan's standard; only clusters that have bases."""
    table = coverage(atlas, snap, Settings())
    return {
        str(cluster): Covered(int(rows["covered"].sum()), len(rows), bool(rows["sample"].any()))
        for cluster, rows in table[table["cluster"] != ""].groupby("cluster", sort=False)
    }


def record(
    atlas: Atlas,
    entries: Sequence[Entry],
    author: Author,
    expected_head: int | None = None,
    today: date | None = None,
    files: Sequence[Attachment] = (),
) -> Revision:
    """Stores what was entered as one revision, all or nothing; an entry that says nothing takes away its forerunner.

    Args:
        expected_head: the newest revision when the person looked, so that nobody writes over what they have not seen;
            what was stored since of other things does not matter.
        files: what the entries give as evidence; kept with the revision.

    Raises:
        InputError: with every fault of the entries (of many, the first few), or a file that is not taken.
        UnchangedError: nothing would change.
        ConflictError: somebody entered something of the same since ``expected_head``; the message says what.
        ReadOnlyError, StoreError: nothing was written.
    """
    may_write(author)
    about = known(atlas.pack, snapshot(atlas), today or date.today())
    if found := [fault for entry in entries for fault in faults(entry, about)]:
        raise InputError(message(N_("没有保存:{faults}。"), faults=_joined(found)))
    said = [entry for entry in entries if not entry.blank]
    names = [about.name(entry) for entry in said]
    rows = [
        {**asdict(entry), "id": entry.id, "name": name.zh, "name_en": name.en}
        for entry, name in zip(said, names, strict=True)
    ]
    draft = Draft(
        kind="record",
        author=author.name,
        upserts={Layer.RECORDS: feature_frame(Layer.RECORDS, rows, [Point()] * len(rows))} if rows else {},
        removals={Layer.RECORDS: [entry.id for entry in entries if entry.blank]},
        files=attached(files, entries),
    )
    return atlas.store.commit(atlas.pack.id, draft, _unseen(atlas, entries, expected_head))


def _unseen(atlas: Atlas, entries: Sequence[Entry], seen: int | None) -> int | None:
    """The newest revision, if it says of ``entries`` what revision ``seen`` did.

    Raises:
        ConflictError: it does not.
    """
    head = snapshot(atlas).revision
    if seen is None or seen == head:
        return seen
    ids = {entry.id for entry in entries}
    theirs = _between(atlas, ids, seen, head)
    if not theirs:
        return head
    since = (one for one in reversed(atlas.store.history(atlas.pack.id)) if one.number > seen)
    who = dict.fromkeys(one.author for one in since if _between(atlas, ids, one.number - 1, one.number))
    text = N_("没有保存:您打开这一页之后,{who}改了同样的地方:{changes}。您填的还在;再按一次保存,就用您填的代替。")
    told = _joined([told_change(atlas.pack, one) for one in theirs])
    raise ConflictError(message(text, who=Listed(tuple(who)), changes=told))


def _between(atlas: Atlas, entries: Set[str], old: int, new: int) -> list[Difference]:
    """What revision ``new`` says otherwise of the entries of these ids than ``old``."""
    every = atlas.store.diff(atlas.pack.id, old, new)
    return [one for one in every if one.layer is Layer.RECORDS and one.id in entries]


def _joined(found: Sequence[Message]) -> Message:
    """The faults in one sentence; of many, the first few and how many more there are."""
    rest = len(found) - _TOLD
    told = [*found[:_TOLD], *([message(N_("另有 {n} 处"), n=rest)] if rest > 0 else [])]
    return reduce(lambda before, after: message(N_("{before}；{after}"), before=before, after=after), told)
