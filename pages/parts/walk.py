"""直线与步行: for one category, how far each base is in a straight line and on foot, side by side."""

from __future__ import annotations

import pandas as pd

from geo import usecases
from geo.coverage import WHY_WORDS, Why
from geo.errors import NotFoundError
from geo.i18n import Label
from geo.model import Category
from pages.parts.context import Here
from pages.parts.html import Cell, line, paper, scroll, table
from pages.parts.words import base_names, metres, verdict


def view(here: Here, judged: pd.DataFrame, category: Category, settings: usecases.Settings) -> None:
    """The bases of ``judged``, those that lose most by walking first, and what network was walked."""
    try:
        both = usecases.side_by_side(here.atlas, here.snap, settings)
        walked = usecases.streets(here.atlas, here.snap)
    except NotFoundError as fault:
        paper(line(here.say(fault.message), "warning"))
        return
    rows = both[(both["category"] == category.id) & both["base_id"].isin(judged["base_id"])]
    paper(line(said_of(here, walked), "quiet"), scroll(_table(here, rows)))


def said_of(here: Here, walked: usecases.Streets) -> str:
    """What the network is made of, how recent it is, and how much of it hangs together."""
    sources = ";".join(here.say(source) for source, _ in walked.sources[:3] if here.say(source)) or here.t("来源未写明")
    return here.t(
        "路网:{n} 条路,共 {km:,.0f} 公里;{source};第 {revision} 号修订,{at}。连成一片的最大部分占 {share:.1%}。",
        n=walked.roads,
        km=walked.network.total_m / 1000,
        source=sources,
        revision=walked.revision,
        at=walked.day.isoformat(),
        share=walked.network.largest_share,
    )


def _table(here: Here, rows: pd.DataFrame) -> str:
    t = here.t
    names = base_names(here)
    head = [Cell(t("基地")), Cell(t("标准(米)"), "num"), Cell(t("直线(米)"), "num"), Cell(t("步行(米)"), "num")]
    head += [Cell(t("步行(分)"), "num"), Cell(t("范围内:直线 / 步行"), "num")]
    cells = [
        (
            Cell(names[row.base_id]),
            Cell(metres(row.threshold_m), "num"),
            _judged(here, row.covered, row.nearest_m, row.nearest_name),
            Cell(t(WHY_WORDS[Why(row.why)]), "warning")
            if row.why
            else _judged(here, row.foot_covered, row.foot_m, row.foot_name),
            Cell("–" if pd.isna(row.foot_min) else f"{row.foot_min:.0f}", "num"),
            Cell(f"{row.count_within} / {row.foot_within}", "num"),
        )
        for row in rows.itertuples()
    ]
    return table(head, cells, "walk")


def _judged(here: Here, covered: bool, distance: float, name: Label) -> Cell:
    """A distance with the sign and colour of its verdict."""
    said = verdict(here, covered)
    return Cell(f"{said.text[:1]} {metres(distance)}", f"num {said.kind}", f"{said.text} {here.say(name)}")
