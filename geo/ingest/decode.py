"""Bytes to raw features. Whatever the bytes are, the outcome is a list or an InputError that says what to do."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from geo.errors import InputError
from geo.i18n import N_, message

MAX_BYTES = 200 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"
_GEOMETRIES = frozenset(
    ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection")
)
_AT_BYTE = re.compile(r"\(byte (\d+)\)")


def features(data: bytes) -> list[Any]:
    """The members of a FeatureCollection, or the one Feature, as plain objects.

    Raises:
        InputError: too large, not UTF-8, not JSON, too deeply nested, not GeoJSON, or without features.
    """
    if len(data) > MAX_BYTES:
        raise InputError(
            message(N_("文件超过 {limit} MB:请分成几个文件,或先删去用不到的字段。"), limit=MAX_BYTES >> 20)
        )
    bare = data.removeprefix(_BOM)
    _check_utf8(bare)
    if not bare.strip():
        raise InputError(N_("文件是空的:请重新导出。"))
    return _members(_document(bare))


def _check_utf8(data: bytes) -> None:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise InputError(_encoding_advice(data)) from fault


def _encoding_advice(data: bytes) -> str:
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return N_("文件不是 UTF-8 文本:请确认选的是 GeoJSON 文件,并用 UTF-8 编码重新导出。")
    return N_("文件不是 UTF-8 编码,像是 GBK:请用 UTF-8 编码重新导出,否则中文会变成乱码。")


def _document(data: bytes) -> Any:
    try:
        return msgspec.json.decode(data)
    except RecursionError as fault:
        raise InputError(N_("文件的括号套得太深,不像地图数据:请从 GIS 重新导出 GeoJSON。")) from fault
    except (msgspec.DecodeError, ValueError) as fault:
        raise InputError(_place_of(data, str(fault))) from fault


def _place_of(data: bytes, said: str) -> Any:
    found = _AT_BYTE.search(said)
    if found is None:
        return N_("文件不完整,或不是 JSON:请重新导出,并确认文件传输完整。")
    before = data[: int(found[1])]
    line = before.count(b"\n") + 1
    column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "ignore")) + 1
    text = N_("不是 JSON:第 {line} 行第 {column} 个字符处读不下去。请从 GIS 重新导出 GeoJSON,不要手工改动。")
    return message(text, line=line, column=column)


def _members(document: Any) -> list[Any]:
    kind = document.get("type") if isinstance(document, dict) else None
    if kind == "Feature":
        return [document]
    if isinstance(kind, str) and kind in _GEOMETRIES:
        raise InputError(N_("文件只有图形,没有名称等属性:请导出为要素集(FeatureCollection)。"))
    members = document.get("features") if kind == "FeatureCollection" else None
    if not isinstance(members, list):
        raise InputError(N_("不是 GeoJSON 要素集:最外层应为 FeatureCollection,里面有 features。请从 GIS 重新导出。"))
    if not members:
        raise InputError(N_("文件里没有要素:请确认导出时选中了图层和要素。"))
    return members
