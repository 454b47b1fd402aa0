"""Parsed data against a shape: every difference with the keys that lead to it, not the first alone."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from geo.i18n import N_, Listed, Message, message
from geo.packs import files
from geo.packs.places import Keys


@dataclass(frozen=True)
class Difference:
    """Where data is not of its shape: what is wrong, and how to mend it."""

    keys: Keys
    what: Message
    mend: Message


def differences(raw: Any, kind: Any, keys: Keys = ()) -> Iterator[Difference]:
    """How ``raw`` differs from ``kind``: a msgspec structure, list, mapping, union or plain type."""
    bare = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if isinstance(bare, type) and issubclass(bare, msgspec.Struct) and isinstance(raw, Mapping):
        yield from _of_struct(raw, bare, keys)
    elif get_origin(bare) is list and isinstance(raw, list) and raw:
        for place, item in enumerate(raw):
            yield from differences(item, get_args(bare)[0], (*keys, place))
    elif get_origin(bare) is dict and isinstance(raw, Mapping):
        for key, value in raw.items():
            yield from differences(value, get_args(bare)[1], (*keys, key))
    elif (only := _only_struct(bare)) and isinstance(raw, Mapping):
        yield from differences(raw, only, keys)
    else:
        yield from _of_value(raw, kind, keys)


def _only_struct(kind: Any) -> Any:
    """The structure among the alternatives of a union, which alone can be written as a table."""
    if get_origin(kind) not in (Union, types.UnionType):
        return None
    return next((one for one in get_args(kind) if isinstance(one, type) and issubclass(one, msgspec.Struct)), None)


def _of_struct(raw: Mapping[str, Any], kind: type[msgspec.Struct], keys: Keys) -> Iterator[Difference]:
    fields = {one.encode_name: one for one in msgspec.structs.fields(kind)}
    strict = kind.__struct_config__.forbid_unknown_fields
    missing = [name for name, one in fields.items() if one.required and name not in raw]
    for name in raw:
        if name in fields:
            yield from differences(raw[name], fields[name].type, (*keys, name))
        elif strict:
            yield Difference((*keys, name), message(N_("不认识“{key}”"), key=name), _rename(name, list(fields)))
    for name in missing:
        yield Difference(keys, message(N_("缺少“{key}”"), key=name), message(N_("请补上“{key}”"), key=name))


def _rename(name: str, known: list[str]) -> Message:
    if close := get_close_matches(name, known, 1):
        return message(N_("请改成“{key}”,或删去"), key=close[0])
    return message(N_("请删去,或改成这里可写的之一:{known}"), known=Listed(tuple(known)))


_PATTERNS = {
    files.ID: N_("请只用小写字母、数字和“-”"),
    files.COLOUR: N_("请写成 #2f6db3 这样的颜色"),
    files.ADCODE: N_("请写六位行政区划代码"),
}
_KINDS = {"str": N_("文字"), "bool": N_("“true”或“false”"), "int": N_("整数"), "float": N_("数"), "array": N_("列表"), "object": N_("表"), "null": N_("空")}  # fmt: skip
_EXPECTED = re.compile(r"Expected `(?P<want>[^`]+)`, got `(?P<got>[^`]+)`")
_AMOUNT = re.compile(r"Expected `\w+` (?P<sign>>=|<=) (?P<bound>[-\d.]+)")


def _of_value(raw: Any, kind: Any, keys: Keys) -> Iterator[Difference]:
    try:
        msgspec.convert(raw, kind)
    except msgspec.ValidationError as fault:
        what, mend = _explained(raw, kind, str(fault))
        yield Difference(keys, what, mend)


def _explained(raw: Any, kind: Any, detail: str) -> tuple[Message, Message]:
    if isinstance(raw, str) and get_origin(kind) is Literal:
        known = Listed(tuple(get_args(kind)))
        return message(N_("不认识“{word}”"), word=raw), message(N_("请用 {known} 之一"), known=known)
    for pattern, sentence in _PATTERNS.items():
        if repr(pattern) in detail:
            return message(N_("“{word}”写得不对"), word=raw), message(sentence)
    if found := _EXPECTED.search(detail):
        want, got = _said(found["want"]), _said(found["got"])
        return message(N_("应为{want},却是{got}"), want=want, got=got), message(N_("请改成{want}"), want=want)
    if found := _AMOUNT.search(detail):
        sentence = N_("请写不小于 {bound} 的数") if found["sign"] == ">=" else N_("请写不大于 {bound} 的数")
        return message(N_("{value} 不能用"), value=raw), message(sentence, bound=found["bound"])
    return message(N_("空着或长短不对"), detail=detail), message(N_("请写上内容"))


def _said(word: str) -> Listed:
    parts = (part.strip() for part in word.split("|"))
    return Listed(tuple(message(_KINDS[part]) if part in _KINDS else part for part in parts))
