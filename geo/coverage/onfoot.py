"""How far it is on foot: along the streets, from where a place meets them to where another does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo import crs
from geo.coverage.distances import Distances, Floats, Ints, Shapes, arranged, distance_matrix, shapes
from geo.coverage.ground import checked_radius
from geo.coverage.kernels.streets import nearest
from geo.i18n import N_
from geo.model import Category
from geo.streets import Landing, Network, snap

# 4.8 km/h, as planners commonly count. GB 50180-2018 2.0.2 allows for children and the old: its 800-1,000 m in a quarter
# of an hour come to 53-67 m a minute. This turns metres into minutes and judges nothing.
WALK_SPEED_M_PER_MIN = 80.0
_STREET_QUAD_SEGS = 8  # the ends of streets are rounded by as many straight pieces a quarter
STREET_REACH_M = 50.0  # how far the ground that a street serves reaches to either side: half of a small block


class Why(StrEnum):
    """Why there is no way on foot. :data:`WHY_WORDS` says it to people."""

    NO_STREETS = "no_streets"
    NONE = "none"
    BASE_FAR = "base_far"
    FACILITIES_FAR = "facilities_far"
    APART = "apart"


WHY_WORDS: Mapping[Why, str] = {
    Why.NO_STREETS: N_("没有可步行的道路数据"),
    Why.NONE: N_("没有这类设施"),
    Why.BASE_FAR: N_("基地附近 500 米内没有可步行的道路"),
    Why.FACILITIES_FAR: N_("这类设施附近 500 米内都没有可步行的道路"),
    Why.APART: N_("基地所在的路网与这类设施的路网不相连"),
}


@dataclass(frozen=True)
class OnFoot(Distances):
    """Distances along the streets. Where there is no way, ``nearest_m`` is nan and ``why`` (n, k) says why, else ""."""

    why: npt.NDArray[np.object_]

    @property
    def metric(self) -> str:
        return "foot"


def measure_on_foot(
    bases: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
    categories: Sequence[Category],
    network: Network,
) -> OnFoot:
    """As :func:`geo.coverage.measure`, on foot: straight to the street, along the streets, straight to the facility.

    Two places on one edge go directly along it. What lies inside an area, or meets it, is at it: 0 m, streets or not.
    No way is shorter than the straight line, and none leads to or from a place that :func:`geo.streets.snap` finds no
    street near.

    Raises:
        CrsError: a frame has no CRS.
    """
    sites = shapes(crs.to_metric(bases, network.epsg))
    targets = shapes(crs.to_metric(facilities, network.epsg))
    start, goal = snap(network, sites), snap(network, targets)
    straight = distance_matrix(sites, targets)
    metres = np.fmax(walked(network, start, goal), straight)  # so that rounding makes no walk the shorter of the two
    metres[straight == 0] = 0
    found = arranged(facilities, categories, targets, len(sites), lambda rows: metres[:, rows])
    why = _why(found, network, start, goal, facilities["category"].to_numpy(dtype=object))
    return OnFoot(**{field.name: getattr(found, field.name) for field in fields(Distances)}, why=why)


def walked(network: Network, start: Landing, goal: Landing) -> Floats:
    """Metres (n, m) from n places to m, inf where there is no way."""
    metres = np.full((start.count, goal.count), np.inf)
    nodes, more = goal.seeds(network)
    places = np.concatenate([goal.shape, goal.shape])
    for row in np.flatnonzero(start.reached):
        by_node = nearest_on_foot(network, start.of(int(row)))
        np.minimum.at(metres[row], places, by_node[nodes] + more)
    here, there, direct = along_one_edge(start, goal)
    np.minimum.at(metres, (here, there), direct)
    return metres


def nearest_on_foot(network: Network, landing: Landing, limit_m: float = np.inf) -> Floats:
    """Metres (n,) from every node of the network to the nearest place of ``landing``; inf where none is within reach."""
    nodes, metres = landing.seeds(network)
    return shortest(network, nodes, metres, limit_m)


def along_one_edge(cells: Landing, goal: Landing) -> tuple[Ints, Ints, Floats]:
    """Place, goal and metres of every pair of a place and a goal that meet the network on the same edge."""
    order = np.argsort(goal.edge, kind="stable")
    edge = goal.edge[order]
    first, last = np.searchsorted(edge, cells.edge, "left"), np.searchsorted(edge, cells.edge, "right")
    many = last - first
    cell = np.repeat(np.arange(len(many)), many)
    other = order[np.arange(len(cell)) - np.repeat(np.cumsum(many) - many, many) + np.repeat(first, many)]
    gap = np.maximum(goal.start_m[other] - cells.end_m[cell], cells.start_m[cell] - goal.end_m[other])
    return cells.shape[cell], goal.shape[other], np.maximum(gap, 0) + cells.access_m[cell] + goal.access_m[other]


def shortest(network: Network, seed_node: npt.NDArray[Any], seed_m: Floats, limit_m: float = np.inf) -> Floats:
    """Metres (n,) to every node from the nearest of many seeds, each with metres of its own (0 or more) before it.

    A node farther than ``limit_m`` has inf.
    """
    return nearest(network.indptr, network.indices, network.weights, seed_node, seed_m, limit_m)


def _why(
    found: Distances, network: Network, start: Landing, goal: Landing, kinds: npt.NDArray[np.object_]
) -> npt.NDArray[np.object_]:
    n, k = found.nearest_m.shape
    why = np.full((n, k), "", dtype=object)
    lost = np.isnan(found.nearest_m)
    why[lost] = Why.APART
    for column, category in enumerate(found.categories):
        if not goal.reached[kinds == category].any():
            why[lost[:, column], column] = Why.FACILITIES_FAR
    why[lost & ~start.reached[:, None]] = Why.BASE_FAR
    if not len(network.metres):
        why[lost] = Why.NO_STREETS
    why[:, found.lengths == 0] = Why.NONE
    return why


def side_by_side(straight: pd.DataFrame, foot: pd.DataFrame, found: OnFoot) -> pd.DataFrame:
    """Two tables of :func:`geo.coverage.coverage_table` for the same bases and rules, as one.

    The columns of ``straight`` and, on foot, foot_m, foot_min (minutes), foot_id, foot_name, foot_within, foot_covered,
    and ``why`` there is no way ("" where there is one).
    """
    columns = {"nearest_m": "foot_m", "nearest_id": "foot_id", "nearest_name": "foot_name"}
    columns |= {"count_within": "foot_within", "covered": "foot_covered"}
    beside = {new: foot[old].to_numpy() for old, new in columns.items()}
    minutes = foot["nearest_m"].to_numpy() / WALK_SPEED_M_PER_MIN
    return straight.assign(**beside, foot_min=minutes, why=[str(why) for why in found.why.ravel()])


# --- ground --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ServiceArea:
    """What is within a walk, in EPSG:4326: the ``streets`` (lines, cut where the walk ends) and the ``ground`` that
    they serve, :data:`STREET_REACH_M` to either side; ``street_m`` metres of streets."""

    streets: Any
    ground: Any
    street_m: float


def service_area(network: Network, landing: Landing, limit_m: float) -> ServiceArea:
    """The streets within ``limit_m`` metres on foot of the nearest place of ``landing``.

    Raises:
        InputError: ``limit_m`` is not a distance that can be used.
    """
    checked_radius(limit_m)
    left = np.maximum(limit_m - nearest_on_foot(network, landing, limit_m), 0)
    edge, first, last = _reached(network, left)
    own = np.isin(edge, landing.edge)  # there the walk from the place itself covers the same ground once more
    beside = [
        np.concatenate(pair)
        for pair in zip((edge[own], first[own], last[own]), _beside(network, landing, limit_m), strict=True)
    ]
    around = shapely.get_parts(shapely.union_all(_parts(network, *beside)))
    lines = np.concatenate([_parts(network, edge[~own], first[~own], last[~own]), around])
    streets = shapely.line_merge(shapely.multilinestrings(lines))
    wide = shapely.buffer(shapely.get_parts(streets), STREET_REACH_M, quad_segs=_STREET_QUAD_SEGS)
    ground = shapely.union_all(wide)
    return ServiceArea(
        crs.unproject(streets, network.epsg), crs.unproject(ground, network.epsg), float(shapely.length(streets))
    )


def _reached(network: Network, left: Floats) -> tuple[Ints, Floats, Floats]:
    """Edge, and metres from its tail to begin and end, of what can be walked with ``left`` (n,) metres at the nodes."""
    whole = network.metres
    from_tail, from_head = np.minimum(left[network.tail], whole), np.minimum(left[network.head], whole)
    met = from_tail + from_head >= whole
    near_tail = np.flatnonzero((from_tail > 0) | met)
    near_head = np.flatnonzero((from_head > 0) & ~met)
    edge = np.concatenate([near_tail, near_head])
    first = np.concatenate([np.zeros(len(near_tail)), (whole - from_head)[near_head]])
    last = np.concatenate([np.where(met, whole, from_tail)[near_tail], whole[near_head]])
    return edge, first, last


def _beside(network: Network, landing: Landing, limit_m: float) -> tuple[Ints, Floats, Floats]:
    """The same of the edges that the places themselves meet, to either side of where they do."""
    left = limit_m - landing.access_m
    there = np.flatnonzero(left > 0)
    edge, left = landing.edge[there], left[there]
    first = np.maximum(landing.start_m[there] - left, 0)
    return edge, first, np.minimum(landing.end_m[there] + left, network.metres[edge])


def _parts(network: Network, edge: Ints, first: Floats, last: Floats) -> Shapes:
    start, end = network.xy[network.tail[edge]], network.xy[network.head[edge]]
    step = (end - start) / network.metres[edge][:, None]
    corners = np.stack((start + first[:, None] * step, start + last[:, None] * step), axis=1)
    lines: Shapes = shapely.linestrings(corners[last > first])
    return lines
