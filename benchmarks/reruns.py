"""A filter change as a rerun of the whole page, under Streamlit's own AppTest."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from benchmarks import filters
from benchmarks.measure import EMPTY, EXPLORE, GEOJSON, OURS, Figure, figures, in_turns, milliseconds
from geo import usecases

ROOT = Path(__file__).parents[1]
TIME = "筛选({kind})后整页重跑,AppTest"
_PAGE_S = 120.0
_HOW = {GEOJSON: "geojson", EXPLORE: "explore", EMPTY: "empty"}


def measure(rounds: int) -> list[Figure]:
    """Time of a rerun for each kind of filter. The page is open already, and what it keeps is kept."""
    pack = usecases.open_atlas().pack
    pages = {
        OURS: _open("pages/frame.py"),
        **{name: _open("benchmarks/plain_page.py", how) for name, how in _HOW.items()},
    }

    def once(page: AppTest, kind: str, number: int) -> float:
        chosen = filters.change(pack, kind, number)
        page.pills(key="stages").set_value(list(chosen.stages))
        page.selectbox(key="district").set_value(chosen.districts[0] if chosen.districts else "")
        took = milliseconds(page.run)
        _check(page)
        return took

    def turn(page: AppTest, kind: str) -> Callable[[int], float]:
        return lambda number: once(page, kind, number)

    measured: list[Figure] = []
    for kind in filters.KINDS:
        turns = in_turns(rounds, {name: turn(page, kind) for name, page in pages.items()})
        measured += figures(TIME.format(kind=kind), "ms", turns)
    return measured


def _open(script: str, how: str = "") -> AppTest:
    page = AppTest.from_file(ROOT / script, default_timeout=_PAGE_S)
    if how:
        page.query_params["how"] = how
    page.run()
    _check(page)
    return page


def _check(page: AppTest) -> None:
    if page.exception:
        raise RuntimeError(page.exception[0].message)
