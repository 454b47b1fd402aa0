"""The pack that ships: what the plan says is in it, what the plan blanks is not."""

import re
import subprocess
import sys

import pytest
import shapely

from geo.crs import to_metric
from geo.model import Counts
from geo.packs import DATA_DIR, find_pack, list_packs, load_pack

FOLDER = DATA_DIR / "yueqing"
DERIVED = ["boundary.geojson", "neighbours.geojson", "town_areas.geojson", "bases.geojson", "sample/facilities.geojson"]


@pytest.fixture(scope="module")
def pack():
    return load_pack(FOLDER)


def test_derived_files_come_out_byte_for_byte(tmp_path):
    command = [sys.executable, "-m", "data.build.yueqing", "--out", str(tmp_path)]
    subprocess.run(command, check=True, cwd=DATA_DIR.parent)
    for name in DERIVED:
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), name


def test_boundary_is_the_tianditu_one(pack):
    assert shapely.get_num_coordinates(pack.boundary.geometry.iloc[0]) == 111
    assert to_metric(pack.boundary, pack.metric_epsg).area.iloc[0] / 1e6 == pytest.approx(1294, abs=1)
    assert pack.metric_epsg == 4549


def test_towns_are_the_countys_25_each_in_one_district(pack):
    assert len(pack.towns) == 25
    assert sorted(town.name for town in pack.towns) == sorted(t for d in pack.districts for t in d.towns)
    assert {town.name for town in pack.towns if not town.located} == {
        "乐成街道", "北白象镇", "盐盆街道", "城东街道", "城南街道", "磐石镇", "南塘镇",
    }  # fmt: skip


def test_district_areas_tile_the_county(pack):
    areas = to_metric(pack.district_areas, pack.metric_epsg).geometry
    county = to_metric(pack.boundary, pack.metric_epsg).geometry.iloc[0]
    assert len(areas) == 7
    assert areas.area.sum() == pytest.approx(county.area, rel=1e-6)
    assert shapely.union_all(areas.array).symmetric_difference(county).area < 1e-5 * county.area


def test_plan_has_eight_clusters_and_three_named(pack):
    clusters = pack.plan.clusters
    assert sum(not cluster.developing for cluster in clusters) == 8
    assert [cluster.label.zh for cluster in clusters if cluster.developing] == ["育苗育种", "新材料", "人工智能"]
    assert pack.cluster("electric").chain == ("maker", "incubator", "accelerator", "park")
    assert [firm.label.zh for firm in pack.cluster("dendrobium").firms] == ["聚优品", "铁枫堂"]


def flat(text):
    return re.sub(r"\s", "", text)


TEXT = flat((FOLDER / "plan.txt").read_text(encoding="utf-8"))


def quoted(plan):
    """Everything that the pack gives as the plan's own words."""
    for cluster in plan.clusters:
        yield from (cluster.aim, cluster.chain_text, *(link.words for link in cluster.links))
        yield from (words for member in (*cluster.platforms, *cluster.firms) for words in (member.label, member.called))
    yield from (words for target in plan.targets for words in (target.label, *target.words.values()))
    yield from (item.words for item in plan.demonstration.items)
    yield from (base.name for roster in plan.rosters for base in roster.bases)
    for task in plan.tasks:
        yield task.title
        yield from (words for measure in task.measures for words in (measure.text, *measure.owners))


def test_what_is_given_as_the_plans_words_is_in_its_text(pack):
    words = [words.zh for words in quoted(pack.plan)]
    assert len(words) > 150
    assert [one for one in words if flat(one) not in TEXT] == []


def test_what_is_quoted_has_an_english_reading(pack):
    assert [words.zh for words in quoted(pack.plan) if words.zh and not words.en] == []


def test_the_measures_are_all_of_the_plans_fourth_and_fifth_part(pack):
    """Together they are the two parts' text, nothing left out."""
    parts = {task.clause.zh: "".join(flat(measure.text.zh) for measure in task.measures) for task in pack.plan.tasks}
    titles = {task.clause.zh: flat(task.title.zh) for task in pack.plan.tasks}
    assert list(parts) == ["四(一)", "四(二)", "四(三)", "四(四)", "四(五)", "五(一)", "五(二)", "五(三)", "五(四)"]
    whole = TEXT[TEXT.index("四、工作任务和措施") :]
    made = "四、工作任务和措施"
    for clause in parts:
        made += "五、保障措施" if clause == "五(一)" else ""
        made += f"{clause[1:]}{titles[clause]}。{parts[clause]}"
    assert made == whole


def test_owners_and_years_are_only_those_that_the_text_names(pack):
    measures = [measure for task in pack.plan.tasks for measure in task.measures]
    assert [owner.zh for m in measures if m.id == "organisation-group" for owner in m.owners] == [
        "市经信局", "市科技局", "市财政局", "xx 经济开发区管委会", "市国有资本运营集团",
    ]  # fmt: skip
    assert sum(not measure.owners for measure in measures) == len(measures) - 3
    assert [measure.due for measure in measures if measure.due] == [2022, 2023, 2024]
    assert all(str(measure.due) in measure.text.zh for measure in measures if measure.due)


def test_the_rosters_are_the_plans_and_so_are_the_bases_years(pack):
    rosters = {roster.year: [base.base for base in roster.bases] for roster in pack.plan.rosters}
    assert {year: len(bases) for year, bases in rosters.items()} == {2022: 3, 2023: 4, 2024: 1}
    years = pack.bases.dropna(subset="demo_year").groupby("demo_year")["id"].apply(set).to_dict()
    assert {year: set(bases) for year, bases in rosters.items()} == years
    assert [base.name.zh for roster in pack.plan.rosters for base in roster.bases if base.inferred] == [
        "智能电气互联网创新中心", "xx 孵化园",
    ]  # fmt: skip


def test_a_base_that_fills_a_stage_not_its_own_says_why(pack):
    stage_of = dict(zip(pack.bases["id"], pack.bases["stage"], strict=True))
    for cluster in pack.plan.clusters:
        for link in cluster.links:
            assert all(stage_of[base] == link.stage or link.inferred for base in link.bases), (cluster.id, link.stage)


def test_a_level_counts_with_those_above_it(pack):
    counted = {target.metric: pack.plan.counted_levels(target) for target in pack.plan.targets}
    assert counted["provincial-incubators"] == ("national", "provincial")
    assert {levels for metric, levels in counted.items() if metric != "provincial-incubators"} == {()}
    assert {target.metric: target.counts for target in pack.plan.targets} == {
        "floor-area": Counts.FLOOR_AREA, "operators": Counts.ENTERED, "funds": Counts.ENTERED,
        "demonstration-bases": Counts.DEMONSTRATION, "provincial-incubators": Counts.LEVEL,
    }  # fmt: skip


def test_inferences_carry_a_reason_in_both_languages(pack):
    inferred = [i for thing in (*pack.plan.clusters, *pack.districts) for i in thing.inferred]
    assert len(inferred) >= 10
    assert all(i.reason.zh and i.reason.en for i in inferred)


def test_demonstration_years_are_the_plans(pack):
    years = pack.bases["demo_year"].dropna().astype(int).value_counts().to_dict()
    assert years == {2022: 3, 2023: 4, 2024: 1}


def test_no_base_claims_a_sure_position(pack):
    assert set(pack.bases["certainty"]) <= {"town", "district", "county"}
    county = pack.boundary.geometry.iloc[0]
    assert pack.bases.within(county).all()
    assert not pack.bases["sample"].any()


def test_targets_are_blank_and_2024_operators_are_not_stated(pack):
    values = {target.metric: dict(target.values) for target in pack.plan.targets}
    assert values["operators"] == {2022: None, 2023: None}
    assert values["floor-area"] == {2022: None, 2023: None, 2024: None}
    assert all(value is None for by_year in values.values() for value in by_year.values())


def test_seventh_of_the_seven_is_not_invented(pack):
    labels = [item.label for item in pack.plan.demonstration.items]
    assert len(labels) == 7
    assert labels[6] is None
    assert None not in labels[:6]
    assert pack.plan.demonstration.inferred


def test_sample_says_so_and_lies_in_the_county(pack):
    sample = pack.sample_facilities
    assert len(sample) == 419
    assert sample["sample"].all()
    assert set(sample["certainty"]) == {"synthetic"}
    assert sample["name"].str.startswith("示例·").all()
    assert sample["name_en"].str.startswith("Sample ").all()
    assert sample.within(pack.boundary.geometry.iloc[0].buffer(1e-6)).all()
    assert set(sample["district"]) == {district.id for district in pack.districts}


def test_every_category_has_a_rule_for_every_profile(pack):
    standard = pack.standard()
    assert [sum(c.where == w for c in pack.categories) for w in ("around", "inside")] == [8, 6]
    for category in pack.categories:
        for profile in standard.profiles:
            rule = standard.rule(category.id, profile.id)
            assert rule.threshold_m > 0
            assert rule.clause
            assert rule.certainty.zh


def test_figures_are_those_of_the_standards(pack):
    standard = pack.standard()
    assert {ring.minutes: ring.radius_m for ring in standard.rings} == {5: 300, 10: 500, 15: 1000}
    urban = {c.id: standard.rule(c.id, "urban").threshold_m for c in pack.categories}
    assert urban == {
        "commerce": 500, "hospital": 1000, "school": 1000, "housing": 1000, "hotel": 1000, "library": 1000,
        "sport": 1000, "transit": 500, "coffee": 300, "dining": 300, "roadshow": 300, "meeting": 300,
        "charging": 1000, "parking": 300,
    }  # fmt: skip
    assert standard.rule("hospital", "rural").threshold_m == 5000


def test_colours_differ(pack):
    assert len({cluster.colour for cluster in pack.plan.clusters}) == len(pack.plan.clusters)
    assert len({family.colour for family in pack.families}) == len(pack.families)


def test_everything_has_an_english_name(pack):
    things = [*pack.districts, *pack.plan.stages, *pack.plan.clusters, *pack.categories, *pack.families]
    assert all(thing.label.en for thing in things)
    assert (pack.bases["name_en"] != "").all()
    assert ((pack.bases["note"] == "") == (pack.bases["note_en"] == "")).all()


def test_packs_are_listed_and_found():
    assert [(summary.id, summary.years) for summary in list_packs()] == [("yueqing", (2022, 2023, 2024))]
    assert find_pack("yueqing") == find_pack(str(FOLDER)) == find_pack(None) == FOLDER
