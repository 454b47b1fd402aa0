"""Workbooks made by openpyxl, and the things that people do to them."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import openpyxl
import pytest
from openpyxl.styles import Font

from geo.errors import InputError
from geo.ingest import readers
from geo.ingest.rows import Decoded

HEADER = ["名称", "阶段", "经度", "纬度", "示范年份"]
ROWS = [["柳市孵化器", "初创", 120.9, 28.05, 2025], ["虹桥加速器", "加速", 121.02, 28.2, None]]


def saved(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def workbook(*sheets: tuple[str, Sequence[Sequence[Any]]]) -> Any:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    return book


def edited(data: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with one part changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return out.getvalue()


def codes(found: Decoded) -> list[str]:
    return [code for code, _, _ in found.notes]


def test_values_keep_their_kinds() -> None:
    found = readers.read(saved(workbook(("基地", [HEADER, *ROWS]))), "基地.xlsx")
    assert found.format == "xlsx"
    assert found.columns == {name: [row[i] for row in ROWS] for i, name in enumerate(HEADER)}
    assert [type(value) for value in found.columns["示范年份"]] == [int, type(None)]
    assert found.numbers.tolist() == [2, 3]
    assert (found.flaws, found.notes, found.shapes) == ([], (), None)


def test_the_name_of_the_file_does_not_matter() -> None:
    assert len(readers.read(saved(workbook(("基地", [HEADER, *ROWS]))), "基地.csv")) == 2


def test_whole_numbers_dates_times_and_truths() -> None:
    row = [
        2023.0,
        1.5,
        datetime.date(2024, 5, 1),
        datetime.datetime(2024, 5, 1, 8, 30),
        datetime.time(9, 5),
        True,
        "  ",
    ]
    found = readers.read(saved(workbook(("s", [list("甲乙丙丁戊己庚"), row]))), "a.xlsx")
    assert [values[0] for values in found.columns.values()] == [
        2023, 1.5, "2024-05-01", "2024-05-01T08:30:00", "09:05:00", True, None,
    ]  # fmt: skip
    assert type(found.columns["甲"][0]) is int


def test_error_values_become_gaps_and_are_told() -> None:
    rows = [HEADER, ["甲", "#N/A", 120, 28, "#REF!"], ["乙", "#名", 120, 28, None]]
    found = readers.read(saved(workbook(("s", rows))), "a.xlsx")
    assert found.columns["阶段"] == [None, "#名"]
    assert [(flaw.index, flaw.code) for flaw in found.flaws] == [(0, "cell_error"), (0, "cell_error")]
    assert str(found.flaws[0].message) == "“阶段”一格是错误值 #N/A"


def test_formulas_without_saved_results_are_told() -> None:
    rows = [HEADER, ["甲", "初创", "=60+60", 28, 2025], ["乙", "初创", 121, 28, 2025]]
    found = readers.read(saved(workbook(("s", rows))), "a.xlsx")
    assert found.columns["经度"] == [None, 121]
    assert [(flaw.index, flaw.code) for flaw in found.flaws] == [(0, "formula_without_value")]


def test_formulas_with_saved_results_are_values() -> None:
    data = saved(workbook(("s", [HEADER, ["甲", "初创", "=60+60", 28, 2025]])))
    data = edited(
        data,
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b"<v />", b"<v>120</v>").replace(b"<v></v>", b"<v>120</v>"),
    )
    found = readers.read(data, "a.xlsx")
    assert found.columns["经度"] == [120]
    assert found.flaws == []


def test_merged_titles_above_the_header() -> None:
    book = workbook(("s", [["附件1"], ["乐清市孵化基地一览表"], [], HEADER, *ROWS]))
    book["s"].merge_cells("A2:E2")
    found = readers.read(saved(book), "a.xlsx")
    assert list(found.columns) == HEADER
    assert found.numbers.tolist() == [5, 6]
    assert codes(found) == ["title_skipped"]


def test_a_merged_header_in_two_rows() -> None:
    book = workbook(("s", [["名称", "位置", None, "备注"], [None, "经度", "纬度"], ["甲", 120.9, 28.1, "新"]]))
    for cells in ("A1:A2", "B1:C1", "D1:D2"):
        book["s"].merge_cells(cells)
    found = readers.read(saved(book), "a.xlsx")
    assert found.columns == {"名称": ["甲"], "经度": [120.9], "纬度": [28.1], "备注": ["新"]}


def test_a_table_that_starts_lower_and_further_right() -> None:
    book = workbook(("s", []))
    for r, row in enumerate([HEADER, *ROWS], 5):
        for c, value in enumerate(row, 3):
            book["s"].cell(r, c, value)
    found = readers.read(saved(book), "a.xlsx")
    assert list(found.columns) == HEADER
    assert found.numbers.tolist() == [6, 7]


def test_a_remark_beside_the_table_is_told() -> None:
    found = readers.read(saved(workbook(("s", [HEADER, [*ROWS[0], None, "待核"], ROWS[1]]))), "a.xlsx")
    assert [(flaw.index, flaw.code) for flaw in found.flaws] == [(0, "ragged_row")]
    assert "待核" in str(found.flaws[0].message)


def test_the_sheet_is_chosen_or_the_first_filled_one_in_sight() -> None:
    book = workbook(
        ("旧表", [HEADER, *ROWS]), ("空表", []), ("基地", [HEADER, ROWS[0]]), ("配套", [["名称"], ["学校"]])
    )
    book["旧表"].sheet_state = "hidden"
    book.active = 1
    data = saved(book)
    assert readers.tables(data, "a.xlsx") == ("空表", "基地", "配套", "旧表")
    found = readers.read(data, "a.xlsx")
    assert found.columns["名称"] == ["柳市孵化器"]
    assert codes(found) == ["table_chosen"]
    assert "“基地”" in str(found.notes[0][1])
    named = readers.read(data, "a.xlsx", "配套")
    assert (named.columns, named.notes) == ({"名称": ["学校"]}, ())
    with pytest.raises(InputError, match="没有名为“规划”"):
        readers.read(data, "a.xlsx", "规划")


def test_one_sheet_is_no_choice() -> None:
    assert readers.tables(saved(workbook(("s", [HEADER, *ROWS]))), "a.xlsx") == ()


def test_empty_sheets() -> None:
    with pytest.raises(InputError, match="什么也没有"):
        readers.read(saved(workbook(("s", []), ("t", []))), "a.xlsx")
    with pytest.raises(InputError, match="只有表头"):
        readers.read(saved(workbook(("s", [HEADER]))), "a.xlsx")


def test_a_million_styled_blank_rows_are_not_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    book = workbook(("s", [HEADER, *ROWS]))
    for row in range(4, 60):
        book["s"].cell(row, 1).font = Font(bold=True)
    book["s"].cell(80, 1, "远处")
    monkeypatch.setattr("geo.ingest.readers.limits.MAX_BLANK_ROWS", 50)
    found = readers.read(saved(book), "a.xlsx")
    assert len(found) == 2
    assert codes(found) == ["blank_tail"]
    assert str(found.notes[0][1]) == "第 4 行起有 50 行以上是空的,再往下没有读"


def test_a_row_number_out_of_this_world_ends_the_sheet() -> None:
    data = saved(workbook(("s", [HEADER, *ROWS])))
    data = edited(data, "xl/worksheets/sheet1.xml", lambda xml: re.sub(rb'<row r="3"', b'<row r="999999999999"', xml))
    found = readers.read(data, "a.xlsx")
    assert len(found) == 1
    assert codes(found) == ["blank_tail"]


def test_what_a_sheet_says_of_its_size_is_not_believed() -> None:
    data = saved(workbook(("s", [HEADER, *ROWS])))
    data = edited(data, "xl/worksheets/sheet1.xml", lambda xml: re.sub(rb'ref="A1:E3"', b'ref="A1:XFD1048576"', xml))
    assert len(readers.read(data, "a.xlsx")) == 2


def test_cells_far_to_the_right_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    book = workbook(("s", [HEADER, *ROWS]))
    for row in range(1, 12):
        book["s"].cell(row, 16_384).font = Font(bold=True)
    monkeypatch.setattr("geo.ingest.readers.limits.MAX_CELLS", 100_000)
    with pytest.raises(InputError, match="格子超过"):
        readers.read(saved(book), "a.xlsx")


def test_document_types_are_refused_in_every_part() -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    data = saved(workbook(("s", [HEADER, *ROWS])))
    for part in ("xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/workbook.xml", "[Content_Types].xml"):
        hostile = edited(data, part, lambda xml: bomb + re.sub(rb"^<\?xml[^>]*\?>\s*", b"", xml))
        with pytest.raises(InputError, match="DOCTYPE"):
            readers.read(hostile, "a.xlsx")
        with pytest.raises(InputError, match="DOCTYPE"):
            readers.tables(hostile, "a.xlsx")


def test_a_workbook_cut_in_half() -> None:
    data = saved(workbook(("s", [HEADER, *ROWS])))
    with pytest.raises(InputError, match="已损坏或不完整"):
        readers.read(data[: len(data) // 2], "a.xlsx")


def test_a_workbook_without_its_parts() -> None:
    data = saved(workbook(("s", [HEADER, *ROWS])))
    with pytest.raises(InputError, match="请重新导出"):
        readers.read(edited(data, "xl/workbook.xml", lambda _: b"<workbook"), "a.xlsx")


def test_shared_strings_are_read() -> None:
    """Excel keeps each text once, in a part of its own."""
    data = saved(workbook(("s", [["名称", "经度"], ["甲", 120.9]])))
    texts = "名称", "经度", "甲"
    shared = "".join(f"<si><t>{text}</t></si>" for text in texts)

    def refer(xml: bytes) -> bytes:
        for i, text in enumerate(texts):
            xml = re.sub(rf't="inlineStr"><is><t>{text}</t></is>'.encode(), f't="s"><v>{i}</v>'.encode(), xml)
        return xml

    data = edited(data, "xl/worksheets/sheet1.xml", refer)
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    named = b'<Override PartName="/xl/sharedStrings.xml" ContentType="' + kind + b'"/></Types>'
    data = edited(data, "[Content_Types].xml", lambda xml: xml.replace(b"</Types>", named))
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{main}">{shared}</sst>')
    assert readers.read(out.getvalue(), "a.xlsx").columns == {"名称": ["甲"], "经度": [120.9]}
