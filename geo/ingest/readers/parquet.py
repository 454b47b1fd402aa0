"""GeoParquet, and plain Parquet with WKB in a binary column."""

from __future__ import annotations

import io
from typing import Any

import geopandas as gpd
import msgspec
import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from geo.errors import InputError
from geo.i18n import N_, message
from geo.ingest.readers import arrow, crs, flaws, geometry, limits
from geo.ingest.readers.flaws import Note
from geo.ingest.rows import Decoded, Flaw, Shapes

_USUAL_NAMES = ("geometry", "geom", "wkb", "wkb_geometry", "shape")
_DEFAULT_CRS = "OGC:CRS84"  # GeoParquet without a word of it


def read(data: bytes) -> Decoded:
    """The rows, with shapes where there is a geometry column.

    Raises:
        InputError: damaged, empty, or larger unpacked than the limits allow.
    """
    file = _opened(data)
    texts = [
        column.path
        for column in map(file.schema.column, range(len(file.schema)))
        if column.physical_type == "BYTE_ARRAY"
    ]
    table = pq.ParquetFile(io.BytesIO(data), read_dictionary=texts).read(use_threads=False)
    meta = _geo(file)
    name = _geometry_column(table, meta)
    numbers = np.arange(1, len(table) + 1, dtype=np.int64)
    columns, dropped = arrow.columns_of(table, [name] if name else [])
    if name is None:
        return Decoded("parquet", columns, numbers, notes=dropped)
    shapes, told = _shapes(data, table, name)
    epsg, unknown = _epsg(name, meta)
    return Decoded("parquet", columns, numbers, shapes, epsg=epsg, flaws=told, notes=(*unknown, *dropped))


def _opened(data: bytes) -> pq.ParquetFile:
    try:
        file = pq.ParquetFile(io.BytesIO(data))
    except (pa.ArrowException, OSError) as fault:
        raise InputError(N_("Parquet 已损坏或不完整:请重新导出,并确认文件传输完整。")) from fault
    said = file.metadata
    unpacked = sum(said.row_group(i).total_byte_size for i in range(said.num_row_groups))
    if unpacked > limits.MAX_UNPACKED:
        text = N_("文件解开后有 {size} MB,太大:请分成几个文件,或先删去用不到的内容。")
        raise InputError(message(text, size=unpacked >> 20))
    if said.num_rows > limits.MAX_ROWS:
        raise flaws.too_many_rows()
    if said.num_rows * said.num_columns > limits.MAX_CELLS:
        raise flaws.too_many_cells()
    if not said.num_rows:
        raise InputError(N_("文件里没有行:请确认导出时选中了图层和要素。"))
    return file


def _geo(file: pq.ParquetFile) -> dict[str, Any]:
    """The file's own word on its geometry columns; {} where it says nothing that can be understood."""
    said = (file.metadata.metadata or {}).get(b"geo", b"{}")
    try:
        meta = msgspec.json.decode(said)
    except msgspec.DecodeError:
        return {}
    return meta if isinstance(meta, dict) and isinstance(meta.get("columns"), dict) else {}


def _geometry_column(table: pa.Table, meta: dict[str, Any]) -> str | None:
    primary = meta.get("primary_column")
    if primary in table.column_names:
        return str(primary)
    binary = [field.name for field in table.schema if _is_binary(field.type)]
    return next((name for usual in _USUAL_NAMES for name in binary if name.lower() == usual), None)


def _is_binary(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _said_of(name: str, meta: dict[str, Any]) -> dict[str, Any]:
    said = meta.get("columns", {}).get(name)
    return said if isinstance(said, dict) else {}


def _shapes(data: bytes, table: pa.Table, name: str) -> tuple[Shapes, list[Flaw]]:
    if _is_binary(table.schema.field(name).type):
        return geometry.decoded(_bytes(table[name]))
    # Coordinates in nested lists, which GeoParquet 1.1 allows.
    frame = gpd.read_parquet(io.BytesIO(data), columns=[name])
    return geometry.flattened(geometry.array_of(list(frame[name].array)))


def _bytes(column: pa.ChunkedArray) -> list[bytes | None]:
    found: list[bytes | None] = []
    for chunk in column.chunks:
        if isinstance(chunk, pa.ExtensionArray):
            chunk = chunk.storage
        if pa.types.is_dictionary(chunk.type):
            words = chunk.dictionary.to_pylist()
            found += (None if at is None else words[at] for at in chunk.indices.to_pylist())
        else:
            found += chunk.to_pylist()
    return found


def _epsg(name: str, meta: dict[str, Any]) -> tuple[int | None, tuple[Note, ...]]:
    said = _said_of(name, meta)
    return crs.epsg_of(said.get("crs", _DEFAULT_CRS)) if said else (None, ())
