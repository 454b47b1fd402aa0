"""地图总览: what the filters let through, on the figures and on the map alike, and what a clicked base tells."""

from __future__ import annotations

import numpy as np
import pytest
from shapely import Point

from geo import usecases
from geo.model import Layer, feature_frame
from geo.store import Draft
from geo.usecases import Author
from tests.pages import truth

BASE_IDS = truth.ids(truth.BASES)
FACILITY_IDS = truth.ids(truth.FACILITIES)
FILTERS = [
    {},
    {"district": "bay"},
    {"cluster": "iot"},
    {"stages": ["maker", "park"]},
    {"years": [2023]},
    {"district": "liubai", "stages": ["incubator"]},
    {
        "district": "devzone",
        "cluster": "electric",
        "stages": ["incubator", "accelerator", "park"],
        "years": [2022, 2023],
    },
]


def choose(page, chosen):
    for key, value in chosen.items():
        page.set("selectbox" if isinstance(value, str) else "pills", key, value)
    return page


def wanted(chosen):
    """Ids of the bases that a filter lets through."""
    return truth.ids(
        truth.BASES,
        district=tuple(filter(None, [chosen.get("district")])),
        cluster=tuple(filter(None, [chosen.get("cluster")])),
        stage=tuple(chosen.get("stages", ())),
        demo_year=tuple(chosen.get("years", ())),
    )


@pytest.mark.parametrize("chosen", FILTERS, ids=str)
def test_a_filter_changes_figures_and_map_alike(shared, page, chosen):
    look = choose(page().open(), chosen)
    kept = wanted(chosen)
    districts = tuple(filter(None, [chosen.get("district")]))
    facilities = truth.facilities_in(districts)
    bases = [one for one in truth.BASES if one["id"] in kept]
    judged = [row for row in truth.judge() if row.base in kept]
    assert bases
    assert look.figures == {
        "基地与平台": str(len(bases)),
        "列入示范名单": str(sum(one["demo_year"] is not None for one in bases)),
        "涉及集群": str(len({one["cluster"] for one in bases} - {""})),
        "配套设施": str(len(facilities)),
        "配套达标率": f"{sum(row.covered for row in judged) / len(judged):.0%}",
        "覆盖缺口": str(sum(not row.covered for row in judged)),
    }
    assert look.marked("bases", BASE_IDS) == kept
    assert look.marked("facilities", FACILITY_IDS) == facilities
    assert (look.drawn("bases"), look.drawn("facilities")) == (len(bases), len(facilities))
    assert look.map["districts"] == (list(districts) or None)


def test_the_bits_are_in_the_order_of_the_rows_that_the_browser_holds(shared, page):
    snap = usecases.snapshot(shared)
    assert snap.bases["id"].tolist() == BASE_IDS
    assert snap.facilities["id"].tolist() == FACILITY_IDS
    urls = page().open().map["urls"]
    assert urls["bases"].startswith("/atlas/layers/bases/1?")
    assert urls["facilities"].startswith("/atlas/layers/facilities/1?")


def test_facility_layers_are_switched_one_by_one(shared, page):
    look = page().open()
    assert look.at.pills(key="categories").value == list(truth.CATEGORIES)
    look.set("pills", "categories", ["school", "hotel"]).set("selectbox", "district", "hongqiao")
    shown = truth.facilities_in(("hongqiao",), ["school", "hotel"])
    assert shown
    assert look.marked("facilities", FACILITY_IDS) == shown
    assert look.figures["配套设施"] == str(len(shown))
    assert look.legend("facilities") == ["优质教育资源", "品牌商务酒店", "空心:示例数据"]
    look.set("pills", "categories", [])
    assert look.figures["配套设施"] == "0"
    assert look.drawn("facilities") == 0
    assert look.legend("facilities") == []


def test_the_legend_holds_what_is_on_the_map(shared, page):
    look = page().open().set("selectbox", "district", "hongqiao")
    assert look.legend("clusters") == ["智能电子信息"]
    assert look.legend("stages") == ["众创空间", "加速器", "科创园/产业园", "列入示范名单", "位置未核实"]
    look.set("pills", "years", [2024]).set("selectbox", "district", "")
    assert look.legend("clusters") == ["未写明集群"]


def test_the_filters_outlive_a_change_of_page(shared, page):
    look = page().open().set("selectbox", "district", "bay").set("pills", "stages", ["incubator"])
    assert look.go("coverage").marked("bases", BASE_IDS) == ["haiyang"]
    assert look.go("overview").figures["基地与平台"] == "1"


def test_the_story_names_the_worst_gaps_and_the_scarcest_categories(shared, page):
    look = page().open()
    judged = truth.judge()
    gaps = [row for row in judged if not row.covered]
    worst = sorted(gaps, key=lambda row: row.nearest_m / row.threshold_m, reverse=True)[:3]
    names = {one["id"]: one["name"] for one in truth.BASES}
    told = "".join(
        f"<li>{names[row.base]}<small>缺{truth.CATEGORIES[row.category]['zh']}:最近 {row.nearest_m:,.0f} 米,"
        f"标准 {row.threshold_m:,.0f} 米</small></li>"
        for row in worst
    )
    assert f'<p class="">{len(gaps)} 处缺口,最急的 3 处:</p><ol>{told}</ol>' in look.html
    shares = {id: np.mean([row.covered for row in judged if row.category == id]) for id in truth.CATEGORIES}
    (table,) = look.tables
    assert [cell.text for cell in table[0]] == ["配套", "达标率"]
    named = {label["zh"]: id for id, label in truth.CATEGORIES.items()}
    assert [row[1].text for row in table[1:]] == [f"{share:.0%}" for share in sorted(shares.values())[:5]]
    assert all(row[1].text == f"{shares[named[row[0].text]]:.0%}" for row in table[1:])
    (link,) = look.at.get("page_link")
    assert (link.label, link.proto.page) == ("看全部缺口与空白地带", "coverage")


def test_a_filter_that_lets_nothing_through_says_so(shared, page):
    look = page().open().set("selectbox", "district", "bay").set("selectbox", "cluster", "iot")
    assert look.figures | {"配套设施": ""} == {
        "基地与平台": "0", "列入示范名单": "0", "涉及集群": "0", "配套设施": "", "配套达标率": "–", "覆盖缺口": "0",
    }  # fmt: skip
    assert look.drawn("bases") == 0
    assert look.legend("clusters") == look.legend("stages") == []
    assert "<h3>没有符合条件的基地</h3>" in look.html
    assert "请放宽左侧的条件" in look.html
    assert "没有缺口" not in look.html
    assert look.tables == []
    look.set("segmented_control", "lang", "en")
    assert "<h3>No base fits</h3>" in look.html


def test_where_nothing_is_missing_it_says_so(own, page):
    """Every category at the door of the one base of 2024."""
    lon, lat = truth.POSITIONS["mould-park"]
    rows = [
        {"id": f"real-{id}", "name": f"门口的{id}", "category": id, "certainty": "surveyed"} for id in truth.CATEGORIES
    ]
    frame = feature_frame(Layer.FACILITIES, rows, [Point(lon, lat)] * len(rows))
    own.store.commit(own.pack.id, Draft("import", "林工", upserts={Layer.FACILITIES: frame}))
    look = page().open().set("pills", "years", [2024])
    assert (look.figures["基地与平台"], look.figures["配套达标率"], look.figures["覆盖缺口"]) == ("1", "100%", "0")
    assert "按当前筛选,没有缺口。" in look.html


@pytest.mark.parametrize("id", ["hongxing", "agri-zone"])
def test_a_clicked_base_tells_what_it_has_and_by_which_clause(shared, page, id):
    look = page().open().tap(kind="base", id=id, at=1)
    base = next(one for one in truth.BASES if one["id"] == id)
    profile = truth.profile_of(base["district"])
    assert look.map["picked"] == id
    assert f"<h3>{base['name']}</h3>" in look.html
    place = [truth.CLUSTERS[base["cluster"]], truth.STAGES[base["stage"]], truth.DISTRICTS[base["district"]]["label"]]
    assert " · ".join(label["zh"] for label in place) in look.html
    assert base["note"] in look.html
    assert f"来源:{base['source']}" in look.html
    (table,) = look.tables
    assert [cell.text for cell in table[0]] == ["配套", "最近(米)", "达标"]
    judged = truth.judge_place(truth.POSITIONS[id], profile)
    assert [[cell.text for cell in row] for row in table[1:]] == [
        [
            truth.CATEGORIES[row.category]["zh"],
            f"{row.nearest_m:,.0f}",
            "✓ 达标" if row.covered else "✗ 缺口",
        ]
        for row in judged
    ]
    assert [row[1].hint for row in table[1:]] == [truth.clause(row.category, profile) for row in judged]
    assert {row[2].kind for row in table[1:]} == {"good", "gap"}
    (link,) = look.at.get("page_link")
    assert (link.label, link.proto.page) == ("核查这个基地的缓冲区", "buffer")


def test_a_demonstration_base_names_its_year_and_an_unsure_place_is_called_so(shared, page):
    look = page().open().tap(kind="base", id="dianzi-jiasuqi", at=1)
    assert "列入 2023 年示范名单" in look.html
    assert "位置:只知片区,位置示意" in look.html


def test_the_choice_stays_through_filter_language_and_page_until_it_is_undone(shared, page):
    look = page().open().tap(kind="base", id="iot-park", at=1)
    look.set("selectbox", "district", "bay").set("segmented_control", "lang", "en")
    assert "iot-park" not in look.marked("bases", BASE_IDS)
    english = next(one["name_en"] for one in truth.BASES if one["id"] == "iot-park")
    assert f"<h3>{english}</h3>" in look.html
    assert look.tables[0][1][1].hint == truth.clause("commerce", "urban", "en")
    look.go("coverage").go("overview")
    assert look.map["picked"] == "iot-park"
    look.click("unpick")
    assert look.map["picked"] == ""
    assert "<h3>What is missing</h3>" in look.html


@pytest.mark.parametrize(
    "event",
    [
        {"kind": "base", "id": 5},
        {"kind": "base"},
        {"kind": "base", "id": "gone"},
        {"kind": "point", "lon": float("nan"), "lat": 28.0},
        {"kind": "point", "lon": "120.9", "lat": 28.0},
        {"kind": "point", "lon": 120.9, "lat": 91.0},
        {"kind": "drawing"},
        {},
    ],
    ids=str,
)
def test_an_event_that_no_map_of_ours_sends_changes_nothing(shared, page, event):
    look = page().open()
    before = look.html
    look.tap(at=1, **event)
    assert look.html == before
    assert look.map["mark"] is None


def test_a_hostile_name_is_shown_as_text(own, page, feature, as_file):
    name = '<img src=x onerror="alert(1)">'
    report = usecases.check_file(own, as_file(feature(id="bad", name=name, stage="孵化器")), "up.geojson", Layer.BASES)
    usecases.store(own, report, Author("林工"))
    look = page().open().tap(kind="base", id="bad", at=1)
    assert "<h3>&lt;img src=x onerror=&quot;alert(1)&quot;&gt;</h3>" in look.html
    assert "<img" not in look.html
