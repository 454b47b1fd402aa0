"""A category's capacity shared among the people in reach: as a use, on the command line, in either language."""

from __future__ import annotations

import json

import numpy as np
import pytest
from shapely import LineString, Point

from geo import coverage as cov
from geo import crs, reports, usecases
from geo.coverage import grid_on_foot
from geo.errors import NotFoundError
from geo.model import Layer
from geo.usecases import Settings
from tests.calling import invoke

BEDS = {"h1": 300.0, "h2": 80.0, "h3": None}


@pytest.fixture
def county(atlas, put):
    """Three hospitals in the towns' middles, one that states no beds; a thousand people and more in every town."""
    usecases.remove_sample(atlas, usecases.Author("林工"))
    towns = usecases.snapshot(atlas).town_areas
    places = list(towns.geometry.representative_point())
    put(atlas, Layer.POPULATION, [{"id": f"p{n}", "people": 1000.0 + n} for n in range(len(places))], places)
    rows = [{"id": id, "name": f"医院{id}", "category": "hospital", "capacity": beds} for id, beds in BEDS.items()]
    put(atlas, Layer.FACILITIES, rows, places[: len(BEDS)])
    return atlas


def supply(atlas, category="hospital", **settings):
    return usecases.supply(atlas, usecases.snapshot(atlas), category, Settings(**settings))


def test_all_beds_in_reach_are_shared_out_and_those_that_nobody_stated_are_left_out(county):
    found = supply(county)
    assert (found.known, found.unknown, found.counted, found.sample) == (2, 1, False, False)
    assert found.by_people
    assert (found.capacity, found.idle) == pytest.approx((380, 0), abs=1e-6)
    assert found.places.county.capacity == pytest.approx(380)
    for level in (found.places.districts, found.places.towns):
        assert sum(one.capacity for one in level) == pytest.approx(380)
        assert sum(one.demand for one in level) == pytest.approx(found.places.county.demand)
    fed = [one for one in found.places.towns if one.capacity]
    assert found.places.towns[0].rate == 0
    assert fed[-1].rate == pytest.approx(fed[-1].capacity / fed[-1].demand * 1000)


def test_where_few_state_a_capacity_each_counts_as_one(county, put):
    """One hotel in thirty with its rooms on the map is not the only one to sleep in."""
    where = usecases.snapshot(county).facilities.geometry.iloc[0]
    more = [{"id": f"h{n}", "name": f"医院{n}", "category": "hospital"} for n in (4, 5)]
    put(county, Layer.FACILITIES, more, [where] * len(more))
    found = supply(county)
    assert (found.known, found.unknown, found.counted, found.capacity) == (2, 3, True, 5.0)
    told = [one.text("zh") for one in reports.supply_basis(found)]
    assert told[0] == "5 处里只有 2 处写明容量,不到一半,所以每处算 1(单位:处)。补上容量后按容量算。"
    put(county, Layer.FACILITIES, [{"id": "h4", "category": "hospital", "capacity": 20.0}], [where])
    assert (supply(county).counted, supply(county).capacity) == (False, 400.0)


def test_people_without_any_are_those_beyond_the_nearest_where_all_state_a_capacity(county, put):
    where = usecases.snapshot(county).facilities.set_index("id").geometry["h3"]
    put(county, Layer.FACILITIES, [{"id": "h3", "category": "hospital", "capacity": 10.0}], [where])
    snap = usecases.snapshot(county)
    for settings in (Settings(), Settings(radius_m=6000.0)):
        found = usecases.supply(county, snap, "hospital", settings)
        left = usecases.shares(county, snap, "hospital", settings)
        assert found.places.county.without == pytest.approx(left.county.people_left_out)
        by_town = {one.id: one.people_left_out for one in left.towns}
        assert {one.id: one.without for one in found.places.towns} == pytest.approx({id: by_town[id] for id in by_town})


def test_where_nobody_states_a_capacity_each_facility_counts_as_one(atlas):
    found = supply(atlas, "school")
    stored = usecases.snapshot(atlas).facilities
    count = int((stored["category"] == "school").sum())
    assert (found.known, found.unknown, found.counted, found.sample) == (0, count, True, True)
    assert not found.by_people
    assert found.places.county.capacity + found.idle == pytest.approx(count)
    area = usecases.demand(atlas, usecases.snapshot(atlas)).area_m2.sum() / 1e6
    assert found.places.county.demand == pytest.approx(area)
    assert found.places.county.rate == pytest.approx(found.places.county.capacity / area)


def test_beds_that_nobody_can_reach_are_told(county, put):
    put(county, Layer.FACILITIES, [{"id": "far", "category": "hospital", "capacity": 44.0}], [_far(county)])
    found = supply(county, radius_m=500.0)
    assert found.idle == pytest.approx(44)
    assert found.radii_m == (500.0,)


def _far(atlas):
    """A place in the county with nobody within 500 m."""
    cells = usecases.demand(atlas, usecases.snapshot(atlas))
    lived = cells.centres[cells.people > 0]
    away = np.min(np.hypot(*(cells.centres[:, None] - lived[None]).T), axis=0)
    place = cells.centres[np.argmax(np.where(cells.area_m2 > 0, away, 0))]
    return crs.unproject(Point(place), cells.epsg)


def test_on_foot_it_takes_streets_and_reaches_less(county, put, monkeypatch):
    with pytest.raises(NotFoundError, match="没有可步行的道路"):
        supply(county, on_foot=True)
    west, south, east, north = usecases.snapshot(county).town_areas.total_bounds
    lines = [LineString([(west, lat), (east, lat)]) for lat in np.arange(south, north, 0.01)]
    lines += [LineString([(lon, south), (lon, north)]) for lon in np.arange(west, east, 0.01)]
    put(county, Layer.ROADS, [{"id": f"r{n}"} for n in range(len(lines))], lines)
    straight, foot = supply(county, radius_m=15_000.0), supply(county, radius_m=15_000.0, on_foot=True)
    assert foot.places.county.capacity == pytest.approx(380)
    assert straight.places.county.without < foot.places.county.without < foot.places.county.demand
    seen = []
    real = grid_on_foot.snap
    monkeypatch.setattr(grid_on_foot, "snap", lambda net, shapes: seen.append(len(shapes)) or real(net, shapes))
    supply(county, category="school", on_foot=True)
    usecases.shares(county, usecases.snapshot(county), "hospital", Settings(on_foot=True))
    assert max(seen) < 10, "the cells' own way to the street is found once for all"


def test_the_command_says_who_gets_how_much_and_how_it_was_shared(county, tmp_path):
    url = f"sqlite:///{tmp_path / 'atlas.db'}"
    told = invoke(url, "access", "--category", "hospital", "--json")
    found = json.loads(told.stdout)
    known = supply(county)
    assert {name: found[name] for name in ("category", "metric", "known", "unknown", "unit", "demand", "sample")} == {
        "category": "hospital", "metric": "straight", "known": 2, "unknown": 1, "unit": "capacity", "demand": "people",
        "sample": False,
    }  # fmt: skip
    assert (found["zone_weights"], found["radii_m"]) == (list(cov.SLOW_DECAY), list(known.radii_m))
    county_row, *others = found["rows"]
    assert (county_row["level"], county_row["capacity"]) == ("county", pytest.approx(380))
    towns = [row for row in others if row["level"] == "town"]
    assert [row["id"] for row in towns] == [one.id for one in known.places.towns]
    assert [row["rate"] for row in towns] == sorted(row["rate"] for row in towns)
    assert "容量已知 2 处,共 380;未知 1 处,没有算。" in told.stderr
    assert "权重是 1 / 0.68 / 0.22" in told.stderr
    assert "数据:第" in told.stderr


def test_the_command_in_lines_and_in_english(shared_url):
    told = invoke(shared_url, "--lang", "en", "access", "--category", "school", "--radius", "800")
    head, *rows = told.stdout.splitlines()
    assert head.split("  ")[0] == "Place"
    assert "Share (facilities)" in head
    assert "Per km²" in head
    assert len(rows) > 20
    assert "each counts as 1" in told.stderr
    assert "The service distance of 800 m" in told.stderr
    assert "made-up" in told.stderr.lower() or "sample" in told.stderr.lower()
    assert invoke(shared_url, "access", "--category", "nothing").exit_code == 2
    foot = invoke(shared_url, "access", "--category", "school", "--foot")
    assert (foot.exit_code, "没有可步行的道路" in foot.stderr) == (2, True)
