"""CSV and its kin as Excel, WPS and GIS write them, in UTF-8, UTF-16 or GBK. Values stay text."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from geo.errors import InputError
from geo.i18n import N_, message
from geo.ingest.progress import Stream, Tick, silent
from geo.ingest.readers import flaws, limits, tabular
from geo.ingest.readers.flaws import Note
from geo.ingest.rows import Decoded, Flaw

_SEPARATORS = (",", "\t", ";", "|")
_SAMPLE = 1 << 16
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_MOST_BAD = 0.01  # of the characters beyond ASCII: more of them that cannot be decoded, and the encoding is another one
_SEP_LINE = re.compile(r'"?sep=(.)"?\r?\n?\Z', re.IGNORECASE)
_BAD = "�"

# An outline as text in one cell passes the csv module's default of 128 KB; the limit is the process's.
csv.field_size_limit(limits.MAX_CELL_CHARACTERS)


@dataclass(frozen=True)
class _Encoding:
    name: str
    skip: int = 0  # bytes of the byte order mark
    lossy: bool = False
    notes: tuple[Note, ...] = ()


def read(data: bytes, tick: Tick = silent) -> Decoded:
    """The table in ``data``; row numbers are those that a spreadsheet shows.

    Raises:
        InputError: not text, an unclosed quote, or no rows.
    """
    encoding = _encoding(data)
    try:
        found = _table(data, encoding, tick, strict=True)
    except csv.Error as fault:
        if "unexpected end" in str(fault) or "field larger" in str(fault):
            raise _unclosed() from fault
        said = message(N_("引号写得不规则,已尽量读出"))
        note = ("loose_quotes", said, message(N_("请核对各列有没有错位;内容里的引号要写成两个")))
        found = _table(data, replace(encoding, notes=(*encoding.notes, note)), tick, strict=False)
    return _with_bad_bytes(found) if encoding.lossy else found


def _unclosed() -> InputError:
    return InputError(N_("有一个引号没有闭合,后面的行都混成了一格:请改正引号后再传,或确认文件传输完整。"))


def _encoding(data: bytes) -> _Encoding:
    for bom, name in _BOMS:
        if data.startswith(bom):
            body = data[len(bom) :]
            return _Encoding(name, len(bom), lossy=not _decodes(body, name))
    if b"\0" in data:
        raise InputError(N_("文件不是文本表格:请确认选对了文件;若是 CSV,请用 UTF-8 编码另存。"))
    if _decodes(data, "utf-8"):
        return _Encoding("utf-8")
    if _share_of_bad(data, "utf-8") <= _MOST_BAD:
        return _Encoding("utf-8", lossy=True)
    said = message(N_("文件不是 UTF-8 编码,按 GBK 读"))
    note = ("encoding_guessed", said, message(N_("若中文成了乱码,请用“CSV UTF-8”格式另存后再传")))
    if _decodes(data, "gb18030"):
        return _Encoding("gb18030", notes=(note,))
    if _share_of_bad(data, "gb18030") <= _MOST_BAD:
        return _Encoding("gb18030", lossy=True, notes=(note,))
    raise InputError(N_("文件不是文本表格,或用了不认识的编码:请在 Excel 里另存为 xlsx 或“CSV UTF-8”。"))


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _share_of_bad(data: bytes, encoding: str) -> float:
    text = data.decode(encoding, "replace")
    beyond = len(text) - len(text.encode("ascii", "ignore"))
    return text.count(_BAD) / max(beyond, 1)


def _table(data: bytes, encoding: _Encoding, tick: Tick, *, strict: bool) -> Decoded:
    text = _text(data, encoding, tick)
    start = _SEP_LINE.fullmatch(text.readline(16))
    separator = start[1] if start else _separator(_text(data, encoding, silent).read(_SAMPLE))
    if not start:
        text = _text(data, encoding, tick)
    rows = _rows(text, separator, strict=strict)
    return tabular.decoded("csv", rows, encoding.notes, may_end_early=False)


def _text(data: bytes, encoding: _Encoding, tick: Tick) -> io.TextIOWrapper:
    raw = Stream(data, tick)
    raw.seek(encoding.skip)
    return io.TextIOWrapper(raw, encoding.name, errors="replace" if encoding.lossy else "strict", newline="")


def _separator(sample: str) -> str:
    """The one that cuts the most rows of the sample to one width."""
    lines = sample.splitlines(keepends=True)
    whole = lines[:-1] if len(lines) > 1 and len(sample) == _SAMPLE else lines

    def rows_of_one_width(separator: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in csv.reader(whole, delimiter=separator))
        width, rows = max(((w, n) for w, n in widths.items() if w > 1), key=lambda found: found[::-1], default=(0, 0))
        return rows, width

    return max(_SEPARATORS, key=rows_of_one_width)


def _rows(text: io.TextIOWrapper, separator: str, *, strict: bool) -> Iterator[tabular.Row]:
    reader = csv.reader(text, delimiter=separator, strict=strict)
    lines_before = lines = 0
    for number, cells in enumerate(reader, 1):
        lines_before, lines = lines, reader.line_num
        yield number, [cell if cell and not cell.isspace() else None for cell in cells]
    # Without strictness an unclosed quote ends with the file: the last record has then swallowed many lines.
    if not strict and lines - lines_before > 1:
        raise _unclosed()


def _with_bad_bytes(found: Decoded) -> Decoded:
    rows = sorted({i for values in found.columns.values() for i in _bad(values)})
    told = [Flaw(index, *flaws.bad_bytes()) for index in rows]
    return replace(found, flaws=sorted((*found.flaws, *told), key=lambda flaw: flaw.index))


def _bad(values: Sequence[Any]) -> Iterator[int]:
    return (index for index, value in enumerate(values) if value is not None and _BAD in value)
