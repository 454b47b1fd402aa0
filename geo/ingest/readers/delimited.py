"""CSV and its kin as Excel, WPS and GIS write them, in UTF-8, UTF-16 or GBK. Values stay text."""

from __future__ import annotations

import codecs
import csv
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
from pyarrow import csv as arrow_csv

from geo.errors import InputError
from geo.i18n import N_, message
from geo.ingest.column import TEXT
from geo.ingest.progress import Tick, silent
from geo.ingest.readers import flaws, limits, tabular
from geo.ingest.readers.flaws import Note
from geo.ingest.rows import Decoded, Flaw

_SEPARATORS = (",", "\t", ";", "|")
_SAMPLE = 1 << 16
_PIECE = 1 << 17  # bytes that are read at once
_QUOTE = '"'
_APOSTROPHE = "'"
_GUARDED = re.compile(r"^'(\s*[=+\-@＝＋－＠]|[\t\r\n])")  # before what a spreadsheet would run
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_LONG = 1 << 16  # letters of a line whose cells are counted before they are made
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
        StoppedError: ``tick`` raised it.
    """
    encoding = _encoding(data, tick)
    try:
        found = _table(data, encoding, tick, strict=True)
    except csv.Error as fault:
        if _is_unclosed(fault):
            raise _unclosed() from fault
        said = message(N_("引号写得不规则,已尽量读出"))
        note = ("loose_quotes", said, message(N_("请核对各列有没有错位;内容里的引号要写成两个")))
        found = _table(data, replace(encoding, notes=(*encoding.notes, note)), tick, strict=False)
    return _with_bad_bytes(found) if encoding.lossy else found


def _is_unclosed(fault: csv.Error) -> bool:
    return "unexpected end" in str(fault) or "field larger" in str(fault)


def _unclosed() -> InputError:
    return InputError(N_("有一个引号没有闭合,后面的行都混成了一格:请改正引号后再传,或确认文件传输完整。"))


def _encoding(data: bytes, tick: Tick) -> _Encoding:
    for bom, name in _BOMS:
        if data.startswith(bom):
            found = _Encoding(name, len(bom))
            return replace(found, lossy=not _decodes(data, found, tick))
    if b"\0" in data:
        raise InputError(N_("文件不是文本表格:请确认选对了文件;若是 CSV,请用 UTF-8 编码另存。"))
    said = message(N_("文件不是 UTF-8 编码,按 GBK 读"))
    note = ("encoding_guessed", said, message(N_("若中文成了乱码,请用“CSV UTF-8”格式另存后再传")))
    for name, notes in (("utf-8", ()), ("gb18030", (note,))):
        for lossy in (False, True):
            found = _Encoding(name, 0, lossy, notes)
            if _share_of_bad(data, found, tick) <= _MOST_BAD if lossy else _decodes(data, found, tick):
                return found
    raise InputError(N_("文件不是文本表格,或用了不认识的编码:请在 Excel 里另存为 xlsx 或“CSV UTF-8”。"))


def _decodes(data: bytes, encoding: _Encoding, tick: Tick) -> bool:
    try:
        for _ in _texts(data, encoding, lambda _: tick(0.0)):
            pass
    except UnicodeDecodeError:
        return False
    return True


def _share_of_bad(data: bytes, encoding: _Encoding, tick: Tick) -> float:
    bad = beyond = 0
    for text in _texts(data, encoding, lambda _: tick(0.0)):
        bad += text.count(_BAD)
        beyond += len(text) - len(text.encode("ascii", "ignore"))
    return bad / max(beyond, 1)


def _texts(data: bytes, encoding: _Encoding, tick: Tick) -> Iterator[str]:
    """The text in pieces, so that what is made of one is small and others are answered in between.

    Raises:
        UnicodeDecodeError: the data are not in that encoding, and it is not ``lossy``.
    """
    decoder = codecs.getincrementaldecoder(encoding.name)("replace" if encoding.lossy else "strict")
    whole = memoryview(data)
    for start in range(encoding.skip, len(data), _PIECE):
        tick(start / len(data))
        yield decoder.decode(whole[start : start + _PIECE], start + _PIECE >= len(data))


def _in_lines(texts: Iterable[str]) -> Iterator[str]:
    """The same text in pieces of whole lines."""
    begun: list[str] = []
    for text in texts:
        # A line may end in a carriage return alone; at the end of a piece it may be half of a line's end.
        end = text.rfind("\n") + 1 or text.rfind("\r", 0, -1) + 1
        if end:
            yield "".join((*begun, text[:end]))
            begun = []
        begun.append(text[end:])
    if rest := "".join(begun):
        yield rest


def _table(data: bytes, encoding: _Encoding, tick: Tick, *, strict: bool) -> Decoded:
    pieces = _in_lines(_texts(data, encoding, tick))
    first = next(pieces, "")
    start = _SEP_LINE.fullmatch(line[0]) if (line := _LINE.match(first, 0, 16)) else None
    separator = start[1] if start else _separator(first[:_SAMPLE])
    records = _Records(itertools.chain([first[start.end() :] if start else first], pieces), separator, strict)
    return tabular.decoded("csv", records.first(), encoding.notes, may_end_early=False, more=records.others)


def _separator(sample: str) -> str:
    """The one that cuts the most rows of the sample to one width."""
    lines = sample.splitlines(keepends=True)
    whole = lines[:-1] if len(lines) > 1 and len(sample) == _SAMPLE else lines

    def rows_of_one_width(separator: str) -> tuple[int, int]:
        widths = Counter(len(row) for row in csv.reader(whole, delimiter=separator))
        width, rows = max(((w, n) for w, n in widths.items() if w > 1), key=lambda found: found[::-1], default=(0, 0))
        return rows, width

    return max(_SEPARATORS, key=rows_of_one_width)


def _bare(cell: str) -> str:
    """A cell without the apostrophe that keeps spreadsheets from running it: our own exports have it, among others."""
    return _GUARDED.sub(r"\1", cell) if cell.startswith(_APOSTROPHE) else cell


class _Records:
    """The records of a text that comes in pieces of whole lines. Those of the first one, which has the header, are
    read one by one; each other piece at once, unless there is a quotation mark in it or a record of another width.

    Raises:
        InputError, csv.Error: a quotation mark is not closed, or where none may be.
    """

    def __init__(self, pieces: Iterator[str], separator: str, strict: bool) -> None:
        self._pieces, self._separator, self._strict = pieces, separator, strict
        self._blank = separator + " \t\r\n"
        self._done = 0  # records, blank ones too

    def first(self) -> Iterator[tabular.Row]:
        """Those of the first pieces, as many as a header is looked for in."""
        filled = 0
        while filled < tabular.HEAD_ROWS and (text := next(self._pieces, "")):
            for number, cells in self._exactly(text):
                filled += any(cells)
                yield number, cells

    def others(self, width: int) -> Iterator[tabular.Block | Iterator[tabular.Row]]:
        """The rest, of a table that is so wide."""
        for text in self._pieces:
            columns = self._at_once(text, width)
            if columns is None:
                yield self._exactly(text)
            else:
                yield tabular.Block(self._done + 1, columns)
                self._done += len(columns[0])

    def _exactly(self, text: str) -> Iterator[tabular.Row]:
        if not text.strip(self._blank):
            self._done += len(text.splitlines())
            return
        lines = _Lines(text, self._pieces, self._separator)
        reader = csv.reader(lines, delimiter=self._separator, strict=self._strict)
        while lines.left:
            before = reader.line_num
            cells = next(reader)
            self._done += 1
            yield self._done, [_bare(cell) if cell and not cell.isspace() else None for cell in cells]
        # Without strictness an unclosed quote ends with the file: the last record has then swallowed many lines.
        if lines.ended and reader.line_num - before > 1 and not self._strict:
            raise _unclosed()

    def _at_once(self, text: str, width: int) -> list[pa.Array] | None:
        """The columns by Arrow's parser, which lets other threads run; None where it might see other records."""
        if _QUOTE in text or not self._separator.isascii() or text.count("\r") != text.count("\r\n"):
            return None
        raw = text.encode()
        names = [str(number) for number in range(width)]
        try:
            table = arrow_csv.read_csv(
                pa.BufferReader(raw),
                arrow_csv.ReadOptions(use_threads=False, block_size=len(raw) + 1, column_names=names),
                arrow_csv.ParseOptions(delimiter=self._separator, quote_char=False),
                arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, TEXT)),
            )
        except (pa.ArrowInvalid, ValueError):
            return None
        if len(table) != raw.count(b"\n") + (not raw.endswith(b"\n")):  # blank lines are records of their own
            return None
        columns = [_without_blanks(column.combine_chunks()) for column in table.columns]
        if _APOSTROPHE in text:
            columns = [pc.replace_substring_regex(column, _GUARDED.pattern, r"\1") for column in columns]
        empty = [np.asarray(column.is_null()) for column in columns]
        return None if np.logical_and.reduce(empty).any() else columns


class _Lines:
    """The lines of a text for the csv module, with their ends; where a cell goes on behind it, those of the pieces that
    follow. ``left`` tells whether there are more in the piece that it has come to, ``ended`` whether all are through.

    Raises:
        InputError: a line has more cells than any table may have.
    """

    def __init__(self, text: str, pieces: Iterator[str], separator: str) -> None:
        self._pieces, self._separator = pieces, separator
        self._lines = _LINE.finditer(text)
        self._ahead = next(self._lines, None)
        self.ended = False

    @property
    def left(self) -> bool:
        return self._ahead is not None

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._ahead is None:
            text = next(self._pieces, "")
            self.ended = not text
            self._lines = _LINE.finditer(text)
        line = self._ahead or next(self._lines)
        self._ahead = next(self._lines, None)
        found = line[0]
        if len(found) > _LONG and found.count(self._separator) > limits.MAX_COLUMNS * tabular.HEAD_ROWS:
            raise flaws.too_many_cells()
        return found


def _without_blanks(cells: pa.Array) -> pa.Array:
    """Cells with nothing but blanks as null."""
    blank = pc.or_(pc.equal(cells, ""), pc.utf8_is_space(cells))
    return pc.if_else(blank, pa.scalar(None, TEXT), cells) if pc.any(blank).as_py() else cells


def _with_bad_bytes(found: Decoded) -> Decoded:
    rows = sorted({i for values in found.columns.values() for i in _bad(values)})
    told = [Flaw(index, *flaws.bad_bytes()) for index in rows]
    return replace(found, flaws=sorted((*found.flaws, *told), key=lambda flaw: flaw.index))


def _bad(values: Sequence[Any]) -> Iterator[int]:
    return (index for index, value in enumerate(values) if value is not None and _BAD in value)
