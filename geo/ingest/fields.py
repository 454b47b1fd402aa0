"""The values of the rows, column by column: text, words, numbers and flags, each kept or explained."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from geo.i18n import N_, Listed, Message, message
from geo.ingest import amounts
from geo.ingest.amounts import Unread
from geo.ingest.column import TEXT, Checked, Column, blank, either, in_pieces, letters, mask, uniform
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
WORD_FIELDS = ("stage", "category", "cluster", "district", "level", "certainty")
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
    "floor_area": N_("建筑面积(floor_area)"),
    "built_year": N_("建成年份(built_year)"),
    "level": N_("级别(level)"),
    "level_year": N_("级别年份(level_year)"),
    "sample": N_("示例(sample)"),
    "kind": N_("道路等级(kind)"),
    "barred": N_("禁止步行(barred)"),
    "at_nodes": N_("只在节点相接(at_nodes)"),
    "people": N_("人口(people)"),
    "capacity": N_("容量(capacity)"),
    "town": N_("所在乡镇"),
    "origin": N_("待改行的来处"),
    "lon": N_("经度"),
    "lat": N_("纬度"),
    "lonlat": N_("经纬度写在一列"),
    "geometry": N_("图形(geometry)"),
}


@dataclass(frozen=True)
class Rules:
    """What a file's values are held against.

    Attributes:
        years: the plan's.
        headers: field -> what the file calls it.
    """

    layer: Layer
    words: Mapping[str, Words]
    years: tuple[int, ...]
    this_year: int
    headers: Mapping[str, str]


Values = Mapping[str, Column]  # field -> the file's values
Columns = dict[str, Checked]


def read(values: Values, count: int, rules: Rules, ledger: Ledger) -> Columns:
    """The layer's columns (each of length ``count``) as far as they can be read; what cannot is told to the ledger."""
    nothing = Column.blank(count)
    given = {name: values.get(name, nothing) for name in COLUMNS[rules.layer]}
    read: Columns = {name: _text(name, column, ledger) for name, column in given.items() if name in MOST_CHARACTERS}
    if rules.layer not in _NAMELESS:
        for index in np.flatnonzero(read["name"].where("")).tolist():
            ledger.tell(index, "missing_name", message(N_("没有名称")), message(N_("请在 name 里写上名称")))
    _tell_markup(read, ledger)
    for name in _FLAGS:
        if name in given:
            read[name] = _by_value(given[name], partial(_flag, name), pa.bool_(), ledger)
    for name in WORD_FIELDS:
        if name in given:
            known = _Known(name, rules.words[name], ledger.choices.words_of(name), name == _REQUIRED.get(rules.layer))
            read[name] = _by_value(given[name], known.id_of, TEXT, ledger)
    _settle_certainty(read, ledger)
    for name, (how, kind) in _numbers(rules).items():
        if name in given:
            read[name] = _by_value(given[name], how, kind, ledger)
    return read


def _numbers(rules: Rules) -> Mapping[str, tuple[Callable[[Any], Any], pa.DataType]]:
    """Field -> how its numbers are read, and what they are."""
    return {
        "demo_year": (lambda value: amounts.plan_year(value, rules.years), pa.int64()),
        "floor_area": (amounts.floor_area(rules.headers.get("floor_area", "")), pa.float64()),
        "people": (amounts.persons, pa.float64()),
        "capacity": (amounts.capacity, pa.float64()),
        **{
            name: (amounts.past_year(message(FIELD_WORDS[name]), rules.this_year), pa.int64())
            for name in ("built_year", "level_year")
        },
    }


def _tell_markup(read: Columns, ledger: Ledger) -> None:
    for name in _NAMES:
        for index in np.flatnonzero(mask(pc.match_substring(read[name].array, "<"))).tolist():
            if _has_markup(read[name][index]) and not (name != "name" and _has_markup(read["name"][index])):
                ledger.tell(
                    index,
                    "html_in_name",
                    message(N_("名称里有像网页标记的文字:{name}"), name=read[name][index]),
                    message(N_("会原样显示为文字;若不是有意的,请删去尖括号")),
                )


def _has_markup(text: str) -> bool:
    return _MARKUP.search(text) is not None


# --- text ----------------------------------------------------------------------------------------------------------


def _text(name: str, column: Column, ledger: Ledger) -> Checked:
    texts = column.texts()
    if texts is None:
        return Checked(pa.array([_one_text(name, *one, ledger) for one in enumerate(column)], TEXT))
    if texts.null_count == len(texts):
        return blank(len(texts))
    read = Checked(pa.chunked_array(list(map(_bare, in_pieces(texts))), TEXT))
    for index in _odd(read.array, MOST_CHARACTERS[name]):
        read[index] = _one_text(name, index, column[index], ledger)
    return read


def _bare(texts: pa.Array) -> pa.Array:
    """The texts without blanks around them; nearly always they have none, and one copy is enough."""
    bare = pc.utf8_trim_whitespace(texts)
    kept = texts if pc.all(pc.equal(bare, texts)).as_py() is not False else bare
    return kept.fill_null("") if kept.null_count else kept


def _odd(texts: pa.ChunkedArray, most: int) -> list[int]:
    """The rows of which something is to be said: too long, or not writable."""
    found: list[int] = []
    start = 0
    for piece in in_pieces(texts):
        odd = pc.utf8_length(piece).to_numpy() > most
        raw, _ = letters(piece)
        if len(raw) != len(raw.translate(None, _CONTROLS)) or _NO_LETTER in raw:
            odd |= np.array([UNWRITABLE.search(text) is not None for text in piece.to_pylist()], dtype=bool)
        found += (np.flatnonzero(odd) + start).tolist()
        start += len(piece)
    return found


# What UNWRITABLE looks for, as it stands in UTF-8: quick to look for in all texts of a piece at once.
_CONTROLS = bytes({*range(0x20), 0x7F} - set(b"\t\n\r"))
_NO_LETTER = "\uffff".encode()[:2]


def _one_text(name: str, index: int, value: Any, ledger: Ledger) -> str:
    return _writable(name, index, _cut(name, index, _as_text(name, index, value, ledger), ledger), ledger)


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


def _by_value(column: Column, read: Callable[[Any], Any], kind: pa.DataType, ledger: Ledger) -> Checked:
    """The column with each of its different values read once; the rows whose value is :class:`Unread` are told, and
    are left blank."""
    words, codes = column.distinct()
    found = [read(word) for word in words]
    unread = [code for code, one in enumerate(found) if isinstance(one, Unread)]
    for index in np.flatnonzero(np.isin(codes, unread)).tolist() if unread else ():
        one = found[codes[index]]
        ledger.tell(index, one.code, one.said, one.fix)
    nothing = _BLANKS.get(kind)
    values = [nothing if isinstance(one, Unread) else one for one in found]
    if len(set(values)) == 1:
        return Checked(uniform(values[0], len(column), kind))
    return Checked(pa.array(values, kind).take(pa.array(codes)))


_BLANKS = {TEXT: "", pa.bool_(): False}


def _flag(name: str, value: Any) -> bool | Unread:
    if value is None or value is ABSENT or isinstance(value, bool):
        return value is True
    word = shown(value).strip().casefold()
    if word in _FLAG_WORDS:
        return _FLAG_WORDS[word]
    said = message(N_("{field}应是 true 或 false"), field=message(FIELD_WORDS[name]))
    return Unread("bad_type", said, message(_FLAG_FIXES.get(name, N_("请写 true 或 false,或删去这一项"))))


_FLAG_FIXES = {"sample": N_("真实数据请写 false 或删去这一项")}
# What spreadsheets make of true and false.
_FLAG_WORDS = {
    "": False,
    "false": False,
    "0": False,
    "否": False,
    "no": False,
    "true": True,
    "1": True,
    "是": True,
    "yes": True,
}


@dataclass(frozen=True)
class _Known:
    """The words that one field takes."""

    field: str
    words: Words
    chosen: Mapping[str, str]  # word in the file -> the id that a person said it means
    needed: bool

    def id_of(self, value: Any) -> str | Unread:
        """The id of a word, "" where there is none."""
        id = self._id_of(value)
        if id is None:
            said = message(N_("不认识的{field}:{word}"), field=message(FIELD_WORDS[self.field]), word=shown(value))
            return Unread(f"unknown_{self.field}", said, offer(self.words))
        if self.needed and not id:
            said = message(N_("没有写{field}"), field=message(FIELD_WORDS[self.field]))
            return Unread(f"missing_{self.field}", said, offer(self.words))
        return id

    def _id_of(self, value: Any) -> str | None:
        if value is None or value is ABSENT or value == "":
            return ""
        if not isinstance(value, str):
            return None
        return self.chosen.get(value) or (self.words.id_of(value) if value.strip() else "")


def offer(words: Words) -> Message:
    """Which words a person may use."""
    return message(N_("请用这些之一:{known}"), known=Listed(words.offered))


def _settle_certainty(read: Columns, ledger: Ledger) -> None:
    levels, sample = read["certainty"], read["sample"].array
    for index in np.flatnonzero(levels.where(Certainty.SYNTHETIC) & ~mask(sample)).tolist():
        ledger.tell(
            index,
            "unknown_certainty",
            message(N_("位置可信度写作“合成”,却没有标为示例")),
            message(N_("真实数据请改写可信度;合成数据请加 sample: true")),
        )
    usual = either(sample, str(Certainty.SYNTHETIC), str(Certainty.REPORTED))
    read["certainty"] = Checked(either(pc.equal(levels.array, ""), usual, levels.array))
