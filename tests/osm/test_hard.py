"""Files as they come: cut off where nothing tells, saved halfway, out of order, and drawn as Chinese towns are drawn."""

from __future__ import annotations

import gzip
import struct
import time

import osmium
import pytest
import shapely
from osmium.osm.mutable import Node, Relation, Way

from geo.errors import InputError
from geo.osm import Skip, read_apart, read_extract
from geo.reports import extract_lines
from geo.streets import build_network
from tests.osm.conftest import LAT, LON, county_pack, cross, document, node, relation, way

SQUARE = [node(1, 2, 2), node(2, 4, 2), node(3, 4, 4), node(4, 2, 4)]
RING = (1, 2, 3, 4, 1)


def said(pack, found, lang="zh"):
    return list(extract_lines("a.osm", found.report, build_network(found.roads, 4549), pack, lang))


# --- a file that is damaged ----------------------------------------------------------------------------------------


def test_a_file_on_which_libosmium_crashes_is_refused_and_nothing_else_happens(pack, tmp_path):
    path = tmp_path / "a.osm.pbf"
    hospital = Way(id=9, nodes=RING, tags={"amenity": "hospital", "name": "院"})
    with osmium.SimpleWriter(osmium.io.File(str(path), "pbf,pbf_compression=none")) as writer:
        for id, (x, y) in enumerate([(2, 2), (4, 2), (4, 4), (2, 4)], 1):
            writer.add_node(Node(id=id, location=(LON + x / 1000, LAT + y / 1000)))
        writer.add_way(hospital)
    assert read_apart(path, pack, pack.district_areas).facilities["name"].tolist() == ["院"]
    # A text that ends in its middle: libosmium keeps texts end to end, and reads on behind them.
    path.write_bytes(path.read_bytes().replace(b"hospital", b"hospit\0l"))
    with pytest.raises(InputError, match="读它的程序就崩溃了"):
        read_apart(path, pack, pack.district_areas)


# --- a file that is not whole --------------------------------------------------------------------------------------


def blocks(data: bytes) -> list[int]:
    """Where each block of a PBF begins: four bytes of length, a header of a type (1) and the size of what follows (3)."""
    starts, at = [], 0
    while at < len(data):
        starts.append(at)
        (length,) = struct.unpack(">I", data[at : at + 4])
        header, size, shift = data[at + 4 : at + 4 + length], 0, 0
        place = 2 + header[1]
        while header[place] != 0x18:
            place += 2 + header[place + 1]
        for byte in header[place + 1 :]:
            size |= (byte & 0x7F) << shift
            shift += 7
        at += 4 + length + size
    return starts


@pytest.fixture(scope="module")
def long(tmp_path_factory):
    """A PBF of more ways than go into one block, and a school of one piece."""
    path = tmp_path_factory.mktemp("long") / "whole.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for id, (x, y) in enumerate([(2, 2), (4, 2), (4, 4), (2, 4)], 1):
            writer.add_node(Node(id=id, version=1, location=(LON + x / 1000, LAT + y / 1000)))
        for id in range(1, 8003):
            writer.add_way(Way(id=id, version=1, nodes=[1, 2], tags={"highway": "residential"}))
        writer.add_way(Way(id=9000, version=1, nodes=list(RING)))
        tags = {"type": "multipolygon", "amenity": "school"}
        writer.add_relation(Relation(id=1, version=1, members=[("w", 9000, "outer")], tags=tags))
    return path.read_bytes()


@pytest.mark.parametrize(
    ("kept", "roads", "doubtful"), [(2, 0, True), (3, 8000, True), (4, 8002, True), (5, 8002, False)]
)
def test_a_pbf_that_ends_between_two_blocks_is_told_by_its_lack_of_relations(
    pack, tmp_path, long, kept, roads, doubtful
):
    ends = [*blocks(long)[1:], len(long)]
    assert len(ends) == 5  # header, nodes, twice ways, relations
    path = tmp_path / "a.osm.pbf"
    path.write_bytes(long[: ends[kept - 1]])
    found = read_extract(path, pack, pack.district_areas)
    assert (len(found.roads), found.report.no_relations) == (roads, doubtful)
    assert any("可能在末尾被截断" in line for line in said(pack, found)) is doubtful
    assert found.report.as_json("zh")["no_relations"] is doubtful
    assert len(found.facilities) == (not doubtful)


def test_helsinki_is_whole(helsinki):
    pack = county_pack(shapely.box(24.935, 60.165, 24.95, 60.175), 3067)
    report = read_extract(helsinki, pack, pack.district_areas).report
    assert not report.no_relations


def test_text_without_relations_is_whole(read):
    assert not read(*SQUARE, cross(1, [1, 2])).report.no_relations


def test_nodes_that_the_file_lacks_are_counted(read, pack):
    found = read(*SQUARE, cross(1, [1, 2, 90, 91]), cross(2, [3, 91, 4]), way(3, [1, 2, 92, 1], amenity="school"))
    assert (found.report.missing_nodes, found.report.broken_roads) == (3, 1)
    assert found.report.skipped_facilities == {Skip.MISSING_NODES: 1}
    assert "文件里缺 3 个节点,县内的路或面要用到它们:请换完整的数据。" in said(pack, found)
    assert read(*SQUARE, node(5, 900, 2), cross(1, [1, 2, 5])).report.missing_nodes == 0  # far, but there


REMARK = b'<remark> runtime error: Query timed out in "query" at line 4 after 181 seconds. </remark></osm>'


@pytest.mark.parametrize(("name", "pack_it"), [("a.osm", bytes), ("a.osm.gz", gzip.compress)])
def test_a_query_that_broke_off_is_refused(pack, tmp_path, name, pack_it):
    path = tmp_path / name
    whole = document(*SQUARE, cross(1, [1, 2]))
    path.write_bytes(pack_it(whole.replace(b"</osm>", REMARK)))
    with pytest.raises(InputError, match=r"是没有做完的查询\(runtime error: Query timed out .* 181 seconds\.\)"):
        read_extract(path, pack, pack.district_areas)
    path.write_bytes(pack_it(whole.replace(b"</osm>", b"<remark>made by hand</remark></osm>")))
    assert len(read_extract(path, pack, pack.district_areas).roads) == 1


@pytest.mark.parametrize("old", [("<node id='1'", "<node id='-1'"), ("<node id='1'", "<node id='1' action='delete'")])
def test_what_nobody_uploaded_from_an_editor_is_refused(pack, tmp_path, old):
    path = tmp_path / "a.osm"
    filler = "".join(node(n, 1, 1) for n in range(100, 9000)).encode()  # past the first piece that is looked at
    path.write_bytes(document(*SQUARE, cross(9, [2, 3])).replace(b"<node id='1'", filler + old[1].encode()))
    with pytest.raises(InputError, match=r"“a\.osm”里有 JOSM 中.*GeoJSON"):
        read_extract(path, pack, pack.district_areas)


@pytest.mark.parametrize("evil", [b"<node ", b"<remark>", b"<node id='5' x='", b" "])
def test_text_made_to_be_slow_is_not(pack, tmp_path, evil):
    path = tmp_path / "a.osm"
    path.write_bytes(b"<remark>" + evil * 300_000)
    start = time.process_time()
    with pytest.raises(InputError, match="读到一半读不下去"):
        read_extract(path, pack, pack.district_areas)
    assert time.process_time() - start < 2


# --- a file out of order -------------------------------------------------------------------------------------------


def test_nodes_may_come_after_the_ways_that_use_them(read):
    found = read(way(5, RING, amenity="school"), cross(6, [2, 1]), *SQUARE[::-1])
    assert found.facilities.total_bounds == pytest.approx((LON + 0.002, LAT + 0.002, LON + 0.004, LAT + 0.004))
    assert found.roads.geometry[0].coords[0] == pytest.approx((LON + 0.004, LAT + 0.002))


def test_of_an_object_that_comes_twice_the_later_counts(read):
    twice = [node(9, 5, 5, amenity="cafe", name="旧"), node(9, 6, 6, amenity="cafe", name="新")]
    found = read(node(1, 9, 9), *SQUARE, *twice, cross(1, [1, 2], name="旧"), cross(1, [1, 3], name="新"))
    assert found.facilities["name"].tolist() == found.roads["name"].tolist() == ["新"]
    assert shapely.get_coordinates(found.roads.geometry[0])[0] == pytest.approx((LON + 0.002, LAT + 0.002))


def test_what_was_deleted_is_not_taken(read):
    gone = [node(9, 5, 5, amenity="cafe"), cross(1, [1, 2])]
    found = read(*SQUARE, *(one.replace(" id=", " visible='false' id=", 1) for one in gone), cross(2, [2, 3]))
    assert found.facilities.empty
    assert found.roads["id"].tolist() == ["osm-w2"]


def test_a_way_of_one_place_is_no_road(read, pack):
    found = read(*SQUARE, cross(1, [1, 1]), cross(2, [1]), cross(3, [1, 2]))
    assert found.roads["id"].tolist() == ["osm-w3"]
    assert found.report.skipped_roads == {Skip.NO_LINE: 2}
    assert "没有取的路:只有一个点,不成线 2" in said(pack, found)


@pytest.mark.parametrize(("name", "pack_it"), [("a.osm", bytes), ("a.osm.gz", gzip.compress)])
def test_a_byte_order_mark_is_no_hindrance(pack, tmp_path, name, pack_it):
    path = tmp_path / name
    path.write_bytes(pack_it(b"\xef\xbb\xbf" + document(*SQUARE, cross(1, [1, 2]))))
    assert len(read_extract(path, pack, pack.district_areas).roads) == 1


# --- a Chinese town ------------------------------------------------------------------------------------------------


def test_a_town_without_pavements_is_walked_along_its_roads(read):
    """An expressway on a bridge over the main street, a compound behind its gate, a square, a ferry."""
    nodes = [*SQUARE, node(5, 3, 1), node(6, 3, 5), node(7, 8, 4), node(8, 6, 4)]
    found = read(
        *nodes,
        way(1, [5, 6], highway="motorway", bridge="yes", layer="1", foot="no", name="沈海高速", name_en="G15"),
        way(2, [5, 6], highway="trunk_link", motorroad="yes", layer="1"),
        way(3, [5, 6], highway="residential", bridge="yes", layer="1", name="桥上路"),
        way(4, [1, 2], highway="trunk", name="Ren Min Lu", name_zh="人民路"),
        way(5, [2, 3], highway="service", access="private"),
        way(6, [3, 4], highway="service", access="private", foot="yes"),
        way(7, [8, 7], route="ferry", name="轮渡"),
        way(8, [3, 8], highway="construction", construction="primary"),
        way(9, [*RING], highway="pedestrian", area="yes", name="人民广场"),
        way(10, [*RING], building="apartments", access="private", name="小区"),
    )
    assert dict(zip(found.roads["id"], found.roads["name"], strict=True)) == {
        "osm-w3": "桥上路",
        "osm-w4": "人民路",
        "osm-w6": "",
        "osm-w9": "人民广场",
    }
    assert found.report.skipped_roads == {Skip.FOOT_NO: 1, Skip.NOT_WALKED: 2, Skip.PRIVATE: 1}
    assert found.report.skipped_facilities == {Skip.PRIVATE: 1}
    streets = build_network(found.roads, 4549)
    assert len(streets.piece_m) == 2  # the bridge meets nothing that it passes over
    assert len(streets.metres) == 5  # the square's four sides, of which the streets are two, and the bridge


def test_a_square_of_several_pieces_is_walked_along_its_edge(read):
    found = read(
        *SQUARE, way(1, [1, 2, 3]), way(2, [3, 4, 1]), relation(5, [(1, "outer"), (2, "outer")], highway="pedestrian")
    )
    assert found.roads["id"].tolist() == ["osm-r5"]
    assert build_network(found.roads, 4549).total_m == pytest.approx(4 * 209, rel=0.05)


def test_a_campus_that_is_a_mere_list_of_buildings_is_told(read):
    parts = [way(1, RING, building="school"), way(2, RING, building="yes"), way(3, [1, 2])]
    campus = relation(5, [(1, ""), (2, "")], type="site", amenity="school", name="中学")
    route = relation(6, [(3, "")], type="route", highway="pedestrian")
    border = relation(7, [(1, "outer")], type="boundary", amenity="hospital", name="医院")
    found = read(*SQUARE, *parts, campus, route, border)
    assert found.facilities["id"].tolist() == ["osm-r7"]
    assert found.roads.empty
    assert found.report.skipped_facilities == {Skip.NO_AREA: 1}


# --- capacity ------------------------------------------------------------------------------------------------------


def test_a_capacity_is_read_where_it_is_a_number(read, pack):
    found = read(
        node(1, 5, 5, amenity="hospital", beds="120"),
        node(2, 5, 5, amenity="hospital", capacity_beds="80", capacity="3000"),
        node(3, 5, 5, tourism="hotel", rooms="88", beds="176"),
        node(4, 5, 5, amenity="parking", capacity="~50"),
        node(5, 5, 5, amenity="school", capacity="1350.0"),
        node(6, 5, 5, amenity="library", capacity="30"),
        node(7, 5, 5, building="apartments", building_flats="96"),
        node(8, 5, 5, leisure="stadium", capacity="12000"),
        node(9, 5, 5, amenity="parking", capacity="9" * 400),
    )
    stated = found.facilities.set_index("id")["capacity"].dropna().to_dict()
    assert stated == {"osm-n1": 120.0, "osm-n2": 80.0, "osm-n3": 88.0, "osm-n5": 1350.0, "osm-n7": 96.0}
    assert (found.report.capacities, found.report.unread_capacities) == (5, 2)
    lines = said(pack, found)
    assert "其中 5 处写明容量(床位、学位、套、车位等)。" in lines
    assert "其中 2 处的容量不是数,没有取。" in lines
