"""Where the rows of a file lie: from shapes or columns, in whatever numbers, to degrees on WGS-84."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo import crs
from geo.errors import CrsError
from geo.i18n import N_, Message, message
from geo.ingest import text
from geo.ingest.column import PIECE, Column
from geo.ingest.ledger import Ledger
from geo.ingest.readers import coordinates, degrees
from geo.ingest.rows import ABSENT, Decoded, Shapes, by_parts, with_shape
from geo.ingest.shapes import in_degrees
from geo.model import Pack

# CGCS2000 3-degree zones exist twice: eastings without the zone's number (EPSG:4534 + n) and with it (4513 + n).
_NUMBERED_ZONE = -21
_WEB_MERCATOR = 3857
_ENOUGH = 0.5  # the share of rows that must come to lie in the county for a projection to be recognised
_DIGITS = 6
_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Grid:
    """A projection that numbers may be in; ``northing_first`` as survey tables write them (X north, Y east)."""

    epsg: int
    northing_first: bool

    @property
    def said(self) -> Message:
        text = (
            N_("坐标不是经纬度,像是投影坐标 EPSG:{epsg}(北坐标在前)")
            if self.northing_first
            else N_("坐标不是经纬度,像是投影坐标 EPSG:{epsg}")
        )
        return message(text, epsg=self.epsg)


def of(decoded: Decoded, values: Mapping[str, Column], ledger: Ledger) -> Shapes:
    """The shapes of the rows (n,) in the file's own numbers, None where there is none; what is missing is told."""
    if decoded.shapes is not None:
        for index in np.flatnonzero(shapely.is_missing(decoded.shapes) & ~ledger.out):
            ledger.tell(int(index), "null_geometry", *coordinates.NO_GEOMETRY)
        return _closed(decoded, decoded.shapes.copy(), ledger)
    if "lonlat" in values:
        pairs, unread = degrees.pairs(values["lonlat"])
        xy = pairs[:, 0], pairs[:, 1]
    elif "lon" in values and "lat" in values:
        xy, unread = _two_columns(values["lon"], values["lat"])
    else:
        nowhere = np.full(len(decoded), np.nan)
        xy, unread = (nowhere, nowhere), []
    _tell_unread(values, unread, ledger)
    shapes: Shapes = np.full(len(decoded), None, dtype=object)
    there = np.isfinite(xy[0]) & np.isfinite(xy[1])
    for start in range(0, len(shapes), PIECE):
        part = slice(start, start + PIECE)
        shapes[part][there[part]] = shapely.points(xy[0][part][there[part]], xy[1][part][there[part]])
    for index in np.setdiff1d(np.flatnonzero(~there), unread):
        ledger.tell(int(index), "null_geometry", *_NO_POSITION)
    return shapes


_NO_POSITION = (
    message(N_("没有坐标")),
    message(N_("请填上经度和纬度;若表里有,请指明哪一列是经度、哪一列是纬度")),
)


def _two_columns(lon: Column, lat: Column) -> tuple[tuple[_Floats, _Floats], list[int]]:
    x, not_x = _angles(lon)
    y, not_y = _angles(lat)
    return (x, y), sorted({*not_x, *not_y})


def _angles(column: Column) -> tuple[_Floats, list[int]]:
    numbers = column.numbers()
    if numbers is not None:
        return numbers, []
    return degrees.column([None if value is ABSENT else value for value in column])


def _tell_unread(values: Mapping[str, Column], unread: Sequence[int], ledger: Ledger) -> None:
    fields = ("lonlat",) if "lonlat" in values else ("lon", "lat")
    fix = message(N_("请写十进制度(如 113.25, 23.13)或度分秒(如 113°15′00″)"))
    for index in unread:
        given = ",".join(text.shown(values[field][index], 40) for field in fields)
        ledger.tell(int(index), "bad_position", message(N_("坐标读不懂:{given}"), given=given), fix)


def _closed(decoded: Decoded, shapes: Shapes, ledger: Ledger) -> Shapes:
    """Closes open rings where that was agreed to; it is offered where nothing else is wrong with the shape."""
    open_rings = [flaw for flaw in ledger.flaws if flaw.code == "open_ring"]
    features = decoded.features([flaw.index for flaw in open_rings])
    made, left, _ = coordinates.shapes([coordinates.closed(feature["geometry"]) for feature in features])
    for place, flaw in enumerate(open_rings):
        if made[place] is not None and ledger.propose("close_ring", flaw.index, flaw.message, _CLOSED):
            shapes[flaw.index] = made[place]
            ledger.forget(flaw.index, "open_ring")
            for other in left:  # heights, which are only seen in shapes that hold
                if other.index == place:
                    ledger.tell(flaw.index, other.code, other.message, other.fix)
    return shapes


_CLOSED = message(N_("首尾相同"))


# --- numbers that are no degrees -----------------------------------------------------------------------------------


def to_degrees(shapes: Shapes, epsg: int | None, pack: Pack, ledger: Ledger) -> Shapes:
    """The shapes in degrees, longitude first: from the CRS that the file or a person named, else recognised."""
    named = ledger.choices.epsg or epsg
    if named not in (None, *crs.GEOGRAPHIC):
        return _from_named(shapes, int(named or 0), ledger)
    there = with_shape(shapes)
    odd, small = by_parts(there, lambda rows: _no_degrees(shapes[rows])).T
    for index in there[small]:
        ledger.tell(int(index), "projected_coordinates", *OUT_OF_RANGE)
    shapes[there[small]] = None
    strange = there[odd & ~small]
    if not len(strange):
        return shapes
    grid = _recognised(shapes[strange], pack)
    if grid is None:
        for index in strange:
            ledger.tell(int(index), "projected_coordinates", *_PROJECTED)
        shapes[strange] = None
        return shapes
    return _from_recognised(shapes, strange, grid, ledger)


def _no_degrees(shapes: Shapes) -> npt.NDArray[np.bool_]:
    """Which shapes (n,) are not in degrees, in whatever order, and which of these are not in metres either, (n, 2)."""
    bounds = shapely.bounds(shapes)
    odd = ~in_degrees(bounds) & ~in_degrees(bounds[:, [1, 0, 3, 2]])
    return np.column_stack((odd, odd & (np.abs(bounds).max(axis=1) <= _LEAST_METRES)))


_LEAST_METRES = 1000.0  # numbers up to it are degrees gone wrong and no eastings
OUT_OF_RANGE = message(N_("坐标不是经纬度")), message(N_("请核对坐标:经度在 ±180 之内,纬度在 ±90 之内"))
_PROJECTED = (
    message(N_("坐标不是经纬度,像是以米为单位的投影坐标")),
    message(N_("请在 GIS 里导出为 WGS-84 或 CGCS2000 经纬度(EPSG:4326 或 4490)")),
)


def _from_named(shapes: Shapes, epsg: int, ledger: Ledger) -> Shapes:
    there = with_shape(shapes)
    try:
        moved = crs.unproject(shapes[there], epsg)
    except CrsError as fault:
        for index in there:
            ledger.tell(int(index), "projected_coordinates", fault.message, _PROJECTED[1])
        return np.full(len(shapes), None, dtype=object)
    finite = _finite(moved)
    if finite.any():
        said = message(N_("坐标已由 EPSG:{epsg} 换算为经纬度"), epsg=epsg)
        ledger.notes.append(("crs_converted", said, message(N_("不用改;请核对图上的位置"))))
    shapes[there] = moved
    for index in there[~finite]:
        shapes[index] = None
        said = message(N_("坐标不在 EPSG:{epsg} 的范围里"), epsg=epsg)
        ledger.tell(int(index), "projected_coordinates", said, message(N_("请核对文件的坐标系")))
    return shapes


def _recognised(shapes: Shapes, pack: Pack) -> Grid | None:
    """The projection under which most of ``shapes`` lie in the county, None where there is none."""
    county = shapely.envelope(pack.boundary.geometry.union_all())
    best: tuple[int, Grid | None] = (0, None)
    for epsg in (pack.metric_epsg, pack.metric_epsg + _NUMBERED_ZONE, _WEB_MERCATOR):
        for northing_first in (False, True):
            grid = Grid(epsg, northing_first)
            moved = _from_grid(shapes, grid)
            inside = int(shapely.intersects(county, moved[_finite(moved)]).sum())
            if inside > best[0]:
                best = (inside, grid)
    return best[1] if best[0] >= _ENOUGH * len(shapes) else None


def _from_grid(shapes: Shapes, grid: Grid) -> Shapes:
    turned = shapely.transform(shapes, lambda xy: xy[:, ::-1]) if grid.northing_first else shapes
    degrees_of: Shapes = crs.unproject(turned, grid.epsg)
    return degrees_of


def _finite(shapes: Shapes) -> npt.NDArray[np.bool_]:
    """Which shapes (n,) came out of a projection with every corner in its range, (n,)."""
    finite: npt.NDArray[np.bool_] = np.isfinite(shapely.bounds(shapes)).all(axis=1)
    return finite


def _from_recognised(shapes: Shapes, strange: npt.NDArray[np.int64], grid: Grid, ledger: Ledger) -> Shapes:
    moved = _from_grid(shapes[strange], grid)
    finite = _finite(moved)
    for index in strange[~finite]:
        ledger.tell(int(index), "projected_coordinates", *_PROJECTED)
        shapes[index] = None
    strange = strange[finite]
    for index, before, after in zip(strange, shapes[strange], moved[finite], strict=True):
        if ledger.propose("reproject", int(index), shown(before, 2), shown(after)):
            shapes[index] = after
        else:
            fix = message(N_("请同意换算,或在 GIS 里导出为经纬度(EPSG:4326 或 4490)"))
            ledger.tell(int(index), "projected_coordinates", grid.said, fix)
            shapes[index] = None
    return shapes


def shown(shape: Any, digits: int = _DIGITS) -> str:
    """The first position of a shape, to be read."""
    x, y = shapely.get_coordinates(shape)[0]
    return f"{x:.{digits}f}, {y:.{digits}f}"
