"""GeoTIFF of population: the cells in which people live, as rows. Persons a cell is what the numbers are taken for.

Only the county's window is read, some rows at a time, so that a raster of the whole country takes no more memory than
one of the county. Cells up to the size of the analysis' own grid become points, larger ones areas; much smaller ones are
first put together to about that size, their people summed up at the middle of where they live.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
import shapely
from rasterio.enums import ColorInterp
from rasterio.errors import RasterioError
from rasterio.features import geometry_mask
from rasterio.io import DatasetReader, MemoryFile
from rasterio.windows import Window

from geo import crs
from geo.errors import CrsError, InputError
from geo.i18n import N_, message
from geo.ingest.readers import flaws, gdal, limits
from geo.ingest.readers.flaws import Note
from geo.ingest.rows import Decoded, Shapes
from geo.model import CELL_M

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_ROUNDED = 1.01  # a cell of "100 m" is some centimetres more or less on the ground
_AT_A_TIME = 1 << 20  # cells
_MOST_AT_A_TIME = 1 << 23
_MOST_PEOPLE = 1e9  # in a cell: what is beyond was a mark for no data
_PEOPLE_DIGITS = 6
_EDGE_DEG = 0.01  # a straight border is a curve in another projection
_CACHE_MB = 256
_WHOLE = 0.999  # of a county whose border is drawn only roughly
_COLOURS = {ColorInterp.red, ColorInterp.green, ColorInterp.blue, ColorInterp.palette}


def tables(data: bytes) -> tuple[str, ...]:
    """The bands to choose from; () where there is one."""
    with _opened(data) as raster:
        names = _bands(raster)
    return tuple(names) if len(names) > 1 else ()


def read(data: bytes, table: str, county: Any) -> Decoded:
    """The cells of the band ``table`` (of the first, where it is "") that hold people and lie in ``county``, a polygon
    in EPSG:4326; of the whole raster where that is None. Columns id, by the cell's place in the product's grid, and
    people.

    Raises:
        InputError: it is a picture, has no place on the ground, does not touch the county, is damaged or too large.
    """
    with _opened(data) as raster:
        names = _bands(raster)
        if table and table not in names:
            raise flaws.no_such_table(table, list(names))
        chosen = table or next(iter(names))
        window = _window_of(raster, names[chosen], county)
        cells = window.cells()
        notes = [flaws.table_chosen(chosen, list(names))] if not table and len(names) > 1 else []
        notes += window.told(cells)
    ids = [f"r{row}c{column}" for row, column in zip(cells.row.tolist(), cells.column.tolist(), strict=True)]
    columns = {"id": ids, "people": cells.people.tolist()}
    numbers = np.arange(1, len(ids) + 1, dtype=np.int64)
    return Decoded("geotiff", columns, numbers, cells.shapes, epsg=crs.STORAGE_EPSG, notes=notes)


@contextmanager
def _opened(data: bytes) -> Iterator[DatasetReader]:
    """The raster, seen as a GeoTIFF and nothing else, with nothing beside it."""
    settings = {"GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR", "GDAL_CACHEMAX": _CACHE_MB}
    try:
        with gdal.heard(), rasterio.Env(**settings), MemoryFile(data) as file, file.open(driver="GTiff") as raster:
            yield raster
    except RasterioError as fault:
        raise InputError(N_("TIFF 已损坏或不完整:请重新导出,并确认文件传输完整。")) from fault


def _bands(raster: DatasetReader) -> dict[str, int]:
    """What a band is called -> its number. Masks are no bands.

    Raises:
        InputError: it is a picture, or its numbers are no plain ones.
    """
    looks = raster.colorinterp
    if _COLOURS & set(looks):
        raise InputError(N_("这是彩色图片,不是人口栅格:请上传每格写着人数的单波段 GeoTIFF。"))
    if any(np.dtype(kind).kind not in "iuf" for kind in raster.dtypes):
        raise InputError(N_("栅格里的数不是普通的数(是复数):请导出为整数或浮点数。"))
    found = {}
    for number, (look, called) in enumerate(zip(looks, raster.descriptions, strict=True), 1):
        if look is not ColorInterp.alpha:
            found[f"{number}: {called[:60]}" if called else str(number)] = number
    return found


def _window_of(raster: DatasetReader, band: int, county: Any) -> _Window:
    _check(raster)
    wkt = raster.crs.to_wkt()
    whole = shapely.box(0, 0, raster.width, raster.height)
    try:
        ground = None if county is None else crs.of_degrees(shapely.segmentize(county, _EDGE_DEG), wkt)
    except CrsError as fault:
        raise InputError(fault.message) from fault
    inside = whole if ground is None else _in_cells(raster, ground)
    bounds = shapely.bounds(shapely.intersection(whole, shapely.envelope(inside)))
    if not np.isfinite(bounds).all() or np.ptp(bounds[[0, 2]]) == 0 or np.ptp(bounds[[1, 3]]) == 0:
        raise InputError(N_("栅格不在本县范围内:请核对是不是这个县的,坐标系写得对不对。"))
    west, south, east, north = (int(edge) for edge in (*np.floor(bounds[:2]), *np.ceil(bounds[2:])))
    if (cells := (east - west) * (north - south)) > limits.MAX_RASTER_CELLS:
        text = N_("栅格在本县范围内有 {n:,} 格,超过 {most:,} 格:请先在 GIS 里合并到 100 米左右(人数相加)再传。")
        raise InputError(message(text, n=cells, most=limits.MAX_RASTER_CELLS))
    share = float(shapely.intersection(inside, whole).area / inside.area)
    return _Window(raster, band, wkt, ground, county, (west, east, south, north), share)


def _in_cells(raster: DatasetReader, ground: Any) -> Any:
    """A geometry in the raster's CRS as columns and rows; empty where the CRS does not reach."""
    if not np.isfinite(shapely.bounds(ground)).all():
        return shapely.Polygon()
    back = ~raster.transform
    return shapely.transform(ground, lambda xy: _through(back, xy))


def _through(move: rasterio.Affine, xy: Floats) -> Floats:
    """Places (n, 2) moved."""
    a, b, c, d, e, f = move[:6]
    moved: Floats = xy @ np.array([[a, d], [b, e]]) + (c, f)
    return moved


def _check(raster: DatasetReader) -> None:
    """Raises InputError where nobody can know where the cells lie, or a block of them is too large."""
    if (
        raster.transform.is_identity
        or not np.isfinite(raster.transform.determinant)
        or not raster.transform.determinant
    ):
        raise InputError(N_("TIFF 里没有写明位置(不是 GeoTIFF):请从 GIS 导出带坐标的 GeoTIFF。"))
    if raster.crs is None:
        raise InputError(N_("栅格没有写明坐标系:请在 GIS 里定义坐标系(例如 EPSG:4326)后再导出。"))
    each = sum(np.dtype(kind).itemsize for kind in raster.dtypes)
    rows, columns = np.max(raster.block_shapes, axis=0).tolist()
    if rows * columns * each > limits.MAX_RASTER_BLOCK:
        raise InputError(N_("栅格的存储块太大,读不进来:请在 GIS 里导出为分块(TILED=YES)的 GeoTIFF。"))


@dataclass(frozen=True, eq=False)
class _Cells:
    """Cells in which people live: where in the product's grid, persons, shapes in degrees (n,); ``side_m`` of the
    raster's own cells, of which ``merged`` × ``merged`` make one here; ``odd`` cells had a number of no people."""

    row: Ints
    column: Ints
    people: Floats
    shapes: Shapes
    side_m: float
    merged: int
    odd: int


@dataclass(frozen=True, eq=False)
class _Window:
    """The part of one band that lies around the county, which is ``ground`` in the raster's CRS and ``county`` in
    degrees; ``edges`` are its first and last column and row, ``share`` how much of the county is in the raster."""

    raster: DatasetReader
    band: int
    wkt: str
    ground: Any
    county: Any
    edges: tuple[int, int, int, int]
    share: float

    def cells(self) -> _Cells:
        """Raises InputError where nobody lives here, or in too many cells."""
        west, east, north, south = self.edges
        middle = self._areas(np.array([(north + south) // 2]), np.array([(west + east) // 2]))
        side = float(np.sqrt(crs.area_m2(middle[0])))
        wide, merged = side > CELL_M * _ROUNDED, max(1, int(CELL_M * _ROUNDED / side))
        row, column, sums, odd = self._summed(merged, wide)
        people = sums[:, 0].round(_PEOPLE_DIGITS)
        shapes = self._areas(row, column) if wide else self._points(sums[:, 1:] / sums[:, :1])
        lived = people > 0
        if wide and self.county is not None:
            lived &= shapely.intersects(self.county, shapes)
        _check_count(int(lived.sum()))
        down, right, sign = self._origin()
        rows, columns = sign * (row + down // merged), column + right // merged
        return _Cells(rows[lived], columns[lived], people[lived], shapes[lived], side, merged, odd)

    def _summed(self, merged: int, wide: bool) -> tuple[Ints, Ints, Floats, int]:
        """Row and column, in cells of ``merged`` of the raster's, of those with people (n,), and (n, 3) their persons
        and those times column and row of where they live; and how many cells had a number of no people."""
        down, right, _ = self._origin()
        across = self.raster.width // merged + 2
        parts, odd = [], 0
        for first, last in self._stripes():
            people, strange = self._people(first, last, wide)
            odd += strange
            row, column = np.nonzero(people)
            each = people[row, column]
            row, column = row + first, column + self.edges[0]
            key = (row + down % merged) // merged * across + (column + right % merged) // merged
            parts.append(_by_key(key, each[:, None] * np.column_stack((np.ones(len(key)), column + 0.5, row + 0.5))))
        key, sums = _by_key(*(np.concatenate(part) for part in zip(*parts, strict=True)))
        return key // across, key % across, sums, odd

    def _stripes(self) -> Iterator[tuple[int, int]]:
        """First and last row of what is read at a time: whole blocks of the file, where they are not too large."""
        west, east, north, south = self.edges
        high, _ = self.raster.block_shapes[self.band - 1]
        rows = max(1, _AT_A_TIME // (east - west))
        rows = max(high, rows // high * high) if high * (east - west) <= _MOST_AT_A_TIME else rows
        cuts = [north, *range(north // rows * rows + rows, south, rows), south]
        return pairwise(cuts)

    def _people(self, first: int, last: int, wide: bool) -> tuple[Floats, int]:
        """Persons in each cell of rows [first, last), 0 outside the county, and how many had a number of no people."""
        west, east = self.edges[:2]
        band = self.raster.read(self.band, window=Window(west, first, east - west, last - first), masked=True)
        people = band.data * float(self.raster.scales[self.band - 1]) + float(self.raster.offsets[self.band - 1])
        there = ~np.ma.getmaskarray(band) & ~np.isnan(people)
        if self.ground is not None:
            place = self.raster.transform @ rasterio.Affine.translation(west, first)
            there &= geometry_mask([self.ground], people.shape, place, all_touched=wide, invert=True)
        odd = there & ~((people >= 0) & (people <= _MOST_PEOPLE))
        people[~there | odd] = 0
        return people, int(odd.sum())

    def _origin(self) -> tuple[int, int, int]:
        """Rows and columns from the CRS' origin to the raster's corner, and the sign by which rows count northwards: two
        cuts of one product call a cell the same. A grid that is turned has its own corner for origin."""
        a, b, c, d, e, f = self.raster.transform[:6]
        if b or d:
            return 0, 0, 1
        return round(f / e), round(c / a), -1 if e < 0 else 1

    def _points(self, at: Floats) -> Shapes:
        """Points at columns and rows (n, 2), in degrees."""
        return self._degrees(shapely.points(at))

    def _areas(self, row: Ints, column: Ints) -> Shapes:
        """The ground of cells, in degrees."""
        return self._degrees(shapely.box(column, row, column + 1, row + 1))

    def _degrees(self, shapes: Shapes) -> Shapes:
        placed = shapely.transform(shapes, lambda xy: _through(self.raster.transform, xy))
        degrees: Shapes = crs.to_degrees(placed, self.wkt)
        return degrees

    def told(self, cells: _Cells) -> list[Note]:
        """What a person should know of what was read."""
        said = message(
            N_("栅格 {width:,} × {height:,} 格,每格约 {side:,.0f} 米;本县有人的 {n:,} 格,共 {people:,.0f} 人"),
            width=self.raster.width,
            height=self.raster.height,
            side=cells.side_m,
            n=len(cells.people),
            people=float(cells.people.sum()),
        )
        fix = message(N_("格子里的数按“每格多少人”读;若写的是密度,请先乘以格子的面积再传"))
        notes: list[Note] = [("raster_read", said, fix)]
        if cells.merged > 1:
            said = message(N_("格子比 100 米小,每 {n} × {n} 格合成一格,人数相加"), n=cells.merged)
            notes.append(("raster_merged", said, message(N_("不用改:分析用的是 100 米格网"))))
        if self.share < _WHOLE:
            said = message(N_("栅格只盖住本县的 {share:.1%}"), share=self.share)
            notes.append(("raster_partial", said, message(N_("其余地方会当作没有人;请把其余部分也传上来"))))
        if cells.odd:
            said = message(N_("{n:,} 格的数不会是人数(负数,或大得离谱),没有读"), n=cells.odd)
            notes.append(("raster_values", said, message(N_("若是无数据的记号,请在 GIS 里设为 NoData 再导出"))))
        return notes


def _by_key(key: Ints, sums: Floats) -> tuple[Ints, Floats]:
    """The different keys, and the sums (n, 3) of each."""
    keys, place = np.unique(key, return_inverse=True)
    return keys, np.column_stack([np.bincount(place, column, minlength=len(keys)) for column in sums.T])


def _check_count(n: int) -> None:
    if not n:
        raise InputError(N_("栅格在本县范围内没有一格有人:请核对波段和坐标系。"))
    if n > limits.MAX_ROWS:
        text = N_("本县有人的格子有 {n:,} 个,超过 {most:,} 个:请先在 GIS 里合并成更大的格子(人数相加)再传。")
        raise InputError(message(text, n=n, most=limits.MAX_ROWS))
