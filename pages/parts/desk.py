"""The upload desk: choose a file, read what is wrong with each row, see the good ones on the map, store them."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from geo import ingest, usecases
from geo.errors import AtlasError
from geo.i18n import Listed
from geo.model import Layer
from geo.store import Revision
from pages.parts import map_panel
from pages.parts.context import AUTHOR_KEY, Here
from pages.parts.html import Cell, Figure, heading, line, paper, scroll, strip, table
from pages.parts.views import preview_state

_UPLOADER = "upload_file"
_TURN = "upload_turn"  # a new uploader after each stored file, so that nobody stores it twice
_DONE = "upload_done"
_FAULTS_SHOWN = 500


@dataclass(frozen=True)
class Stored:
    """What storing a file came to."""

    revision: Revision
    report: ingest.Report


def choose_layer(here: Here) -> Layer:
    """Bases or facilities."""
    names = {Layer.BASES: here.t("孵化基地"), Layer.FACILITIES: here.t("配套设施")}
    chosen = st.segmented_control(
        here.t("上传的是"),
        list(names),
        default=Layer.BASES,
        required=True,
        format_func=names.__getitem__,
        key="upload_layer",
        persist_state="session",
    )
    return chosen or Layer.BASES


def help_text(here: Here, layer: Layer) -> None:
    """Which fields a file may have, which words they take, and the stored layer as a file to begin from."""
    t = here.t
    if layer is Layer.BASES:
        stages = Listed(tuple(stage.label for stage in here.pack.plan.stages))
        words = [
            t("必填:name(名称)、stage(阶段)。"),
            t("阶段可写:{words}。", words=stages),
            t("可填:id、cluster(集群)、district(片区)、demo_year(示范年份)、certainty(位置可信度)。"),
        ]
    else:
        kinds = Listed(tuple(category.label for category in here.pack.categories))
        words = [
            t("必填:name(名称)、category(类别)。"),
            t("类别可写:{words}。", words=kinds),
            t("可填:id、certainty(位置可信度);片区按坐标定。"),
        ]
    words += [
        t("还可填:name_en、source(来源)、note(备注)。其他字段不存,会提醒。"),
        t("坐标:WGS-84 或 CGCS2000 经纬度,经度在前;编码 UTF-8。"),
    ]
    paper(heading(t("文件怎么写")), *(line(word) for word in words))
    st.download_button(
        t("下载现有数据,改好再传"),
        data=lambda: usecases.export_layer(here.snap, layer, "geojson", here.lang),
        file_name=f"{layer}-r{here.snap.revision}.geojson",
        mime="application/geo+json",
        key="layer_geojson",
        on_click="ignore",
        width="stretch",
    )


def show(here: Here, layer: Layer) -> None:
    """The whole desk for one layer."""
    _last_time(here)
    locked = here.read_only is not None
    turn = st.session_state.setdefault(_TURN, 0)
    file = st.file_uploader(here.t("选择 GeoJSON 文件"), key=f"{_UPLOADER}_{layer}_{turn}", disabled=locked)
    if file is None:
        return
    try:
        report = usecases.check_file(here.atlas, file.getvalue(), file.name, layer)
    except AtlasError as fault:
        st.error(fault.text(here.lang), icon=":material/error:")
        return
    _report(here, report)


def _last_time(here: Here) -> None:
    """What the last file came to, until it is put away: rows that were not taken do not vanish with the file."""
    stored: Stored | None = st.session_state.get(_DONE)
    if stored is None:
        return
    t = here.t
    revision, report = stored.revision, stored.report
    st.success(
        t(
            "已存为第 {number} 号修订:新增 {added},更新 {changed}。各页已是新数据。",
            number=revision.number,
            added=revision.added,
            changed=revision.changed,
        ),
        icon=":material/task_alt:",
    )
    if report.rejected_count:
        paper(line(t("还有 {n} 行没有存入,原因在下面;改好后再传一次。", n=report.rejected_count), "warning"))
        _faults(here, report)
    st.button(t("知道了"), key="put_away", on_click=st.session_state.pop, args=(_DONE, None))


def _report(here: Here, report: ingest.Report) -> None:
    t = here.t
    strip(
        [
            Figure(t("共"), str(report.features), t("行")),
            Figure(t("可存"), str(report.accepted_count)),
            Figure(t("有错,未收"), str(report.rejected_count), warm=report.rejected_count > 0),
            Figure(t("提醒"), str(report.warning_count)),
        ]
    )
    preview, faults = st.columns([0.5, 0.5], gap="small")
    with preview:
        map_panel.show(here, preview_state(here, report))
    with faults:
        _confirm(here, report)
        _faults(here, report)


def _faults(here: Here, report: ingest.Report) -> None:
    t = here.t
    if not report.faults:
        paper(line(t("没有发现问题。"), "good"))
        return
    head = [Cell(t("行"), "num"), Cell(t("编号或名称")), Cell(t("问题")), Cell(t("怎么改"))]
    rows = [
        (
            Cell("–" if fault.row is None else str(fault.row), "num"),
            Cell(fault.id),
            Cell(here.say(fault.message), fault.severity, fault.code),
            Cell(here.say(fault.fix)),
        )
        for fault in report.faults[:_FAULTS_SHOWN]
    ]
    paper(scroll(table(head, rows, "faults")))
    if len(report.faults) > _FAULTS_SHOWN:
        paper(line(t("只列出前 {n} 条,全部见下载的表。", n=_FAULTS_SHOWN), "quiet"))
    listing, rows = st.columns(2)
    listing.download_button(
        t("下载问题清单(CSV)"),
        data=lambda: usecases.export_faults(report, here.lang),
        file_name="faults.csv",
        mime="text/csv",
        key=f"faults_csv_{report.sha256}",
        on_click="ignore",
        width="stretch",
    )
    if report.rejected_count:
        rows.download_button(
            t("下载未收的行(GeoJSON)"),
            data=lambda: usecases.export_rejected(report, here.lang),
            file_name="rejected.geojson",
            mime="application/geo+json",
            key=f"rejected_{report.sha256}",
            on_click="ignore",
            width="stretch",
        )


def _confirm(here: Here, report: ingest.Report) -> None:
    t = here.t
    who, go = st.columns([0.4, 0.6], vertical_alignment="bottom")
    who.text_input(t("上传人"), key=AUTHOR_KEY, max_chars=60, persist_state="session")
    go.button(
        t("存入 {n} 行,作为一次修订", n=report.accepted_count),
        type="primary",
        key="store",
        on_click=_store,
        args=(here, report),
        disabled=here.read_only is not None or report.accepted_count == 0,
        width="stretch",
    )
    if report.rejected_count:
        paper(line(t("有错的 {n} 行不会存入;可下载未收的行,改好后再传。", n=report.rejected_count), "quiet"))


def _store(here: Here, report: ingest.Report) -> None:
    try:
        revision = usecases.accept(here.atlas, report, here.author())
    except AtlasError as fault:
        st.toast(fault.text(here.lang), icon=":material/error:")
        return
    st.session_state[_TURN] += 1
    st.session_state[_DONE] = Stored(revision, report)
