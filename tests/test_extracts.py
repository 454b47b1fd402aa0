"""OpenStreetMap files stored and taken back, and the walking network that roads make, from the desk and the command line."""

from __future__ import annotations

import json

import numpy as np
import pytest
from shapely import LineString, Point

from geo import coverage as cov
from geo import osm, usecases
from geo.errors import InputError, NotFoundError, ReadOnlyError, UnchangedError
from geo.i18n import Label, message
from geo.model import Layer
from geo.usecases import Author, Settings
from tests.osm.conftest import LAT, LON, cross, document, node, way

STAFF = Author("林工")
CROSSING = [node(1, 0, 1), node(2, 2, 1), node(3, 1, 0), node(4, 1, 2)]
BRIDGE = [cross(1, [1, 2], name="桥"), cross(2, [3, 4])]
SCHOOL = node(9, 1.5, 1.01, amenity="school", name="小学")
CAFE = node(8, 0.5, 1.01, amenity="cafe", name="咖啡")


@pytest.fixture
def file(tmp_path):
    def write(*objects, name="county.osm"):
        path = tmp_path / name
        path.write_bytes(document(*objects))
        return path

    return write


@pytest.fixture
def stored(atlas, file):
    """Stores these objects as one OpenStreetMap file."""

    def store(*objects, **more):
        return usecases.store_osm(atlas, usecases.read_osm(atlas, file(*objects)), STAFF, **more)

    return store


def ids(atlas, layer):
    found = usecases.snapshot(atlas).frame(layer)["id"]
    return found[found.str.startswith("osm-")].tolist()


# --- storing -------------------------------------------------------------------------------------------------------


def test_a_file_is_one_revision_of_both_layers(atlas, stored):
    revision = stored(*CROSSING, *BRIDGE, SCHOOL)
    assert (revision.kind, revision.author, revision.file_name) == ("import", "林工", "county.osm")
    assert len(revision.file_sha256) == 64
    assert (revision.added, revision.changed, revision.removed) == (3, 0, 0)
    assert revision.details["osm"]["facilities"]["taken"]["school"] == 1
    assert (ids(atlas, Layer.FACILITIES), ids(atlas, Layer.ROADS)) == (["osm-n9"], ["osm-w1", "osm-w2"])
    row = usecases.snapshot(atlas).facilities.set_index("id").loc["osm-n9"]
    assert row["district"] == usecases.district_at(usecases.snapshot(atlas), row["geometry"]) != ""


def test_a_later_file_takes_the_place_of_the_earlier_one_and_of_nothing_else(atlas, stored, put):
    put(atlas, Layer.ROADS, [{"id": "own", "name": "自测"}], [LineString([(LON, LAT), (LON, LAT + 0.001)])])
    first = stored(*CROSSING, *BRIDGE, SCHOOL, CAFE)
    second = stored(*CROSSING, cross(1, [1, 2], name="新名"), SCHOOL)
    assert (second.added, second.changed, second.removed) == (0, 1, 2)
    assert (ids(atlas, Layer.FACILITIES), ids(atlas, Layer.ROADS)) == (["osm-n9"], ["osm-w1"])
    assert "own" in set(usecases.snapshot(atlas).frame(Layer.ROADS)["id"])
    usecases.undo(atlas, second.number, STAFF)
    usecases.undo(atlas, first.number, STAFF)
    assert ids(atlas, Layer.ROADS) == []
    assert len(usecases.snapshot(atlas).facilities) == 419


def test_what_people_changed_stays_unless_it_is_to_go(atlas, stored, put, file, monkeypatch):
    monkeypatch.setattr(osm, "read_apart", osm.read_extract)  # eight files: a process for each takes a second more
    stored(*CROSSING, *BRIDGE, SCHOOL, CAFE)
    frame = usecases.snapshot(atlas).facilities.set_index("id")
    place = [frame.loc["osm-n9", "geometry"], frame.loc["osm-n8", "geometry"]]
    rows = [
        {"id": "osm-n9", "name": "更名小学", "category": "school"},
        {"id": "osm-n8", "name": "新咖啡", "category": "coffee"},
    ]
    put(atlas, Layer.FACILITIES, rows, place)
    later = SCHOOL.replace("小学", "第一小学")
    told = usecases.osm_before(atlas, usecases.read_osm(atlas, file(*CROSSING, BRIDGE[0], later)))
    assert told.kept == {Layer.FACILITIES: ("osm-n8", "osm-n9"), Layer.ROADS: ()}
    assert told.gone == {Layer.FACILITIES: (), Layer.ROADS: ("osm-w2",)}
    for _ in range(2):  # what was kept once is kept the next time as well
        stored(*CROSSING, BRIDGE[0], layers=[Layer.ROADS])
        stored(*CROSSING, *BRIDGE, later)
        assert usecases.snapshot(atlas).facilities.set_index("id").loc[["osm-n8", "osm-n9"], "name"].tolist() == [
            "新咖啡",
            "更名小学",
        ]
    stored(*CROSSING, *BRIDGE, later, overwrite=True)
    facilities = usecases.snapshot(atlas).facilities.set_index("id")
    assert (facilities.loc["osm-n9", "name"], "osm-n8" in facilities.index) == ("第一小学", False)
    assert not any(usecases.osm_before(atlas, usecases.read_osm(atlas, file(SCHOOL))).kept.values())


def test_the_same_file_again_changes_nothing(stored):
    stored(*CROSSING, *BRIDGE)
    with pytest.raises(UnchangedError):
        stored(*CROSSING, *BRIDGE)


def test_a_layer_that_the_file_lacks_or_that_is_not_wanted_is_left_alone(atlas, stored):
    stored(*CROSSING, *BRIDGE, SCHOOL)
    stored(CAFE)
    assert (ids(atlas, Layer.FACILITIES), ids(atlas, Layer.ROADS)) == (["osm-n8"], ["osm-w1", "osm-w2"])
    stored(*CROSSING, BRIDGE[0], SCHOOL, layers=[Layer.ROADS])
    assert (ids(atlas, Layer.FACILITIES), ids(atlas, Layer.ROADS)) == (["osm-n8"], ["osm-w1"])


def test_a_file_with_nothing_to_store_is_refused(stored):
    with pytest.raises(InputError) as caught:
        stored(*CROSSING)
    assert caught.value.text("zh") == (
        "“county.osm”里没有可存的配套设施或路:请换一个包含它们的 OpenStreetMap 数据提取。"
    )


def test_who_may_not_write_stores_nothing(atlas, file):
    found = usecases.read_osm(atlas, file(*CROSSING, *BRIDGE))
    with pytest.raises(ReadOnlyError):
        usecases.store_osm(atlas, found, Author("客", message("只读")))
    assert ids(atlas, Layer.ROADS) == []


@pytest.mark.parametrize("kind", ["geojson", "xlsx"])
def test_what_roads_say_of_themselves_survives_a_download_and_an_upload(atlas, stored, kind):
    stored(*CROSSING, *BRIDGE)
    data = usecases.export_layer(usecases.snapshot(atlas), Layer.ROADS, kind, "zh")
    report = usecases.check_file(atlas, data, f"roads.{kind}", Layer.ROADS)
    known = {one.header: one.field for one in report.columns}
    assert {"barred", "at_nodes"} <= set(known.values())
    if kind == "geojson":  # a table has only a point of each road
        assert [report.status(id) for id in report.accepted["id"]] == ["same", "same"]
        assert report.accepted["at_nodes"].all()


def test_a_flag_that_is_no_yes_or_no_is_a_fault(atlas, as_file):
    road = {"type": "LineString", "coordinates": [[LON, LAT], [LON + 0.001, LAT]]}
    rows = [{"type": "Feature", "properties": {"barred": word}, "geometry": road} for word in ("否", "大概")]
    report = usecases.check_file(atlas, as_file(*rows), "roads.geojson", Layer.ROADS)
    (fault,) = [fault for fault in report.faults if fault.severity == "error"]
    assert (fault.row, fault.code) == (2, "bad_type")
    assert fault.message.text("zh") == "禁止步行(barred)应是 true 或 false"
    assert fault.fix.text("zh") == "请写 true 或 false,或删去这一项"


# --- the network ---------------------------------------------------------------------------------------------------


def test_roads_of_openstreetmap_keep_their_bridges(atlas, stored):
    stored(*CROSSING, *BRIDGE)
    assert len(usecases.streets(atlas, usecases.snapshot(atlas)).network.piece_m) == 2


def test_drawn_roads_are_noded_where_they_cross(atlas, as_file):
    lines = [[[LON, LAT + 0.001], [LON + 0.002, LAT + 0.001]], [[LON + 0.001, LAT], [LON + 0.001, LAT + 0.002]]]
    features = [
        {"type": "Feature", "properties": {"路名": f"路{n}"}, "geometry": {"type": "LineString", "coordinates": line}}
        for n, line in enumerate(lines)
    ]
    features += [{**features[0], "properties": {"路名": "高速", "禁止步行": "是"}}]
    features[2]["geometry"] = {"type": "LineString", "coordinates": [[LON, LAT], [LON + 0.002, LAT + 0.0001]]}
    report = usecases.check_file(atlas, as_file(*features), "roads.geojson", Layer.ROADS)
    assert report.accepted["barred"].tolist() == [False, False, True]
    usecases.store(atlas, report, STAFF)
    found = usecases.streets(atlas, usecases.snapshot(atlas))
    assert (len(found.network.xy), len(found.network.metres), found.roads) == (5, 4, 2)
    assert found.network.largest_share == 1


def test_the_network_tells_its_source_date_and_age(atlas, stored, put):
    put(atlas, Layer.ROADS, [{"id": "own", "source": "交通局"}], [LineString([(LON, LAT), (LON, LAT + 0.001)])])
    revision = stored(*CROSSING, *BRIDGE, SCHOOL)
    found = usecases.streets(atlas, usecases.snapshot(atlas))
    day = "2024-05-06"
    assert found.sources == (
        (Label(f"© OpenStreetMap 贡献者(ODbL) {day}", f"© OpenStreetMap contributors (ODbL) {day}"), 2),
        (Label("交通局"), 1),
    )
    assert (found.revision, found.at) == (revision.number, revision.at)


def test_the_network_is_made_once_for_the_same_roads(atlas, stored, put):
    stored(*CROSSING, *BRIDGE)
    before = usecases.streets(atlas, usecases.snapshot(atlas))
    put(atlas, Layer.BASES, [{"id": "b", "stage": "maker"}], [Point(LON, LAT)])
    assert usecases.streets(atlas, usecases.snapshot(atlas)) is before
    stored(*CROSSING, BRIDGE[0])
    assert usecases.streets(atlas, usecases.snapshot(atlas)) is not before


def test_without_roads_there_is_no_walking(atlas):
    with pytest.raises(NotFoundError) as caught:
        usecases.coverage(atlas, usecases.snapshot(atlas), Settings(on_foot=True))
    assert "没有可步行的道路" in caught.value.text("zh")


def test_coverage_on_foot_is_kept_beside_the_straight_one(atlas, stored, put):
    stored(*CROSSING, *BRIDGE, SCHOOL, CAFE)
    put(atlas, Layer.BASES, [{"id": "b", "name": "基地", "stage": "maker"}], [Point(LON + 0.0002, LAT + 0.001)])
    snap = usecases.snapshot(atlas)
    walked = usecases.coverage(atlas, snap, Settings(on_foot=True)).set_index(["base_id", "category"])
    straight = usecases.coverage(atlas, snap, Settings()).set_index(["base_id", "category"])
    assert set(walked["metric"]) == {"foot"}
    there = walked["nearest_m"].notna() & (walked["nearest_id"] == straight["nearest_id"])
    assert there.any()
    assert (walked["nearest_m"] >= straight["nearest_m"])[there].all()
    found = usecases.distances(atlas, snap, on_foot=True)
    row = snap.bases["id"].tolist().index("b")
    assert found.nearest_m[row, found.categories.index("school")] == pytest.approx(128, abs=1)
    assert set(np.unique(found.why.astype(str))) <= {"", *cov.Why}
    table = usecases.coverage(atlas, snap, Settings(on_foot=True))
    told = json.loads(usecases.export_coverage(atlas, snap, table, Settings(on_foot=True), "geojson", "zh"))
    assert told["facts"]["metric"] == "foot"


# --- the command line ----------------------------------------------------------------------------------------------


def test_the_command_line_imports_and_reports(own, file):
    path = file(*CROSSING, *BRIDGE, SCHOOL, way(5, [1, 2], highway="residential", foot="no"))
    tried = own("import-osm", str(path), "--dry-run")
    assert tried.exit_code == 0
    assert "配套设施:取 1 处。优质教育资源 1" in tried.stdout
    assert "可步行的路:取 2 条。residential 2" in tried.stdout
    assert "没有取的路:禁止步行(foot=no) 1" in tried.stdout
    assert "文件里一处也没有的类别:城市商业综合体、" in tried.stdout
    assert "日期 2024-05-06" in tried.stdout
    assert "分为互不相连的 2 片,最大一片占 5" in tried.stdout
    assert "试运行,没有写入" in tried.stderr
    assert "取配套设施" in tried.stderr
    done = own("import-osm", str(path), "--author", "王工")
    assert "已存为第 2 号修订:新增 3,更新 0,移除 0。" in done.stderr
    again = json.loads(own("import-osm", str(path), "--json").stdout)
    assert again["revision"] is None
    assert again["network"]["pieces"] == 2
    assert again["roads"]["skipped"] == [{"code": "foot_no", "reason": "禁止步行(foot=no)", "count": 1}]
    assert "OpenStreetMap" not in own("history", "--json").stderr


def test_the_command_line_stores_what_is_asked_for(own, file):
    path = file(*CROSSING, *BRIDGE, SCHOOL)
    done = json.loads(own("import-osm", str(path), "--no-facilities", "--json").stdout)
    assert done["revision"]["added"] == 2
    neither = own("import-osm", str(path), "--no-facilities", "--no-roads")
    assert neither.exit_code == 2
    assert "只能写一个" in neither.stderr


def test_the_command_line_says_that_there_are_no_roads(own, file):
    told = own("import-osm", str(file(SCHOOL)))
    assert "文件里没有可步行的路,步行距离算不了" in told.stdout
    walked = own("coverage", "--on-foot")
    assert walked.exit_code == 2
    assert "没有可步行的道路" in walked.stderr


def test_a_broken_file_ends_with_what_to_do(own, file):
    path = file(*CROSSING, *BRIDGE)
    path.write_bytes(path.read_bytes()[:-60])
    told = own("import-osm", str(path))
    assert told.exit_code == 2
    assert "读到一半读不下去" in told.stderr
    assert "请重新下载" in told.stderr


def test_coverage_on_foot_tells_its_network_and_who_cannot_walk(own, file):
    own("import-osm", str(file(*CROSSING, *BRIDGE, SCHOOL)))
    told = own("coverage", "--on-foot", "--category", "school")
    assert told.exit_code == 0
    assert "路网:2 条路,来源 © OpenStreetMap 贡献者(ODbL) 2024-05-06;第 2 号修订" in told.stderr
    assert "走不到的基地与配套" in told.stderr
    assert "步行距离(沿道路)" in told.stderr
    rows = json.loads(own("coverage", "--on-foot", "--json").stdout)
    assert {row["metric"] for row in rows} == {"foot"}


def test_every_reason_is_a_sentence():
    assert set(osm.SKIP_WORDS) == set(osm.Skip)
