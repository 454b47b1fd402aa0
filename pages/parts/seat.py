"""One base of a roster: what it has of the standard, by what evidence, and the tables in which staff fill that in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from geo import usecases
from geo.progress import STATE_WORDS, Entry, Kind, Seat, State
from geo.usecases import Attachment
from pages.parts import entering
from pages.parts.context import Here
from pages.parts.demonstration import left_of
from pages.parts.html import Cell, heading, line, paper, scroll, table

_FIELDS = ("state", "evidence", "link", "day", "who", "note")
_TONES = {State.DONE: ("✓ ", "good"), State.DOING: ("◌ ", ""), State.OPEN: ("✗ ", "gap")}
_RECOGNITION = ""  # beside the ids of items: the recognition itself


def show(here: Here, state: usecases.PlanState, seat: Seat | None) -> None:
    """What is left, the items with their evidence, and the same to fill in."""
    t = here.t
    if seat is None:
        return
    paper(heading(here.say(seat.named.name)), *_about(here, seat))
    if not seat.named.base or seat.named.base not in set(here.snap.bases["id"]):
        paper(line(t("数据里还没有这处基地:先上传它,再填它的情况。"), "warning"))
        return
    recognition = state.entries.get(Kind.DEMONSTRATION, seat.named.base)
    read, fill = st.tabs([t("清单"), t("填报")], key="seat_tabs")
    with read:
        _read(here, seat, recognition)
    with fill:
        keys = [_item_table(here, seat), _recognition_table(here, seat.named.base, recognition)]
        _file(here, seat)
    entering.button(here, "demonstration", lambda: _entries(seat, recognition, *keys), lambda: _attachments(seat))


def _about(here: Here, seat: Seat) -> list[str]:
    t = here.t
    standard = here.pack.plan.demonstration
    told = [line(";".join(here.say(one.reason) for one in seat.named.inferred), "quiet")] if seat.named.inferred else []
    if standard is None:
        return [*told, line(t("规划没有写示范基地的标准。"), "quiet")]
    hidden = sum(item.label is None for item in standard.items)
    if seat.left:
        said = t("{standard}还差:{left}", standard=standard.label, left=left_of(here, seat))
        told.append(line(said, "warning"))
    else:
        told.append(line(t("{standard}能读出的各项都已具备。", standard=standard.label), "good"))
    if hidden:
        told.append(line(t("另有 {n} 项原文看不出,没有列,也没有编。", n=hidden), "quiet"))
    return told


# --- to read -------------------------------------------------------------------------------------------------------


def _read(here: Here, seat: Seat, recognition: Entry | None) -> None:
    t = here.t
    kept = usecases.kept_evidence(here.atlas)
    head = [Cell(t("项目")), Cell(t("状态")), Cell(t("依据")), Cell(t("日期")), Cell(t("谁说的"))]
    rows = [_recognised(here, recognition, kept), *(_item(here, one.item, one.entry, kept) for one in seat.items)]
    paper(scroll(table(head, rows, "plan standard")))
    for name, entry in _named(here, seat, recognition):
        if entry is not None and entry.file_sha256 in kept:
            _download(here, name, entry)


def _recognised(here: Here, entry: Entry | None, kept: Any) -> list[Cell]:
    t = here.t
    year = entry.year if entry else None
    state = Cell(t("未填"), "none") if year is None else Cell("✓ " + t("{year} 年", year=year), "good")
    return [Cell(t("认定为示范孵化基地"), "wide"), state, *_backing(here, entry, kept)]


def _item(here: Here, item: Any, entry: Entry | None, kept: Any) -> list[Cell]:
    t = here.t
    state = Cell(t("未填"), "none")
    if entry is not None and entry.state in set(State):
        sign, tone = _TONES[State(entry.state)]
        state = Cell(sign + t(STATE_WORDS[State(entry.state)]), f"{tone} short")
    return [Cell(here.say(item.label), "wide", here.say(item.words)), state, *_backing(here, entry, kept)]


def _backing(here: Here, entry: Entry | None, kept: Any) -> list[Cell]:
    """Evidence with the note on it, day, who says so."""
    if entry is None:
        return [Cell("–", "none"), Cell(""), Cell("")]
    said = ";".join(text for text in (entry.evidence, entry.note, _file_of(here, entry, kept)) if text)
    return [
        Cell(said, "wide" if said else "", entry.file_sha256, link=entry.link),
        Cell(entry.day, "short"),
        Cell(entry.who),
    ]


def _file_of(here: Here, entry: Entry, kept: Any) -> str:
    if not entry.file:
        return ""
    said = {"name": entry.file, "sha256": entry.file_sha256[:12]}
    if entry.file_sha256 in kept:
        return here.t("文件:{name}(SHA-256 {sha256})", **said)
    return here.t("文件:{name}(只记了指纹 SHA-256 {sha256},没有存文件)", **said)


def _named(here: Here, seat: Seat, recognition: Entry | None) -> list[tuple[str, Entry | None]]:
    items = [(here.say(one.item.label), one.entry) for one in seat.items if one.item.label]
    return [(here.t("认定为示范孵化基地"), recognition), *items]


def _download(here: Here, name: str, entry: Entry) -> None:
    st.download_button(
        here.t("下载依据文件:{name}", name=name),
        data=lambda: usecases.evidence(here.atlas, entry.file_sha256),
        file_name=usecases.evidence_name(entry),
        mime=usecases.evidence_type(entry),
        key=f"evidence_{entry.id}",
        on_click="ignore",
        icon=":material/attach_file:",
    )


# --- to fill in ----------------------------------------------------------------------------------------------------


def _item_table(here: Here, seat: Seat) -> str:
    t = here.t
    rows = pd.DataFrame(
        [
            {"name": here.say(one.item.label), **_said(one.entry), "words": here.say(one.item.words)}
            for one in seat.items
            if one.item.label
        ],
        index=[f"{seat.named.base}:{one.item.id}" for one in seat.items],
    )
    columns = {
        "name": st.column_config.TextColumn(t("项目"), pinned=True, width="medium"),
        "state": entering.states(here, t("状态")),
        **_evidence(here),
        "words": st.column_config.TextColumn(t("原文")),
    }
    return entering.table(here, "items", rows, columns, ["name", "words"])


def _evidence(here: Here) -> dict[str, Any]:
    t = here.t
    return {
        "evidence": st.column_config.TextColumn(t("依据"), max_chars=500),
        "link": st.column_config.LinkColumn(t("链接"), max_chars=500),
        "day": st.column_config.DateColumn(t("日期"), format="YYYY-MM-DD"),
        "who": st.column_config.TextColumn(t("谁说的"), max_chars=60),
        "note": st.column_config.TextColumn(t("备注"), max_chars=500),
    }


def _said(entry: Entry | None) -> dict[str, Any]:
    values = {name: getattr(entry, name) if entry else "" for name in _FIELDS}
    return {**values, "day": date.fromisoformat(values["day"]) if values["day"] else None}


def _recognition_table(here: Here, base: str, entry: Entry | None) -> str:
    t = here.t
    said = {name: value for name, value in _said(entry).items() if name != "state"}
    rows = pd.DataFrame(
        [{"name": t("认定为示范孵化基地"), "year": entry.year if entry else None, **said}], index=[base]
    )
    columns = {
        "name": st.column_config.TextColumn(t("认定"), pinned=True),
        "year": st.column_config.NumberColumn(t("哪一年"), min_value=1900, step=1, format="%d"),
        **_evidence(here),
    }
    return entering.table(here, "recognition", rows.astype({"year": "Int64"}), columns, ["name"])


def _file(here: Here, seat: Seat) -> None:
    """A file as evidence of an item, or of the recognition."""
    t = here.t
    names = {one.item.id: here.say(one.item.label) for one in seat.items if one.item.label}
    names[_RECOGNITION] = t("认定为示范孵化基地")
    with st.expander(t("附一个依据文件"), icon=":material/attach_file:"), st.container(key="evidence_file"):
        st.selectbox(t("为哪一项"), list(names), format_func=names.__getitem__, key="item_of_file", filter_mode=None)
        st.file_uploader(
            t("依据文件:PDF、OFD、图片、Word、Excel、PPT、WPS"),
            key=_file_key(seat),
            disabled=here.read_only is not None,
        )


def _file_key(seat: Seat) -> str:
    """A new one after each revision, and for each base: no file goes to one that it was not given for."""
    return f"item_file_{st.session_state.get(entering.TURN, 0)}_{seat.named.base}"


def _given(seat: Seat) -> tuple[str, Attachment] | None:
    """Which item the file is for, and the file; None where there is none."""
    file = st.session_state.get(_file_key(seat))
    return None if file is None else (st.session_state["item_of_file"], Attachment(file.name, file.getvalue()))


def _attachments(seat: Seat) -> Sequence[Attachment]:
    given = _given(seat)
    return [] if given is None else [given[1]]


def _entries(seat: Seat, recognition: Entry | None, items: str, recognised: str) -> list[Entry]:
    base = seat.named.base
    stored = {one.item.id: one.entry or Entry(Kind.ITEM, base, one.item.id) for one in seat.items}
    stored[_RECOGNITION] = recognition or Entry(Kind.DEMONSTRATION, base)
    changed = {
        seat.items[row].item.id: entering.edited(stored[seat.items[row].item.id], values)
        for row, values in entering.edits(items).items()
    }
    for values in entering.edits(recognised).values():
        changed[_RECOGNITION] = entering.edited(stored[_RECOGNITION], values)
    if (given := _given(seat)) is not None:
        id, file = given
        changed[id] = replace(changed.get(id, stored[id]), file=file.name, file_sha256=file.sha256)
    return list(changed.values())
