"""Targets as a table and as pictures, and the tables in which their figures are filled in."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from geo import usecases
from geo.model import Counts
from geo.progress import Entry, Figure, Kind, TargetProgress
from pages.parts import entering, start
from pages.parts.context import Here
from pages.parts.html import Cell, line, paper, scroll, table
from pages.parts.words import base_names, own_figures

Found = Callable[[], list[Entry]]  # what a table holds when the button is pushed


def one_metric(here: Here) -> str:
    """The metric that is drawn; "" where the plan has none."""
    names = {one.metric: here.say(one.label) for one in here.pack.plan.targets}
    picked = st.selectbox(
        here.t("看哪个指标的图"),
        list(names),
        format_func=names.__getitem__,
        key="metric",
        filter_mode=None,
        persist_state="session",
    )
    return picked or ""


def show(here: Here, state: usecases.PlanState) -> None:
    """The table to read, and those to fill in."""
    t = here.t
    read, county, districts, bases = st.tabs(
        [t("进度"), t("填目标和实际"), t("按片区填"), t("按基地填")], key="target_tabs"
    )
    with read:
        _read(here, state)
    with county:
        of_county = _county(here, state)
    with districts:
        of_districts = _districts(here, state)
    with bases:
        of_bases = _bases(here, state)
    entering.button(here, "targets", lambda: [*of_county(), *of_districts(), *of_bases()])


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.2f}".rstrip("0").rstrip(".")


def called(here: Here, one: TargetProgress) -> str:
    """The metric and its unit."""
    unit = one.target.unit_text(here.lang)
    label = here.say(one.target.label)
    return here.t("{metric}(单位:{unit})", metric=label, unit=unit) if unit else label


# --- to read -------------------------------------------------------------------------------------------------------


def _read(here: Here, state: usecases.PlanState) -> None:
    t = here.t
    head = [Cell(t("指标")), Cell(t("条文"), "extra"), Cell(t("年份"), "num"), Cell(t("目标"), "num")]
    head += [Cell(t("实际"), "num"), Cell(t("还差"), "num"), Cell(t("实际数的来源"), "extra")]
    rows = [_row(here, one, figure) for one in state.targets for figure in one.figures]
    paper(scroll(table(head, rows, "plan targets")))


def _row(here: Here, one: TargetProgress, figure: Figure) -> list[Cell]:
    t = here.t
    words = here.say(figure.words) if figure.words else ""
    if figure.target is not None:
        target = Cell(_number(figure.target), "num", words)
    else:
        target = Cell(t("原文已隐去") if figure.blanked else t("原文未列"), "none num", words)
    actual = Cell(_number(figure.actual), "num") if figure.actual is not None else Cell(t("未填"), "none num")
    rows = len(one.figures)
    named = [Cell(called(here, one), "wide", rows=rows), Cell(here.say(one.target.clause), "short extra", rows=rows)]
    return [
        *(named if figure is one.figures[0] else []),
        Cell(str(figure.year), "num"),
        target,
        actual,
        _gap(here, figure),
        Cell(_source(here, figure), "none extra"),
    ]


def _gap(here: Here, figure: Figure) -> Cell:
    if figure.gap is None:
        return Cell("–", "none")
    return Cell("✗ " + _number(figure.gap), "gap") if figure.gap > 0 else Cell("✓ " + here.t("完成"), "good")


def _source(here: Here, figure: Figure) -> str:
    t = here.t
    if figure.counted is not None:
        if figure.entered is not None and figure.entered != figure.counted:
            return t("按基地合计;另填了 {n}", n=_number(figure.entered))
        return t("按基地合计")
    if figure.entered is not None:
        return t("填报")
    if figure.districts:
        return t("各片区合计")
    return "–"


# --- to fill in ----------------------------------------------------------------------------------------------------


def _county(here: Here, state: usecases.PlanState) -> Found:
    t = here.t
    places = [(one, figure) for one in state.targets for figure in one.figures]
    rows = pd.DataFrame(
        [
            {
                "name": called(here, one),
                "year": figure.year,
                "target": figure.target,
                "actual": figure.entered,
                "counted": figure.counted,
                "words": here.say(figure.words) if figure.words else t("原文未列"),
            }
            for one, figure in places
        ],
        index=[f"{one.target.metric}:{figure.year}" for one, figure in places],
    ).astype({"target": "Float64", "actual": "Float64", "counted": "Float64"})
    columns = {
        "name": st.column_config.TextColumn(t("指标"), pinned=True),
        "year": st.column_config.NumberColumn(t("年份"), format="%d"),
        "words": st.column_config.TextColumn(t("原文")),
        "target": st.column_config.NumberColumn(t("目标"), min_value=0),
        "actual": st.column_config.NumberColumn(t("全县实际"), min_value=0),
        "counted": st.column_config.NumberColumn(t("按基地合计")),
    }
    paper(line(t("原文隐去的目标在这里补;实际数先看按基地合计,没有时用这里填的。"), "quiet"))
    key = entering.table(here, "county", rows, columns, ["name", "year", "words", "counted"])

    def entries() -> list[Entry]:
        kinds = {"target": Kind.TARGET, "actual": Kind.ACTUAL}
        return [
            entering.edited(
                Entry(kinds[column], places[row][0].target.metric, year=places[row][1].year), {"value": value}
            )
            for row, values in entering.edits(key).items()
            for column, value in values.items()
        ]

    return entries


def _districts(here: Here, state: usecases.PlanState) -> Found:
    t = here.t
    places = [(one, district) for one in state.targets for district in here.pack.districts]
    years = here.pack.plan.years

    def entered(metric: str, district: str, year: int) -> float | None:
        entry = state.entries.get(Kind.ACTUAL, metric, district, year)
        return entry.value if entry else None

    rows = pd.DataFrame(
        [
            {
                "name": called(here, one),
                "district": here.say(district.label),
                **{str(year): entered(one.target.metric, district.id, year) for year in years},
            }
            for one, district in places
        ],
        index=[f"{one.target.metric}:{district.id}" for one, district in places],
    ).astype({str(year): "Float64" for year in years})
    columns = {
        "name": st.column_config.TextColumn(t("指标"), pinned=True),
        "district": st.column_config.TextColumn(t("片区"), pinned=True),
        **{str(year): st.column_config.NumberColumn(t("{year} 年实际", year=year), min_value=0) for year in years},
    }
    paper(line(t("各片区的实际数;全县没有另填时,就用各片区之和。"), "quiet"))
    key = entering.table(here, "districts", rows, columns, ["name", "district"])

    def entries() -> list[Entry]:
        return [
            entering.edited(
                Entry(Kind.ACTUAL, places[row][0].target.metric, places[row][1].id, int(year)), {"value": value}
            )
            for row, values in entering.edits(key).items()
            for year, value in values.items()
        ]

    return entries


def _bases(here: Here, state: usecases.PlanState) -> Found:
    t = here.t
    ids = list(here.snap.bases["id"])
    if not ids:
        start.nobody(here)
        return list
    years, levels = here.pack.plan.years, here.pack.plan.levels
    unit = next((one.unit_text(here.lang) for one in here.pack.plan.targets if one.counts is Counts.FLOOR_AREA), "")
    columns = {
        "name": st.column_config.TextColumn(t("基地"), pinned=True),
        "data": st.column_config.TextColumn(t("数据里写的")),
        **{
            f"area:{year}": st.column_config.NumberColumn(
                t("{year} 年新增面积({unit})", year=year, unit=unit), min_value=0
            )
            for year in years
        },
        **{
            f"level:{level.id}": st.column_config.NumberColumn(
                t("{level}:哪一年", level=level.label), min_value=1900, step=1, format="%d"
            )
            for level in levels
        },
    }
    names = base_names(here)
    own = {row["id"]: ";".join(own_figures(here, row)) for _, row in here.snap.bases.iterrows()}
    ranks = [one.id for one in levels]
    rows = pd.DataFrame(
        [{"name": names[id], **_of_base(state, id, years, ranks), "data": own[id] or "–"} for id in ids]
    )
    rows = rows.set_index(pd.Index(ids)).astype({name: "Float64" for name in columns if name.startswith("area:")})
    rows = rows.astype({name: "Int64" for name in columns if name.startswith("level:")})
    said = t("每个基地新增的场地面积和获得的级别;上传的数据里写了的,同一年不必再填,填了以填的为准。")
    paper(line(said, "quiet"), line(t("示范基地的认定在“示范基地”页填。"), "quiet"))
    key = entering.table(here, "bases", rows, columns, ["name", "data"])
    return lambda: _base_entries(ids, entering.edits(key))


def _of_base(state: usecases.PlanState, id: str, years: Sequence[int], levels: Sequence[str]) -> dict[str, object]:
    areas = {f"area:{year}": state.entries.get(Kind.AREA, id, year=year) for year in years}
    ranks = {f"level:{level}": state.entries.get(Kind.LEVEL, id, level) for level in levels}
    return {
        **{name: entry.value if entry else None for name, entry in areas.items()},
        **{name: entry.year if entry else None for name, entry in ranks.items()},
    }


def _base_entries(ids: Sequence[str], edits: entering.Edits) -> list[Entry]:
    found = []
    for row, values in edits.items():
        for column, value in values.items():
            kind, _, what = column.partition(":")
            if kind == "area":
                found.append(entering.edited(Entry(Kind.AREA, ids[row], year=int(what)), {"value": value}))
            else:
                found.append(entering.edited(Entry(Kind.LEVEL, ids[row], what), {"year": value}))
    return found
