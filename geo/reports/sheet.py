"""The pass/fail sheet of one place as a workbook."""

from __future__ import annotations

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from geo.coverage import Check, CheckRow, Walk
from geo.i18n import N_, message, translate
from geo.model import Pack
from geo.reports.cells import Grid, Value, add_sheet, new_workbook, put, workbook_bytes, write_grid
from geo.reports.facts import Facts, fact_lines, sample_words
from geo.reports.tables import facts_grid

_GAP_FILL = PatternFill("solid", fgColor="FBE3CF")
_LINE = Side(style="thin", color="9AA5AD")
_PAPER_A4 = 9
_NOTE_ROWS = 4


def verdict(covered: bool, lang: str) -> str:
    """Pass or gap by shape and word."""
    return "✓ " + translate(lang, N_("达标")) if covered else "✗ " + translate(lang, N_("缺口"))


def conclusion(check: Check, pack: Pack, lang: str) -> str:
    """One sentence: how many categories pass, and which do not."""
    missing = [pack.category(row.category).label.text(lang) for row in check.rows if not row.covered]
    total = len(check.rows)
    if not missing:
        return translate(lang, N_("{total} 类配套全部达标。"), total=total)
    return translate(
        lang,
        N_("{total} 类配套中 {passed} 类达标,{n} 类有缺口:{missing}。"),
        total=total,
        passed=total - len(missing),
        n=len(missing),
        missing=translate(lang, N_("、")).join(missing),
    )


def sheet_xlsx(check: Check, pack: Pack, title: str, facts: Facts, lang: str) -> bytes:
    """The sheet, the facilities inside the largest ring, and how it was made: a workbook that prints on A4."""
    book = new_workbook()
    first = add_sheet(book, translate(lang, N_("核查表")))
    _verdicts(first, check, pack, title, facts, lang)
    inside = _inside(check, pack, lang)
    for grid in (inside, facts_grid(facts, lang)):
        write_grid(add_sheet(book, grid.title), grid, 1)
    for sheet in book.worksheets:
        _paper(sheet, portrait=sheet is not first)
    return workbook_bytes(book)


def walks_of(check: Check) -> tuple[Walk | None, ...]:
    """The walk beside each row; None each where none were asked for."""
    return check.walks.rows if check.walks else (None,) * len(check.rows)


def no_way(walk: Walk, lang: str) -> str:
    """Why there is no way on foot."""
    return translate(lang, N_("走不到:{why}"), why=message(walk.why))


def _walk_cells(walk: Walk | None, lang: str) -> tuple[Value, ...]:
    if walk is None:
        return ()
    return (no_way(walk, lang), None) if walk.why else (round(walk.metres, 1), round(walk.minutes, 1))


def _verdicts(sheet: Worksheet, check: Check, pack: Pack, title: str, facts: Facts, lang: str) -> None:
    lines = [title, conclusion(check, pack, lang)]
    lines += [sample_words(True, lang)] if check.sample else []
    lines += [" · ".join(f"{heading}: {text}" for heading, text in fact_lines(facts, lang))]
    for row, text in enumerate(lines, 1):
        put(sheet, row, 1, text)
    sheet.cell(1, 1).font = Font(bold=True, size=16)
    if check.sample:
        sheet.cell(3, 1).font = Font(bold=True, color="A4500A")
    top = len(lines) + 2
    grid = _grid(check, pack, lang)
    write_grid(sheet, grid, top)
    _mark_gaps(sheet, check, top, len(grid.headings))
    _signature(sheet, top + len(grid.rows) + 2, lang)


def _grid(check: Check, pack: Pack, lang: str) -> Grid:
    rings = (translate(lang, N_("{m} 米内"), m=f"{ring.radius_m:,.0f}") for ring in check.rings)
    headings = (
        translate(lang, N_("配套")),
        *rings,
        translate(lang, N_("标准(米)")),
        translate(lang, N_("最近(米)")),
        translate(lang, N_("最近设施")),
        *([translate(lang, N_("步行(米)")), translate(lang, N_("步行(分)"))] if check.walks else []),
        translate(lang, N_("结论")),
        translate(lang, N_("圈外最近")),
        translate(lang, N_("圈外最近(米)")),
        translate(lang, N_("依据")),
        translate(lang, N_("依据可信度")),
        translate(lang, N_("示例数据")),
    )
    rows = tuple(_cells(row, walk, pack, lang) for row, walk in zip(check.rows, walks_of(check), strict=True))
    return Grid(translate(lang, N_("核查表")), headings, rows)


def _cells(row: CheckRow, walk: Walk | None, pack: Pack, lang: str) -> tuple[Value, ...]:
    return (
        pack.category(row.category).label.text(lang),
        *row.counts,
        row.threshold_m,
        round(row.nearest_m, 1),
        row.nearest_name.text(lang),
        *_walk_cells(walk, lang),
        verdict(row.covered, lang),
        row.outside_name.text(lang),
        round(row.outside_m, 1),
        row.clause.text(lang),
        row.certainty.text(lang),
        translate(lang, N_("是") if row.sample else N_("否")),
    )


def _mark_gaps(sheet: Worksheet, check: Check, top: int, width: int) -> None:
    for place, row in enumerate(check.rows, top + 1):
        for column in range(1, width + 1):
            cell = sheet.cell(place, column)
            cell.border = Border(bottom=_LINE)
            if not row.covered:
                cell.fill = _GAP_FILL


def _signature(sheet: Worksheet, row: int, lang: str) -> None:
    put(sheet, row, 1, translate(lang, N_("备注")))
    sheet.merge_cells(start_row=row, start_column=2, end_row=row + _NOTE_ROWS - 1, end_column=8)
    sheet.cell(row, 2).alignment = Alignment(wrap_text=True, vertical="top")
    for place, word in enumerate((N_("核查人"), N_("审核人"), N_("日期"))):
        put(sheet, row + _NOTE_ROWS + 1, 1 + 3 * place, translate(lang, word))
        sheet.cell(row + _NOTE_ROWS + 1, 2 + 3 * place).border = Border(bottom=_LINE)


def _inside(check: Check, pack: Pack, lang: str) -> Grid:
    headings = (N_("编号"), N_("名称"), N_("配套"), N_("距离(米)"), N_("示例数据"))
    rows = tuple(
        (
            one.id,
            one.name.text(lang),
            pack.category(one.category).label.text(lang),
            round(one.distance_m, 1),
            translate(lang, N_("是") if one.sample else N_("否")),
        )
        for one in check.inside
    )
    return Grid(translate(lang, N_("圈内设施")), tuple(translate(lang, heading) for heading in headings), rows)


def _paper(sheet: Worksheet, *, portrait: bool) -> None:
    sheet.page_setup.paperSize = _PAPER_A4
    sheet.page_setup.orientation = "portrait" if portrait else "landscape"
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
