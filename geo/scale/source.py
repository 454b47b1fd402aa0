"""The input: GeoParquet of any writer, checked, read in batches, and put in the order of place once.

Row groups of an input lie as its writer left them. A worker that needs one tile must not read a province, so each batch
is copied along a Hilbert curve in small row groups, and an index says what is where.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pyproj
import shapely

from geo import crs
from geo.errors import CrsError, InputError, OutputError
from geo.i18n import N_, Listed, Message, message
from geo.model import COLUMNS, Layer

Floats = npt.NDArray[np.float64]
_MOST_NAME = 60  # characters of an id that are told

GLOBE = (-180.0, -90.0, 180.0, 90.0)
# What a run needs of each layer, and what it takes where it is there: the county a row belongs to, the profile that a
# base is judged by, the plane (EPSG) that it is measured in.
NEEDED: Mapping[Layer, tuple[str, ...]] = {
    Layer.BASES: ("id", "name", "district", "cluster", "sample"),
    Layer.FACILITIES: ("id", "name", "name_en", "category", "sample"),
}
OPTIONAL: Mapping[Layer, Mapping[str, str]] = {
    Layer.BASES: {"county": "str", "profile": "str", "epsg": "Int64"},
    Layer.FACILITIES: {},
}
_ARROW = {"str": pa.large_string(), "bool": pa.bool_(), "Int64": pa.int64()}
_DEGREES = pyproj.CRS.from_epsg(
    crs.STORAGE_EPSG
)  # kept: looking it up anew for every frame takes longer than reading one
_BATCH_ROWS = 65_536  # of an input at once
GROUP_ROWS = {Layer.BASES: 256, Layer.FACILITIES: 2_048}  # of a row group in the order of place
_CURVE_LEVEL = 16  # cells of 0.005 degrees
# An edge that is straight in degrees bends on the plane by less than this share of its length, up to 350 km.
_BEND = 0.01


@dataclass(frozen=True)
class Unit:
    """One row group of an input file: what is put in order at a time."""

    layer: Layer
    file: Path
    group: int
    number: int  # among all units of the layer, in the input's order


# --- finding and checking ------------------------------------------------------------------------------------------


def files_of(source: Path, layer: Layer) -> list[Path]:
    """The GeoParquet files of a layer in the folder: ``bases.parquet``, or every file below a folder of that name.

    Raises:
        InputError: there are none.
    """
    place = source / f"{layer}.parquet"
    found = sorted(place.rglob("*.parquet")) if place.is_dir() else [place]
    if not place.exists() or not found:
        raise InputError(
            message(
                N_("“{folder}”里没有 {name}:请放一个 GeoParquet 文件,或同名的文件夹。"), folder=source, name=place.name
            )
        )
    return found


def units_of(source: Path, layer: Layer) -> list[Unit]:
    """The row groups of a layer, every file checked. There may be no facilities; then every base lacks all.

    Raises:
        InputError, CrsError: a file cannot be used, or there are no bases; the message names it.
    """
    pairs = [(file, group) for file in files_of(source, layer) for group in range(_checked(file, layer))]
    if not pairs and layer is Layer.BASES:
        raise InputError(message(N_("{name} 里一行也没有:请检查导出这份数据的一步。"), name=f"{layer}.parquet"))
    return [Unit(layer, file, group, number) for number, (file, group) in enumerate(pairs)]


def _checked(file: Path, layer: Layer) -> int:
    """How many row groups with rows the file has, everything else about it in order."""
    with _opened(file) as opened:
        schema, groups, rows = opened.schema_arrow, opened.num_row_groups, opened.metadata.num_rows
    lacking = [name for name in NEEDED[layer] if name not in schema.names]
    if lacking:
        raise InputError(message(N_("“{file}”缺这些列:{columns}。"), file=file, columns=Listed(tuple(lacking))))
    _geometry(file, schema)
    return groups if rows else 0


def _opened(file: Path) -> Any:
    try:
        return pq.ParquetFile(file)
    except (OSError, pa.ArrowException) as fault:
        raise InputError(_unread(file, fault)) from fault


def _unread(file: Path, fault: Exception) -> Message:
    text = N_("读不了“{file}”({detail}):请检查它是不是完整的 Parquet,以及每个 worker 都看得见这个路径。")
    return message(text, file=file, detail=str(fault).splitlines()[0])


def _geometry(file: Path, schema: Any) -> str:
    """The geometry's column, its CRS checked."""
    try:
        about = json.loads((schema.metadata or {})[b"geo"])
        name = about["primary_column"]
        column = about["columns"][name]
        encoding = column["encoding"]
    except (KeyError, TypeError, ValueError) as fault:
        raise InputError(message(N_("“{file}”不是 GeoParquet:没有几何列的说明。"), file=file)) from fault
    if encoding != "WKB" or name not in schema.names:
        raise InputError(message(N_("“{file}”的几何写成 {encoding}:请改写成 WKB。"), file=file, encoding=encoding))
    _check_degrees(file, column)
    return str(name)


def _check_degrees(file: Path, column: Mapping[str, Any]) -> None:
    """Whether the column is in degrees. Without a word on it the format means longitude and latitude (CRS84)."""
    said = column.get("crs", "OGC:CRS84")
    if said is None:
        raise CrsError(message(N_("“{file}”没有坐标系:请先注明(例如 set_crs(4326))再导出。"), file=file))
    try:
        found = pyproj.CRS.from_user_input(said)
    except pyproj.exceptions.CRSError as fault:
        raise CrsError(message(N_("“{file}”的坐标系看不懂:请用 EPSG:4326 或 4490。"), file=file)) from fault
    if found.to_authority() != ("OGC", "CRS84") and found.to_epsg() not in crs.GEOGRAPHIC:
        text = N_("“{file}”的坐标系是 {crs}:请先转成经纬度(EPSG:4326 或 4490)。")
        raise CrsError(message(text, file=file, crs=found.name))


def digests(source: Path) -> dict[str, str]:
    """SHA-256 of every file of both layers, by its name in the folder."""
    found = {}
    for layer in NEEDED:
        for file in files_of(source, layer):
            with file.open("rb") as handle:
                found[str(file.relative_to(source))] = hashlib.file_digest(handle, "sha256").hexdigest()
    return found


# --- reading -------------------------------------------------------------------------------------------------------


def batches(unit: Unit) -> Iterator[gpd.GeoDataFrame]:
    """The unit's rows, some ten thousand at a time: the columns of :data:`NEEDED` and :data:`OPTIONAL`, and geometry.

    Raises:
        InputError: the file is damaged, a column's values are of another kind, or a place is not on the globe.
    """
    with _opened(unit.file) as opened:
        name = _geometry(unit.file, opened.schema_arrow)
        wanted = [*(one for one in _dtypes(unit.layer) if one in opened.schema_arrow.names), name]
        try:
            for batch in opened.iter_batches(_BATCH_ROWS, row_groups=[unit.group], columns=wanted):
                yield _frame(unit, batch, name)
        except (OSError, pa.ArrowException, shapely.errors.GEOSException) as fault:
            raise InputError(_unread(unit.file, fault)) from fault


def _dtypes(layer: Layer) -> dict[str, str]:
    return {name: COLUMNS[layer][name] for name in NEEDED[layer]} | dict(OPTIONAL[layer])


def _frame(unit: Unit, batch: Any, geometry: str) -> gpd.GeoDataFrame:
    columns = {}
    for name, dtype in _dtypes(unit.layer).items():
        if name in batch.schema.names:
            columns[name] = _column(unit, batch.column(name), name, dtype)
        else:
            columns[name] = pd.Series([None if dtype == "Int64" else ""] * len(batch), dtype=dtype)
    shapes = shapely.from_wkb(batch.column(geometry).to_numpy(zero_copy_only=False))
    _check_on_globe(unit, columns["id"], shapes)
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(shapes, crs=_DEGREES))


def _check_on_globe(unit: Unit, ids: pd.Series[Any], shapes: Any) -> None:
    bounds = shapely.bounds(shapes)
    off = (np.abs(bounds[:, ::2]) > 180).any(axis=1) | (np.abs(bounds[:, 1::2]) > 90).any(axis=1)
    if off.any():
        first = int(np.argmax(off))
        west, south, _, _ = bounds[first]
        text = N_("“{file}”里有 {n} 处不在地球上,第一处是 {id}(经度 {lon},纬度 {lat}):请换算成度,经度在前。")
        raise InputError(
            message(
                text,
                file=unit.file,
                n=int(off.sum()),
                id=str(ids.iloc[first])[:_MOST_NAME],
                lon=float(west),
                lat=float(south),
            )
        )


def _column(unit: Unit, values: Any, name: str, dtype: str) -> pd.Series[Any]:
    try:
        array = values.cast(_ARROW[dtype])
    except pa.ArrowException as fault:
        text = N_("“{file}”的列 {column} 应是 {kind},却是 {found}。")
        kind = {"str": N_("文字"), "bool": N_("是非"), "Int64": N_("整数")}[dtype]
        raise InputError(
            message(text, file=unit.file, column=name, kind=message(kind), found=str(values.type))
        ) from fault
    if dtype == "Int64":
        return pd.Series(array.to_pandas(integer_object_nulls=True), dtype=dtype)
    return pd.Series(array.fill_null("" if dtype == "str" else False).to_pandas(), dtype=dtype)


def groups(file: Path, numbers: Sequence[int]) -> gpd.GeoDataFrame:
    """Row groups of a file that :func:`write_ordered` wrote.

    Raises:
        InputError: it cannot be read.
    """
    with _opened(file) as opened:
        try:
            frame = opened.read_row_groups(list(numbers)).to_pandas()
        except (OSError, pa.ArrowException) as fault:
            raise InputError(_unread(file, fault)) from fault
    shapes = gpd.GeoSeries(shapely.from_wkb(frame["geometry"]), crs=_DEGREES)
    return gpd.GeoDataFrame(frame.drop(columns="geometry"), geometry=shapes)


# --- order ---------------------------------------------------------------------------------------------------------


def along_curve(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The rows that have a place, in the order of a Hilbert curve over the globe, so that neighbours stand together."""
    shapes = np.asarray(frame.geometry.array, dtype=object)
    there = frame[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    if there.empty:
        return there
    return there.iloc[np.argsort(there.hilbert_distance(GLOBE, _CURVE_LEVEL).to_numpy(), kind="stable")]


def boxes(shapes: Any) -> Floats:
    """(n, 4) west, south, east, north in degrees that hold each shape, its edges drawn straight on any plane too."""
    bounds: Floats = shapely.bounds(shapes)
    spare = _BEND * np.hypot(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1])[:, None]
    return bounds + np.hstack([-spare, -spare, spare, spare])


def corners(shapes: Any) -> Floats:
    """(n, 2) the first corner of each shape; nan where it has none."""
    found = np.full((len(shapes), 2), np.nan)
    xy, of = shapely.get_coordinates(shapes, return_index=True)
    rows, first = np.unique(of, return_index=True)
    found[rows] = xy[first]
    return found


# --- writing -------------------------------------------------------------------------------------------------------


def write_layer(frame: gpd.GeoDataFrame, path: Path) -> None:
    """A frame as GeoParquet, whole or not at all.

    Raises:
        OutputError: it cannot be written.
    """
    whole(path, lambda part: frame.to_parquet(part, index=False, compression="zstd"))


def write_ordered(frame: gpd.GeoDataFrame, path: Path, layer: Layer) -> None:
    """The same in small row groups, in the frame's order."""
    rows = GROUP_ROWS[layer]
    whole(path, lambda part: frame.to_parquet(part, index=False, compression="zstd", row_group_size=rows))


def whole(path: Path, write: Callable[[Path], object]) -> None:
    """Writes beside ``path``, and puts the file there once all of it is on the disk: two who write it leave one of both.

    Raises:
        OutputError: it cannot be written.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            write(part)
            with part.open("rb") as handle:
                os.fsync(handle.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as fault:
        text = N_("写不进“{file}”({detail}):请检查磁盘空间和权限,以及每个 worker 都看得见这个路径。")
        raise OutputError(message(text, file=path, detail=fault.strerror or str(fault))) from fault
