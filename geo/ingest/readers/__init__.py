"""Any file that people have, to rows: tables from offices, layers from GIS and CAD, marks from phones.

Every outcome is a :class:`~geo.ingest.rows.Decoded` or an :class:`~geo.errors.InputError` that says what to do.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from geo.errors import InputError, StoppedError
from geo.i18n import N_, message
from geo.ingest.progress import Tick, silent
from geo.ingest.readers import delimited, excel, kinds, layered, marks, parquet, raster, shapefile
from geo.ingest.readers.kinds import Kind
from geo.ingest.rows import Decoded

__all__ = ["Kind", "read", "tables"]

# Those that know of tables take the name of one.
_READERS: Mapping[Kind, Callable[[bytes, str, Tick], Decoded]] = {
    Kind.DELIMITED: lambda data, _, tick: delimited.read(data, tick),
    Kind.EXCEL: excel.read,
    Kind.SHAPEFILE: shapefile.read,
    Kind.KML: lambda data, _, tick: marks.kml(data, tick),
    Kind.KMZ: marks.kmz,
    Kind.GPX: lambda data, _, tick: marks.gpx(data, tick),
    Kind.GEOPACKAGE: layered.geopackage,
    Kind.FLATGEOBUF: lambda data, _, tick: layered.flatgeobuf(data, tick),
    Kind.PARQUET: lambda data, _, tick: parquet.read(data, tick),
    Kind.DXF: lambda data, _, tick: layered.dxf(data, tick),
}
_OF_TABLES = (Kind.EXCEL, Kind.SHAPEFILE, Kind.KMZ, Kind.GEOPACKAGE, Kind.GEOTIFF)
_log = logging.getLogger(__name__)


def tables(data: bytes, filename: str) -> tuple[str, ...]:
    """The sheets, layers or bands of the file to choose from; () where there is nothing to choose.

    Raises:
        InputError: the file cannot be read; the message says what to do.
    """
    with _explained():
        match kinds.kind_of(data, filename):
            case Kind.EXCEL:
                return excel.tables(data)
            case Kind.SHAPEFILE:
                return shapefile.tables(data)
            case Kind.KMZ:
                return marks.kmz_tables(data)
            case Kind.GEOPACKAGE:
                return layered.geopackage_tables(data)
            case Kind.GEOTIFF:
                return raster.tables(data)
            case _:
                return ()


def read(data: bytes, filename: str, table: str = "", tick: Tick = silent, county: Any = None) -> Decoded:
    """The rows of the file, of its sheet or layer ``table``; without a name, of the first that is not empty. Of a raster
    only what lies in ``county`` (a polygon in EPSG:4326) is read.

    Raises:
        InputError: the file cannot be read; the message says what to do.
        StoppedError: ``tick``, which is told how much has been read, raised it.
    """
    with _explained():
        kind = kinds.kind_of(data, filename)
    if table and kind not in _OF_TABLES:
        raise InputError(message(N_("这种文件里没有可选的表或图层,找不到“{table}”:请不要指定。"), table=table[:60]))
    if kind is Kind.GEOJSON:
        return _geojson(data, tick)
    with _explained():
        return raster.read(data, table, county) if kind is Kind.GEOTIFF else _READERS[kind](data, table, tick)


@contextmanager
def _explained() -> Iterator[None]:
    """Parsers meet files that their writers never thought of, and fail in their own ways."""
    try:
        yield
    except (InputError, StoppedError):
        raise
    except (Exception, RecursionError) as fault:
        _log.warning("a file could not be read", exc_info=True)
        said = message(N_("文件读不下去({kind}):可能已损坏或不完整,请重新导出后再传。"), kind=type(fault).__name__)
        raise InputError(said) from fault


def _geojson(data: bytes, tick: Tick) -> Decoded:
    found: Decoded = importlib.import_module("geo.ingest.readers.geojson").read(data, tick)
    return found
