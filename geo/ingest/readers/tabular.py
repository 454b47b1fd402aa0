"""Rows of cells to columns: finds the header under title rows, names every column once, and tells ragged rows."""

from __future__ import annotations

import datetime
import functools
import itertools
import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
from openpyxl.utils import get_column_letter

from geo.errors import InputError
from geo.i18n import N_, Message, message
from geo.ingest.column import Column
from geo.ingest.readers import flaws, limits
from geo.ingest.readers.flaws import Note
from geo.ingest.rows import Decoded, Flaw

Row = tuple[int, Sequence[Any]]  # its number in the sheet from 1, and its cells, None where empty

HEAD_ROWS = 50  # among which the header is looked for
_BLOCK = 1024
_LONGEST_LABEL = 80
_MOST_WORDS = 0.1  # of the cells of a block: what has fewer words repeats itself
_DECIMAL = re.compile(r"[-+]?\d{1,3}\.\d+")
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")
_UNSEEN = str.maketrans("", "", "\ufeff\u200b\u200c\u200d")


@dataclass(frozen=True)
class Block:
    """Rows of cells, as many as there are columns, that were read at once."""

    first: int  # the number of its first row
    columns: Sequence[pa.Array]  # texts, null where empty; no row is blank


@dataclass(frozen=True, slots=True)
class Unread:
    """A cell that has no value although something stands in it."""

    code: Literal["cell_error", "formula_without_value"]
    text: str


@dataclass(frozen=True)
class _Header:
    """Which of the first rows name the columns. ``names`` has None where nothing stands above a column."""

    names: tuple[str | None, ...]
    data_from: int  # index, among the first rows, of the first one with data
    notes: tuple[Note, ...] = ()


@dataclass
class _Columns:
    """What has been read so far, column by column."""

    header: _Header
    may_end_early: bool  # rows of a spreadsheet leave out their last empty cells
    pieces: list[list[Column]] = field(init=False)
    numbers: array[int] = field(default_factory=lambda: array("q"))
    flaws: list[Flaw] = field(default_factory=list)
    texts: set[int] = field(default_factory=set)  # columns that do not repeat themselves

    def __post_init__(self) -> None:
        self.pieces = [[] for _ in self.header.names]

    def add(self, block: Sequence[Row]) -> None:
        """Takes rows in, cut or filled to the width of the header."""
        first, width = len(self.numbers), len(self.pieces)
        self._make_room(len(block))
        for index, (_, cells) in enumerate(block, first):
            if len(cells) != width:
                self._tell_ragged(index, cells, width)
        level = (
            cells if len(cells) == width else [*cells[:width], *[None] * (width - len(cells))] for _, cells in block
        )
        for column, values in enumerate(zip(*level, strict=True)):
            self.pieces[column].append(Column.of(self._settled(column, first, values)))
        self.numbers.extend(number for number, _ in block)

    def take(self, block: Block) -> None:
        """Takes rows in that were read at once."""
        count = len(block.columns[0])
        self._make_room(count)
        for column, cells in enumerate(block.columns):
            self.pieces[column].append(Column(pa.chunked_array([self._shortened(column, cells)])))
        self.numbers.extend(range(block.first, block.first + count))

    def _shortened(self, column: int, cells: pa.Array) -> pa.Array:
        """Texts that are few words again and again by number."""
        if column in self.texts:
            return cells
        words = cells.dictionary_encode()
        if len(words.dictionary) <= _MOST_WORDS * len(cells):
            return words
        self.texts.add(column)
        return cells

    def _make_room(self, count: int) -> None:
        rows = len(self.numbers) + count
        if rows > limits.MAX_ROWS:
            raise flaws.too_many_rows()
        if rows * len(self.pieces) > limits.MAX_CELLS:
            raise flaws.too_many_cells()

    def _tell_ragged(self, index: int, cells: Sequence[Any], width: int) -> None:
        beyond = [str(cell) for cell in cells[width:] if cell is not None]
        if beyond:
            said = message(N_("比表头多出 {n} 格:{cells}"), n=len(beyond), cells=flaws.listed(beyond, 3))
        elif len(cells) < width and not self.may_end_early:
            said = _fewer(width - len(cells))
        else:
            return
        self.flaws.append(Flaw(index, "ragged_row", said, _RAGGED))

    def _settled(self, column: int, first: int, values: Sequence[Any]) -> Sequence[Any]:
        """The cells with what has no value told."""
        if Unread in set(map(type, values)):
            return [self._tell_unread(column, index, value) for index, value in enumerate(values, first)]
        return values

    def _tell_unread(self, column: int, index: int, value: Any) -> Any:
        if not isinstance(value, Unread):
            return value
        where = self.header.names[column] or get_column_letter(column + 1)
        if value.code == "cell_error":
            said = message(N_("“{column}”一格是错误值 {text}"), column=where, text=value.text)
            fix = message(N_("会当作空格;请在 Excel 里改正公式或直接填写"))
        else:
            said = message(N_("“{column}”一格是公式,没有存下结果"), column=where)
            fix = message(N_("请用 Excel 打开、保存一次,或把公式粘贴为数值"))
        self.flaws.append(Flaw(index, value.code, said, fix))
        return None


_RAGGED = message(N_("请核对这一行是否错了位;含分隔符的内容要用引号括起"))


@functools.cache  # a file may have a million such rows
def _fewer(n: int) -> Message:
    return message(N_("比表头少 {n} 格"), n=n)


def decoded(
    format: str,
    rows: Iterable[Row],
    notes: Sequence[Note],
    *,
    may_end_early: bool,
    more: Callable[[int], Iterable[Block | Iterable[Row]]] = lambda _: (),
) -> Decoded:
    """The table in ``rows`` and in what ``more`` gives after them, which is told the width of the header. Blank rows
    count in the numbering but are left out.

    Raises:
        InputError: nothing but blank rows, a header without rows, or more cells than the limits allow.
    """
    filled = _filled(rows)
    head = list(itertools.islice(filled, HEAD_ROWS))
    if not head:
        raise InputError(N_("表里什么也没有:请确认选对了文件和工作表。"))
    header = _find_header(head)
    columns = _Columns(header, may_end_early)
    for part in itertools.chain([itertools.chain(head[header.data_from :], filled)], more(len(header.names))):
        if isinstance(part, Block):
            columns.take(part)
        else:
            rest = _filled(part)
            while block := list(itertools.islice(rest, _BLOCK)):
                columns.add(block)
    if not columns.numbers:
        raise InputError(N_("只有表头,没有数据:请从表头的下一行起填写。"))
    found, renamed = _named(columns)
    flaws_found = sorted(columns.flaws, key=lambda flaw: flaw.index)
    told = (*notes, *header.notes, *renamed)
    return Decoded(format, found, np.frombuffer(columns.numbers, dtype=np.int64), flaws=flaws_found, notes=told)


def _filled(rows: Iterable[Row]) -> Iterator[Row]:
    return (row for row in rows if any(cell is not None for cell in row[1]))


def _find_header(head: Sequence[Row]) -> _Header:
    """The first row that is wide enough to be no title, if it reads as names and not as data."""
    width = max(map(_count, (cells for _, cells in head)))
    at = next(i for i, (_, cells) in enumerate(head) if _count(cells) * 2 > width)
    cells = head[at][1]
    skipped = _titles(head[:at])
    if not _reads_as_names(cells):
        widest = max(len(cells) for _, cells in head)
        said = message(N_("没有找到表头:第 {row} 行像是数据,各列暂以字母为名"), row=head[at][0])
        note = ("no_header", said, message(N_("请在数据上面加一行列名,例如“名称、经度、纬度”")))
        return _Header((None,) * _checked_width(widest), at, (*skipped, note))
    joined = _joined(head, at)
    if joined is not None:
        said = message(N_("表头有两行,以下面一行的列名为准"))
        note = ("headers_joined", said, message(N_("若列名不对,请改成一行表头、不合并单元格")))
        return _Header(joined, at + 2, (*skipped, note))
    _checked_width(len(cells))
    return _Header(tuple(map(_label, cells)), at + 1, skipped)


def _checked_width(width: int) -> int:
    if width > limits.MAX_COLUMNS:
        text = N_("表有 {n} 列,太宽:请只留下要上传的列(最多 {most} 列)。")
        raise InputError(message(text, n=width, most=limits.MAX_COLUMNS))
    return width


def _count(cells: Sequence[Any]) -> int:
    return sum(cell is not None for cell in cells)


def _titles(above: Sequence[Row]) -> tuple[Note, ...]:
    if not above:
        return ()
    said = message(N_("表头上面有 {n} 行标题,没有当作数据"), n=len(above))
    return (("title_skipped", said, message(N_("不用改;若其中有数据,请移到表头下面"))),)


def _reads_as_names(cells: Sequence[Any]) -> bool:
    """Whether most cells are words, and none is a number with decimals, as coordinates are."""
    filled = [cell for cell in cells if cell is not None]
    if any(isinstance(cell, float) or _DECIMAL.fullmatch(str(cell).strip()) for cell in filled):
        return False
    return sum(map(_is_word, filled)) * 2 > len(filled)


def _is_word(cell: Any) -> bool:
    return isinstance(cell, str) and len(cell) <= _LONGEST_LABEL and not _NUMBER.fullmatch(cell.strip())


def _joined(head: Sequence[Row], at: int) -> tuple[str | None, ...] | None:
    """The names of a header in two rows, as merged cells make it: what stands under a group is filled below it, all
    else is empty below. None where the next row is not of that kind."""
    if at + 1 >= len(head) or head[at + 1][0] != head[at][0] + 1:
        return None
    width = _checked_width(max(len(head[at][1]), len(head[at + 1][1])))
    upper, lower = ([*cells, *[None] * (width - len(cells))] for _, cells in head[at : at + 2])
    gaps = {i for i, cell in enumerate(upper) if cell is None}
    grouped = gaps | {i - 1 for i in gaps if i - 1 not in gaps}
    below = {i for i, cell in enumerate(lower) if cell is not None}
    if not gaps or below != grouped or not all(_is_word(lower[i]) for i in below):
        return None
    return tuple(_label(lower[i]) or _label(upper[i]) for i in range(width))


def _label(cell: Any) -> str | None:
    if cell is None:
        return None
    if isinstance(cell, Unread):
        cell = cell.text
    elif isinstance(cell, datetime.date):
        cell = cell.isoformat()
    return " ".join(str(cell).translate(_UNSEEN).split()) or None


def _named(columns: _Columns) -> tuple[dict[str, Column], tuple[Note, ...]]:
    """Every column under a name of its own; one without name and without values is left out."""
    names = columns.header.names
    kept = [i for i, name in enumerate(names) if name or any(piece.filled() for piece in columns.pieces[i])]
    taken = {name for name in names if name}
    seen: set[str] = set()
    found: dict[str, Column] = {}
    changed: list[str] = []
    for i in kept:
        name = names[i] or f"列{get_column_letter(i + 1)}"
        if name in seen or (not names[i] and name in taken):
            name = next(new for n in itertools.count(2) if (new := f"{name} ({n})") not in taken | seen)
        if name != names[i]:
            changed.append(name)
        seen.add(name)
        found[name], columns.pieces[i] = Column.joined(columns.pieces[i]), []
    if not changed or all(name is None for name in names):
        return found, ()
    said = message(N_("有 {n} 列的列名空着或重复,改称:{names}"), n=len(changed), names=flaws.listed(changed))
    return found, (("header_renamed", said, message(N_("请给每一列写一个不重复的列名"))),)
