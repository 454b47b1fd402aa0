"""The list of revisions, what differs between two, and taking one back."""

from __future__ import annotations

from datetime import date, datetime, time

import streamlit as st

from geo import usecases
from geo.errors import AtlasError
from geo.i18n import N_
from geo.model import LAYER_WORDS, Layer
from geo.store import KIND_WORDS, SEED, Conflict, Decision, Revision
from pages.parts import signing, trouble
from pages.parts.context import AS_OF, Here
from pages.parts.html import Cell, heading, line, paper, scroll, table
from pages.parts.words import told

_SHOWN = 30
_DIFFERENCES_SHOWN = 300
_DECIDING = "undo_deciding"  # the revision whose conflicts are shown
_OPS = {"add": N_("新增"), "change": N_("更新"), "remove": N_("移除")}
_HEADS = (N_("图层"), N_("名称"), N_("做了什么"), N_("哪一项"), N_("旧"), N_("新"))


def show(here: Here) -> None:
    """Newest first; any two can be compared, and the one that is chosen can be taken back."""
    t = here.t
    revisions = usecases.history(here.atlas)
    head = [Cell(t("修订"), "num"), Cell(t("时间")), Cell(t("谁")), Cell(t("做了什么")), Cell(t("文件"))]
    head += [Cell(t("增"), "num"), Cell(t("改"), "num"), Cell(t("删"), "num"), Cell(t("文件指纹(SHA-256)"))]
    rows = [_row(here, revision) for revision in revisions[:_SHOWN]]
    paper(heading(t("修订记录")), scroll(table(head, rows, "revisions")))
    _look_back(here, revisions)
    _undo(here, [revision for revision in revisions if revision.kind != SEED and revision.undone_by is None])
    _compare(here, revisions)


def _row(here: Here, revision: Revision) -> list[Cell]:
    what = here.t(KIND_WORDS.get(revision.kind, revision.kind))
    if revision.undoes is not None:
        what = here.t("撤销第 {number} 号", number=revision.undoes)
    if revision.undone_by is not None:
        what += here.t("(已被第 {number} 号撤销)", number=revision.undone_by)
    repaired = sum(map(len, revision.details.get("repairs", {}).values()))
    if repaired:
        what += here.t("(修了 {n} 处)", n=repaired)
    return [
        Cell(str(revision.number), "num"),
        Cell(f"{revision.at.astimezone():%Y-%m-%d %H:%M}"),
        Cell(here.t("系统") if revision.kind == SEED else revision.author),
        Cell(what),
        Cell(revision.file_name or "–"),
        Cell(str(revision.added), "num"),
        Cell(str(revision.changed), "num"),
        Cell(str(revision.removed), "num"),
        Cell((revision.file_sha256 or "–")[:12], "none", revision.file_sha256 or ""),
    ]


def _look_back(here: Here, revisions: tuple[Revision, ...]) -> None:
    """Every page as it was at a revision, or at the end of a day."""
    t = here.t
    number_column, day_column, button = st.columns([0.3, 0.3, 0.4], vertical_alignment="bottom")
    days = [revision.at.astimezone().date() for revision in revisions]  # not in order where a clock was set back
    number = number_column.selectbox(
        t("看哪一次修订时的图"),
        [revision.number for revision in revisions],
        index=None,
        format_func=lambda number: t("第 {number} 号", number=number),
        placeholder=t("选修订"),
        key="as_of_number",
        filter_mode=None,
    )
    day = day_column.date_input(
        t("或哪一天结束时"),
        value=None,
        min_value=min(days),
        max_value=max(*days, datetime.now().astimezone().date()),
        key="as_of_day",
        format="YYYY-MM-DD",
    )
    found = number if number is not None else _at_end_of(here, day)
    button.button(
        t("看第 {number} 号修订时的各页", number=found) if found else t("看那时的各页"),
        key="as_of_go",
        on_click=st.session_state.__setitem__,
        args=(AS_OF, found),
        disabled=not found or found == revisions[0].number,
        width="stretch",
    )


def _at_end_of(here: Here, day: date | None) -> int | None:
    if not isinstance(day, date):
        return None
    return usecases.revision_at(here.atlas, datetime.combine(day, time.max).astimezone()) or None


# --- taking back ---------------------------------------------------------------------------------------------------


def _undo(here: Here, undoable: list[Revision]) -> None:
    if not undoable:
        return
    t = here.t
    choice, who, button = st.columns([0.34, 0.28, 0.38], vertical_alignment="bottom")
    number = choice.selectbox(
        t("要撤销的修订"),
        [revision.number for revision in undoable[:_SHOWN]],
        format_func=lambda number: t("第 {number} 号", number=number),
        key="undo_number",
        filter_mode=None,
    )
    signing.sign(here, "undo", who)
    button.button(
        t("撤销第 {number} 号修订", number=number),
        key="undo",
        on_click=_take_back,
        args=(here, number),
        disabled=here.read_only is not None,
    )
    if st.session_state.get(_DECIDING) == number:
        _decide(here, number)


def _take_back(here: Here, number: int) -> None:
    try:
        if usecases.conflicts(here.atlas, number):
            st.session_state[_DECIDING] = number
            return
        revision = usecases.undo(here.atlas, number, here.author())
    except AtlasError as fault:
        trouble.toast(fault, here.lang)
        return
    _told(here, revision)


def _told(here: Here, revision: Revision) -> None:
    st.toast(here.t("已撤销:记为第 {number} 号修订。", number=revision.number), icon=":material/undo:")


def _decide(here: Here, number: int) -> None:
    """Each feature that later revisions changed too: its values before, after and now, and what is to be done."""
    t = here.t
    found = usecases.conflicts(here.atlas, number)
    if not found:
        st.session_state.pop(_DECIDING, None)
        return
    said = t("第 {number} 号修订里有 {n} 处后来又改过。请逐处决定,然后撤销:", number=number, n=len(found))
    paper(line(said, "warning"))
    for conflict in found:
        _one(here, number, conflict)
    go, leave = st.columns(2)
    keys = [_key(number, conflict) for conflict in found]
    undecided = sum(not st.session_state.get(key) for key in keys)
    go.button(
        t("按以上决定撤销第 {number} 号修订", number=number)
        if not undecided
        else t("还有 {n} 处没有决定", n=undecided),
        key="undo_decided",
        type="primary",
        on_click=_take_back_decided,
        args=(here, number, found),
        disabled=undecided > 0,
        width="stretch",
    )
    leave.button(
        t("先不撤销"), key="undo_leave", on_click=st.session_state.pop, args=(_DECIDING, None), width="stretch"
    )


def _one(here: Here, number: int, conflict: Conflict) -> None:
    t = here.t
    rows = [
        (
            Cell(t(usecases.field_word(conflict.layer, field.name))),
            *(
                Cell(told(here, conflict.layer, conflict.id, field.name, value), kind)
                for value, kind in ((field.before, ""), (field.after, ""), (field.now, "warning"))
            ),
        )
        for field in conflict.fields
    ]
    head = [Cell(t("哪一项")), Cell(t("这次修订之前")), Cell(t("这次修订")), Cell(t("现在"))]
    later = "、".join(map(str, conflict.later))
    paper(
        line(t("{name}(第 {later} 号修订又改过)", name=here.say(conflict.label) or conflict.id, later=later)),
        scroll(table(head, rows, "conflict")),
    )
    words: dict[Decision, str] = {"keep": t("保留现在的"), "revert": t("恢复成之前的")}
    st.segmented_control(
        t("怎么办"),
        list(words),
        format_func=words.__getitem__,
        key=_key(number, conflict),
        label_visibility="collapsed",
    )


def _key(number: int, conflict: Conflict) -> str:
    return f"undo_{number}_{conflict.layer}_{conflict.id}"


def _take_back_decided(here: Here, number: int, found: tuple[Conflict, ...]) -> None:
    decisions: dict[tuple[Layer, str], Decision] = {
        (conflict.layer, conflict.id): st.session_state[_key(number, conflict)] for conflict in found
    }
    try:
        revision = usecases.undo(here.atlas, number, here.author(), decisions, expected_head=here.snap.revision)
    except AtlasError as fault:
        trouble.toast(fault, here.lang)
        return
    st.session_state.pop(_DECIDING, None)
    _told(here, revision)


# --- comparing -----------------------------------------------------------------------------------------------------


def _compare(here: Here, revisions: tuple[Revision, ...]) -> None:
    if len(revisions) < 2:
        return
    t = here.t
    numbers = [revision.number for revision in revisions]
    with st.expander(t("比较两次修订")):
        old_column, new_column = st.columns(2)
        name = {"format_func": lambda number: t("第 {number} 号", number=number), "filter_mode": None}
        old = old_column.selectbox(t("从"), numbers, index=1, key="diff_old", **name)
        new = new_column.selectbox(t("到"), numbers, index=0, key="diff_new", **name)
        _differences(here, old, new)


def _differences(here: Here, old: int, new: int) -> None:
    t = here.t
    found = usecases.diff(here.atlas, old, new)
    if not found:
        paper(line(t("两次修订的数据相同。"), "quiet"))
        return
    rows = [
        (
            Cell(t(LAYER_WORDS[one.layer])),
            Cell(here.say(one.label) or one.id, "", one.id),
            Cell(t(_OPS[one.op])),
            Cell(t(usecases.field_word(one.layer, field.name))),
            Cell(told(here, one.layer, one.id, field.name, field.old), "none"),
            Cell(told(here, one.layer, one.id, field.name, field.new)),
        )
        for one in found
        for field in usecases.told_fields(one)
    ]
    head = [Cell(t(word)) for word in _HEADS]
    paper(line(t("{n} 处不同。", n=len(found))), scroll(table(head, rows[:_DIFFERENCES_SHOWN], "differences")))
