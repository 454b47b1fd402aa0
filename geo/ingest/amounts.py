"""Numbers and years as tables write them: 12,345, 1.2万, 300张, 3,500㎡, a year with 年 or 年度 behind it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from geo.i18n import N_, Listed, Message, message
from geo.ingest.rows import ABSENT
from geo.ingest.text import shown

_WAN = 10_000
_MOST = 1e10
_MOST_M2 = 1e7  # no base has ten square kilometres of floor
FIRST_YEAR = 1900


@dataclass(frozen=True)
class Unread:
    """A value that is not taken: what is told of every row that has it."""

    code: str
    said: Message
    fix: Message


def persons(value: Any) -> float | Unread:
    """Persons from a number or a text such as 12,345 or 1.2万."""
    number = _count(value, _PERSONS)
    if number is not None:
        return number
    if is_blank(value):
        return Unread("missing_people", message(N_("没有写人口")), message(N_("请在 people 里写上人数")))
    said = message(N_("人口读不懂:{word}"), word=shown(value))
    return Unread("bad_number", said, message(N_("请写 0 或更大的人数")))


def capacity(value: Any) -> float | Unread | None:
    """Beds, places, flats from a number or a text such as 1,200 or 300张; None where it is not known."""
    number = _count(value, _PLACES)
    if number is not None or is_blank(value):
        return number
    said = message(N_("容量读不懂:{word}"), word=shown(value))
    return Unread("bad_number", said, message(N_("请写 0 或更大的数(床位、学位、套、车位……);不知道就空着")))


def floor_area(header: str) -> Callable[[Any], float | Unread | None]:
    """Reads square metres from a number or a text such as 3,500㎡ or 1.2万平方米; None where it is not known.

    A number without a unit is in that of the column's ``header``: 建筑面积(万平方米); square metres where it names none.
    """
    usual = _unit_of(header)

    def read(value: Any) -> float | Unread | None:
        if is_blank(value):
            return None
        number = None if usual is None else _count(value, _SQUARE_METRES)
        if number is not None and usual == _WAN and not _names_unit(value):
            number *= _WAN
        if number is not None and number <= _MOST_M2:
            return number
        said = message(N_("建筑面积读不懂:{word}"), word=shown(value))
        fix = N_("请写平方米(如 12000)或写明万平方米(如 1.2万平方米),不超过 1000 万平方米;不知道就空着")
        return Unread("bad_number", said, message(fix))

    return read


def _unit_of(header: str) -> int | None:
    """How many square metres the header's unit has; None for one that floors are not measured in."""
    if re.search(r"[亩顷]", header):
        return None
    return _WAN if "万" in header else 1


def _names_unit(value: Any) -> bool:
    return isinstance(value, str) and not re.fullmatch(r"[\s\d.,,]*", value)


def plan_year(value: Any, years: tuple[int, ...]) -> int | Unread | None:
    """The year in which the plan has a base become a demonstration base."""
    if is_blank(value):
        return None
    year = _whole(value)
    if year in years:
        return year
    said = message(N_("示范年份不对:{word}"), word=shown(value))
    fix = message(N_("请写规划期内的年份之一:{years};没有就空着"), years=Listed(tuple(map(str, years))))
    return Unread("bad_year", said, fix)


def past_year(word: Message, this_year: int) -> Callable[[Any], int | Unread | None]:
    """Reads a year in which something, called ``word``, happened."""

    def read(value: Any) -> int | Unread | None:
        if is_blank(value):
            return None
        year = _whole(value)
        if year is not None and FIRST_YEAR <= year <= this_year:
            return year
        said = message(N_("{field}不对:{word}"), field=word, word=shown(value))
        fix = message(N_("请写 {first} 年到今年之间的年份;没有就空着"), first=FIRST_YEAR)
        return Unread("bad_year", said, fix)

    return read


def _whole(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and (found := _YEAR.fullmatch(value)):
        return int(found[1])
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return int(value)
    return None


_YEAR = re.compile(r"\s*([0-9]{4})(?:\.0)?\s*年?(?:度)?\s*")


def _count(value: Any, units: frozenset[str]) -> float | None:
    """A number, 0 or more, that may have one of ``units`` behind it; None where it is none."""
    number: float | None = None
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value) if abs(value) < _MOST else None
    elif isinstance(value, str):
        found = _COUNT.fullmatch(unicodedata.normalize("NFKC", value).replace(",", ""))
        number = float(found[1]) * (_WAN if found[2] else 1) if found and found[3] in units else None
    return number if number is not None and 0 <= number < _MOST else None


def is_blank(value: Any) -> bool:
    return value is None or value is ABSENT or value != value or (isinstance(value, str) and not value.strip())


_COUNT = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(万)?\s*(\w*)\s*")
_PERSONS = frozenset(("", "人"))
_SQUARE_METRES = frozenset(("", "平方米", "平米", "平方", "m2"))
_PLACES = frozenset(
    (
        "",
        "个",
        "位",
        "人",
        "张",
        "床",
        "张床",
        "床位",
        "张床位",
        "个床位",
        "学位",
        "个学位",
        "套",
        "间",
        "车位",
        "个车位",
        "座",
    )
)
