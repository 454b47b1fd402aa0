"""Where places meet the network: on its edges, not only at its nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.streets.network import Ids, Network
from geo.streets.noding import Floats, Ints

MAX_SNAP_M = 500.0  # farther from every street than this, a place has no way to it that we know: six minutes on foot
# A courtyard's or a campus's own paths are often drawn without a link to the street outside. A connected piece of at most
# so many metres counts as such, and who lands on one also goes straight to the main network where it is so near.
ISLET_M = 1000.0
ISLET_SNAP_M = 100.0

Shapes = npt.NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Landing:
    """Where ``count`` places meet a network: rows (r,), none for a place that no street is near, several for some.

    A point has its nearest edge (each, where several are as near). An area that streets lead into has the part of each
    edge that lies in it, at no distance; any other has the edge nearest to its outline. Whoever would land only on
    islets, pieces of the network of at most :data:`ISLET_M`, has the nearest edge of its longest piece besides, within
    :data:`ISLET_SNAP_M`.

    Attributes:
        shape: (r,) the place, ascending.
        edge: (r,) row of the network's edges.
        start_m, end_m: (r,) from the edge's tail to where the part begins and ends; the same for a single point.
        access_m: (r,) straight from the place to the edge.
    """

    count: int
    shape: Ints
    edge: Ints
    start_m: Floats
    end_m: Floats
    access_m: Floats

    @property
    def reached(self) -> npt.NDArray[np.bool_]:
        """(count,) whether a place meets the network at all."""
        return np.bincount(self.shape, minlength=self.count) > 0

    def of(self, place: int) -> Landing:
        """The rows of one place, which is then the only one."""
        first, last = np.searchsorted(self.shape, [place, place + 1])
        cut = slice(int(first), int(last))
        rows = (self.edge[cut], self.start_m[cut], self.end_m[cut], self.access_m[cut])
        return Landing(1, np.zeros(len(rows[0]), dtype=np.int64), *rows)

    def seeds(self, network: Network) -> tuple[Ids, Floats]:
        """The nodes (2r,) at both ends of the rows' edges, and the metres from a row's place to each."""
        rest = network.metres[self.edge] - self.end_m
        nodes = np.concatenate([network.tail[self.edge], network.head[self.edge]])
        return nodes, np.concatenate([self.access_m + self.start_m, self.access_m + rest])


def snap(network: Network, shapes: Shapes, most_m: float = MAX_SNAP_M) -> Landing:
    """Where ``shapes`` (shapely, in the network's CRS; None or empty ones land nowhere) meet the network."""
    there = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    if not len(network.metres) or not len(there):
        nothing = np.empty(0)
        return Landing(len(shapes), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), nothing, nothing, nothing)
    entered = _entered(network, shapes, there[shapely.get_dimensions(shapes[there]) > 0])
    near = _nearest(network, network.tree, shapes, np.setdiff1d(there, entered[0]), most_m)
    own = [np.concatenate(pair) for pair in zip(entered, near, strict=True)]
    beside = _nearest(network, network.main, shapes, _on_islets(network, own), min(most_m, ISLET_SNAP_M))
    shape, edge, start, end, access = (np.concatenate(pair) for pair in zip(own, beside, strict=True))
    order = np.lexsort((start, edge, shape))
    return Landing(len(shapes), shape[order], edge[order], start[order], end[order], access[order])


_Rows = tuple[Ints, Ints, Floats, Floats, Floats]


def _on_islets(network: Network, rows: Sequence[npt.NDArray[Any]]) -> Ints:
    """The places of ``rows`` that meet nothing but islets."""
    shape, edge = rows[0], rows[1]
    piece = network.piece[network.tail[edge]]
    off = (piece > 0) & (network.piece_m[piece] <= ISLET_M)
    return np.setdiff1d(shape[off], shape[~off])


def _entered(network: Network, shapes: Shapes, wide: Ints) -> _Rows:
    """The parts of edges that lie in the areas (or on the lines) ``wide``."""
    asked, edge = network.tree.query(shapes[wide], predicate="intersects")
    inside = shapely.intersection(network.tree.geometries[edge], shapes[wide[asked]])
    parts, pair = shapely.get_parts(inside, return_index=True)
    corners, part = shapely.get_coordinates(parts, return_index=True)
    from_tail = np.hypot(*(corners - network.xy[network.tail[edge[pair[part]]]]).T)
    start, end = np.full(len(parts), np.inf), np.zeros(len(parts))
    np.minimum.at(start, part, from_tail)
    np.maximum.at(end, part, from_tail)
    whole = network.metres[edge[pair]]
    return wide[asked[pair]], edge[pair], np.minimum(start, whole), np.minimum(end, whole), np.zeros(len(parts))


def _nearest(network: Network, tree: shapely.STRtree, shapes: Shapes, places: Ints, most_m: float) -> _Rows:
    """The point of the nearest edge in ``tree`` to each of ``places``, where one is within ``most_m``. The tree has the
    network's edges in their order, None in place of those that do not count."""
    (asked, edge), access = tree.query_nearest(
        shapes[places], max_distance=most_m, return_distance=True, all_matches=True
    )
    feet = shapely.get_point(shapely.shortest_line(network.tree.geometries[edge], shapes[places[asked]]), 0)
    along = np.hypot(*(shapely.get_coordinates(feet) - network.xy[network.tail[edge]]).T)
    along = np.minimum(along, network.metres[edge])
    return places[asked], edge, along, along, access
