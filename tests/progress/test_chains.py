"""Chains: what stands, what is planned, what is missing, and that a base closes exactly the gap that it is for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.progress import Entries, Entry, Kind, LinkState, Stand, State, chains, standing

MAKER, PARK = 0, 1


def states(found):
    return [link.state for link in found[0].links]


def test_what_is_only_named_is_planned_and_what_nobody_named_is_missing(plan, bases):
    found = chains(plan, bases({"id": "m", "cluster": "drones", "stage": "maker"}), Entries())
    assert states(found) == [LinkState.PLANNED, LinkState.MISSING]
    assert (found[0].links[MAKER].planned, found[0].links[MAKER].standing) == (("m",), ())
    assert [link.link.stage for link in found[0].gaps] == ["park"]
    assert not found[0].complete


def test_a_base_that_the_plan_names_and_nobody_stored_is_planned_and_told(plan, bases):
    link = chains(plan, bases(), Entries())[0].links[MAKER]
    assert (link.state, link.absent) == (LinkState.PLANNED, ("m",))


def test_a_cluster_without_chain_has_neither_gaps_nor_is_it_complete(plan, bases):
    tea = chains(plan, bases(), Entries())[1]
    assert (tea.links, tea.gaps, tea.complete) == ((), (), False)


@pytest.mark.parametrize(
    ("certainty", "sample", "stands"),
    [("surveyed", False, True), ("reported", False, True), ("district", False, False), ("town", False, False),
     ("county", False, False), ("reported", True, False), ("synthetic", True, False)],
)  # fmt: skip
def test_without_an_entry_a_known_position_decides(bases, certainty, sample, stands):
    frame = bases({"id": "a", "certainty": certainty, "sample": sample})
    assert standing(frame, Entries()) == {"a": Stand.STANDS if stands else Stand.PLANNED}


@pytest.mark.parametrize("certainty", ["surveyed", "district"])
@pytest.mark.parametrize("state", list(State))
def test_an_entry_decides_over_the_position(bases, certainty, state):
    entries = Entries((Entry(Kind.STANDS, "a", state=state),))
    wanted = Stand.STANDS if state is State.DONE else Stand.PLANNED
    assert standing(bases({"id": "a", "certainty": certainty}), entries) == {"a": wanted}


def test_a_base_stands_from_its_year_on(bases):
    frame, entries = bases({"id": "a"}), Entries((Entry(Kind.STANDS, "a", year=2031, state="done"),))
    assert [standing(frame, entries, year)["a"] for year in (2030, 2031, 2032, None)] == ["planned", *["stands"] * 3]


PLACES = st.sampled_from([("drones", "maker"), ("drones", "park"), ("tea", "maker"), ("tea", "park"), ("", "park")])
ROWS = st.lists(st.tuples(PLACES, st.sampled_from(["reported", "district"])), max_size=6)


@given(ROWS, PLACES)
def test_a_standing_base_completes_its_stage_and_changes_no_other(plan, bases, rows, place):
    before = [
        {"id": f"b{n}", "cluster": cluster, "stage": stage, "certainty": sure}
        for n, ((cluster, stage), sure) in enumerate(rows)
    ]
    new = {"id": "new", "cluster": place[0], "stage": place[1], "certainty": "reported"}
    old, now = (chains(plan, bases(*them), Entries()) for them in (before, [*before, new]))
    for was, is_ in zip(old, now, strict=True):
        for link, then in zip(was.links, is_.links, strict=True):
            if (was.cluster.id, link.link.stage) == place:
                assert then.state is LinkState.COMPLETE
            else:
                assert then == link
    assert chains(plan, bases(*before), Entries()) == old


@given(st.permutations([("a", "park"), ("b", "park"), ("m", "maker")]))
def test_the_order_of_rows_does_not_matter_to_the_states(plan, bases, order):
    rows = [{"id": id, "cluster": "drones", "stage": stage, "certainty": "reported"} for id, stage in order]
    found = chains(plan, bases(*rows), Entries())
    assert states(found) == [LinkState.COMPLETE] * 2
    assert set(found[0].links[PARK].standing) == {"a", "b"}
