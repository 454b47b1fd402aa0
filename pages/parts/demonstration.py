"""The rosters as a table, and one base's standard to read and to fill in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from geo import usecases
from geo.i18n import N_, Listed
from geo.ingest import digest
from geo.progress import Entry, Kind, RosterProgress, RosterState, Seat
from pages.parts import entering
from pages.parts.context import Here
from pages.parts.html import Cell, heading, line, paper, scroll, table

STATE_CELLS: Mapping[RosterState, tuple[str, str]] = {
    RosterState.RECOGNISED: (N_("✓ 当年认定"), "good"),
    RosterState.LATE: (N_("◌ {year} 年才认定"), "warning"),
    RosterState.PENDING: (N_("◌ 年份未到"), "none"),
    RosterState.MISSED: (N_("✗ 到期未认定"), "gap"),
}
_FIELDS = ("state", "evidence", "link", "day", "who", "note")


def chosen_years(here: Here, state: usecases.PlanState) -> tuple[RosterProgress, ...]:
    """The rosters of the chosen years; of all where none is chosen."""
    years = [roster.year for roster in state.rosters]
    picked = st.pills(here.t("名单年份"), years, selection_mode="multi", key="roster_years", persist_state="session")
    return tuple(roster for roster in state.rosters if not picked or roster.year in picked)


def one_seat(here: Here, rosters: Sequence[RosterProgress]) -> Seat | None:
    """The base whose standard is shown."""
    seats = [seat for roster in rosters for seat in roster.seats]
    if not seats:
        return None
    names = [here.t("{year} 年 · {name}", year=seat.year, name=seat.named.name) for seat in seats]
    places = range(len(seats))
    picked = st.selectbox(here.t("看哪个基地"), places, format_func=names.__getitem__, key="seat", filter_mode=None)
    return seats[picked or 0]


def roster_table(here: Here, rosters: Sequence[RosterProgress]) -> None:
    """Every base of the rosters with its state."""
    t = here.t
    head = [Cell(t("年份"), "num"), Cell(t("条文")), Cell(t("基地(原文)")), Cell(t("认定")), Cell(t("具备"), "num")]
    rows = [_row(here, roster, seat) for roster in rosters for seat in roster.seats]
    said = t("只有填了认定年份的才算认定;名单年份过了还没有填的,算到期未认定。")
    paper(scroll(table(head, rows, "plan rosters")), line(said, "quiet"))


def _row(here: Here, roster: RosterProgress, seat: Seat) -> list[Cell]:
    left = _left(here, seat)
    has = f"{len(seat.items) - len(seat.left)} / {len(seat.items)}" if seat.items else "–"
    return [
        Cell(str(seat.year), "num"),
        Cell(here.say(roster.clause) if roster.clause else here.t("原文没有")),
        Cell(here.say(seat.named.name), "", ";".join(here.say(one.reason) for one in seat.named.inferred)),
        _state(here, seat),
        Cell(has, "num", here.t("还差:{left}", left=left) if left else ""),
    ]


def _left(here: Here, seat: Seat) -> str:
    return Listed(tuple(item.label for item in seat.left if item.label)).text(here.lang)


def _state(here: Here, seat: Seat) -> Cell:
    word, kind = STATE_CELLS[seat.state]
    return Cell(here.t(word, year=seat.recognised), kind)


def show(here: Here, state: usecases.PlanState, seat: Seat | None) -> None:
    """One base: what is left, its items to fill in, and its recognition."""
    t = here.t
    if seat is None:
        return
    paper(heading(here.say(seat.named.name)), *_about(here, seat))
    if not seat.named.base or seat.named.base not in set(here.snap.bases["id"]):
        paper(line(t("数据里还没有这处基地:先上传它,再填它的情况。"), "warning"))
        return
    base = seat.named.base
    keys = [_item_table(here, seat), _recognition_table(here, state, base)]
    entering.button(here, "demonstration", lambda: _entries(state, seat, *keys))
    _file(here, seat)


def _about(here: Here, seat: Seat) -> list[str]:
    t = here.t
    standard = here.pack.plan.demonstration
    told = [line(";".join(here.say(one.reason) for one in seat.named.inferred), "quiet")] if seat.named.inferred else []
    if standard is None:
        return [*told, line(t("规划没有写示范基地的标准。"), "quiet")]
    hidden = sum(item.label is None for item in standard.items)
    if seat.left:
        said = t("{standard}还差:{left}", standard=standard.label, left=_left(here, seat))
        told.append(line(said, "warning"))
    else:
        told.append(line(t("{standard}能读出的各项都已具备。", standard=standard.label), "good"))
    if hidden:
        told.append(line(t("另有 {n} 项原文看不出,没有列,也没有编。", n=hidden), "quiet"))
    return told


def _item_table(here: Here, seat: Seat) -> str:
    t = here.t
    rows = pd.DataFrame(
        [
            {
                "name": here.say(one.item.label),
                "words": here.say(one.item.words),
                **_said(one.entry),
                "file": _file_of(one.entry),
            }
            for one in seat.items
            if one.item.label
        ],
        index=[f"{seat.named.base}:{one.item.id}" for one in seat.items],
    )
    columns = {
        "name": st.column_config.TextColumn(t("项目"), pinned=True, width="medium"),
        "words": st.column_config.TextColumn(t("原文")),
        "state": entering.states(here, t("状态")),
        **_evidence(here),
        "file": st.column_config.TextColumn(t("文件")),
    }
    order = ["name", "state", "evidence", "link", "day", "who", "note", "file", "words"]
    return entering.table(here, "items", rows[order] if len(rows) else rows, columns, ["name", "words", "file"])


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


def _file_of(entry: Entry | None) -> str:
    return f"{entry.file}({entry.file_sha256[:12]})" if entry and entry.file else ""


def _recognition_table(here: Here, state: usecases.PlanState, base: str) -> str:
    t = here.t
    entry = state.entries.get(Kind.DEMONSTRATION, base)
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
    """A file as evidence of an item: what is kept is its name and fingerprint, so that the one shown later can be told."""
    t = here.t
    names = {one.item.id: here.say(one.item.label) for one in seat.items if one.item.label}
    if not names:
        return
    with st.expander(t("附一个依据文件(只记文件名和指纹,文件请自己保存)")):
        st.selectbox(t("为哪一项"), list(names), format_func=names.__getitem__, key="item_of_file", filter_mode=None)
        turn = st.session_state.get(entering.TURN, 0)
        st.file_uploader(t("依据文件"), key=f"item_file_{turn}", disabled=here.read_only is not None)


def _entries(state: usecases.PlanState, seat: Seat, items: str, recognition: str) -> list[Entry]:
    base = seat.named.base
    found = {one.item.id: one.entry or Entry(Kind.ITEM, base, one.item.id) for one in seat.items}
    changed: dict[str, Entry] = {}
    for row, values in entering.edits(items).items():
        id = seat.items[row].item.id
        changed[id] = entering.edited(found[id], values)
    file = st.session_state.get(f"item_file_{st.session_state.get(entering.TURN, 0)}")
    if file is not None:
        id = st.session_state["item_of_file"]
        changed[id] = replace(changed.get(id, found[id]), file=file.name, file_sha256=digest(file.getvalue()))
    old = state.entries.get(Kind.DEMONSTRATION, base) or Entry(Kind.DEMONSTRATION, base)
    recognised = [entering.edited(old, values) for values in entering.edits(recognition).values()]
    return [*changed.values(), *recognised]
