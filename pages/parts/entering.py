"""Tables that staff fill in on the spot, and the one button that stores what they filled in as a revision.

What was typed stays in the browser until the button is pressed, and is read then: the last cell may have been left by
that very push.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from geo import usecases
from geo.errors import AtlasError, ConflictError
from geo.progress import STATE_WORDS, Entry, State
from geo.usecases import Attachment
from pages.parts import signing, trouble
from pages.parts.context import Here
from pages.parts.html import plain

TURN = "entering_turn"  # new tables after each revision, so that nothing is stored twice
_DONE = "entering_done"  # the revision that was stored last in this visit
Edits = Mapping[int, Mapping[str, Any]]  # row -> column -> what was typed


def table(here: Here, name: str, rows: pd.DataFrame, columns: Mapping[str, Any], disabled: Sequence[str]) -> str:
    """An editable table; its index names the rows, and the key that is given back reads the edits of just these rows."""
    turn = st.session_state.setdefault(TURN, 0)
    key = f"{name}_{turn}_{zlib.crc32('|'.join(map(str, rows.index)).encode()):08x}"
    shown = rows.reset_index(drop=True)
    if "state" in shown:  # a blank is no choice, but nothing chosen
        shown["state"] = shown["state"].replace({"": None})
    st.data_editor(
        shown,
        column_config=dict(columns),
        disabled=True if here.read_only is not None else list(disabled),
        hide_index=True,
        key=key,
        on_change="ignore",  # the button sends what was typed; a rerun after each cell would only be in the way
        width="stretch",
        placeholder="",
    )
    return key


def edits(key: str) -> Edits:
    """What was typed into the table of that key."""
    state = st.session_state.get(key) or {}
    return {int(row): dict(values) for row, values in state.get("edited_rows", {}).items()}


def button(
    here: Here,
    name: str,
    make: Callable[[], Sequence[Entry]],
    attach: Callable[[], Sequence[Attachment]] = tuple,
) -> None:
    """Who enters, the button that stores what ``make`` and ``attach`` find, and what came of the last push."""
    # The first of a page's tabs is to read: the style sheet hides the bar while it is open.
    who, go = st.container(key="entering_bar").columns([0.4, 0.6], vertical_alignment="bottom")
    signing.name(who, here.t("填报人"))
    go.button(
        here.t("保存为一次修订"),
        type="primary",
        key=f"{name}_save",
        on_click=_save,
        args=(here, name, make, attach),
        disabled=here.read_only is not None,
        width="stretch",
    )
    _conflict(here, name)
    _last_time(here)


def _conflict(here: Here, name: str) -> None:
    """What somebody else entered of the same meanwhile: one more push replaces it, or what was typed is put away."""
    theirs = st.session_state.get(_conflict_key(name))
    if theirs is None:
        return
    st.warning(plain(here.say(theirs)), icon=":material/sync_problem:")
    st.button(here.t("用已存的,放弃我填的"), key="entering_theirs", on_click=_begin_anew, width="stretch")


def _conflict_key(name: str) -> str:
    """Of the tables that the page ``name`` has now: with them goes what stood against them."""
    return f"{name}_conflict_{st.session_state[TURN]}"


def _begin_anew() -> None:
    st.session_state[TURN] += 1


def _save(
    here: Here, name: str, make: Callable[[], Sequence[Entry]], attach: Callable[[], Sequence[Attachment]]
) -> None:
    try:
        revision = usecases.record(here.atlas, make(), here.author(), expected_head=here.snap.revision, files=attach())
    except ConflictError as fault:
        st.session_state[_conflict_key(name)] = fault.message
        return
    except AtlasError as fault:
        trouble.toast(fault, here.lang)
        return
    _begin_anew()
    st.session_state[_DONE] = revision.number


def _last_time(here: Here) -> None:
    """What was stored last in this visit, and the way back, until something else is stored or it is put away."""
    number = st.session_state.get(_DONE)
    if number is None:
        return
    t = here.t
    st.success(t("已存为第 {number} 号修订,各页已是新数据。", number=number), icon=":material/task_alt:")
    back, leave = st.columns(2)
    back.button(
        t("撤销第 {number} 号修订", number=number),
        key="entering_undo",
        on_click=_take_back,
        args=(here, number),
        disabled=here.read_only is not None,
        width="stretch",
    )
    leave.button(t("知道了"), key="entering_leave", on_click=st.session_state.pop, args=(_DONE, None), width="stretch")


def _take_back(here: Here, number: int) -> None:
    try:
        revision = usecases.undo(here.atlas, number, here.author())
    except AtlasError as fault:
        trouble.toast(fault, here.lang)
        return
    _begin_anew()
    st.session_state.pop(_DONE, None)
    st.toast(here.t("已撤销:记为第 {number} 号修订。", number=revision.number), icon=":material/undo:")


def states(here: Here, title: str, words: Mapping[State, str] = STATE_WORDS) -> Any:
    """The column of a state, chosen by its word."""
    said = {str(state): here.t(word) for state, word in words.items()}
    return st.column_config.SelectboxColumn(
        title, options=list(said), format_func=lambda state: said.get(str(state), ""), width="small"
    )


def edited(entry: Entry, values: Mapping[str, Any]) -> Entry:
    """The entry with the fields that were typed; an emptied cell empties the field."""
    read = {"year": year_of, "value": number_of}
    return replace(entry, **{name: read.get(name, text_of)(value) for name, value in values.items()})


def year_of(value: Any) -> int | None:
    """A cell as a year; an emptied one is None."""
    return None if value is None or pd.isna(value) else int(value)


def number_of(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def text_of(value: Any) -> str:
    return "" if value is None or (isinstance(value, float) and pd.isna(value)) else str(value).strip()
