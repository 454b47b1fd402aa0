"""GeoPackage, FlatGeobuf and DXF: one file each, in memory, through GDAL."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import Any

import shapely

from geo.errors import InputError
from geo.i18n import N_
from geo.ingest.progress import Tick, silent
from geo.ingest.readers import flaws, gdal, geometry, recoding
from geo.ingest.rows import Decoded, Shapes

_JOURNAL = slice(18, 20)  # of SQLite's header: 2 there asks for a log file beside the database, which an upload has not
_LEAST_RING = 4
_LINE = 1  # shapely.GeometryType.LINESTRING
_CODEPAGE = re.compile(rb"(\$DWGCODEPAGE\s*\r?\n\s*3\s*\r?\n)[^\r\n]*")
_DXF_START = re.compile(rb"(\s*999\r?\n[^\n]*\n)*\s*0\r?\n\s*SECTION\r?\n")
_BY_NUMBER = re.compile(r"\\U\+([0-9A-Fa-f]{4})")
_DXF_END = re.compile(rb"\bEOF\s*\x1a?\s*\Z")
# Comments; GDAL's drivers look for what they know in a file's first kilobytes.
_PADDING = (b"999\n" + b"-" * 250 + b"\n") * 256


def geopackage_tables(data: bytes) -> tuple[str, ...]:
    names = _tables_of_features(_without_log(data))
    return names if len(names) > 1 else ()


def geopackage(data: bytes, table: str = "", tick: Tick = silent) -> Decoded:
    """The layer ``table``, else the first one with rows.

    Raises:
        InputError: damaged, no such layer, no layers or no rows.
    """
    data = _without_log(data)
    names = _tables_of_features(data)
    if table and table not in names:
        raise flaws.no_such_table(table, names)
    chosen = table or next((name for name in names if gdal.is_filled(data, name)), names[0])
    rows = gdal.Source("gpkg", data, chosen).read(tick)
    notes = (flaws.table_chosen(chosen, names),) if not table and len(names) > 1 else ()
    return replace(rows, notes=(*notes, *rows.notes))


def _without_log(data: bytes) -> bytes:
    return data[: _JOURNAL.start] + b"\x01\x01" + data[_JOURNAL.stop :]


def _tables_of_features(data: bytes) -> tuple[str, ...]:
    """The layers that are stored; a view is a program, which may never end."""
    query = "SELECT c.table_name FROM gpkg_contents c JOIN sqlite_master m ON lower(m.name) = lower(c.table_name) WHERE m.type = 'table'"
    try:
        with closing(sqlite3.connect(":memory:")) as database:
            database.deserialize(data)
            stored = {name for (name,) in database.execute(query)}
    except sqlite3.Error as fault:
        raise InputError(N_("不是 GeoPackage,或已损坏:请从 GIS 重新导出,并确认文件传输完整。")) from fault
    names = tuple(name for name in gdal.layers(data) if name in stored)
    if not names:
        raise InputError(N_("GeoPackage 里没有图层:请确认导出时选中了图层。"))
    return names


def flatgeobuf(data: bytes, tick: Tick = silent) -> Decoded:
    """Its one layer.

    Raises:
        InputError: damaged or without rows.
    """
    # The size of the header, at most some megabytes; its highest byte also ends what other drivers take for text.
    if len(data) < 12 or data[11] != 0:
        raise InputError(N_("FlatGeobuf 已损坏:请从 GIS 重新导出,并确认文件传输完整。"))
    return gdal.Source("flatgeobuf", data).read(tick)


def dxf(data: bytes, tick: Tick = silent) -> Decoded:
    """All drawn objects, with the name of the drawing's layer in the column ``Layer``; closed lines are areas.

    Raises:
        InputError: cut short or without objects.
    """
    start = _DXF_START.match(data)
    if start is None or not _DXF_END.search(data[-200:]):
        raise InputError(N_("DXF 不完整:请在 CAD 里重新另存为 DXF,并确认文件传输完整。"))
    body = _CODEPAGE.sub(rb"\g<1>ANSI_1252", data[start.end() :], count=1)
    rows = gdal.Source("dxf", b"0\nSECTION\n" + _PADDING + body).read(tick)
    shapes = rows.shapes if rows.shapes is None else _closed_as_areas(rows.shapes)
    read = recoding.recoded(replace(rows, shapes=shapes), None)
    return replace(read, columns={name: list(map(_spelled, values)) for name, values in read.columns.items()})


def _spelled(value: Any) -> Any:
    """CAD spells letters that its code page lacks by their number."""
    return _BY_NUMBER.sub(lambda found: chr(int(found[1], 16)), value) if isinstance(value, str) else value


def _closed_as_areas(shapes: Shapes) -> Shapes:
    """CAD draws an area as a line that comes back to its start."""
    lines = shapely.get_type_id(shapes) == _LINE
    closed = lines & shapely.is_closed(shapes) & (shapely.get_num_points(shapes) >= _LEAST_RING)
    areas = shapes.copy()
    areas[closed] = geometry.array_of([shapely.Polygon(line) for line in shapes[closed]])
    return areas
