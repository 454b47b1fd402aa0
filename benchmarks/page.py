"""``python -m benchmarks.page [--quick] [--out FILE]``: a filter changed and a page opened, against maps built anew."""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from streamlit.logger import set_log_level

from benchmarks import browser, filters, inprocess, report, reruns, servers, wire
from benchmarks.browser import Seen
from benchmarks.county import FULL, QUICK, Size, write_store
from benchmarks.measure import OURS, PEERS, Aim, Figure, Room, ratio

TIMES_LESS = 10.0  # than the better of the peers, in time and in bytes
_LIBRARIES = ("streamlit", "streamlit-folium", "folium", "geopandas", "pandas")


def run(quick: bool) -> Room:
    size = QUICK if quick else FULL
    with tempfile.TemporaryDirectory(prefix="atlas-bench-", ignore_cleanup_errors=True) as folder:
        seen = _measured(size, Path(folder))
    more = {"steadiness": [asdict(one) for one in seen.steadiness]}
    return Room(_LIBRARIES, asdict(size), seen.figures, aims(seen), more)


def _measured(size: Size, folder: Path) -> Seen:
    # The servers, the page tests and the calls in this process all find their store by this.
    os.environ["ATLAS_DATABASE_URL"] = write_store(folder, size)
    os.environ.pop("ATLAS_PACK", None)
    set_log_level("error")  # outside a session Streamlit warns at each call that there is none
    _say(f"{size.bases} 个基地,{size.facilities} 处设施")
    _say("1/4 进程内")
    figures = inprocess.measure(size.rounds)
    _say("2/4 整页重跑")
    figures += reruns.measure(size.rounds)
    with servers.every_candidate(folder) as addresses:
        _say("3/4 真服务器")
        figures += wire.measure(addresses, size.rounds)
        _say("4/4 浏览器")
        seen = browser.measure(addresses, size)
    return Seen(figures + seen.figures, seen.steadiness)


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def aims(seen: Seen) -> list[Aim]:
    """Server time and bytes against the better peer, and a map that stays where it is."""
    held = [Aim(job, "较好的一种", TIMES_LESS, _less(seen.figures, job)) for job in _jobs()]
    ours = next(one for one in seen.steadiness if one.candidate == OURS)
    moved = float(ours.remounted) + float(not ours.view_kept)
    return [*held, Aim(f"{browser.CHANGE}:地图重装或移位", "", 1.0, moved, "次", below=True)]


def _less(figures: list[Figure], job: str) -> float:
    return min(ratio(figures, job, peer) for peer in PEERS)


def _jobs() -> list[str]:
    named = (inprocess.TIME, reruns.TIME, wire.TIME, inprocess.SIZE, wire.SIZE)
    return [*(job.format(kind=kind) for job in named for kind in filters.KINDS), browser.CHANGE_BYTES]


if __name__ == "__main__":
    report.main("page", __doc__ or "", run)
