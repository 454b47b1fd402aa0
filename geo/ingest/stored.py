"""The rows of a file beside what the store has of the same ids: what stays, what changes, what is the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.i18n import N_, Listed, Message, message
from geo.ingest.fields import FIELD_WORDS, Columns
from geo.ingest.report import FieldChange
from geo.ingest.rows import ABSENT, Shapes
from geo.model import COLUMNS, Layer


def keep(
    columns: Columns,
    values: Mapping[str, Sequence[Any]],
    shapes: Shapes,
    out: npt.NDArray[np.bool_],
    existing: gpd.GeoDataFrame,
    layer: Layer,
) -> None:
    """What a row does not mention stays as it is stored: a file without a column must not blank that column.

    Rows that are ``out`` (n,) have nothing to keep; of the others no two have one id.
    """
    ours = {id: index for index, id in enumerate(columns["id"]) if id and not out[index]}
    known = existing[existing["id"].isin(list(ours))]
    kept = [name for name in COLUMNS[layer] if name not in ("id", "district", "certainty")]
    for record, shape in zip(known.to_dict("records"), known.geometry, strict=True):
        index = ours[record["id"]]
        for name in kept:
            if not _mentions(values, name, index):
                columns[name][index] = _bare(record[name])
        if not _mentions(values, "certainty", index) and shapely.equals_exact(shape, shapes[index]):
            columns["certainty"][index] = record["certainty"]


def _mentions(values: Mapping[str, Sequence[Any]], name: str, index: int) -> bool:
    return name in values and values[name][index] is not ABSENT


def _bare(value: Any) -> Any:
    return None if pd.isna(value) else value


def compare(frame: gpd.GeoDataFrame, existing: gpd.GeoDataFrame, layer: Layer) -> dict[str, tuple[FieldChange, ...]]:
    """Id -> what storing ``frame`` changes in the stored feature of that id; () where nothing."""
    ids = set(frame["id"].tolist())
    known = existing[existing["id"].isin(list(ids))].set_index("id")
    if known.empty:
        return {}
    fresh = frame.set_index("id").loc[known.index]
    names = [name for name in COLUMNS[layer] if name != "id"]
    old = {name: known[name].tolist() for name in names}
    new = {name: fresh[name].tolist() for name in names}
    before, after = known.geometry.to_numpy(), fresh.geometry.to_numpy()
    moved = shapely.to_wkb(before) != shapely.to_wkb(after)
    found: dict[str, tuple[FieldChange, ...]] = {}
    for row, id in enumerate(known.index):
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
