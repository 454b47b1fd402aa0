"""Roads as a graph: every corner a node, every straight piece between two corners an edge."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from geo.crs import to_metric
from geo.streets.noding import Flags, Floats, Ints, Pieces, noded

JOIN_TOLERANCE_M = 1.0  # a drawn road that ends this near another was meant to meet it: narrower than any alley

Ids = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Network:
    """Where people may walk, in the projected CRS ``epsg``. An edge is walked both ways; no two join the same nodes.

    Attributes:
        xy: (n, 2) metres, no two the same.
        tail, head: (m,) rows of ``xy``.
        metres: (m,) length of the edges.
        indptr, indices, weights: the edges by node, in both directions, as a compressed sparse matrix has them.
        piece: (n,) number of the connected piece that a node is in, the longest first.
        piece_m: (p,) metres of edges in each piece.
    """

    epsg: int
    xy: Floats
    tail: Ids
    head: Ids
    metres: Floats
    indptr: Ids
    indices: Ids
    weights: Floats
    piece: Ids
    piece_m: Floats

    @property
    def total_m(self) -> float:
        return float(self.piece_m.sum())

    @property
    def largest_share(self) -> float:
        """The share (0-1) of all metres that lies in the longest connected piece; 0 where there are no edges."""
        return float(self.piece_m[0] / self.total_m) if len(self.piece_m) else 0.0

    @property
    def dangling(self) -> int:
        """How many nodes only one edge leads to."""
        return int(np.count_nonzero(np.diff(self.indptr) == 1))

    @cached_property
    def tree(self) -> shapely.STRtree:
        """The edges as lines, to search by place."""
        return shapely.STRtree(shapely.linestrings(self.xy[np.column_stack((self.tail, self.head))]))

    @cached_property
    def main(self) -> shapely.STRtree:
        """The same of the longest connected piece, None in place of the other edges."""
        return shapely.STRtree(np.where(self.piece[self.tail] == 0, self.tree.geometries, None))


def build_network(roads: gpd.GeoDataFrame, epsg: int, tolerance_m: float = JOIN_TOLERANCE_M) -> Network:
    """The network of the ``roads`` (ROAD_COLUMNS) that may be walked, in the projected CRS ``epsg``.

    Roads that are ``at_nodes`` meet each other only at corners that both have. All others meet whatever road their
    lines meet, and a gap of up to ``tolerance_m`` metres between their end and a road is bridged by an edge.

    Raises:
        CrsError: the frame has no CRS, or ``epsg`` is not projected.
    """
    open_ = to_metric(roads[~roads["barred"].to_numpy(dtype=bool)], epsg)
    pieces = noded(_pieces(open_), tolerance_m)
    xy, row = _distinct(pieces.xy)
    tail, head = _edges(row[pieces.tail], row[pieces.head])
    used, place = np.unique(np.concatenate([tail, head]), return_inverse=True)
    return _network(xy[used], place[: len(tail)], place[len(tail) :], epsg)


def _pieces(roads: gpd.GeoDataFrame) -> Pieces:
    lines, road = shapely.get_parts(np.asarray(roads.geometry.array, dtype=object), return_index=True)
    free = ~roads["at_nodes"].to_numpy(dtype=bool)[road]
    corners, line = shapely.get_coordinates(lines, return_index=True)
    xy, row = _distinct(corners)
    same = line[:-1] == line[1:]
    tail, head, drawn = row[:-1][same], row[1:][same], free[line[:-1][same]]
    last = np.ones(len(line), dtype=bool)
    last[:-1] = ~same
    end: Flags = last.copy()
    end[1:] |= last[:-1]
    end[:1] = True
    real = tail != head
    return Pieces(xy, tail[real], head[real], drawn[real], np.unique(row[end & free[line]]))


def _distinct(xy: Floats) -> tuple[Floats, Ints]:
    """The places of ``xy`` (n, 2) without repeats, from west to east, and the row of each of the n among them."""
    found, row = np.unique(xy[:, 0] + 1j * xy[:, 1], return_inverse=True)
    return np.column_stack((found.real, found.imag)), row


def _edges(tail: Ints, head: Ints) -> tuple[Ints, Ints]:
    """Each pair of nodes once, the lower first, none to itself."""
    low, high = np.minimum(tail, head), np.maximum(tail, head)
    real = low != high
    size = int(high.max(initial=0)) + 1
    both = np.unique(low[real] * size + high[real])
    return both // size, both % size


def _network(xy: Floats, tail: Ints, head: Ints, epsg: int) -> Network:
    n = len(xy)
    metres = np.hypot(*(xy[tail] - xy[head]).T)
    ways = np.concatenate([tail, head]), np.concatenate([head, tail])
    graph = csr_array((np.concatenate([metres, metres]), ways), shape=(n, n))
    count, label = connected_components(graph, directed=False) if n else (0, np.empty(0, dtype=np.int32))
    lengths = np.bincount(label[tail], weights=metres, minlength=count)
    order = np.argsort(-lengths, kind="stable")
    rank = np.empty(count, dtype=np.int32)
    rank[order] = np.arange(count)
    return Network(
        epsg=epsg,
        xy=xy,
        tail=tail.astype(np.int32),
        head=head.astype(np.int32),
        metres=metres,
        indptr=graph.indptr.astype(np.int32),
        indices=graph.indices.astype(np.int32),
        weights=np.asarray(graph.data, dtype=np.float64),
        piece=rank[label],
        piece_m=lengths[order].astype(np.float64),
    )
