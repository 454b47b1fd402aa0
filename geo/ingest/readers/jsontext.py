"""JSON as it is found: decoded quickly where it is plain, else exactly, with every key that an object names twice, NaN, and
a text of its own on each line; what is no JSON is told with its place."""

from __future__ import annotations

import codecs
import io
import json
import re
from collections import Counter
from dataclasses import dataclass
from itertools import chain
from typing import Any

import msgspec
import numpy as np

from geo.errors import InputError
from geo.i18n import N_, Message, message
from geo.ingest.progress import Tick, silent

RECORD_SEPARATOR = b"\x1e"
_AT_BYTE = re.compile(r"\(byte (\d+)\)")
_MOST_DIGITS = 4000  # of an integer; Python turns down what is much longer
_PIECE = 1 << 20  # bytes that are decoded at once to see whether they are UTF-8
# What Python's parser reads and others refuse: so far the file may go on behind it.
_LENIENT = re.compile(rb"-?(NaN|Infinity)|\\u[dD][89a-fA-F]")
_TOO_DEEP = N_("文件的括号套得太深,不像地图数据:请从 GIS 重新导出 GeoJSON。")
_sound = msgspec.json.Decoder(msgspec.Raw)  # walks through a text and makes nothing of it


class Doubled(dict[str, Any]):
    """An object that names a key twice; the last value stands."""

    names: tuple[str, ...] = ()


# --- one text ------------------------------------------------------------------------------------------------------


def document(data: bytes, tick: Tick = silent) -> tuple[Any, list[Record] | None]:
    """The document, or, where each line is one, None and the lines.

    Raises:
        InputError: not UTF-8, not JSON, or too deeply nested.
        StoppedError: ``tick`` raised it.
    """
    tick(0.0)
    try:
        _sound.decode(data)
    except RecursionError as fault:
        raise InputError(_TOO_DEEP) from fault
    except msgspec.DecodeError as fault:
        _check_utf8(data)
        lines = _by_lines(data, tick)
        if lines is not None:
            return None, lines
        if _LENIENT.search(data) is None:
            raise InputError(_place_of(data, str(fault))) from fault
        return _known(data, fault, tick), None
    try:
        return value(data, tick), None
    except ValueError as fault:
        _check_utf8(data)
        raise InputError(_place_of(data, str(fault))) from fault


def _known(data: bytes, first: Exception, tick: Tick) -> Any:
    try:
        return _exactly(data, tick)
    except ValueError as fault:
        raise InputError(_place_of(data, str(first))) from fault


def value(data: bytes, tick: Tick = silent) -> Any:
    """What the text says; objects that name a key twice are :class:`Doubled`.

    Raises:
        ValueError: it is no JSON, or not in UTF-8.
        InputError: it is too deeply nested.
        StoppedError: ``tick`` raised it.
    """
    try:
        found = msgspec.json.decode(data)
        if names_keys_once(data, _count_in_features(found)):
            return found
        del found
    except RecursionError as fault:
        raise InputError(_TOO_DEEP) from fault
    except (msgspec.DecodeError, ValueError):
        pass
    return _exactly(data, tick)


def _exactly(data: bytes, tick: Tick) -> Any:
    """By Python's parser, which knows NaN and every key."""

    def known(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        tick(0.0)
        return _object(pairs)

    try:
        return json.loads(data, object_pairs_hook=known, parse_int=_whole)
    except RecursionError as fault:
        raise InputError(_TOO_DEEP) from fault


def _whole(digits: str) -> int | str:
    """The integer, as text where Python would refuse it for its length."""
    return int(digits) if len(digits) < _MOST_DIGITS else digits


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    doubled = Doubled(found)
    doubled.names = tuple(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
    return doubled


# --- what is wrong with it -----------------------------------------------------------------------------------------


def _place_of(data: bytes, said: str) -> Message:
    found = _AT_BYTE.search(said)
    if found is None:
        return message(N_("文件不完整,或不是 JSON:请重新导出,并确认文件传输完整。"))
    before = data[: int(found[1])]
    line = before.count(b"\n") + 1
    column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "ignore")) + 1
    text = N_("不是 JSON:第 {line} 行第 {column} 个字符处读不下去。请从 GIS 重新导出 GeoJSON,不要手工改动。")
    return message(text, line=line, column=column)


def _check_utf8(data: bytes) -> None:
    """A letter that the file's end has cut is no other encoding."""
    if not _is_in(data, "utf-8"):
        raise InputError(
            N_("文件不是 UTF-8 编码,像是 GBK:请用 UTF-8 编码重新导出,否则中文会变成乱码。")
            if _is_in(data, "gb18030")
            else N_("文件不是 UTF-8 文本:请确认选的是 GeoJSON 文件,并用 UTF-8 编码重新导出。")
        )


def _is_in(data: bytes, encoding: str) -> bool:
    decoder, whole = codecs.getincrementaldecoder(encoding)(), memoryview(data)
    try:
        for start in range(0, len(data), _PIECE):
            decoder.decode(whole[start : start + _PIECE])
    except UnicodeDecodeError:
        return False
    return True


# --- keys ----------------------------------------------------------------------------------------------------------


def names_keys_once(text: bytes | memoryview, members: int) -> bool:
    """Whether no object has a key twice, where its decoded ``members`` were counted: there are as many colons outside of
    strings as members were decoded.

    Colons are counted everywhere first, which is quick and settles most files; then only those behind a quotation
    mark. Both counts are never below the number of members, so that "as many" leaves no room for a doubled key.
    """
    if _count(text, _COLON) == members:
        return True
    return sum(1 for _ in _KEY_END.finditer(text)) == members


def _count(text: bytes | memoryview, mark: int) -> int:
    """How often a byte is there; piece by piece, for one feature may be most of a file."""
    marks = np.frombuffer(text, dtype=np.uint8)
    return sum(int(np.count_nonzero(marks[start : start + _PIECE] == mark)) for start in range(0, len(marks), _PIECE))


_COLON = ord(":")
_KEY_END = re.compile(rb'"\s*:')


def _count_in_features(document: Any) -> int:
    """How many members the objects of a document, or of a list of features, have together, but for objects inside coordinates.

    Those have no business there: a document that has some seems to name a key twice, and goes the exact way.
    """
    outer = dict(document) if isinstance(document, dict) else {"features": document}
    features = outer.pop("features", None)
    if not isinstance(features, list) or not {dict}.issuperset(map(type, features)):
        return count_members(document)
    parts = [
        part for name in ("geometry", "properties") for feature in features if type(part := feature.get(name)) is dict
    ]
    values = chain.from_iterable(part.values() for part in parts)
    nested = [value for value in values if type(value) is dict or (type(value) is list and not _is_place(value))]
    total = sum(map(len, features)) + sum(map(len, parts)) + sum(map(count_members, nested))
    return total + count_members(outer) + isinstance(document, dict)


def _is_place(value: list[Any]) -> bool:
    """Whether a list begins as coordinates do."""
    first: Any = value
    while type(first) is list and first:
        first = first[0]
    return type(first) in (float, int, list)


def count_members(value: Any) -> int:
    """How many members the objects in a value have together."""
    if isinstance(value, dict):
        return len(value) + sum(map(count_members, value.values()))
    return sum(map(count_members, value)) if isinstance(value, list) else 0


# --- several texts -------------------------------------------------------------------------------------------------


def _by_lines(data: bytes, tick: Tick) -> list[Record] | None:
    """One value a line where the first line is a value by itself and there are several, else None."""
    marked = RECORD_SEPARATOR in data
    texts = data.split(RECORD_SEPARATOR) if marked else io.BytesIO(data)
    first = next((text for text in map(bytes.strip, texts) if text), None)
    if first is None or not isinstance(_record(1, first).value, dict):
        return None
    found = records(data, tick=tick)
    return found if len(found) > 1 or marked else None


@dataclass(frozen=True)
class Record:
    """One text of several in a file, and on which line it begins; ``broken``: the value is its text, for it is no JSON."""

    line: int
    value: Any
    broken: bool


def records(data: bytes, line: int = 1, tick: Tick = silent) -> list[Record]:
    """One JSON text a line, of which ``line`` is the first; where there are record separators, between them, over
    however many lines (RFC 8142)."""
    texts = data.split(RECORD_SEPARATOR) if RECORD_SEPARATOR in data else data.splitlines(keepends=True)
    found = []
    for text in texts:
        tick(0.0)
        if bare := text.strip():
            before = len((text[: text.index(bare)] + b".").splitlines()) - 1
            found.append(_record(line + before, bare))
        line += len((text + b".").splitlines()) - 1
    return found


def _record(line: int, text: bytes) -> Record:
    try:
        return Record(line, json.loads(text, object_pairs_hook=_object, parse_int=_whole), False)
    except (ValueError, RecursionError):
        return Record(line, text.decode("utf-8", "replace"), True)
