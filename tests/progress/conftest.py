"""A small plan of two years, and bases and entries about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import pytest
from shapely import Point

from geo.i18n import Label
from geo.model import (
    Cluster,
    Counts,
    Demonstration,
    Item,
    Layer,
    Level,
    Link,
    Measure,
    Plan,
    Roster,
    RosterBase,
    Target,
    Task,
    feature_frame,
)

CLAUSE = Label("一")
Bases = Callable[..., gpd.GeoDataFrame]


def cluster(id: str, *links: Link) -> Cluster:
    return Cluster(id, Label(id), "north", Label(""), links, Label(""), (), (), "#000000", CLAUSE, False, Label(""))


def target(metric: str, counts: Counts, level: str = "", **values: float | None) -> Target:
    figures = {int(year.removeprefix("y")): value for year, value in values.items()}
    words = {year: Label(f"{year} 年 x") for year in figures}
    return Target(metric, Label(metric), Label("个"), CLAUSE, figures, words, counts, level)


@pytest.fixture(scope="session")
def plan() -> Plan:
    return Plan(
        title=Label("规划"),
        document="",
        years=(2030, 2031),
        stages=(),
        clusters=(
            cluster("drones", Link("maker", Label("众创空间"), ("m",)), Link("park", Label("产业园"))),
            cluster("tea"),
        ),
        levels=(Level("national", Label("国家级")), Level("provincial", Label("省级")), Level("city", Label("市级"))),
        targets=(
            target("area", Counts.FLOOR_AREA, y2030=None, y2031=None),
            target("shows", Counts.DEMONSTRATION, y2030=1.0),
            target("ranked", Counts.LEVEL, "provincial", y2030=None),
            target("funds", Counts.ENTERED, y2030=None, y2031=3.0),
        ),
        demonstration=Demonstration(
            Label("标准"),
            CLAUSE,
            (Item("fund", Label("基金"), Label("一支基金")), Item("team", Label("团队"), Label("一个团队")),
             Item("lost", None, Label(""))),
        ),
        rosters=(
            Roster(2030, CLAUSE, (RosterBase(Label("甲"), "m"), RosterBase(Label("还没有的"), ""))),
            Roster(2031, CLAUSE, (RosterBase(Label("乙"), "p"),)),
        ),
        tasks=(
            Task("space", CLAUSE, Label("空间"),
                 (Measure("old", Label("盘活厂房"), (Label("县国资办"),), 2030), Measure("new", Label("新建")))),
        ),
        standard="s",
    )  # fmt: skip


@pytest.fixture(scope="session")
def bases() -> Bases:
    def make(*rows: dict[str, Any]) -> gpd.GeoDataFrame:
        filled = [{"name": row["id"], "certainty": "district", "district": "north", **row} for row in rows]
        return feature_frame(Layer.BASES, filled, [Point(121, 28)] * len(rows))

    return make
