"""Layers through GDAL, from memory. GDAL only meets files whose first bytes leave its other drivers nothing to take:
some of those fetch what a file names, from this machine's disk or the network."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyogrio

from geo.errors import InputError
from geo.i18n import N_, message
from geo.ingest.progress import Tick, silent
from geo.ingest.readers import arrow, crs, flaws, geometry, limits
from geo.ingest.readers.flaws import Note
from geo.ingest.rows import Decoded, Flaw, Shapes

_WARNINGS = RLock()  # the filters of warnings belong to the whole process
_EXPECTED = "non conformant file extension"  # what comes from memory has no ending
_INNER_NAME = re.compile(r"/vsi\w+/\S*")
_MOST_SAID = 5
_BATCH = 8192


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

    def read(self, tick: Tick = silent) -> Decoded:
        """The layer's rows, numbered from 1.

        Raises:
            InputError: the layer is empty or too large.
        """
        with heard() as said:
            meta, table, shapes, told = self._batches(tick)
            if shapes is not None:
                self._straighten(shapes, told)
        columns, dropped, garbled = arrow.columns_of(table)
        epsg, unknown = crs.epsg_of(meta["crs"])
        numbers = np.arange(1, len(table) + 1, dtype=np.int64)
        notes = (*unknown, *dropped, *said_notes(said))
        return Decoded(self.format, columns, numbers, shapes, epsg=epsg, flaws=[*told, *garbled], notes=notes)

    def _batches(self, tick: Tick) -> tuple[dict[str, Any], pa.Table, Shapes | None, list[Flaw]]:
        """What is known of the layer, its columns, and its shapes, which are decoded on the way to hold them once; a
        table has none."""
        rest: list[pa.RecordBatch] = []
        shapes: list[Shapes] = []
        told: list[Flaw] = []
        opened = pyogrio.open_arrow(
            self.data, layer=self.layer, batch_size=_BATCH, use_pyarrow=True, return_fids=False, **self.options
        )
        with opened as (meta, reader):
            name = meta["geometry_name"] or "wkb_geometry"
            rows = seen = 0
            for batch in reader:
                seen += batch.nbytes
                tick(min(1.0, seen / len(self.data)))  # how many rows there are is only known at the end
                if name in batch.schema.names:
                    decoded, flawed = geometry.decoded(batch.column(name).to_pylist())
                    told += (replace(flaw, index=flaw.index + rows) for flaw in flawed)
                    shapes.append(decoded)
                    batch = batch.drop_columns([name])
                rest.append(batch)
                rows += len(batch)
                _check_size(rows, batch.num_columns)
        if not rows:
            raise InputError(N_("图层是空的:请确认导出时选中了要素。"))
        return meta, pa.Table.from_batches(rest), np.concatenate(shapes) if shapes else None, told

    def _straighten(self, shapes: Shapes, told: Sequence[Flaw]) -> None:
        """Fills in the curved shapes by GDAL's older way out, which draws curves as short lines."""
        rows = geometry.curved_rows(told)
        if rows:
            found = pyogrio.raw.read(self.data, layer=self.layer, columns=[], **self.options)[2]
            shapes[rows] = geometry.decoded([found[row] for row in rows])[0]


def _check_size(rows: int, columns: int) -> None:
    if rows > limits.MAX_ROWS:
        raise flaws.too_many_rows()
    if rows * columns > limits.MAX_CELLS:
        raise flaws.too_many_cells()
