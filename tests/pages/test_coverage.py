"""覆盖缺口: the matrix, the ranking and the totals, one's own radius and profile, the picture, and the files."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import openpyxl
import pytest
import shapely

from geo import usecases
from geo.model import Layer
from tests.pages import truth

BASE_IDS = truth.ids(truth.BASES)
FACILITY_IDS = truth.ids(truth.FACILITIES)
NAMES = {one["id"]: one["name"] for one in truth.BASES}
LABELS = {id: label["zh"] for id, label in truth.CATEGORIES.items()}
GAP, COVERED = "#d9730d", "#1d6b45"


@pytest.fixture
def look(shared, page):
    return page().open("coverage")


def expected(judged, category, share):
    """The strip's figures for these judged rows."""
    of_category = [row for row in judged if row.category == category]
    return {
        "判断": f"{len(judged):,}",
        "达标率": f"{sum(row.covered for row in judged) / len(judged):.0%}",
        "缺口": str(sum(not row.covered for row in judged)),
        LABELS[category]: f"{sum(row.covered for row in of_category)} / {len(of_category)}",
        "空白地带": f"{share:.0%}",
    }


def badges(judged, category):
    return {row.base: COVERED if row.covered else GAP for row in judged if row.category == category}


def texts(table):
    return [[cell.text for cell in row] for row in table]


def own_radius(look, metres):
    look.set("toggle", "own_radius", True)
    return look.set("slider", "radius", metres)


def test_figures_matrix_and_marks_tell_the_same(look):
    judged = truth.judge()
    assert look.figures == expected(judged, "commerce", truth.uncovered_share("commerce"))
    assert look.map["badges"] == badges(judged, "commerce")
    (matrix,) = look.tables
    assert [cell.text for cell in matrix[0]] == ["基地", *LABELS.values()]
    assert [row[0].text for row in matrix[1:]] == [NAMES[id] for id in BASE_IDS]
    shown = [cell for row in matrix[1:] for cell in row[1:]]
    assert [cell.text for cell in shown] == [str(row.within(row.threshold_m)) if row.covered else "✗" for row in judged]
    assert [cell.kind for cell in shown] == [
        " ".join((["gapcell"] if not row.covered else []) + (["chosen"] if row.category == "commerce" else []))
        for row in judged
    ]
    assert [cell.hint for cell in shown] == [
        f"{LABELS[row.category]}:最近 {row.nearest_m:,.0f} 米,标准 {row.threshold_m:,.0f} 米,"
        f"范围内 {row.within(row.threshold_m)} 处。"
        f"{truth.clause(row.category, truth.profile_of(next(b['district'] for b in truth.BASES if b['id'] == row.base)))}"
        for row in judged
    ]


def test_gaps_are_ranked_by_how_far_they_miss(look):
    look.set("segmented_control", "coverage_view", "gaps")
    gaps = sorted(
        (row for row in truth.judge() if not row.covered),
        key=lambda row: (-row.nearest_m / row.threshold_m, row.base, row.category),
    )
    (table,) = look.tables
    assert texts(table[:1]) == [["#", "基地", "缺", "最近(米)", "标准(米)", "依据"]]
    assert [[cell.text for cell in row[:5]] for row in table[1:]] == [
        [str(rank), NAMES[row.base], LABELS[row.category], f"{row.nearest_m:,.0f}", f"{row.threshold_m:,.0f}"]
        for rank, row in enumerate(gaps, 1)
    ]
    profiles = {one["id"]: truth.profile_of(one["district"]) for one in truth.BASES}
    told = [truth.clause(row.category, profiles[row.base]) for row in gaps]
    assert [f"依据:{row[5].text};可信度:{row[5].hint}" for row in table[1:]] == told


@pytest.mark.parametrize("by", ["district", "cluster"])
def test_totals_add_up_by_district_and_by_cluster(look, by):
    look.set("segmented_control", "coverage_view", by)
    labels = {"district": {id: one["label"] for id, one in truth.DISTRICTS.items()}, "cluster": truth.CLUSTERS}[by]
    of = {one["id"]: one[by] for one in truth.BASES}
    groups = {}
    for row in truth.judge():
        groups.setdefault(of[row.base], []).append(row.covered)
    (table,) = look.tables
    assert texts(table[:1]) == [["片区" if by == "district" else "产业集群", "判断", "达标", "缺口", "达标率"]]
    assert texts(table[1:]) == [
        [
            labels[key]["zh"] if key else "未写明",
            str(len(covered)),
            str(sum(covered)),
            str(len(covered) - sum(covered)),
            f"{sum(covered) / len(covered):.0%}",
        ]
        for key, covered in groups.items()
    ]
    assert "" in groups


@pytest.mark.parametrize("category", ["transit", "roadshow", "hospital"])
def test_another_category_is_another_picture(look, category):
    before = look.map["overlay"][0]["geometry"]
    look.set("selectbox", "category", category)
    judged = truth.judge()
    assert look.figures == expected(judged, category, truth.uncovered_share(category))
    assert look.map["badges"] == badges(judged, category)
    assert look.marked("facilities", FACILITY_IDS) == truth.facilities_in(categories=[category])
    (hatch,) = look.map["overlay"]
    assert (hatch["hatch"], hatch["colour"]) == (True, GAP)
    assert hatch["geometry"] != before
    assert look.map["legend"][0]["title"] == LABELS[category]
    assert look.legend("page") == ["服务范围之外的空白地带", "达标的基地", "有缺口的基地"]


def test_the_hatch_is_the_ground_that_the_figure_counts(look):
    """Drawn simplified to 3 m, so compared to a thousandth of the whole."""
    look.set("selectbox", "category", "hospital")
    drawn = shapely.from_geojson(json.dumps(look.map["overlay"][0]["geometry"]))
    whole = sum(area.area for area in truth.AREAS.values())
    assert truth.in_metres(drawn).area / whole == pytest.approx(truth.uncovered_share("hospital"), abs=1e-3)
    for id in truth.ids(truth.FACILITIES, category=("hospital",)):
        assert not drawn.contains(shapely.Point(truth.POSITIONS[id]))


def test_ones_own_radius_replaces_every_distance(look):
    assert look.at.slider(key="radius").disabled
    before = look.map["overlay"][0]["geometry"]
    own_radius(look, 3000)
    assert not look.at.slider(key="radius").disabled
    judged = truth.judge(radius_m=3000)
    assert look.figures == expected(judged, "commerce", truth.uncovered_share("commerce", radius_m=3000))
    assert look.map["badges"] == badges(judged, "commerce")
    assert look.map["overlay"][0]["geometry"] != before
    assert "城市商业综合体:服务半径 3,000 米,直线距离。" in look.html
    assert {cell.hint.split("。")[1] for row in look.tables[0][1:] for cell in row[1:]} == {"依据:自定半径;可信度:自定"}
    look.set("toggle", "own_radius", False)
    assert look.map["overlay"][0]["geometry"] == before
    assert look.figures == expected(truth.judge(), "commerce", truth.uncovered_share("commerce"))


@pytest.mark.parametrize("profile", ["urban", "town", "rural"])
def test_one_profile_for_all_replaces_each_districts_own(look, profile):
    look.set("selectbox", "profile", profile)
    judged = truth.judge(profile=profile)
    assert look.figures == expected(judged, "commerce", truth.uncovered_share("commerce", profile=profile))
    assert look.map["badges"] == badges(judged, "commerce")
    assert f"服务半径 {truth.threshold('commerce', profile):,.0f} 米" in look.html


def test_a_district_has_its_own_ground(look):
    look.set("selectbox", "district", "dajing")
    judged = [row for row in truth.judge() if row.base == "agri-zone"]
    assert look.figures == expected(judged, "commerce", truth.uncovered_share("commerce", ["dajing"]))
    assert look.map["districts"] == ["dajing"]
    assert look.marked("bases", BASE_IDS) == ["agri-zone"]
    assert len(look.tables[0]) == 1 + 1
    assert "服务半径 5,000 米" in look.html


def test_a_filter_that_lets_nothing_through_says_so(look):
    look.set("selectbox", "district", "bay").set("selectbox", "cluster", "iot")
    share = look.figures["空白地带"]
    assert look.figures == {"判断": "0", "达标率": "–", "缺口": "0", "城市商业综合体": "0 / 0", "空白地带": share}
    assert share == f"{truth.uncovered_share('commerce', ['bay']):.0%}"
    assert "<h3>没有符合条件的基地</h3>" in look.html
    assert look.tables == []
    assert len(look.at.download_button) == 0


def test_the_note_says_by_what_the_picture_was_made(shared, look):
    at = f"{shared.store.history(shared.pack.id)[-1].at:%Y-%m-%d}"
    assert (
        "城市商业综合体:服务半径 500 / 1,000 / 5,000 米,直线距离。"
        f"标准:孵化基地 15 分钟生活圈。数据:第 1 号修订,{at}。" in look.html
    )


# --- files ---------------------------------------------------------------------------------------------------------


def test_the_files_hold_what_the_page_shows(shared, page, downloads):
    look = page().open("coverage").set("selectbox", "district", "hongqiao")
    judged = [row for row in truth.judge() if row.base in truth.ids(truth.BASES, district=("hongqiao",))]
    assert [button.label for button in look.at.download_button] == ["下载 XLSX", "下载 CSV", "下载 GeoJSON"]
    name, data = downloads(look, "coverage_csv")
    assert name == "coverage-r1.csv"
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert [(row["基地编号"], row["配套"], row["结论"], float(row["标准(米)"])) for row in rows] == [
        (row.base, LABELS[row.category], "达标" if row.covered else "缺口", row.threshold_m) for row in judged
    ]
    assert [float(row["最近(米)"]) for row in rows] == pytest.approx([row.nearest_m for row in judged], abs=0.06)
    assert {row["示例数据"] for row in rows} == {"是"}
    name, data = downloads(look, "coverage_geojson")
    assert name == "coverage-r1.geojson"
    assert len(json.loads(data)["features"]) == len(judged)
    name, data = downloads(look, "coverage_xlsx")
    assert name == "coverage-r1.xlsx"
    sheets = openpyxl.load_workbook(io.BytesIO(data)).worksheets
    assert max(sheet.max_row for sheet in sheets) >= len(judged)


def test_the_files_follow_radius_profile_and_language(shared, page, downloads):
    look = page("en-US").open("coverage").set("selectbox", "profile", "rural")
    own_radius(look, 2500)
    _, data = downloads(look, "coverage_csv")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    judged = truth.judge(radius_m=2500)
    assert [row["Verdict"] for row in rows] == ["Pass" if row.covered else "Gap" for row in judged]
    assert {row["Standard (m)"] for row in rows} == {"2500.0"}
    assert {row["Profile"] for row in rows} == {"Rural"}


def test_two_moments_are_compared(own, page):
    look = page().open("coverage")
    before = usecases.coverage(own, usecases.snapshot(own), usecases.Settings())
    assert "还没有更早的修订可比。" in look.set("segmented_control", "coverage_view", "change").html
    usecases.remove_sample(own, usecases.Author("林工"))
    look.run()
    (changes,) = look.tables
    assert [cell.text for cell in changes[0]][2:5] == ["变化", "原来最近(米)", "现在最近(米)"]
    told = [cell.text for cell in (row[2] for row in changes[1:])]
    assert told.count("不再达标") == before["covered"].sum()
    assert {row[4].text for row in changes[1:]} == {"–"}
    assert f"不再达标 {before['covered'].sum()}" in look.html


# --- on the grid, and on foot --------------------------------------------------------------------------------------


def test_places_are_ranked_by_the_ground_that_is_out_of_reach(look):
    look.set("segmented_control", "coverage_view", "ground")
    (places,) = look.tables
    assert [cell.text for cell in places[0]] == ["地方", "面积(平方公里)", "空白", "占面积"]
    names = {id: one["label"]["zh"] for id, one in truth.DISTRICTS.items()}
    assert places[1][0].text == "全县"
    assert places[1][3].text == f"{truth.uncovered_share('commerce'):.0%}"
    districts = [row for row in places[2:] if not row[0].text.startswith("· ")]
    assert {row[0].text for row in districts} == set(names.values())
    ground = [float(row[2].text.replace(",", "")) for row in districts]
    assert ground == sorted(ground, reverse=True)
    for row in districts:
        id = next(id for id, name in names.items() if name == row[0].text)
        assert int(row[3].text[:-1]) / 100 == pytest.approx(truth.uncovered_share("commerce", [id]), abs=0.0151)


def test_with_people_places_are_ranked_by_who_is_left_out(own, page, put):
    where = usecases.snapshot(own).town_areas.geometry.representative_point()
    rows = [{"id": f"p{n}", "people": 1000 + n} for n in range(len(where))]
    put(own, Layer.POPULATION, rows, list(where))
    look = page().open("coverage").set("segmented_control", "coverage_view", "ground")
    (places,) = look.tables
    assert [cell.text for cell in places[0]][4:] == ["人口", "够不着的人", "占人口"]
    total = sum(row["people"] for row in rows)
    assert places[1][4].text == f"{total:,}"
    left = [int(row[5].text.replace(",", "")) for row in places[1:]]
    assert 0 < left[0] < total
    towns = [int(row[5].text.replace(",", "")) for row in places[1:] if row[0].text.startswith("· ")]
    assert towns == sorted(towns, reverse=True)
    assert sum(towns) == left[0]


def test_supply_is_shared_by_area_and_facilities_where_nothing_else_is_known(look):
    look.set("segmented_control", "coverage_view", "supply")
    (places,) = look.tables
    assert [cell.text for cell in places[0]] == [
        "地方", "面积(平方公里)", "分到(处)", "每平方公里", "够不着的面积", "占比",
    ]  # fmt: skip
    assert places[1][0].text == "全县"
    schools = sum(one["category"] == "commerce" for one in truth.FACILITIES)
    assert f"{schools} 处都没有写容量,每处算 1(单位:处)" in look.html
    assert "含示例数据,非真实设施" in look.html
    assert int(places[1][5].text[:-1]) / 100 == pytest.approx(truth.uncovered_share("commerce"), abs=0.0101)


def test_supply_by_people_and_beds_puts_the_least_served_first(own, page, put):
    usecases.remove_sample(own, usecases.Author("林工"))
    where = list(usecases.snapshot(own).town_areas.geometry.representative_point())
    put(own, Layer.POPULATION, [{"id": f"p{n}", "people": 1000.0} for n in range(len(where))], where)
    named = "<b>一院</b>"
    put(own, Layer.FACILITIES, [{"id": "h", "name": named, "category": "hospital", "capacity": 90.0}], where[:1])
    look = page().open("coverage").set("segmented_control", "coverage_view", "supply")
    assert "库里没有这一类设施。" in look.html
    look.set("selectbox", "category", "hospital")
    (places,) = look.tables
    assert [cell.text for cell in places[0]] == ["地方", "人口", "分到的容量", "每千人", "够不着的人", "占比"]
    assert "容量已知 1 处,共 90;未知 0 处,没有算。" in look.html
    assert (places[1][1].text, places[1][2].text) == (f"{1000 * len(where):,}", "90.0")
    towns = [row for row in places[2:] if row[0].text.startswith("· ")]
    rates = [float(row[3].text) for row in towns]
    assert rates == sorted(rates)
    assert rates[0] == 0 < rates[-1]


def test_the_exact_ground_is_taken_away(look, downloads):
    look.set("segmented_control", "coverage_view", "ground")
    name, data = downloads(look, "ground_geojson")
    found = json.loads(data)
    assert name == "uncovered-commerce-r1.geojson"
    assert (found["facts"]["metric"], found["facts"]["sample"]) == ("straight", True)
    whole = [one["properties"] for one in found["features"] if one["properties"]["level"] == "district"]
    share = sum(one["uncovered_m2"] for one in whole) / sum(one["area_m2"] for one in whole)
    assert share == pytest.approx(truth.uncovered_share("commerce"), abs=2e-4)
    assert "people" not in whole[0]


def test_without_roads_a_walk_is_not_made_up(look):
    before = look.figures
    look.set("segmented_control", "on_foot", True)
    assert look.figures == before
    assert "没有可步行的道路,步行距离算不了" in look.html
    assert "直线距离" in look.html
    look.set("segmented_control", "coverage_view", "walk")
    assert look.tables == []


def test_straight_and_on_foot_stand_side_by_side(own, page, put, downloads):
    west, south, east, north = usecases.snapshot(own).bases.total_bounds
    lines = [[(west, lat), (east, lat)] for lat in np.arange(south, north, 0.004)]
    lines += [[(lon, south), (lon, north)] for lon in np.arange(west, east, 0.004)]
    roads = [{"id": f"r{n}", "name": f"路{n}", "source": "测量队"} for n in range(len(lines))]
    put(own, Layer.ROADS, roads, [shapely.LineString(line) for line in lines])
    look = page().open("coverage").set("segmented_control", "coverage_view", "walk")
    assert f"路网:{len(lines)} 条路" in look.html
    assert "测量队" in look.html
    assert "占 100.0%" in look.html
    (rows,) = look.tables
    assert [cell.text for cell in rows[0]][:5] == ["基地", "标准(米)", "直线(米)", "步行(米)", "步行(分)"]
    for row in rows[1:]:
        straight, foot = (float(cell.text[2:].replace(",", "")) for cell in row[2:4])
        assert {cell.text[0] for cell in row[2:4]} <= {"✓", "✗"}
        assert straight <= foot + 1
        assert float(row[4].text) == pytest.approx(foot / 80, abs=0.51)
        within, on_foot = map(int, row[5].text.split(" / "))
        assert on_foot <= within
        assert [cell.text[0] == "✓" for cell in row[2:4]] == [within > 0, on_foot > 0]
    _, book = downloads(look, "coverage_xlsx")
    head, first, *_ = openpyxl.load_workbook(io.BytesIO(book)).worksheets[0].values
    told = dict(zip(head, first, strict=True))
    assert told["步行(米)"] >= told["最近(米)"]
    assert told["步行(分)"] == pytest.approx(told["步行(米)"] / 80, abs=0.06)
    assert (told["步行结论"] in ("达标", "缺口"), told["走不到的原因"]) == (True, None)
    before = int(look.figures["缺口"])
    look.set("segmented_control", "on_foot", True)
    assert int(look.figures["缺口"]) > before
    assert "步行距离(沿道路)" in look.html
    look.set("segmented_control", "coverage_view", "ground")
    name, data = downloads(look, "ground_geojson")
    found = json.loads(data)
    assert (name, found["facts"]["metric"]) == ("served-on-foot-commerce-r2.geojson", "foot")
    parts = [one["properties"] for one in found["features"]]
    assert {part["category"] for part in parts} == {"commerce"}
    assert all(0 < part["served_m2"] < part["area_m2"] for part in parts)
