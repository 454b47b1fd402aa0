"""What people do, on the shipped pack and a SQLite store: each test is one thing that a page or the command line asks for."""

from __future__ import annotations

import csv
import io
import json
import time
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import openpyxl
import pytest
import shapely
from shapely import Point

from geo import usecases
from geo.crs import to_metric
from geo.errors import ConflictError, InputError, NotFoundError, PackError, ReadOnlyError, UnchangedError
from geo.i18n import N_, Label, message
from geo.maps import columns
from geo.model import Layer
from geo.usecases import Author, Filter, Settings

STAFF = Author("林工")
VISITOR = Author("林工", message(N_("只读:应用开放在 {address} 上。"), address="10.0.0.5"))
RADII = (300.0, 500.0, 1000.0)
IN_TOWN_DISTRICT = Point(121.04, 28.22)
IN_THE_SEA = Point(121.6, 27.9)


@pytest.fixture(scope="module")
def seeded(tmp_path_factory):
    """One store for the tests that only read."""
    opened = usecases.open_atlas(f"sqlite:///{tmp_path_factory.mktemp('seeded') / 'atlas.db'}", "yueqing")
    yield opened
    opened.store.close()


@pytest.fixture(scope="module")
def snap(seeded):
    return usecases.snapshot(seeded)


@pytest.fixture
def two_rows(feature, as_file):
    """One good row and one in the sea."""
    return as_file(
        feature(id="new", name="新孵化器", name_en="New Incubator", stage="孵化器"),
        feature(121.3, 28.0, name="海里", stage="maker"),
    )


def accept(atlas, data, layer=Layer.BASES, author=STAFF):
    kept = usecases.store(atlas, usecases.check_file(atlas, data, "up.geojson", layer), author)
    assert kept.revision is not None
    return kept.revision


# --- opening and looking -------------------------------------------------------------------------------------------


def test_the_first_opening_seeds_the_store_and_the_second_does_not(tmp_path, monkeypatch):
    monkeypatch.setenv("ATLAS_DATABASE_URL", f"sqlite:///{tmp_path / 'new' / 'atlas.db'}")
    monkeypatch.setenv("ATLAS_PACK", "yueqing")
    first = usecases.open_atlas()
    assert usecases.open_atlas() is first
    usecases.atlas._open.cache_clear()  # as another process would
    second = usecases.open_atlas()
    assert second is not first
    (seed,) = usecases.history(second)
    assert (seed.number, seed.kind, seed.author, seed.added) == (1, "seed", "pack", 22 + 419)
    assert seed.note == second.pack.plan.title.zh
    first.store.close()
    second.store.close()


def test_arguments_go_before_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("ATLAS_DATABASE_URL", "sqlite:////nowhere/at/all.db")
    opened = usecases.open_atlas(f"sqlite:///{tmp_path / 'a.db'}", "yueqing")
    assert (tmp_path / "a.db").exists()
    opened.store.close()


def test_an_unknown_pack_is_refused():
    with pytest.raises(PackError, match="atlantis"):
        usecases.open_atlas("sqlite://", "atlantis")


def test_a_snapshot_holds_both_layers_of_the_newest_revision(seeded, snap):
    assert snap.revision == 1
    assert (len(snap.bases), len(snap.facilities)) == (22, 419)
    assert snap.frame(Layer.BASES) is snap.bases
    assert snap.frame(Layer.FACILITIES) is snap.facilities
    assert snap.has_sample
    assert usecases.snapshot(seeded) is snap


def test_an_old_revision_still_looks_as_it_did(atlas, two_rows):
    revision = accept(atlas, two_rows)
    assert "new" in set(usecases.snapshot(atlas).bases["id"])
    before = usecases.snapshot(atlas, 1)
    assert "new" not in set(before.bases["id"])
    assert (before.revision, usecases.snapshot(atlas).revision) == (1, revision.number)
    assert before.at < usecases.snapshot(atlas).at


@pytest.mark.parametrize("number", [0, 2, -1])
def test_a_revision_that_is_not_there_is_said_so(seeded, number):
    with pytest.raises(NotFoundError, match=f"没有修订 {number}"):
        usecases.snapshot(seeded, number)


@pytest.mark.parametrize(
    ("chosen", "column", "values"),
    [
        (Filter(districts=("bay",)), "district", {"bay"}),
        (Filter(districts=("bay", "dajing")), "district", {"bay", "dajing"}),
        (Filter(clusters=("iot",)), "cluster", {"iot"}),
        (Filter(stages=("maker", "park")), "stage", {"maker", "park"}),
        (Filter(years=(2023,)), "demo_year", {2023}),
    ],
)
def test_each_filter_lets_its_own_bases_through(snap, chosen, column, values):
    mask = usecases.base_mask(snap, chosen)
    assert mask.dtype == bool
    assert set(snap.bases.loc[mask, column]) == values
    assert not set(snap.bases.loc[~mask, column].dropna()) & values


def test_filters_add_up(snap):
    both = usecases.base_mask(snap, Filter(districts=("liubai",), stages=("incubator",)))
    assert set(snap.bases.loc[both, "id"]) == {"hulianwang", "zhihui-jiaju"}
    assert usecases.base_mask(snap, Filter()).all()
    assert not usecases.base_mask(snap, Filter(districts=("bay",), clusters=("iot",))).any()


def test_facilities_are_drawn_by_category_and_district(seeded, snap):
    kinds = [category.id for category in seeded.pack.categories]
    assert usecases.facility_mask(snap, Filter(), kinds).all()
    assert not usecases.facility_mask(snap, Filter(), []).any()
    mask = usecases.facility_mask(snap, Filter(districts=("bay",), stages=("maker",)), ["school", "hotel"])
    shown = snap.facilities[mask]
    assert set(shown["category"]) == {"school", "hotel"}
    assert set(shown["district"]) == {"bay"}
    everywhere = snap.facilities["category"].isin(["school", "hotel"])
    assert mask.sum() == (everywhere & (snap.facilities["district"] == "bay")).sum()


def test_a_base_is_found_by_its_id(snap):
    row = usecases.base_row(snap, "iot-park")
    assert snap.bases["id"].iloc[row] == "iot-park"
    with pytest.raises(NotFoundError, match="没有基地 gone"):
        usecases.base_row(snap, "gone")


def test_the_map_gets_the_layers_of_its_revision(seeded, snap):
    assert usecases.map_layer(seeded, Layer.BASES, 1) == columns.base_columns(snap.bases, seeded.pack)
    assert usecases.map_layer(seeded, Layer.FACILITIES, 1) is usecases.map_layer(seeded, Layer.FACILITIES, 1)
    assert usecases.map_geography(seeded, snap.areas.digest) == columns.geography(seeded.pack, snap.areas)
    with pytest.raises(NotFoundError, match="请刷新页面"):
        usecases.map_geography(seeded, "0" * 12)
    with pytest.raises(NotFoundError):
        usecases.map_layer(seeded, Layer.BASES, 9)


# --- judging -------------------------------------------------------------------------------------------------------


def test_each_base_is_judged_by_the_profile_of_its_district(seeded, snap):
    table = usecases.coverage(seeded, snap, Settings())
    standard = seeded.pack.standard()
    assert len(table) == 22 * len(seeded.pack.categories)
    profiles = {district.id: district.profile for district in seeded.pack.districts} | {"": standard.profiles[0].id}
    expected = [
        standard.rule(category, profiles[district]).threshold_m
        for district, category in zip(table["district"], table["category"], strict=True)
    ]
    assert table["threshold_m"].tolist() == expected
    assert len(set(expected)) > 3
    assert (table["covered"] == (table["nearest_m"] <= table["threshold_m"])).all()


def test_one_profile_for_all_and_ones_own_radius(seeded, snap):
    rural = usecases.coverage(seeded, snap, Settings(profile="rural"))
    rules = {rule.category: rule for rule in seeded.pack.standard().rules if rule.profile == "rural"}
    assert rural["threshold_m"].tolist() == [rules[id].threshold_m for id in rural["category"]]
    own = usecases.coverage(seeded, snap, Settings(radius_m=700.0))
    assert set(own["threshold_m"]) == {700.0}
    assert {str(clause) for clause in own["clause"]}.isdisjoint(str(rule.clause) for rule in rules.values())
    assert own["nearest_m"].tolist() == rural["nearest_m"].tolist()
    assert (own["covered"] == (own["nearest_m"] <= 700)).all()


def test_coverage_is_kept_for_the_same_question_only(seeded, snap):
    assert usecases.coverage(seeded, snap, Settings()) is usecases.coverage(seeded, snap, Settings())
    assert usecases.coverage(seeded, snap, Settings(radius_m=700.0)) is not usecases.coverage(seeded, snap, Settings())


@pytest.mark.parametrize(
    ("settings", "text"), [(Settings(standard="none"), "没有标准 none"), (Settings(profile="moon"), "moon")]
)
def test_an_unknown_standard_or_profile_is_said_so_and_not_kept(seeded, snap, settings, text):
    for _ in range(2):
        with pytest.raises(NotFoundError, match=text):
            usecases.coverage(seeded, snap, settings)


def test_gaps_and_totals_are_those_of_the_table(seeded, snap):
    table = usecases.coverage(seeded, snap, Settings())
    gaps = usecases.gaps(table)
    assert len(gaps) == (~table["covered"]).sum()
    for by in ("district", "cluster"):
        totals = usecases.summary(table, by)
        assert totals["bases"].sum() == len(table)
        assert totals["covered"].sum() == table["covered"].sum()
        told = usecases.totals(table, by)
        assert told.drop(columns="sample").equals(totals)
        keys = set(table.loc[table["sample"], [by, "category"]].itertuples(index=False, name=None))
        flagged = told.loc[told["sample"], ["key", "category"]]
        assert set(flagged.itertuples(index=False, name=None)) == keys


def test_uncovered_ground_lies_in_the_districts_and_shrinks_with_the_radius(seeded, snap):
    land = shapely.union_all(snap.district_areas.geometry.array)
    grounds = [usecases.uncovered(seeded, snap, "school", Settings(radius_m=r)) for r in (300.0, 1000.0, 3000.0)]
    for ground in grounds:
        assert 0 < ground.share < 1
        assert ground.geometry.difference(land).area < 1e-6 * land.area
    shares = [ground.share for ground in grounds]
    assert shares == sorted(shares, reverse=True)
    assert grounds[2].geometry.difference(grounds[1].geometry).area < 1e-6 * land.area


def test_uncovered_ground_of_some_districts_uses_their_own_distances(seeded, snap):
    pack = seeded.pack
    areas = to_metric(snap.district_areas, pack.metric_epsg).area
    size = dict(zip(snap.district_areas["id"], areas, strict=True))
    parts = {id: usecases.uncovered(seeded, snap, "school", Settings(), [id]) for id in ("devzone", "dajing")}
    for id, part in parts.items():
        assert part.area_m2 == pytest.approx(size[id])
    both = usecases.uncovered(seeded, snap, "school", Settings(), ["devzone", "dajing"])
    assert both.uncovered_m2 == pytest.approx(sum(part.uncovered_m2 for part in parts.values()))
    for id, part in parts.items():
        rule = pack.standard().rule("school", pack.district(id).profile)
        as_one = usecases.uncovered(seeded, snap, "school", Settings(radius_m=rule.threshold_m), [id])
        assert part.share == as_one.share
    everywhere = usecases.uncovered(seeded, snap, "school", Settings())
    assert everywhere.area_m2 == pytest.approx(areas.sum())


def test_a_base_and_the_table_are_judged_alike(seeded, snap):
    table = usecases.coverage(seeded, snap, Settings())
    for id in ("iot-park", "haiyang", "agri-zone", "mould-park"):
        check = usecases.check_buffer(seeded, snap, id, RADII, Settings())
        rows = table[table["base_id"] == id]
        assert [row.category for row in check.rows] == rows["category"].tolist()
        assert [row.covered for row in check.rows] == rows["covered"].tolist()
        assert [row.threshold_m for row in check.rows] == rows["threshold_m"].tolist()
        assert [row.nearest_m for row in check.rows] == pytest.approx(rows["nearest_m"].tolist())
        assert {str(check.profile)} == {str(profile) for profile in rows["profile"]}


def test_a_place_is_judged_by_the_profile_of_its_district(seeded, snap):
    pack = seeded.pack
    district = usecases.district_at(snap, IN_TOWN_DISTRICT)
    assert pack.district(district).profile == "town"
    assert usecases.check_buffer(seeded, snap, IN_TOWN_DISTRICT, RADII, Settings()).profile.zh == "集镇"
    assert usecases.district_at(snap, IN_THE_SEA) == ""
    assert usecases.check_buffer(seeded, snap, IN_THE_SEA, RADII, Settings()).profile.zh == "城区"
    asked = usecases.check_buffer(seeded, snap, IN_THE_SEA, RADII, Settings(profile="rural"))
    assert asked.profile.zh == "山区"


def test_rings_count_what_lies_inside(seeded, snap):
    check = usecases.check_buffer(seeded, snap, "iot-park", (1000.0, 300.0, 1000.0), Settings())
    assert [ring.radius_m for ring in check.rings] == [300.0, 1000.0]
    assert sum(row.counts[-1] for row in check.rows) == len(check.inside) > 0
    for row in check.rows:
        assert row.counts[0] <= row.counts[1]
        assert row.outside_m > 1000


@pytest.mark.parametrize(
    ("place", "radii", "fault", "text"),
    [
        ("gone", RADII, NotFoundError, "没有基地 gone"),
        ("iot-park", (), InputError, "没有半径"),
        ("iot-park", (-5.0,), InputError, "-5"),
        (IN_THE_SEA, (float("nan"),), InputError, "nan"),
        (Point(181, 28), RADII, InputError, "181.0, 28.0 不在地球上"),
        (Point(28, -120), RADII, InputError, "28.0, -120.0 不在地球上"),
        (Point(float("inf"), 28), RADII, InputError, "inf, 28.0 不在地球上"),
    ],
)
def test_what_cannot_be_checked_is_said_so(seeded, snap, place, radii, fault, text):
    with pytest.raises(fault, match=text):
        usecases.check_buffer(seeded, snap, place, radii, Settings())


# --- changing ------------------------------------------------------------------------------------------------------


def test_checking_stores_nothing(atlas, two_rows):
    report = usecases.check_file(atlas, two_rows, "up.geojson", Layer.BASES)
    assert (report.accepted_count, report.rejected_count) == (1, 1)
    assert len(usecases.history(atlas)) == 1


def test_accepted_rows_show_at_once_and_undo_takes_them_back(atlas, two_rows):
    before = usecases.snapshot(atlas)
    revision = accept(atlas, two_rows)
    assert (revision.number, revision.kind, revision.author) == (2, "import", "林工")
    assert (revision.added, revision.changed, revision.removed) == (1, 0, 0)
    assert revision.file_name == "up.geojson"
    assert len(revision.file_sha256) == 64
    after = usecases.snapshot(atlas)
    row = after.bases.iloc[usecases.base_row(after, "new")]
    assert (row["name"], row["stage"], row["district"], row["sample"]) == ("新孵化器", "incubator", "devzone", False)
    assert len(usecases.coverage(atlas, after, Settings())) == 23 * len(atlas.pack.categories)
    undone = usecases.undo(atlas, revision.number, STAFF)
    assert (undone.kind, undone.undoes) == ("undo", 2)
    restored = usecases.snapshot(atlas)
    assert restored.revision == 3
    assert restored.bases.equals(before.bases)


def test_an_undo_that_later_changes_forbid_names_them(atlas, feature, as_file):
    first = accept(atlas, as_file(feature(id="new", name="一", stage="maker")))
    accept(atlas, as_file(feature(id="new", name="二", stage="maker")))
    with pytest.raises(ConflictError, match="第 3 号"):
        usecases.undo(atlas, first.number, STAFF)
    assert usecases.snapshot(atlas).bases["name"].tolist().count("二") == 1


def test_a_new_facility_counts_for_the_bases_around_it(atlas, snap, feature, as_file):
    spot = snap.bases.geometry.iloc[usecases.base_row(snap, "iot-park")]
    accept(atlas, as_file(feature(spot.x, spot.y, id="f-new", name="路演厅", category="roadshow")), Layer.FACILITIES)
    after = usecases.snapshot(atlas)
    row = usecases.coverage(atlas, after, Settings()).query("base_id == 'iot-park' and category == 'roadshow'").iloc[0]
    assert (row["nearest_id"], row["covered"]) == ("f-new", True)
    assert row["nearest_m"] == pytest.approx(0, abs=0.01)


def test_a_preview_is_the_layer_as_it_would_be(atlas, feature, as_file):
    data = as_file(feature(id="new", name="新", stage="maker"), feature(id="chuangyan", name="改", stage="maker"))
    report = usecases.check_file(atlas, data, "up.geojson", Layer.BASES)
    preview = usecases.preview(atlas, report)
    assert sorted(preview.fresh_ids) == ["chuangyan", "new"]
    assert len(preview.frame) == 23
    assert preview.frame["id"].is_unique
    drawn = json.loads(usecases.map_preview(atlas, preview.token))
    assert drawn["id"] == preview.frame["id"].tolist()
    assert len(usecases.history(atlas)) == 1
    assert "新" not in set(usecases.snapshot(atlas).bases["name"])


@pytest.mark.parametrize("token", ["bases-1-abc", "", "../../etc/passwd", "nonsense"])
def test_a_preview_that_is_gone_says_what_to_do(seeded, token):
    with pytest.raises(NotFoundError, match="重新选择文件"):
        usecases.map_preview(seeded, token)


def test_the_sample_goes_with_one_revision_and_comes_back_only_by_undo(atlas, tmp_path):
    revision = usecases.remove_sample(atlas, STAFF)
    assert (revision.kind, revision.removed) == ("remove-sample", 419)
    empty = usecases.snapshot(atlas)
    assert not empty.has_sample
    assert empty.facilities.empty
    table = usecases.coverage(atlas, empty, Settings())
    assert not table["covered"].any()
    assert table["nearest_m"].isna().all()
    assert usecases.uncovered(atlas, empty, "school", Settings()).share == 1

    usecases.atlas._open.cache_clear()
    again = usecases.open_atlas(f"sqlite:///{tmp_path / 'atlas.db'}", "yueqing")
    assert again is not atlas
    assert usecases.snapshot(again).facilities.empty
    again.store.close()

    usecases.undo(atlas, revision.number, STAFF)
    assert len(usecases.snapshot(atlas).facilities) == 419


def test_removing_a_sample_that_is_gone_changes_nothing(atlas):
    usecases.remove_sample(atlas, STAFF)
    with pytest.raises(UnchangedError, match="什么都不会改变"):
        usecases.remove_sample(atlas, STAFF)
    assert len(usecases.history(atlas)) == 2


def test_who_may_not_write_changes_nothing_and_is_told_why(atlas, two_rows):
    report = usecases.check_file(atlas, two_rows, "up.geojson", Layer.BASES)
    attempts = (
        lambda: usecases.store(atlas, report, VISITOR),
        lambda: usecases.undo(atlas, 1, VISITOR),
        lambda: usecases.remove_sample(atlas, VISITOR),
    )
    for attempt in attempts:
        with pytest.raises(ReadOnlyError) as caught:
            attempt()
        assert caught.value.text("zh") == "只读:应用开放在 10.0.0.5 上。"
    assert len(usecases.history(atlas)) == 1


# --- taking away ---------------------------------------------------------------------------------------------------


def sheet_rows(data: bytes) -> list[list[object]]:
    return [
        list(row) for sheet in openpyxl.load_workbook(io.BytesIO(data)) for row in sheet.iter_rows(values_only=True)
    ]


@pytest.mark.parametrize("layer", [Layer.BASES, Layer.FACILITIES])
def test_a_layer_comes_back_unchanged_when_its_file_is_uploaded(seeded, snap, layer):
    data = usecases.export_layer(snap, layer, "geojson", "zh")
    report = usecases.check_file(seeded, data, "back.geojson", layer)
    assert report.accepted_count == len(snap.frame(layer))
    assert {fault.code for fault in report.faults} == {"unchanged"}


@pytest.mark.parametrize("layer", [Layer.BASES, Layer.FACILITIES])
def test_a_layer_is_a_table_too(snap, layer):
    names = snap.frame(layer)["name"].tolist()
    rows = list(csv.reader(io.StringIO(usecases.export_layer(snap, layer, "csv", "zh").decode("utf-8-sig"))))
    assert len(rows) == len(names) + 1
    assert [row[1] for row in rows[1:]] == names
    cells = {cell for row in sheet_rows(usecases.export_layer(snap, layer, "xlsx", "en")) for cell in row}
    assert set(names) <= cells


def test_the_judged_rows_are_taken_away_with_how_they_were_judged(seeded, snap):
    settings = Settings(profile="town", radius_m=800.0)
    table = usecases.coverage(seeded, snap, settings)
    text = usecases.export_coverage(seeded, snap, table, settings, "csv", "zh").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == len(table)
    assert {row["标准(米)"] for row in rows} == {"800.0"}
    assert {row["数据修订号"] for row in rows} == {"1"}
    document = json.loads(usecases.export_coverage(seeded, snap, table, settings, "geojson", "en"))
    assert len(document["features"]) == len(table)
    facts = document["facts"]
    assert (facts["radius_m"], facts["profile"], facts["revision"], facts["sample"]) == (800.0, "Town", 1, True)
    cells = [
        cell
        for row in sheet_rows(usecases.export_coverage(seeded, snap, table, settings, "xlsx", "zh"))
        for cell in row
    ]
    assert "国家农业科技园区示范区" in cells


def test_another_kind_of_file_is_refused(seeded, snap):
    with pytest.raises(InputError, match="不能导出为 pdf"):
        usecases.export_layer(snap, Layer.BASES, "pdf", "zh")
    table = usecases.coverage(seeded, snap, Settings())
    with pytest.raises(InputError, match="不能导出为 shp"):
        usecases.export_coverage(seeded, snap, table, Settings(), "shp", "zh")


def test_faults_and_refused_rows_are_taken_away_in_words(seeded, two_rows):
    report = usecases.check_file(seeded, two_rows, "up.geojson", Layer.BASES)
    rows = list(csv.DictReader(io.StringIO(usecases.export_faults(report, "zh").decode("utf-8-sig"))))
    assert [(row["行"], row["代码"]) for row in rows] == [("2", "in_sea")]
    refused = json.loads(usecases.export_rejected(report, "zh"))
    (row,) = refused["features"]
    assert row["properties"]["name"] == "海里"
    assert len(row["faults"]) == 1
    assert row["faults"][0].startswith("落在海里")


def test_the_bad_rows_of_a_file_that_comes_again_are_kept_once(atlas, two_rows):
    author = usecases.Author("林工")
    report = usecases.check_file(atlas, two_rows, "两行.geojson", Layer.BASES)
    first = usecases.store(atlas, report, author)
    again = usecases.check_file(atlas, two_rows, "两行.geojson", Layer.BASES)
    with pytest.raises(UnchangedError, match="什么都不会改变"):
        usecases.store(atlas, again, author)
    usecases.undo(atlas, first.revision.number, author)
    again = usecases.check_file(atlas, two_rows, "两行.geojson", Layer.BASES)
    kept = usecases.store(atlas, again, author)
    assert (kept.revision.added, kept.upload.id) == (1, 1)
    assert [(one.id, one.open) for one in usecases.quarantine(atlas)] == [(1, 1)]


def test_a_file_of_bad_rows_that_wait_already_says_where(atlas, feature, as_file):
    data = as_file(feature(id="x"))
    author = usecases.Author("林工")
    report = usecases.check_file(atlas, data, "坏.geojson", Layer.BASES)
    assert usecases.store(atlas, report, author).upload.open == 1
    with pytest.raises(UnchangedError, match="这个文件的 1 行已经在“待改的行”里"):
        usecases.store(atlas, report, author)


def test_a_mended_row_may_be_uploaded_from_the_refused_ones(seeded, two_rows):
    report = usecases.check_file(seeded, two_rows, "up.geojson", Layer.BASES)
    document = json.loads(usecases.export_rejected(report, "zh"))
    document["features"][0]["geometry"]["coordinates"] = [120.96, 28.03]
    mended = usecases.check_file(seeded, json.dumps(document).encode(), "mended.geojson", Layer.BASES)
    assert (mended.accepted_count, mended.faults) == (1, ())


def test_a_place_is_named_by_its_base_or_by_where_it_is(snap):
    assert usecases.place_name(snap, "chuangyan") == Label("创演众创空间", "Chuangyan Maker Space")
    assert usecases.place_name(snap, Point(120.9, 28.1)).text("en") == "120.90000, 28.10000"
    with pytest.raises(NotFoundError):
        usecases.place_name(snap, "gone")


@pytest.mark.parametrize("place", ["iot-park", IN_TOWN_DISTRICT])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_sheet_is_a_page_and_a_workbook_about_the_place(seeded, snap, place, lang):
    check = usecases.check_buffer(seeded, snap, place, RADII, Settings())
    title = usecases.place_name(snap, place).text(lang)
    page = usecases.sheet_html(seeded, snap, place, check, Settings(), lang)
    assert page.startswith("<!doctype html>")
    assert page.endswith("</html>")
    assert title in page
    rows = sheet_rows(usecases.sheet_xlsx(seeded, snap, place, check, Settings(), lang))
    cells = {cell for row in rows for cell in row}
    for category in seeded.pack.categories:
        assert category.label.text(lang) in page
        assert category.label.text(lang) in cells


def test_a_hostile_name_is_text_on_the_sheet(atlas, feature, as_file):
    name = '"><script>alert(1)</script>'
    accept(atlas, as_file(feature(id="x", name=name, stage="maker")))
    now = usecases.snapshot(atlas)
    check = usecases.check_buffer(atlas, now, "x", RADII, Settings())
    page = usecases.sheet_html(atlas, now, "x", check, Settings(), "zh")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_frames_stay_as_they_were_read(seeded, snap):
    """Snapshots are shared between readers: nothing that reads may change them."""
    before = snap.bases.copy(deep=True), snap.facilities.copy(deep=True)
    usecases.coverage(seeded, snap, Settings(radius_m=650.0))
    usecases.check_buffer(seeded, snap, "iot-park", RADII, Settings())
    usecases.export_layer(snap, Layer.BASES, "xlsx", "zh")
    usecases.base_mask(snap, Filter(districts=("bay",)))[:] = False
    assert snap.bases.equals(before[0])
    assert snap.facilities.equals(before[1])
    assert np.array_equal(snap.bases.index, range(len(snap.bases)))


def test_a_sheet_is_dated_by_the_readers_day(atlas, monkeypatch):
    """The store keeps UTC: half past seven in the morning in China is still yesterday there."""
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    snap = replace(usecases.snapshot(atlas), at=datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    try:
        assert snap.day == date(2026, 3, 2)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_towns_follow_the_districts_that_are_chosen(atlas):
    snap = usecases.snapshot(atlas)
    towns = snap.town_areas
    assert usecases.towns_in(snap, []) == {*towns["name"], ""}
    chosen = towns["district"].iloc[0]
    assert usecases.towns_in(snap, [chosen]) == set(towns.loc[towns["district"] == chosen, "name"])


def test_what_a_pack_no_longer_names_is_shown_by_its_id(atlas):
    pack = atlas.pack
    assert pack.label_of("cluster", pack.plan.clusters[0].id) == pack.plan.clusters[0].label
    assert [pack.label_of(kind, "gone").text("zh") for kind in ("district", "cluster", "stage")] == ["gone"] * 3
