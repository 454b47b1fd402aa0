"""What people may enter about a plan: each entry held against the pack and the data, and told what is wrong with it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from geo.i18n import LANGS, N_, Label, Message, message, translate
from geo.ingest.text import UNWRITABLE, shown
from geo.model import Pack
from geo.progress import KIND_WORDS, Entry, Kind, State
from geo.usecases.atlas import Snapshot

MOST_CHARACTERS: Mapping[str, int] = {"evidence": 500, "note": 500, "link": 500, "who": 60, "file": 200}
FIELD_WORDS: Mapping[str, str] = {
    "subject": N_("对象"),
    "item": N_("哪一项"),
    "year": N_("年份"),
    "value": N_("数值"),
    "state": N_("状态"),
    "day": N_("日期"),
    "file_sha256": N_("文件指纹(SHA-256)"),
    "evidence": N_("依据"),
    "note": N_("备注"),
    "link": N_("链接"),
    "who": N_("谁"),
    "file": N_("文件名"),
}
_NAME = 200
_MOST = 1e9  # no plan counts further, and a slip of the finger does
_FIRST_YEAR = 1900
_OF_BASE = frozenset({Kind.STANDS, Kind.DEMONSTRATION, Kind.LEVEL, Kind.AREA, Kind.ITEM})
_OF_METRIC = frozenset({Kind.TARGET, Kind.ACTUAL})
_WITH_YEAR = frozenset({Kind.DEMONSTRATION, Kind.LEVEL, Kind.AREA, Kind.TARGET, Kind.ACTUAL})
_IN_PLAN = frozenset({Kind.AREA, Kind.TARGET, Kind.ACTUAL, Kind.TASK})  # kinds whose year is one of the plan's
_WITH_VALUE = frozenset({Kind.AREA, Kind.TARGET, Kind.ACTUAL})
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Known:
    """What entries may speak of.

    Attributes:
        subjects: kind -> id -> name.
        items: kind -> id -> name; kinds that are not in it take none.
    """

    pack: Pack
    subjects: Mapping[Kind, Mapping[str, Label]]
    items: Mapping[Kind, Mapping[str, Label]]
    today: date

    def name(self, entry: Entry) -> Label:
        """What the entry is about, in words."""
        subject = self.subjects[entry.kind].get(entry.subject, Label(shown(entry.subject)))
        item = self.items.get(entry.kind, {}).get(entry.item, Label(shown(entry.item)))
        words = KIND_WORDS[entry.kind]
        parts = [subject, Label(words, translate("en", words)), *([item] if entry.item else [])]
        parts += [Label(str(entry.year))] if entry.year is not None else []
        return Label(*(" · ".join(part.text(lang) for part in parts)[:_NAME] for lang in LANGS))


def known(pack: Pack, snap: Snapshot, today: date) -> Known:
    bases = snap.bases
    names = {id: Label(zh, en) for id, zh, en in zip(bases["id"], bases["name"], bases["name_en"], strict=True)}
    plan = pack.plan
    metrics = {target.metric: target.label for target in plan.targets}
    measures = {measure.id: measure.text for task in plan.tasks for measure in task.measures}
    things = plan.demonstration.items if plan.demonstration else ()
    return Known(
        pack,
        {kind: names if kind in _OF_BASE else metrics if kind in _OF_METRIC else measures for kind in Kind},
        {
            Kind.LEVEL: {level.id: level.label for level in plan.levels},
            Kind.ITEM: {item.id: item.label for item in things if item.label is not None},
            Kind.ACTUAL: {"": Label(""), **{district.id: district.label for district in pack.districts}},
        },
        today,
    )


def faults(entry: Entry, known: Known) -> Iterator[Message]:
    """What is wrong with an entry, each with what to do; an entry that is blank only has to name what there is."""
    checks: tuple[Callable[[Entry, Known], Iterator[Message]], ...] = (_place, _year, _number, _state, _texts)
    for check in checks if not entry.blank else (_place,):
        yield from check(entry, known)


def _place(entry: Entry, known: Known) -> Iterator[Message]:
    if entry.subject not in known.subjects[entry.kind]:
        words = {**dict.fromkeys(_OF_BASE, N_("没有基地 {id}")), **dict.fromkeys(_OF_METRIC, N_("规划没有指标 {id}"))}
        yield message(words.get(entry.kind, N_("规划没有措施 {id}")), id=shown(entry.subject))
    if entry.item not in known.items.get(entry.kind, {"": Label("")}):
        yield message(N_("{name}:没有“{item}”这一项"), name=known.name(entry), item=shown(entry.item))


def _year(entry: Entry, known: Known) -> Iterator[Message]:
    name, years = known.name(entry), known.pack.plan.years
    if entry.year is None:
        if entry.kind in _WITH_YEAR:
            yield message(N_("{name}:请写年份"), name=name)
    elif entry.kind in _IN_PLAN:
        if entry.year not in years:
            yield message(
                N_("{name}:{year} 年不在规划期内,请写 {first}—{last}"),
                name=name, year=entry.year, first=years[0], last=years[-1],
            )  # fmt: skip
        elif entry.kind is Kind.TARGET:
            yield from _stated(entry, known)
    elif not _FIRST_YEAR <= entry.year <= known.today.year:
        yield message(
            N_("{name}:{year} 年不对,请写 {first} 年到今年之间的年份"), name=name, year=entry.year, first=_FIRST_YEAR
        )


def _stated(entry: Entry, known: Known) -> Iterator[Message]:
    """A target is the plan's: only what it says and blanks may be filled in."""
    for target in known.pack.plan.targets:
        if target.metric == entry.subject and entry.year is not None:
            if entry.year not in target.words:
                yield message(N_("{name}:规划没有给这一年定目标"), name=known.name(entry))
            elif target.values[entry.year] is not None:
                yield message(N_("{name}:规划已写明目标,不能另填"), name=known.name(entry))


def _number(entry: Entry, known: Known) -> Iterator[Message]:
    if entry.kind not in _WITH_VALUE:
        return
    if entry.value is None:
        yield message(N_("{name}:请写数字"), name=known.name(entry))
    elif not math.isfinite(entry.value) or not 0 <= entry.value <= _MOST:
        said = N_("{name}:{value:g} 不能用,请写 0 到 {most:,.0f} 之间的数")
        yield message(said, name=known.name(entry), value=entry.value, most=_MOST)


def _state(entry: Entry, known: Known) -> Iterator[Message]:
    if entry.state and entry.state not in set(State):
        yield message(N_("{name}:不认识的状态“{state}”"), name=known.name(entry), state=shown(entry.state))
    if entry.kind in (Kind.STANDS, Kind.ITEM) and not entry.state:
        yield message(N_("{name}:请先选状态"), name=known.name(entry))


def _texts(entry: Entry, known: Known) -> Iterator[Message]:
    name = known.name(entry)
    for field, most in MOST_CHARACTERS.items():
        text, word = str(getattr(entry, field)), message(FIELD_WORDS[field])
        if len(text) > most:
            yield message(N_("{name}:{field}太长,请缩短到 {most} 个字以内"), name=name, field=word, most=most)
        if UNWRITABLE.search(text):
            yield message(N_("{name}:{field}里有不能保存的控制字符,请删去"), name=name, field=word)
    if entry.link and not _is_address(entry.link):
        said = N_("{name}:链接“{link}”不能用,请写以 http:// 或 https:// 开头的网址")
        yield message(said, name=name, link=shown(entry.link))
    if entry.file_sha256 and not _SHA256.fullmatch(entry.file_sha256):
        yield message(N_("{name}:文件指纹不是 SHA-256"), name=name)
    if entry.day and not _is_past(entry.day, known.today):
        said = N_("{name}:日期“{day}”不能用,请写 2025-06-30 这样的日期,不晚于今天")
        yield message(said, name=name, day=shown(entry.day))


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"[\s<>\"'\\]", text)


def _is_past(text: str, today: date) -> bool:
    try:
        return date.fromisoformat(text) <= today
    except ValueError:
        return False
