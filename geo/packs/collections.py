"""A pack's GeoJSON files, read strictly: every fault with its feature and line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import msgspec
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.crs import STORAGE_EPSG
from geo.i18n import N_, Message, message
from geo.packs.faults import Faults
from geo.packs.places import feature_lines
from geo.packs.schema import differences

POINTS_OR_AREAS = ("Point", "Polygon", "MultiPolygon")
AREAS = ("Polygon", "MultiPolygon")
_REASON = re.compile(r"^(?P<reason>.*?)\[(?P<x>\S+) (?P<y>\S+)\]$")


@dataclass(frozen=True)
class Collection:
    """A FeatureCollection in EPSG:4326 (degrees) as written, with its faults going to ``faults``."""

    path: Path
    text: str
    rows: list[dict[str, Any]]
    shapes: npt.NDArray[np.object_]
    faults: Faults

    @cached_property
    def _lines(self) -> list[int]:
        return feature_lines(self.text)

    def fault(self, row: int, key: str, what: Message, mend: Message) -> None:
        """Notes a fault of the feature at ``row`` (from 0)."""
        place = message(N_("第 {row} 个要素 {key}") if key else N_("第 {row} 个要素"), row=row + 1, key=key)
        self.faults.add(self.path, self._lines[row], place, what, mend)

    def values(self, key: str) -> list[tuple[int, Any]]:
        """Row and value of one property, of the features that have it."""
        return [(place, row[key]) for place, row in enumerate(self.rows) if key in row]

    def frame(self, shape: type[msgspec.Struct]) -> gpd.GeoDataFrame:
        """The features as a frame; text that ``shape`` allows to be missing is ""."""
        fields = msgspec.structs.fields(shape)
        blank = {one.encode_name: "" for one in fields if one.default == ""}
        columns = [one.encode_name for one in fields if one.required or one.default == ""]
        table = pd.DataFrame([blank | row for row in self.rows]) if self.rows else pd.DataFrame(columns=columns)
        return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(self.shapes, crs=STORAGE_EPSG))


def read_collection(path: Path, shape: type[msgspec.Struct], kinds: Sequence[str], faults: Faults) -> Collection | None:
    """The collection at ``path``, its properties of ``shape``, its geometries valid and of ``kinds``.

    None where it cannot be used; then ``faults`` has grown.
    """
    found = _parsed(path, faults)
    if found is None:
        return None
    before = len(faults.found)
    for row, properties in () if _all_fit(found.rows, shape) else enumerate(found.rows):
        for one in differences(properties, shape):
            found.fault(row, str(one.keys[0]) if one.keys else "", one.what, one.mend)
    for row, geometry in enumerate(found.shapes):
        _check_geometry(found, row, geometry, kinds)
    return found if len(faults.found) == before else None


def _all_fit(rows: list[dict[str, Any]], shape: type[msgspec.Struct]) -> bool:
    """Told fast for the many; which of them do not is only asked where this is no."""
    try:
        msgspec.convert(rows, list[shape])  # type: ignore[valid-type]
    except msgspec.ValidationError:
        return False
    return True


def _parsed(path: Path, faults: Faults) -> Collection | None:
    try:
        text = path.read_text(encoding="utf-8-sig")
        document = json.loads(text)
    except FileNotFoundError:
        faults.add(path, None, "", message(N_("没有这个文件")), message(N_("每个规划包都要有它,请照已有的包补上")))
        return None
    except (ValueError, OSError) as fault:
        _unreadable(path, getattr(fault, "lineno", 1), str(fault), faults)
        return None
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not all(_is_feature(one) for one in features):
        _unreadable(path, 1, "features", faults)
        return None
    rows = [feature["properties"] for feature in features]
    shapes = shapely.from_geojson([json.dumps(one["geometry"]) for one in features], on_invalid="ignore")
    return Collection(path, text, rows, np.asarray(shapes, dtype=object), faults)


def _is_feature(one: Any) -> bool:
    return isinstance(one, dict) and isinstance(one.get("properties"), dict) and "geometry" in one


def _unreadable(path: Path, line: int, detail: str, faults: Faults) -> None:
    what = message(N_("不是 GeoJSON 要素集({detail})"), detail=detail)
    faults.add(path, line, "", what, message(N_("请用 GIS 另存为 GeoJSON(UTF-8)")))


def _check_geometry(found: Collection, row: int, geometry: Any, kinds: Iterable[str]) -> None:
    mend = message(N_("请在 GIS 里修好"))
    if geometry is None or geometry.is_empty:
        found.fault(row, "geometry", message(N_("没有图形")), mend)
    elif geometry.geom_type not in kinds:
        what = message(N_("图形是 {kind},这里不用"), kind=geometry.geom_type)
        found.fault(row, "geometry", what, message(N_("请用 {known} 之一"), known="、".join(kinds)))
    elif not geometry.is_valid:
        found.fault(row, "geometry", _why_invalid(geometry), mend)
    elif not _on_globe(geometry):
        found.fault(row, "geometry", message(N_("坐标不是经纬度")), message(N_("请换算为经纬度(EPSG:4326),经度在前")))


def _why_invalid(geometry: Any) -> Message:
    reason = shapely.is_valid_reason(geometry)
    placed = _REASON.match(reason)
    if placed is None:
        return message(N_("图形不成立({reason})"), reason=reason)
    if "Self-intersection" in placed["reason"]:
        return message(N_("边界在 {lon}, {lat} 处自己相交"), lon=placed["x"], lat=placed["y"])
    text = N_("图形在 {lon}, {lat} 处不成立({reason})")
    return message(text, lon=placed["x"], lat=placed["y"], reason=placed["reason"])


def _on_globe(geometry: Any) -> bool:
    west, south, east, north = geometry.bounds
    return bool(west >= -180 and east <= 180 and south >= -90 and north <= 90)
