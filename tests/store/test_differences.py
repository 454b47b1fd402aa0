"""What differs between two revisions, and which revision was the newest at a moment."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from shapely import Point

from geo.errors import NotFoundError
from geo.i18n import Label
from geo.model import Layer, feature_frame
from geo.store import Difference, Draft, FieldChange, Store

PACK = "county"
BASES, FACILITIES = Layer.BASES, Layer.FACILITIES
HERE, THERE = Point(121, 28), Point(120.5, 28.25)


def put(rows: list[dict[str, Any]], layer: Layer = FACILITIES, place: Point = HERE) -> Draft:
    return Draft("import", "员工", upserts={layer: feature_frame(layer, rows, [place] * len(rows))})


def drop(*ids: str) -> Draft:
    return Draft("remove-sample", "员工", removals={FACILITIES: ids})


@pytest.fixture
def seeded(store: Store) -> Store:
    """Revision 1: two facilities and a base."""
    rows = [{"id": "a", "name": "甲", "category": "school"}, {"id": "b", "name": "乙"}]
    frames = {
        FACILITIES: feature_frame(FACILITIES, rows, [HERE, HERE]),
        BASES: feature_frame(BASES, [{"id": "z", "name": "基地", "demo_year": 2023}], [HERE]),
    }
    store.seed(PACK, frames, "pack")
    return store


def test_a_change_is_told_field_by_field(seeded: Store) -> None:
    seeded.commit(PACK, put([{"id": "a", "name": "改", "category": "school", "sample": True}], place=THERE))
    assert seeded.diff(PACK, 1, 2) == (
        Difference(
            FACILITIES,
            "a",
            Label("改"),
            "change",
            (FieldChange("name", "甲", "改"), FieldChange("sample", False, True), FieldChange("geometry", HERE, THERE)),
        ),
    )


def test_a_number_that_goes_missing_is_none(seeded: Store) -> None:
    seeded.commit(PACK, put([{"id": "z", "name": "基地"}], BASES))
    assert seeded.diff(PACK, 1, 2)[0].fields == (FieldChange("demo_year", 2023, None),)
    assert seeded.diff(PACK, 2, 1)[0].fields == (FieldChange("demo_year", None, 2023),)


def test_a_height_is_a_difference(seeded: Store) -> None:
    seeded.commit(PACK, put([{"id": "b", "name": "乙"}], place=Point(121, 28, 5)))
    assert [field.name for field in seeded.diff(PACK, 1, 2)[0].fields] == ["geometry"]


def test_what_came_and_went_is_told_without_its_blank_fields(seeded: Store) -> None:
    seeded.commit(PACK, put([{"id": "c", "name": "丙"}]))
    seeded.commit(PACK, drop("b"))
    assert seeded.diff(PACK, 1, 3) == (
        Difference(
            FACILITIES,
            "b",
            Label("乙"),
            "remove",
            (FieldChange("name", "乙", None), FieldChange("geometry", HERE, None)),
        ),
        Difference(
            FACILITIES, "c", Label("丙"), "add", (FieldChange("name", None, "丙"), FieldChange("geometry", None, HERE))
        ),
    )


def test_steps_in_between_are_not_told(seeded: Store) -> None:
    seeded.commit(PACK, put([{"id": "a", "name": "一"}, {"id": "c", "name": "丙"}]))
    seeded.commit(PACK, put([{"id": "a", "name": "二", "category": "school"}]))
    seeded.commit(PACK, drop("c"))
    assert [(d.id, d.fields) for d in seeded.diff(PACK, 1, 4)] == [("a", (FieldChange("name", "甲", "二"),))]
    seeded.commit(PACK, put([{"id": "a", "name": "甲", "category": "school"}]))
    assert seeded.diff(PACK, 1, 5) == ()
    assert [d.op for d in seeded.diff(PACK, 2, 5)] == ["change", "remove"]


def test_backwards_is_the_other_way_round(seeded: Store) -> None:
    seeded.commit(PACK, put([{"id": "c", "name": "丙"}]))
    assert [(d.id, d.op) for d in seeded.diff(PACK, 2, 1)] == [("c", "remove")]
    assert seeded.diff(PACK, 2, 2) == ()


def test_layers_come_in_their_order_and_features_by_id(seeded: Store) -> None:
    assert [(d.layer, d.id, d.op) for d in seeded.diff(PACK, 0, 1)] == [
        (BASES, "z", "add"),
        (FACILITIES, "a", "add"),
        (FACILITIES, "b", "add"),
    ]
    assert seeded.diff("other", 0, 0) == ()


@pytest.mark.parametrize(("old", "new", "named"), [(1, 9, 9), (-1, 1, -1), (3, 0, 3)])
def test_an_unknown_revision_is_not_found(seeded: Store, old: int, new: int, named: int) -> None:
    with pytest.raises(NotFoundError, match=f"没有修订 {named}"):
        seeded.diff(PACK, old, new)


def test_a_column_that_came_later_is_no_difference(seeded: Store, path: Path) -> None:
    seeded.commit(PACK, put([{"id": "b", "name": "新"}]))
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("DROP TRIGGER change_no_update")
        raw.execute("""UPDATE change SET after_properties = '{"name": "乙"}' WHERE feature_id = 'b' AND revision = 1""")
        raw.execute('UPDATE change SET before_properties = \'{"name": "乙"}\' WHERE revision = 2')
    assert seeded.diff(PACK, 1, 2)[0].fields == (FieldChange("name", "乙", "新"),)


# --- as of a date --------------------------------------------------------------------------------------------------


def test_a_moment_leads_to_the_revision_of_then(seeded: Store) -> None:
    seeded.commit(PACK, put([{"id": "c"}]))
    second, first = seeded.history(PACK)
    instant = timedelta(microseconds=1)
    assert seeded.at(PACK, first.at - instant) == 0
    assert seeded.at(PACK, first.at) == 1
    assert seeded.at(PACK, second.at - instant) == 1
    assert seeded.at(PACK, second.at.astimezone(timezone(timedelta(hours=8)))) == 2
    assert seeded.at(PACK, datetime(2999, 1, 1, tzinfo=UTC)) == 2
    assert seeded.at("other", second.at) == 0


def test_times_never_go_back_where_a_clock_was_set_back(seeded: Store, path: Path) -> None:
    ahead = datetime(2999, 1, 1, tzinfo=UTC)  # of another machine, or before this one's clock was mended
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute("DROP TRIGGER revision_no_update")
        raw.execute("UPDATE revision SET at = ?", [ahead.isoformat()])
    assert seeded.commit(PACK, put([{"id": "c"}])).at == ahead
    assert seeded.at(PACK, ahead) == 2
    assert seeded.at(PACK, ahead - timedelta(microseconds=1)) == 0
