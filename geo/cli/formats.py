"""In which format a result is written."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any, get_args

from geo.errors import InputError
from geo.i18n import N_, Listed, message


def kind_of(asked: str | None, out: str | None, known: Any) -> str | None:
    """The format that was asked for, else the one that the file's name ends in; ``known`` is the Literal of them.

    Raises:
        InputError: the name ends as if it were of a format that is not written here.

    >>> from typing import Literal
    >>> kind_of(None, "a.CSV", Literal["csv", "json"]), kind_of("json", "a.csv", Literal["csv", "json"])
    ('csv', 'json')
    """
    ending = PurePath(out or "").suffix.lower().removeprefix(".")
    if asked or not ending or ending in get_args(known):
        return asked or ending or None
    endings = Listed(tuple(f".{kind}" for kind in get_args(known)))
    text = N_("不会写 .{ending} 文件:-o 的后缀请用 {known},或用 --format 写明格式。")
    raise InputError(message(text, ending=ending, known=endings))
