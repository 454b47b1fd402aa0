"""The plan's years on the map: what stands at the end of the chosen one, what is planned, what missed its year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import streamlit as st

from geo import usecases
from geo.maps.state import LegendItem, LegendSection
from geo.maps.view import COVERED_COLOUR, GAP_COLOUR, UNSTATED_COLOUR
from geo.progress import PHASE_WORDS, Phase
from pages.parts.context import Here

_COLOURS: Mapping[Phase, str] = {
    Phase.STANDS: COVERED_COLOUR,
    Phase.PLANNED: UNSTATED_COLOUR,
    Phase.MISSED: GAP_COLOUR,
}
_ANY = 0


def choose(here: Here) -> int | None:
    """The year to look at, None for no marks."""
    t = here.t
    picked = st.select_slider(
        t("规划逐年"),
        [_ANY, *here.pack.plan.years],
        format_func=lambda year: str(year) if year else t("全部"),
        key="plan_year",
        persist_state="session",
        help=t("选一年,看那年年底哪些已建成、哪些还在规划中、哪些到期没有认定(只按填报的和位置判断)。"),
    )
    return picked or None


def marks(here: Here, year: int | None, shown: usecases.Mask) -> tuple[dict[str, str], tuple[LegendSection, ...]]:
    """Base id -> colour of its mark, and the legend that counts them; nothing where no year is chosen."""
    if year is None:
        return {}, ()
    phases = usecases.phases(here.atlas, here.snap, year)
    drawn = {id: phases[id] for id in here.snap.bases.loc[shown, "id"]}
    counts = Counter(drawn.values())
    items = tuple(
        LegendItem("base", f"{here.t(PHASE_WORDS[phase])} {counts[phase]}", badge=colour)
        for phase, colour in _COLOURS.items()
        if counts[phase]
    )
    title = here.t("{year} 年年底", year=year)
    return {id: _COLOURS[phase] for id, phase in drawn.items()}, (LegendSection("page", title, items),) if items else ()
