"""Rows as CSV and XLSX in which no text from a file can run as a formula."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

Value = str | int | float | bool | None

# What makes a spreadsheet read text as a formula (OWASP, "CSV Injection"), the full-width forms included.
_TRIGGERS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
_UNWRITABLE = re.compile(f"{ILLEGAL_CHARACTERS_RE.pattern}|[\ud800-\udfff\ufffe\uffff]")
_MOST_CHARACTERS = 32_767  # an XLSX cell holds no more
_MARK = "'"
_HEAD_FILL = PatternFill("solid", fgColor="E8EEF2")
_WIDEST = 48  # characters
_NARROWEST = 8


@dataclass(frozen=True)
class Grid:
    """A table to write: one heading per column; missing figures are None or nan."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


def clean(text: str) -> str:
    """``text`` without what neither UTF-8 nor XML can hold: lone surrogates and control characters become "�"."""
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def runs(text: str) -> bool:
    """Whether a spreadsheet could read ``text`` as a formula, blanks in front of it or not."""
    return text.startswith(_TRIGGERS) or text.lstrip().startswith(_TRIGGERS)


def guarded(text: str) -> str:
    """``text`` for CSV, with an apostrophe before what could run.

    >>> guarded("=1+1"), guarded("a=b")
    ("'=1+1", 'a=b')
    """
    tidy = clean(text)
    return _MARK + tidy if runs(tidy) else tidy


def to_csv(grid: Grid) -> bytes:
    """UTF-8 with a byte-order mark, which is how Excel knows Chinese text."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([guarded(heading) for heading in grid.headings])
    writer.writerows([_plain(value) for value in row] for row in grid.rows)
    return out.getvalue().encode("utf-8-sig")


def _plain(value: Value) -> str | int | float | None:
    if isinstance(value, str):
        return guarded(value)
    return None if isinstance(value, float) and math.isnan(value) else value


def to_xlsx(grids: Iterable[Grid]) -> bytes:
    """A workbook with one sheet per grid."""
    book = new_workbook()
    for grid in grids:
        write_grid(add_sheet(book, grid.title), grid, 1)
    return workbook_bytes(book)


def new_workbook() -> Workbook:
    """A workbook without sheets."""
    book = Workbook()
    for sheet in book.worksheets:
        book.remove(sheet)
    return book


def add_sheet(book: Workbook, title: str) -> Worksheet:
    sheet: Worksheet = book.create_sheet(title[:31])  # Excel's limit
    return sheet


def workbook_bytes(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def put(sheet: Worksheet, row: int, column: int, value: Value) -> Cell:
    """Writes one cell (1-based). Text stays text: typed as string, and marked where it could be read as a formula."""
    cell = sheet.cell(row, column)
    if not isinstance(cell, Cell):  # the covered part of a merged cell holds nothing
        raise TypeError(f"cell {row}, {column} is merged into another")
    if isinstance(value, str):
        tidy = clean(value)[:_MOST_CHARACTERS]
        cell.value = tidy
        cell.data_type = "s"  # openpyxl takes a leading "=" for a formula and "#N/A" for an error
        cell.quotePrefix = runs(tidy)
    elif value is not None and not (isinstance(value, float) and math.isnan(value)):
        cell.value = value
        cell.number_format = "#,##0.0" if isinstance(value, float) else "General"
    return cell


def write_grid(sheet: Worksheet, grid: Grid, top: int) -> None:
    """Writes ``grid`` with its headings in row ``top``, frozen, with columns as wide as their text."""
    for column, heading in enumerate(grid.headings, 1):
        cell = put(sheet, top, column, heading)
        cell.font = Font(bold=True)
        cell.fill = _HEAD_FILL
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        values = (row[column - 1] for row in grid.rows)
        sheet.column_dimensions[get_column_letter(column)].width = _width(heading, values)
    for place, row in enumerate(grid.rows, top + 1):
        for column, value in enumerate(row, 1):
            put(sheet, place, column, value)
    sheet.freeze_panes = f"A{top + 1}"


def _width(heading: str, values: Iterable[Any]) -> float:
    longest = max([half_widths(heading), *(half_widths(value) if isinstance(value, str) else 9 for value in values)])
    return float(min(max(longest + 2, _NARROWEST), _WIDEST))


def half_widths(text: str) -> int:
    """How wide ``text`` is in half-width characters, up to the widest column: a CJK character takes two."""
    return sum(2 if character > "\u2e7f" else 1 for character in text[:_WIDEST])
