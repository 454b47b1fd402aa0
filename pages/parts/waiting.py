"""待改的行: rows of earlier uploads that were not accepted, to take away, mend and upload again, or to give up."""

from __future__ import annotations

import streamlit as st

from geo import usecases
from geo.errors import AtlasError
from geo.model import LAYER_WORDS
from geo.store import Upload
from pages.parts import signing, trouble
from pages.parts.context import Here
from pages.parts.html import Cell, heading, line, paper, scroll, table

_SHOWN = 200
_MIMES = {
    "geojson": "application/geo+json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def show(here: Here) -> None:
    """The uploads with open rows, and what can be done with those of the chosen one."""
    t = here.t
    waiting = [upload for upload in usecases.quarantine(here.atlas) if upload.open]
    if not waiting:
        return
    paper(heading(t("待改的行")), line(t("没有存入的行都留在这里:下载、改好、再传,就会离开;原因写在文件里。"), "quiet"))
    known = {upload.id: upload for upload in waiting}
    chosen = st.selectbox(
        t("哪一次上传"),
        list(known),
        format_func=lambda id: _title(here, known[id]),
        key="waiting_upload",
        filter_mode=None,
    )
    if chosen is not None:
        _rows(here, known[chosen])


def _title(here: Here, upload: Upload) -> str:
    return here.t(
        "{file} · {layer} · {n} 行待改 · {who} {at}",
        file=upload.file_name,
        layer=here.t(LAYER_WORDS[upload.layer]),
        n=upload.open,
        who=upload.author,
        at=f"{upload.at.astimezone():%Y-%m-%d %H:%M}",
    )


def _rows(here: Here, upload: Upload) -> None:
    t = here.t
    rows = usecases.quarantined_rows(here.atlas, upload.id)
    kinds = usecases.quarantine_kinds(upload, rows)
    *places, who, give_up = st.columns(len(kinds) + 2, vertical_alignment="bottom")
    for place, kind in zip(places, kinds, strict=True):
        place.download_button(
            t("下载待改的行({kind})", kind="GeoJSON" if kind == "geojson" else "Excel"),
            data=lambda kind=kind: _file(here, upload, kind),
            file_name=f"to-mend-{upload.id}.{kind}",
            mime=_MIMES[kind],
            key=f"waiting_{kind}_{upload.id}",
            on_click="ignore",
            width="stretch",
        )
    signing.sign(here, "waiting", who)
    give_up.button(
        t("不改了,放弃这 {n} 行", n=upload.open),
        key=f"waiting_discard_{upload.id}",
        on_click=_discard,
        args=(here, upload),
        disabled=here.read_only is not None,
        help=t("不会删去:记录里仍查得到,只是不再列为待改。"),
        width="stretch",
    )
    cells = [
        (
            Cell(str(row.row), "num"),
            Cell(_name(row.feature)),
            Cell(";".join(reason[here.lang]["message"] for reason in row.reasons), "error"),
            Cell(";".join(reason[here.lang]["fix"] for reason in row.reasons)),
        )
        for row in rows[:_SHOWN]
    ]
    head = [Cell(t("行"), "num"), Cell(t("编号或名称")), Cell(t("问题")), Cell(t("怎么改"))]
    paper(scroll(table(head, cells, "waiting")))


def _file(here: Here, upload: Upload, kind: str) -> bytes:
    """The rows that wait when the button is pushed."""
    rows = usecases.quarantined_rows(here.atlas, upload.id)
    return usecases.export_quarantine(upload, rows, kind, here.lang)


def _name(feature: object) -> str:
    given = feature.get("properties") if isinstance(feature, dict) else None
    named = given if isinstance(given, dict) else {}
    return str(next((named[key] for key in ("name", "名称", "基地名称", "id") if named.get(key)), ""))[:60]


def _discard(here: Here, upload: Upload) -> None:
    try:
        usecases.discard(here.atlas, upload.id, here.author())
    except AtlasError as fault:
        trouble.toast(fault, here.lang)
