"""From every cell of the grid on foot: the same metres as from a place there, with no way at all said as such."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import Point, box

from geo import crs
from geo.coverage import CellsOnFoot, demand_grid, reach_on_foot
from geo.coverage.onfoot import walked
from geo.streets import snap
from tests.streets.conftest import EPSG, at_nodes, placed

STREETS = at_nodes(
    [(0, 0), (700, 0), (1900, 0), (1900, 1400), (700, 1400), (0, 1400), (0, 0)],
    [(700, 0), (700, 1400)],
    [(3000, 100), (3000, 1300)],
)
NOBODY = gpd.GeoDataFrame({"name": [], "id": []}, geometry=[], crs=4326)
DEMAND = demand_grid(crs.unproject(placed(box(0, 0, 4000, 1500)), EPSG), NOBODY, NOBODY, None, EPSG)


def kind(*found):
    return gpd.GeoSeries([crs.unproject(placed(shape), EPSG) for shape in found], crs=4326)


def test_a_cell_is_as_far_as_a_place_at_its_centre():
    kinds = [kind(Point(300, 40), Point(720, 900)), kind(box(1500, -50, 1600, 50)), kind(Point(3050, 700))]
    found = reach_on_foot(CellsOnFoot(DEMAND, STREETS), kinds)
    start = snap(STREETS, shapely.points(DEMAND.centres))
    for row, there in enumerate(kinds):
        goal = snap(STREETS, np.asarray(crs.to_metric(there, EPSG).array, dtype=object))
        expected = walked(STREETS, start, goal).min(axis=1)
        expected[shapely.intersects(shapely.points(DEMAND.centres), crs.to_metric(there, EPSG).union_all())] = 0
        np.testing.assert_allclose(found[row], expected, rtol=0, atol=1e-9)


def test_where_no_street_leads_nothing_is_in_reach():
    (found,) = reach_on_foot(CellsOnFoot(DEMAND, STREETS), [kind(Point(300, 40))])
    east, north = (DEMAND.centres - shapely.get_coordinates(placed(Point(0, 0)))).T
    assert np.isinf(found[east > 2950]).all()  # the street there leads nowhere else
    assert np.isfinite(found[(east > 0) & (east < 1900) & (north < 450)]).all()
    assert np.isinf(found[(east > 1250) & (east < 1350) & (north > 650) & (north < 750)]).all()  # 550 m from any street


def test_a_kind_without_facilities_is_out_of_reach_everywhere():
    nothing, something = reach_on_foot(CellsOnFoot(DEMAND, STREETS), [kind(), kind(Point(0, 0))])
    assert np.isinf(nothing).all()
    assert something.min() < 100


def test_no_walk_is_shorter_than_the_line():
    (found,) = reach_on_foot(CellsOnFoot(DEMAND, STREETS), [kind(Point(300, 40))])
    line = np.hypot(*(DEMAND.centres - shapely.get_coordinates(placed(Point(300, 40)))).T)
    assert found == pytest.approx(np.maximum(found, line), abs=0.05)
