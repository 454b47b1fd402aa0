"""The rows of a file beside what the store has of the same ids: what stays, what changes, what is the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import shapely

from geo.i18n import N_, Listed, Message, message
from geo.ingest.column import Column, Rows, in_pieces, texts_of
from geo.ingest.fields import FIELD_WORDS, Columns
from geo.ingest.report import FieldChange
from geo.ingest.rows import Shapes
from geo.model import COLUMNS, Layer

_OF_SAMPLE = ("sample", "certainty", "source", "source_en")  # what made-up features say of themselves
_SOUGHT = 1 << 17  # rows that are looked up at once among the stored ones


def keep(
    columns: Columns,
    values: Mapping[str, Column],
    shapes: Shapes,
    out: npt.NDArray[np.bool_],
    existing: gpd.GeoDataFrame,
    layer: Layer,
) -> None:
    """What a row does not mention stays as it is stored: a file without a column must not blank that column. That a
    feature is made up does not stay: what comes in is real unless it says otherwise.

    Rows that are ``out`` (n,) have nothing to keep; of the others no two have one id.
    """
    rows, theirs = among(columns["id"].array, existing)
    rows, theirs = rows[~out[rows]], theirs[~out[rows]]
    lacking = {name: _lacking(values, name, rows) for name in COLUMNS[layer]}
    real = lacking["sample"] & existing["sample"].to_numpy(dtype=bool)[theirs]
    for name, lacks in lacking.items():
        if name in _OF_SAMPLE:
            lacks &= ~real
        by_place = name == "district" and layer is not Layer.BASES
        if name == "id" or by_place or not lacks.any():
            continue
        if name == "certainty":  # of the place that is stored
            lacks[lacks] = shapely.equals_exact(existing.geometry.to_numpy()[theirs[lacks]], shapes[rows[lacks]])
        columns[name].put(rows[lacks], map(_bare, existing[name].iloc[theirs[lacks]].tolist()))


def _lacking(values: Mapping[str, Column], name: str, rows: Rows) -> npt.NDArray[np.bool_]:
    return ~values[name].mentioned()[rows] if name in values else np.ones(len(rows), dtype=bool)


def among(ids: pa.ChunkedArray, existing: gpd.GeoDataFrame) -> tuple[Rows, Rows]:
    """Which of ``ids`` are stored, and at which places of ``existing``."""
    stored, start = texts_of(existing["id"]), 0
    rows, places = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for piece in in_pieces(ids, _SOUGHT):
        found = pc.index_in(piece, stored)
        rows.append(start + np.flatnonzero(found.is_valid()))
        places.append(found.drop_null().to_numpy())
        start += len(piece)
    return np.concatenate(rows), np.concatenate(places)


def _bare(value: Any) -> Any:
    return None if pd.isna(value) else value


def compare(frame: gpd.GeoDataFrame, existing: gpd.GeoDataFrame, layer: Layer) -> dict[str, tuple[FieldChange, ...]]:
    """Id -> what storing ``frame`` changes in the stored feature of that id; () where nothing."""
    rows, theirs = among(texts_of(frame["id"]), existing)
    if not len(rows):
        return {}
    names = [name for name in COLUMNS[layer] if name != "id"]
    old = {name: existing[name].iloc[theirs].tolist() for name in names}
    new = {name: frame[name].iloc[rows].tolist() for name in names}
    before, after = existing.geometry.to_numpy()[theirs], frame.geometry.to_numpy()[rows]
    moved = shapely.to_wkb(before) != shapely.to_wkb(after)
    found: dict[str, tuple[FieldChange, ...]] = {}
    for row, id in enumerate(frame["id"].iloc[rows]):
        differs = [
            FieldChange(name, _bare(old[name][row]), _bare(new[name][row]))
            for name in names
            if not _same(old[name][row], new[name][row])
        ]
        if moved[row]:
            differs.append(FieldChange("geometry", before[row], after[row]))
        found[str(id)] = tuple(differs)
    return found


def _same(old: Any, new: Any) -> bool:
    if pd.isna(old) or pd.isna(new):
        return bool(pd.isna(old) and pd.isna(new))
    return bool(old == new)


def replaced(changes: Sequence[FieldChange]) -> tuple[Message, Message]:
    """What is said of a row that would change a stored feature."""
    names = Listed(tuple(message(FIELD_WORDS[change.field]) for change in changes))
    return message(N_("编号已在库中,存入后更新:{columns}"), columns=names), message(N_("若是另一处,请换一个编号"))
