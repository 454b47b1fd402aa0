"""Outlines that cross themselves: how often, and that no file can make the check wait for its mend."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from geo.ingest import crossings
from geo.ingest.crossings import Budget
from tests.ingest.making import agreeing, placed, report, tries

WHERE = np.array([120.95, 28.03])


def scribble(vertices, seed=0):
    """An outline from one random place in a square kilometre to the next."""
    return shapely.Polygon(WHERE + 0.01 * np.random.default_rng(seed).random((vertices, 2)))


def outline(vertices):
    turn = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    radius = 0.01 + 0.001 * np.sin(40 * turn)
    return WHERE + np.column_stack((radius * np.cos(turn), radius * np.sin(turn)))


def facilities(*shapes):
    rows = range(len(shapes))
    return placed(shapes, id=[f"f{n}" for n in rows], name=[f"P{n}" for n in rows], category=["parking"] * len(shapes))


def told(found):
    return [
        (str(one.message).partition(",")[0], str(one.fix)) for one in found.faults if one.code == "invalid_geometry"
    ]


@tries(60)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=4, max_size=40))
def test_crossings_are_those_that_geos_finds(places):
    assume(len(set(places)) > 1)
    shape = shapely.Polygon(places)
    ends = shapely.get_coordinates(shape)
    sides = [shapely.LineString(two) for two in pairwise(ends) if (two[0] != two[1]).any()]
    tree = shapely.STRtree(sides)
    mine, theirs = tree.query(sides, predicate="intersects")
    corners = [set(map(tuple, side.coords)) for side in sides]
    met = sum(not corners[a] & corners[b] for a, b in zip(mine, theirs, strict=True)) / 2
    assert Budget().count(shape) == met


def test_beyond_what_is_mended_crossings_are_estimated():
    shape = scribble(600)
    ends = shapely.get_coordinates(shape)
    sides = shapely.linestrings(np.stack((ends[:-1], ends[1:]), axis=1))
    exact = len(shapely.STRtree(sides).query(sides, predicate="crosses")[0]) / 2
    assert exact > crossings.MOST_OF_A_SHAPE
    assert Budget().count(shape) == pytest.approx(exact, rel=0.15)


def test_holes_and_parts_count():
    square, across = shapely.box(0, 0, 4, 4), shapely.box(3, 1, 5, 2)
    assert Budget().count(shapely.Polygon(square.exterior, [across.exterior])) == 2
    assert Budget().count(shapely.MultiPolygon([square, across])) == 2
    assert Budget().count(shapely.MultiPolygon([square, square])) == 0


def test_a_scribble_is_told_at_once_and_not_mended():
    start = time.process_time()
    found = report(facilities(scribble(3000)), choices=agreeing("make_valid"))
    assert time.process_time() - start < 5
    assert not found.repairs
    (fault,) = found.faults
    assert str(fault.message).startswith("边界自相交,在 120.9")
    assert str(fault.message).endswith("附近,相交约有 1100000 处")
    assert str(fault.fix) == "相交太多,这里不代改:请重画这个面"
    assert fault.message.text("en").endswith("with about 1100000 crossings")


def test_bow_ties_are_still_mended_beside_a_scribble():
    tie = shapely.Polygon(WHERE + np.array([(0, 0), (0.01, 0.01), (0.01, 0), (0, 0.01)]))
    found = report(facilities(scribble(700), tie))
    assert [(repair.kind, repair.row) for repair in found.repairs] == [("make_valid", 2)]
    assert [fix for _, fix in told(found)] == ["相交太多,这里不代改:请重画这个面", "请在 GIS 里用“修复几何”处理后再传"]


def test_a_file_is_worth_only_so_much_mending(monkeypatch):
    monkeypatch.setattr(Budget.__init__, "__defaults__", (3000, 10_000_000))
    shapes = [scribble(100, seed) for seed in range(3)]
    each = [Budget().count(shape) for shape in shapes]
    assert sum(each[:2]) <= 3000 < sum(each)
    found = report(facilities(*shapes))
    assert [repair.row for repair in found.repairs] == [1, 2]
    assert [fix for _, fix in told(found)][2] == "相交太多,这里不代改:请重画这个面"


def test_what_takes_too_long_to_count_is_told_without_a_count(monkeypatch):
    monkeypatch.setattr(Budget.__init__, "__defaults__", (200_000, 0))
    found = report(facilities(scribble(20)))
    assert not found.repairs
    ((_, fix),) = told(found)
    assert fix == "请在 GIS 里用“修复几何”处理后再传"


def test_a_long_outline_with_one_fault_is_mended():
    places = outline(200_000)
    places[[10, 11]] = places[[11, 10]]
    start = time.process_time()
    found = report(facilities(shapely.Polygon(places)), choices=agreeing("make_valid"))
    assert time.process_time() - start < 10
    assert [repair.kind for repair in found.repairs] == ["make_valid"]
    assert found.accepted.geometry[0].area == pytest.approx(shapely.Polygon(outline(200_000)).area, rel=1e-6)
