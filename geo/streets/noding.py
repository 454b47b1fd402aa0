"""Where roads meet that do not share their corners: crossings, corners on other roads, ends just short of one.

Roads from OpenStreetMap meet only at corners that both have, so that a bridge does not meet the road below. Drawn roads
meet wherever their lines do. Nothing is moved: a gap within the tolerance is bridged by an edge of its own length, so
no walk becomes shorter than the straight line.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

# A corner drawn onto another road comes to lie beyond it, and crosses it, as often as just before it: by half a step of
# six decimals of a degree (0.06 m), and what a plane bends a line between two such corners.
CORNER_M = 0.15
TOUCH_M = 1e-6  # what lies this near is the same place: numbers of this size have some 10⁻⁹ m


@dataclass(frozen=True, eq=False)
class Pieces:
    """Straight pieces (m,) between places: ``tail`` and ``head`` are rows of ``xy`` (n, 2) metres.

    ``free``: (m,) the piece meets others wherever their lines do. ``ends``: rows of xy at which such a road ends.
    """

    xy: Floats
    tail: Ints
    head: Ints
    free: Flags
    ends: Ints


@dataclass(frozen=True, eq=False)
class _Splits:
    """Places on pieces: the piece, how far along (0-1), and the row of the place."""

    piece: Ints
    along: Floats
    place: Ints


def noded(pieces: Pieces, tolerance_m: float) -> Pieces:
    """The pieces split wherever they meet, and gaps bridged: of ends within ``tolerance_m``, of drawn corners
    within :data:`CORNER_M`; ``ends`` stay."""
    if not pieces.free.any():
        return pieces
    tree = shapely.STRtree(shapely.linestrings(pieces.xy[np.column_stack((pieces.tail, pieces.head))]))
    crossings, cross_xy = _crossings(pieces, tree)
    touching, near_xy, bridges = _touching(pieces, tree, tolerance_m, len(pieces.xy) + len(cross_xy))
    splits = _Splits(*(np.concatenate(pair) for pair in zip(_fields(crossings), _fields(touching), strict=True)))
    xy = np.concatenate([pieces.xy, cross_xy, near_xy])
    tail, head, of = _split(pieces, splits)
    return Pieces(
        xy,
        np.concatenate([tail, bridges[:, 0]]),
        np.concatenate([head, bridges[:, 1]]),
        np.concatenate([pieces.free[of], np.ones(len(bridges), dtype=bool)]),
        pieces.ends,
    )


def _fields(splits: _Splits) -> tuple[Ints, Floats, Ints]:
    return splits.piece, splits.along, splits.place


def _crossings(pieces: Pieces, tree: shapely.STRtree) -> tuple[_Splits, Floats]:
    """The places inside two pieces at once, new rows of xy, each on both pieces."""
    one, other = _pairs(pieces, tree)
    start, step = pieces.xy[pieces.tail], pieces.xy[pieces.head] - pieces.xy[pieces.tail]
    length = np.hypot(*step.T)
    across = _cross(step[one], step[other])
    apart = start[other] - start[one]
    with np.errstate(divide="ignore", invalid="ignore"):  # parallel pieces meet at corners, which are looked at apart
        along_one = _cross(apart, step[other]) / across
        along_other = _cross(apart, step[one]) / across
    inside = _inside(along_one, length[one]) & _inside(along_other, length[other])
    one, other, along_one, along_other = one[inside], other[inside], along_one[inside], along_other[inside]
    places = len(pieces.xy) + np.arange(len(one))
    splits = _Splits(
        np.concatenate([one, other]), np.concatenate([along_one, along_other]), np.concatenate([places, places])
    )
    return splits, start[one] + along_one[:, None] * step[one]


def _pairs(pieces: Pieces, tree: shapely.STRtree) -> tuple[Ints, Ints]:
    """Pieces whose boxes meet, at least one of each pair free, each pair once; not those that share a corner."""
    free = np.flatnonzero(pieces.free)
    asked, other = tree.query(tree.geometries[free])
    one = free[asked]
    wanted = (one < other) | (~pieces.free[other])
    one, other = one[wanted], other[wanted]
    ends = np.column_stack((pieces.tail, pieces.head))
    shared = (ends[one][:, :, None] == ends[other][:, None, :]).any(axis=(1, 2))
    return one[~shared], other[~shared]


def _cross(a: Floats, b: Floats) -> Floats:
    product: Floats = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    return product


def _inside(along: Floats, length: Floats) -> Flags:
    """Farther than a touch from both ends of the piece."""
    inside: Flags = (along * length > TOUCH_M) & ((1 - along) * length > TOUCH_M)
    return inside


def _touching(
    pieces: Pieces, tree: shapely.STRtree, tolerance_m: float, first: int
) -> tuple[_Splits, Floats, npt.NDArray[np.int64]]:
    """Corners on pieces that do not have them, drawn ones a hair before them, and ends near pieces.

    Returns:
        The places on the pieces; the xy of those that are new, whose rows begin at ``first``; bridges (k, 2) of rows.
    """
    corners = np.unique(np.concatenate([pieces.tail, pieces.head]))
    drawn = np.zeros(len(pieces.xy), dtype=bool)
    drawn[pieces.tail[pieces.free]] = drawn[pieces.head[pieces.free]] = True
    reach = np.where(drawn, max(min(tolerance_m, CORNER_M), TOUCH_M), TOUCH_M)
    reach[pieces.ends] = max(tolerance_m, TOUCH_M)
    asked, piece = tree.query(shapely.points(pieces.xy[corners]), predicate="dwithin", distance=reach[corners])
    corner = corners[asked]
    wanted = (corner != pieces.tail[piece]) & (corner != pieces.head[piece]) & (drawn[corner] | pieces.free[piece])
    corner, piece = corner[wanted], piece[wanted]
    start, step = pieces.xy[pieces.tail[piece]], pieces.xy[pieces.head[piece]] - pieces.xy[pieces.tail[piece]]
    length = np.hypot(*step.T)
    along = np.clip(((pieces.xy[corner] - start) * step).sum(axis=1) / length**2, 0, 1)
    nearest = start + along[:, None] * step
    at_tail, at_head = along * length <= TOUCH_M, (1 - along) * length <= TOUCH_M
    gap = np.hypot(*(pieces.xy[corner] - nearest).T)
    on = ~at_tail & ~at_head & (gap <= TOUCH_M)
    beside = ~at_tail & ~at_head & (gap > TOUCH_M)
    fresh = first + np.arange(np.count_nonzero(beside))
    foot = np.where(at_tail, pieces.tail[piece], pieces.head[piece])
    foot[beside] = fresh
    bridged = ~on
    splits = _Splits(
        np.concatenate([piece[on], piece[beside]]),
        np.concatenate([along[on], along[beside]]),
        np.concatenate([corner[on], fresh]),
    )
    return splits, nearest[beside], np.column_stack((corner[bridged], foot[bridged]))


def _split(pieces: Pieces, splits: _Splits) -> tuple[Ints, Ints, Ints]:
    """Tail, head and former piece of what the pieces fall into."""
    every = np.arange(len(pieces.tail))
    piece = np.concatenate([every, splits.piece, every])
    along = np.concatenate([np.zeros(len(every)), splits.along, np.ones(len(every))])
    place = np.concatenate([pieces.tail, splits.place, pieces.head])
    order = np.lexsort((place, along, piece))
    piece, place = piece[order], place[order]
    same = piece[:-1] == piece[1:]
    return place[:-1][same], place[1:][same], piece[:-1][same]
