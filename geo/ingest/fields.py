"""The properties of one feature: text, words, year and flags, each kept or explained."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from geo.i18n import N_, Listed, Message, message
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
}
_NAMES = ("name", "name_en")
_REQUIRED: Mapping[Layer, str] = {Layer.BASES: "stage", Layer.FACILITIES: "category"}
_WORD_FIELDS: Mapping[Layer, tuple[str, ...]] = {
    Layer.BASES: ("stage", "cluster", "district", "certainty"),
    Layer.FACILITIES: ("category", "district", "certainty"),
}
_MARKUP = re.compile(r"<[a-zA-Z/!?]")
# Control characters (line ends and tabs aside) and lone surrogates: no database, spreadsheet or page can hold them.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")

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
    "geometry": N_("图形(geometry)"),
}

Complain = Callable[[str, Message, Message], None]  # code, what, how to mend


@dataclass(frozen=True)
class Rules:
    """What a file's properties are held against."""

    layer: Layer
    words: Mapping[str, Words]
    years: tuple[int, ...]
    text_fields: tuple[str, ...] = field(init=False)
    known: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        columns = COLUMNS[self.layer]
        object.__setattr__(self, "text_fields", tuple(name for name in MOST_CHARACTERS if name in columns))
        object.__setattr__(self, "known", frozenset(columns))


def read(given: Mapping[str, Any], rules: Rules, complain: Complain) -> dict[str, Any]:
    """The row's columns as far as they can be read; whatever cannot is told to ``complain``."""
    row: dict[str, Any] = {name: _text(name, given.get(name), complain) for name in rules.text_fields}
    if not row["name"]:
        complain("missing_name", message(N_("没有名称")), message(N_("请在 name 里写上名称")))
    if any(_MARKUP.search(row[name]) for name in _NAMES):
        complain(
            "html_in_name",
            message(N_("名称里有像网页标记的文字:{name}"), name=row["name"]),
            message(N_("会原样显示为文字;若不是有意的,请删去尖括号")),
        )
    row["sample"] = _flag(given.get("sample"), complain)
    for name in _WORD_FIELDS.get(rules.layer, ("certainty",)):
        row[name] = _word(name, given.get(name), rules, complain)
    row["certainty"] = _certainty(row, complain)
    if rules.layer is Layer.BASES:
        row["demo_year"] = _year(given.get("demo_year"), rules.years, complain)
    return row


def _text(name: str, value: Any, complain: Complain) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        complain(
            "bad_type",
            message(N_("{field}应是文字"), field=message(FIELD_WORDS[name])),
            message(N_("请改成文字或数字,不要用列表、对象或真假值")),
        )
        return ""
    text = (value if isinstance(value, str) else f"{value:.15g}" if isinstance(value, float) else str(value)).strip()
    if len(text) > MOST_CHARACTERS[name]:
        complain(
            "too_long",
            message(N_("{field}有 {n} 个字,太长"), field=message(FIELD_WORDS[name]), n=len(text)),
            message(N_("请缩短到 {most} 个字以内"), most=MOST_CHARACTERS[name]),
        )
        return text[: MOST_CHARACTERS[name]]
    if _UNWRITABLE.search(text):
        complain(
            "bad_text",
            message(N_("{field}里有不能保存的控制字符"), field=message(FIELD_WORDS[name])),
            message(N_("请删去看不见的字符,或重新输入这一项")),
        )
        return _UNWRITABLE.sub("", text)
    return text


def _flag(value: Any, complain: Complain) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    complain(
        "bad_type",
        message(N_("{field}应是 true 或 false"), field=message(FIELD_WORDS["sample"])),
        message(N_("真实数据请写 false 或删去这一项")),
    )
    return False


def _word(name: str, value: Any, rules: Rules, complain: Complain) -> str:
    if value is None or (isinstance(value, str) and not value.strip()):
        if name == _REQUIRED.get(rules.layer):
            code = f"missing_{name}"
            complain(code, message(N_("没有写{field}"), field=message(FIELD_WORDS[name])), _offer(rules.words[name]))
        return ""
    id = rules.words[name].id_of(value) if isinstance(value, str) else None
    if id is None:
        said = message(N_("不认识的{field}:{word}"), field=message(FIELD_WORDS[name]), word=shown(value))
        complain(f"unknown_{name}", said, _offer(rules.words[name]))
        return ""
    return id


def _offer(words: Words) -> Message:
    return message(N_("请用这些之一:{known}"), known=Listed(words.offered))


def shown(value: Any) -> str:
    text = value if isinstance(value, str) else str(value)
    return _UNWRITABLE.sub("�", text[:60]) + ("…" if len(text) > 60 else "")


def _certainty(row: Mapping[str, Any], complain: Complain) -> str:
    level = row["certainty"] or str(Certainty.SYNTHETIC if row["sample"] else Certainty.REPORTED)
    if level == Certainty.SYNTHETIC and not row["sample"]:
        complain(
            "unknown_certainty",
            message(N_("位置可信度写作“合成”,却没有标为示例")),
            message(N_("真实数据请改写可信度;合成数据请加 sample: true")),
        )
    return level


def _year(value: Any, years: tuple[int, ...], complain: Complain) -> int | None:
    if value is None or value == "":
        return None
    year = _whole(value)
    if year not in years:
        complain(
            "bad_year",
            message(N_("示范年份不对:{word}"), word=shown(value)),
            message(N_("请写规划期内的年份之一:{years};没有就空着"), years=Listed(tuple(map(str, years)))),
        )
        return None
    return year


def _whole(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and re.fullmatch(r"\s*[0-9]{4}\s*", value):
        return int(value)
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return int(value)
    return None
