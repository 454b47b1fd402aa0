"""Undoing a revision whose features were changed again: told field by field, decided by a person, never overwritten."""

from __future__ import annotations

from typing import Any

import pytest
from shapely import Point

from geo.errors import ConflictError, NotFoundError, StoreError
from geo.i18n import Label
from geo.model import Layer, feature_frame
from geo.store import Conflict, Decisions, Draft, Field, Store

PACK = "county"
FACILITIES = Layer.FACILITIES
HERE, THERE = Point(121, 28), Point(120.5, 28.25)
TEXTS = ["name_en", "category", "district", "certainty", "source", "source_en", "note", "note_en"]
A, B, C = ((FACILITIES, id) for id in "abc")


def put(names: dict[str, str], place: Point = HERE, **columns: Any) -> Draft:
    rows = [{"id": id, "name": name, **columns} for id, name in names.items()]
    return Draft("import", "员工", upserts={FACILITIES: feature_frame(FACILITIES, rows, [place] * len(rows))})


def drop(*ids: str) -> Draft:
    return Draft("remove-sample", "员工", removals={FACILITIES: ids})


def names(store: Store) -> dict[str, str]:
    stored = store.frame(PACK, FACILITIES)
    return dict(zip(stored["id"], stored["name"], strict=True))


@pytest.fixture
def disputed(store: Store) -> Store:
    """Revision 2 changes a, b and adds c; revision 3 changes a again; revision 4 removes c."""
    store.seed(PACK, {FACILITIES: put({"a": "甲", "b": "乙"}).upserts[FACILITIES]}, "pack")
    store.commit(PACK, put({"a": "甲二", "b": "乙二", "c": "丙"}))
    store.commit(PACK, put({"a": "甲三"}, THERE, note="迁址"))
    store.commit(PACK, drop("c"))
    return store


def test_conflicts_tell_before_after_and_now(disputed: Store) -> None:
    assert disputed.conflicts(PACK, 2) == (
        Conflict(
            FACILITIES,
            "a",
            Label("甲二"),
            "change",
            True,
            (3,),
            (Field("name", "甲", "甲二", "甲三"), Field("note", "", "", "迁址"), Field("geometry", HERE, HERE, THERE)),
        ),
        Conflict(
            FACILITIES,
            "c",
            Label("丙"),
            "add",
            False,
            (4,),
            (
                Field("name", None, "丙", None),
                *(Field(name, None, "", None) for name in TEXTS),
                Field("sample", None, False, None),
                Field("geometry", None, HERE, None),
            ),
        ),
    )


def test_a_revision_that_nothing_stands_in_the_way_of_has_no_conflicts(disputed: Store) -> None:
    assert disputed.conflicts(PACK, 3) == disputed.conflicts(PACK, 4) == ()
    assert disputed.undo(PACK, 3, "员工", {}, expected_head=4).details == {}


@pytest.mark.parametrize(
    ("decisions", "expected"),
    [
        ({A: "keep", C: "keep"}, {"a": "甲三", "b": "乙"}),
        ({A: "revert", C: "revert"}, {"a": "甲", "b": "乙"}),
        ({A: "keep", B: "keep", C: "revert"}, None),
        ({A: "revert", B: "keep", C: "keep"}, {"a": "甲", "b": "乙二"}),
    ],
)
def test_each_feature_goes_as_it_was_decided(
    disputed: Store, decisions: Decisions, expected: dict[str, str] | None
) -> None:
    if expected is None:  # c is not there and was not there before: nothing is left to do
        with pytest.raises(StoreError) as caught:
            disputed.undo(PACK, 2, "主任", decisions)
        assert caught.value.text() == "撤销第 2 号修订什么都不会改变:要素都保持现状,不必撤销。"
        assert disputed.head(PACK) == 4
        return
    undo = disputed.undo(PACK, 2, "主任", decisions, expected_head=4)
    assert (undo.undoes, undo.author, names(disputed)) == (2, "主任", expected)
    told = [{"layer": "facilities", "id": id, "decision": decision} for (_, id), decision in decisions.items()]
    assert undo.details == {"decisions": told}
    assert disputed.history(PACK)[0] == undo
    disputed.undo(PACK, 5, "主任")
    assert names(disputed) == {"a": "甲三", "b": "乙二"}


def test_a_feature_that_was_removed_meanwhile_can_be_put_back(store: Store) -> None:
    store.seed(PACK, {FACILITIES: put({"a": "甲"}).upserts[FACILITIES]}, "pack")
    store.commit(PACK, put({"a": "改"}))
    store.commit(PACK, drop("a"))
    undo = store.undo(PACK, 2, "员工", {A: "revert"})
    assert (undo.added, undo.changed, undo.removed, names(store)) == (1, 0, 0, {"a": "甲"})


def test_what_is_not_decided_is_named(disputed: Store) -> None:
    with pytest.raises(ConflictError) as caught:
        disputed.undo(PACK, 2, "员工", {A: "keep"}, expected_head=4)
    assert caught.value.text() == "这些要素后来又改过,不能撤销:丙(c)。请先撤销第 4 号修订。"
    assert disputed.head(PACK) == 4


def test_a_change_that_came_after_the_decision_asks_to_look_again(disputed: Store) -> None:
    decisions: Decisions = {A: "revert", C: "revert"}
    disputed.commit(PACK, put({"a": "刚改"}))
    with pytest.raises(ConflictError) as caught:
        disputed.undo(PACK, 2, "员工", decisions, expected_head=4)
    assert caught.value.text() == "这些要素刚刚又改过:甲二(a)(第 5 号修订)。请重新查看后再决定。"
    assert names(disputed)["a"] == "刚改"
    assert [conflict.later for conflict in disputed.conflicts(PACK, 2)] == [(3, 5), (4,)]
    disputed.undo(PACK, 2, "员工", decisions, expected_head=5)
    assert names(disputed) == {"a": "甲", "b": "乙"}


def test_an_undo_that_came_after_the_decision_asks_to_look_again(disputed: Store) -> None:
    disputed.undo(PACK, 3, "别人")
    with pytest.raises(ConflictError, match=r"刚刚又改过:甲二\(a\)\(第 5 号修订\)"):
        disputed.undo(PACK, 2, "员工", {A: "revert", C: "revert"}, expected_head=4)


def test_a_revision_of_other_features_that_came_meanwhile_does_not_matter(disputed: Store) -> None:
    disputed.commit(PACK, put({"别的": "新"}))
    disputed.undo(PACK, 2, "员工", {A: "revert", C: "revert"}, expected_head=4)
    assert names(disputed) == {"a": "甲", "b": "乙", "别的": "新"}


def test_a_decision_about_another_feature_is_refused(disputed: Store) -> None:
    with pytest.raises(StoreError) as caught:
        disputed.undo(PACK, 2, "员工", {A: "keep", C: "keep", (FACILITIES, "x"): "keep"})
    assert caught.value.text() == "第 2 号修订没有改过这些要素,不能为它们作决定:x。请只为它改过的要素作决定。"


def test_a_decision_that_is_none_is_refused(disputed: Store) -> None:
    with pytest.raises(StoreError, match=r"决定只能是 keep\(保留\)或 revert\(恢复\),请改正:也许"):
        disputed.undo(PACK, 2, "员工", {A: "keep", C: "也许"})  # type: ignore[dict-item]


def test_conflicts_of_what_cannot_be_undone_say_why(disputed: Store) -> None:
    with pytest.raises(NotFoundError, match="没有修订 9"):
        disputed.conflicts(PACK, 9)
    with pytest.raises(StoreError, match="第 1 号修订是初始数据"):
        disputed.conflicts(PACK, 1)
    disputed.undo(PACK, 4, "员工")
    with pytest.raises(StoreError, match="已被第 5 号撤销"):
        disputed.conflicts(PACK, 4)


def test_a_kept_change_stands_though_its_revision_was_undone(store: Store) -> None:
    store.seed(PACK, {FACILITIES: put({"a": "甲", "b": "乙"}).upserts[FACILITIES]}, "pack")
    store.commit(PACK, put({"a": "甲二"}))
    store.commit(PACK, put({"a": "甲三", "b": "乙三"}))
    store.undo(PACK, 3, "员工", {A: "keep"})
    assert names(store) == {"a": "甲三", "b": "乙"}
    assert [conflict.later for conflict in store.conflicts(PACK, 2)] == [(3,)]
    with pytest.raises(ConflictError, match=r"甲二\(a\).*第 3 号"):
        store.undo(PACK, 2, "员工")


def test_undos_that_cancel_each_change_but_leave_another_value_still_ask(store: Store) -> None:
    store.seed(PACK, {FACILITIES: put({"a": "一"}).upserts[FACILITIES]}, "pack")
    for name in ("二", "三", "四"):
        store.commit(PACK, put({"a": name}))
    store.undo(PACK, 3, "员工", {A: "revert"})  # back to 二
    store.undo(PACK, 4, "员工", {A: "revert"})  # back to 三
    assert names(store) == {"a": "三"}
    assert [conflict.later for conflict in store.conflicts(PACK, 2)] == [(3, 4, 5, 6)]
    with pytest.raises(ConflictError):
        store.undo(PACK, 2, "员工")
