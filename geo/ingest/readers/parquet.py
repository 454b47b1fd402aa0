"""GeoParquet, and plain Parquet with WKB in a binary column."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas as gpd
import msgspec
import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from geo.errors import InputError
from geo.i18n import N_, message
from geo.ingest.progress import Tick, silent
from geo.ingest.readers import arrow, crs, flaws, geometry, limits
from geo.ingest.readers.flaws import Note
from geo.ingest.rows import Decoded, Flaw, Shapes

_USUAL_NAMES = ("geometry", "geom", "wkb", "wkb_geometry", "shape")
_FEWEST, _MOST = 16, 8192  # rows in a batch
_DEFAULT_CRS = "OGC:CRS84"  # GeoParquet without a word of it


def read(data: bytes, tick: Tick = silent) -> Decoded:
    """The rows, with shapes where there is a geometry column.

    Raises:
        InputError: damaged, empty, or larger unpacked than the limits allow.
    """
    file = _opened(data)
    meta = _geo(file)
    name = _geometry_column(file.schema_arrow, meta)
    names = [field.name for field in file.schema_arrow if field.name != name]
    columns, dropped, garbled = arrow.columns_of(_by_words(data, file).read(columns=names, use_threads=False))
    numbers = np.arange(1, file.metadata.num_rows + 1, dtype=np.int64)
    if name is None:
        return Decoded("parquet", columns, numbers, flaws=garbled, notes=dropped)
    shapes, told = _shapes(data, file, name, tick)
    epsg, unknown = _epsg(name, meta)
    notes = (*unknown, *dropped)
    return Decoded("parquet", columns, numbers, shapes, epsg=epsg, flaws=[*told, *garbled], notes=notes)


def _by_words(data: bytes, file: pq.ParquetFile) -> pq.ParquetFile:
    """The file, with texts as dictionaries: one that is repeated in every row is unpacked once."""
    columns = map(file.schema.column, range(len(file.schema)))
    texts = [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]
    return pq.ParquetFile(pa.BufferReader(data), read_dictionary=texts)


def _opened(data: bytes) -> pq.ParquetFile:
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
    except (pa.ArrowException, OSError) as fault:
        raise InputError(N_("Parquet 已损坏或不完整:请重新导出,并确认文件传输完整。")) from fault
    said = file.metadata
    unpacked = sum(said.row_group(i).total_byte_size for i in range(said.num_row_groups))
    if unpacked > limits.MAX_UNPACKED:
        raise _too_large(unpacked)
    if said.num_rows > limits.MAX_ROWS:
        raise flaws.too_many_rows()
    if said.num_rows * said.num_columns > limits.MAX_CELLS:
        raise flaws.too_many_cells()
    if not said.num_rows:
        raise InputError(N_("文件里没有行:请确认导出时选中了图层和要素。"))
    return file


def _too_large(unpacked: int) -> InputError:
    text = N_("文件解开后有 {size} MB,太大:请分成几个文件,或先删去用不到的内容。")
    return InputError(message(text, size=unpacked >> 20))


def _geo(file: pq.ParquetFile) -> dict[str, Any]:
    """The file's own word on its geometry columns; {} where it says nothing that can be understood."""
    said = (file.metadata.metadata or {}).get(b"geo", b"{}")
    try:
        meta = msgspec.json.decode(said)
    except msgspec.DecodeError:
        return {}
    return meta if isinstance(meta, dict) and isinstance(meta.get("columns"), dict) else {}


def _geometry_column(schema: pa.Schema, meta: dict[str, Any]) -> str | None:
    primary = meta.get("primary_column")
    if primary in schema.names:
        return str(primary)
    binary = [field.name for field in schema if _is_binary(field.type)]
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


def _shapes(data: bytes, file: pq.ParquetFile, name: str, tick: Tick) -> tuple[Shapes, list[Flaw]]:
    if not _is_binary(file.schema_arrow.field(name).type):
        # Coordinates in nested lists, which GeoParquet 1.1 allows.
        frame = gpd.read_parquet(pa.BufferReader(data), columns=[name])
        return geometry.flattened(geometry.array_of(list(frame[name].array)))
    shapes: list[Shapes] = []
    told: list[Flaw] = []
    rows = unpacked = 0
    for batch in file.iter_batches(_batch_size(file, name), columns=[name], use_threads=False):
        unpacked += batch.nbytes
        if unpacked > limits.MAX_UNPACKED:
            raise _too_large(unpacked)
        tick(rows / file.metadata.num_rows)
        decoded, flawed = geometry.decoded(_bytes(batch.column(0)))
        told += (replace(flaw, index=flaw.index + rows) for flaw in flawed)
        shapes.append(decoded)
        rows += len(batch)
    return np.concatenate(shapes), told


def _batch_size(file: pq.ParquetFile, name: str) -> int:
    """Rows at a time such that one shape repeated in all of them, which packs to nothing, keeps to the limits."""
    groups = map(file.metadata.row_group, range(file.metadata.num_row_groups))
    columns = [group.column(i) for group in groups for i in range(group.num_columns)]
    largest = max(column.total_uncompressed_size for column in columns if column.path_in_schema == name)
    return max(_FEWEST, min(_MOST, limits.MAX_UNPACKED // max(int(largest), 1)))


def _bytes(column: pa.Array) -> list[bytes | None]:
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if not pa.types.is_dictionary(column.type):
        return list(column.to_pylist())
    words = column.dictionary.to_pylist()
    return [None if at is None else words[at] for at in column.indices.to_pylist()]


def _epsg(name: str, meta: dict[str, Any]) -> tuple[int | None, tuple[Note, ...]]:
    said = _said_of(name, meta)
    return crs.epsg_of(said.get("crs", _DEFAULT_CRS)) if said else (None, ())
