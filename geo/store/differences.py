"""What differs between two revisions, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import shapely

from geo.i18n import Label
from geo.model import COLUMNS, Layer
from geo.store.features import Change, Op, Stored, in_order, label_of

GEOMETRY = "geometry"
_BLANK: Mapping[str, Any] = {"str": "", "bool": False, "Int64": None, "Float64": None}


@dataclass(frozen=True)
class FieldChange:
    """A field's value before and after; None where the feature was not there, or has no number there.

    The field "geometry" holds shapely geometries (EPSG:4326).
    """

    name: str
    old: Any
    new: Any


@dataclass(frozen=True)
class Difference:
    """A feature that is not the same at two revisions. Of one added or removed, blank fields are left out."""

    layer: Layer
    id: str
    label: Label  # the feature's name, "" where it has none
    op: Op
    fields: tuple[FieldChange, ...]


def differences(changes: Iterable[Change]) -> tuple[Difference, ...]:
    """By layer and id; what is the same before and after is left out."""
    found = (_difference(change) for change in sorted(changes, key=lambda change: in_order(change.key)))
    return tuple(difference for difference in found if difference.fields)


def _difference(change: Change) -> Difference:
    before, after = values_of(change.layer, change.before), values_of(change.layer, change.after)
    blank = blanks(change.layer)
    fields = tuple(
        FieldChange(name, before.get(name), after.get(name))
        for name in (before | after)
        if not same(before.get(name, blank.get(name)), after.get(name, blank.get(name)))
    )
    return Difference(change.layer, change.id, label_of(change), change.op, fields)


def values_of(layer: Layer, feature: Stored | None) -> dict[str, Any]:
    """The feature's fields but for its id, the geometry as shapely; none where it is not there.

    A column that the layer has got since the feature was stored is blank.
    """
    if feature is None:
        return {}
    stored: dict[str, Any] = msgspec.json.decode(feature.properties)
    return {**blanks(layer), **stored, GEOMETRY: shapely.from_wkb(feature.geometry)}


def blanks(layer: Layer) -> dict[str, Any]:
    """Column -> what it holds where nothing is known."""
    return {name: _BLANK[dtype] for name, dtype in COLUMNS[layer].items() if name != "id"}


def same(*values: Any) -> bool:
    """Are a field's values all the same? Geometries are where every coordinate is, heights too."""
    first, *others = (shapely.to_wkb(value) if isinstance(value, shapely.Geometry) else value for value in values)
    return all(value == first for value in others)
