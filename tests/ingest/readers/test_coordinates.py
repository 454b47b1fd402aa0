"""Coordinates of GeoJSON to shapes: all types, all at once, and one by one where something is wrong."""

from __future__ import annotations

import math

import pytest
import shapely
from shapely.geometry import shape

from geo.ingest.readers import coordinates
from geo.ingest.rows import ABSENT

TRIANGLE = [[0, 0], [1, 0], [0, 1], [0, 0]]
BIG = [[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]
HOLE = [[1, 1], [1, 2], [2, 2], [1, 1]]
WHOLE = [
    ("Point", [1, 2]),
    ("MultiPoint", [[1, 2], [3, 4]]),
    ("LineString", [[1, 2], [3, 4]]),
    ("MultiLineString", [[[1, 2], [3, 4]], [[5, 6], [7, 8], [9, 1]]]),
    ("Polygon", [BIG, HOLE]),
    ("MultiPolygon", [[BIG, HOLE], [TRIANGLE]]),
]
BROKEN = [
    ("Point", None, "bad_position"),
    ("Point", 1, "bad_position"),
    ("Point", "1,2", "bad_position"),
    ("Point", {"x": 1, "y": 2}, "bad_position"),
    ("Point", [], "empty_geometry"),
    ("Point", [1], "bad_position"),
    ("Point", [[1, 2]], "bad_position"),
    ("Point", ["1", "2"], "bad_position"),
    ("Point", [True, False], "bad_position"),
    ("Point", [None, None], "bad_position"),
    ("Point", [float("nan"), 2], "bad_position"),
    ("Point", [1, float("-inf")], "bad_position"),
    ("Point", [10**400, 2], "bad_position"),
    ("MultiPoint", [], "empty_geometry"),
    ("MultiPoint", [1, 2], "bad_position"),
    ("LineString", [], "empty_geometry"),
    ("LineString", [[1, 2]], "empty_geometry"),
    ("LineString", [1, 2], "bad_position"),
    ("MultiLineString", [[]], "empty_geometry"),
    ("MultiLineString", [[[1, 2], [3, 4]], [[1, 2]]], "empty_geometry"),
    ("Polygon", [], "empty_geometry"),
    ("Polygon", [[]], "bad_ring"),
    ("Polygon", TRIANGLE, "bad_position"),
    ("Polygon", [TRIANGLE[:3]], "bad_ring"),
    ("Polygon", [[[0, 0], [1, 0], [0, 1], [0, 2]]], "open_ring"),
    ("Polygon", [BIG, HOLE[:3]], "bad_ring"),
    ("Polygon", [[[0, 0], [1, 0], [1], [0, 0]]], "bad_position"),
    ("MultiPolygon", [], "empty_geometry"),
    ("MultiPolygon", [[]], "bad_ring"),
    ("MultiPolygon", [[BIG], []], "bad_ring"),
    ("MultiPolygon", [BIG], "bad_position"),
    ("MultiPolygon", [[BIG], [HOLE[:3]]], "bad_ring"),
]


def made(*geometries):
    shapes, flaws, against = coordinates.shapes([{"type": kind, "coordinates": at} for kind, at in geometries])
    return shapes, [(flaw.index, flaw.code) for flaw in flaws], against


@pytest.mark.parametrize(("kind", "at"), WHOLE)
def test_each_type_becomes_its_shape(kind, at):
    shapes, flaws, _ = made((kind, at), (kind, at))
    expected = shape({"type": kind, "coordinates": at})
    assert shapes.tolist() == [expected, expected]
    assert flaws == []


def test_all_types_at_once_keep_their_places():
    shapes, flaws, _ = made(*WHOLE, *WHOLE[::-1])
    assert [one.geom_type for one in shapes] == [kind for kind, _ in (*WHOLE, *WHOLE[::-1])]
    assert flaws == []


@pytest.mark.parametrize(("kind", "at", "code"), BROKEN)
def test_what_is_wrong_with_one_is_told_and_the_others_stay(kind, at, code):
    whole = dict(WHOLE)[kind]
    shapes, flaws, _ = made((kind, whole), (kind, at), (kind, whole))
    assert flaws == [(1, code)]
    assert shapes[1] is None
    assert shapes[0] == shapes[2] == shape({"type": kind, "coordinates": whole})
    assert made((kind, at))[1] == [(0, code)]


def test_where_a_position_is_wrong_and_which_ring():
    _, flaws, _ = coordinates.shapes(
        [
            {"type": "MultiPolygon", "coordinates": [[BIG], [[[0, 0], ["a", 1]]]]},
            {"type": "MultiPolygon", "coordinates": [[BIG], [BIG, HOLE[:3]]]},
            {"type": "MultiPolygon", "coordinates": [[BIG, HOLE], [BIG[:4]]]},
        ]
    )
    assert [str(flaw.message) for flaw in flaws] == [
        "坐标写得不对:coordinates[1][0][1][0]",
        "第 2 个面的第 2 个环只有 3 个点",
        "第 2 个面的第 1 个环没有闭合",
    ]


def test_heights_and_measures_are_left_out_and_told_by_row():
    high = [[[x, y, 5] for x, y in BIG], HOLE]
    shapes, flaws, _ = made(("Polygon", [BIG, HOLE]), ("Polygon", high), ("Point", [1, 2, 3, 4]), ("Point", [1, 2]))
    assert flaws == [(1, "elevation_dropped"), (2, "elevation_dropped")]
    assert shapes[0] == shapes[1]
    assert not shapely.has_z(shapes).any()


def test_rings_against_the_right_hand_rule_are_counted():
    assert made(("Polygon", [BIG, HOLE]))[2] == 0
    assert made(("Polygon", [BIG[::-1], HOLE[::-1]]), ("MultiPolygon", [[BIG], [TRIANGLE[::-1]]]))[2] == 3
    assert made(("LineString", BIG[::-1]))[2] == 0


@pytest.mark.parametrize(
    ("geometry", "code", "said"),
    [
        (None, "null_geometry", "没有图形"),
        ({"type": "GeometryCollection", "geometries": []}, "wrong_geometry_type", "图形是GeometryCollection,不是单独的点、线或面"),
        ({"type": "Curve", "coordinates": []}, "wrong_geometry_type", "不认识的图形类型:Curve"),
        ({}, "wrong_geometry_type", "不认识的图形类型:没有写"),
        ({"type": ["Point"]}, "wrong_geometry_type", "不认识的图形类型:['Point']"),
        ({"type": "\ud800"}, "wrong_geometry_type", "不认识的图形类型:�"),
        ({"type": "point", "coordinates": [1, 2]}, "wrong_geometry_type", "不认识的图形类型:point"),
        ({"type": "Point"}, "bad_position", "没有 coordinates"),
        ({"type": "Polygon", "coordinates": None}, "bad_position", "没有 coordinates"),
        ({"type": "Point", "coordinates": [1]}, "bad_position", "坐标写得不对:coordinates"),
        ({"type": "Polygon", "coordinates": [[[1, 2], [2, 2], [3], [1, 2]]]}, "bad_position", "坐标写得不对:coordinates[0][2]"),
        ({"type": "LineString", "coordinates": [[1, 2], [math.nan, 2]]}, "bad_position", "坐标写得不对:coordinates[1]"),
        ({"type": "LineString", "coordinates": [[1, 10**400], [2, 2]]}, "bad_position", "坐标写得不对:coordinates[0][1]"),
        ([], "wrong_geometry_type", "不认识的图形类型:[]"),
        (5, "wrong_geometry_type", "不认识的图形类型:5"),
    ],
)  # fmt: skip
def test_what_is_no_geometry_is_told(geometry, code, said):
    shapes, (flaw,), _ = coordinates.shapes([geometry])
    assert (shapes[0], flaw.code, str(flaw.message)) == (None, code, said)


def test_a_collection_of_one_is_its_member_however_deep():
    open_area = {"type": "Polygon", "coordinates": [BIG[:-1]]}
    nested = {"type": "GeometryCollection", "geometries": [{"type": "GeometryCollection", "geometries": [open_area]}]}
    point = {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1, 2]}]}
    (_, found), (flaw,), _ = coordinates.shapes([nested, point])
    assert (found.wkt, flaw.index, flaw.code) == ("POINT (1 2)", 0, "open_ring")
    assert coordinates.closed(nested) == {"type": "Polygon", "coordinates": [BIG]}
    two = {"type": "GeometryCollection", "geometries": [point, point]}
    assert coordinates.shapes([two])[1][0].code == "wrong_geometry_type"


def test_of_a_row_that_is_no_feature_nothing_is_said():
    assert coordinates.shapes([ABSENT])[1] == []


def test_nothing_at_all():
    shapes, flaws, against = coordinates.shapes([])
    assert (len(shapes), flaws, against) == (0, [], 0)


def test_closing_a_ring_adds_its_first_point_and_leaves_the_others_alone():
    open_one = {"type": "MultiPolygon", "coordinates": [[BIG[:4], HOLE], [TRIANGLE[:3]]]}
    closed = coordinates.closed(open_one)
    assert closed["coordinates"] == [[BIG, HOLE], [TRIANGLE]]
    assert open_one["coordinates"][0][0] == BIG[:4]
    assert coordinates.closed(closed) == closed
    assert coordinates.closed({"type": "Polygon", "coordinates": [BIG[:4], []]})["coordinates"] == [BIG, []]
