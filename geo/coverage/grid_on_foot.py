"""The demand grid on foot: each cell's walk to the nearest facility, and who is in reach of whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import shapely

from geo import crs
from geo.coverage.catchment import paired
from geo.coverage.demand import Demand
from geo.coverage.distances import Floats, Ints, Shapes, shapes
from geo.coverage.kernels.grid import Pairs
from geo.coverage.kernels.streets import nearest_many
from geo.coverage.onfoot import along_one_edge, nearest_on_foot
from geo.streets import Landing, Network, snap


@dataclass(frozen=True, eq=False)
class CellsOnFoot:
    """Where the cells of a demand grid meet a network: to find that takes longer than the walks, so it is kept.

    From a cell's centre it is straight to the street, as from any place (:func:`geo.coverage.measure_on_foot`). A cell
    that no street is near is out of reach of everything.
    """

    demand: Demand
    network: Network

    @cached_property
    def landing(self) -> Landing:
        return snap(self.network, self.tree.geometries)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """The centres, to search by place."""
        return shapely.STRtree(shapely.points(self.demand.centres))

    @cached_property
    def at_node(self) -> _AtNodes:
        """The cells by the nodes where they meet the network."""
        nodes, metres = self.landing.seeds(self.network)
        order = np.argsort(nodes, kind="stable")
        start = np.searchsorted(nodes[order], np.arange(len(self.network.xy) + 1))
        cell = np.concatenate([self.landing.shape, self.landing.shape])
        return _AtNodes(start, cell[order], metres[order])

    def inside(self, places: Shapes) -> tuple[Ints, Ints]:
        """Place and cell of every centre that lies in, or on, one of ``places``."""
        place, cell = self.tree.query(places, predicate="intersects")
        return place, cell


@dataclass(frozen=True, eq=False)
class _AtNodes:
    """Those that meet the network at node i, at start[i] to start[i + 1], and how far they are from it."""

    start: Ints
    cell: Ints
    metres: Floats

    def reached(self, by_node: Floats) -> tuple[Ints, Floats]:
        """Cell and metres of all that meet the network at a node with a distance (n,)."""
        nodes = np.flatnonzero(np.isfinite(by_node))
        first, many = self.start[nodes], np.diff(self.start)[nodes]
        at = np.arange(many.sum()) + np.repeat(first - (np.cumsum(many) - many), many)
        return self.cell[at], np.repeat(by_node[nodes], many) + self.metres[at]


def reach_on_foot(cells: CellsOnFoot, kinds: Sequence[gpd.GeoDataFrame | gpd.GeoSeries]) -> Floats:
    """Metres (k, m) on foot from each cell's centre to the nearest facility of each kind; inf where there is no way.

    Raises:
        CrsError: a frame has no CRS.
    """
    network, landing = cells.network, cells.landing
    targets = [shapes(crs.to_metric(kind, network.epsg)) for kind in kinds]
    goals = [snap(network, target) for target in targets]
    by_node = nearest_many(network.indptr, network.indices, network.weights, [goal.seeds(network) for goal in goals])
    nodes, more = landing.seeds(network)
    places = np.concatenate([landing.shape, landing.shape])
    metres = np.full((len(kinds), landing.count), np.inf)
    for row, goal in enumerate(goals):
        np.minimum.at(metres[row], places, by_node[row][nodes] + more)
        place, _, direct = along_one_edge(landing, goal)
        np.minimum.at(metres[row], place, direct)
        metres[row][cells.inside(targets[row])[1]] = 0
    return metres


def pairs_on_foot(cells: CellsOnFoot, facilities: gpd.GeoDataFrame, limit_m: float) -> Pairs:
    """The cells within ``limit_m`` (inclusive) on foot of each facility, as :func:`reach_on_foot` goes.

    Raises:
        CrsError: the frame has no CRS.
    """
    network = cells.network
    targets = shapes(crs.to_metric(facilities, network.epsg))
    goals = snap(network, targets)
    cell, goal, direct = along_one_edge(cells.landing, goals)
    place, within = cells.inside(targets)
    found = [(goal, cell, direct), (place, within, np.zeros(len(place)))]
    for row in np.flatnonzero(goals.reached).tolist():
        there, metres = cells.at_node.reached(nearest_on_foot(network, goals.of(row), limit_m))
        found.append((np.full(len(there), row), there, metres))
    goal, cell, metres = (np.concatenate(parts) for parts in zip(*found, strict=True))
    near = metres <= limit_m
    return paired(len(targets), goal[near], cell[near], metres[near])
