"""How often an outline crosses itself, told before it is mended: what mending costs grows with the crossings, and they
with the square of the vertices, so that a scribble of 20,000 would take an hour."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

# ``shapely.make_valid`` takes 40 to 110 µs a crossing (GEOS 3.13, measured on scribbles of 300 to 1,200 vertices).
MOST_OF_A_SHAPE = 20_000
MOST_OF_A_FILE = 200_000
_MOST_PAIRS = 10_000_000  # of segments near each other that are looked at in a file, at less than 1 µs
_MOST_SEGMENTS = 1_000_000  # of a shape: each is an object of its own while it is looked at
_FIRST, _AT_A_TIME = 16, 200_000  # segments looked at first, and pairs thereafter

_Floats = npt.NDArray[np.float64]


@dataclass
class Budget:
    """How much mending a file is worth; it grows less with every shape."""

    crossings: int = MOST_OF_A_FILE
    pairs: int = _MOST_PAIRS

    def affords(self, crossings: float) -> bool:
        """Whether a shape of so many crossings may be mended; if so they are spent."""
        if crossings > min(MOST_OF_A_SHAPE, self.crossings):
            return False
        self.crossings -= math.ceil(crossings)
        return True

    def count(self, shape: Any) -> float:
        """How many crossings the rings of a shape have, with themselves and each other: exactly where it may be mended,
        beyond that about; infinite where it takes too long to tell."""
        ends = _segments(shape)
        if len(ends) > _MOST_SEGMENTS:
            return math.inf
        lines = shapely.linestrings(ends)
        tree, order = shapely.STRtree(lines), np.random.default_rng(0).permutation(len(ends))
        done = twice = 0  # a crossing is met from either of its segments
        step = _FIRST
        while done < len(ends) and twice <= 2 * MOST_OF_A_SHAPE:
            if self.pairs <= 0:
                return math.inf
            at = order[done : done + step]
            mine, theirs = tree.query(lines[at])
            twice += _crossing(ends[at[mine]], ends[theirs])
            self.pairs -= len(mine)
            done += len(at)
            step = min(4 * step, max(1, _AT_A_TIME * len(at) // max(1, len(mine))))
        return float(twice / 2 * len(ends) / max(done, 1))


def _segments(shape: Any) -> _Floats:
    """The pieces of all rings from vertex to vertex, (n, 2, 2)."""
    xy, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(shape)), return_index=True)
    pieces: _Floats = np.stack((xy[:-1], xy[1:]), axis=1)
    there: _Floats = pieces[(ring[:-1] == ring[1:]) & (xy[:-1] != xy[1:]).any(axis=1)]
    return there


def _crossing(some: _Floats, others: _Floats) -> int:
    """How many of the pairs of segments (n, 2, 2), whose boxes meet, meet elsewhere than in a vertex of both."""
    a, b, c, d = some[:, 0], some[:, 1], others[:, 0], others[:, 1]
    meet = (_side(a, b, c) * _side(a, b, d) <= 0) & (_side(c, d, a) * _side(c, d, b) <= 0)
    joined = np.logical_or.reduce([(one == other).all(axis=1) for one in (a, b) for other in (c, d)])
    return int((meet & ~joined).sum())


def _side(start: _Floats, end: _Floats, at: _Floats) -> _Floats:
    """On which side of the lines from ``start`` to ``end`` the places lie: 1 left, -1 right, 0 on it."""
    (x, y), (to_x, to_y) = (end - start).T, (at - start).T
    sides: _Floats = np.sign(x * to_y - y * to_x)
    return sides
