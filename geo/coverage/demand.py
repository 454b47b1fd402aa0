"""Who and what is left out, on a grid of 100 m over the county: measured once, asked again for each radius.

Distances to the nearest facility of a category are kept by cell (:func:`reach`). A radius only compares them:
:func:`shares` says how much ground and how many people of county, districts and towns are beyond it, :func:`outline`
draws it. Straight lines, between cell centres and facilities; a distance is at most 71 m, half a cell's diagonal, off
that from anywhere else in the cell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import contourpy
import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geo import crs
from geo.coverage.distances import Shapes, shapes
from geo.coverage.kernels import areas as kernels
from geo.coverage.kernels.grid import Grid, Nearest, nearest
from geo.coverage.kernels.threads import Floats, Ints
from geo.model import CELL_M
from geo.shapes import prepared, somewhere

Mask = npt.NDArray[np.bool_]

PEOPLE, AREA = "people", "area"
_BEYOND_M = 1e7  # where a category has no facility: far beyond any radius, and still a number to draw with
_DRAWN_DIGITS = 5  # of a degree: 1 m
_POINT = shapely.GeometryType.POINT


@dataclass(frozen=True, eq=False)
class Demand:
    """m cells of a grid in the projected CRS ``epsg``: those that hold some of the county, and those next to them.

    Attributes:
        grid: where the cells are; every array here and every distance has one value for each of its m wanted cells.
        ground: the county, in ``epsg``.
        area_m2: (m,) how much of the county lies in the cell, exactly; 0 next to it.
        town, district: (m,) place in ``towns``, ``districts`` of the one that has the largest part of the cell, -1
            where none has any, or the cell is not in the county.
        people: (m,) persons; all 0 where nobody said how many live where.
        people_outside: persons of the population layer that live in no cell of the county.
        weight: by what places are ranked: "people", or "area" where nobody said how many live where.
    """

    grid: Grid
    epsg: int
    ground: Any
    area_m2: Floats
    towns: tuple[str, ...]
    town: Ints
    districts: tuple[str, ...]
    district: Ints
    people: Floats
    people_outside: float
    weight: str

    @cached_property
    def centres(self) -> Floats:
        """(m, 2) the cells' centres in ``epsg``."""
        return np.column_stack(self.grid.centres)

    @cached_property
    def from_edge_m(self) -> Floats:
        """(m,) how far a centre is inside the county's edge, below 0 outside; inf farther in than the next cells."""
        border = np.zeros(self.grid.wanted.shape, dtype=bool)
        border[self.grid.wanted] = self.area_m2 < CELL_M**2 * (1 - 1e-9)
        near = _with_neighbours(border)[self.grid.wanted]
        centre = shapely.points(self.centres[near])
        sign = np.where(shapely.contains(prepared(self.ground), centre), 1.0, -1.0)
        inside = np.full(self.grid.count, np.inf)
        inside[near] = sign * shapely.distance(shapely.boundary(self.ground), centre)
        return inside

    def radius_by_district(self, radii: Mapping[str, float], otherwise: float) -> Floats:
        """(m,) the radius of each cell's district, ``otherwise`` where it has none."""
        by_place = np.array([*(radii[id] for id in self.districts), otherwise], dtype=np.float64)
        radius: Floats = by_place[self.district]
        return radius


@dataclass(frozen=True)
class Share:
    """One place: its area and people, and how much and how many of them are farther than the radius. ``id`` is the
    town's name, the district's id, "" for the county or what is in no town or district."""

    id: str
    area_m2: float
    uncovered_m2: float
    people: float
    people_left_out: float

    @property
    def share(self) -> float:
        """Of the area, 0 to 1."""
        return self.uncovered_m2 / self.area_m2 if self.area_m2 else 0.0

    @property
    def share_of_people(self) -> float:
        """Of the people, 0 to 1."""
        return self.people_left_out / self.people if self.people else 0.0


@dataclass(frozen=True)
class Shares:
    """The county, and its districts and towns, worst first: by people left out, or by area (``Demand.weight``)."""

    county: Share
    districts: tuple[Share, ...]
    towns: tuple[Share, ...]


def demand_grid(
    boundary: Any,
    towns: gpd.GeoDataFrame,
    districts: gpd.GeoDataFrame,
    population: gpd.GeoDataFrame | None,
    epsg: int,
) -> Demand:
    """Cuts the county into cells and puts people into them.

    Args:
        boundary: the county's outline, a polygon in EPSG:4326.
        towns: column name. They, and the districts, should not overlap.
        districts: column id.
        population: column people. The people of a point live in its cell, those of an area evenly over it; a missing
            figure counts as none. A raster comes as its cells, or as points where its cells are no larger than ours.
        epsg: the projected CRS to measure in.

    Raises:
        CrsError: a frame has no CRS, or ``epsg`` is not projected.
    """
    ground = crs.project(boundary, epsg)
    west, south, shape = _frame(ground)
    area = np.zeros(shape)
    _add(area, kernels.cell_areas(ground, west, south, CELL_M, shape), 1.0)
    wanted = _with_neighbours(area > 0)
    grid = Grid(west + CELL_M / 2, south + CELL_M / 2, CELL_M, wanted)
    people, outside = _people(population, epsg, west, south, area > 0)
    return Demand(
        grid=grid,
        epsg=epsg,
        ground=ground,
        area_m2=area[wanted],
        towns=tuple(towns["name"]),
        town=_largest(towns, epsg, west, south, area > 0)[wanted],
        districts=tuple(districts["id"]),
        district=_largest(districts, epsg, west, south, area > 0)[wanted],
        people=people[wanted],
        people_outside=outside,
        weight=PEOPLE if people.any() else AREA,
    )


def reach(demand: Demand, kinds: Sequence[gpd.GeoDataFrame | gpd.GeoSeries]) -> Nearest:
    """From each cell's centre the nearest facility of each kind: metres (k, m), inf where a kind has none, and its row.

    Areas count from their nearest edge, 0 inside; what has no shape is left out. A kind that has areas takes a second
    or so more.

    Raises:
        CrsError: a frame has no CRS.
    """
    places = [shapes(crs.to_metric(kind, demand.epsg)) for kind in kinds]
    wide = [shapely.get_type_id(shape) > _POINT for shape in places]
    points = [_xy(shape, ~areas) for shape, areas in zip(places, wide, strict=True)]
    found = nearest(demand.grid, points)
    for kind, areas in enumerate(wide):
        if areas.any():
            _nearer(demand, places[kind], np.flatnonzero(areas), found.metres[kind], found.row[kind])
    return found


def _nearer(demand: Demand, places: Shapes, wide: npt.NDArray[np.int64], metres: Floats, row: Ints) -> None:
    """Puts the nearest of the areas ``places[wide]`` where it is nearer than ``metres``, or as near and of a lower row."""
    tree = shapely.STRtree(places[wide])
    pairs, there = tree.query_nearest(shapely.points(demand.centres), return_distance=True)
    order = np.lexsort((pairs[1], pairs[0]))
    cell, first = np.unique(pairs[0][order], return_index=True)
    there, which = there[order][first], wide[pairs[1][order][first]]
    better = (there < metres[cell]) | ((there == metres[cell]) & (which < row[cell]))
    metres[cell[better]], row[cell[better]] = there[better], which[better]


def shares(demand: Demand, metres: Floats, radius_m: float | Floats) -> Shares:
    """How much of every place is farther than ``radius_m`` (one, or (m,) by cell) from its nearest facility.

    A cell is left out as a whole where its centre is. ``metres`` (m,) is a row of :func:`reach`.
    """
    out = np.flatnonzero(~(metres <= radius_m))
    area, people = demand.area_m2, demand.people
    return Shares(
        Share("", float(area.sum()), float(area[out].sum()), float(people.sum()), float(people[out].sum())),
        _ranked(demand, demand.districts, demand.district, out),
        _ranked(demand, demand.towns, demand.town, out),
    )


def _ranked(demand: Demand, ids: tuple[str, ...], code: Ints, out: npt.NDArray[np.int64]) -> tuple[Share, ...]:
    """Worst first; then in the order given. What lies in none of them comes as "" where there is any."""
    named = ("", *ids)  # code -1 is the first
    sums = [
        np.bincount(code[cells] + 1, value[cells], minlength=len(named)).tolist()
        for value in (demand.area_m2, demand.people)
        for cells in (slice(None), out)
    ]
    found = [Share(*of) for of in zip(named, *sums, strict=True) if of[0] or of[1]]
    by_people = demand.weight == PEOPLE
    return tuple(sorted(found, key=lambda one: -(one.people_left_out if by_people else one.uncovered_m2)))


def outline(demand: Demand, metres: Floats, radius_m: float | Floats) -> Any:
    """The ground farther than ``radius_m`` (one, or (m,) by cell), for drawing: polygons in EPSG:4326, to 1 m.

    The line of equal distance through the cells' centres, straight between them, within the county: along a circle or a
    border a few metres off, in a corner up to half a cell; a gap or an island narrower than a cell may be missing. The
    exact ground, and the one to take away, is :func:`geo.coverage.uncovered_ground`, which takes several times as long.
    """
    rows, columns = demand.grid.wanted.shape
    beyond = np.full((rows, columns), np.nan)
    beyond[demand.grid.wanted] = np.minimum(np.minimum(metres, _BEYOND_M) - radius_m, demand.from_edge_m)
    known = np.ma.array(beyond, mask=~demand.grid.wanted)
    x = demand.grid.x0 + CELL_M * np.arange(columns)
    y = demand.grid.y0 + CELL_M * np.arange(rows)
    lines = contourpy.contour_generator(x, y, known, fill_type=contourpy.FillType.ChunkCombinedOffsetOffset)
    filled: Any = lines.filled(0.0, np.inf)
    (corners,), (rings,), (polygons,) = filled
    if corners is None:
        return shapely.MultiPolygon()
    drawn = crs.unproject(shapely.linestrings(corners), demand.epsg)  # as one line: once through the projection
    drawn = shapely.get_coordinates(drawn).round(_DRAWN_DIGITS)
    offsets = rings.astype(np.int64), polygons.astype(np.int64)
    return shapely.multipolygons(shapely.from_ragged_array(shapely.GeometryType.POLYGON, drawn, offsets))


def _frame(ground: Any) -> tuple[float, float, tuple[int, int]]:
    """South-western corner and (ny, nx) of the grid over ``ground``, on whole cells, with one more cell on each side."""
    if shapely.is_empty(ground):
        return 0.0, 0.0, (2, 2)
    low_x, low_y, high_x, high_y = np.array(shapely.bounds(ground)) / CELL_M
    west, south = np.floor(low_x) - 1, np.floor(low_y) - 1
    shape = int(np.ceil(high_y) + 1 - south), int(np.ceil(high_x) + 1 - west)
    return float(west * CELL_M), float(south * CELL_M), shape


def _with_neighbours(cells: Mask) -> Mask:
    """``cells`` (ny, nx) and the eight around each, so that lines drawn between centres run past the county's edge."""
    rows = cells.copy()
    rows[1:] |= cells[:-1]
    rows[:-1] |= cells[1:]
    both = rows.copy()
    both[:, 1:] |= rows[:, :-1]
    both[:, :-1] |= rows[:, 1:]
    return both


def _add(layer: Floats, window: kernels.Window, times: float) -> None:
    rows, columns = window.area_m2.shape
    layer[window.row : window.row + rows, window.column : window.column + columns] += window.area_m2 * times


def _largest(frame: gpd.GeoDataFrame, epsg: int, west: float, south: float, inside: Mask) -> npt.NDArray[np.int32]:
    """(ny, nx) which row of ``frame`` has the largest part of each cell that is ``inside``, else -1; the first on a tie."""
    most = np.zeros(inside.shape)
    code = np.full(inside.shape, -1, dtype=np.int32)
    for row, polygon in enumerate(shapes(crs.to_metric(frame, epsg))):
        part = kernels.cell_areas(polygon, west, south, CELL_M, inside.shape)
        rows, columns = part.area_m2.shape
        here = slice(part.row, part.row + rows), slice(part.column, part.column + columns)
        more = part.area_m2 > most[here]
        most[here][more] = part.area_m2[more]
        code[here][more] = row
    code[~inside] = -1
    return code


def _people(
    population: gpd.GeoDataFrame | None, epsg: int, west: float, south: float, inside: Mask
) -> tuple[Floats, float]:
    """(ny, nx) persons in each cell that is ``inside``, and those who are in none."""
    people = np.zeros(inside.shape)
    if population is None or not len(population):
        return people, 0.0
    count = population["people"].to_numpy(dtype=np.float64, na_value=0.0)
    where = shapes(crs.to_metric(population, epsg))
    size = shapely.area(where)  # nan where there is no shape
    for place in np.flatnonzero(size > 0):
        window = kernels.cell_areas(where[place], west, south, CELL_M, inside.shape)
        _add(people, window, count[place] / size[place])
    at = np.floor((_xy(where, size == 0) - (west, south)) / CELL_M)
    on = ((at >= 0) & (at < inside.shape[::-1])).all(axis=1)
    column, row = at[on].astype(np.int64).T
    np.add.at(people, (row, column), count[on])
    people[~inside] = 0.0
    return people, float(count.sum() - people.sum())


def _xy(where: Shapes, which: Mask) -> Floats:
    """(n, 2) points, or centroids, of those ``which`` (n,) are asked for; else, and where there is nothing, nan."""
    xy = np.full((len(where), 2), np.nan)
    centre = somewhere(shapely.centroid(where[which]))
    xy[which] = np.column_stack((shapely.get_x(centre), shapely.get_y(centre)))
    return xy
