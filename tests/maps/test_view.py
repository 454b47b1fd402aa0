"""The state of a map: its words in either language, and a legend of what is really shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from shapely import Point, box

from geo.maps.columns import bits
from geo.maps.state import LegendItem, LegendSection
from geo.maps.view import Shown, attribution, legend, map_state, texts
from geo.model import Layer

HERE = Point(121.0, 28.1)


@pytest.fixture
def shown(make_frame, make_areas):
    """Two bases and two facilities, of which masks show some."""
    bases = make_frame(
        Layer.BASES,
        [HERE, HERE],
        stage=["maker", "park"],
        cluster=["electric", ""],
        demo_year=[2023, None],
        certainty=["surveyed", "district"],
    )
    facilities = make_frame(Layer.FACILITIES, [HERE, HERE], category=["school", "coffee"], sample=[False, True])

    def choose(base_mask=(True, True), facility_mask=(True, True), areas=make_areas(), beneath=()) -> Shown:  # noqa: B008
        return Shown(bases, facilities, np.array(base_mask), np.array(facility_mask), areas, beneath)

    return choose


def sections(pack, shown: Shown) -> dict[str, list[str]]:
    return {section.id: [item.label for item in section.items] for section in legend(pack, "zh", shown)}


def test_the_legend_lists_what_is_there(pack, shown):
    found = sections(pack, shown())
    assert found["clusters"] == [pack.cluster("electric").label.zh, "未写明集群"]
    assert found["stages"] == [pack.stage("maker").label.zh, pack.stage("park").label.zh, "列入示范名单", "位置未核实"]
    assert found["facilities"] == [pack.category("school").label.zh, pack.category("coffee").label.zh, "空心:示例数据"]
    assert found["lines"] == ["片区、乡镇界(示意)"]


def test_the_legend_leaves_out_what_is_filtered_away(pack, shown):
    found = sections(pack, shown((True, False), (True, False)))
    assert found["clusters"] == [pack.cluster("electric").label.zh]
    assert found["stages"] == [pack.stage("maker").label.zh, "列入示范名单"]
    assert found["facilities"] == [pack.category("school").label.zh]
    found = sections(pack, shown((False, True), (False, False)))
    assert found["clusters"] == ["未写明集群"]
    assert found["stages"] == [pack.stage("park").label.zh, "位置未核实"]
    assert set(found) == {"clusters", "stages", "lines"}
    assert set(sections(pack, shown((False, False), (False, False)))) == {"lines"}


def test_borders_are_called_schematic_only_while_one_is(pack, shown, make_areas):
    stored = {"devzone": box(120.93, 27.99, 121.0, 28.08)}
    assert sections(pack, shown(areas=make_areas(stored)))["lines"] == ["片区、乡镇界", "片区、乡镇界(示意)"]
    districts = dict(zip(pack.district_areas["id"], pack.district_areas.geometry, strict=True))
    towns = dict(zip(pack.town_areas["name"], pack.town_areas.geometry, strict=True))
    everything = shown(areas=make_areas(districts, towns))
    assert sections(pack, everything)["lines"] == ["片区、乡镇界"]
    (section,) = [section for section in legend(pack, "zh", everything) if section.id == "lines"]
    assert [item.dashed for item in section.items] == [False]


def test_roads_and_population_can_be_switched_off_where_there_are_any(pack, shown):
    assert sections(pack, shown(beneath=(Layer.ROADS,)))["lines"] == ["片区、乡镇界(示意)", "道路"]
    both = legend(pack, "en", shown(beneath=(Layer.POPULATION, Layer.ROADS)))[-1]
    assert [(item.label, item.toggle) for item in both.items[1:]] == [
        ("Roads", "roads"),
        ("Population (by size)", "population"),
    ]
    assert [item.toggle for item in both.items[:1]] == [""]


def test_a_state_carries_masks_looks_and_the_pages_own_legend_first(pack, shown, decoded):
    own = LegendSection("page", "本页", (LegendItem("hatch", "空白"),))
    state = map_state(pack, "zh", shown((True, False)), {"bases": "/b"}, (own,), picked="bases-0")
    assert (state.bases, state.facilities, state.picked) == (bits([True, False]), bits([True, True]), "bases-0")
    assert [section.id for section in state.legend][:2] == ["page", "clusters"]
    assert [stage["symbol"] for stage in state.stages] == [stage.symbol for stage in pack.plan.stages]
    assert [cluster["colour"] for cluster in state.clusters] == [cluster.colour for cluster in pack.plan.clusters]
    assert [category["glyph"] for category in state.categories] == [category.glyph for category in pack.categories]
    assert decoded(state.encoded())["legend"][0]["title"] == "本页"


def test_words_are_in_the_readers_language(pack, shown):
    assert texts("zh")["legend"] == "图例"
    assert set(texts("en")) == set(texts("zh"))
    assert not [text for text in texts("en").values() if any("\u4e00" <= letter <= "\u9fff" for letter in text)]
    english = map_state(pack, "en", shown(), {})
    assert english.categories[0]["label"] == pack.categories[0].label.en
    assert english.lang == "en"


def test_a_map_says_its_review_number_or_that_it_is_internal(pack):
    assert attribution(pack, "zh") == ("内部使用", pack.boundary_note.zh)
    reviewed = replace(pack, review_number="浙S(2024)1号")
    assert attribution(reviewed, "zh")[0] == "审图号:浙S(2024)1号"
    assert attribution(reviewed, "en")[1] == pack.boundary_note.en
