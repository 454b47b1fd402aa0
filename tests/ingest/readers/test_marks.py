"""KML and GPX as phones and globes write them."""

from __future__ import annotations

from typing import Any

import pytest

from geo.errors import InputError
from geo.ingest import readers
from geo.ingest.rows import ABSENT, Decoded

KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://www.google.com/kml/ext/2.2"><Document><name>文件</name>
<Style id="s"><IconStyle/></Style>{}</Document></kml>"""
POINT = "<Placemark><name>柳市孵化器</name><Point><coordinates>120.9,28.05,0</coordinates></Point></Placemark>"


def kml(body: str) -> bytes:
    return KML.format(body).encode()


def placemark(shape: str) -> bytes:
    return kml(f"<Placemark><name>甲</name>{shape}</Placemark>")


def shapes_of(found: Decoded) -> list[Any]:
    assert found.shapes is not None
    return list(found.shapes)


def shape_of(found: Decoded) -> Any:
    return shapes_of(found)[0]


def codes(found: Decoded) -> list[str]:
    return [code for code, _, _ in found.notes]


def test_names_descriptions_folders_and_data() -> None:
    body = f"""<Folder><name>基地</name><Folder><name>北部</name>
      <Placemark><name>虹桥</name><description><![CDATA[<b>加速器</b>]]></description>
        <ExtendedData><Data name="阶段"><value>加速</value></Data><Data name="name"><value>别名</value></Data>
        <SchemaData schemaUrl="#x"><SimpleData name="年份">2025</SimpleData></SchemaData></ExtendedData>
        <Point><coordinates>121.02,28.2</coordinates></Point></Placemark></Folder></Folder>{POINT}"""
    found = readers.read(kml(body), "a.kml")
    assert (found.format, found.epsg, found.numbers.tolist(), found.flaws, found.notes) == ("kml", 4326, [1, 2], [], ())
    assert found.columns == {
        "name": ["虹桥", "柳市孵化器"],
        "folder": ["基地/北部", ABSENT],
        "description": ["<b>加速器</b>", ABSENT],
        "阶段": ["加速", ABSENT],
        "name (2)": ["别名", ABSENT],
        "年份": ["2025", ABSENT],
    }
    assert [shape.wkt for shape in shapes_of(found)] == ["POINT (121.02 28.2)", "POINT (120.9 28.05)"]


RING = "<LinearRing><coordinates>{}</coordinates></LinearRing>"
OUTER = f"<outerBoundaryIs>{RING.format('0,0 4,0 4,4 0,4 0,0')}</outerBoundaryIs>"
HOLE = f"<innerBoundaryIs>{RING.format('1,1 2,1 2,2 1,1')}</innerBoundaryIs>"
SPOT = "<Point><coordinates>{}</coordinates></Point>"
LINE = "<LineString><coordinates>0,0 1,1</coordinates></LineString>"


@pytest.mark.parametrize(
    ("shape", "wkt"),
    [
        (f"<Polygon>{OUTER}{HOLE}</Polygon>", "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 2 1, 2 2, 1 1))"),
        (f"<Polygon>{OUTER.replace(' 0,0', '')}</Polygon>", "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))"),
        (LINE, "LINESTRING (0 0, 1 1)"),
        (SPOT.format(" 1, 2 ,\n0 "), "POINT (1 2)"),
        (f"<MultiGeometry>{SPOT.format('1,2')}{SPOT.format('3,4')}</MultiGeometry>", "MULTIPOINT ((1 2), (3 4))"),
        (f"<MultiGeometry><MultiGeometry>{SPOT.format('1,2')}</MultiGeometry></MultiGeometry>", "POINT (1 2)"),
        (f"<MultiGeometry>{SPOT.format('1,2')}{LINE}</MultiGeometry>", "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (0 0, 1 1))"),
        ("<gx:Track><gx:coord>1 2 0</gx:coord><gx:coord>3 4 0</gx:coord></gx:Track>", "LINESTRING (1 2, 3 4)"),
    ],
)  # fmt: skip
def test_shapes(shape: str, wkt: str) -> None:
    found = readers.read(placemark(shape), "a.kml")
    assert shape_of(found).wkt == wkt
    assert found.flaws == []


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        (SPOT.format("1;2"), "bad_position"),
        (SPOT.format("1"), "bad_position"),
        (SPOT.format(""), "bad_position"),
        (SPOT.format("nan,2"), "bad_position"),
        ("<LineString><coordinates>0,0</coordinates></LineString>", "bad_position"),
        ("<Polygon></Polygon>", "bad_ring"),
        (f"<Polygon><outerBoundaryIs>{RING.format('0,0 1,1')}</outerBoundaryIs></Polygon>", "bad_ring"),
    ],
)
def test_broken_shapes_are_told_with_their_row(shape: str, code: str) -> None:
    body = f"{POINT}<Placemark><name>坏</name>{shape}</Placemark>{POINT}"
    found = readers.read(kml(body), "a.kml")
    assert [(flaw.index, flaw.code) for flaw in found.flaws] == [(1, code)]
    assert [shape is None for shape in shapes_of(found)] == [False, True, False]


def test_heights_are_told_unless_they_are_the_usual_zero() -> None:
    found = readers.read(kml(POINT + POINT.replace("28.05,0", "28.05,15.5")), "a.kml")
    assert [(flaw.index, flaw.code) for flaw in found.flaws] == [(1, "elevation_dropped")]
    assert shape_of(found).wkt == "POINT (120.9 28.05)"


def test_a_placemark_without_shape_keeps_its_row() -> None:
    found = readers.read(placemark(""), "a.kml")
    assert (len(found), shape_of(found), found.flaws) == (1, None, [])


def test_links_are_not_followed_but_told() -> None:
    link = "<NetworkLink><Link><href>http://127.0.0.1:9/x.kml</href></Link></NetworkLink>"
    found = readers.read(kml(POINT + link), "a.kml")
    assert codes(found) == ["links_ignored"]


def test_old_namespaces_and_a_chinese_encoding() -> None:
    text = (
        KML.format(POINT)
        .replace("UTF-8", "GB2312")
        .replace("http://www.opengis.net/kml/2.2", "http://earth.google.com/kml/2.0")
    )
    found = readers.read(text.encode("gbk"), "a.kml")
    assert found.columns["name"] == ["柳市孵化器"]


def test_kmz_takes_its_main_file(zipped: Any) -> None:
    other = kml(POINT.replace("柳市", "别处"))
    data = zipped({"files/icon.png": b"x", "files/other.kml": other, "doc.kml": kml(POINT)})
    assert readers.tables(data, "a.kmz") == ("files/other.kml", "doc.kml")
    found = readers.read(data, "a.kmz")
    assert (found.format, found.columns["name"], codes(found)) == ("kml", ["柳市孵化器"], ["table_chosen"])
    assert readers.read(data, "a.kmz", "files/other.kml").columns["name"] == ["别处孵化器"]
    with pytest.raises(InputError, match="没有名为“x”"):
        readers.read(data, "a.kmz", "x")
    single = zipped({"a.kml": kml(POINT)})
    assert readers.tables(single, "a.kmz") == ()
    assert codes(readers.read(single, "a.zip")) == []


def test_no_placemarks_and_broken_xml() -> None:
    with pytest.raises(InputError, match="没有地标"):
        readers.read(kml(""), "a.kml")
    data = kml(POINT * 5)
    with pytest.raises(InputError, match=r"XML 写得不对\(第 3 行\)"):
        readers.read(data[: len(data) // 2], "a.kml")
    with pytest.raises(InputError, match="编码与它声明的不符"):
        readers.read(b'<?xml version="1.0" encoding="GBK"?><kml>\xff\xff</kml>', "a.kml")


GPX = """<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">
<wpt lat="28.05" lon="120.9"><ele>12</ele><name>柳市</name><desc>门口</desc></wpt>
<rte><name>路</name><rtept lat="0" lon="1"/><rtept lat="2" lon="3"/></rte>
<trk><name>迹</name><trkseg><trkpt lat="0" lon="1"/><trkpt lat="2" lon="3"/></trkseg><trkseg/>
<trkseg><trkpt lat="4" lon="5"/><trkpt lat="6" lon="7"/></trkseg></trk><wpt lat="x"><name>坏</name></wpt></gpx>"""


def test_gpx() -> None:
    found = readers.read(GPX.encode(), "a.gpx")
    assert (found.format, found.epsg) == ("gpx", 4326)
    assert found.columns["name"] == ["柳市", "路", "迹", "坏"]
    assert found.columns["kind"] == ["waypoint", "route", "track", "waypoint"]
    assert found.columns["desc"] == ["门口", ABSENT, ABSENT, ABSENT]
    assert [shape and shape.wkt for shape in shapes_of(found)] == [
        "POINT (120.9 28.05)",
        "LINESTRING (1 0, 3 2)",
        "MULTILINESTRING ((1 0, 3 2), (5 4, 7 6))",
        None,
    ]
    assert [(flaw.index, flaw.code) for flaw in found.flaws] == [(0, "elevation_dropped"), (3, "bad_position")]
