"""Values of files as people are shown them: short, and never more than a screen, a page or a database can hold."""

from __future__ import annotations

import re
from reprlib import Repr
from typing import Any

# Control characters (line ends and tabs aside) and lone surrogates: no database, spreadsheet or page can hold them.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_SHORT = Repr()  # lists and objects are told by their beginnings, however deep and long they are
_SHORT.maxlevel, _SHORT.maxlist, _SHORT.maxdict, _SHORT.maxstring = 3, 4, 4, 30
_SHOWN = 60


def shown(value: Any, most: int = _SHOWN) -> str:
    """Any value, short and without what no screen can show.

    >>> shown("a\\x00b"), shown([[[[1]]], 2]), shown(10**500)
    ('a�b', '[[[[...]]], 2]', '1e+500')
    """
    text = value if isinstance(value, str) else digits(value) if type(value) is int else _told(value)
    return writable(text[:most]) + ("…" if len(text) > most else "")


def writable(text: str) -> str:
    """``text`` with a mark in place of each character that cannot be written."""
    return UNWRITABLE.sub("�", text)


def digits(value: int) -> str:
    """The number in digits; beyond what Python writes out, by its size."""
    if abs(value) < 10**400:
        return str(value)
    power = int((abs(value).bit_length() - 1) * 0.30102)  # log10(2), a little less
    while 10 ** (power + 1) <= abs(value):
        power += 1
    return f"{'-' if value < 0 else ''}1e+{power}"


def _told(value: Any) -> str:
    return _SHORT.repr(value) if isinstance(value, list | dict) else str(value)
