"""Rosters, targets, tasks and years: values on a small plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from shapely import Point

from geo.i18n import Label
from geo.model import Layer, feature_frame
from geo.progress import Entries, Entry, Kind, Phase, RosterState, State, read, rosters, targets, tasks, timeline

DURING, AFTER = date(2030, 6, 1), date(2032, 1, 1)


def test_entries_come_back_from_a_frame_and_strangers_are_passed_over():
    given = (
        Entry(Kind.TARGET, "funds", year=2030, value=2.5),
        Entry(Kind.ITEM, "m", "fund", state="doing", evidence="合同", link="https://a.cn", day="2030-05-01", who="王"),
    )
    rows = [{**vars(one), "id": one.id} for one in given] + [{"id": "x", "kind": "of a later program"}]
    frame = feature_frame(Layer.RECORDS, rows, [Point()] * 3)
    assert read(frame) == Entries(given)
    assert read(frame).get(Kind.TARGET, "funds", year=2030) == given[0]
    assert read(frame).of(Kind.ITEM, "m") == given[1:]
    assert read(frame.iloc[:0]) == Entries()


@pytest.mark.parametrize(
    ("entry", "blank"),
    [
        (Entry(Kind.TARGET, "funds", year=2030), True), (Entry(Kind.TARGET, "funds", year=2030, value=0.0), False),
        (Entry(Kind.DEMONSTRATION, "m", year=2030), False), (Entry(Kind.DEMONSTRATION, "m"), True),
        (Entry(Kind.ITEM, "m", "fund", note="x"), False), (Entry(Kind.ITEM, "m", "fund"), True),
    ],
)  # fmt: skip
def test_an_entry_is_blank_when_it_says_nothing_beyond_its_key(entry, blank):
    assert entry.blank is blank


# --- rosters -------------------------------------------------------------------------------------------------------


def seats(plan, frame, today, *entries):
    return {
        (one.year, seat.named.base): seat for one in rosters(plan, frame, Entries(entries), today) for seat in one.seats
    }


def test_a_roster_says_what_is_left_of_the_legible_items(plan, bases):
    done = Entry(Kind.ITEM, "m", "fund", state="done")
    seat = seats(plan, bases({"id": "m"}), DURING, done, Entry(Kind.ITEM, "m", "team", state="doing"))[2030, "m"]
    assert [(one.item.id, one.done) for one in seat.items] == [("fund", True), ("team", False)]
    assert [item.id for item in seat.left] == ["team"]
    assert seat.items[0].entry == done


@pytest.mark.parametrize(
    ("recognised", "today", "state"),
    [(None, DURING, "pending"), (None, date(2030, 12, 31), "pending"), (None, date(2031, 1, 1), "missed"),
     (2030, AFTER, "recognised"), (2029, DURING, "recognised"), (2031, AFTER, "late")],
)  # fmt: skip
def test_only_a_recognition_in_its_year_keeps_a_base_from_missing_it(plan, bases, recognised, today, state):
    entries = [Entry(Kind.ITEM, "m", item, state="done") for item in ("fund", "team")]
    entries += [Entry(Kind.DEMONSTRATION, "m", year=recognised)] if recognised else []
    seat = seats(plan, bases({"id": "m"}), today, *entries)[2030, "m"]
    assert (seat.state, seat.recognised, seat.left) == (RosterState(state), recognised, ())


def test_a_name_without_base_has_everything_left(plan, bases):
    seat = seats(plan, bases(), AFTER)[2030, ""]
    assert (seat.state, len(seat.left), seat.named.name.zh) == (RosterState.MISSED, 2, "还没有的")


def test_bases_stored_with_a_year_are_on_the_roster_of_that_year_once(plan, bases):
    frame = bases({"id": "m", "demo_year": 2030}, {"id": "z", "name": "丙", "demo_year": 2033})
    found = rosters(plan, frame, Entries(), DURING)
    assert [(one.year, [seat.named.base for seat in one.seats]) for one in found] == [
        (2030, ["m", ""]), (2031, ["p"]), (2033, ["z"]),
    ]  # fmt: skip
    assert (found[2].clause, found[2].seats[0].named.name.zh) == (None, "丙")


# --- targets -------------------------------------------------------------------------------------------------------


def figures(plan, frame, *entries):
    return {(one.target.metric, f.year): f for one in targets(plan, frame, Entries(entries)) for f in one.figures}


def test_what_is_blanked_and_not_entered_stays_blank(plan, bases):
    found = figures(plan, bases({"id": "m"}))
    assert all((f.actual, f.gap) == (None, None) for f in found.values())
    assert (found["area", 2030].blanked, found["area", 2030].target) == (True, None)
    assert (found["shows", 2030].target, found["shows", 2030].blanked) == (1.0, False)
    assert (found["shows", 2031].stated, found["shows", 2031].target) == (False, None)


def test_floor_area_is_summed_by_year_and_district_of_bases_that_are_there(plan, bases):
    frame = bases({"id": "a"}, {"id": "b", "district": "south"}, {"id": "c", "district": ""})
    areas = [("a", 2030, 1.5), ("a", 2031, 2.0), ("b", 2030, 0.5), ("c", 2030, 0.25), ("gone", 2030, 9.0)]
    found = figures(plan, frame, *(Entry(Kind.AREA, id, year=year, value=value) for id, year, value in areas))
    assert (found["area", 2030].actual, found["area", 2031].actual) == (2.25, 2.0)
    assert found["area", 2030].districts == {"north": 1.5, "south": 0.5, "": 0.25}


@pytest.mark.parametrize(("unit", "area"), [("平方米", 12000.0), ("万㎡", 1.2)])
def test_floor_area_in_the_data_counts_in_its_year_unless_that_year_was_entered(plan, bases, unit, area):
    targets_of = (replace(plan.targets[0], unit=Label(unit)),)
    frame = bases(
        {"id": "a", "floor_area": 12000.0, "built_year": 2030}, {"id": "b", "floor_area": 5000.0},
        {"id": "c", "floor_area": 7000.0, "built_year": 2031},
    )  # fmt: skip
    measured = replace(plan, targets=targets_of)
    found = figures(
        measured, frame, Entry(Kind.AREA, "a", year=2031, value=2.0), Entry(Kind.AREA, "c", year=2031, value=1)
    )
    assert (found["area", 2030].actual, found["area", 2031].actual) == (area, 3.0)


def test_levels_in_the_data_count_unless_that_level_was_entered(plan, bases):
    frame = bases(
        {"id": "a", "level": "national", "level_year": 2030}, {"id": "b", "level": "provincial", "level_year": 2030},
        {"id": "c", "level": "city", "level_year": 2030}, {"id": "d", "level": "national"},
    )  # fmt: skip
    assert figures(plan, frame)["ranked", 2030].actual == 2.0
    found = figures(plan, frame, Entry(Kind.LEVEL, "b", "provincial", year=2031))
    assert (found["ranked", 2030].actual, found["ranked", 2031].actual) == (1.0, 1.0)
    assert figures(plan, frame, Entry(Kind.LEVEL, "a", "provincial", year=2029))["ranked", 2030].actual == 1.0


def test_a_located_base_stands_from_the_year_in_which_it_was_built(plan, bases):
    frame = bases({"id": "m", "certainty": "surveyed", "built_year": 2031}, {"id": "x", "certainty": "surveyed"})
    by_year = {year: timeline(plan, frame, Entries(), year, DURING) for year in plan.years}
    assert [by_year[year]["x"] for year in plan.years] == [Phase.STANDS, Phase.STANDS]
    assert [by_year[year]["m"] for year in plan.years] == [Phase.PLANNED, Phase.STANDS]


def test_recognitions_and_levels_count_once_in_their_year(plan, bases):
    frame = bases({"id": "a"}, {"id": "b"}, {"id": "c"})
    found = figures(
        plan, frame,
        Entry(Kind.DEMONSTRATION, "a", year=2030), Entry(Kind.DEMONSTRATION, "b", year=2030),
        Entry(Kind.LEVEL, "a", "provincial", year=2030), Entry(Kind.LEVEL, "a", "national", year=2031),
        Entry(Kind.LEVEL, "b", "city", year=2030), Entry(Kind.LEVEL, "c", "national", year=2031),
    )  # fmt: skip
    assert (found["shows", 2030].actual, found["shows", 2030].gap, found["shows", 2031].actual) == (2.0, -1.0, None)
    assert (found["ranked", 2030].actual, found["ranked", 2031].actual) == (1.0, 1.0)


def test_what_is_entered_counts_where_nothing_is_counted(plan, bases):
    frame = bases({"id": "a"})
    found = figures(
        plan, frame,
        Entry(Kind.TARGET, "funds", year=2030, value=4), Entry(Kind.ACTUAL, "funds", year=2030, value=1),
        Entry(Kind.ACTUAL, "funds", "north", 2031, 2), Entry(Kind.ACTUAL, "funds", "south", 2031, 0.5),
        Entry(Kind.ACTUAL, "area", year=2030, value=7), Entry(Kind.AREA, "a", year=2030, value=6),
    )  # fmt: skip
    assert (found["funds", 2030].target, found["funds", 2030].actual, found["funds", 2030].gap) == (4, 1, 3)
    assert (found["funds", 2031].target, found["funds", 2031].actual, found["funds", 2031].gap) == (3.0, 2.5, 0.5)
    assert (found["area", 2030].counted, found["area", 2030].entered, found["area", 2030].actual) == (6, 7, 6)


# --- tasks ---------------------------------------------------------------------------------------------------------


def test_the_plan_speaks_first_and_what_it_leaves_open_is_entered(plan):
    entries = Entries((
        Entry(Kind.TASK, "old", year=2031, who="科技局", state="doing"),
        Entry(Kind.TASK, "new", year=2031, who="经信局", state="done", note="完工"),
    ))  # fmt: skip
    old, new = tasks(plan, entries, AFTER)[0].measures
    assert ([str(one) for one in old.owners], old.due, old.state) == (["县国资办", "科技局"], 2030, State.DOING)
    assert ([str(one) for one in new.owners], new.due, new.state) == (["经信局"], 2031, State.DONE)
    assert (old.overdue, new.overdue) == (True, False)
    assert not tasks(plan, entries, date(2030, 12, 31))[0].measures[0].overdue


def test_a_measure_that_nobody_spoke_of_has_no_state(plan):
    new = tasks(plan, Entries(), AFTER)[0].measures[1]
    assert (new.owners, new.due, new.state, new.overdue) == ((), None, None, False)


# --- years ---------------------------------------------------------------------------------------------------------


def test_each_year_says_what_stands_what_is_planned_and_what_was_missed(plan, bases):
    frame = bases({"id": "m"}, {"id": "p"}, {"id": "z", "certainty": "reported"})
    entries = Entries((
        Entry(Kind.STANDS, "m", year=2031, state="done"),
        Entry(Kind.STANDS, "p", year=2030, state="done"), Entry(Kind.DEMONSTRATION, "p", year=2031),
    ))  # fmt: skip
    phases = {year: dict(timeline(plan, frame, entries, year, AFTER)) for year in (2030, 2031)}
    assert phases[2030] == {"m": Phase.MISSED, "p": Phase.STANDS, "z": Phase.STANDS}
    assert phases[2031] == {"m": Phase.MISSED, "p": Phase.STANDS, "z": Phase.STANDS}
    during = timeline(plan, frame, entries, 2030, DURING)
    assert dict(during) == {"m": Phase.PLANNED, "p": Phase.STANDS, "z": Phase.STANDS}


def test_a_late_recognition_ends_the_miss_in_its_own_year(plan, bases):
    entries = Entries((Entry(Kind.DEMONSTRATION, "m", year=2031), Entry(Kind.STANDS, "m", state="done")))
    frame = bases({"id": "m"})
    assert [timeline(plan, frame, entries, year, AFTER)["m"] for year in (2030, 2031)] == ["missed", "stands"]
