"""The coverage results beside the map: matrix, ranked gaps, totals, and the files to take away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Literal

import pandas as pd
import streamlit as st

from geo import coverage as cov
from geo import usecases
from geo.model import Category
from pages.parts import changes, ground, supply, walk
from pages.parts.context import Here
from pages.parts.html import Cell, paper, scroll, table
from pages.parts.words import base_names, clause_hint, metres

_FILES = {  # kind: its name, its media type
    "xlsx": ("XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "csv": ("CSV", "text/csv"),
    "geojson": ("GeoJSON", "application/geo+json"),
}


def show(
    here: Here,
    judged: pd.DataFrame,
    chosen: Category,
    settings: usecases.Settings,
    shares: cov.Shares,
    districts: Sequence[str],
) -> None:
    """One of the views of the judged table and the ground."""
    t = here.t
    views: dict[str, tuple[str, Callable[[], None]]] = {
        "matrix": (t("矩阵"), lambda: paper(_matrix(here, judged, chosen))),
        "gaps": (t("缺口排行"), lambda: paper(_ranked(here, judged))),
        "district": (t("按片区"), lambda: paper(_totals(here, judged, "district"))),
        "cluster": (t("按集群"), lambda: paper(_totals(here, judged, "cluster"))),
        "ground": (t("空白地带"), lambda: ground.view(here, shares, chosen, settings, districts)),
        "supply": (t("供给"), lambda: supply.view(here, chosen, settings, districts)),
        "walk": (t("直线与步行"), lambda: walk.view(here, judged, chosen, settings)),
        "change": (t("两期对比"), lambda: changes.view(here, judged, settings)),
    }
    view = st.segmented_control(
        t("结果"),
        list(views),
        default="matrix",
        required=True,
        format_func=lambda key: views[key][0],
        key="coverage_view",
        label_visibility="collapsed",
        persist_state="session",
    )
    views[view or "matrix"][1]()


def _matrix(here: Here, judged: pd.DataFrame, chosen: Category) -> str:
    t = here.t
    present = set(judged["category"])
    categories = [category for category in here.pack.categories if category.id in present]
    head = [Cell(t("基地"))] + [
        Cell(here.say(category.label), "upright chosen" if category is chosen else "upright") for category in categories
    ]
    names, cells = base_names(here), _cells(here, judged, chosen)
    rows = [[Cell(names[base]), *(of_base[category.id] for category in categories)] for base, of_base in cells.items()]
    return scroll(table(head, rows, "matrix"))


def _cells(here: Here, judged: pd.DataFrame, chosen: Category) -> dict[str, dict[str, Cell]]:
    """Base -> category -> cell. There are thousands: the sentence is translated once, and a clause told once."""
    hint = here.t("{category}:最近 {nearest} 米,标准 {threshold} 米,范围内 {n} 处。{why}")
    labels = {category.id: here.say(category.label) for category in here.pack.categories}
    why = cache(lambda clause, sure: clause_hint(here, clause, sure))
    columns = ("base_id", "category", "nearest_m", "threshold_m", "count_within", "covered", "clause", "certainty")
    found: dict[str, dict[str, Cell]] = {}
    for base, id, nearest, threshold, n, covered, clause, sure in zip(
        *(judged[column].tolist() for column in columns), strict=True
    ):
        told = hint.format(
            category=labels[id], nearest=metres(nearest), threshold=metres(threshold), n=n, why=why(clause, sure)
        )
        kind = ("" if covered else "gapcell ") + ("chosen" if id == chosen.id else "")
        found.setdefault(base, {})[id] = Cell(str(n) if covered else "✗", kind.strip(), told)
    return found


def _ranked(here: Here, judged: pd.DataFrame) -> str:
    t = here.t
    names = base_names(here)
    head = [Cell("#", "num"), Cell(t("基地")), Cell(t("缺")), Cell(t("最近(米)"), "num"), Cell(t("标准(米)"), "num")]
    head.append(Cell(t("依据")))
    rows = [
        (
            Cell(str(rank), "num"),
            Cell(names[row.base_id]),
            Cell(here.say(here.pack.category(row.category).label)),
            Cell(metres(row.nearest_m), "num"),
            Cell(metres(row.threshold_m), "num"),
            Cell(here.say(row.clause), "none", here.say(row.certainty)),
        )
        for rank, row in enumerate(usecases.gaps(judged).itertuples(), 1)
    ]
    return scroll(table(head, rows))


def _totals(here: Here, judged: pd.DataFrame, by: Literal["district", "cluster"]) -> str:
    t = here.t
    totals = usecases.summary(judged, by).groupby("key", sort=False)[["bases", "covered"]].sum()
    head = [Cell(t("片区") if by == "district" else t("产业集群")), Cell(t("判断"), "num"), Cell(t("达标"), "num")]
    head += [Cell(t("缺口"), "num"), Cell(t("达标率"), "num")]
    rows = [
        (
            Cell(here.say(here.pack.label_of(by, key)) if key else t("未写明")),
            Cell(str(row.bases), "num"),
            Cell(str(row.covered), "num"),
            Cell(str(row.bases - row.covered), "num"),
            Cell(f"{row.covered / row.bases:.0%}", "num"),
        )
        for key, row in zip(totals.index, totals.itertuples(), strict=True)
    ]
    return scroll(table(head, rows))


def downloads(here: Here, judged: pd.DataFrame, settings: usecases.Settings) -> None:
    """The judged rows as a workbook, a table or a layer; made only when asked for."""
    columns = st.columns(len(_FILES))
    for column, (kind, (name, mime)) in zip(columns, _FILES.items(), strict=True):
        column.download_button(
            here.t("下载 {kind}", kind=name),
            data=lambda kind=kind: usecases.export_coverage(here.atlas, here.snap, judged, settings, kind, here.lang),
            file_name=f"coverage-r{here.snap.revision}.{kind}",
            mime=mime,
            key=f"coverage_{kind}",
            on_click="ignore",
            width="stretch",
        )
