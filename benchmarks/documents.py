"""The kept figures as tables in the documents, between marks, in the document's language."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks import report
from benchmarks.measure import OURS
from benchmarks.report import Kept, megabytes, number

ROOT = Path(__file__).parents[1]
DOCUMENTS = {"README.md": "zh", "README.en.md": "en", "docs/scale.md": "zh"}
_BLOCK = re.compile(r"<!-- bench:(\w+) -->\n.*?<!-- /bench -->", re.DOTALL)

# What a table says, Chinese as it was measured -> English. Longer ones first where one holds another.
_ENGLISH = {
    "筛选(阶段)到地图组件的参数,进程内": "stage filter to the map's arguments, in process",
    "筛选(片区)到地图组件的参数,进程内": "district filter to the map's arguments, in process",
    "筛选(阶段)后地图组件的参数": "the map's arguments after a stage filter",
    "筛选(片区)后地图组件的参数": "the map's arguments after a district filter",
    "筛选(阶段)后整页重跑,AppTest": "whole page rerun after a stage filter, AppTest",
    "筛选(片区)后整页重跑,AppTest": "whole page rerun after a district filter, AppTest",
    "筛选(阶段)后服务器答完,真服务器": "a real server's whole answer to a stage filter",
    "筛选(片区)后服务器答完,真服务器": "a real server's whole answer to a district filter",
    "筛选(阶段)后服务器所答": "bytes of that answer (stage)",
    "筛选(片区)后服务器所答": "bytes of that answer (district)",
    "打开页面到地图画好,浏览器": "opening the page until the map is drawn, browser",
    "打开页面收到的字节,浏览器": "bytes received on opening, browser",
    "点阶段筛选到地图重画,浏览器": "click on a stage until the map is redrawn, browser",
    "点阶段筛选收到的字节,浏览器": "bytes received after that click, browser",
    ":地图重装或移位": ": map mounted anew or moved",
    "folium.GeoJson 整图重建": "folium.GeoJson, all anew",
    "gdf.explore 整图重建": "gdf.explore, all anew",
    "只有筛选、没有地图的空页": "an empty page with the filter",
    "较好的一种": "the better peer",
    "点文件核对完,进程内": "file of points checked, in process",
    "面文件核对完,进程内": "file of areas checked, in process",
    "点文件核对完,处理器时间": "file of points checked, processor time",
    "面文件核对完,处理器时间": "file of areas checked, processor time",
    ",内存峰值": ", peak memory",
    "geopandas.read_file,只读": "geopandas.read_file, reading only",
    "pyogrio 经 Arrow,只读": "pyogrio with Arrow, reading only",
    "倍文件大小": "times the file",
    "次": "times",
    "1000 米内设施数,每类每格": "facilities within 1000 m, each category and cell",
    "最近设施,每类每格": "nearest facility, each category and cell",
    "空白地带,精确多边形": "uncovered area, exact polygons",
    "空白面积占比": "share of area uncovered",
    "步行到最近设施,4 类": "on foot to the nearest, 4 categories",
    "拖动半径后的矩阵、占比和图,页面所用": "matrix, shares and picture after a moved radius, as the page asks",
    "拖动半径后的矩阵、占比和图": "matrix, shares and picture after a moved radius",
    "省:最近设施,四分之一的格": "province: nearest facility, a quarter of the cells",
    "省:最近设施,一半的格": "province: nearest facility, half of the cells",
    "省:最近设施,全部的格": "province: nearest facility, all cells",
    "省:步行到最近设施,1 类": "province: on foot to the nearest, 1 category",
    "四分之一的格,每格": "a quarter of the cells, each cell",
}

_HEADS = {
    "zh": ("做什么", "本应用", "最快的别家", "是本应用的几倍", "内存峰值,本应用 / 那一家"),
    "en": ("what", "this app", "the fastest peer", "times ours", "peak memory, ours / that peer's"),
}
_COMMA = {"zh": ",", "en": ", "}
_AIM_HEADS = {"zh": ("目标", "实测", "达到"), "en": ("aim", "measured", "met")}
_RUN = {
    "zh": "{date} 的一次,{cores} 核 {system},Python {python};中位数。",
    "en": "The run of {date}: {cores} cores, {system}, Python {python}; medians.",
}


def bring_up_to_date() -> None:
    """Writes the kept figures into every document."""
    kept = json.loads(report.RESULTS.read_text(encoding="utf-8"))
    for name, lang in DOCUMENTS.items():
        file = ROOT / name
        file.write_text(filled(file.read_text(encoding="utf-8"), kept, lang), encoding="utf-8")


def filled(text: str, kept: Mapping[str, Kept], lang: str) -> str:
    """The document with its blocks made anew: what stands between ``<!-- bench:ROOM -->`` and ``<!-- /bench -->``."""

    def block(found: re.Match[str]) -> str:
        room = kept[found[1]]
        make = _runs if found[1] == "scale" else _compared
        run = _RUN[lang].format(date=room["date"], **room["machine"])
        body = "\n".join([run, "", *make(room, lang)])
        return f"<!-- bench:{found[1]} -->\n{body}\n<!-- /bench -->"

    return _BLOCK.sub(block, text)


def _compared(room: Kept, lang: str) -> Iterator[str]:
    """Our figure of each job beside the fastest peer's; then the aims."""
    jobs: dict[str, list[Kept]] = {}
    for one in room["figures"]:
        jobs.setdefault(one["job"], []).append(one)
    with_memory = any(one["peak_bytes"] for one in room["figures"])
    heads = _HEADS[lang][: 5 if with_memory else 4]
    yield from _head(heads, first=1)
    for job, all_ in jobs.items():
        ours = next(one for one in all_ if one["candidate"] == OURS)
        peers = [one for one in all_ if one is not ours and "空页" not in one["candidate"]]
        yield _line(list(_job(said(job, lang), ours, min(peers, key=_median, default=None), lang))[: len(heads)])
    yield ""
    yield from _aims(room["aims"], lang)


def _job(job: str, ours: Kept, peer: Kept | None, lang: str) -> Iterator[str]:
    yield job
    yield _value(ours)
    yield f"{_value(peer)}{_COMMA[lang]}{said(peer['candidate'], lang)}" if peer else "–"
    yield number(peer["median"] / ours["median"]) if peer else "–"
    yield " / ".join(megabytes(one["peak_bytes"]) if one and one["peak_bytes"] else "–" for one in (ours, peer))


def _median(one: Kept) -> float:
    return float(one["median"])


def _value(one: Kept) -> str:
    return f"{number(one['median'])} {one['unit']}"


def _aims(aims: Sequence[Kept], lang: str) -> Iterator[str]:
    least, below, against, times, yes = {
        "zh": (":至少", ":少于", ",比 ", "倍", {True: "是", False: "**否**"}),
        "en": (": at least", ": less than", ", against ", "times", {True: "yes", False: "**no**"}),
    }[lang]
    yield from _head(_AIM_HEADS[lang], first=1)
    for aim in aims:
        unit = times if aim["unit"] == "倍" else said(aim["unit"], lang)
        whom = against + said(aim["against"], lang) if aim["against"] else ""
        asked = f"{said(aim['job'], lang)}{whom}{below if aim['below'] else least} {aim['asked']:g} {unit}"
        yield _line([asked, f"{number(aim['measured'])} {unit}", yes[aim["met"]]])


def _runs(room: Kept, _lang: str) -> Iterator[str]:
    """Every run of the cluster."""
    yield from _head(("县", "做法", "块", "排序", "判断", "判断的 CPU", "每进程内存峰值(含程序库)"), first=2)
    for one in room["runs"]:
        parts, order = (str(one["parts"]), f"{one['order_s']:,.1f} s") if one["workers"] else ("–", "–")
        how = f"{one['workers']} worker" if one["workers"] else "单机一次"
        took = [f"{one['judge_s']:,.1f} s", f"{one['judge_cpu_s']:,.1f} s", megabytes(one["peak_bytes"])]
        yield _line([str(one["counties"]), how, parts, order, *took])
    yield ""
    yield from _aims(room["aims"], "zh")


def _head(names: Sequence[str], first: int) -> Iterator[str]:
    yield _line(names)
    yield "|" + "|".join(["---"] * first + ["---:"] * (len(names) - first)) + "|"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def said(words: str, lang: str) -> str:
    """What was measured, in the language of the document."""
    if lang == "en":
        for zh, en in _ENGLISH.items():
            words = words.replace(zh, en)
    return words
