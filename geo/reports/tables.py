"""The judged table, a layer and a fault list as files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.coverage import WHY_WORDS, Why
from geo.errors import InputError
from geo.i18n import N_, Label, Listed, Message, message, translate
from geo.model import COLUMNS, LAYER_WORDS, Category, Layer, Pack
from geo.reports.cells import Grid, Value, clean, to_csv, to_xlsx
from geo.reports.facts import Facts, fact_lines, fact_members

KINDS = ("csv", "xlsx", "geojson")
_DEGREE_DIGITS = 7  # 1 cm

ROW_COLUMNS = (
    "base_id",
    "base",
    "district",
    "cluster",
    "category",
    "metric",
    "threshold_m",
    "nearest_id",
    "nearest_m",
    "count_within",
    "covered",
    "clause",
    "sample",
)
_COVERAGE_HEADINGS: Mapping[str, str] = {
    "base_id": N_("基地编号"),
    "base": N_("基地"),
    "district_name": N_("片区"),
    "cluster_name": N_("产业集群"),
    "category_name": N_("配套"),
    "covered": N_("结论"),
    "threshold_m": N_("标准(米)"),
    "nearest_m": N_("最近(米)"),
    "nearest_id": N_("最近设施编号"),
    "nearest_name": N_("最近设施"),
    "count_within": N_("标准距离内(处)"),
    "profile": N_("适用情形"),
    "clause": N_("依据"),
    "certainty": N_("依据可信度"),
    "source": N_("依据出处"),
    "sample": N_("示例数据"),
}
# Of a table that has walks beside straight lines (geo.coverage.side_by_side).
_WALK_HEADINGS: Mapping[str, str] = {
    "foot_covered": N_("步行结论"),
    "foot_m": N_("步行(米)"),
    "foot_min": N_("步行(分)"),
    "foot_id": N_("步行最近设施编号"),
    "foot_name": N_("步行最近设施"),
    "foot_within": N_("步行范围内(处)"),
    "why": N_("走不到的原因"),
}
_LAYER_HEADINGS: Mapping[str, str] = {
    "id": N_("编号"),
    "name": N_("名称"),
    "name_en": N_("英文名称"),
    "stage": N_("孵化阶段"),
    "cluster": N_("产业集群"),
    "district": N_("片区"),
    "category": N_("配套类别"),
    "kind": N_("道路类别"),
    "barred": N_("禁止步行"),
    "at_nodes": N_("只在节点相接"),
    "people": N_("人口(人)"),
    "capacity": N_("容量"),
    "demo_year": N_("示范年度"),
    "floor_area": N_("建筑面积(平方米)"),
    "built_year": N_("建成年份"),
    "level": N_("级别"),
    "level_year": N_("级别年份"),
    "certainty": N_("位置可信度"),
    "source": N_("来源"),
    "source_en": N_("英文来源"),
    "note": N_("备注"),
    "note_en": N_("英文备注"),
    "sample": N_("示例数据"),
}
_FAULT_HEADINGS = (N_("行"), N_("编号"), N_("代码"), N_("程度"), N_("问题"), N_("怎么改"))
SEVERITY_WORDS: Mapping[str, str] = {"error": N_("错误"), "warning": N_("提醒")}


class Fault(Protocol):
    """What a fault list needs of a fault found in a file; ``row`` is its 1-based feature number."""

    @property
    def row(self) -> int | None: ...
    @property
    def id(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def severity(self) -> str: ...
    @property
    def message(self) -> Message: ...
    @property
    def fix(self) -> Message: ...


def coverage_file(
    table: pd.DataFrame, kind: str, bases: gpd.GeoDataFrame, pack: Pack, facts: Facts, lang: str
) -> bytes:
    """The judged ``table`` (see :func:`geo.coverage.coverage_table`, or side_by_side) as csv, xlsx or geojson.

    GeoJSON has one feature per row at its base, with the table's own column names and ids, and the names beside
    them; the others have names only, under headings in the reader's language.

    Raises:
        InputError: unknown ``kind``.
    """
    checked(kind)
    told = _told(table, bases, pack, lang)
    if kind == "geojson":
        shapes = dict(zip(bases["id"], bases.geometry, strict=True))
        return to_geojson(told, [shapes.get(id) for id in told["base_id"]], facts, lang)
    headings = {**_COVERAGE_HEADINGS, **_WALK_HEADINGS} if _has_walks(table) else _COVERAGE_HEADINGS
    for column in headings.keys() & {"covered", "foot_covered"}:
        told[column] = [translate(lang, N_("达标") if yes else N_("缺口")) for yes in table[column]]
    told["sample"] = yes_no(table["sample"], lang)
    return tabular(translate(lang, N_("覆盖缺口")), told[list(headings)], headings, kind, facts, lang)


def _has_walks(table: pd.DataFrame) -> bool:
    return "foot_m" in table.columns


def coverage_rows(table: pd.DataFrame, bases: gpd.GeoDataFrame, pack: Pack, lang: str) -> list[dict[str, Value]]:
    """The judged ``table`` for programs, one member per row: :data:`ROW_COLUMNS`, and those of walks where it has them.

    Ids stay ids; names and clauses are in the reader's language; a missing distance is None.
    """
    columns = [*ROW_COLUMNS, *(_WALK_HEADINGS if _has_walks(table) else ())]
    return records(_told(table, bases, pack, lang)[columns])


def records(told: pd.DataFrame) -> list[dict[str, Value]]:
    """The rows of a table as plain values by column."""
    columns = list(told.columns)
    return [
        {name: _text_safe(_value(value)) for name, value in zip(columns, row, strict=True)}
        for row in told.itertuples(index=False, name=None)
    ]


def layer_file(frame: gpd.GeoDataFrame, layer: Layer, kind: str, facts: Facts, lang: str) -> bytes:
    """A layer as csv, xlsx or geojson. Values stay as stored, so that the file can be uploaded again.

    Tables carry longitude and latitude (EPSG:4326) of the point, or of a point on the line or inside the area.

    Raises:
        InputError: unknown ``kind``.
    """
    checked(kind)
    told = pd.DataFrame(frame[list(COLUMNS[layer])]).astype(object)
    if kind == "geojson":
        return to_geojson(told, list(frame.geometry), facts, lang)
    for name, dtype in COLUMNS[layer].items():
        if dtype == "bool":
            told[name] = yes_no(frame[name], lang)
    anchors = shapely.point_on_surface(np.asarray(frame.geometry.array, dtype=object))
    told["lon"] = shapely.get_x(anchors).round(_DEGREE_DIGITS)
    told["lat"] = shapely.get_y(anchors).round(_DEGREE_DIGITS)
    headings = {**_LAYER_HEADINGS, "lon": N_("经度"), "lat": N_("纬度")}
    return tabular(translate(lang, LAYER_WORDS[layer]), told, headings, kind, facts, lang)


_GROUND_DIGITS = {"area_m2": 0, "uncovered_m2": 0, "served_m2": 0, "share": 4, "people": 0, "people_left_out": 0}


def ground_file(grounds: gpd.GeoDataFrame, category: Category, facts: Facts, lang: str) -> bytes:
    """The ground that one category leaves out (the columns of :func:`geo.usecases.grounds`), or serves on foot (those of
    :func:`geo.usecases.service_areas`), as GeoJSON.

    Areas in whole square metres, shares to 0.0001; without a population layer, people are left out.
    """
    told = pd.DataFrame(grounds.drop(columns=["geometry", "name_en"])).astype(object)
    told["name"] = names(grounds, lang)
    told["category"] = category.id
    told["category_name"] = category.label.text(lang)
    for column in [name for name in _GROUND_DIGITS if name in told]:
        told[column] = grounds[column].round(_GROUND_DIGITS[column]).astype(object)
    if "people" in told and not grounds["people"].any():
        told = told.drop(columns=["people", "people_left_out"])
    return to_geojson(told, list(grounds.geometry), facts, lang)


def faults_csv(faults: Iterable[Fault], lang: str) -> bytes:
    """A file's faults, one a row: where, what, and how to mend it."""
    rows = tuple(
        (
            fault.row,
            fault.id,
            fault.code,
            translate(lang, SEVERITY_WORDS.get(fault.severity, fault.severity)),
            fault.message.text(lang),
            fault.fix.text(lang),
        )
        for fault in faults
    )
    return to_csv(Grid("", tuple(translate(lang, heading) for heading in _FAULT_HEADINGS), rows))


def rejected_file(features: Iterable[Any], reasons: Iterable[list[str]]) -> bytes:
    """Raw features as a GeoJSON collection, each with why it was refused under ``faults``.

    What is not a feature at all is kept as it stood, under ``raw``.
    """
    told = [_with_reasons(feature, why) for feature, why in zip(features, reasons, strict=True)]
    text = json.dumps({"type": "FeatureCollection", "features": told}, ensure_ascii=False)
    return text.encode("utf-8", "backslashreplace")  # a lone surrogate stays what it was, as the escape it came by


def _with_reasons(feature: Any, why: list[str]) -> dict[str, Any]:
    if isinstance(feature, dict) and feature.get("type") == "Feature":
        return {**feature, "faults": why}
    return {"type": "Feature", "properties": None, "geometry": None, "raw": feature, "faults": why}


def names(frame: pd.DataFrame, lang: str) -> list[str]:
    """The names of features in the reader's language, as far as there is one."""
    return [Label(zh, en).text(lang) for zh, en in zip(frame["name"], frame["name_en"], strict=True)]


def facts_grid(facts: Facts, lang: str) -> Grid:
    """The sheet that says how the other sheets came about."""
    return Grid(
        translate(lang, N_("说明")), (translate(lang, N_("项目")), translate(lang, N_("内容"))), fact_lines(facts, lang)
    )


def checked(kind: str) -> None:
    if kind not in KINDS:
        raise InputError(message(N_("不能导出为 {kind}:请选 {known}。"), kind=kind, known=Listed(tuple(KINDS))))


def _told(table: pd.DataFrame, bases: gpd.GeoDataFrame, pack: Pack, lang: str) -> pd.DataFrame:
    """The table in words: names beside ids, labels in the reader's language, distances to 0.1 m."""
    told = table.astype(object)
    own = dict(zip(bases["id"], names(bases, lang), strict=True))
    told["base"] = [own.get(id, name) for id, name in zip(table["base_id"], table["base"], strict=True)]
    for column, known in (
        ("district", pack.districts),
        ("cluster", pack.plan.clusters),
        ("category", pack.categories),
    ):
        labels = {thing.id: thing.label.text(lang) for thing in known}
        told[f"{column}_name"] = [labels.get(id, id) for id in table[column]]
    for column in ("nearest_name", "profile", "clause", "certainty"):
        told[column] = [label.text(lang) for label in table[column]]
    for column in ("threshold_m", "nearest_m"):
        told[column] = table[column].round(1).astype(object)
    if _has_walks(table):
        told["foot_name"] = [label.text(lang) for label in table["foot_name"]]
        told["foot_m"] = table["foot_m"].round(1).astype(object)
        told["foot_min"] = table["foot_min"].round(1).astype(object)
        told["why"] = [translate(lang, WHY_WORDS[Why(why)]) if why else "" for why in table["why"]]
    return told


def yes_no(flags: pd.Series[Any], lang: str) -> list[str]:
    return [translate(lang, N_("是") if flag else N_("否")) for flag in flags]


def tabular(title: str, told: pd.DataFrame, headings: Mapping[str, str], kind: str, facts: Facts, lang: str) -> bytes:
    words = tuple(translate(lang, headings[column]) for column in told.columns)
    rows = tuple(tuple(map(_value, row)) for row in told.itertuples(index=False, name=None))
    if kind == "xlsx":
        return to_xlsx([Grid(title, words, rows), facts_grid(facts, lang)])
    lines = [line for line in fact_lines(facts, lang) if line[0] not in words]
    more = tuple(text for _, text in lines)
    return to_csv(Grid(title, words + tuple(heading for heading, _ in lines), tuple(row + more for row in rows)))


def _value(value: Any) -> Value:
    if pd.isna(value):
        return None
    plain: Value = value.item() if isinstance(value, np.generic) else value
    return plain


def to_geojson(told: pd.DataFrame, shapes: list[Any], facts: Facts, lang: str) -> bytes:
    drawn: Iterable[str | None] = shapely.to_geojson(np.asarray(shapes, dtype=object))
    features = [
        {
            "type": "Feature",
            "properties": properties,
            "geometry": None if shape is None else json.loads(shape),
        }
        for properties, shape in zip(records(told), drawn, strict=True)
    ]
    collection = {"type": "FeatureCollection", "facts": fact_members(facts, lang), "features": features}
    return json.dumps(collection, ensure_ascii=False, allow_nan=False).encode()


def _text_safe(value: Value) -> Value:
    return clean(value) if isinstance(value, str) else value
