"""Files that are wrong, broken or meant to harm: each ends in rows or in a sentence that says what to do."""

from __future__ import annotations

import io
import time
import tracemalloc
import warnings
import zipfile
from typing import Any

import geopandas as gpd
import openpyxl
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.errors import InputError
from geo.ingest import readers
from geo.ingest.readers import archives, kinds, marks
from geo.ingest.readers.kinds import Kind

LAUGHS = b'<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><kml>&b;</kml>'
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a SYSTEM "file:///etc/passwd">]><kml><name>&a;</name></kml>'


@pytest.mark.parametrize(
    "data", [LAUGHS, OUTSIDE, LAUGHS.decode().encode("utf-16"), LAUGHS.replace(b"<?", b"\xef\xbb\xbf<?", 1)]
)
def test_document_types_are_refused(data: bytes, zipped: Any) -> None:
    with pytest.raises(InputError, match="DOCTYPE"):
        readers.read(data, "a.kml")
    with pytest.raises(InputError, match="DOCTYPE"):
        readers.read(zipped({"doc.kml": data}), "a.kmz")
    with pytest.raises(InputError, match="DOCTYPE"):
        readers.read(data.replace(b"kml", b"gpx"), "a.gpx")


def test_a_document_type_in_a_declared_chinese_encoding() -> None:
    data = LAUGHS.replace(b'version="1.0"', b'version="1.0" encoding="GBK"')
    with pytest.raises(InputError, match="DOCTYPE"):
        readers.read(data, "a.kml")


class TestZips:
    def test_a_bomb_by_its_declared_size(self) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in ("a.shp", "a.shx", "a.dbf"):
                archive.writestr(name, bytes(60 * 1024 * 1024))
        assert len(out.getvalue()) < 1_000_000
        with pytest.raises(InputError, match="解开后有 180 MB"):
            readers.read(out.getvalue(), "a.zip")

    def test_a_bomb_that_lies_about_its_size(self, zipped: Any) -> None:
        """The size is understated in the table of contents: no more than that is ever unpacked."""
        data = bytearray(zipped({"a.kml": b"<kml>" + b" " * 5_000_000}))
        at = data.rindex(b"PK\x01\x02") + 24
        data[at : at + 4] = (100).to_bytes(4, "little")
        with pytest.raises(InputError, match="已损坏或不完整"):
            readers.read(bytes(data), "a.kmz")

    def test_too_many_members(self, zipped: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("geo.ingest.readers.limits.MAX_MEMBERS", 3)
        with pytest.raises(InputError, match="有 4 个文件"):
            readers.read(zipped({f"{i}.kml": b"" for i in range(4)}), "a.zip")

    def test_zips_in_zips_are_not_opened(self, zipped: Any) -> None:
        with pytest.raises(InputError, match="套的压缩包不会打开"):
            readers.read(zipped({"inner.zip": zipped({"a.kml": b"<kml/>"})}), "a.zip")

    def test_passwords(self, zipped: Any) -> None:
        data = bytearray(zipped({"a.kml": b"<kml/>"}))
        data[data.rindex(b"PK\x01\x02") + 8] |= 1
        with pytest.raises(InputError, match="有密码"):
            readers.read(bytes(data), "a.zip")

    def test_rare_packing(self) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as archive:
            archive.writestr("a.kml", b"<kml/>")
        with pytest.raises(InputError, match="少见的压缩方式"):
            readers.read(out.getvalue(), "a.zip")

    def test_of_two_members_with_one_name_the_first_counts(self) -> None:
        out = io.BytesIO()
        mark = "<kml><Placemark><name>{}</name></Placemark></kml>"
        with zipfile.ZipFile(out, "w") as archive, warnings.catch_warnings(action="ignore"):
            archive.writestr("a.kml", mark.format("先"))
            archive.writestr("a.kml", mark.format("后"))
        found = readers.read(out.getvalue(), "a.kmz")
        assert len(found) == 1

    @pytest.mark.parametrize(
        ("members", "said"),
        [
            ({}, "压缩包是空的"),
            ({"readme.txt": b""}, "没有 Shapefile 或 KML"),
            ({"a.gdb/a00000001.gdbtable": b""}, "File Geodatabase"),
            ({"a.tab": b"", "a.dat": b""}, "MapInfo"),
            ({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b""}, "ods"),
            ({"[Content_Types].xml": b"", "word/document.xml": b""}, "Word"),
            ({"[Content_Types].xml": b"", "xl/workbook.bin": b""}, "xlsb"),
        ],
    )
    def test_what_else_comes_in_zips(self, zipped: Any, members: dict[str, bytes], said: str) -> None:
        with pytest.raises(InputError, match=said):
            readers.read(zipped(members), "a.zip")

    def test_names_of_members(self) -> None:
        info = zipfile.ZipInfo("基地".encode("gbk").decode("cp437"))
        assert archives.name_of(info) == "基地"
        assert archives.name_of(zipfile.ZipInfo("plain.kml")) == "plain.kml"


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (OLE + "EncryptedPackage".encode("utf-16-le"), "a.xlsx", "去掉密码"),
        (OLE + "Workbook".encode("utf-16-le"), "a.xls", "另存为 xlsx"),
        (OLE, "a.doc", "旧版 Office"),
        (b"\x09\x08\x10\x00\x00\x06\x05\x00", "a.xls", "另存为 xlsx"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "a.xls", "网页表格"),
        (b"<!DOCTYPE html>\n<html></html>", "a.xls", "网页表格"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="x"/>', "a.xls", "Excel 2003"),
        (b'<?xml version="1.0"?><wfs:FeatureCollection xmlns:wfs="x"/>', "a.gml", "GML"),
        (b'<?xml version="1.0"?><OGRVRTDataSource/>', "a.vrt", "不是 KML 或 GPX"),
        (b"AC1027\x00\x00", "a.dwg", "另存为 DXF"),
        (b"AutoCAD Binary DXF\r\n\x1a\x00", "a.dxf", "ASCII"),
        (b"Version 300\nCharset \"Neutral\"\n", "a.mif", "MapInfo"),
        (b"Rar!\x1a\x07\x00", "a.rar", "RAR 压缩包"),
        (b"\x1f\x8b\x08\x00", "a.csv.gz", "gzip 压缩包"),
        (b"%PDF-1.7", "a.pdf", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "a.csv", "PNG"),
        (b"\x00" * 100, "a.csv", "不是文本表格"),
        (b"PK\x03\x04 no zip", "a.zip", "已损坏或不完整"),
        (b"SQLite format 3\x00", "a.gpkg", "不是 GeoPackage"),
        (b"fgb\x03fgb\x01", "a.fgb", "FlatGeobuf 已损坏"),
        (b"fgb\x03fgb\x01<OGRVRTDataSource>", "a.fgb", "FlatGeobuf 已损坏"),
        (b"PAR1", "a.parquet", "Parquet 已损坏"),
        (b"  0\nSECTION\n", "a.dxf", "DXF 不完整"),
    ],
)  # fmt: skip
def test_what_is_not_read_is_named_with_the_way_out(data: bytes, name: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        readers.read(data, name)
    assert "请" in str(_refusal(data, name))


def _refusal(data: bytes, name: str) -> InputError | None:
    try:
        readers.read(data, name)
    except InputError as fault:
        return fault
    return None


def test_a_file_beyond_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geo.ingest.readers.limits.MAX_BYTES", 10)
    with pytest.raises(InputError, match="文件超过 0 MB"):
        readers.read(b"a,b\n1,2\n3,4\n", "a.csv")


@pytest.mark.parametrize(
    "data", [b'{"type": 1}', b" [1]", b"\xef\xbb\xbf{}", b"\x1e{}", "\ufeff{}".encode("utf-16-le")]
)
def test_geojson_is_told_by_its_first_letter(data: bytes) -> None:
    assert kinds.kind_of(data, "a.csv") is Kind.GEOJSON


@pytest.mark.parametrize(
    "start",
    [b"var x = ", b"\xef\xbb\xbf\nconst a_b=", b"window.data = ", b"export default ", b"export const a = ", b"load("],
)
def test_a_script_is_no_table(start: bytes) -> None:
    with pytest.raises(InputError, match="这是 JavaScript"):
        kinds.kind_of(start + b'{"type":"FeatureCollection","features":[]}', "up.geojson")


@pytest.mark.parametrize("header", [b"var,x", b"x=y,z", b"area(m2),name", b"export,default {a}", b"load (x),y"])
def test_a_table_is_no_script(header: bytes) -> None:
    assert kinds.kind_of(header + b"\n1,2\n", "a.csv") is Kind.DELIMITED


def test_folders_nested_without_end_are_no_recursion() -> None:
    deep = 20_000
    start = time.process_time()
    data = b"<kml>" + b"<Folder>" * deep + b"<Placemark><name>x</name></Placemark>" + b"</Folder>" * deep + b"</kml>"
    assert len(readers.read(data, "a.kml")) == 1
    assert time.process_time() - start < 20


def test_many_placemarks_are_let_go_as_they_are_read() -> None:
    mark = "<Placemark><name>甲</name><Style><IconStyle/></Style><Point><coordinates>120,28,0</coordinates></Point></Placemark>"
    data = f"<kml><Document>{mark * 20_000}</Document></kml>".encode()
    tracemalloc.start()
    try:
        assert len(readers.read(data, "a.kml")) == 20_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6 * len(data)


def _outcome(data: bytes, name: str) -> None:
    """Rows or advice, never anything else. GeoJSON has tests of its own."""
    if _is_geojson(data, name):
        return
    for ask in (readers.tables, readers.read):
        said = ""
        try:
            ask(data, name)
        except InputError as fault:
            said = str(fault)
        assert not said or "请" in said


@settings(deadline=None)
@given(st.binary(max_size=600), st.sampled_from(["a.csv", "a.xlsx", "a.zip", "a.kml", "a.dbf", "a"]))
def test_random_bytes(data: bytes, name: str) -> None:
    _outcome(data, name)


MAGICS = [
    b"PK\x03\x04",
    b"SQLite format 3\0",
    b"fgb\x03fgb\x01",
    b"PAR1",
    b"<kml>",
    b"<gpx>",
    b"0\nSECTION\n",
    b"\xff\xfe",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
]


@settings(deadline=None)
@given(st.sampled_from(MAGICS), st.binary(max_size=600))
def test_random_bytes_under_a_good_beginning(start: bytes, rest: bytes) -> None:
    _outcome(start + rest, "a")


def _is_geojson(data: bytes, name: str) -> bool:
    try:
        return kinds.kind_of(data, name) is Kind.GEOJSON
    except InputError:
        return False


class Files(dict[str, bytes]):
    """Files by kind, shown as their kinds where a test fails."""

    def __repr__(self) -> str:
        return f"Files({', '.join(self)})"


@pytest.fixture(scope="module")
def valid(
    frame: gpd.GeoDataFrame,
    as_bytes: Any,
    as_parquet: Any,
    zipped: Any,
    dxf: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Files:
    """One good file of each kind."""
    folder = tmp_path_factory.mktemp("valid")
    pyogrio.write_dataframe(frame, folder / "a.gpkg", layer="基地")
    shapes = folder / "shapes"
    shapes.mkdir()
    area = frame.set_geometry([shapely.box(0, 0, 1, 1)] * 2)
    pyogrio.write_dataframe(area, shapes / "a.shp", encoding="UTF-8")
    book = openpyxl.Workbook()
    for row in (["名称", "经度", "纬度"], ["甲", 120.9, 28.1], ["乙", "=1+1", 28.2]):
        book.active.append(row)
    sheet = io.BytesIO()
    book.save(sheet)
    mark = "<kml><Folder><name>f</name><Placemark><name>甲</name><Point><coordinates>1,2</coordinates></Point></Placemark></Folder></kml>"
    return Files({
        "csv": "名称,经度\n甲,120\n\"乙\n丙\",121\n".encode(),
        "xlsx": sheet.getvalue(),
        "shapefile": zipped({path.name: path.read_bytes() for path in shapes.iterdir()}),
        "stored shapefile": _stored({path.name: path.read_bytes() for path in shapes.iterdir()}),
        "kml": mark.encode(),
        "kmz": _stored({"doc.kml": mark.encode()}),
        "gpx": b"<gpx><wpt lat='1' lon='2'><name>x</name></wpt></gpx>",
        "gpkg": (folder / "a.gpkg").read_bytes(),
        "fgb": as_bytes(frame, "FlatGeobuf"),
        "parquet": as_parquet(frame),
        "dxf": dxf(),
    })  # fmt: skip


def _stored(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


KINDS = ["csv", "xlsx", "shapefile", "stored shapefile", "kml", "kmz", "gpx", "gpkg", "fgb", "parquet", "dxf"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_good_files_are_good(valid: Files, kind: str) -> None:
    assert len(readers.read(valid[kind], "a")) >= 1


# Where in a file, whatever its length, as a part of the whole.
PLACE = st.integers(0, 9_999).map(lambda parts: parts / 10_000)


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=40)
@given(changes=st.lists(st.tuples(PLACE, st.integers(0, 255)), min_size=1, max_size=6))
def test_changed_bytes(valid: Files, kind: str, changes: list[tuple[float, int]]) -> None:
    changed = bytearray(valid[kind])
    for place, byte in changes:
        changed[int(place * len(changed))] = byte
    _outcome(bytes(changed), "a")


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=25)
@given(places=st.tuples(PLACE, PLACE))
def test_files_cut_short_or_with_a_piece_missing(valid: Files, kind: str, places: tuple[float, float]) -> None:
    whole = valid[kind]
    start, end = sorted(int(place * len(whole)) for place in places)
    _outcome(whole[:start], "a")
    _outcome(whole[:start] + whole[end:], "a")


@pytest.mark.parametrize("kind", ["xlsx", "shapefile", "kmz"])
@settings(deadline=None, max_examples=40)
@given(changes=st.lists(st.tuples(PLACE, PLACE, st.integers(0, 255)), min_size=1, max_size=6), cut=PLACE)
def test_changed_bytes_inside_a_good_zip(
    valid: Files, kind: str, changes: list[tuple[float, float, int]], cut: float
) -> None:
    with zipfile.ZipFile(io.BytesIO(valid[kind])) as archive:
        parts = {name: bytearray(archive.read(name)) for name in archive.namelist()}
    names = [name for name, content in parts.items() if content]
    for which, place, byte in changes:
        content = parts[names[int(which * len(names))]]
        content[int(place * len(content))] = byte
    last = names[int(cut * len(names))]
    _outcome(_stored({name: bytes(content) for name, content in parts.items()}), "a")
    _outcome(_stored({**parts, last: parts[last][: int(cut * len(parts[last]))]}), "a")


@pytest.mark.parametrize(
    "inner", ["<Folder>" * 300, "<Placemark><x>" + "<a/>" * 50, "<a>" * 300, "<a/>" * 49 + "<b>" * 300]
)
def test_xml_that_is_nested_or_filled_without_end_is_refused(inner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks.limits, "MAX_ELEMENTS", 50)
    monkeypatch.setattr(marks.limits, "MAX_DEPTH", 200)
    for start in ("<kml><Document>", "<gpx><wpt>"):
        with pytest.raises(InputError, match="XML 的标签套得太深,或一处里太多"):
            readers.read((start + inner).encode(), "a.kml")
    many = "".join("<Placemark><name>a</name></Placemark>" for _ in range(200))
    assert len(readers.read(f"<kml><Document>{many}</Document></kml>".encode(), "a.kml")) == 200
