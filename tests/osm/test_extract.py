"""What is taken from OpenStreetMap, what is not, and why."""

from __future__ import annotations

import bz2
import dataclasses
import gzip
from datetime import UTC, datetime

import osmium
import pytest
import shapely
from osmium.osm.mutable import Node
from shapely import LineString, MultiLineString

from geo.errors import InputError, PackError
from geo.model import FACILITY_COLUMNS, ROAD_COLUMNS
from geo.osm import Skip, read_extract, read_tags
from tests.osm.conftest import LAT, LON, county_pack, cross, document, node, relation, way

SQUARE = [node(1, 2, 2), node(2, 4, 2), node(3, 4, 4), node(4, 2, 4)]
RING = (1, 2, 3, 4, 1)


def at(x, y):
    return (round(LON + x / 1000, 7), round(LAT + y / 1000, 7))


# --- facilities ----------------------------------------------------------------------------------------------------


def test_a_node_is_a_facility_with_its_chinese_name(read):
    found = read(node(7, 5, 5, amenity="school", name="No. 1", name_zh="第一小学", name_en="First School"))
    (row,) = found.facilities.to_dict("records")
    assert (row["id"], row["name"], row["name_en"], row["category"]) == (
        "osm-n7",
        "第一小学",
        "First School",
        "school",
    )
    assert row["source"] == "© OpenStreetMap 贡献者(ODbL) 2024-05-06"
    assert (row["certainty"], row["note"], row["sample"]) == ("reported", "amenity=school", False)
    assert row["geometry"].coords[:] == [at(5, 5)]
    assert found.report.facilities["school"] == 1
    assert found.report.dated == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


def test_the_frames_have_exactly_the_layers_columns(read):
    found = read(node(7, 5, 5, amenity="cafe"), *SQUARE, cross(1, [1, 2]))
    for frame, columns in ((found.facilities, FACILITY_COLUMNS), (found.roads, ROAD_COLUMNS)):
        assert {name: str(dtype) for name, dtype in frame.drop(columns="geometry").dtypes.items()} == columns
        assert frame.crs.to_epsg() == 4326


def test_a_closed_way_is_an_area_and_an_open_one_is_told(read):
    found = read(*SQUARE, way(5, RING, amenity="hospital", name="医院"), way(6, [1, 2, 3], amenity="parking"))
    assert found.facilities["id"].tolist() == ["osm-w5"]
    assert found.facilities.geometry[0].equals(shapely.box(*at(2, 2), *at(4, 4)))
    assert found.report.skipped_facilities == {Skip.OPEN_WAY: 1}


def test_a_multipolygon_keeps_its_hole_and_joins_its_parts(read):
    inner = [node(5, 2.5, 2.5), node(6, 3.5, 2.5), node(7, 3.5, 3.5), node(8, 2.5, 3.5)]
    found = read(
        *SQUARE,
        *inner,
        way(1, [1, 2, 3]),
        way(2, [3, 4, 1]),
        way(3, [5, 6, 7, 8, 5]),
        relation(9, [(1, "outer"), (2, "outer"), (3, "inner")], amenity="school", name="中学"),
    )
    assert found.facilities["id"].tolist() == ["osm-r9"]
    assert found.facilities.geometry[0].equals(
        shapely.box(*at(2, 2), *at(4, 4)) - shapely.box(*at(2.5, 2.5), *at(3.5, 3.5))
    )


def test_an_area_without_all_its_nodes_is_not_taken_and_told(read):
    lacking = [node(5, 6, 6), node(6, 7, 6), way(6, [5, 6, 77, 5], amenity="school")]
    far = [node(8, 500, 6), way(7, [5, 6, 8, 5], amenity="school")]
    beyond = [node(10, 500, 1), node(11, 501, 1), node(12, 501, 2), way(8, [10, 11, 12, 10], amenity="school")]
    part = relation(9, [(6, "outer"), (99, "outer")], amenity="school")
    found = read(*lacking, *far, *beyond, part)
    assert found.facilities.empty
    assert found.report.skipped_facilities == {Skip.MISSING_NODES: 2, Skip.OUTSIDE: 2}


def test_an_area_that_encloses_nothing_is_told(read):
    found = read(node(1, 1, 1), node(2, 2, 2), node(3, 3, 3), way(1, [1, 2, 3, 1], amenity="parking"))
    assert found.report.skipped_facilities == {Skip.NO_AREA: 1}


def test_a_ring_that_crosses_itself_becomes_a_valid_area(read):
    found = read(*SQUARE, way(1, [1, 3, 2, 4, 1], amenity="parking"))
    assert found.facilities.is_valid.all()
    assert found.facilities.geometry[0].area == pytest.approx(2e-6, rel=0.01)


def test_private_disused_and_far_facilities_are_left_out(read):
    found = read(
        node(1, 5, 5, amenity="parking", access="private"),
        node(2, 5, 5, amenity="cafe", disused="yes"),
        node(3, -1, 5, amenity="cafe"),
        node(4, 5, 5, amenity="bench"),
    )
    assert found.facilities.empty
    assert found.report.skipped_facilities == {Skip.PRIVATE: 1, Skip.DISUSED: 1, Skip.OUTSIDE: 1}
    assert set(found.report.facilities.values()) == {0}


def test_an_object_of_two_categories_counts_in_both(read):
    found = read(node(1, 5, 5, amenity="conference_centre", name="会议中心"))
    assert sorted(zip(found.facilities["id"], found.facilities["category"], strict=True)) == [
        ("osm-n1", "roadshow"),
        ("osm-n1-meeting", "meeting"),
    ]


def test_a_category_that_the_pack_lacks_is_counted(pack, tmp_path):
    path = tmp_path / "a.osm"
    path.write_bytes(document(node(1, 5, 5, amenity="cafe"), node(2, 5, 5, amenity="school")))
    fewer = dataclasses.replace(pack, categories=tuple(c for c in pack.categories if c.id != "coffee"))
    found = read_extract(path, fewer, fewer.district_areas)
    assert found.facilities["category"].tolist() == ["school"]
    assert found.report.skipped_facilities == {Skip.NO_CATEGORY: 1}
    assert "coffee" not in found.report.facilities


def test_what_has_no_name_is_called_after_its_category_and_counted(read, pack):
    found = read(node(1, 5, 5, amenity="charging_station"), node(2, 5, 5, amenity="cafe", brand="瑞幸"))
    names = dict(zip(found.facilities["id"], found.facilities["name"], strict=True))
    assert names == {"osm-n1": pack.category("charging").label.zh, "osm-n2": "瑞幸"}
    assert found.report.unnamed == 1


def test_a_hostile_name_stays_on_one_line_and_within_bounds(read):
    found = read(node(1, 5, 5, amenity="cafe", name="<b>\u202e咖\n啡" + "长" * 300))
    assert found.facilities["name"][0] == "<b> 咖 啡" + "长" * 193


def test_every_category_of_the_shipped_pack_has_tags(pack):
    assert set(read_tags().categories) == {category.id for category in pack.categories}


# --- ways ----------------------------------------------------------------------------------------------------------


def test_what_may_be_walked_is_taken_and_what_not_is_told(read):
    one, two = node(1, 1, 1), node(2, 2, 2)
    found = read(
        one,
        two,
        *(
            way(number, [1, 2], **tags)
            for number, tags in enumerate(
                [
                    {"highway": "residential", "oneway": "yes"},
                    {"highway": "steps"},
                    {"highway": "footway", "footway": "crossing"},
                    {"highway": "trunk"},
                    {"highway": "cycleway", "foot": "designated"},
                    {"highway": "service", "access": "private", "foot": "permissive"},
                    {"railway": "platform"},
                    {"highway": "residential", "foot": "no"},
                    {"highway": "footway", "foot": "private"},
                    {"highway": "service", "access": "private"},
                    {"highway": "cycleway"},
                    {"highway": "motorway"},
                    {"highway": "trunk", "motorroad": "yes"},
                    {"highway": "construction"},
                    {"railway": "rail"},
                ],
                start=1,
            )
        ),
    )
    assert dict(zip(found.roads["id"], found.roads["kind"], strict=True)) == {
        "osm-w1": "residential",
        "osm-w2": "steps",
        "osm-w3": "footway",
        "osm-w4": "trunk",
        "osm-w5": "cycleway",
        "osm-w6": "service",
        "osm-w7": "platform",
    }
    assert found.report.skipped_roads == {Skip.NOT_WALKED: 4, Skip.FOOT_NO: 2, Skip.PRIVATE: 1}
    assert found.roads["at_nodes"].all()
    assert not found.roads["barred"].any()
    assert found.report.roads["steps"] == 1


def test_a_way_is_cut_where_nodes_are_missing_or_far(read):
    line = [node(number, number, 1) for number in range(1, 7)]
    broken = cross(1, [1, 2, 77, 4, 5, 6])
    cut = cross(2, [5, 6, 88])
    found = read(*line, node(88, 900, 1), broken, cut, cross(3, [77, 1]), cross(4, [88, 99]))
    shapes = dict(zip(found.roads["id"], found.roads.geometry, strict=True))
    assert shapes["osm-w1"].equals(MultiLineString([[at(1, 1), at(2, 1)], [at(4, 1), at(5, 1), at(6, 1)]]))
    assert shapes["osm-w2"].equals(LineString([at(5, 1), at(6, 1)]))
    assert set(shapes) == {"osm-w1", "osm-w2"}
    assert (found.report.broken_roads, found.report.cut_roads) == (1, 1)
    assert found.report.skipped_roads == {Skip.OUTSIDE: 2}


def test_ways_across_the_border_are_taken_and_facilities_there_are_not(read):
    found = read(node(1, -1, 5, amenity="cafe"), node(2, -5, 5), node(3, -25, 5), cross(1, [1, 2, 3]))
    assert found.facilities.empty
    (shape,) = found.roads.geometry
    assert shape.equals(LineString([at(-1, 5), at(-5, 5)]))


def test_a_square_of_rings_is_walked_around(read):
    found = read(*SQUARE, way(1, RING), relation(9, [(1, "outer")], highway="pedestrian"))
    assert found.roads["id"].tolist() == ["osm-r9"]
    assert found.roads.geometry[0].equals(LineString([at(2, 2), at(4, 2), at(4, 4), at(2, 4), at(2, 2)]))
    private = read(*SQUARE, way(1, RING), relation(9, [(1, "outer")], highway="pedestrian", access="private"))
    assert private.report.skipped_roads == {Skip.PRIVATE: 1}


# --- files ---------------------------------------------------------------------------------------------------------


def test_the_kind_of_file_is_told_by_its_content(pack, tmp_path):
    plain = document(*SQUARE, cross(1, [1, 2]))
    for data in (plain, gzip.compress(plain), bz2.compress(plain)):
        path = tmp_path / "upload.bin"
        path.write_bytes(data)
        assert read_extract(path, pack, pack.district_areas).roads["id"].tolist() == ["osm-w1"]


def test_the_headers_date_and_box_are_told(read):
    head = f"<bounds minlon='{LON}' minlat='{LAT}' maxlon='{LON + 0.01}' maxlat='{LAT + 0.02}'/>"
    report = read(*SQUARE, head=head).report
    assert report.covers == pytest.approx(0.5)
    assert report.dated is None
    assert report.as_json("en")["dated"] is None


def test_no_roads_are_no_fault_of_the_reader(read):
    found = read(node(1, 5, 5, amenity="cafe"))
    assert found.roads.empty
    assert found.report.roads == {}


def test_a_file_of_elsewhere_is_refused(read):
    with pytest.raises(InputError) as caught:
        read(node(1, 900, 900, amenity="cafe"), name="elsewhere.osm")
    assert caught.value.text("zh") == (
        "“elsewhere.osm”里没有乐清市的数据:请选包含这个县的 OpenStreetMap 数据提取(例如所在的省)。"
    )


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.97])
def test_a_file_cut_short_is_refused(pack, helsinki, tmp_path, keep):
    whole = helsinki.read_bytes()
    path = tmp_path / "half.osm.pbf"
    path.write_bytes(whole[: int(len(whole) * keep)])
    with pytest.raises(InputError, match=r"“half\.osm\.pbf”读到一半读不下去.*请重新下载"):
        read_extract(path, county_pack(shapely.box(24.93, 60.16, 24.96, 60.18), 3067), pack.district_areas)


@pytest.mark.parametrize("pack_it", [bytes, gzip.compress])
def test_text_cut_short_is_refused(pack, tmp_path, pack_it):
    data = pack_it(document(*(node(number, 1, 1) for number in range(1, 5000))))
    path = tmp_path / "half.osm"
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match="读到一半读不下去"):
        read_extract(path, pack, pack.district_areas)


def test_text_that_is_no_utf8_is_refused(pack, tmp_path):
    path = tmp_path / "a.osm.pbf"
    with osmium.SimpleWriter(osmium.io.File(str(path), "pbf,pbf_compression=none")) as writer:
        tags = {"amenity": "cafe", "name": "ABCD"}
        writer.add_node(Node(id=1, location=(LON + 0.001, LAT + 0.001), version=1, tags=tags))
    path.write_bytes(path.read_bytes().replace(b"ABCD", b"\xff\xfe\xff\xfe"))
    with pytest.raises(InputError, match=r"读到一半读不下去.*utf-8"):
        read_extract(path, pack, pack.district_areas)


@pytest.mark.parametrize(("right", "wrong"), [("T07", "x07"), (f"lon='{LON + 0.005:.7f}'", "lon='1 2'")])
def test_a_moment_or_place_that_is_none_is_refused(read, right, wrong):
    with pytest.raises(InputError, match="读到一半读不下去"):
        read(node(1, 5, 5, amenity="cafe").replace(right, wrong))


@pytest.mark.parametrize("data", [b"", b"hello", b"PK\x03\x04"])
def test_what_is_no_extract_is_refused(pack, tmp_path, data):
    path = tmp_path / "a.osm.pbf"
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_extract(path, pack, pack.district_areas)
    assert caught.value.text("zh") == "“a.osm.pbf”不是 OpenStreetMap 数据:请选 .osm.pbf、.osm 或 .osm.gz 文件。"


def test_a_file_that_is_not_there_is_told(pack, tmp_path):
    with pytest.raises(InputError, match="没有文件"):
        read_extract(tmp_path / "none.osm", pack, pack.district_areas)


def test_helsinki_has_every_category_and_its_date(helsinki):
    pack = county_pack(shapely.box(24.93, 60.16, 24.96, 60.185), 3067)
    stages = []
    found = read_extract(helsinki, pack, pack.district_areas, stages.append)
    assert found.report.facilities == {
        "commerce": 6,
        "hospital": 3,
        "school": 9,
        "housing": 21,
        "hotel": 27,
        "library": 7,
        "sport": 17,
        "transit": 133,
        "coffee": 89,
        "dining": 269,
        "roadshow": 3,
        "meeting": 2,
        "charging": 4,
        "parking": 28,
    }
    assert found.report.dated == datetime(2019, 4, 21, 9, 50, 14, tzinfo=UTC)
    assert found.roads.is_valid.all()
    assert len(found.roads) == sum(found.report.roads.values()) == 2432
    assert len(stages) == 4
    assert set(found.facilities["district"]) == {pack.districts[0].id}


# --- the table -----------------------------------------------------------------------------------------------------


def test_a_table_that_is_written_wrong_names_the_place(tmp_path):
    path = tmp_path / "tags.toml"
    right = read_tags.__wrapped__
    text = "category = []\nclosed = []\n[walk]\n" + "".join(
        f"{key} = []\n" for key in ("open", "asked", "others", "areas", "allowed", "foot", "access", "never")
    )
    path.write_text(text)
    assert right(path).categories == {}
    path.write_text(text.replace("category = []", 'category = [{id = "a", tags = ["amenity"]}]'))
    with pytest.raises(PackError, match=r"tags.toml 第 1 行 category\[0\].tags\[0\]:标签“amenity”不成立"):
        right(path)
    path.write_text(text.replace("closed = []", 'closed = [{reason = "odd", tags = ["a=b"]}]'))
    with pytest.raises(PackError, match="没有理由 odd"):
        right(path)
