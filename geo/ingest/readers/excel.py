"""Excel workbooks: the values as they were last saved, sheet by sheet."""

from __future__ import annotations

import datetime
import itertools
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import RLock
from typing import Any

import openpyxl
from openpyxl.cell.cell import ERROR_CODES

from geo.errors import InputError
from geo.i18n import N_, message
from geo.ingest.progress import Stream, Tick, silent
from geo.ingest.readers import archives, flaws, limits, tabular, xmlguard
from geo.ingest.readers.flaws import Note
from geo.ingest.readers.tabular import Unread
from geo.ingest.rows import Decoded

_ERRORS = frozenset(ERROR_CODES) | {"#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#BUSY!", "#UNKNOWN!"}
_MIDNIGHT = datetime.time()
_MOST_EXACT = 2**53
_FORMULA = re.compile(rb"<(\w+:)?f[\s/>]")
_WARNINGS = RLock()  # the filters of warnings belong to the whole process


def tables(data: bytes) -> tuple[str, ...]:
    """The sheets to choose from, those in sight first; () where there is only one."""
    _check_parts(data)
    with _workbook(data) as book:
        names = _names(book)
    return names if len(names) > 1 else ()


def read(data: bytes, table: str = "", tick: Tick = silent) -> Decoded:
    """The sheet ``table``, else the first one that is not empty.

    Raises:
        InputError: damaged, no such sheet, nothing in it, or too large.
    """
    formulas = _check_parts(data)
    with _workbook(data, tick) as book:
        names = _names(book)
        if not names:
            raise InputError(N_("工作簿里没有工作表:请确认选对了文件。"))
        chosen = _named(table, names) if table else _first_filled(book, names)
        notes = [flaws.table_chosen(chosen, names)] if not table and len(names) > 1 else []
        if not formulas:
            return _sheet(_numbered(book[chosen], notes), notes)
        with _workbook(data, values=False) as twin:
            return _sheet(_beside_formulas(_numbered(book[chosen], notes), twin[chosen]), notes)


def _sheet(rows: Iterator[tabular.Row], notes: list[Note]) -> Decoded:
    found = tabular.decoded("xlsx", rows, (), may_end_early=True)
    # Only now do the notes hold what the rows told on the way.
    return Decoded(found.format, found.columns, found.numbers, flaws=found.flaws, notes=(*notes, *found.notes))


def _check_parts(data: bytes) -> bool:
    """Refuses document types in any part, under whatever name; says whether a sheet has formulas."""
    formulas = False
    with archives.opened(data) as archive:
        for name, member in archives.members(archive):
            xmlguard.root_of(archives.chunks(archive, member))
            if not formulas and name.startswith("xl/worksheets/"):
                formulas = _FORMULA.search(archives.content(archive, member)) is not None
    return formulas


@contextmanager
def _workbook(data: bytes, tick: Tick = silent, *, values: bool = True) -> Iterator[Any]:
    # openpyxl warns, on opening and row by row, of what it leaves out (styles, validations): nothing that is read here.
    with _WARNINGS, warnings.catch_warnings(action="ignore"):
        book = openpyxl.load_workbook(Stream(data, tick), read_only=True, data_only=values, keep_links=False)
        try:
            yield book
        finally:
            book.close()


def _names(book: Any) -> tuple[str, ...]:
    sheets = sorted(book.worksheets, key=lambda sheet: sheet.sheet_state != "visible")
    return tuple(sheet.title for sheet in sheets)


def _named(table: str, names: Sequence[str]) -> str:
    if table not in names:
        raise flaws.no_such_table(table, names)
    return table


def _first_filled(book: Any, names: Sequence[str]) -> str:
    def filled(name: str) -> bool:
        return any(any(cell is not None for cell in cells) for _, cells in _numbered(book[name], []))

    return next((name for name in names if filled(name)), names[0])


def _numbered(sheet: Any, notes: list[Note]) -> Iterator[tabular.Row]:
    """The rows with their numbers, until a long run of blank ones, which is told in ``notes``."""
    # What a sheet says of its own size is often wrong, and would widen every row to it.
    sheet.reset_dimensions()
    blank = cells_seen = 0
    for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        cells_seen += len(cells)
        if cells_seen > limits.MAX_CELLS:
            raise flaws.too_many_cells()
        values = [_plain(cell) for cell in cells]
        blank = 0 if any(value is not None for value in values) else blank + 1
        if blank > limits.MAX_BLANK_ROWS:
            said = message(N_("第 {row} 行起有 {n} 行以上是空的,再往下没有读"), row=number - blank + 1, n=blank - 1)
            notes.append(("blank_tail", said, message(N_("若下面还有数据,请删去中间的空行"))))
            return
        yield number, values


def _plain(value: Any) -> Any:
    """A cell as text, number, truth or None; dates as ISO text, and Excel's error values as unread."""
    kind = type(value)
    if kind is str:
        if value[:1] == "#" and value in _ERRORS:
            return Unread("cell_error", value)
        return value if value and not value.isspace() else None
    if kind is float:
        return int(value) if value.is_integer() and abs(value) < _MOST_EXACT else value
    if value is None or kind is int or kind is bool:
        return value
    if kind is datetime.datetime:
        return value.date().isoformat() if value.time() == _MIDNIGHT else value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else str(value)


def _beside_formulas(rows: Iterator[tabular.Row], twin: Any) -> Iterator[tabular.Row]:
    """The rows with every cell whose formula was saved without its result marked."""
    twin.reset_dimensions()
    for (number, values), formulas in zip(rows, twin.iter_rows(values_only=True), strict=False):
        if None not in values and len(values) == len(formulas):
            yield number, values
        else:
            pairs = itertools.zip_longest(values, formulas)
            yield number, [_marked(value, formula) for value, formula in pairs]


def _marked(value: Any, formula: Any) -> Any:
    if value is not None or formula is None or isinstance(formula, bool | int | float):
        return value
    # Array formulas are objects, plain ones text.
    is_formula = not isinstance(formula, str) or formula.startswith("=")
    return Unread("formula_without_value", str(formula)) if is_formula else None
