"""Distances and counts on a regular grid: exact, equal to the last bit to Pythagoras for every pair.

Coordinates are metres in one plane. A grid's cells are asked at their centres, x0 + column · step, y0 + row · step;
results have one value for each wanted cell, row by row from the south, in each row from the west. Facilities may lie
anywhere, outside the grid and on top of each other too; those whose position is not finite are left out.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import numpy.typing as npt

from geo.coverage.kernels.threads import THREADS, Floats, Ints, kernel, plain, together

_LEAF_CELLS = 64  # a block this small is measured cell by cell against all that is left
_FEW = 4  # so is a block, however large, for which so few facilities are left
_NARROW = 16  # columns: a narrower block keeps the processor's lanes idle


@dataclass(frozen=True, eq=False)
class Grid:
    """A grid of ``step`` metres whose cell (0, 0), the south-western, has its centre at (x0, y0).

    ``wanted``: (ny, nx) bool, which cells are asked for.
    """

    x0: float
    y0: float
    step: float
    wanted: npt.NDArray[np.bool_]

    @property
    def frame(self) -> tuple[float, float, float]:
        """x0, y0 and step, floats even where whole numbers were given: kernels are compiled for floats."""
        return float(self.x0), float(self.y0), float(self.step)

    @cached_property
    def count(self) -> int:
        """How many cells are wanted: the length of every result."""
        return int(np.count_nonzero(self.wanted))

    @cached_property
    def slot(self) -> Ints:
        """(ny, nx) the place of each cell in a result, -1 where it is not wanted."""
        slot = np.full(self.wanted.shape, -1, dtype=np.int32)
        slot[self.wanted] = np.arange(self.count, dtype=np.int32)
        return slot

    @cached_property
    def below(self) -> Ints:
        """(ny + 1, nx + 1) how many wanted cells lie south and west of each corner."""
        rows, columns = self.wanted.shape
        below = np.zeros((rows + 1, columns + 1), dtype=np.int32)
        np.cumsum(np.cumsum(self.wanted, axis=0, dtype=np.int32), axis=1, dtype=np.int32, out=below[1:, 1:])
        return below

    @cached_property
    def centres(self) -> tuple[Floats, Floats]:
        """x and y of the wanted cells, in the order of every result."""
        row, column = (places.astype(np.float64) for places in np.nonzero(self.wanted))
        return self.x0 + column * self.step, self.y0 + row * self.step

    def bands(self, parts: int) -> list[tuple[int, int]]:
        """At most ``parts`` runs of rows, [low, high), with about as many wanted cells in each."""
        so_far = self.below[:, -1]
        cuts = np.searchsorted(so_far, np.linspace(0, self.count, parts + 1)[1:-1])
        edges = np.unique([0, *cuts.tolist(), len(self.wanted)]).tolist()
        return list(itertools.pairwise(edges))


@dataclass(frozen=True, eq=False)
class Nearest:
    """``metres`` (k, m) to the nearest facility of each of k kinds, inf where a kind has none; ``row`` (k, m) which one
    of the kind it is, the lower on a tie, -1 where there is none."""

    metres: Floats
    row: Ints


def nearest(grid: Grid, kinds: Sequence[npt.ArrayLike]) -> Nearest:
    """The nearest facility of each kind, points (n, 2), from each of the m wanted cells.

    Divide and conquer: a block of cells hands on to its two halves only those facilities that some place in the block
    may be nearest to. With p the facility nearest to the block's middle c, that is each g for which
    |g − c|² − |p − c|² ≤ |gx − px| · width + |gy − py| · height: the difference of two squared distances is linear, so
    it is at its least in a corner. Time grows with the wanted cells, not with cells × facilities.
    """
    metres = np.full((len(kinds), grid.count), np.inf)
    row = np.full((len(kinds), grid.count), -1, dtype=np.int32)
    jobs = []
    for kind, points in enumerate(kinds):
        places, x, y = _finite(points)
        if not len(x):
            continue
        for low, high in grid.bands(_parts(len(kinds))):
            where = (*grid.frame, grid.slot, grid.below, low, high)
            jobs.append(partial(_nearest, *where, places, x, y, metres[kind], row[kind]))
    together(jobs)
    return Nearest(metres, row)


def count_within(grid: Grid, kinds: Sequence[npt.ArrayLike], radius_m: float) -> Ints:
    """How many facilities of each kind, points (n, 2), lie within ``radius_m`` (inclusive) of each wanted cell: (k, m).

    A facility adds 1 where its circle enters a row of the grid and takes it away where it leaves; one sum along the row
    then counts. A cell is within exactly where :func:`nearest` says a distance of at most ``radius_m``.
    """
    counts = np.zeros((len(kinds), grid.count), dtype=np.int32)
    jobs = []
    for kind, points in enumerate(kinds):
        _, x, y = _finite(points)
        x, y = _near(grid, x, y, radius_m)
        for low, high in grid.bands(_parts(len(kinds))):
            where = (*grid.frame, grid.slot, low, high)
            jobs.append(partial(_count, *where, x, y, float(radius_m), largest_square(radius_m), counts[kind]))
    together(jobs)
    return counts


@dataclass(frozen=True, eq=False)
class Pairs:
    """What lies within a radius of each of n facilities: those of facility j at places start[j] to start[j + 1].

    ``other`` (p,) is a wanted cell, or whatever else is reached; ``metres`` (p,) how far it is.
    """

    start: npt.NDArray[np.int64]
    other: Ints
    metres: Floats


def pairs_within(grid: Grid, points: npt.ArrayLike, radius_m: float) -> Pairs:
    """The wanted cells within ``radius_m`` (inclusive) of each of ``points`` (n, 2); a point that is nowhere has none."""
    xy = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    x, y = (plain(np.where(np.isfinite(xy).all(axis=1), of, np.inf), np.float64) for of in xy.T)
    where = (*grid.frame, grid.slot, x, y, float(radius_m), largest_square(radius_m))
    start = np.zeros(len(x) + 1, np.int64)
    _pairs(*where, start[1:], np.empty(0, np.int32), np.empty(0))
    np.cumsum(start, out=start)
    other, metres = np.empty(start[-1], np.int32), np.empty(start[-1])
    _pairs(*where, start[:-1].copy(), other, metres)
    return Pairs(start, other, metres)


def largest_square(radius_m: float) -> float:
    """The largest number whose square root is at most ``radius_m``: rounding makes it now and then not its square.

    Raises:
        ValueError: the radius is below 0, or no number.
    """
    if not radius_m >= 0:
        raise ValueError(f"a radius of {radius_m} m")
    square = float(radius_m) * radius_m
    while math.sqrt(square) > radius_m:
        square = math.nextafter(square, 0.0)
    while math.isfinite(square) and math.sqrt(math.nextafter(square, math.inf)) <= radius_m:
        square = math.nextafter(square, math.inf)
    return square


def _parts(kinds: int) -> int:
    """How many bands each kind is cut into, so that every thread has work and the last does not wait long."""
    return max(1, 2 * THREADS // max(1, kinds))


def _finite(points: npt.ArrayLike) -> tuple[npt.NDArray[np.int64], Floats, Floats]:
    """Rows, x and y of the points (n, 2) that are somewhere."""
    xy = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    rows = np.flatnonzero(np.isfinite(xy).all(axis=1))
    return rows, plain(xy[rows, 0], np.float64), plain(xy[rows, 1], np.float64)


def _near(grid: Grid, x: Floats, y: Floats, radius_m: float) -> tuple[Floats, Floats]:
    """The points whose circle can touch the grid."""
    rows, columns = grid.wanted.shape
    near = (x >= grid.x0 - radius_m) & (x <= grid.x0 + columns * grid.step + radius_m)
    near &= (y >= grid.y0 - radius_m) & (y <= grid.y0 + rows * grid.step + radius_m)
    return x[near], y[near]


@kernel
def _nearest(x0, y0, step, slot, below, low, high, places, fx, fy, metres, row):  # type: ignore[no-untyped-def]
    """Rows [low, high) of the grid. ``x``, ``y``, ``id`` are a stack of lists: a block's list lies on its parent's."""
    nx, n = slot.shape[1], len(fx)
    across = x0 + np.arange(nx) * step
    best, who = np.empty(nx), np.empty(nx, np.int64)
    x, y, id, far = _longer(fx, 4 * n + 64), _longer(fy, 4 * n + 64), _longer(places, 4 * n + 64), np.empty(n)
    blocks = np.empty((128, 6), np.int64)
    _put(blocks[0], 0, nx, low, high, 0, n)
    depth = 1
    while depth:
        depth -= 1
        block = blocks[depth]
        west, east, south, north, begin, end = block[0], block[1], block[2], block[3], block[4], block[5]
        if below[north, east] - below[south, east] - below[north, west] + below[south, west] == 0:
            continue
        if 2 * end - begin > len(x):
            room = 2 * len(x)
            x, y, id = _longer(x, room), _longer(y, room), _longer(id, room)
        width, height = east - west, north - south
        mx, my = x0 + (west + east - 1) * 0.5 * step, y0 + (south + north - 1) * 0.5 * step
        wide, tall = (width - 1) * step, (height - 1) * step
        count = _kept(x[begin:end], y[begin:end], id[begin:end], far, mx, my, wide, tall, x[end:], y[end:], id[end:])
        top = end + count
        if count <= _FEW or width * height <= _LEAF_CELLS:
            slots = slot[south:north, west:east]
            _measure(
                across[west:east], y0, step, south, slots, x[end:top], y[end:top], id[end:top], best, who, metres, row
            )
        elif width >= height and width > _NARROW:
            middle = west + (width // 2 + 7) // 8 * 8
            _put(blocks[depth], west, middle, south, north, end, top)
            _put(blocks[depth + 1], middle, east, south, north, end, top)
            depth += 2
        else:
            middle = (south + north) // 2
            _put(blocks[depth], west, east, south, middle, end, top)
            _put(blocks[depth + 1], west, east, middle, north, end, top)
            depth += 2


@kernel
def _longer(values, length):  # type: ignore[no-untyped-def]
    longer = np.empty(length, values.dtype)
    for i in range(len(values)):
        longer[i] = values[i]
    return longer


@kernel
def _put(block, west, east, south, north, begin, end):  # type: ignore[no-untyped-def]
    """Columns and rows of a block, and where its parent's list lies."""
    block[0], block[1], block[2], block[3], block[4], block[5] = west, east, south, north, begin, end


@kernel
def _kept(x, y, id, far, mx, my, width, height, out_x, out_y, out_id):  # type: ignore[no-untyped-def]
    """Copies what a block of this middle and size may be nearest to, in the same order; returns how many.

    The margin is far above what rounding can do and costs a facility too many, never one too few.
    """
    n = len(x)
    for k in range(n):
        dx, dy = x[k] - mx, y[k] - my
        far[k] = dx * dx + dy * dy
    least = far[0]
    for k in range(1, n):
        least = min(least, far[k])
    p = 0
    while far[p] != least:
        p += 1
    px, py = x[p], y[p]
    count = np.uint64(0)
    for k in range(n):
        out_x[count], out_y[count], out_id[count] = x[k], y[k], id[k]  # no branch: it would be guessed wrong too often
        reach = abs(x[k] - px) * width + abs(y[k] - py) * height
        twin = x[k] == px and y[k] == py and k != p
        count += np.uint64((far[k] * (1 - 1e-9) <= least + reach * (1 + 1e-9)) & (not twin))
    return np.int64(count)


@kernel
def _measure(across, y0, step, south, slots, x, y, id, best, who, metres, row):  # type: ignore[no-untyped-def]
    """Every cell of a block against every facility that is left; ``best`` and ``who`` have room for one line of it."""
    n = len(across)
    for line in range(len(slots)):
        for i in range(n):
            best[i] = np.inf
        for k in range(len(x)):
            dy = y0 + (south + line) * step - y[k]
            dy2, at, one = dy * dy, x[k], id[k]
            for i in range(n):
                dx = across[i] - at
                square = dx * dx + dy2
                less = square < best[i]
                who[i] = one if less else who[i]
                best[i] = square if less else best[i]
        first = slots[line, 0]
        if first >= 0 and slots[line, n - 1] == first + n - 1:  # all are wanted and lie side by side
            for i in range(n):
                metres[first + i] = np.sqrt(best[i])
                row[first + i] = who[i]
        else:
            for i in range(n):
                if slots[line, i] >= 0:
                    metres[slots[line, i]] = np.sqrt(best[i])
                    row[slots[line, i]] = who[i]


@kernel
def _count(x0, y0, step, slot, low, high, fx, fy, radius, square, counts):  # type: ignore[no-untyped-def]
    """Rows [low, high) of the grid; ``square`` is what a squared distance may be at most."""
    nx = slot.shape[1]
    change = np.zeros((high - low, nx + 1), np.int32)
    for k in range(len(fx)):
        south = max(np.floor((fy[k] - radius - y0) / step), float(low))
        north = min(np.ceil((fy[k] + radius - y0) / step), high - 1.0)
        for line in range(int(south), int(north) + 1):
            dy = y0 + line * step - fy[k]
            if dy * dy > square:
                continue
            half = np.sqrt(square - dy * dy)
            # One cell too far on each side, then inwards: division rounds, the comparison below decides.
            west = int(max(np.ceil((fx[k] - half - x0) / step) - 1, 0.0))
            east = int(min(np.floor((fx[k] + half - x0) / step) + 1, nx - 1.0))
            while west <= east and (x0 + west * step - fx[k]) ** 2 + dy * dy > square:
                west += 1
            while west <= east and (x0 + east * step - fx[k]) ** 2 + dy * dy > square:
                east -= 1
            if west <= east:
                change[line - low, west] += 1
                change[line - low, east + 1] -= 1
    for line in range(low, high):
        running = 0
        for i in range(nx):
            running += change[line - low, i]
            if slot[line, i] >= 0:
                counts[slot[line, i]] = running


@kernel
def _pairs(x0, y0, step, slot, fx, fy, radius, square, place, other, metres):  # type: ignore[no-untyped-def]
    """The cells of each facility, written from its ``place`` on; without room it only counts. Both move ``place`` on."""
    rows, columns = slot.shape
    for k in range(len(fx)):
        south = max(np.floor((fy[k] - radius - y0) / step), 0.0)
        north = min(np.ceil((fy[k] + radius - y0) / step), rows - 1.0)
        west = max(np.floor((fx[k] - radius - x0) / step), 0.0)
        east = min(np.ceil((fx[k] + radius - x0) / step), columns - 1.0)
        if north < south or east < west:
            continue
        for line in range(int(south), int(north) + 1):
            dy = y0 + line * step - fy[k]
            for i in range(int(west), int(east) + 1):
                dx = x0 + i * step - fx[k]
                if slot[line, i] >= 0 and dx * dx + dy * dy <= square:
                    if place[k] < len(other):
                        other[place[k]] = slot[line, i]
                        metres[place[k]] = np.sqrt(dx * dx + dy * dy)
                    place[k] += 1
