"""One file, all its rows, all their faults at once."""

from __future__ import annotations

import gc
import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.i18n import N_, Label, Listed, Message, message
from geo.ingest import decode, fields, places, shapes
from geo.ingest.fields import Rules
from geo.ingest.report import Fault, RejectedRow, Report
from geo.ingest.words import vocabulary
from geo.model import COLUMNS, Certainty, Layer, Pack, feature_frame

_SAME_PLACE_DIGITS = 5  # of a degree: about 1 m
_DERIVED_DIGITS = 6


@dataclass
class _Row:
    """A row on its way through the checks."""

    number: int
    raw: Any
    columns: dict[str, Any] = field(default_factory=dict)
    shape: Any = None
    given_id: bool = True
    mentioned: frozenset[str] = frozenset()  # the properties that the file has for it
    faults: list[Fault] = field(default_factory=list)

    @property
    def shown(self) -> str:
        """The id that the file gave, or the name."""
        return str((self.given_id and self.columns.get("id")) or self.columns.get("name") or "")

    def complain(self, code: str, said: Message, fix: Message) -> None:
        self.faults.append(Fault(self.number, "", code, said, fix))

    def explained(self) -> list[Fault]:
        """Its faults, errors first, under the name that is known by now."""
        named = (replace(fault, id=self.shown) for fault in self.faults)
        return sorted(named, key=lambda fault: fault.severity != "error")

    @property
    def rejected(self) -> bool:
        return any(fault.severity == "error" for fault in self.faults)


def check(data: bytes, filename: str, layer: Layer, pack: Pack, existing: gpd.GeoDataFrame) -> Report:
    """Checks every row of a GeoJSON file against the format, the pack's words, the county and the ``existing`` layer.

    A row without id gets one made of its name and place, so that the same file uploaded twice means the same features.

    Raises:
        InputError: nothing in the file can be read as rows; the message says what to do.
    """
    file = PurePath(filename.replace("\\", "/")).name
    with _collector_off():
        raw = decode.features(data)
        rules = Rules(layer, vocabulary(pack), pack.plan.years)
        rows = [_read(number, feature, rules) for number, feature in enumerate(raw, 1)]
        _keep_stored(rows, existing)
        _place(rows, pack, layer)
        _find_duplicates(rows)
        good = [row for row in rows if not row.rejected]
        frame = _frame(good, layer, file)
        _compare(good, frame, existing)
    faults = [*_unknown_properties(rows, rules), *(fault for row in rows for fault in row.explained())]
    rejected = tuple(RejectedRow(row.number, row.shown, row.raw) for row in rows if row.rejected)
    return Report(file, layer, hashlib.sha256(data).hexdigest(), len(rows), frame, rejected, tuple(faults))


@contextmanager
def _collector_off() -> Iterator[None]:
    """Decoding makes millions of objects and no cycles: collecting in between costs more than the parsing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _read(number: int, feature: Any, rules: Rules) -> _Row:
    row = _Row(number, feature)
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        row.complain("not_a_feature", message(N_("不是要素")), message(N_("每一条的 type 应是 Feature:请重新导出")))
        return row
    given = feature.get("properties")
    properties = given if isinstance(given, dict) else {}
    if properties.get("id") is None and feature.get("id") is not None:
        properties = {**properties, "id": feature["id"]}
    row.mentioned = frozenset(properties)
    row.columns = fields.read(properties, rules, row.complain)
    row.shape = shapes.read(feature.get("geometry"), row.complain)
    row.given_id = bool(row.columns["id"])
    if not row.given_id and row.shape is not None:
        row.columns["id"] = _derived_id(row)
    return row


def _derived_id(row: _Row) -> str:
    x, y = shapely.get_coordinates(row.shape)[0].round(_DERIVED_DIGITS)
    kind = row.columns.get("category", "")
    return "u-" + hashlib.sha256(f"{row.columns['name']}|{kind}|{x}|{y}".encode("utf-8", "replace")).hexdigest()[:12]


def _place(rows: list[_Row], pack: Pack, layer: Layer) -> None:
    placed = [row for row in rows if row.shape is not None]
    shapes_of = _array(placed)

    def tell(index: int, code: str, said: Message, fix: Message) -> None:
        placed[index].complain(code, said, fix)

    places.check(shapes_of, pack, tell)
    for row, under in zip(placed, places.districts(shapes_of, pack), strict=True):
        _settle_district(row, under, pack, layer)


def _array(rows: list[_Row]) -> npt.NDArray[np.object_]:
    array = np.empty(len(rows), dtype=object)
    array[:] = [row.shape for row in rows]
    return array


def _settle_district(row: _Row, under: str, pack: Pack, layer: Layer) -> None:
    """A base belongs where its file says, a facility where it stands; a difference is told."""
    given = row.columns["district"]
    if not given:
        row.columns["district"] = "" if row.columns["certainty"] == Certainty.COUNTY else under
        return
    if given == under or row.rejected:
        return
    nowhere = Label("没有片区的地方", "no district")
    said = message(
        N_("写的是{given},坐标却在{under}"),
        given=pack.district(given).label,
        under=pack.district(under).label if under else nowhere,
    )
    if layer is Layer.FACILITIES:
        row.columns["district"] = under
        row.complain("district_differs", said, message(N_("请核对坐标;设施的片区以坐标为准")))
    else:
        row.complain("district_differs", said, message(N_("请核对坐标和片区;会以所写的片区为准")))


def _find_duplicates(rows: list[_Row]) -> None:
    first_of: dict[str, int] = {}
    places_of: dict[tuple[str, str, float, float], int] = {}
    for row in rows:
        id = row.columns.get("id", "")
        if row.shape is None or row.rejected or not id:
            continue
        if id in first_of:
            _complain_of_id(row, first_of[id])
            continue
        first_of[id] = row.number
        x, y = shapely.get_coordinates(row.shape)[0].round(_SAME_PLACE_DIGITS)
        key = (row.columns["name"], row.columns.get("category", ""), float(x), float(y))
        earlier = places_of.setdefault(key, row.number)
        if earlier != row.number:
            said = message(N_("与第 {first} 行同名同地,编号不同"), first=earlier)
            row.complain("duplicate_place", said, message(N_("若是同一处,请删去一行;会照原样收下")))


def _complain_of_id(row: _Row, first: int) -> None:
    if row.given_id:
        said = message(N_("编号与第 {first} 行重复"), first=first)
        row.complain("duplicate_id", said, message(N_("请给这一行换一个编号;先出现的那一行照收")))
    else:
        said = message(N_("与第 {first} 行的名称、位置都相同"), first=first)
        row.complain("duplicate_row", said, message(N_("请删去一行;若确是两处,请各写一个 id")))


def _frame(good: list[_Row], layer: Layer, file: str) -> gpd.GeoDataFrame:
    for row in good:
        if not row.columns["source"]:
            row.columns["source"] = file
    return feature_frame(layer, [row.columns for row in good], [row.shape for row in good])


def _keep_stored(rows: list[_Row], existing: gpd.GeoDataFrame) -> None:
    """What a row does not mention stays as it is stored: a file without a column must not blank that column."""
    ours = {row.columns["id"]: row for row in rows if row.given_id and row.shape is not None}
    stored = existing[existing["id"].isin(list(ours))]
    kept = [column for column in COLUMNS[_layer_of(existing)] if column not in ("id", "district", "certainty")]
    for record, shape in zip(stored.to_dict("records"), stored.geometry, strict=True):
        row = ours[record["id"]]
        row.columns |= {column: _bare(record[column]) for column in kept if column not in row.mentioned}
        if "certainty" not in row.mentioned and shapely.equals_exact(shape, row.shape):
            row.columns["certainty"] = record["certainty"]


def _bare(value: Any) -> Any:
    return None if pd.isna(value) else value


def _compare(good: list[_Row], frame: gpd.GeoDataFrame, existing: gpd.GeoDataFrame) -> None:
    """Tells which rows the store has already, and what in them would change."""
    ours = {row.columns["id"]: row for row in good}
    stored = existing[existing["id"].isin(list(ours))].set_index("id")
    if stored.empty:
        return
    fresh = frame.set_index("id").loc[stored.index]
    differs = {
        column: ~((stored[column] == fresh[column]).fillna(False) | (stored[column].isna() & fresh[column].isna()))
        for column in COLUMNS[_layer_of(frame)]
        if column != "id"
    }
    moved = shapely.to_wkb(stored.geometry.array) != shapely.to_wkb(fresh.geometry.array)
    changed = pd.DataFrame(differs, index=stored.index).assign(geometry=moved)
    for id, flags in changed.iterrows():
        columns = [message(fields.FIELD_WORDS[name]) for name in changed.columns[flags.to_numpy(dtype=bool)]]
        if columns:
            said = message(N_("编号已在库中,存入后更新:{columns}"), columns=Listed(tuple(columns)))
            ours[id].complain("replaces_existing", said, message(N_("若是另一处,请换一个编号")))
        else:
            said, fix = message(N_("与库中的一条完全相同")), message(N_("不用改:不会产生改动"))
            ours[id].complain("unchanged", said, fix)


def _layer_of(frame: gpd.GeoDataFrame) -> Layer:
    return Layer.FACILITIES if "category" in frame else Layer.BASES


def _unknown_properties(rows: list[_Row], rules: Rules) -> Iterator[Fault]:
    """One warning per property that no column takes: nothing is left out in silence."""
    times: Counter[str] = Counter()
    for row in rows:
        given = row.raw.get("properties") if isinstance(row.raw, dict) else None
        if isinstance(given, dict):
            times.update(name for name in given if name not in rules.known)
    fix = message(N_("不会存入;若是要紧的内容,请改写到 note(备注)里"))
    for name, n in times.items():
        said = message(N_("{n} 行有这里用不到的字段:{name}"), n=n, name=fields.shown(name))
        yield Fault(None, "", "unknown_property", said, fix)
