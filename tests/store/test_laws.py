"""Whatever is committed and undone, each revision reads as a plain replay of it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import cycle, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from geo.errors import ConflictError, StoreError
from geo.model import Layer, feature_frame
from geo.store import Decision, Difference, Draft, Store

PACK = "county"
EVERY_KEY = list(product(Layer, ["a", "b", "乙", "'\"%"]))
KEYS = st.sampled_from(EVERY_KEY)
VALUES = st.tuples(st.sampled_from(["", "甲", "=1"]), st.sampled_from([120.5, 121.0]))
COMMITS = st.tuples(st.dictionaries(KEYS, VALUES, max_size=4), st.sets(KEYS, max_size=3))
DECISIONS = st.lists(st.sampled_from(["keep", "revert"]), min_size=1, max_size=3)  # taken in turn, over and over
UNDOS = st.tuples(st.integers(1, 12), st.none() | DECISIONS)
STEPS = st.lists(st.one_of(COMMITS, UNDOS), max_size=10)

Key = tuple[Layer, str]
Value = tuple[str, float]  # name, longitude
State = dict[Key, Value]
Steps = list[tuple[Any, Any]]


@dataclass
class Replay:
    """The same rules on dicts: every state, and who undid whom."""

    states: list[State] = field(default_factory=lambda: [{}])
    undone: set[int] = field(default_factory=set)

    def changed(self, number: int) -> set[Key]:
        before, after = self.states[number - 1], self.states[number]
        return {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}

    def committed(self, upserts: State, removals: set[Key]) -> State:
        return {key: value for key, value in {**self.states[-1], **upserts}.items() if key not in removals}

    def taken_back(self, number: int, kept: set[Key]) -> State:
        """The newest state without what revision ``number`` did, except where that is ``kept``."""
        before = self.states[number - 1]
        touched = self.changed(number) - kept
        rest = {key: value for key, value in self.states[-1].items() if key not in touched}
        return rest | {key: before[key] for key in touched if key in before}


def draft_of(upserts: State, removals: set[Key]) -> Draft:
    frames = {}
    for layer in Layer:
        chosen = {id: value for (of, id), value in upserts.items() if of is layer}
        rows = [{"id": id, "name": name} for id, (name, _) in chosen.items()]
        frames[layer] = feature_frame(layer, rows, [Point(lon, 28) for _, lon in chosen.values()])
    gone = {layer: [id for of, id in removals if of is layer] for layer in Layer}
    return Draft("import", "员工", upserts=frames, removals=gone)


def state_at(store: Store, number: int) -> State:
    state: State = {}
    for layer in Layer:
        stored = store.frame(PACK, layer, at=number)
        assert stored["id"].tolist() == sorted(stored["id"])
        for id, name, place in zip(stored["id"], stored["name"], stored.geometry, strict=True):
            state[layer, id] = (name, place.x)
    return state


def commit(store: Store, replay: Replay, upserts: State, removals: set[Key]) -> None:
    upserts = {key: value for key, value in upserts.items() if key not in removals}
    state = replay.committed(upserts, removals)
    try:
        revision = store.commit(PACK, draft_of(upserts, removals))
    except StoreError:
        assert state == replay.states[-1]
        return
    replay.states.append(state)
    assert revision.added + revision.changed + revision.removed == len(replay.changed(revision.number)) > 0
    assert revision.added - revision.removed == len(state) - len(replay.states[-2])


def conflicts(store: Store, replay: Replay, number: int) -> list[Key]:
    """What the store asks about before it takes ``number`` back: only what later revisions touched."""
    found = [(conflict.layer, conflict.id) for conflict in store.conflicts(PACK, number)]
    later = {key for at in range(number + 1, len(replay.states)) for key in replay.changed(at)}
    assert set(found) <= later & replay.changed(number)
    # Nothing is overwritten unasked: the rest is exactly what the revision had left.
    rest = replay.changed(number) - set(found)
    assert all(replay.states[-1].get(key) == replay.states[number].get(key) for key in rest)
    return found


def undo(store: Store, replay: Replay, number: int, choices: list[Decision] | None) -> None:
    if number in replay.undone:
        with pytest.raises(StoreError, match="已被第"):
            store.undo(PACK, number, "员工")
        return
    disputed = conflicts(store, replay, number)
    if choices is None and disputed:
        with pytest.raises(ConflictError):
            store.undo(PACK, number, "员工")
        return
    decisions = dict(zip(disputed, cycle(choices or ["keep"]), strict=False))
    state = replay.taken_back(number, {key for key, decision in decisions.items() if decision == "keep"})
    if state == replay.states[-1]:
        with pytest.raises(StoreError, match="什么都不会改变"):
            store.undo(PACK, number, "员工", decisions)
        return
    store.undo(PACK, number, "员工", decisions, expected_head=len(replay.states) - 1)
    replay.undone.add(number)
    replay.states.append(state)


def replayed(store: Store, steps: Steps) -> Replay:
    replay = Replay()
    for upserts_or_number, removals_or_choices in steps:
        if not isinstance(upserts_or_number, int):
            commit(store, replay, upserts_or_number, removals_or_choices)
        elif upserts_or_number < len(replay.states):
            undo(store, replay, upserts_or_number, removals_or_choices)
    return replay


def applied(state: State, differences: Iterable[Difference]) -> State:
    """``state`` with the differences made, each of which must find the old values there."""
    after = dict(state)
    for difference in differences:
        key = difference.layer, difference.id
        name, place = state.get(key, ("", None))
        fields = {field.name: field for field in difference.fields}
        if "name" in fields:
            assert fields["name"].old == (name if key in state else None)
            name = fields["name"].new
        if "geometry" in fields:
            old, new = fields["geometry"].old, fields["geometry"].new
            assert (None if old is None else old.x) == place
            place = None if new is None else new.x
        assert (difference.op == "remove") == (place is None)
        after.pop(key, None)
        if place is not None:
            after[key] = (name, place)
    return after


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_every_revision_reads_as_its_replay(steps: Steps) -> None:
    store = Store.open("sqlite://")
    replay = replayed(store, steps)
    for number, state in enumerate(replay.states):
        assert state_at(store, number) == state
    assert store.head(PACK) == len(replay.states) - 1
    undone = {revision.undoes for revision in store.history(PACK)} - {None}
    assert undone == replay.undone
    store.close()


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_the_difference_of_any_two_revisions_turns_one_into_the_other(steps: Steps) -> None:
    store = Store.open("sqlite://")
    states = replayed(store, steps).states
    for old, new in product(range(len(states)), repeat=2):
        differences = store.diff(PACK, old, new)
        told = [(difference.layer, difference.id) for difference in differences]
        assert set(told) == {key for key in EVERY_KEY if states[old].get(key) != states[new].get(key)}
        assert told == sorted(told, key=lambda key: (list(Layer).index(key[0]), key[1]))
        assert applied(states[old], differences) == states[new]
    store.close()


@settings(max_examples=25, deadline=None)
@given(st.lists(COMMITS, min_size=1, max_size=6))
def test_undoing_everything_backwards_leads_back_to_nothing(steps: list[tuple[State, set[Key]]]) -> None:
    store = Store.open("sqlite://")
    replay = Replay()
    for upserts, removals in steps:
        commit(store, replay, upserts, removals)
    head = store.head(PACK)
    for number in range(head, 0, -1):
        store.undo(PACK, number, "员工")
        assert state_at(store, store.head(PACK)) == replay.states[number - 1]
    store.close()


@settings(max_examples=15, deadline=None)
@given(STEPS, STEPS)
def test_a_restored_backup_is_the_same_in_every_revision(saved: Steps, lost: Steps) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{folder}/atlas.db")
        states = replayed(store, saved).states
        history = store.history(PACK)
        store.backup(Path(folder, "saved.db"))
        other = Store.open(f"sqlite:///{folder}/other.db")
        gone = replayed(other, lost).states
        aside = other.restore(Path(folder, "saved.db"))
        kept = Store.open(f"sqlite:///{aside}")
        for found, expected in ((other, states), (kept, gone)):
            assert [state_at(found, number) for number in range(len(expected))] == expected
            assert found.head(PACK) == len(expected) - 1
        assert other.history(PACK) == history
        for opened in (store, other, kept):
            opened.close()
