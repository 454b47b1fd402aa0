"""A revision as people name it: by its number, or by a day."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated

import typer

from geo import usecases
from geo.errors import InputError
from geo.i18n import N_, message
from geo.usecases import Atlas

AtOption = Annotated[
    str | None,
    typer.Option("--at", metavar="REV|DATE", help=N_("当时的数据:修订号,或 2025-06-30 这样的日期(那天结束时)。")),
]


def number_of(atlas: Atlas, text: str) -> int:
    """The number of a revision that is named by itself or by a day, as of whose end in local time; 0: before the first.

    Raises:
        InputError: it is neither.
    """
    if text.isascii() and text.isdecimal():
        return int(text)
    try:
        day = date.fromisoformat(text)
    except ValueError as fault:
        said = N_("“{text}”不是修订号,也不是日期:请写修订号(见 history),或 2025-06-30 这样的日期。")
        raise InputError(message(said, text=text)) from fault
    return usecases.revision_at(atlas, datetime.combine(day, time.max).astimezone())
