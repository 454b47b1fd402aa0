"""Positions as people write them in tables, to decimal degrees. Nothing is guessed: what cannot be read is said."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from geo.ingest.rows import ABSENT

Pair = tuple[float, float]
_Read = TypeVar("_Read")

# Marks get small letters, sides keep capitals. Before NFKC, which would make a letter of º and two primes of ″.
_MARKS = str.maketrans(
    {mark: code for marks, code in (("°º˚度", "d"), ("′'’‘´`分", "m"), ('″"”“秒', "s"), ("−–—", "-")) for mark in marks}
)
_WORDS = (
    (re.compile("DEGREES?|DEG"), "d"),
    (re.compile("东经|東經|经d|經d|LONGITUDE|LNG|LON"), "E"),
    (re.compile("北纬|北緯|纬d|緯d|LATITUDE|LAT"), "N"),
    (re.compile("西经|西經"), "W"),
    (re.compile("南纬|南緯"), "S"),
)
_SIDE_WORDS = str.maketrans("东東西南北", "EEWSN")
_N = r"(\d+(?:\.\d*)?|\.\d+)"
_WHOLE = r"(\d+)"
_ANGLES = (
    re.compile(rf"{_N}\s*d?"),
    re.compile(rf"{_WHOLE}\s*[d:\-\s]\s*{_N}\s*m?"),
    re.compile(rf"{_WHOLE}\s*[d:\-\s]\s*{_WHOLE}\s*[m:\-\s]\s*{_N}\s*s?"),
)
_SIDED = re.compile(r"([NSEW])?\s*[:=]?\s*([-+]?)\s*(.*?)\s*([NSEW])?")
_POINT = re.compile(r"(?:SRID\s*=\s*\d+\s*;\s*)?POINT\s*(?:Z|M|ZM)?\s*\(([^()]*)\)")
_BRACKETS = re.compile(r"^[(\[{]\s*(.*?)\s*[)\]}]$")
_BETWEEN = re.compile(r"\s*[,;、|/]\s*")
_SIDE = re.compile(r"[NSEW]")
_SIDES_OF_Y = frozenset("NS")


def degrees(value: Any) -> float | None:
    """One angle in decimal degrees, west and south negative; a plain number as it is. None where it is no angle.

    >>> degrees("28°06′46.8″N"), degrees("28度6分46.8秒"), degrees("120-58-48"), degrees("W 0:30")
    (28.113, 28.113, 120.98, -0.5)
    """
    number = _plain(value)
    if number is not None or not isinstance(value, str):
        return number
    found = _angle(_normal(value))
    return found[0] if found else None


def pair(value: Any) -> Pair | None:
    """Two angles of one cell: x first where the cell names the axes, else in the order in which they stand.

    >>> pair("(120.98;28.11)"), pair("POINT (120.98 28.11)"), pair("北纬28°30′,东经120°30′")
    ((120.98, 28.11), (120.98, 28.11), (120.5, 28.5))
    """
    if not isinstance(value, str):
        return None
    parts = _halves(_normal(value))
    if parts is None:
        return None
    first, second = (_angle(part) for part in parts)
    if first is None or second is None or (first[1] and first[1] == second[1]):
        return None
    swapped = first[1] == "y" or second[1] == "x"
    return (second[0], first[0]) if swapped else (first[0], second[0])


def column(values: Sequence[Any]) -> tuple[npt.NDArray[np.float64], list[int]]:
    """A column of angles, (n,), NaN where there is none; and the indices of what stands there and cannot be read."""
    plain = _plain_column(values)
    if plain is not None:
        return plain, []
    found, unread = _each(values, degrees)
    return np.array([math.nan if one is None else one for one in found], dtype=np.float64), unread


def _plain_column(values: Sequence[Any]) -> npt.NDArray[np.float64] | None:
    """The column where it holds nothing but numbers and gaps, as most do: a fast way for them."""
    kinds = set(map(type, values))
    if not kinds <= {int, float, str, type(None)}:
        return None
    filled = values if type(None) not in kinds else [value for value in values if value is not None]
    # Python's numbers may be written with underscores and as "inf", which no table means.
    if str in kinds and any(type(value) is str and "_" in value for value in filled):
        return None
    try:
        numbers = np.fromiter(map(float, filled), dtype=np.float64, count=len(filled))
    except (ValueError, OverflowError):
        return None
    if not np.isfinite(numbers).all():
        return None
    if filled is values:
        return numbers
    column = np.full(len(values), np.nan)
    column[[value is not None for value in values]] = numbers
    return column


def pairs(values: Sequence[Any]) -> tuple[npt.NDArray[np.float64], list[int]]:
    """A column of pairs, (n, 2), NaN where there is none; and the indices of what stands there and cannot be read."""
    found, unread = _each(values, pair)
    flat = [(math.nan, math.nan) if one is None else one for one in found]
    return np.array(flat, dtype=np.float64).reshape(-1, 2), unread


def _each(values: Sequence[Any], read: Callable[[Any], _Read | None]) -> tuple[list[_Read | None], list[int]]:
    found = [None if _is_empty(value) else read(value) for value in values]
    unread = [
        i for i, (one, value) in enumerate(zip(found, values, strict=True)) if one is None and not _is_empty(value)
    ]
    return found, unread


def _is_empty(value: Any) -> bool:
    return value is None or value is ABSENT or (isinstance(value, str) and not value.strip())


def _plain(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    underscored = isinstance(value, str) and "_" in value
    return number if math.isfinite(number) and not underscored else None


def _normal(text: str) -> str:
    """One spelling for all marks: d, m and s after the numbers, N, S, E and W for the sides."""
    capitals = text[:200].upper().translate(_MARKS)
    plain = unicodedata.normalize("NFKC", capitals).translate(_MARKS).strip()
    for words, code in _WORDS:
        plain = words.sub(code, plain)
    return plain.translate(_SIDE_WORDS).replace("mm", "s")


def _angle(text: str) -> tuple[float, str] | None:
    """Degrees, and the axis (``x``, ``y`` or "") that the text names; None for what is no angle."""
    sided = _SIDED.fullmatch(text)
    if sided is None:
        return None
    before, sign, body, after = sided.groups()
    if before and after:
        return None
    side = before or after or ""
    size = _size(body)
    if size is None or (side and sign == "-"):
        return None
    axis = "" if not side else "y" if side in _SIDES_OF_Y else "x"
    return (-size if sign == "-" or side in ("S", "W") else size), axis


def _size(body: str) -> float | None:
    found = next((match for angle in _ANGLES if (match := angle.fullmatch(body))), None)
    if found is None:
        return None
    whole, *rest = (float(part) for part in found.groups())
    # 60 seconds come of rounding; more is a slip of the pen.
    if any(part > 60 for part in rest) or (rest and whole > 180):
        return None
    minutes, seconds = (*rest, 0.0, 0.0)[:2]
    return round(whole + minutes / 60 + seconds / 3600, 12) if rest else whole


def _halves(text: str) -> tuple[str, str] | None:
    point = _POINT.fullmatch(text)
    if point:
        words = point[1].split()
        return (words[0], words[1]) if 2 <= len(words) <= 4 else None
    text = _BRACKETS.sub(r"\1", text)
    parts = [part for part in _BETWEEN.split(text) if part]
    if len(parts) == 3 and _plain(parts[2]) is not None:
        del parts[2]  # the height
    if len(parts) == 2:
        return parts[0], parts[1]
    return (_between_sides(text) or _by_spaces(text)) if len(parts) == 1 else None


def _between_sides(text: str) -> tuple[str, str] | None:
    """``E120.9 N28.1`` and ``28.1N 120.9E`` cut where the second begins."""
    sides = [found.start() for found in _SIDE.finditer(text)]
    if len(sides) != 2:
        return None
    cut = sides[1] if sides[0] == 0 else sides[0] + 1
    return text[:cut].strip(), text[cut:].strip()


def _by_spaces(text: str) -> tuple[str, str] | None:
    words = text.split()
    if len(words) not in (2, 4, 6):
        return None
    middle = len(words) // 2
    return " ".join(words[:middle]), " ".join(words[middle:])
