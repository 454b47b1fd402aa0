"""In which format a result is written."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any, get_args


def kind_of(asked: str | None, out: str | None, known: Any) -> str | None:
    """The format that was asked for, else the one that the file's name ends in; ``known`` is the Literal of them.

    >>> from typing import Literal
    >>> kind_of(None, "a.CSV", Literal["csv", "json"]), kind_of("json", "a.csv", Literal["csv", "json"])
    ('csv', 'json')
    """
    ending = PurePath(out or "").suffix.lower().removeprefix(".")
    return asked or (ending if ending in get_args(known) else None)
