"""XML with a document type is refused before any parser expands it: entities are how a small file becomes a huge one,
and how a server is made to read its own disk. Neither maps nor spreadsheets need them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.parsers import expat

from geo.errors import InputError
from geo.i18n import N_

_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]+)["'][^>]{0,200}?\?>""")
_CHINESE = frozenset(("gbk", "gb2312", "gb18030", "cp936"))


class _RootReached(Exception):  # noqa: N818 - it ends the parsing, nothing is wrong
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def _refuse(*_: object) -> None:
    raise InputError(N_("文件里有 XML 的 DOCTYPE 或实体定义,为了安全不读:请从 GIS 或 Excel 重新导出,不要手工改动。"))


def _stop(name: str, _: object) -> None:
    raise _RootReached(name)


def root_of(pieces: Iterable[bytes]) -> str:
    """The name of the root element; "" for what is not XML or ends before it. A document type can only stand before.

    Raises:
        InputError: there is a document type.
    """
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = _stop
    try:
        for piece in pieces:
            parser.Parse(piece, False)
    except _RootReached as reached:
        return reached.name
    except (expat.ExpatError, LookupError, ValueError):
        return ""
    return ""


def as_utf8(data: bytes) -> bytes:
    """``data`` in UTF-8 where it declares a Chinese encoding, which expat does not know; else as it is."""
    declared = _DECLARED.match(data[:500])
    if declared is None or declared[1].decode("ascii").lower() not in _CHINESE:
        return data
    try:
        text = data[declared.end() :].decode("gb18030")
    except UnicodeDecodeError as fault:
        raise InputError(N_("文件的编码与它声明的不符:请用 UTF-8 编码重新导出。")) from fault
    return text.encode("utf-8")
