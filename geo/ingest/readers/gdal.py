"""Layers through GDAL, from memory. GDAL only meets files whose first bytes leave its other drivers nothing to take:
some of those fetch what a file names, from this machine's disk or the network."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyogrio

from geo.errors import InputError
from geo.i18n import N_, message
from geo.ingest.readers import arrow, crs, flaws, geometry, limits
from geo.ingest.readers.flaws import Note
from geo.ingest.rows import Decoded

_WARNINGS = RLock()  # the filters of warnings belong to the whole process
_EXPECTED = "non conformant file extension"  # what comes from memory has no ending
_INNER_NAME = re.compile(r"/vsi\w+/\S*")
_MOST_SAID = 5


@contextmanager
def heard() -> Iterator[list[str]]:
    """What GDAL warns of inside the block, each once."""
    said: list[str] = []
    with _WARNINGS, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield said
        finally:
            texts = (_INNER_NAME.sub("…", str(warning.message)) for warning in caught)
            said += dict.fromkeys(text for text in texts if _EXPECTED not in text)


def said_notes(said: Sequence[str]) -> tuple[Note, ...]:
    fix = message(N_("请核对读出的行是否完整;若不完整,请从 GIS 重新导出"))
    return tuple(("reader_said", message(N_("读取时提示:{text}"), text=text[:300]), fix) for text in said[:_MOST_SAID])


def layers(data: bytes) -> tuple[str, ...]:
    """The names of the layers, in the file's order."""
    with heard():
        return tuple(str(name) for name, _ in pyogrio.list_layers(data))


def is_filled(data: bytes, layer: str) -> bool:
    with heard():
        info = pyogrio.read_info(data, layer=layer, force_feature_count=True)
    return bool(info["features"])


@dataclass(frozen=True, eq=False)
class Source:
    """A file and how GDAL is to open it."""

    format: str
    data: bytes
    layer: str | None = None
    options: dict[str, Any] = field(default_factory=dict)

    def read(self) -> Decoded:
        """The layer's rows, numbered from 1.

        Raises:
            InputError: the layer is empty or too large.
        """
        with heard() as said:
            most = limits.MAX_ROWS + 1
            meta, table = pyogrio.read_arrow(self.data, layer=self.layer, max_features=most, **self.options)
            _check_size(table)
            shape_column = meta["geometry_name"] or "wkb_geometry"
            has_shapes = shape_column in table.column_names
            wkb = table[shape_column].to_pylist() if has_shapes else [None] * len(table)
            shapes, told = geometry.decoded(wkb, self._straightened)
        columns, dropped = arrow.columns_of(table, [shape_column])
        epsg, unknown = crs.epsg_of(meta["crs"])
        numbers = np.arange(1, len(table) + 1, dtype=np.int64)
        notes = (*unknown, *dropped, *said_notes(said))
        return Decoded(self.format, columns, numbers, shapes, epsg=epsg, flaws=told, notes=notes)

    def _straightened(self) -> Sequence[bytes | None]:
        """The shapes once more, by GDAL's older way out, which draws curves as short lines."""
        found = pyogrio.raw.read(self.data, layer=self.layer, columns=[], **self.options)
        return list(found[2])


def _check_size(table: pa.Table) -> None:
    if not len(table):
        raise InputError(N_("图层是空的:请确认导出时选中了要素。"))
    if len(table) > limits.MAX_ROWS:
        raise flaws.too_many_rows()
    if len(table) * table.num_columns > limits.MAX_CELLS:
        raise flaws.too_many_cells()
