"""The list of revisions, and taking one back."""

from __future__ import annotations

import streamlit as st

from geo import usecases
from geo.errors import AtlasError
from geo.store import KIND_WORDS, Revision
from pages.parts.context import Here
from pages.parts.html import Cell, heading, paper, scroll, table

_SHOWN = 30


def show(here: Here) -> None:
    """Newest first; the one that is chosen can be taken back."""
    t = here.t
    revisions = usecases.history(here.atlas)
    head = [
        Cell(t("修订"), "num"),
        Cell(t("时间")),
        Cell(t("谁")),
        Cell(t("做了什么")),
        Cell(t("文件")),
        Cell(t("增"), "num"),
    ]
    head += [Cell(t("改"), "num"), Cell(t("删"), "num"), Cell(t("文件指纹(SHA-256)"))]
    rows = [_row(here, revision) for revision in revisions[:_SHOWN]]
    paper(heading(t("修订记录")), scroll(table(head, rows, "revisions")))
    _undo(here, [revision for revision in revisions if revision.kind != "seed" and revision.undone_by is None])


def _row(here: Here, revision: Revision) -> list[Cell]:
    what = here.t(KIND_WORDS.get(revision.kind, revision.kind))
    if revision.undoes is not None:
        what = here.t("撤销第 {number} 号", number=revision.undoes)
    if revision.undone_by is not None:
        what += here.t("(已被第 {number} 号撤销)", number=revision.undone_by)
    return [
        Cell(str(revision.number), "num"),
        Cell(f"{revision.at.astimezone():%Y-%m-%d %H:%M}"),
        Cell(here.t("系统") if revision.kind == "seed" else revision.author),
        Cell(what),
        Cell(revision.file_name or "–"),
        Cell(str(revision.added), "num"),
        Cell(str(revision.changed), "num"),
        Cell(str(revision.removed), "num"),
        Cell((revision.file_sha256 or "–")[:12], "none", revision.file_sha256 or ""),
    ]


def _undo(here: Here, undoable: list[Revision]) -> None:
    if not undoable:
        return
    t = here.t
    choice, button = st.columns([0.5, 0.5], vertical_alignment="bottom")
    number = choice.selectbox(
        t("要撤销的修订"),
        [revision.number for revision in undoable[:_SHOWN]],
        format_func=lambda number: t("第 {number} 号", number=number),
        key="undo_number",
        filter_mode=None,
    )
    button.button(
        t("撤销第 {number} 号修订", number=number),
        key="undo",
        on_click=_take_back,
        args=(here, number),
        disabled=here.read_only is not None,
    )


def _take_back(here: Here, number: int) -> None:
    try:
        revision = usecases.undo(here.atlas, number, here.author())
    except AtlasError as fault:
        st.toast(fault.text(here.lang), icon=":material/error:")
        return
    st.toast(here.t("已撤销:记为第 {number} 号修订。", number=revision.number), icon=":material/undo:")
