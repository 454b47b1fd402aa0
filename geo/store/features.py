"""Features as the database keeps them, and the differences that make up a revision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import msgspec
import numpy as np
import pandas as pd
import shapely

from geo.crs import to_storage
from geo.errors import StoreError
from geo.i18n import N_, Label, Listed, message
from geo.model import COLUMNS, PLACED, Layer, feature_frame
from geo.store.revisions import Draft

Op = Literal["add", "change", "remove"]
Key = tuple[Layer, str]  # a feature's layer and id
_NAMED = 5  # features that a message names before it only counts


@dataclass(frozen=True, slots=True)
class Stored:
    """A feature's columns other than its id as a JSON object, and its geometry as WKB (EPSG:4326)."""

    properties: str
    geometry: bytes


@dataclass(frozen=True, slots=True)
class Change:
    """What a revision does to one feature; None stands for "not there"."""

    layer: Layer
    id: str
    before: Stored | None
    after: Stored | None

    @property
    def op(self) -> Op:
        if self.before is None:
            return "add"
        return "change" if self.after is not None else "remove"

    @property
    def key(self) -> Key:
        return self.layer, self.id

    def reversed(self) -> Change:
        return Change(self.layer, self.id, self.after, self.before)


def changes_of(draft: Draft, current: Mapping[Layer, Mapping[str, Stored]]) -> list[Change]:
    """What ``draft`` does to the ``current`` features (layer -> id -> feature); what stays the same is left out.

    Raises:
        StoreError: an id is missing, comes twice or is both upserted and removed, or a feature has no position.
        CrsError: a frame has no CRS.
    """
    changes: list[Change] = []
    for layer in touched(draft):
        wanted: dict[str, Stored | None] = {}
        if layer in draft.upserts:
            wanted.update(_stored(layer, draft.upserts[layer]))
        removals = dict.fromkeys(draft.removals.get(layer, ()))
        _refuse(N_("不能同时保存和移除同一个要素:{names}。"), [id for id in removals if id in wanted])
        wanted.update(removals)
        stored = current[layer]
        changes += [
            Change(layer, id, stored.get(id), new) for id, new in wanted.items() if not _same(stored.get(id), new)
        ]
    return changes


def _same(old: Stored | None, new: Stored | None) -> bool:
    """Whether they say the same: an earlier program stored nothing of columns that are unknown to it."""
    if old is None or new is None or old.geometry != new.geometry:
        return old == new
    return old.properties == new.properties or _known(old) == _known(new)


def _known(feature: Stored) -> dict[str, Any]:
    read: dict[str, Any] = msgspec.json.decode(feature.properties)
    return {name: value for name, value in read.items() if value not in (None, False, "")}


def touched(draft: Draft) -> tuple[Layer, ...]:
    """The layers that ``draft`` speaks of, in their own order."""
    return tuple(layer for layer in Layer if layer in draft.upserts or layer in draft.removals)


def counts(changes: Iterable[Change]) -> Mapping[Op, int]:
    return Counter(change.op for change in changes)


def frame_of(layer: Layer, features: Mapping[str, Stored]) -> gpd.GeoDataFrame:
    """The features as a frame of the layer's columns, sorted by id."""
    ids = sorted(features)
    ordered = [features[id] for id in ids]
    # One array is decoded faster than its members one by one.
    rows: list[dict[str, Any]] = msgspec.json.decode(f"[{','.join(feature.properties for feature in ordered)}]")
    for id, row in zip(ids, rows, strict=True):
        row["id"] = id
    geometry = shapely.from_wkb(np.array([feature.geometry for feature in ordered], dtype=object))
    return feature_frame(layer, rows, list(geometry))


def name_of(change: Change) -> str:
    """The feature's name, "" where it has none."""
    return label_of(change).zh


def label_of(change: Change) -> Label:
    """The feature's name in both languages, "" where it has none."""
    feature = change.after or change.before
    named: dict[str, Any] = msgspec.json.decode(feature.properties) if feature else {}
    return Label(str(named.get("name", "")), str(named.get("name_en", "")))


def called(change: Change) -> str:
    """How a message calls the feature: its name, and its id where that says something else."""
    name = name_of(change)
    return f"{name}({change.id})" if name and name != change.id else change.id


def in_order(key: Key) -> tuple[int, str]:
    """Sorts features by layer, in the order of Layer, then by id."""
    return list(Layer).index(key[0]), key[1]


def listed(names: Iterable[str]) -> Listed:
    """The first few names, and how many there are when that is not all."""
    every = list(names)
    if len(every) <= _NAMED:
        return Listed(tuple(every))
    return Listed((*every[: _NAMED - 1], f"{every[_NAMED - 1]} … ({len(every)})"))


def _stored(layer: Layer, frame: gpd.GeoDataFrame) -> dict[str, Stored]:
    placed = to_storage(frame)
    values = {name: _plain(placed[name], dtype) for name, dtype in COLUMNS[layer].items()}
    ids = values.pop("id")
    geometry = placed.geometry.to_numpy()
    _check_ids(ids)
    bare = (shapely.is_missing(geometry) | shapely.is_empty(geometry)) & (layer in PLACED)
    _refuse(N_("没有位置的要素不能保存:{names}。请先补上坐标。"), [ids[row] for row in np.flatnonzero(bare)])
    encode = msgspec.json.Encoder().encode
    names = tuple(values)
    rows = zip(*values.values(), strict=True)
    properties = (encode(dict(zip(names, row, strict=True))).decode() for row in rows)
    shapes = shapely.to_wkb(geometry, byte_order=1)  # the same bytes on every machine, so that "the same" means so
    return {id: Stored(text, shape) for id, text, shape in zip(ids, properties, shapes, strict=True)}


def _plain(values: pd.Series[Any], dtype: str) -> list[Any]:
    """The column as Python values of its type; missing text is "", a missing number None."""
    if dtype == "str":
        return values.astype("str").fillna("").tolist()
    if dtype in ("Int64", "Float64"):
        number = int if dtype == "Int64" else float
        return [None if pd.isna(value) else number(value) for value in values]
    flags: list[Any] = values.astype(bool).tolist()
    return flags


def _check_ids(ids: list[str]) -> None:
    if "" in ids:
        raise StoreError(message(N_("第 {row} 个要素没有 id:请补上后再保存。"), row=ids.index("") + 1))
    _refuse(N_("id 重复,不能保存:{names}。请改成各不相同。"), [id for id, times in Counter(ids).items() if times > 1])


def _refuse(text: str, ids: list[str]) -> None:
    if ids:
        raise StoreError(message(text, names=listed(ids)))
