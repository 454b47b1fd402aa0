"""A small pack of two categories, one base beside another, and its check."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
from shapely import Point, box

from geo import coverage as cov
from geo.i18n import Label
from geo.model import (
    Category,
    Cluster,
    District,
    Family,
    Layer,
    Pack,
    Plan,
    Profile,
    Rule,
    Standard,
    feature_frame,
)
from geo.reports import Facts, Surroundings

EPSG = 4549
HERE = Point(120.95, 28.1)
HOSTILE = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "\n=1",
    "\uff1d1",
    '=HYPERLINK("http://x","y")',
    "=cmd|' /C calc'!A0",
    "#N/A",
    '"><script>alert(1)</script>',
    "</text><script>x</script>",
    "a\x00b\x0b",
    '逗号,引号"换\n行',
)


def _pack() -> Pack:
    standard = Standard(
        "test",
        Label("试行标准", "Trial standard"),
        Label(""),
        (Profile("city", Label("城区", "City")),),
        (),
        tuple(
            Rule(kind, "city", 500.0, Label(f"第 {n} 条", f"Clause {n}"), "source", Label("中", "medium"), Label(""))
            for n, kind in enumerate(("school", "clinic"), 1)
        ),
    )
    areas = gpd.GeoDataFrame(
        {"id": ["d"], "name": ["东片"], "name_en": ["East"]}, geometry=[box(120.94, 28.0, 121.2, 28.3)], crs=4326
    )
    boundary = gpd.GeoDataFrame({"name": ["县"]}, geometry=[box(120.7, 27.9, 121.2, 28.3)], crs=4326)
    chain = Cluster(
        "c", Label("集群", "Cluster"), "d", Label(""), (), Label(""), (), (), "#123456", Label(""), False, Label("")
    )
    return Pack(
        id="p",
        path=Path("p"),
        label=Label("某县", "A county"),
        adcode="330000",
        boundary_note=Label("县界示意", "Boundary is schematic"),
        review_number="",
        boundary=boundary,
        neighbours=boundary,
        town_areas=areas,
        district_areas=areas,
        towns=(),
        districts=(District("d", Label("东片", "East"), (), "city", "#eeeeee"),),
        families=(Family("f", Label("教育", "Education"), "#b9770e"), Family("h", Label("医疗", "Health"), "#c0392b")),
        categories=(
            Category("school", Label("学校", "School"), "f", "around", "学", Label("")),
            Category("clinic", Label("医院", "Clinic"), "h", "around", "医", Label("")),
        ),
        plan=Plan(Label("计划"), "", (2022,), (), (chain,), (), (), None, (), (), "test"),
        standards=(standard,),
        bases=feature_frame(Layer.BASES, [], []),
        sample_facilities=feature_frame(Layer.FACILITIES, [], []),
        metric_epsg=EPSG,
        digest="0",
    )


@pytest.fixture
def pack() -> Pack:
    return _pack()


@pytest.fixture
def bases() -> gpd.GeoDataFrame:
    rows = [
        {"id": "b0", "name": "甲基地", "name_en": "Base A", "district": "d", "cluster": "c", "demo_year": 2023},
        {"id": "b1", "name": "乙基地", "district": "", "certainty": "district"},
    ]
    return feature_frame(Layer.BASES, rows, [HERE, Point(120.952, 28.101)])


@pytest.fixture
def facilities() -> gpd.GeoDataFrame:
    rows = [
        {"id": "f0", "name": "一小", "name_en": "School One", "category": "school"},
        {"id": "f1", "name": "示例医院", "category": "clinic", "sample": True, "certainty": "synthetic"},
    ]
    return feature_frame(Layer.FACILITIES, rows, [Point(120.951, 28.1), Point(120.958, 28.1)])


@pytest.fixture
def hostile_facilities() -> gpd.GeoDataFrame:
    rows = [
        {"id": f"f{n}", "name": text, "name_en": text, "note": text, "source": text, "category": "school"}
        for n, text in enumerate(HOSTILE)
    ]
    return feature_frame(Layer.FACILITIES, rows, [Point(120.951 + n / 1000, 28.1) for n in range(len(rows))])


@pytest.fixture
def around(pack, bases):
    """What lies around a place, its district by a schematic line unless it says otherwise."""

    def make(facilities, schematic=True):
        return Surroundings(bases, facilities, pack.district_areas.assign(schematic=schematic))

    return make


@pytest.fixture
def facts(pack: Pack) -> Facts:
    return Facts(7, date(2024, 5, 6), True, pack.standard().label)


@pytest.fixture
def judge(pack, bases):
    def table(facilities):
        distances = cov.measure(bases, facilities, pack.categories, EPSG)
        return cov.coverage_table(distances, bases, {"d": "city"}, pack.standard())

    return table


@pytest.fixture
def check(pack):
    def run(facilities, radii=(300, 600)):
        return cov.buffer_check(HERE, facilities, pack.categories, pack.standard(), "city", radii, EPSG)

    return run
