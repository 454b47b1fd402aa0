"""Which bases stand.

A plan names bases that are to be; a pack carries them so that they can be drawn. That a base is in the data is
therefore no proof that it is there. It stands

1. where somebody entered that it is built and in use (from the entered year on, where one is given), and not where
   somebody entered that it is not;
2. where nobody entered anything: when its position was measured, or reported by whoever uploaded it, and it is no
   sample; from the year on in which the data says that it was built, where it says so. Of a base that is only named,
   the plan is all we have: it is planned.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import pandas as pd

from geo.model import Certainty
from geo.progress.entries import Entries, Kind, State

_SURE = frozenset(str(level) for level in Certainty if level.sure)


class Stand(StrEnum):
    STANDS = "stands"
    PLANNED = "planned"


def standing(bases: pd.DataFrame, entries: Entries, year: int | None = None) -> Mapping[str, Stand]:
    """Base id -> whether it stands at the end of ``year`` (None: now), for every row of BASE_COLUMNS.

    A base of which no year is known stands in every year.
    """
    rows = zip(bases["id"], bases["certainty"], bases["sample"], bases["built_year"], strict=True)
    return {
        id: _stand(id, sure in _SURE and not sample and _in_time(built, year), entries, year)
        for id, sure, sample, built in rows
    }


def _in_time(built: Any, year: int | None) -> bool:
    return year is None or pd.isna(built) or int(built) <= year


def _stand(id: str, located: bool, entries: Entries, year: int | None) -> Stand:
    said = entries.get(Kind.STANDS, id)
    if said is None or not said.state:
        return Stand.STANDS if located else Stand.PLANNED
    in_time = year is None or said.year is None or said.year <= year
    return Stand.STANDS if said.state == State.DONE and in_time else Stand.PLANNED
