"""An OpenStreetMap extract at the upload desk: told of, stored as one revision, walked on, and refused when it is broken."""

from __future__ import annotations

import pytest

from geo import usecases
from geo.model import Layer
from tests.osm.conftest import cross, document, node

# Thousandths of a degree from (121.0, 28.1): inside the shipped county.
STREETS = [node(1, 0, 0), node(2, 4, 0), node(3, 4, 4), cross(1, [1, 2, 3], name="测试路")]
SCHOOL = node(9, 2, 0.1, amenity="school", name="<b>学校</b>")


@pytest.fixture
def read(own, page):
    """The desk after such a file was chosen and read."""

    def choose(data, name="zhejiang.osm"):
        look = page().open("upload").upload(data, name)
        job = look.at.session_state["job"]
        job.future.exception(60)
        return look.run()

    return choose


def test_what_a_file_gives_is_told_and_stored_as_one_revision(own, read):
    look = read(document(*STREETS, SCHOOL))
    assert (look.figures["配套设施"], look.figures["可步行的路"]) == ("1", "1")
    assert look.figures["连成一片的最大部分"] == "100.0%"
    assert look.figures["数据日期"] == "2024-05-06"
    assert "文件里一处也没有的类别" in look.html
    look.click("store_osm")
    assert any("已存为第 2 号修订:新增 2" in text for text in look.said)
    roads = usecases.snapshot(own).frame(Layer.ROADS)
    assert roads["id"].tolist() == ["osm-w1"]
    walked = usecases.streets(own, usecases.snapshot(own))
    assert walked.roads == 1
    look.go("coverage").set("segmented_control", "coverage_view", "walk")
    assert "路网:1 条路" in look.html
    assert "OpenStreetMap" in look.html


def test_only_what_is_chosen_is_stored(own, read):
    look = read(document(*STREETS, SCHOOL))
    look.set("multiselect", "osm_layers", [Layer.FACILITIES]).click("store_osm")
    assert usecases.snapshot(own).frame(Layer.ROADS).empty
    assert "osm-n9" in set(usecases.snapshot(own).facilities["id"])


def test_nothing_chosen_cannot_be_stored(own, read):
    look = read(document(*STREETS, SCHOOL)).set("multiselect", "osm_layers", [])
    assert look.at.button(key="store_osm").disabled


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (document(*STREETS)[:300], "zhejiang.osm"),
        (document(node(1, 9000, 0, amenity="school")), "乐清"),
        (b"not a map", "不是 OpenStreetMap 数据"),
    ],
)
def test_a_file_that_cannot_be_used_says_so(read, data, text):
    look = read(data)
    assert any(text in said for said in look.said), look.said
    assert look.figures == {}
