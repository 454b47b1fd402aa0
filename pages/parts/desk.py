"""The upload desk: choose a file, read what is wrong with each row, see the good ones on the map, store them."""

from __future__ import annotations

import streamlit as st

from geo import ingest, osm, usecases
from geo.errors import AtlasError
from geo.i18n import Listed
from geo.ingest import FIELD_WORDS
from geo.model import LAYER_WORDS, PLACED, Layer
from pages.parts import desk_choices, desk_osm, jobs, map_panel, signing, trouble
from pages.parts.context import Here
from pages.parts.html import Cell, Figure, heading, line, paper, plain, scroll, strip, table
from pages.parts.views import preview_state
from pages.parts.words import told

_UPLOADER = "upload_file"
_TURN = desk_osm.TURN
_DONE = desk_osm.DONE
_FAULTS_SHOWN = 500
_LONG_BYTES = 3_000_000  # a file above this takes more than a moment: its check shows how far it is


def choose_layer(here: Here) -> Layer:
    """Which layer the file is for."""
    chosen = st.selectbox(
        here.t("上传的是"),
        list(PLACED),
        format_func=lambda layer: here.t(LAYER_WORDS[layer]),
        key="upload_layer",
        persist_state="session",
        filter_mode=None,
    )
    return chosen or Layer.BASES


def help_text(here: Here, layer: Layer) -> None:
    """Which fields a file may have, which words they take, and the stored layer as a file to begin from."""
    t = here.t
    words = [*_help_of(here, layer)]
    words += [
        t("还可填:name_en、source(来源)、note(备注)。表头写中文也认得。其他字段不存,会提醒。"),
        t("坐标写经纬度;Excel、CSV 写成两列(经度、纬度)或一列。高德、百度的坐标会认出来,同意后才换算。"),
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


def _help_of(here: Here, layer: Layer) -> tuple[str, ...]:
    t = here.t
    match layer:
        case Layer.BASES:
            return (
                t("必填:name(名称)、stage(阶段)。"),
                t("阶段可写:{words}。", words=Listed(tuple(stage.label for stage in here.pack.plan.stages))),
                t("可填:id、cluster(集群)、district(片区)、demo_year(示范年份)、certainty(位置可信度)。"),
                t("计入目标的:floor_area(建筑面积,平方米)和 built_year(建成年份),level(级别)和 level_year(级别年份)。"),
            )
        case Layer.FACILITIES:
            return (
                t("必填:name(名称)、category(类别)。"),
                t("类别可写:{words}。", words=Listed(tuple(category.label for category in here.pack.categories))),
                t("可填:id、capacity(容量:床位、学位、套数、车位……)、certainty(位置可信度);片区按坐标定。"),
            )
        case Layer.DISTRICTS:
            known = Listed(tuple(district.label for district in here.pack.districts))
            return (t("面,name(名称)写片区名:{words}。存入后代替示意的片区界。", words=known),)
        case Layer.TOWNS:
            return (t("面,name(名称)写乡镇街道名。存入后代替示意的乡镇界。"),)
        case Layer.ROADS:
            return (t("线;可填:name(路名)、kind(道路等级)。"),)
        case Layer.POPULATION:
            return (
                t("点或面;必填:people(人口);可填:name(名称)。"),
                t("也可以是 GeoTIFF 栅格,每格写着多少人;只取本县的格子。"),
            )
        case Layer.RECORDS:
            return ()


def show(here: Here, layer: Layer) -> None:
    """The whole desk for one layer."""
    _last_time(here)
    turn = st.session_state.setdefault(_TURN, 0)
    file = st.file_uploader(
        here.t(
            "选择文件:GeoJSON、Excel、CSV、shapefile(zip)、KML、GeoPackage、FlatGeobuf、GeoParquet、DXF,或 OpenStreetMap(.osm.pbf);人口还可以是 GeoTIFF"
        ),
        key=f"{_UPLOADER}_{layer}_{turn}",
        disabled=here.read_only is not None,
    )
    if file is None:
        return
    if osm.is_extract(file.name, file.getvalue()[:64]):
        desk_osm.show(here, file.name, file.getvalue())
        return
    try:
        report = _checked(here, file.name, file.getvalue(), layer)
        started = report is not None and desk_choices.start(here, report)
    except AtlasError as fault:
        st.error(plain(fault.text(here.lang)), icon=":material/error:")
        return
    if started:
        st.rerun()
    if report is not None:
        _report(here, report)


def _checked(here: Here, name: str, data: bytes, layer: Layer) -> ingest.Report | None:
    """The report; None while a long check runs."""
    sha256 = ingest.digest(data)
    choices = desk_choices.choose_table(here, sha256, layer, usecases.tables(here.atlas, data, name, sha256))

    def check(watch: ingest.Watch) -> ingest.Report:
        return usecases.check_file(here.atlas, data, name, layer, choices, watch)

    if len(data) < _LONG_BYTES:
        return check(ingest.unwatched)
    report: ingest.Report | None = jobs.result(
        here, (sha256, name, layer, choices, here.snap.revision), check, ingest.STAGES
    )
    return report


def _last_time(here: Here) -> None:
    """What the last file came to, until it is put away."""
    kept: usecases.Kept | None = st.session_state.get(_DONE)
    if kept is None:
        return
    t = here.t
    if kept.revision is not None:
        st.success(
            t(
                "已存为第 {number} 号修订:新增 {added},更新 {changed}。各页已是新数据。",
                number=kept.revision.number,
                added=kept.revision.added,
                changed=kept.revision.changed,
            ),
            icon=":material/task_alt:",
        )
    if kept.upload is not None:
        paper(line(t("还有 {n} 行没有存入,留在下面的“待改的行”里;改好后再传一次。", n=kept.upload.rejected), "warning"))
    st.button(t("知道了"), key="put_away", on_click=st.session_state.pop, args=(_DONE, None))


def _report(here: Here, report: ingest.Report) -> None:
    t = here.t
    changed = sum(bool(change) for change in report.changes.values())
    strip(
        [
            Figure(t("共"), str(report.features), t("行数据")),
            Figure(t("可存"), str(report.accepted_count)),
            Figure(t("新增"), str(report.accepted_count - len(report.changes))),
            Figure(t("更新"), str(changed)),
            Figure(t("相同"), str(len(report.changes) - changed)),
            Figure(t("有错,未收"), str(report.rejected_count), warm=report.rejected_count > 0),
            Figure(t("提醒"), str(report.warning_count)),
            Figure(t("已修"), str(report.repaired_count)),
        ]
    )
    preview, told = st.columns([0.5, 0.5], gap="small")
    with preview:
        map_panel.show(here, preview_state(here, report))
    with told:
        _confirm(here, report)
        _tabs(here, report)


def _tabs(here: Here, report: ingest.Report) -> None:
    t = here.t
    faults, read, mend, changes = st.tabs(
        [
            t("问题 {n}", n=len(report.faults)),
            t("列和词"),
            t("坐标和修复 {n}", n=len(report.repairs)),
            t("改动 {n}", n=sum(bool(change) for change in report.changes.values())),
        ],
        key=f"desk_tabs_{report.sha256}",
    )
    with faults:
        _faults(here, report)
    with read:
        desk_choices.words(here, report)
        desk_choices.columns(here, report)
    with mend:
        desk_choices.datum(here, report)
        desk_choices.repairs(here, report)
    with changes:
        _changes(here, report)


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


def _changes(here: Here, report: ingest.Report) -> None:
    """Old and new of each field of the stored features that would change."""
    t = here.t
    rows = [
        (
            Cell(id),
            Cell(t(FIELD_WORDS[one.field])),
            Cell(told(here, report.layer, id, one.field, one.old), "none"),
            Cell(told(here, report.layer, id, one.field, one.new), "warning"),
        )
        for id, changes in report.changes.items()
        for one in changes
    ]
    if not rows:
        paper(line(t("不会改动库中已有的任何一条。"), "quiet"))
        return
    head = [Cell(t("编号")), Cell(t("哪一项")), Cell(t("库中")), Cell(t("文件里"))]
    paper(scroll(table(head, rows[:_FAULTS_SHOWN], "changes")))


def _confirm(here: Here, report: ingest.Report) -> None:
    t = here.t
    who, go = st.columns([0.4, 0.6], vertical_alignment="bottom")
    signing.name(who, t("上传人"))
    n, bad = report.accepted_count, report.rejected_count
    go.button(
        t("存入 {n} 行,作为一次修订", n=n) if n else t("把 {n} 行留作待改", n=bad),
        type="primary",
        key="store",
        on_click=_store,
        args=(here, report),
        disabled=here.read_only is not None,
        width="stretch",
    )
    if bad and n:
        paper(line(t("有错的 {n} 行不会存入,会留在“待改的行”里,改好后再传。", n=bad), "quiet"))
    if report.mends:
        paper(line(t("其中 {n} 行是从“待改的行”改好的。", n=sum(map(len, report.mends.values()))), "good"))


def _store(here: Here, report: ingest.Report) -> None:
    try:
        kept = usecases.store(here.atlas, report, here.author())
    except AtlasError as fault:
        trouble.toast(fault, here.lang)
        return
    st.session_state[_TURN] += 1
    st.session_state[_DONE] = kept
