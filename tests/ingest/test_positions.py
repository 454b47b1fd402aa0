"""Positions from columns and from projected numbers, and the repairs of both."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo import crs
from geo.ingest import Choices
from geo.model import Layer
from tests.ingest.making import (
    AREA,
    GOOD,
    IN_BAY,
    IN_ZONE,
    SQUARE,
    agreeing,
    base,
    codes,
    collection,
    good,
    placed,
    polygon,
    report,
    table,
)  # fmt: skip

METRIC = 4549
PLACES = (IN_ZONE, IN_BAY, (121.04, 28.22))


def at(found):
    return shapely.get_coordinates(found.accepted.geometry.to_numpy()).round(6).tolist()


def rows(**columns):
    count = len(next(iter(columns.values())))
    return table({"name": [f"P{n}" for n in range(count)], "category": ["parking"] * count, **columns})


def metres(epsg, northing_first=False):
    xy = [crs.project(shapely.Point(*place), epsg).coords[0] for place in PLACES]
    return [(y, x) if northing_first else (x, y) for x, y in xy]


# --- columns -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "columns",
    [
        {"lon": [120.96, 121.06], "lat": [28.03, 28.165]},
        {"lon": ["120.96", " 121.06 "], "lat": ["28.03", 28.165]},
        {"经度": ["120°57′36″", "E121°3′36″"], "纬度": ["28°1′48″N", "28°9′54″"]},
        {"x": ["120-57-36", "121-03-36"], "y": ["28-01-48", "28-09-54"]},
        {"坐标": ["120.96,28.03", "28.165N 121.06E"]},
        {"坐标": ["POINT (120.96 28.03)", "北纬28°9′54″,东经121°3′36″"]},
    ],
)
def test_positions_in_one_or_two_columns(columns):
    found = report(rows(**columns))
    assert codes(found) == []
    assert at(found) == [[120.96, 28.03], [121.06, 28.165]]
    assert found.numbers.tolist() == [2, 3]


def test_a_position_that_is_missing_or_unreadable_is_told_by_its_row():
    found = report(rows(lon=[120.96, None, "", "east"], lat=[28.03, 28.03, None, 28.03]))
    assert found.numbers.tolist() == [2]
    assert [(fault.row, fault.code) for fault in found.faults] == [
        (3, "null_geometry"),
        (4, "null_geometry"),
        (5, "bad_position"),
    ]
    assert str(found.faults[-1].message) == "坐标读不懂:east,28.03"


@pytest.mark.parametrize("lonely", [{}, {"lon": [120.96]}, {"lat": [28.03]}])
def test_a_table_without_positions_says_so_in_every_row(lonely):
    assert codes(report(rows(note=["x"], **lonely))) == ["null_geometry"]


# --- shapes --------------------------------------------------------------------------------------------------------


def test_a_row_without_shape_is_told_whatever_the_format():
    found = report(placed([shapely.Point(*IN_ZONE), None], name=["A", "B"], category=["parking"] * 2))
    assert (found.numbers.tolist(), [(fault.row, fault.code) for fault in found.faults]) == (
        [1],
        [(2, "null_geometry")],
    )


def test_numbers_in_a_crs_that_the_file_names_are_converted_and_that_is_said():
    shapes = [crs.project(shapely.Point(*place), METRIC) for place in PLACES]
    found = report(placed(shapes, METRIC, name=["A", "B", "C"], category=["parking"] * 3))
    assert codes(found) == ["crs_converted"]
    assert at(found) == [list(place) for place in PLACES]
    assert found.repairs == ()


def test_a_crs_that_a_person_names_goes_before_the_files():
    shapes = [crs.project(shapely.Point(*IN_ZONE), METRIC)]
    found = report(placed(shapes, 3857, name=["A"], category=["parking"]), choices=Choices(epsg=METRIC))
    assert at(found) == [list(IN_ZONE)]
    assert found.details() == {"epsg": METRIC, "format": "shapefile"}


@pytest.mark.parametrize("epsg", [999_999, 5773, 4978, -1])
def test_a_crs_that_tells_no_places_is_refused_row_by_row(epsg):
    found = report(collection(good(), good(IN_BAY, id="f2")), choices=Choices(epsg=epsg))
    assert codes(found) == ["projected_coordinates"] * 2
    assert str(found.faults[0].message) == f"EPSG:{epsg} 不是平面或经纬度的坐标系:请核对代码。"


def test_degrees_of_cgcs2000_are_taken_as_they_are():
    found = report(placed([shapely.Point(*IN_ZONE)], 4490, name=["A"], category=["parking"]))
    assert (codes(found), at(found)) == ([], [list(IN_ZONE)])


@pytest.mark.parametrize(
    ("epsg", "northing_first", "said"),
    [
        (4549, False, "EPSG:4549"),
        (4549, True, "EPSG:4549(北坐标在前)"),
        (4528, False, "EPSG:4528"),
        (4528, True, "EPSG:4528(北坐标在前)"),
        (3857, False, "EPSG:3857"),
        (3857, True, "EPSG:3857(北坐标在前)"),
    ],
)
def test_projected_numbers_are_recognised_and_converted_once_agreed(epsg, northing_first, said):
    x, y = zip(*metres(epsg, northing_first), strict=True)
    file = rows(x=x, y=y)
    found = report(file)
    assert codes(found) == ["projected_coordinates"] * 3
    assert str(found.faults[0].message) == f"坐标不是经纬度,像是投影坐标 {said}"
    assert found.proposals() == {"reproject": 3}
    assert [repair.made for repair in found.repairs] == [False] * 3
    assert found.accepted_count == 0
    mended = report(file, choices=agreeing("reproject"))
    assert codes(mended) == []
    assert at(mended) == [list(place) for place in PLACES]
    assert [repair.made for repair in mended.repairs] == [True] * 3
    assert mended.repairs[0].after == "120.960000, 28.030000"
    assert mended.details() == {"format": "csv", "repairs": {"reproject": [2, 3, 4]}}


def test_a_grid_is_recognised_by_most_of_the_rows_and_degrees_among_them_stay():
    x, y = zip(*metres(METRIC), IN_ZONE, (1e9, 1e9), strict=True)
    found = report(rows(x=x, y=y), choices=agreeing("reproject"))
    assert found.numbers.tolist() == [2, 3, 4, 5]
    assert at(found)[3] == list(IN_ZONE)
    assert found.rejected[0].row == 6


def test_numbers_of_no_known_grid_are_left():
    found = report(rows(x=[1e9, 5e6], y=[1e9, 5e6]), choices=agreeing("reproject"))
    assert codes(found) == ["projected_coordinates"] * 2
    assert found.repairs == ()


# --- repairs of one row --------------------------------------------------------------------------------------------

BOWTIE = polygon([[120.95, 28.03], [120.96, 28.04], [120.96, 28.03], [120.95, 28.04], [120.95, 28.03]])
REPAIRS = [
    ("swap_axes", good(IN_ZONE[::-1]), "swapped_axes", "28.030000, 120.960000", "120.960000, 28.030000"),
    ("close_ring", good(polygon(SQUARE[:4])), "open_ring", "第 1 个面的第 1 个环没有闭合", "首尾相同"),
    (
        "make_valid", good(BOWTIE), "invalid_geometry",
        "边界自相交,在 120.955000, 28.035000 附近", "修复为 2 块",
    ),
    ("strip_controls", good(note="a\x07b\u200b"), "bad_text", "a�b\u200b", "ab\u200b"),
]  # fmt: skip


def test_degrees_out_of_range_are_not_moved_with_the_metres_of_other_rows():
    x, y = zip(*metres(METRIC), (-190.0, 52.0), strict=True)
    found = report(rows(x=x, y=y), choices=agreeing("reproject"))
    assert found.proposals() == {"reproject": 3}
    (fault,) = [fault for fault in found.faults if fault.severity == "error"]
    assert (fault.row, fault.code, str(fault.message)) == (5, "projected_coordinates", "坐标不是经纬度")


@pytest.mark.parametrize(("kind", "row", "code", "before", "after"), REPAIRS)
def test_a_repair_is_offered_made_for_all_or_for_one_and_left_alone_otherwise(kind, row, code, before, after):
    other = {**row, "properties": {**row["properties"], "id": "f2", "name": "Other"}}
    file = collection(row, other)
    offered = report(file)
    assert codes(offered) == [code, code]
    assert [(r.kind, r.row, r.id, str(r.before), r.made) for r in offered.repairs] == [
        (kind, 1, "f1", before, False),
        (kind, 2, "f2", before, False),
    ]
    assert str(offered.repairs[0].after) == after
    assert (offered.accepted_count, offered.repaired_count) == (0, 0)
    assert offered.rejected_features() == [row, other]

    made = report(file, choices=agreeing(kind))
    assert (codes(made), made.accepted_count, made.repaired_count) == ([], 2, 2)

    one = report(file, choices=Choices(single=frozenset({(kind, 2)})))
    assert (codes(one), one.numbers.tolist(), one.repaired_count) == ([code], [2], 1)
    assert one.details()["repairs"] == {kind: [2]}

    others = report(file, choices=agreeing(*({name for name, *_ in REPAIRS} - {kind})))
    assert (codes(others), others.accepted_count, others.repaired_count) == ([code, code], 0, 0)


def test_what_each_repair_makes():
    rows = collection(
        good(IN_ZONE[::-1], id="a", name="A"), good(polygon(SQUARE[:4]), id="b", name="B"), good(BOWTIE, id="c", name="C"),
        good(id="d", name="D\x00d", note="\ud800n"),
    )  # fmt: skip
    accepted = report(rows, choices=agreeing("swap_axes", "close_ring", "make_valid", "strip_controls")).accepted
    swapped, closed, valid, _ = accepted.geometry
    assert swapped == shapely.Point(*IN_ZONE)
    assert closed == shapely.Polygon(SQUARE)
    assert valid.is_valid
    assert valid.geom_type == "MultiPolygon"
    assert valid.area == pytest.approx(0.01 * 0.01 / 2)
    assert accepted.iloc[3][["name", "note"]].tolist() == ["Dd", "n"]


def test_a_ring_is_only_offered_to_be_closed_where_nothing_else_is_wrong_with_the_shape():
    hole = [[120.952, 28.032], [120.954, 28.032]]
    found = report(
        collection(good(polygon(SQUARE[:4], hole)), good(polygon(SQUARE[:4], []), id="f2")),
        choices=agreeing("close_ring"),
    )
    assert (codes(found), found.repairs) == (["open_ring", "open_ring"], ())


def test_an_open_ring_with_heights_is_closed_and_the_heights_are_told():
    found = report(collection(good(polygon([[*xy, 7] for xy in SQUARE[:4]]))), choices=agreeing("close_ring"))
    assert codes(found) == ["elevation_dropped"]
    assert found.accepted.geometry[0] == shapely.Polygon(SQUARE)


def test_a_closed_ring_is_checked_like_any_other():
    found = report(collection(good(polygon(BOWTIE["coordinates"][0][:4]))), choices=agreeing("close_ring"))
    assert codes(found) == ["invalid_geometry"]
    both = report(collection(good(polygon(BOWTIE["coordinates"][0][:4]))), choices=agreeing("close_ring", "make_valid"))
    assert (codes(both), both.repaired_count) == ([], 2)


def test_a_shape_without_any_area_left_is_not_offered_to_be_mended():
    found = report(collection(good(polygon([[120.95, 28.03], [120.96, 28.04], [120.955, 28.035], [120.95, 28.03]]))))
    assert (codes(found), found.repairs) == (["invalid_geometry"], ())


def test_the_district_of_the_place_instead_of_the_one_written():
    file = collection(base(district="bay"))
    kept = report(file, Layer.BASES)
    assert (codes(kept), kept.accepted["district"].tolist()) == (["district_differs"], ["bay"])
    (offer,) = kept.repairs
    assert (offer.kind, offer.made) == ("district_by_place", False)
    assert (str(offer.before), str(offer.after)) == ("乐清湾港区", "乐清经济开发区")
    assert offer.after.text("en") == "Economic Development Zone"
    made = report(file, Layer.BASES, agreeing("district_by_place"))
    assert (codes(made), made.accepted["district"].tolist()) == ([], ["devzone"])


def test_no_district_is_never_offered_instead_of_the_one_written():
    found = report(collection(base((121.0115, 28.04764), district="bay")), Layer.BASES, agreeing("district_by_place"))
    assert (codes(found), found.accepted["district"].tolist(), found.repairs) == (
        ["near_boundary", "district_differs"], ["bay"], (),
    )  # fmt: skip


def test_a_facility_lies_in_the_district_of_its_place():
    found = report(collection(good(district="bay")))
    assert found.accepted["district"].tolist() == ["devzone"]
    assert found.repairs == ()


def test_a_collection_of_one_is_its_member():
    multi = [
        shapely.MultiPoint([IN_ZONE]),
        shapely.GeometryCollection([shapely.Polygon(SQUARE)]),
        shapely.Point(*IN_BAY),
    ]
    found = report(placed(multi, 4326, name=["A", "B", "C"], category=["parking"] * 3))
    assert found.accepted.geometry.geom_type.tolist() == ["Point", "Polygon", "Point"]


def test_a_valid_file_is_taken_to_the_last_digit():
    at_all_digits = (120.96123456789012, 28.034567890123456)
    found = report(
        collection(good(at_all_digits), good(AREA, id="f2", name="Area")), choices=agreeing("swap_axes", "make_valid")
    )
    assert codes(found) == []
    assert np.array_equal(shapely.get_coordinates(found.accepted.geometry[0]), [at_all_digits])
    assert shapely.get_coordinates(found.accepted.geometry[1]).tolist() == SQUARE


def test_the_properties_of_a_table_are_given_back_as_they_stood():
    found = report(table({**{name: [value] for name, value in GOOD.items()}, "lon": ["x"], "lat": [1]}))
    ((properties),) = [feature["properties"] for feature in found.rejected_features()]
    assert properties == {**GOOD, "lon": "x", "lat": 1}
