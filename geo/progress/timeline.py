"""The bases at the end of one year of the plan: what stands, what is planned, what missed its year."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

import pandas as pd

from geo.i18n import N_
from geo.model import Plan
from geo.progress.demonstration import demonstration_year, rosters
from geo.progress.entries import Entries
from geo.progress.standing import Stand, standing


class Phase(StrEnum):
    STANDS = "stands"
    PLANNED = "planned"
    MISSED = "missed"


PHASE_WORDS: Mapping[Phase, str] = {
    Phase.STANDS: N_("已建成"),
    Phase.PLANNED: N_("规划中(未见建成记录)"),
    Phase.MISSED: N_("到期未认定示范基地"),
}


def timeline(plan: Plan, bases: pd.DataFrame, entries: Entries, year: int, today: date) -> Mapping[str, Phase]:
    """Base id -> how it is at the end of ``year``, or today while that year runs.

    Missed is a base whose year on a roster is ``year`` or an earlier one, is over, and which nobody had recognised by
    the end of ``year``; it may stand. Of the rest, those that stand do, and all others are planned.
    """
    stands = standing(bases, entries, year)
    due = {seat.named.base: seat.year for roster in rosters(plan, bases, entries, today) for seat in roster.seats}

    def phase(id: str) -> Phase:
        recognised = demonstration_year(entries, id)
        in_time = recognised is not None and recognised <= year
        if id in due and due[id] <= year and due[id] < today.year and not in_time:
            return Phase.MISSED
        return Phase.STANDS if stands[id] is Stand.STANDS else Phase.PLANNED

    return {id: phase(id) for id in bases["id"]}
