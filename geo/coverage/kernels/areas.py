"""How much of areas is what: exactly by cell of a grid, and along scan lines within reach of facilities. All in metres."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.coverage.kernels.grid import largest_square
from geo.coverage.kernels.threads import THREADS, Floats, Ints, kernel, plain, together

SCAN_M = 25.0  # between two scan lines
_DUST = 1e-9  # of a cell: what rounding leaves where there is nothing


@dataclass(frozen=True, eq=False)
class Window:
    """``area_m2`` (rows, columns) of one polygon in each cell of a part of a grid that begins at (row, column)."""

    row: int
    column: int
    area_m2: Floats


def cell_areas(polygon: Any, west: float, south: float, step: float, shape: tuple[int, int]) -> Window:
    """How much of ``polygon`` lies in each cell of the grid of ``shape`` (ny, nx) whose corner is (west, south).

    Exact but for rounding: each edge adds what lies east of it, signed by its way north or south, and one sum along each
    row closes it, as renderers of fonts do (R. Levien, font-rs, 2016). Time grows with edges and cells, not their product.
    """
    empty = Window(0, 0, np.zeros((0, 0)))
    if polygon is None or not np.isfinite(shapely.bounds(polygon)).all():  # nan where there is nothing
        return empty
    x, y, ends = _edges(polygon)
    low_x, low_y, high_x, high_y = (shapely.bounds(polygon) - np.array([west, south, west, south])) / step
    column, row = max(0, int(np.floor(low_x))), max(0, int(np.floor(low_y)))
    columns, rows = min(shape[1], int(np.ceil(high_x))) - column, min(shape[0], int(np.ceil(high_y))) - row
    if columns <= 0 or rows <= 0:
        return empty
    share = np.zeros((rows, columns + 2))
    _accumulate((x - west) / step - column, (y - south) / step - row, ends, share)
    part = np.cumsum(share, axis=1)[:, :columns]
    part[part < _DUST] = 0.0
    return Window(row, column, np.minimum(part, 1.0) * step * step)


@dataclass(frozen=True, eq=False)
class Spans:
    """Areas cut by scan lines: line i, at height y0 + i · step, crosses them from ``west`` to ``east`` at places
    start[i] to start[i + 1], ``code`` being the area. Areas may overlap."""

    y0: float
    step: float
    start: npt.NDArray[np.int64]
    west: Floats
    east: Floats
    code: Ints
    area_m2: Floats  # (areas,) by the same lines

    def only(self, codes: npt.NDArray[np.bool_]) -> Spans:
        """The same without the spans of areas that are False in ``codes`` (areas,)."""
        kept = codes[self.code]
        start = np.concatenate(([0], np.cumsum(kept)))[self.start]
        return Spans(self.y0, self.step, start, self.west[kept], self.east[kept], self.code[kept], self.area_m2)


def spans(areas: Sequence[Any], step: float = SCAN_M) -> Spans:
    """Cuts polygons of a metric CRS by scan lines ``step`` metres apart."""
    shapes = np.array([shapely.Polygon() if area is None else area for area in areas], dtype=object)
    _, south, _, north = shapely.total_bounds(shapes) if len(shapes) else (np.nan,) * 4
    if not np.isfinite(south):
        none = np.empty(0)
        return Spans(0.0, step, np.zeros(1, np.int64), none, none, np.empty(0, np.int32), np.zeros(len(shapes)))
    lines = int(np.ceil((north - south) / step))
    y0 = south + step / 2
    cut = [_crossings(*_edges(shape), float(y0), float(step), lines) for shape in shapes]
    code = np.repeat(np.arange(len(cut), dtype=np.int32), [len(rows) // 2 for rows, _ in cut])
    line, west, east = (np.concatenate(part) for part in zip(*(_pairs(*one) for one in cut), strict=True))
    order = np.lexsort((west, line))
    start = np.searchsorted(line[order], np.arange(lines + 1))
    area: Floats = np.bincount(code, (east - west) * step, minlength=len(shapes)).astype(np.float64)
    return Spans(y0, step, start, west[order], east[order], code[order], area)


def covered_m2(cut: Spans, points: npt.ArrayLike, radius_m: npt.ArrayLike) -> Floats:
    """Square metres of each area within ``radius_m`` of any of ``points`` (n, 2); one radius for all, or (areas,).

    Exact along each scan line, by the midpoint rule across them: against circles without corners.
    """
    radii = np.broadcast_to(np.asarray(radius_m, dtype=np.float64), cut.area_m2.shape)
    xy = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    xy = xy[np.isfinite(xy).all(axis=1)]
    xy = xy[np.argsort(xy[:, 0], kind="stable")]  # so that the chords of a line come nearly in order
    covered = np.zeros(len(radii))
    for radius in np.unique(radii):
        mine = radii == radius
        part = cut if mine.all() else cut.only(mine)
        covered += _covered_by(part, plain(xy[:, 0], np.float64), plain(xy[:, 1], np.float64), float(radius))
    return np.minimum(covered, cut.area_m2)


def _covered_by(cut: Spans, x: Floats, y: Floats, radius: float) -> Floats:
    lines = len(cut.start) - 1
    edges = np.linspace(0, lines, 2 * THREADS + 1).astype(int).tolist()
    covered = np.zeros((2 * THREADS, len(cut.area_m2)))
    tables = plain(cut.start, np.int64), plain(cut.west, np.float64), plain(cut.east, np.float64)
    where = (float(cut.y0), float(cut.step), *tables, plain(cut.code, np.int32))
    bands = enumerate(itertools.pairwise(edges))
    together(
        partial(_scan, *where, low, high, x, y, radius, largest_square(radius), covered[band])
        for band, (low, high) in bands
    )
    total: Floats = covered.sum(axis=0) * cut.step
    return total


def _edges(polygon: Any) -> tuple[Floats, Floats, npt.NDArray[np.int64]]:
    """x and y of all rings one after another, outer rings clockwise, holes the other way; and where each ring ends."""
    rings = shapely.get_rings(shapely.get_parts(shapely.orient_polygons(polygon, exterior_cw=True)))
    xy = shapely.get_coordinates(rings)
    ends = np.cumsum(shapely.get_num_coordinates(rings)).astype(np.int64)
    return plain(xy[:, 0], np.float64), plain(xy[:, 1], np.float64), plain(ends, np.int64)


def _crossings(
    x: Floats, y: Floats, ends: npt.NDArray[np.int64], y0: float, step: float, lines: int
) -> tuple[Ints, Floats]:
    """Line and x of every crossing of the rings with scan lines."""
    count = _cross(x, y, ends, y0, step, lines, np.empty(0, np.int32), np.empty(0))
    line, at = np.empty(count, np.int32), np.empty(count)
    _cross(x, y, ends, y0, step, lines, line, at)
    return line, at


def _pairs(line: Ints, at: Floats) -> tuple[Ints, Floats, Floats]:
    """Line, west and east of each span: a line enters an area at every other crossing."""
    order = np.lexsort((at, line))
    return line[order][::2], at[order][::2], at[order][1::2]


@kernel
def _cross(x, y, ends, y0, step, lines, line, at):  # type: ignore[no-untyped-def]
    """Counts the crossings, and writes them where there is room. A line through a corner takes it as just north of it."""
    count = 0
    begin = 0
    for end in ends:
        for k in range(begin, end - 1):
            south, north = min(y[k], y[k + 1]), max(y[k], y[k + 1])
            low = max(np.ceil((south - y0) / step) - 1, 0.0)
            high = min(np.floor((north - y0) / step) + 1, lines - 1.0)
            for i in range(int(low), int(high) + 1):
                height = y0 + i * step
                if south <= height < north:
                    if count < len(line):
                        line[count] = i
                        at[count] = x[k] + (height - y[k]) / (y[k + 1] - y[k]) * (x[k + 1] - x[k])
                    count += 1
        begin = end
    return count


@kernel
def _accumulate(u, v, ends, share):  # type: ignore[no-untyped-def]
    """Adds, in cells, what lies east of each edge to ``share`` (rows, columns + 2), as differences along the row."""
    rows, columns = share.shape[0], share.shape[1] - 2
    begin = 0
    for end in ends:
        for k in range(begin, end - 1):
            u1, v1, u2, v2 = u[k], v[k], u[k + 1], v[k + 1]
            sign = 1.0
            if v1 > v2:
                u1, v1, u2, v2, sign = u2, v2, u1, v1, -1.0
            for row in range(
                int(max(min(np.floor(v1), float(rows)), 0.0)), int(max(min(np.ceil(v2), float(rows)), 0.0))
            ):
                low, high = max(v1, float(row)), min(v2, row + 1.0)
                if high > low:
                    # Parts of the edge, 0 to 1, and no slope, which may have no number.
                    begun, done = (low - v1) / (v2 - v1), (high - v1) / (v2 - v1)
                    from_u, to_u = u1 + begun * (u2 - u1), u1 + done * (u2 - u1)
                    _slice(share[row], from_u, to_u, sign * (high - low), columns)
        begin = end


@kernel
def _slice(share, from_u, to_u, rise, columns):  # type: ignore[no-untyped-def]
    """One edge within one row, rising by ``rise`` (signed): shared out among the columns that it crosses."""
    west, east = min(from_u, to_u), max(from_u, to_u)
    length = east - west
    first, last = max(min(np.floor(west), columns + 1.0), -1.0), max(min(np.floor(east), float(columns)), -1.0)
    for column in range(int(first), int(last) + 1):  # all that is farther west counts as column -1
        low, high = max(west, float(column)), min(east, column + 1.0)
        if column == -1:
            low = west
        part = rise if length == 0.0 else rise * ((high - low) / length)
        middle = 0.0 if column == -1 else (low + high) / 2 - column
        share[max(column, 0)] += part * (1.0 - middle)
        share[max(column, 0) + 1] += part * middle


@kernel
def _scan(y0, step, start, west, east, code, low, high, x, y, radius, square, covered):  # type: ignore[no-untyped-def]
    """Adds the covered length of lines [low, high) to ``covered`` (areas,)."""
    begin = np.zeros(high - low + 1, np.int64)
    none = np.empty(0)
    _chords(y0, step, low, high, x, y, radius, square, begin, none, none)
    total = 0
    for i in range(len(begin)):  # from how many chords each line has to where they begin
        begin[i], total = total, total + begin[i]
    chord_west, chord_east = np.empty(total), np.empty(total)
    _chords(y0, step, low, high, x, y, radius, square, begin, chord_west, chord_east)
    first = 0
    for i in range(low, high):
        to, at = chord_east[first : begin[i - low]], chord_west[first : begin[i - low]]
        first = begin[i - low]
        count = _merged(at, to)
        for span in range(start[i], start[i + 1]):
            for k in range(np.searchsorted(to[:count], west[span]), count):
                if at[k] >= east[span]:
                    break
                covered[code[span]] += min(to[k], east[span]) - max(at[k], west[span])


@kernel
def _chords(y0, step, low, high, x, y, radius, square, place, west, east):  # type: ignore[no-untyped-def]
    """Where circles cross each line, written at ``place``; without room it only counts. Both move ``place`` on."""
    for k in range(len(x)):
        south = max(np.ceil((y[k] - radius - y0) / step), float(low))
        north = min(np.floor((y[k] + radius - y0) / step), high - 1.0)
        if south > north:  # so far off, perhaps, that it is no whole number
            continue
        for i in range(int(south), int(north) + 1):
            dy = y0 + i * step - y[k]
            half = np.sqrt(max(square - dy * dy, 0.0))
            if place[i - low] < len(west):
                west[place[i - low]], east[place[i - low]] = x[k] - half, x[k] + half
            place[i - low] += 1


@kernel
def _merged(west, east):  # type: ignore[no-untyped-def]
    """Puts intervals in order and joins those that touch, in place; returns how many are left."""
    for k in range(1, len(west)):
        at, to = west[k], east[k]
        j = k
        while j > 0 and west[j - 1] > at:
            west[j], east[j] = west[j - 1], east[j - 1]
            j -= 1
        west[j], east[j] = at, to
    count = 0
    for k in range(len(west)):
        if count and west[k] <= east[count - 1]:
            east[count - 1] = max(east[count - 1], east[k])
        else:
            west[count], east[count] = west[k], east[k]
            count += 1
    return count
