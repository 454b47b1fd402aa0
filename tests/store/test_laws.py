"""Whatever is committed and undone, each revision reads as a plain replay of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from geo.errors import ConflictError, StoreError
from geo.model import Layer, feature_frame
from geo.store import Draft, Store

PACK = "county"
IDS = st.sampled_from(["a", "b", "乙", "'\"%"])
KEYS = st.tuples(st.sampled_from(list(Layer)), IDS)
VALUES = st.tuples(st.sampled_from(["", "甲", "=1"]), st.sampled_from([120.5, 121.0]))
COMMITS = st.tuples(st.dictionaries(KEYS, VALUES, max_size=4), st.sets(KEYS, max_size=3))
UNDOS = st.integers(1, 12)

Key = tuple[Layer, str]
Value = tuple[str, float]  # name, longitude
State = dict[Key, Value]


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

    def taken_back(self, number: int) -> State:
        before = self.states[number - 1]
        touched = self.changed(number)
        kept = {key: value for key, value in self.states[-1].items() if key not in touched}
        return kept | {key: before[key] for key in touched if key in before}


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


def undo(store: Store, replay: Replay, number: int) -> None:
    head = len(replay.states) - 1
    later = {key for at in range(number + 1, head + 1) for key in replay.changed(at)}
    try:
        store.undo(PACK, number, "员工")
    except ConflictError:
        assert later & replay.changed(number)
        return
    except StoreError:
        assert number in replay.undone
        return
    # An undo never overwrites: what it takes back is exactly what the revision had left.
    assert all(replay.states[-1].get(key) == replay.states[number].get(key) for key in replay.changed(number))
    replay.undone.add(number)
    replay.states.append(replay.taken_back(number))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(COMMITS, UNDOS), max_size=10))
def test_every_revision_reads_as_its_replay(steps: list[tuple[State, set[Key]] | int]) -> None:
    store = Store.open("sqlite://")
    replay = Replay()
    for step in steps:
        if not isinstance(step, int):
            commit(store, replay, *step)
        elif step < len(replay.states):
            undo(store, replay, step)
    for number, state in enumerate(replay.states):
        assert state_at(store, number) == state
    assert store.head(PACK) == len(replay.states) - 1
    undone = {revision.undoes for revision in store.history(PACK)} - {None}
    assert undone == replay.undone
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
