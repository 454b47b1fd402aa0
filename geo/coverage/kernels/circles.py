"""The union of equal circles, drawn as polygons of so many corners: in a small part of the time of a union of any polygons.

All circles are the same convex polygon P, moved. Two of them cross in at most two points, and what one covers of the
other's edge is one piece. So each edge is cut by its neighbours one at a time, what is left of it are arcs, and an arc
that ends where it enters a neighbour goes on in that neighbour's arc that begins there.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geo.coverage.kernels.threads import Floats, Ints, kernel, plain

_NEAR = 5  # corners to each side in which a crossing is looked for: a round circle crosses less than one corner away
_CROWD = 30  # circles that meet one of them, on average: with more, GEOS is the faster
_NONE = -1e9  # no place on an edge
_TWINS = 1e-6  # of the radius: centres nearer than this cross at places that rounding decides


def union(points: npt.ArrayLike, radius_m: float, corners: int) -> npt.NDArray[np.object_] | None:
    """Polygons that make up the union of the circles around ``points`` (n, 2): each a polygon with ``corners``, the
    first due east, as GEOS draws them. ``corners`` is a multiple of 4, at least 32.

    None where a general union is to be asked: the circles crowd so that most of them lie inside others, or three edges
    meet so closely in one place that rounding decides which comes first.
    """
    centre = plain(np.unique(np.asarray(points, dtype=np.float64).reshape(-1, 2), axis=0), np.float64)
    n = len(centre)
    tree = cKDTree(centre)
    if tree.count_neighbors(tree, 2 * radius_m) > _CROWD * n:
        return None
    pairs = tree.query_pairs(2 * radius_m, output_type="ndarray") if n else np.empty((0, 2), np.int64)
    of, other = np.concatenate((pairs, pairs[:, ::-1])).astype(np.int64).T
    by_circle = np.argsort(of, kind="stable")
    of, other = of[by_circle], plain(other[by_circle], np.int32)
    start = np.searchsorted(of, np.arange(n + 1))
    angle = np.arange(corners) * (2 * np.pi / corners)
    ring = np.column_stack((np.cos(angle), np.sin(angle))) * radius_m
    apart = np.hypot(*(centre[of] - centre[other]).T)
    if (apart < radius_m * _TWINS).any():
        return None
    enter, leave = np.empty(len(other)), np.empty(len(other))
    _cross(centre, plain(start, np.int64), other, ring, enter, leave)
    arcs = np.empty((len(other), 4), np.int32), np.empty((len(other), 2))  # circle, entered from, left into; from, to
    order = np.lexsort((enter, of))
    count = _uncovered(plain(start, np.int64), other, order, enter, leave, float(corners), *arcs)
    ends, places = arcs[0][:count], arcs[1][:count]
    met = np.flatnonzero(enter >= 0)
    following = _following(ends, n)
    if following is None:
        return None
    part = connected_components(csr_array((np.ones(len(met)), (of[met], other[met])), shape=(n, n)), directed=False)[1]
    alone = np.flatnonzero(np.bincount(of[met], minlength=n) == 0)
    return _polygons(centre, ring, part, alone, ends, places, following)


def _following(ends: Ints, n: int) -> npt.NDArray[np.int64] | None:
    """(arcs,) which arc each goes on in; None where that is not one and one only."""
    begins = ends[:, 0].astype(np.int64) * n + ends[:, 1]
    goes_on = ends[:, 2].astype(np.int64) * n + ends[:, 0]
    order = np.argsort(begins)
    place = np.searchsorted(begins[order], goes_on)
    if not np.array_equal(np.sort(goes_on), begins[order]) or (np.diff(begins[order]) == 0).any():
        return None
    following: npt.NDArray[np.int64] = order[place]
    return following


def _polygons(
    centre: Floats,
    corners: Floats,
    part: Ints,
    alone: npt.NDArray[np.int64],
    ends: Ints,
    places: Floats,
    following: npt.NDArray[np.int64],
) -> npt.NDArray[np.object_] | None:
    """Rings put together: one outer ring for each part that hangs together, and its holes."""
    room = int(np.ceil(places[:, 1] - places[:, 0]).sum()) + 3 * len(ends)
    xy, ring_end, ring_of, turn = (
        np.empty((room, 2)),
        *(np.empty(len(ends), np.int64) for _ in range(2)),
        np.empty(len(ends)),
    )
    count = _walk(
        centre, corners, plain(ends, np.int32), plain(places, np.float64), following, xy, ring_end, ring_of, turn
    )
    ring_end, member, turn = ring_end[:count], part[ring_of[:count]], turn[:count]
    lengths = np.diff(ring_end, prepend=0)
    circle = np.concatenate((corners, corners[:1]))
    xy = np.concatenate((xy[: ring_end[-1] if count else 0], (centre[alone][:, None] + circle[None]).reshape(-1, 2)))
    lengths = np.concatenate((lengths, np.full(len(alone), len(circle))))
    member = np.concatenate((member, part[alone]))
    turn = np.concatenate((turn, np.ones(len(alone))))
    outer = np.bincount(member[turn > 0], minlength=part.max(initial=-1) + 1)
    if not (outer == 1).all():
        return None
    order = np.lexsort((turn < 0, member))  # the outer ring first
    begin = np.cumsum(lengths) - lengths
    take = np.repeat(begin[order] - (np.cumsum(lengths[order]) - lengths[order]), lengths[order])
    rings = np.concatenate(([0], np.cumsum(lengths[order])))
    polygons = np.concatenate(([0], np.cumsum(np.bincount(member, minlength=len(outer)))))
    found: npt.NDArray[np.object_] = shapely.from_ragged_array(
        shapely.GeometryType.POLYGON, xy[take + np.arange(len(take))], (rings, polygons)
    )
    return found


@kernel
def _cross(centre, start, other, ring, enter, leave):  # type: ignore[no-untyped-def]
    """Where on its edge, in corners, each circle enters and leaves each neighbour; _NONE where they do not overlap.

    ``enter`` is from 0 to the number of corners, ``leave`` larger than it.
    """
    corners = len(ring)
    step = 2 * np.pi / corners
    radius = ring[0, 0]
    normal = np.empty((corners, 2))
    for k in range(corners):
        normal[k, 0], normal[k, 1] = np.cos((k + 0.5) * step), np.sin((k + 0.5) * step)
    height = radius * np.cos(step / 2)
    for i in range(len(start) - 1):
        for pair in range(start[i], start[i + 1]):
            dx, dy = centre[other[pair], 0] - centre[i, 0], centre[other[pair], 1] - centre[i, 1]
            towards = np.arctan2(dy, dx)
            half = np.arccos(min(np.sqrt(dx * dx + dy * dy) / (2 * radius), 1.0))
            enter[pair], leave[pair] = _NONE, _NONE
            for side in (-1, 1):
                corner = int(np.floor((towards + side * half) / step))
                facing = int(np.floor((towards + np.pi - side * half) / step))
                place = _crossing(ring, normal, height, dx, dy, corner, facing, side)
                if side < 0:
                    enter[pair] = place
                else:
                    leave[pair] = place
            if leave[pair] == _NONE or enter[pair] == _NONE:
                enter[pair], leave[pair] = _NONE, _NONE
                continue
            turns = np.floor(enter[pair] / corners) * corners
            enter[pair] -= turns
            leave[pair] -= turns
            while leave[pair] < enter[pair]:
                leave[pair] += corners


@kernel
def _crossing(ring, normal, height, dx, dy, corner, facing, side):  # type: ignore[no-untyped-def]
    """Near ``corner`` the place where the edge, followed to this ``side``, leaves the polygon moved by (dx, dy), whose
    edges about ``facing`` are the ones in question; _NONE where no corner lies in it."""
    corners = len(ring)
    for near in range(-side * _NEAR, side * (_NEAR + 1), side):
        here, there = (corner + near) % corners, (corner + near + side) % corners
        x, y = ring[here, 0] - dx, ring[here, 1] - dy
        along_x, along_y = ring[there, 0] - ring[here, 0], ring[there, 1] - ring[here, 1]
        out, leaves = -np.inf, np.inf
        for edge in range(facing - 2 * _NEAR, facing + 2 * _NEAR + 1):
            nx, ny = normal[edge % corners, 0], normal[edge % corners, 1]
            beyond = nx * x + ny * y - height
            speed = nx * along_x + ny * along_y
            out = max(out, beyond)
            if speed > 0:
                leaves = min(leaves, -beyond / speed)
        if out < 0 and leaves <= 1:
            return corner + near + side * leaves
    return _NONE


@kernel
def _uncovered(start, other, order, enter, leave, corners, ends, places):  # type: ignore[no-untyped-def]
    """The arcs of each circle that no neighbour covers; returns how many. ``order``: each circle's neighbours as they are
    entered. A circle without neighbours has no arcs here."""
    count = 0
    for i in range(len(start) - 1):
        reach, owner = _NONE, -1
        for pair in range(start[i], start[i + 1]):
            if enter[pair] >= 0 and leave[pair] - corners > reach:
                reach, owner = leave[pair] - corners, other[pair]
        for k in range(start[i], start[i + 1]):
            pair = order[k]
            if enter[pair] < 0:
                continue
            if enter[pair] > reach:
                ends[count, 0], ends[count, 1], ends[count, 2] = i, owner, other[pair]
                places[count, 0], places[count, 1] = reach, enter[pair]
                count += 1
            if leave[pair] > reach:
                reach, owner = leave[pair], other[pair]
    return count


@kernel
def _walk(centre, corners, ends, places, following, xy, ring_end, ring_of, turn):  # type: ignore[no-untyped-def]
    """Writes the corners of every ring, closed; its end, one circle of it, and twice its area; returns how many rings."""
    done = np.zeros(len(ends), np.bool_)
    count, at = 0, 0
    for first in range(len(ends)):
        if done[first]:
            continue
        begin, arc = at, first
        while not done[arc]:
            done[arc] = True
            circle, place = ends[arc, 0], places[arc, 0]
            while place < places[arc, 1]:
                low = int(np.floor(place))
                a, b, part = low % len(corners), (low + 1) % len(corners), place - low
                xy[at, 0] = centre[circle, 0] + corners[a, 0] + (corners[b, 0] - corners[a, 0]) * part
                xy[at, 1] = centre[circle, 1] + corners[a, 1] + (corners[b, 1] - corners[a, 1]) * part
                at += 1
                place = low + 1.0
            arc = following[arc]
        xy[at] = xy[begin]
        at += 1
        area = 0.0
        for k in range(begin + 1, at):
            area += (xy[k - 1, 0] - xy[begin, 0]) * (xy[k, 1] - xy[begin, 1])
            area -= (xy[k, 0] - xy[begin, 0]) * (xy[k - 1, 1] - xy[begin, 1])
        ring_end[count], ring_of[count], turn[count] = at, ends[first, 0], area
        count += 1
    return count
