"""The values of the rows, column by column: text, words, numbers and flags, each kept or explained."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from geo.i18n import N_, Listed, Message, message
from geo.ingest.ledger import Ledger
from geo.ingest.rows import ABSENT
from geo.ingest.text import UNWRITABLE, digits, shown
from geo.ingest.words import Words
from geo.model import COLUMNS, Certainty, Layer

MOST_CHARACTERS: Mapping[str, int] = {
    "id": 100,
    "name": 200,
    "name_en": 200,
    "source": 500,
    "source_en": 500,
    "note": 2000,
    "note_en": 2000,
    "kind": 100,
}
_NAMES = ("name", "name_en")
_NAMELESS = (Layer.ROADS, Layer.POPULATION)  # layers whose features need no name
_REQUIRED: Mapping[Layer, str] = {Layer.BASES: "stage", Layer.FACILITIES: "category", Layer.POPULATION: "people"}
_FLAGS = ("sample", "barred", "at_nodes")
WORD_FIELDS = ("stage", "category", "cluster", "district", "certainty")
_WAN = 10_000
_BEGINNING = 200  # rows from which it is told whether a column repeats itself
_MARKUP = re.compile(r"<[a-zA-Z/!?]")

FIELD_WORDS: Mapping[str, str] = {
    "id": N_("编号(id)"),
    "name": N_("名称(name)"),
    "name_en": N_("英文名称(name_en)"),
    "source": N_("来源(source)"),
    "source_en": N_("英文来源(source_en)"),
    "note": N_("备注(note)"),
    "note_en": N_("英文备注(note_en)"),
    "stage": N_("孵化阶段(stage)"),
    "category": N_("配套类别(category)"),
    "cluster": N_("产业集群(cluster)"),
    "district": N_("片区(district)"),
    "certainty": N_("位置可信度(certainty)"),
    "demo_year": N_("示范年份(demo_year)"),
    "sample": N_("示例(sample)"),
    "kind": N_("道路等级(kind)"),
    "barred": N_("禁止步行(barred)"),
    "at_nodes": N_("只在节点相接(at_nodes)"),
    "people": N_("人口(people)"),
    "town": N_("所在乡镇"),
    "origin": N_("待改行的来处"),
    "lon": N_("经度"),
    "lat": N_("纬度"),
    "lonlat": N_("经纬度写在一列"),
    "geometry": N_("图形(geometry)"),
}


@dataclass(frozen=True)
class Rules:
    """What a file's values are held against."""

    layer: Layer
    words: Mapping[str, Words]
    years: tuple[int, ...]


Values = Mapping[str, Sequence[Any]]  # field -> one value a row
Columns = dict[str, list[Any]]


def read(values: Values, count: int, rules: Rules, ledger: Ledger) -> Columns:
    """The layer's columns (each of length ``count``) as far as they can be read; what cannot is told to the ledger."""
    nothing = [None] * count
    given = {name: values.get(name, nothing) for name in COLUMNS[rules.layer]}
    read: Columns = {name: _text(name, column, ledger) for name, column in given.items() if name in MOST_CHARACTERS}
    if rules.layer not in _NAMELESS and not all(read["name"]):
        for index in _indices(read["name"], lambda name: not name):
            ledger.tell(index, "missing_name", message(N_("没有名称")), message(N_("请在 name 里写上名称")))
    _tell_markup(read, ledger)
    for name in _FLAGS:
        if name in given:
            read[name] = _flags(name, given[name], ledger)
    for name in WORD_FIELDS:
        if name in given:
            read[name] = _words(name, given[name], rules, ledger)
    _settle_certainty(read, ledger)
    if "demo_year" in given:
        read["demo_year"] = _years(given["demo_year"], rules.years, ledger)
    if "people" in given:
        read["people"] = _people(given["people"], ledger)
    return read


def _indices(values: Sequence[Any], wanted: Callable[[Any], bool]) -> list[int]:
    return [index for index, value in enumerate(values) if wanted(value)]


def _tell_markup(read: Columns, ledger: Ledger) -> None:
    if not any("<" in "".join(read[name]) for name in _NAMES):
        return  # nearly every file
    for index in _indices(read["name"], _has_markup) + [
        index for index in _indices(read["name_en"], _has_markup) if not _has_markup(read["name"][index])
    ]:
        ledger.tell(
            index,
            "html_in_name",
            message(N_("名称里有像网页标记的文字:{name}"), name=read["name"][index]),
            message(N_("会原样显示为文字;若不是有意的,请删去尖括号")),
        )


def _has_markup(text: str) -> bool:
    return "<" in text and _MARKUP.search(text) is not None


# --- text ----------------------------------------------------------------------------------------------------------


def _text(name: str, values: Sequence[Any], ledger: Ledger) -> list[str]:
    kinds = set(map(type, values))
    if kinds <= {str}:
        read = _stripped(values)
    elif kinds <= {type(None)}:
        return [""] * len(values)
    else:
        read = [_as_text(name, index, value, ledger) for index, value in enumerate(values)]
    if max(map(len, read), default=0) > MOST_CHARACTERS[name]:
        read = [_cut(name, index, text, ledger) for index, text in enumerate(read)]
    together = "".join(read)
    if not together.isprintable() and UNWRITABLE.search(together):  # the first is quicker, and nearly always enough
        read = [_writable(name, index, text, ledger) for index, text in enumerate(read)]
    return read


def _stripped(values: Sequence[str]) -> list[str]:
    """Texts without blanks around them. Where they repeat, equal ones become one object: all that follows reads one
    place in memory and not as many as there are rows."""
    if len(set(values[:_BEGINNING])) > _BEGINNING / 2:
        return list(map(str.strip, values))
    bare = {value: value.strip() for value in set(values)}
    return list(map(bare.__getitem__, values))


def _as_text(name: str, index: int, value: Any, ledger: Ledger) -> str:
    if value is None or value is ABSENT:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool) or not isinstance(value, int | float):
        ledger.tell(
            index,
            "bad_type",
            message(N_("{field}应是文字"), field=message(FIELD_WORDS[name])),
            message(N_("请改成文字或数字,不要用列表、对象或真假值")),
        )
        return ""
    if value != value:  # NaN: an empty cell of other programs
        return ""
    return f"{value:.15g}" if isinstance(value, float) else digits(value)


def _cut(name: str, index: int, text: str, ledger: Ledger) -> str:
    most = MOST_CHARACTERS[name]
    if len(text) > most:
        ledger.tell(
            index,
            "too_long",
            message(N_("{field}有 {n} 个字,太长"), field=message(FIELD_WORDS[name]), n=len(text)),
            message(N_("请缩短到 {most} 个字以内"), most=most),
        )
    return text[:most]


def _writable(name: str, index: int, text: str, ledger: Ledger) -> str:
    if UNWRITABLE.search(text):
        bare = UNWRITABLE.sub("", text)
        if not ledger.propose("strip_controls", index, shown(text), bare[:60]):
            ledger.tell(
                index,
                "bad_text",
                message(N_("{field}里有不能保存的控制字符"), field=message(FIELD_WORDS[name])),
                message(N_("请删去看不见的字符,或重新输入这一项")),
            )
        return bare
    return text


# --- words, flags and numbers --------------------------------------------------------------------------------------


def _flags(name: str, values: Sequence[Any], ledger: Ledger) -> list[bool]:
    if set(map(type, values)) <= {type(None), bool}:
        return list(map(bool, values))
    return [_flag(name, index, value, ledger) for index, value in enumerate(values)]


def _flag(name: str, index: int, value: Any, ledger: Ledger) -> bool:
    if value is None or value is ABSENT or isinstance(value, bool):
        return value is True
    word = shown(value).strip().casefold()
    if word in _FLAG_WORDS:
        return _FLAG_WORDS[word]
    ledger.tell(
        index,
        "bad_type",
        message(N_("{field}应是 true 或 false"), field=message(FIELD_WORDS[name])),
        message(_FLAG_FIXES.get(name, N_("请写 true 或 false,或删去这一项"))),
    )
    return False


_FLAG_FIXES = {"sample": N_("真实数据请写 false 或删去这一项")}
# What spreadsheets make of true and false.
_FLAG_WORDS = {"": False, "false": False, "0": False, "否": False, "true": True, "1": True, "是": True}


def _words(name: str, values: Sequence[Any], rules: Rules, ledger: Ledger) -> list[str]:
    """The ids of words, "" where there is none or it is not known."""
    found = _Ids(rules.words[name], ledger.choices.words_of(name)).of(values)
    needed = name == _REQUIRED.get(rules.layer)
    if None in found or (needed and "" in found):
        for index, id in enumerate(found):
            if id is None:
                word = shown(values[index])
                said = message(N_("不认识的{field}:{word}"), field=message(FIELD_WORDS[name]), word=word)
                ledger.tell(index, f"unknown_{name}", said, offer(rules.words[name]))
            elif needed and not id:
                said = message(N_("没有写{field}"), field=message(FIELD_WORDS[name]))
                ledger.tell(index, f"missing_{name}", said, offer(rules.words[name]))
    return [id or "" for id in found]


class _Ids(dict[Any, str | None]):
    """Value -> id, None where it is not known; each different value is looked up once."""

    def __init__(self, words: Words, chosen: Mapping[str, str]) -> None:
        super().__init__({None: "", ABSENT: "", "": ""})
        self._words, self._chosen = words, chosen

    def __missing__(self, value: Any) -> str | None:
        id = self[value] = _id_of(value, self._words, self._chosen)
        return id

    def of(self, values: Sequence[Any]) -> list[str | None]:
        try:
            return list(map(self.__getitem__, values))
        except TypeError:  # a list or an object has no hash
            return [None if isinstance(value, list | dict) else self[value] for value in values]


def _id_of(value: Any, words: Words, chosen: Mapping[str, str]) -> str | None:
    if not isinstance(value, str):
        return None
    return chosen.get(value) or (words.id_of(value) if value.strip() else "")


def offer(words: Words) -> Message:
    """Which words a person may use."""
    return message(N_("请用这些之一:{known}"), known=Listed(words.offered))


def _settle_certainty(read: Columns, ledger: Ledger) -> None:
    levels = read["certainty"]
    if all(levels) and Certainty.SYNTHETIC not in levels:
        return
    for index, (level, sample) in enumerate(zip(levels, read["sample"], strict=True)):
        if not level:
            levels[index] = str(Certainty.SYNTHETIC if sample else Certainty.REPORTED)
        elif level == Certainty.SYNTHETIC and not sample:
            ledger.tell(
                index,
                "unknown_certainty",
                message(N_("位置可信度写作“合成”,却没有标为示例")),
                message(N_("真实数据请改写可信度;合成数据请加 sample: true")),
            )


def _years(values: Sequence[Any], years: tuple[int, ...], ledger: Ledger) -> list[int | None]:
    if {int, type(None)}.issuperset(map(type, values)) and {None, *years}.issuperset(values):
        return list(values)
    return [_year(index, value, years, ledger) for index, value in enumerate(values)]


def _year(index: int, value: Any, years: tuple[int, ...], ledger: Ledger) -> int | None:
    if value is None or value is ABSENT or value == "" or value != value:
        return None
    year = _whole(value)
    if year not in years:
        ledger.tell(
            index,
            "bad_year",
            message(N_("示范年份不对:{word}"), word=shown(value)),
            message(N_("请写规划期内的年份之一:{years};没有就空着"), years=Listed(tuple(map(str, years)))),
        )
        return None
    return year


def _whole(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and (found := _YEAR.fullmatch(value)):
        return int(found[1])
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return int(value)
    return None


_YEAR = re.compile(r"\s*([0-9]{4})(?:\.0)?\s*年?(?:度)?\s*")


def _people(values: Sequence[Any], ledger: Ledger) -> list[float | None]:
    return [_persons(index, value, ledger) for index, value in enumerate(values)]


def _persons(index: int, value: Any, ledger: Ledger) -> float | None:
    """Persons from a number or a text such as 12,345 or 1.2万."""
    number: float | None = None
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = float(value) if abs(value) < _MOST_PEOPLE else None
    elif isinstance(value, str):
        found = _PEOPLE.fullmatch(value.replace(",", "").replace(",", ""))
        number = float(found[1]) * (_WAN if found[2] else 1) if found else None
    if number is not None and 0 <= number < _MOST_PEOPLE:
        return number
    if value in (None, ABSENT) or value != value or (isinstance(value, str) and not value.strip()):
        ledger.tell(index, "missing_people", message(N_("没有写人口")), message(N_("请在 people 里写上人数")))
    else:
        said = message(N_("人口读不懂:{word}"), word=shown(value))
        ledger.tell(index, "bad_number", said, message(N_("请写 0 或更大的人数")))
    return None


_PEOPLE = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(万)?\s*人?\s*")
_MOST_PEOPLE = 1e10
