"""A GeoJSON file in, checked rows and a report out: every row is accepted or explained."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import geopandas as gpd
import msgspec
import shapely

from geo.errors import InputError
from geo.i18n import N_, Message, message
from geo.model import Layer, Pack, feature_frame

_KINDS = ("Point", "Polygon", "MultiPolygon")


@dataclass(frozen=True)
class Fault:
    """One thing wrong with one row (1-based), and what to do about it."""

    row: int | None
    id: str
    code: str
    severity: str  # "error" | "warning"
    message: Message
    fix: Message


@dataclass(frozen=True)
class RejectedRow:
    row: int
    id: str
    feature: Any


@dataclass(frozen=True)
class Report:
    """What a file held: the good rows as a frame, the bad rows raw, and every fault."""

    file: str
    layer: Layer
    sha256: str
    features: int
    accepted: gpd.GeoDataFrame
    rejected: tuple[RejectedRow, ...]
    faults: tuple[Fault, ...]

    @property
    def accepted_count(self) -> int:
        return len(self.accepted)

    @property
    def rejected_count(self) -> int:
        return len(self.rejected)


def check(data: bytes, filename: str, layer: Layer, pack: Pack, existing: gpd.GeoDataFrame) -> Report:
    """Checks a FeatureCollection row by row.

    Raises:
        InputError: it is not JSON, not a FeatureCollection, or holds no features.
    """
    features = _features(data)
    county = pack.boundary.geometry.iloc[0]
    file = PurePath(filename.replace("\\", "/")).name
    rows: list[dict[str, Any]] = []
    shapes: list[Any] = []
    rejected: list[RejectedRow] = []
    faults: list[Fault] = []
    seen: set[str] = set()
    stored = set(existing["id"])
    for number, feature in enumerate(features, 1):
        row, shape, found = _row(number, feature, layer, pack, county, seen)
        faults += found
        if found:
            rejected.append(RejectedRow(number, row["id"], feature))
            continue
        seen.add(row["id"])
        if row["id"] in stored:
            said = message(N_("编号已在库中,将更新原有的一条"))
            fix = message(N_("若是另一处,请改用不同的 id"))
            faults.append(Fault(number, row["id"], "replaces_existing", "warning", said, fix))
        rows.append({**row, "source": row["source"] or file, "district": _district(pack, shape)})
        shapes.append(shape)
    digest = hashlib.sha256(data).hexdigest()
    frame = feature_frame(layer, rows, shapes)
    return Report(file, layer, digest, len(features), frame, tuple(rejected), tuple(faults))


def _features(data: bytes) -> list[Any]:
    try:
        document = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise InputError(message(N_("不是 JSON({detail}):请从 GIS 重新导出 GeoJSON。"), detail=str(fault))) from fault
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list):
        raise InputError(N_("不是 GeoJSON 要素集:最外层应为 FeatureCollection,请重新导出。"))
    if not features:
        raise InputError(N_("文件里没有要素:请确认导出时选中了图层。"))
    return features


def _row(
    number: int, feature: Any, layer: Layer, pack: Pack, county: Any, seen: set[str]
) -> tuple[dict[str, Any], Any, list[Fault]]:
    raw = feature.get("properties") if isinstance(feature, dict) else None
    given = {key: _text(value) for key, value in raw.items()} if isinstance(raw, dict) else {}
    row: dict[str, Any] = {key: given.get(key, "") for key in ("id", "name", "name_en", "source", "note", "note_en")}
    row["id"] = row["id"] or f"row-{hashlib.sha256(msgspec.json.encode(feature)).hexdigest()[:12]}"
    row |= {"certainty": "reported", "sample": given.get("sample") == "True"}
    faults: list[tuple[str, Message, Message]] = []
    if not row["name"]:
        faults.append(("missing_name", message(N_("没有名称")), message(N_("请在 name 一栏写上名称"))))
    if row["id"] in seen:
        faults.append(("duplicate_id", message(N_("编号与前面的行重复")), message(N_("请改用不同的 id"))))
    row, words = _words(row, given, layer, pack)
    row |= {"cluster": given.get("cluster", ""), "demo_year": None}
    if row["cluster"] not in {"", *(cluster.id for cluster in pack.plan.clusters)}:
        known = "、".join(cluster.id for cluster in pack.plan.clusters)
        said = message(N_("不认识的集群:{word}"), word=row["cluster"])
        faults.append(("unknown_cluster", said, message(N_("请用 {known} 之一"), known=known)))
    if year := given.get("demo_year", ""):
        if year in {str(known_year) for known_year in pack.plan.years}:
            row["demo_year"] = int(year)
        else:
            said = message(N_("示范年份 {year} 不在规划年份内"), year=year)
            faults.append(("bad_year", said, message(N_("请写规划内的年份,或留空"))))
    shape, problem = _shape(feature, county)
    faults += [*words, *problem]
    return row, shape, [Fault(number, row["id"], code, "error", said, fix) for code, said, fix in faults]


def _text(value: Any) -> str:
    return "" if value is None else str(value).encode("utf-8", "replace").decode().strip()


def _words(
    row: dict[str, Any], given: dict[str, str], layer: Layer, pack: Pack
) -> tuple[dict[str, Any], list[tuple[str, Message, Message]]]:
    things: tuple[Any, ...] = pack.plan.stages if layer is Layer.BASES else pack.categories
    key = "stage" if layer is Layer.BASES else "category"
    word = given.get(key, "").casefold()
    for thing in things:
        if word in {w.casefold() for w in (thing.id, thing.label.zh, thing.label.en, *thing.aliases)}:
            return {**row, key: thing.id}, []
    known = "、".join(thing.label.zh for thing in things)
    said = message(N_("不认识的 {key}:{word}"), key=key, word=given.get(key, "") or "–")
    return row, [(f"unknown_{key}", said, message(N_("请用 {known} 之一"), known=known))]


def _shape(feature: Any, county: Any) -> tuple[Any, list[tuple[str, Message, Message]]]:
    raw = feature.get("geometry") if isinstance(feature, dict) else None
    if raw is None:
        return None, [("null_geometry", message(N_("没有图形")), message(N_("请补上点或面")))]
    shape = shapely.from_geojson(msgspec.json.encode(raw), on_invalid="ignore")
    if shape is None or shape.geom_type not in _KINDS or shape.is_empty or not shape.is_valid:
        return None, [("invalid_geometry", message(N_("图形不成立")), message(N_("请改为有效的点或面")))]
    if shape.intersects(county):
        return shape, []
    if shapely.transform(shape, lambda xy: xy[:, ::-1]).intersects(county):
        fix = message(N_("请把经度放在前、纬度放在后"))
        return shape, [("swapped_axes", message(N_("经纬度写反了")), fix)]
    return shape, [("outside_county", message(N_("不在本县范围内")), message(N_("请检查坐标和坐标系")))]


def _district(pack: Pack, shape: Any) -> str:
    under = pack.district_areas.index[pack.district_areas.intersects(shape.representative_point())]
    return str(pack.district_areas["id"].loc[under[0]]) if len(under) else ""
