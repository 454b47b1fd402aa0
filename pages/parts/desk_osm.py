"""OpenStreetMap extracts at the upload desk: the county's facilities and walkable ways, told of, then stored as one revision."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from geo import ingest, osm, usecases
from geo.errors import AtlasError
from geo.model import LAYER_WORDS, Layer
from geo.streets import Network
from pages.parts import jobs, signing, trouble
from pages.parts.context import Here
from pages.parts.html import Figure, heading, line, paper, plain, strip

TURN = "upload_turn"  # a new uploader after each stored file, so that nobody stores it twice
DONE = "upload_done"
_LAYERS = "osm_layers"
_OVERWRITE = "osm_overwrite"


@dataclass(frozen=True)
class _Read:
    """A file as it was read, and what its own ways make."""

    file: usecases.OsmFile
    network: Network
    before: usecases.OsmBefore


def show(here: Here, name: str, data: bytes) -> None:
    """Reads the file beside the page, tells what it gave, and offers to store it."""

    def act(tell: Callable[[str, float], None]) -> _Read:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / (Path(name).name or "extract.osm.pbf")
            path.write_bytes(data)
            file = usecases.read_osm(here.atlas, path, lambda stage: tell(stage, 0.0))
        return _Read(file, usecases.osm_network(here.atlas, file), usecases.osm_before(here.atlas, file))

    key = ("osm", ingest.digest(data), name, here.snap.stamp)
    try:
        read: _Read | None = jobs.result(here, key, act, osm.STAGES)
    except AtlasError as fault:
        st.error(plain(fault.text(here.lang)), icon=":material/error:")
        return
    if read is not None:
        _report(here, read)


def _report(here: Here, read: _Read) -> None:
    t = here.t
    report, network = read.file.extract.report, read.network
    kept = sum(map(len, read.before.kept.values()))
    strip(
        [
            Figure(t(LAYER_WORDS[Layer.FACILITIES]), f"{sum(report.facilities.values()):,}", t("处")),
            Figure(t("可步行的路"), f"{sum(report.roads.values()):,}", t("条")),
            Figure(t("路网长度"), f"{network.total_m / 1000:,.0f}", t("公里")),
            Figure(t("连成一片的最大部分"), f"{network.largest_share:.1%}", warm=network.largest_share < 0.9),
            Figure(t("数据日期"), f"{report.dated:%Y-%m-%d}" if report.dated else t("不明")),
            Figure(t("将移除"), f"{sum(map(len, read.before.gone.values())):,}", t("上次导入后已没有的")),
            Figure(t("保持原样"), f"{kept:,}", t("上次导入后有人改过的"), warm=kept > 0),
        ]
    )
    lines = usecases.osm_lines(here.atlas, read.file, network, here.lang)
    paper(heading(t("文件里有什么")), *(line(text) for text in lines))
    st.multiselect(
        t("存哪些"),
        list(usecases.OSM_LAYERS),
        default=list(usecases.OSM_LAYERS),
        format_func=lambda layer: t(LAYER_WORDS[layer]),
        key=_LAYERS,
        placeholder=t("至少选一样"),
    )
    if kept:
        st.checkbox(t("有人改过的 {n} 个也用新数据代替", n=kept), key=_OVERWRITE)
    who, go = st.columns([0.4, 0.6], vertical_alignment="bottom")
    signing.name(who, t("上传人"))
    go.button(
        t("存为一次修订,代替上次导入的 OpenStreetMap 数据"),
        type="primary",
        key="store_osm",
        on_click=_store,
        args=(here, read.file),
        disabled=here.read_only is not None or not st.session_state.get(_LAYERS),
        width="stretch",
    )


def _store(here: Here, file: usecases.OsmFile) -> None:
    try:
        overwrite = bool(st.session_state.get(_OVERWRITE))
        revision = usecases.store_osm(here.atlas, file, here.author(), st.session_state[_LAYERS], overwrite)
    except AtlasError as fault:
        trouble.toast(fault, here.lang)
        return
    st.session_state[TURN] += 1
    st.session_state[DONE] = usecases.Kept(revision, None)
