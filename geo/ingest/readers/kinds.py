"""What a file is, by its first bytes and not by its name; what cannot be read is named, with the way out of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import PurePath

from geo.errors import InputError
from geo.i18n import N_, message
from geo.ingest.readers import archives, limits, xmlguard


class Kind(StrEnum):
    GEOJSON = "geojson"
    DELIMITED = "csv"
    EXCEL = "xlsx"
    SHAPEFILE = "shapefile"
    KML = "kml"
    KMZ = "kmz"
    GPX = "gpx"
    GEOPACKAGE = "gpkg"
    FLATGEOBUF = "flatgeobuf"
    PARQUET = "parquet"
    DXF = "dxf"
    GEOTIFF = "geotiff"


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIPS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_KNOWN = (
    (b"SQLite format 3\0", Kind.GEOPACKAGE),
    (b"fgb\x03fgb", Kind.FLATGEOBUF),
    (b"PAR1", Kind.PARQUET),
    *((start, Kind.GEOTIFF) for start in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
)
_PACKED = N_("这是 {kind} 压缩包:请解压后,把要上传的文件压缩成 zip 或直接上传。")
_NO_TABLE = N_("这是{kind},里面没有可以读的表:请上传 Excel、CSV 或 GIS 数据文件。")
_REFUSED = (
    (b"\x09\x08\x10\x00", N_("这是旧版 Excel(xls):请在 Excel 里另存为 xlsx 后再传。")),
    (b"\x09\x04\x06\x00", N_("这是旧版 Excel(xls):请在 Excel 里另存为 xlsx 后再传。")),
    (b"AC10", N_("这是 DWG 图纸:请在 CAD 里另存为 DXF(R2007 或更新),或用 GIS 转成 GeoPackage 后再传。")),
    (b"AutoCAD Binary DXF", N_("这是二进制 DXF:请在 CAD 里另存为文本(ASCII)DXF 后再传。")),
)
_FOREIGN = (
    (b"Rar!", _PACKED, "RAR"),
    (b"7z\xbc\xaf\x27\x1c", _PACKED, "7z"),
    (b"\x1f\x8b", _PACKED, "gzip"),
    (b"BZh", _PACKED, "bzip2"),
    (b"\xfd7zXZ", _PACKED, "xz"),
    (b"%PDF", _NO_TABLE, " PDF"),
    (b"\x89PNG", _NO_TABLE, " PNG"),
    (b"\xff\xd8\xff", _NO_TABLE, " JPEG"),
    (b"GIF8", _NO_TABLE, " GIF"),
)
_SHAPE_START = b"\x00\x00\x27\x0a"
_DBF_STARTS = frozenset(b"\x03\x30\x31\x83\x8b\xf5")
_SHAPE_PARTS = ("shp", "shx", "dbf")
_BOM = b"\xef\xbb\xbf"
_DXF = re.compile(rb"\s*(999\r?\n[^\n]*\n\s*)*0\r?\n\s*SECTION\r?\n")
_MIF = re.compile(rb"\s*version\s+\d+\s*\r?\n\s*charset", re.IGNORECASE)
_SCRIPT = re.compile(
    rb"(export\s+default\s+|((export\s+)?(var|let|const)\s+)?[\w$.]+\s*=\s*)[{\[]|[\w$.]+\s*\(\s*\{"  # or JSONP
)
_JSON_ENDINGS = (".geojson", ".json", ".geojsonl", ".ndjson")
_JSON_VALUE = re.compile(
    rb'(true|false|null|-?\d[\d.eE+-]*|"[^"\r\n]*")\s*$|//|/\*'
)  # no features, or comments before them
_XML_KINDS = {"kml": Kind.KML, "Placemark": Kind.KML, "gpx": Kind.GPX}


def kind_of(data: bytes, filename: str) -> Kind:
    """The kind of ``data``; ``filename`` only helps where the bytes do not tell.

    Raises:
        InputError: empty, too large, or of a kind that is not read; the message says what to do.
    """
    if len(data) > limits.MAX_BYTES:
        text = N_("文件超过 {limit} MB:请分成几个文件,或先删去用不到的字段。")
        raise InputError(message(text, limit=limits.MAX_BYTES >> 20))
    bare = data.removeprefix(_BOM)
    if not bare or bare.isspace():
        raise InputError(N_("文件是空的:请重新导出。"))
    if data.startswith(_ZIPS):
        return _zipped(data)
    ending = PurePath(filename.replace("\\", "/")).suffix.lower()
    _refuse(data, ending)
    known = next((kind for start, kind in _KNOWN if data.startswith(start)), None)
    return known or _text_kind(data, ending)


def _refuse(data: bytes, ending: str) -> None:
    if data.startswith(_OLE):
        raise InputError(_ole(data))
    for start, advice in _REFUSED:
        if data.startswith(start):
            raise InputError(advice)
    for start, advice, kind in _FOREIGN:
        if data.startswith(start):
            raise InputError(message(advice, kind=kind))
    if data.startswith(_SHAPE_START):
        raise _lonely("shx" if ending == ".shx" else "shp")
    if ending == ".dbf" and data[0] in _DBF_STARTS:
        raise _lonely("dbf")


def _lonely(part: str) -> InputError:
    text = N_("只有 .{part} 一个文件,Shapefile 还缺 {missing}:请把同名的几个文件(连同 .prj、.cpg)一起压缩成 zip 再传。")
    return InputError(
        message(text, part=part, missing="、".join(f".{other}" for other in _SHAPE_PARTS if other != part))
    )


def _ole(data: bytes) -> str:
    # The names of an OLE container's streams are in UTF-16.
    if "EncryptedPackage".encode("utf-16-le") in data:
        return N_("工作簿有密码:请在 Excel 里去掉密码(文件 → 信息 → 保护工作簿)后再传。")
    if any(name.encode("utf-16-le") in data for name in ("Workbook", "Book")):
        return N_("这是旧版 Excel(xls):请在 Excel 里另存为 xlsx 后再传。")
    return N_("这是旧版 Office 文件:请把表格另存为 xlsx 或 CSV 后再传。")


def _zipped(data: bytes) -> Kind:
    with archives.opened(data) as archive:
        names = [name for name, _ in archives.members(archive)]
        kinds = archive.read("mimetype")[:100] if "mimetype" in archive.namelist() else b""
    if "[Content_Types].xml" in names:
        return _office(names)
    if b"opendocument" in kinds:
        raise InputError(N_("这是 OpenDocument 文件(ods):请另存为 xlsx 后再传。"))
    endings = {name.rpartition(".")[2].lower() for name in names if "." in name}
    if endings & set(_SHAPE_PARTS):
        return Kind.SHAPEFILE
    if "kml" in endings:
        return Kind.KMZ
    raise InputError(_unusable(names, endings))


def _office(names: Sequence[str]) -> Kind:
    if "xl/workbook.bin" in names:
        raise InputError(N_("这是二进制工作簿(xlsb):请在 Excel 里另存为 xlsx 后再传。"))
    if any(name.startswith("xl/") for name in names):
        return Kind.EXCEL
    raise InputError(N_("这是 Word 或 PowerPoint 文件:请把其中的表格复制到 Excel,存为 xlsx 后再传。"))


def _unusable(names: Sequence[str], endings: set[str]) -> str:
    if any(".gdb/" in name for name in names):
        return N_("这是 File Geodatabase(gdb):请在 ArcGIS 或 QGIS 里把图层导出为 GeoPackage 或 Shapefile 后再传。")
    if endings & {"tab", "mif"}:
        return N_("这是 MapInfo 数据:请在 QGIS 里导出为 GeoPackage 或 Shapefile 后再传。")
    if not names:
        return N_("压缩包是空的:请重新压缩。")
    return N_("压缩包里没有 Shapefile 或 KML:其他格式请解压后直接上传;包中套的压缩包不会打开。")


def _text_kind(data: bytes, ending: str) -> Kind:
    start = data[:4096].removeprefix(_BOM).lstrip()
    bare = start.removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff").lstrip(b" \t\r\n\0")
    if bare.startswith((b"{", b"[", b"\x1e")) or (ending in _JSON_ENDINGS and _JSON_VALUE.match(bare)):
        return Kind.GEOJSON
    if bare.startswith(b"<"):
        return _xml_kind(data)
    if _DXF.match(start):
        return Kind.DXF
    if _MIF.match(start):
        raise InputError(N_("这是 MapInfo 数据:请在 QGIS 里导出为 GeoPackage 或 Shapefile 后再传。"))
    if _SCRIPT.match(start):
        raise InputError(
            N_("这是 JavaScript(如 var x = …),不是 JSON:请删去大括号前后的内容,或从 GIS 重新导出 GeoJSON。")
        )
    return Kind.DELIMITED


def _xml_kind(data: bytes) -> Kind:
    if re.match(rb"\s*<(!doctype\s+html|html|table|meta|head|style|div)", data.removeprefix(_BOM)[:500], re.IGNORECASE):
        raise InputError(N_("这是网页表格,不是真正的 Excel:请在 Excel 里打开,另存为 xlsx 后再传。"))
    root = xmlguard.root_of([xmlguard.as_utf8(data)]).rpartition(":")[2]
    if root in _XML_KINDS:
        return _XML_KINDS[root]
    if root == "Workbook":
        raise InputError(N_("这是 XML 表格(Excel 2003):请在 Excel 里另存为 xlsx 后再传。"))
    if root == "FeatureCollection":
        raise InputError(N_("这是 GML:请在 QGIS 里导出为 GeoPackage 或 GeoJSON 后再传。"))
    raise InputError(N_("这是 XML,但不是 KML 或 GPX:请从 GIS 导出 KML、GeoPackage 或 GeoJSON 后再传。"))
