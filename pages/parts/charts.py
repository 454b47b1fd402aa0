"""Targets as pictures: what was asked and what was reached by year, and what each district reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from geo.progress import TargetProgress
from pages.parts.context import Here
from pages.parts.html import line, paper

_TARGET_COLOUR, _ACTUAL_COLOUR = "#b9c2c7", "#1f5f8b"
_YEAR_COLOURS = ("#a9c3d3", "#5b8bab", "#123f5e")
_HEIGHT_PX = 200
_BAR_PX, _AROUND_PX = 14, 55  # a bar, and the legend
_LABEL_PX = 200
_ROOM = 1.25  # beyond the longest bar, for its amount
_LEGEND = {"orient": "top", "title": None, "labelFontSize": 13, "symbolType": "square"}
_AXIS = {"title": None, "labelFontSize": 12.5, "ticks": False, "labelLimit": _LABEL_PX, "labelAngle": 0}


def show(here: Here, one: TargetProgress, called: str) -> None:
    """Both pictures of one metric, which is ``called`` so."""
    t = here.t
    paper(line(t("{metric}:逐年", metric=called)))
    _draw(here, _by_year(here, one), _upright, {t("目标"): _TARGET_COLOUR, t("实际"): _ACTUAL_COLOUR})
    paper(line(t("{metric}:各片区的实际数", metric=called)))
    years = dict(zip(map(str, here.pack.plan.years), _YEAR_COLOURS * len(here.pack.plan.years), strict=False))
    _draw(here, _by_district(here, one), _lying, years)


def _by_year(here: Here, one: TargetProgress) -> list[dict[str, Any]]:
    t = here.t
    return [
        {"place": str(figure.year), "value": amount, "kind": word}
        for figure in one.figures
        for word, amount in ((t("目标"), figure.target), (t("实际"), figure.actual))
        if amount is not None
    ]


def _by_district(here: Here, one: TargetProgress) -> list[dict[str, Any]]:
    """Districts in the plan's order; what is of no known district comes last."""
    names = {**{one.id: here.say(one.label) for one in here.pack.districts}, "": here.t("片区不明")}
    return [
        {"place": name, "value": figure.districts[id], "kind": str(figure.year)}
        for id, name in names.items()
        for figure in one.figures
        if id in figure.districts
    ]


def _draw(here: Here, rows: list[dict[str, Any]], layout: Any, colours: Mapping[str, str]) -> None:
    if not rows:
        paper(line(here.t("还没有数,填了就画出来。"), "quiet"))
        return
    frame = pd.DataFrame(rows)
    kinds = [kind for kind in colours if kind in set(frame["kind"])]
    places = list(dict.fromkeys(frame["place"]))
    colour = {"field": "kind", "type": "nominal", "legend": _LEGEND, "sort": kinds}
    colour["scale"] = {"domain": kinds, "range": [colours[kind] for kind in kinds]}
    hints = [
        {"field": "place", "title": " "},
        {"field": "kind", "title": "  "},
        {"field": "value", "title": here.t("数量"), "type": "quantitative"},
    ]
    st.vega_lite_chart(
        frame, {**layout(places, kinds, frame["value"].max(), colour, hints), "config": {"view": {"stroke": None}}}
    )


def _upright(places: Sequence[str], kinds: Sequence[str], most: float, colour: Any, hints: Any) -> dict[str, Any]:
    """Columns side by side at each place, the amount above each."""
    at = {
        "x": {"field": "place", "type": "nominal", "sort": places, "axis": _AXIS, "scale": {"paddingInner": 0.3}},
        "xOffset": {"field": "kind", "type": "nominal", "sort": kinds},
        "y": _amount(most),
    }
    amounts = {"type": "text", "dy": -7, "fontSize": 12, "color": "#1f2a33"}
    return {"height": _HEIGHT_PX, **_layers(at, amounts, colour, hints)}


def _lying(places: Sequence[str], kinds: Sequence[str], most: float, colour: Any, hints: Any) -> dict[str, Any]:
    """Bars below each other at each place, whose name has room beside them, the amount behind each."""
    at = {
        "y": {"field": "place", "type": "nominal", "sort": places, "axis": _AXIS, "scale": {"paddingInner": 0.25}},
        "yOffset": {"field": "kind", "type": "nominal", "sort": kinds},
        "x": {**_amount(most), "axis": None},
    }
    amounts = {"type": "text", "dx": 4, "align": "left", "fontSize": 12, "color": "#1f2a33"}
    height = len(places) * (len(kinds) * _BAR_PX + 6) + _AROUND_PX
    return {"height": height, **_layers(at, amounts, colour, hints)}


def _amount(most: float) -> dict[str, Any]:
    axis = {"title": None, "tickCount": 4, "labelFontSize": 12}
    return {"field": "value", "type": "quantitative", "axis": axis, "scale": {"domainMax": (most or 1) * _ROOM}}


def _layers(at: dict[str, Any], amounts: dict[str, Any], colour: Any, hints: Any) -> dict[str, Any]:
    text = {"field": "value", "type": "quantitative", "format": ",.4~g"}
    return {
        "encoding": at,
        "layer": [
            {"mark": {"type": "bar"}, "encoding": {"color": colour, "tooltip": hints}},
            {"mark": amounts, "encoding": {"text": text}},
        ],
    }
