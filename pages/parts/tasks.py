"""The plan's measures as a list, and the table in which staff say who does each and how far it is."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from geo import usecases
from geo.i18n import Listed
from geo.model import Task
from geo.progress import STATE_WORDS, Entry, Kind, MeasureProgress, State
from pages.parts import entering
from pages.parts.context import Here
from pages.parts.html import Cell, line, paper, scroll, table

Shown = Sequence[tuple[Task, MeasureProgress]]
_TONES = {State.DONE: "good", State.DOING: "", State.OPEN: "none"}
_EVERY, _NONE, _OVERDUE = "", "none", "overdue"


def chosen(here: Here, state: usecases.PlanState) -> Shown:
    """The measures of the chosen clause and state."""
    t = here.t
    clauses = {"": t("全部任务"), **{one.task.id: _title(here, one.task) for one in state.tasks}}
    task = st.selectbox(
        t("任务"), list(clauses), format_func=clauses.__getitem__, key="task", filter_mode=None, persist_state="session"
    )
    words = {
        _EVERY: t("不论"),
        **{str(one): t(word) for one, word in STATE_WORDS.items()},
        _NONE: t("未填"),
        _OVERDUE: t("逾期"),
    }
    asked = st.selectbox(
        t("状态"),
        list(words),
        format_func=words.__getitem__,
        key="task_state",
        filter_mode=None,
        persist_state="session",
    )
    return [
        (one.task, measure)
        for one in state.tasks
        if task in ("", one.task.id)
        for measure in one.measures
        if asked in (_EVERY, measure.state or _NONE) or (asked == _OVERDUE and measure.overdue)
    ]


def _title(here: Here, task: Task) -> str:
    return f"{here.say(task.clause)} {here.say(task.title)}"


def show(here: Here, state: usecases.PlanState, shown: Shown) -> None:
    """The list, and the same measures to fill in."""
    t = here.t
    if not shown:
        paper(line(t("没有符合条件的措施:请放宽左侧的条件。"), "quiet"))
        return
    read, fill = st.tabs([t("清单"), t("填报")], key="task_tabs")
    with read:
        head = [Cell(t("条文")), Cell(t("措施(原文)")), Cell(t("状态")), Cell(t("期限")), Cell(t("责任单位"))]
        rows = [_row(here, task, measure) for task, measure in shown]
        paper(scroll(table([*head, Cell(t("备注"))], rows, "plan tasks")))
    with fill:
        key = entering.table(here, "tasks", _rows(here, shown), _columns(here), ["clause", "text", "stated"])
    entering.button(here, "tasks", lambda: _entries(state, shown, entering.edits(key)))


def _row(here: Here, task: Task, measure: MeasureProgress) -> list[Cell]:
    t = here.t
    due = "–" if measure.due is None else t("{year} 年", year=measure.due)
    word = t("未填") if measure.state is None else t(STATE_WORDS[measure.state])
    tone = "none" if measure.state is None else _TONES[measure.state]
    return [
        Cell(here.say(task.clause), "short", here.say(task.title)),
        Cell(here.say(measure.measure.text), "wide"),
        Cell(t("✗ 逾期 · {state}", state=word), "gap") if measure.overdue else Cell(word, tone),
        Cell(due, "short"),
        Cell(Listed(measure.owners).text(here.lang) or "–", "wide" if measure.owners else ""),
        Cell(measure.entry.note if measure.entry else "", "wide"),
    ]


def _rows(here: Here, shown: Shown) -> pd.DataFrame:
    rows = []
    for task, measure in shown:
        entry = measure.entry or Entry(Kind.TASK, measure.measure.id)
        stated = [*map(here.say, measure.measure.owners)]
        stated += [here.t("{year} 年", year=measure.measure.due)] if measure.measure.due is not None else []
        rows.append(
            {
                "clause": here.say(task.clause),
                "text": here.say(measure.measure.text),
                "stated": Listed(tuple(stated)).text(here.lang),
                "who": entry.who,
                "year": entry.year,
                "state": entry.state,
                "note": entry.note,
            }
        )
    return pd.DataFrame(rows, index=[measure.measure.id for _, measure in shown]).astype({"year": "Int64"})


def _columns(here: Here) -> dict[str, object]:
    t = here.t
    years = here.pack.plan.years
    return {
        "clause": st.column_config.TextColumn(t("条文"), width="small", pinned=True),
        "text": st.column_config.TextColumn(t("措施(原文)"), width="large", pinned=True),
        "stated": st.column_config.TextColumn(t("原文写明的")),
        "who": st.column_config.TextColumn(t("责任单位"), max_chars=60),
        "year": st.column_config.NumberColumn(
            t("期限(年)"), min_value=years[0], max_value=years[-1], step=1, format="%d"
        ),
        "state": entering.states(here, t("状态")),
        "note": st.column_config.TextColumn(t("备注"), max_chars=500),
    }


def _entries(state: usecases.PlanState, shown: Shown, edits: entering.Edits) -> list[Entry]:
    found = []
    for row, values in edits.items():
        id = shown[row][1].measure.id
        found.append(entering.edited(state.entries.get(Kind.TASK, id) or Entry(Kind.TASK, id), values))
    return found
