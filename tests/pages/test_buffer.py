"""缓冲区核查: a base or any place, its rings, what they hold, pass or gap by clause, and the sheet to take away."""

from __future__ import annotations

import io
import itertools
import json
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
import shapely

from geo.model import Layer
from tests.pages import truth

FACILITY_IDS = truth.ids(truth.FACILITIES)
NAMES = {one["id"]: one for one in [*truth.BASES, *truth.FACILITIES]}
RINGS = (300, 500, 1000)
IN_LIUBAI = (120.87, 28.09)


@pytest.fixture
def look(shared, page):
    return page().open("buffer")


def pick(look, id):
    return look.set("selectbox", "buffer_base", id)


def expected_rows(judged, radii):
    return [
        [
            truth.CATEGORIES[row.category]["zh"],
            *(str(row.within(radius)) for radius in radii),
            f"{row.threshold_m:,.0f}",
            f"{row.nearest_m:,.0f}",
            "✓ 达标" if row.covered else "✗ 缺口",
            "{}({:,.0f} 米)".format(NAMES[row.beyond(radii[-1])[1]]["name"], row.beyond(radii[-1])[0]),
        ]
        for row in judged
    ]


def inside(judged, radius):
    return sorted(id for row in judged for metres, id in row.nearest if metres <= radius)


def assert_sheet(look, place, profile, radii):
    """Figures, table, hints, rings and marks for this place."""
    judged = truth.judge_place(place, profile)
    (table,) = look.tables
    heads = ["配套", *(f"{radius:,} 米内" for radius in radii), "标准(米)", "最近(米)", "结论", "圈外最近"]
    assert [cell.text for cell in table[0]] == heads
    assert [[cell.text for cell in row] for row in table[1:]] == expected_rows(judged, radii)
    at = 1 + len(radii)
    assert [row[at].hint for row in table[1:]] == [truth.clause(row.category, profile) for row in judged]
    assert [row[at + 1].hint for row in table[1:]] == [NAMES[row.nearest[0][1]]["name"] for row in judged]
    passed = sum(row.covered for row in judged)
    assert look.figures == {
        "达标": f"{passed} / {len(judged)}",
        "缺口": str(len(judged) - passed),
        "圈内设施": str(len(inside(judged, radii[-1]))),
    }
    assert look.marked("facilityFocus", FACILITY_IDS) == inside(judged, radii[-1])
    assert [ring["label"] for ring in look.map["rings"]] == [f"{radius:,} 米" for radius in radii]


def test_before_a_choice_it_tells_how_to_begin(look):
    assert "<h3>选一个基地,或点图上任意位置</h3>" in look.html
    assert look.figures == {}
    assert look.tables == []
    state = look.map
    assert (state["rings"], state["mark"], state["focus"], state["facilityFocus"]) == ([], None, None, None)
    assert state["pickPoint"] is True
    assert (look.drawn("bases"), look.drawn("facilities")) == (22, 419)
    assert look.at.selectbox(key="buffer_base").options == ["请选择,或点图", *(one["name"] for one in truth.BASES)]
    assert len(look.at.download_button) == 0


@pytest.mark.parametrize("id", ["iot-park", "hongxing", "agri-zone", "mould-park"])
def test_a_base_is_checked_by_its_districts_profile(look, id):
    pick(look, id)
    assert f"<h3>{NAMES[id]['name']}</h3>" in look.html
    assert_sheet(look, truth.POSITIONS[id], truth.profile_of(NAMES[id]["district"]), RINGS)
    assert look.map["picked"] == id
    assert look.map["mark"] is None


def test_a_ring_is_drawn_where_its_distance_says(look):
    pick(look, "iot-park")
    centre = truth.in_metres(shapely.Point(truth.POSITIONS["iot-park"]))
    for ring, radius in zip(look.map["rings"], RINGS, strict=True):
        outline = truth.in_metres(shapely.from_geojson(json.dumps(ring["geometry"]))).exterior
        assert outline.distance(centre) == pytest.approx(radius, rel=1e-3)
        assert outline.hausdorff_distance(centre) == pytest.approx(radius, rel=1e-3)
    (south, west), (north, east) = look.map["focus"]["bounds"]
    assert shapely.box(west, south, east, north).contains(shapely.Point(truth.POSITIONS["iot-park"]))


def test_any_place_on_the_map_is_checked_by_the_profile_under_it(look):
    look.tap(kind="point", lon=IN_LIUBAI[0], lat=IN_LIUBAI[1], at=1)
    assert "<h3>图上所点的位置 120.87000, 28.09000</h3>" in look.html
    assert truth.district_at(IN_LIUBAI) == "liubai"
    assert_sheet(look, IN_LIUBAI, "urban", RINGS)
    assert look.map["mark"] == {"lon": 120.87, "lat": 28.09}
    assert look.map["picked"] == ""
    box = look.at.selectbox(key="buffer_base")
    assert (box.value, box.options[0]) == ("", "图上所点的位置")


def test_a_place_in_the_mountains_is_judged_by_their_distances(look):
    place = (121.1, 28.42)
    assert truth.district_at(place) == "dajing"
    look.tap(kind="point", lon=place[0], lat=place[1], at=1)
    assert_sheet(look, place, "rural", RINGS)


def test_the_last_choice_counts(look):
    pick(look, "iot-park").tap(kind="point", lon=IN_LIUBAI[0], lat=IN_LIUBAI[1], at=1)
    assert "图上所点的位置" in look.html
    look.tap(kind="base", id="haiyang", at=2)
    assert f"<h3>{NAMES['haiyang']['name']}</h3>" in look.html
    assert look.at.selectbox(key="buffer_base").value == "haiyang"
    assert look.map["mark"] is None
    pick(look, "")
    assert "选一个基地" in look.html
    assert look.map["picked"] == ""


def test_a_base_clicked_on_the_overview_is_the_one_checked(shared, page):
    look = page().open().tap(kind="base", id="haiyang", at=1).go("buffer")
    assert f"<h3>{NAMES['haiyang']['name']}</h3>" in look.html
    assert_sheet(look, truth.POSITIONS["haiyang"], truth.profile_of("bay"), RINGS)


@pytest.mark.parametrize(
    ("minutes", "own", "radii"),
    [
        ([5, 15], 0, (300, 1000)),
        ([10], 2500, (500, 2500)),
        ([], 700, (700,)),
        ([], 0, (1000,)),
        ([5, 10, 15], 500, (300, 500, 1000)),
    ],
)
def test_rings_are_the_standards_circles_and_ones_own(look, minutes, own, radii):
    pick(look, "hongxing").set("pills", "rings", minutes).set("number_input", "own_radii", own)
    assert_sheet(look, truth.POSITIONS["hongxing"], truth.profile_of("hongqiao"), radii)


def test_the_circles_tell_minutes_and_metres(look):
    assert look.at.pills(key="rings").formatted_values == ["5 分钟(300 米)", "10 分钟(500 米)", "15 分钟(1000 米)"]


@pytest.mark.parametrize("profile", ["urban", "town", "rural"])
def test_another_profile_judges_by_other_distances(look, profile):
    pick(look, "yungu").set("selectbox", "profile", profile)
    assert_sheet(look, truth.POSITIONS["yungu"], profile, RINGS)


def test_a_row_that_rests_on_sample_data_says_so(look):
    pick(look, "iot-park")
    assert {row[0].hint for row in look.tables[0][1:]} == {"含示例数据"}


# --- on foot -------------------------------------------------------------------------------------------------------


def test_without_roads_the_walks_cannot_be_asked_for(look):
    pick(look, "iot-park")
    (toggle,) = look.at.toggle
    assert (toggle.label, toggle.disabled, toggle.value) == ("步行范围", True, False)
    assert "没有可步行的道路" in toggle.help
    assert look.map["overlay"] == []


@pytest.fixture
def streets(own, put):
    """Streets of 300 m around one base, in a county that has no others; a school beside one of them, a clinic far off."""
    lon, lat = truth.POSITIONS["iot-park"]
    lines = [
        shapely.LineString([(lon - 0.02, lat + step), (lon + 0.02, lat + step)]) for step in (-0.006, -0.003, 0, 0.003)
    ]
    lines += [shapely.LineString([(lon + step, lat - 0.006), (lon + step, lat + 0.003)]) for step in (-0.02, 0, 0.02)]
    put(own, Layer.ROADS, [{"id": f"r{n}", "source": "测量队"} for n in range(len(lines))], lines)
    return own


def test_walks_stand_beside_the_straight_lines_and_their_ground_on_the_map(streets, page, downloads, ask):
    look = pick(page().open("buffer"), "iot-park")
    before = look.tables[0]
    look.set("toggle", "walking", True)
    (rows,) = look.tables
    assert [cell.text for cell in rows[0]] == [
        "配套", "300 米内", "500 米内", "1,000 米内", "标准(米)", "最近(米)", "步行(米)", "分", "结论", "圈外最近",
    ]  # fmt: skip
    assert [[cell.text for cell in (*row[:6], *row[8:])] for row in rows[1:]] == [
        [cell.text for cell in row] for row in before[1:]
    ]
    walks = {row[0].text: (row[5].text, row[6], row[7].text) for row in rows[1:]}
    assert any(walk.text == "走不到" for _, walk, _ in walks.values())
    for straight, walk, minutes in walks.values():
        if walk.text == "走不到":
            assert (minutes, walk.hint) == ("–", "走不到:这类设施附近 500 米内都没有可步行的道路")
            continue
        on_foot = float(walk.text.replace(",", ""))
        assert on_foot >= float(straight.replace(",", "")) - 1
        assert float(minutes) == pytest.approx(on_foot / 80, abs=0.51)
    assert "路网:7 条路" in look.html
    assert "走不到:这类设施附近 500 米内都没有可步行的道路" in look.html
    grounds = [shapely.from_geojson(json.dumps(part["geometry"])) for part in look.map["overlay"]]
    assert [part["hatch"] for part in look.map["overlay"]] == [False] * 3
    for outer, inner in itertools.pairwise(grounds):
        assert outer.buffer(1e-4).covers(inner)
        assert outer.area > inner.area > 0
    assert "沿路走得到的地方(深的更近)" in json.dumps(look.map["legend"], ensure_ascii=False)
    (button,) = look.at.get("link_button")
    printed = ask(button.proto.url).text
    assert parse_qs(urlsplit(button.proto.url).query)["foot"] == ["1"]
    assert "步行(米)" in printed
    assert "走不到:这类设施附近 500 米内都没有可步行的道路" in printed
    assert "步行路网日期" in printed
    sheet = openpyxl.load_workbook(io.BytesIO(downloads(look, "sheet_xlsx")[1])).worksheets[0]
    cells = [[cell for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)]
    (head,) = [row for row in cells if row and row[0] == "配套"]
    assert head[6:9] == ["最近设施", "步行(米)", "步行(分)"][: len(head[6:9])]
    told = {row[0]: row for row in cells if row and row[0] in walks}
    for kind, (_, walk, _) in walks.items():
        found = told[kind][head.index("步行(米)")]
        assert found == walk.hint if walk.text == "走不到" else f"{found:,.0f}" == walk.text


def test_a_place_that_no_street_is_near_says_so(streets, page):
    look = page().open("buffer").set("toggle", "walking", True).tap(kind="point", lon=121.1, lat=28.42, at=1)
    assert "走不到:这里附近 500 米内没有可步行的道路" in look.html
    assert {row[6].text for row in look.tables[0][1:]} == {"走不到"}
    assert look.map["overlay"] == []


# --- the sheet -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_printed_sheet_is_of_this_place_these_rings_and_this_language(look, ask, lang):
    pick(look, "iot-park").set("pills", "rings", [5, 15]).set("selectbox", "profile", "town")
    look.set("segmented_control", "lang", lang)
    (button,) = look.at.get("link_button")
    address = urlsplit(button.proto.url)
    assert address.path == "/atlas/sheet"
    assert parse_qs(address.query) == {
        "base": ["iot-park"], "radius": ["300", "1000"], "profile": ["town"], "revision": ["1"], "lang": [lang],
    }  # fmt: skip
    answer = ask(button.proto.url)
    assert answer.status == 200
    assert NAMES["iot-park"]["name" if lang == "zh" else "name_en"] in answer.text


def test_a_clicked_places_sheet_carries_its_coordinates(look, ask):
    look.tap(kind="point", lon=IN_LIUBAI[0], lat=IN_LIUBAI[1], at=1)
    (button,) = look.at.get("link_button")
    asked = parse_qs(urlsplit(button.proto.url).query)
    assert (asked["lon"], asked["lat"], "base" in asked) == (["120.87"], ["28.09"], False)
    answer = ask(button.proto.url)
    assert answer.status == 200
    assert "120.87000, 28.09000" in answer.text


def test_the_workbook_holds_the_same_verdicts(shared, page, downloads):
    look = pick(page().open("buffer"), "hongxing")
    name, data = downloads(look, "sheet_xlsx")
    assert name == "buffer-r1.xlsx"
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    rows = [[cell for cell in row if cell is not None] for row in sheet.iter_rows(values_only=True)]
    assert rows[0] == [NAMES["hongxing"]["name"]]
    labels = {label["zh"] for label in truth.CATEGORIES.values()}
    judged = truth.judge_place(truth.POSITIONS["hongxing"], truth.profile_of("hongqiao"))
    found = [row for row in rows if row and row[0] in labels]
    assert [row[:5] for row in found] == [
        [truth.CATEGORIES[row.category]["zh"], *(row.within(radius) for radius in RINGS), row.threshold_m]
        for row in judged
    ]
    verdicts = ["✓ 达标" if row.covered else "✗ 缺口" for row in judged]
    assert [[cell for cell in row if cell in ("✓ 达标", "✗ 缺口")] for row in found] == [[said] for said in verdicts]
