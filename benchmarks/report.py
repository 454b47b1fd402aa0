"""The figures as one table, the aims they are held against, and the file that keeps them."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import browser, filters, inprocess, reruns, wire
from benchmarks.browser import Seen, Steadiness
from benchmarks.county import Size
from benchmarks.measure import OURS, PEERS, Figure, circumstances, ratio

AIM = 10.0  # times less than the better of the peers, in time and in bytes
_LIBRARIES = ("streamlit", "streamlit-folium", "folium", "geopandas", "pandas")
_SERVER_JOBS = (
    *(inprocess.TIME.format(kind=kind) for kind in filters.KINDS),
    *(reruns.TIME.format(kind=kind) for kind in filters.KINDS),
    *(wire.TIME.format(kind=kind) for kind in filters.KINDS),
)
_BYTE_JOBS = (
    *(inprocess.SIZE.format(kind=kind) for kind in filters.KINDS),
    *(wire.SIZE.format(kind=kind) for kind in filters.KINDS),
    browser.CHANGE_BYTES,
)


@dataclass(frozen=True)
class Aim:
    """One aim on one job: ``ratio`` is the better peer's need over ours (None: the aim is no ratio)."""

    aim: str
    job: str
    ratio: float | None
    met: bool


def aims(seen: Seen) -> list[Aim]:
    """Every aim against the better peer."""
    held = [
        Aim(f"{what}少到十分之一", job, best, best >= AIM)
        for what, jobs in (("服务器时间", _SERVER_JOBS), ("字节", _BYTE_JOBS))
        for job in jobs
        for best in [min(ratio(seen.figures, job, peer) for peer in PEERS)]
    ]
    ours = next(one for one in seen.steadiness if one.candidate == OURS)
    return [*held, Aim("地图不重新装入,视野不变", browser.CHANGE, None, not ours.remounted and ours.view_kept)]


def table(seen: Seen) -> str:
    """Markdown: every figure, then whether each map stayed, then the aims."""
    lines = ["| 做什么 | 做法 | 中位数 | 最小–最大 | 是本应用的几倍 |", "|---|---|---:|---:|---:|"]
    lines += [_figure_line(figure, ratio(seen.figures, figure.job, figure.candidate)) for figure in seen.figures]
    lines += ["", "| 点筛选时 | 地图重新装入 | 缩放和位置保持 |", "|---|---|---|"]
    lines += [_steady_line(one) for one in seen.steadiness]
    lines += ["", "| 目标(对两种做法中较好的一种) | 在哪里量 | 实测 | 达到 |", "|---|---|---:|---|"]
    lines += [_aim_line(aim) for aim in aims(seen)]
    return "\n".join(lines)


def _figure_line(figure: Figure, times: float) -> str:
    spread = f"{_number(min(figure.values))}–{_number(max(figure.values))}"
    return (
        f"| {figure.job} | {figure.candidate} | {_number(figure.median)} {figure.unit} | {spread} | {_number(times)} |"
    )


def _steady_line(one: Steadiness) -> str:
    return f"| {one.candidate} | {_yes(one.remounted)} | {_yes(one.view_kept)} |"


def _aim_line(aim: Aim) -> str:
    measured = "–" if aim.ratio is None else f"{_number(aim.ratio)} 倍"
    return f"| {aim.aim} | {aim.job} | {measured} | {_yes(aim.met)} |"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def _yes(answer: bool) -> str:
    return "是" if answer else "否"


def write(path: Path, seen: Seen, size: Size) -> None:
    """Keeps the figures as JSON."""
    document = {
        **circumstances(_LIBRARIES),
        "size": asdict(size),
        "figures": [{**asdict(figure), "median": figure.median} for figure in map(_rounded, seen.figures)],
        "steadiness": [asdict(one) for one in seen.steadiness],
        "aims": [asdict(aim) for aim in aims(seen)],
    }
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _rounded(figure: Figure) -> Figure:
    return Figure(figure.job, figure.candidate, figure.unit, tuple(round(value, 3) for value in figure.values))
