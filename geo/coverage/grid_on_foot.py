"""The demand grid on foot: each cell's walk to the nearest facility, and who is in reach of whom."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import shapely

from geo import crs
from geo.coverage.demand import Demand
from geo.coverage.distances import Floats, Ints, Shapes, shapes
from geo.coverage.kernels.grid import Pairs
from geo.coverage.kernels.landing import AtNodes, Nearby
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
    def at_nodes(self) -> AtNodes:
        """The cells by the nodes where they meet the network."""
        nodes, metres = self.landing.seeds(self.network)
        order = np.argsort(nodes, kind="stable")
        start = np.searchsorted(nodes[order], np.arange(len(self.network.xy) + 1))
        cell = np.concatenate([self.landing.shape, self.landing.shape]).astype(np.int32)
        return AtNodes(start, cell[order], metres[order])

    def inside(self, places: Shapes) -> tuple[Ints, Ints]:
        """Place and cell of every centre that lies in, or on, one of ``places``."""
        place, cell = self.tree.query(places, predicate="intersects")
        return place, cell


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
    along, inside = along_one_edge(cells.landing, goals), cells.inside(targets)
    goal = np.concatenate([along[1], inside[0]])
    order = np.argsort(goal, kind="stable")
    cell = np.concatenate([along[0], inside[1]]).astype(np.int32)[order]
    direct = np.concatenate([along[2], np.zeros(len(inside[0]))])[order]
    own = np.searchsorted(goal[order], np.arange(len(targets) + 1))
    nearby, reached, nowhere = Nearby(cells.at_nodes, cells.demand.grid.count), goals.reached, np.empty(0)
    found = []
    for row, (first, last) in enumerate(itertools.pairwise(own)):
        by_node = nearest_on_foot(network, goals.of(row), limit_m) if reached[row] else nowhere
        found.append(nearby.of(by_node, cell[first:last], direct[first:last], limit_m))
    start = np.cumsum([0, *(len(there) for there, _ in found)], dtype=np.int64)
    empty = np.empty(0, dtype=np.int32), np.empty(0)
    other, metres = (np.concatenate(parts) for parts in zip(empty, *found, strict=True))
    return Pairs(start, other, metres)
