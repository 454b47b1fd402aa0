"""CSV as offices write it: encodings, separators, titles above the header, ragged rows."""

from __future__ import annotations

import csv
import io
import tracemalloc
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import InputError, StoppedError
from geo.ingest import readers
from geo.ingest.readers import delimited, tabular
from geo.ingest.rows import Decoded
from tests.ingest.making import tries

HEADER = ["名称", "阶段", "经度", "纬度"]
ROWS = [["柳市孵化器", "初创", "120.90", "28.05"], ["虹桥加速器", "加速", "121.02", "28.20"]]


def written(rows: Sequence[Sequence[Any]], encoding: str = "utf-8", **dialect: Any) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, **dialect).writerows(rows)
    return text.getvalue().encode(encoding)


def codes(found: Decoded) -> list[str]:
    return [code for code, _, _ in found.notes]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk", "gb18030"])
def test_every_encoding_gives_the_same_table(encoding: str) -> None:
    found = readers.read(written([HEADER, *ROWS], encoding), "基地.csv")
    assert found.format == "csv"
    assert found.columns == {name: [row[i] for row in ROWS] for i, name in enumerate(HEADER)}
    assert found.numbers.tolist() == [2, 3]
    assert found.shapes is None
    assert found.epsg is None
    assert codes(found) == (["encoding_guessed"] if encoding.startswith("gb") else [])


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends(separator: str, ending: str) -> None:
    found = readers.read(written([HEADER, *ROWS], delimiter=separator, lineterminator=ending), "基地.xls")
    assert found.columns["纬度"] == ["28.05", "28.20"]


def test_the_separator_is_not_led_astray_by_commas_in_the_text() -> None:
    rows = [["名称", "备注"], ["甲", "一,二,三"], ["乙", "四,五,六"]]
    found = readers.read(written(rows, delimiter="\t"), "a.tsv")
    assert found.columns == {"名称": ["甲", "乙"], "备注": ["一,二,三", "四,五,六"]}


def test_excels_own_line_about_the_separator() -> None:
    found = readers.read(b"sep=;\r\n" + written([HEADER, *ROWS], delimiter=";"), "a.csv")
    assert found.columns["名称"] == ["柳市孵化器", "虹桥加速器"]
    assert found.numbers.tolist() == [2, 3]


def test_quoted_line_ends_and_blank_lines_keep_the_numbers_of_a_spreadsheet() -> None:
    rows = [HEADER, ["甲\n孵化器", "初创", "120", "28"], [], ["", "", "", ""], ["乙", "加速", "121", "28"]]
    found = readers.read(written(rows), "a.csv")
    assert found.columns["名称"] == ["甲\n孵化器", "乙"]
    assert found.numbers.tolist() == [2, 5]
    assert found.flaws == []


def test_titles_above_the_header() -> None:
    rows = [["附件1 乐清市孵化基地一览表", "", "", ""], ["填报单位:发改局", "", "", "2025年"], HEADER, *ROWS]
    found = readers.read(written(rows), "a.csv")
    assert list(found.columns) == HEADER
    assert found.numbers.tolist() == [4, 5]
    assert codes(found) == ["title_skipped"]
    assert "2 行" in str(found.notes[0][1])


def test_a_header_in_two_rows() -> None:
    rows = [["名称", "位置", "", "备注"], ["", "经度", "纬度", ""], ["甲", "120.9", "28.1", "新建"]]
    found = readers.read(written(rows), "a.csv")
    assert found.columns == {"名称": ["甲"], "经度": ["120.9"], "纬度": ["28.1"], "备注": ["新建"]}
    assert codes(found) == ["headers_joined"]


def test_a_sparse_first_row_is_no_second_header() -> None:
    rows = [["名称", "阶段", "", "备注"], ["甲", "初创", "电气", "新建"], ["", "加速", "", ""]]
    found = readers.read(written(rows), "a.csv")
    assert found.columns["列C"] == ["电气", None]
    assert codes(found) == ["header_renamed"]


def test_a_file_without_header() -> None:
    found = readers.read(written(ROWS), "a.csv")
    assert list(found.columns) == ["列A", "列B", "列C", "列D"]
    assert found.numbers.tolist() == [1, 2]
    assert codes(found) == ["no_header"]


def test_duplicate_and_empty_headers() -> None:
    rows = [["名称", "名称", "", "名称 (2)", ""], ["甲", "乙", "丙", "丁", ""]]
    found = readers.read(written(rows), "a.csv")
    assert found.columns == {"名称": ["甲"], "名称 (3)": ["乙"], "列C": ["丙"], "名称 (2)": ["丁"]}
    assert codes(found) == ["header_renamed"]
    assert "列C" in str(found.notes[0][1])


def test_headers_are_tidied() -> None:
    found = readers.read(written([[" 名称\n(全称) ", "经\u200b度"], ["甲", "120"]]), "a.csv")
    assert list(found.columns) == ["名称 (全称)", "经度"]


def test_ragged_rows_are_told_and_kept() -> None:
    rows = [HEADER, ["甲", "初创", "120"], ["乙", "加速", "121", "28", "多", "余"], [*ROWS[0], "", ""]]
    found = readers.read(written(rows), "a.csv")
    assert found.columns["纬度"] == [None, "28", "28.05"]
    assert [(flaw.index, flaw.code) for flaw in found.flaws] == [(0, "ragged_row"), (1, "ragged_row")]
    assert str(found.flaws[0].message) == "比表头少 1 格"
    assert str(found.flaws[1].message) == "比表头多出 2 格:多、余"


def test_a_long_outline_fits_in_a_cell() -> None:
    outline = "POLYGON ((" + ", ".join(f"{120 + i * 1e-6:.9f} 28.123456789" for i in range(20_000)) + "))"
    found = readers.read(written([["名称", "图形"], ["甲", outline]]), "a.csv")
    assert found.columns["图形"] == [outline]


def test_an_unclosed_quote_is_refused() -> None:
    data = '名称,备注\n甲,"没有闭合\n乙,好\n丙,好\n'.encode()
    with pytest.raises(InputError, match="引号没有闭合"):
        readers.read(data, "a.csv")
    with pytest.raises(InputError, match="引号没有闭合"):
        readers.read('名称,备注\n"甲"x,好\n甲,"没有闭合\n乙,好\n丙,好\n'.encode(), "a.csv")


def test_sloppy_quotes_are_read_and_told() -> None:
    found = readers.read('名称,备注\n"甲"孵化器,好\n乙,好\n'.encode(), "a.csv")
    assert found.columns["名称"] == ["甲孵化器", "乙"]
    assert codes(found) == ["loose_quotes"]


def test_a_broken_byte_does_not_turn_utf8_into_gbk() -> None:
    rows = [HEADER, *(["孵化器孵化器孵化器孵化器孵化器", "初创", "120", "28"] for _ in range(20))]
    data = written(rows).replace("孵".encode(), b"\xe5\xad", 1)
    found = readers.read(data, "a.csv")
    assert found.columns["名称"][1] == "孵化器" * 5
    assert [(flaw.index, flaw.code) for flaw in found.flaws] == [(0, "bad_bytes")]


def test_a_file_cut_inside_a_letter_still_reads() -> None:
    rows = [HEADER, *(["孵化器孵化器孵化器孵化器孵化器", "初创", "120", "虹桥"] for _ in range(20))]
    data = written(rows).rstrip()[:-1]
    found = readers.read(data, "a.csv")
    assert len(found) == 20
    assert [(flaw.index, flaw.code) for flaw in found.flaws] == [(19, "bad_bytes")]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "空的"),
        (b"\xef\xbb\xbf \n", "空的"),
        (b"\x01\x02\x00\x03" * 50, "不是文本表格"),
        (bytes(range(128, 256)) * 20, "不是文本表格"),
        (b",,,\n,,\n", "什么也没有"),
        ("名称,经度\n".encode(), "只有表头"),
    ],
)
def test_what_is_no_table_is_refused_with_advice(data: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        readers.read(data, "a.csv")


def test_no_choice_of_tables() -> None:
    assert readers.tables(written([HEADER, *ROWS]), "a.csv") == ()


def test_too_wide_and_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="2001 列"):
        readers.read(written([[f"c{i}" for i in range(2001)], ["x"] * 2001]), "a.csv")
    monkeypatch.setattr("geo.ingest.readers.limits.MAX_ROWS", 1)
    with pytest.raises(InputError, match="超过 1 行"):
        readers.read(written([HEADER, *ROWS]), "a.csv")
    monkeypatch.setattr("geo.ingest.readers.limits.MAX_CELLS", 7)
    monkeypatch.setattr("geo.ingest.readers.limits.MAX_ROWS", 10)
    with pytest.raises(InputError, match="格子超过 7 个"):
        readers.read(written([HEADER, *ROWS]), "a.csv")


def test_memory_stays_under_six_times_the_file() -> None:
    rows = [
        [f"b{i}", f"孵化器{i}", "初创", f"{120 + i * 1e-6:.6f}", f"{28 + i * 1e-6:.6f}", "柳市镇"]
        for i in range(30_000)
    ]
    data = written([["编号", "名称", "阶段", "经度", "纬度", "片区"], *rows])
    tracemalloc.start()
    try:
        found = readers.read(data, "a.csv")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(found) == 30_000
    assert peak < 6 * len(data)


# --- at once -------------------------------------------------------------------------------------------------------

CELLS = st.text(st.sampled_from('ab,甲 \t|"\r\n\x85\u3000\ufeff'), max_size=4) | st.sampled_from(
    ["", " ", "120.95", "parking"]
)
LINES = st.lists(
    st.lists(CELLS, min_size=1, max_size=4).map(",".join) | st.sampled_from(["a,b,c", "", ",,"]), max_size=30
)


def outcome(data: bytes) -> Any:
    try:
        found = readers.read(data, "a.csv")
    except InputError as fault:
        return fault.message
    columns = {name: list(values) for name, values in found.columns.items()}
    return columns, found.numbers.tolist(), found.flaws, found.notes


@tries(150)
@given(
    LINES, st.sampled_from(["\n", "\r\n", "\r"]), st.integers(1, 60), st.sampled_from(["utf-8", "gb18030", "utf-16"])
)
def test_pieces_read_at_once_give_what_the_whole_gives_read_one_by_one(lines, ending, piece, encoding):
    text = ending.join(["名称,类别,备注", *["x,y,z"] * tabular.HEAD_ROWS, *lines])
    data = text.replace("\x85", "é").encode(encoding) if encoding == "gb18030" else text.encode(encoding)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "_PIECE", len(data) + 1)
        patch.setattr(delimited, "_separator", lambda _: ",")
        whole = outcome(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "_PIECE", piece)
        patch.setattr(delimited, "_separator", lambda _: ",")
        assert outcome(data) == whole


def test_most_of_a_table_is_read_at_once(monkeypatch):
    rows = "".join(f"f{n},parking,120.95\n" for n in range(20_000)) + 'f,"a,b",1\n' + "f,x,2\n" * 20_000
    alone = []
    exactly = delimited._Records._exactly
    monkeypatch.setattr(
        delimited._Records, "_exactly", lambda self, text: alone.append(len(text)) or exactly(self, text)
    )
    found = readers.read(b"id,category,lon\n" + rows.encode(), "a.csv")
    assert len(found) == 40_001
    assert (found.columns["category"][20_000], found.columns["category"][-1:]) == ("a,b", ["x"])
    assert found.numbers[[0, -1]].tolist() == [2, 40_002]
    assert len(alone) == 2  # the first piece, and that with the quotation mark


def test_a_cell_may_go_on_over_many_pieces(monkeypatch):
    monkeypatch.setattr(delimited, "_PIECE", 16)
    long = "\n".join(map(str, range(200)))
    found = readers.read(f'a,b\n1,2\n3,4\n5,6\n"{long}",7\n8,9\n'.encode(), "a.csv")
    assert found.columns == {"a": ["1", "3", "5", long, "8"], "b": ["2", "4", "6", "7", "9"]}
    assert found.numbers.tolist() == [2, 3, 4, 5, 6]


def test_the_test_of_the_encoding_can_be_stopped():
    told = []

    def stop(share):
        told.append(share)
        if len(told) == 3:
            raise StoppedError

    with pytest.raises(StoppedError):
        delimited._encoding(b"a,b\n" * 200_000, stop)
    assert told == [0.0] * 3


def test_letters_cut_by_the_end_of_a_piece_are_letters(monkeypatch):
    for piece in range(1, 9):
        monkeypatch.setattr(delimited, "_PIECE", piece)
        for encoding in ("utf-8", "utf-16", "gb18030"):
            found = readers.read("名称,备注\n甲𠀀,乙\n".encode(encoding), "a.csv")
            assert found.columns == {"名称": ["甲𠀀"], "备注": ["乙"]}
