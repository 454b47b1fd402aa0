"""Coverage summed up per district or cluster, as rows for programs and as files."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import pandas as pd

from geo.errors import InputError
from geo.i18n import N_, translate
from geo.model import Pack
from geo.reports.cells import Value
from geo.reports.facts import Facts
from geo.reports.tables import checked, records, tabular, to_geojson, yes_no

_TITLES: Mapping[str, str] = {"district": N_("片区"), "cluster": N_("产业集群")}
_HEADINGS: Mapping[str, str] = {
    "category_name": N_("配套"),
    "bases": N_("基地数"),
    "covered": N_("达标的基地"),
    "share": N_("达标率"),
    "sample": N_("示例数据"),
}
_ROW_COLUMNS = ("name", "category", "bases", "covered", "share", "sample")
_SHARE_DIGITS = 4


def totals_rows(totals: pd.DataFrame, by: str, pack: Pack, lang: str) -> list[dict[str, Value]]:
    """One member per ``by`` (district or cluster) and category: its id under ``by``, its name, the counts, share 0–1."""
    return records(_told(totals, by, pack, lang)[[by, *_ROW_COLUMNS]])


def totals_file(
    totals: pd.DataFrame, by: str, kind: str, pack: Pack, districts: gpd.GeoDataFrame, facts: Facts, lang: str
) -> bytes:
    """``totals`` (the columns of :func:`geo.coverage.summary`, and sample) as csv, xlsx or geojson.

    GeoJSON has one feature per row, with the district's area in ``districts`` (columns id, geometry).

    Raises:
        InputError: unknown ``kind``, or geojson of clusters, which have no area.
    """
    checked(kind)
    told = _told(totals, by, pack, lang)
    if kind == "geojson":
        if by != "district":
            raise InputError(N_("产业集群没有面,画不成 GeoJSON:请改用 csv 或 json,或按片区、按基地汇总。"))
        shapes = dict(zip(districts["id"], districts.geometry, strict=True))
        return to_geojson(told[[by, *_ROW_COLUMNS]], [shapes.get(id) for id in told[by]], facts, lang)
    told["sample"] = yes_no(totals["sample"], lang)
    headings = {"name": _TITLES[by], **_HEADINGS}
    return tabular(translate(lang, N_("覆盖缺口")), told[list(headings)], headings, kind, facts, lang)


def _told(totals: pd.DataFrame, by: str, pack: Pack, lang: str) -> pd.DataFrame:
    told = totals.rename(columns={"key": by}).astype(object)
    things = pack.districts if by == "district" else pack.plan.clusters
    labels = {thing.id: thing.label.text(lang) for thing in things} | {"": translate(lang, N_("未写明"))}
    told["name"] = [labels.get(id, id) for id in told[by]]
    categories = {category.id: category.label.text(lang) for category in pack.categories}
    told["category_name"] = [categories.get(id, id) for id in told["category"]]
    told["share"] = totals["share"].round(_SHARE_DIGITS).astype(object)
    return told
