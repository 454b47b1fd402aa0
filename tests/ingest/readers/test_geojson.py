"""GeoJSON by RFC 7946 and RFC 8142, and what people's programs make of it."""

from __future__ import annotations

import json
import math

import pytest
import shapely

from geo import ingest
from geo.errors import InputError
from geo.ingest.readers import geojson
from geo.ingest.rows import ABSENT
from tests.ingest.making import AREA, IN_BAY, IN_ZONE, SQUARE, collection, feature, good, polygon

ROW = feature(name="A")
TEXT = json.dumps(ROW).encode()
POINT = {"type": "Point", "coordinates": list(IN_ZONE)}
NOT_GEOJSON = "不是 GeoJSON 要素集:最外层应为 FeatureCollection,里面有 features。请从 GIS 重新导出。"
TOO_DEEP = "文件的括号套得太深,不像地图数据:请从 GIS 重新导出 GeoJSON。"


def codes(decoded):
    return [flaw.code for flaw in decoded.flaws]


def notes(decoded):
    return [code for code, _, _ in decoded.notes]


def said(decoded):
    return [(code, str(text)) for code, text, _ in decoded.notes]


def refused(data):
    with pytest.raises(InputError) as caught:
        geojson.read(data)
    assert caught.value.text("en") != caught.value.text("zh")
    return caught.value.text("zh")


def outcome(data):
    """How many rows there are, or why there are none."""
    try:
        return len(geojson.read(data))
    except InputError as fault:
        return str(fault)


def raw(properties: bytes = b"{}", geometry: bytes = b"null", more: bytes = b"") -> bytes:
    """A collection of one feature, with its parts as they are written."""
    return (
        b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":%b,"geometry":%b%b}]}'
        % (properties, geometry, more)
    )  # fmt: skip


# --- documents -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        collection(ROW),
        TEXT,
        b"\xef\xbb\xbf" + collection(ROW),
        b"\r\n\t " + collection(ROW) + b"\n\n",
        b"\x1e" + TEXT + b"\n",
        b"\x1e" + json.dumps(ROW, indent=2).encode() + b"\n",
        b"\x1e" + collection(ROW),
    ],
    ids=["collection", "feature", "mark", "blanks", "record", "record of lines", "record of a collection"],
)
def test_one_feature_however_it_is_wrapped(data):
    decoded = geojson.read(data)
    assert (decoded.format, decoded.epsg, decoded.numbers.tolist()) == ("geojson", 4326, [1])
    assert decoded.columns == {"name": ["A"]}
    assert decoded.shapes.tolist() == [shapely.Point(*IN_ZONE)]
    assert (decoded.flaws, decoded.notes) == ([], ())
    assert decoded.features([0]) == [ROW]
    assert decoded.features([]) == []


@pytest.mark.parametrize(
    "data",
    [
        TEXT + b"\n" + TEXT,
        TEXT + b"\r\n\r\n" + TEXT + b"\r\n",
        b"\x1e" + TEXT + b"\n\x1e" + TEXT + b"\n",
        b"\x1e" + json.dumps(ROW, indent=1).encode() + b"\n\x1e" + TEXT,
        collection(ROW) + b"\n" + TEXT,
        collection(ROW) + b"\n" + collection(ROW),
    ],
)
def test_one_feature_a_line_or_a_record(data):
    decoded = geojson.read(data)
    assert decoded.columns == {"name": ["A", "A"]}
    assert decoded.numbers.tolist() == [1, 2]
    assert decoded.features([1]) == [ROW]
    assert (decoded.flaws, decoded.epsg) == ([], 4326)


def test_a_bare_geometry_is_a_feature_without_properties():
    decoded = geojson.read(json.dumps(AREA).encode())
    assert (dict(decoded.columns), decoded.shapes.tolist()) == ({}, [shapely.Polygon(SQUARE)])
    assert decoded.features([0]) == [{"type": "Feature", "properties": None, "geometry": AREA}]
    lines = json.dumps(POINT).encode() + b"\n" + json.dumps(AREA).encode()
    assert shapely.get_type_id(geojson.read(lines).shapes).tolist() == [0, 3]


def test_a_broken_line_is_told_by_its_own_number_and_kept_as_it_stood():
    decoded = geojson.read(TEXT + b"\n\n{oops\n" + TEXT + b'\n{"type":')
    assert [(flaw.index, flaw.code, str(flaw.message)) for flaw in decoded.flaws] == [
        (1, "not_json_line", "第 3 行不是 JSON"),
        (3, "not_json_line", "第 5 行不是 JSON"),
    ]
    assert decoded.features([1, 3]) == ["{oops", '{"type":']


def test_a_broken_record_is_told_by_the_line_on_which_it_begins():
    pretty = json.dumps(ROW, indent=1).encode()
    decoded = geojson.read(b"\x1e" + pretty + b"\n\x1e{oops\n" + b"\x1e" + pretty)
    (flaw,) = decoded.flaws
    assert (flaw.index, str(flaw.message)) == (1, f"第 {len(pretty.splitlines()) + 1} 行不是 JSON")


@pytest.mark.parametrize("data", [b"", b" \n", b"\xef\xbb\xbf"])
def test_an_empty_file(data):
    assert refused(data) == "文件是空的:请重新导出。"


@pytest.mark.parametrize(
    "document",
    [
        1, "text", None, True, [], [ROW], {}, {"features": [ROW]},
        {"type": "FeatureCollection"}, {"type": "FeatureCollection", "features": None},
        {"type": "FeatureCollection", "features": {"0": ROW}}, {"type": ["Feature"]}, {"type": {"a": 1}},
    ],
)  # fmt: skip
def test_json_that_is_no_geojson(document):
    assert refused(json.dumps(document).encode()) == NOT_GEOJSON


def test_lines_without_any_feature():
    assert refused(b'{"a":1}\n{"a":2}\n') == NOT_GEOJSON


def test_a_collection_of_nothing():
    assert refused(collection()) == "文件里没有要素:请确认导出时选中了图层和要素。"


def test_where_json_breaks_off():
    said = refused(b'{"type":"FeatureCollection",\n "features":[{"type":"Feature" x}]}')
    assert said == "不是 JSON:第 2 行第 32 个字符处读不下去。请从 GIS 重新导出 GeoJSON,不要手工改动。"
    assert refused(b'{"\xe4\xb8\xad\xe5\x9b\xbd":1,,}').startswith("不是 JSON:第 1 行第 9 个字符处")


@pytest.mark.parametrize("kept", [1, 10, 60, -1])
def test_a_truncated_file(kept):
    assert "重新导出" in refused(collection(ROW)[:kept])


def test_a_file_in_gbk_or_in_no_encoding():
    assert refused(collection(good(name="停车场")).decode().encode("gbk")) == (
        "文件不是 UTF-8 编码,像是 GBK:请用 UTF-8 编码重新导出,否则中文会变成乱码。"
    )
    assert refused(b'{"type":"\xff\xff"}') == (
        "文件不是 UTF-8 文本:请确认选的是 GeoJSON 文件,并用 UTF-8 编码重新导出。"
    )
    assert "UTF-8" in refused(TEXT + b'\n{"name":"\xff"}')


@pytest.mark.parametrize("depth", [1000, 3000, 200_000, 5_000_000])
def test_brackets_too_deep(depth):
    assert refused(b"[" * depth) == TOO_DEEP
    assert refused(b'{"a":' * depth) == TOO_DEEP
    assert refused(raw(geometry=b'{"type":"Polygon","coordinates":' + b"[" * depth + b"]" * depth + b"}")) == TOO_DEEP


@pytest.mark.parametrize("depth", range(700, 1000, 20))
def test_brackets_nearly_too_deep(depth):
    """Where the limit lies depends on how much of Python's stack is in use: it is met in every function at some depth."""
    for inner in (b"[" * depth + b"]" * depth, b'{"a":' * depth + b"1" + b"}" * depth):
        for data in (raw(b'{"note":%b}' % inner), raw(geometry=b'{"type":"MultiPolygon","coordinates":%b}' % inner)):
            assert outcome(data) in (1, TOO_DEEP)


# --- the CRS of 2008 -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "epsg"),
    [
        ("urn:ogc:def:crs:OGC:1.3:CRS84", 4326), ("OGC:CRS84", 4326), ("EPSG:4326", 4326), ("EPSG:4490", 4490),
        ("urn:ogc:def:crs:EPSG::4549", 4549), ("epsg:3857", 3857),
    ],
)  # fmt: skip
def test_an_old_crs_is_read(name, epsg):
    crs = {"type": "name", "properties": {"name": name}}
    assert geojson.read(collection(ROW, crs=crs)).epsg == epsg
    assert geojson.read(json.dumps({**ROW, "crs": crs}).encode()).epsg == epsg
    assert geojson.read(collection(ROW, crs=crs) + b"\n" + TEXT).epsg == epsg


@pytest.mark.parametrize(
    "crs",
    [
        {}, [], "EPSG:4549", {"properties": None}, {"properties": {"name": None}}, {"properties": {"name": "Mars"}},
        {"properties": ["name"]}, {"properties": {"name": "EPSG:999999"}}, {"properties": {"name": "\ud800"}}, 4549,
        {"properties": {"name": "x" * 10_000}}, {"properties": {"name": {"a": 1}}}, {"properties": {"name": "\x00"}},
    ],
)  # fmt: skip
def test_a_crs_that_nobody_knows_is_told(crs):
    data = json.dumps({"type": "FeatureCollection", "crs": crs, "features": [ROW]}).encode()
    decoded = geojson.read(data)
    ((code, said, _),) = decoded.notes
    assert (decoded.epsg, code) == (None, "crs_unknown")
    assert str(said).encode().startswith("文件写的坐标系看不懂:".encode())
    assert len(str(said)) < 80


def test_no_crs_is_wgs_84():
    assert geojson.read(collection(ROW, crs=None)).epsg == 4326


# --- features ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("thing", [None, 1, "x", [], {}, {"type": "Point", "coordinates": [1, 2]}, {"type": "feature"}])
def test_what_is_no_feature_is_told_and_kept_as_it_stood(thing):
    decoded = geojson.read(collection(ROW, thing))
    assert [(flaw.index, flaw.code) for flaw in decoded.flaws] == [(1, "not_a_feature")]
    assert decoded.features([1]) == [thing]
    assert decoded.columns["name"] == ["A", ABSENT]


@pytest.mark.parametrize("properties", [[1], "x", 1, True])
def test_properties_that_are_no_object(properties):
    decoded = geojson.read(collection({**ROW, "properties": properties}))
    assert codes(decoded) == ["bad_properties"]


def test_properties_that_are_null_or_missing_are_none():
    decoded = geojson.read(collection({**ROW, "properties": None}, {"type": "Feature", "geometry": None}, ROW))
    assert codes(decoded) == ["null_geometry"]
    assert decoded.columns == {"name": [ABSENT, ABSENT, "A"]}


def test_an_id_beside_the_properties_counts_unless_they_have_their_own():
    decoded = geojson.read(
        collection({**ROW, "id": 7}, {**feature(id="own"), "id": "outer"}, {**feature(id=None), "id": "b"}, ROW)
    )
    assert decoded.columns["id"] == [7, "own", "b", ABSENT]


def test_members_that_nobody_knows_are_counted():
    decoded = geojson.read(
        collection({**ROW, "style": 1, "bbox": [1, 2, 3, 4]}, {**ROW, "style": 2, "\ud800": 1, "faults": []})
    )
    assert [(code, str(said)) for code, said, _ in decoded.notes] == [
        ("foreign_member", "2 行在属性之外还有:style"),
        ("foreign_member", "1 行在属性之外还有:�"),
    ]


def test_names_of_properties_that_no_page_can_hold():
    decoded = geojson.read(raw(rb'{"a\ud800": 1, "\u0000b": 2}'))
    assert decoded.columns == {"a�": [1], "�b": [2]}


def test_of_thousands_of_names_the_most_frequent_stay():
    rows = [feature(name="A", **{f"only{n}": n}) for n in range(3000)]
    decoded = geojson.read(collection(*rows))
    assert len(decoded.columns) == geojson.MOST_COLUMNS
    assert decoded.columns["name"] == ["A"] * 3000
    assert notes(decoded) == ["column_dropped"]


def test_values_come_as_they_are():
    values = {"a": None, "b": True, "c": 1, "d": 1.5, "e": "x", "f": [1, [2]], "g": {"h": {}}, "i": 2**70}
    assert geojson.read(collection(feature(**values))).properties(0) == values


# --- keys that are written twice -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (raw(b'{"a":1,"a":2}'), ["a"]),
        (raw(b'{"a" : 1, "a"\t\n: 2}'), ["a"]),
        (raw(b'{"a":"x:y::","a":"\\":"}'), ["a"]),
        (raw(b'{"a":1,"\\u0061":2}'), ["a"]),
        (raw(geometry=b'{"type":"Point","type":"Point","coordinates":[120.96,28.03]}'), ["type"]),
        (raw(geometry=b'{"type":"Point","coordinates":[1,2],"coordinates":[120.96,28.03]}'), ["coordinates"]),
        (raw(more=b',"id":1,"id":2'), ["id"]),
        (raw(b'{"a":1,"a":2,"b":1,"b":2,"b":3}', more=b',"type":"Feature"'), ["type", "a", "b"]),
        (raw(b'{"\\ud800":1,"\\ud800":2}'), ["�"]),
    ],
)
def test_a_key_twice_is_told_and_the_last_value_read(data, names):
    flaws = [flaw for flaw in geojson.read(data).flaws if flaw.code == "duplicate_key"]
    assert [(flaw.index, str(flaw.message)) for flaw in flaws] == [(0, f"同一个键写了两次:{name}") for name in names]
    assert geojson.read(raw(b'{"a":1,"a":2}')).columns == {"a": [2]}


@pytest.mark.parametrize(
    "data",
    [
        raw(b'{"a":"\\"a\\": 1, \\"a\\": 2"}'),
        raw(b'{"a":{"b":1},"c":{"b":1}}'),
        raw(b'{"a":[{"b":1},{"b":1}]}'),
        raw(b'{"a:":1,"b" : ":"}'),
        raw(b'{"a":[[1,{"b":1}]]}'),
    ],
)
def test_keys_once_are_not_taken_for_twice(data):
    assert "duplicate_key" not in codes(geojson.read(data))


def test_a_key_twice_in_the_collection_itself_does_not_hide_those_in_features():
    data = collection(feature(a=1)).replace(b'"a": 1', b'"a": 1, "a": 2').replace(b"{", b'{"x": 1, "x": 2, ', 1)
    assert codes(geojson.read(data)) == ["duplicate_key"]


@pytest.mark.parametrize("rows", [1, 9000])
@pytest.mark.parametrize("lines", [False, True])
def test_two_lists_of_features_are_refused_for_one_would_be_lost(rows, lines):
    many = b",".join([TEXT] * rows)
    data = b'{"type":"FeatureCollection","features":[%b],"features":[%b]}' % (many, TEXT)
    assert refused(data + b"\n" + TEXT if lines else data) == (
        "文件里 features 写了两次,只能读出一个,其余的行会丢:请把它们合成一个 features,或从 GIS 重新导出。"
    )


@pytest.mark.parametrize("end", [b"", b"\n" + TEXT])
def test_what_is_written_twice_beside_the_features_is_told_of_the_file(end):
    data = b'{"type":"FeatureCollection","type":"FeatureCollection","features":[%b]}' % TEXT + end
    assert said(geojson.read(data)) == [("duplicate_key", "同一个键写了两次:type")]


# --- members -------------------------------------------------------------------------------------------------------


def test_what_is_not_read_of_the_collection_is_told():
    data = collection(ROW, properties={"name": "x"}, coordinates=[1], name="layer", crs=None)
    told = [("foreign_member", "文件最外层还有:properties"), ("foreign_member", "文件最外层还有:coordinates")]
    assert said(geojson.read(data)) == said(geojson.read(data + b"\n" + TEXT)) == told


@pytest.mark.parametrize(
    ("member", "value"), [("properties", {"a": 1}), ("crs", {}), ("features", []), ("geometries", []), ("radius", 5)]
)
def test_what_is_not_read_of_a_geometry_is_told(member, value):
    data = collection({**ROW, "geometry": {**POINT, member: value}}, ROW)
    assert said(geojson.read(data)) == [("foreign_member", f"1 行在属性之外还有:geometry.{member}")]


def test_features_and_coordinates_in_the_wrong_object_are_told():
    told = ["1 行在属性之外还有:features", "1 行在属性之外还有:coordinates"]
    data = collection({**ROW, "features": [], "coordinates": [1, 2]})
    assert said(geojson.read(data)) == [("foreign_member", one) for one in told]


@pytest.mark.parametrize("id", [{"a": 1}, [1], True])
def test_an_id_that_is_neither_text_nor_number_is_told_and_not_used(id):
    decoded = geojson.read(collection({**ROW, "id": id}, {**ROW, "id": 7}, {**ROW, "id": "f"}, {**ROW, "id": None}))
    assert said(decoded) == [("bad_id", "1 行的 id 不是文字,也不是数")]
    assert list(decoded.columns["id"]) == [ABSENT, 7, "f", ABSENT]


@pytest.mark.parametrize("deep", [1, 2])
def test_a_collection_of_one_is_told_and_its_member_taken(deep):
    geometry = POINT
    for _ in range(deep):
        geometry = {"type": "GeometryCollection", "geometries": [geometry]}
    decoded = geojson.read(collection(ROW, {**ROW, "geometry": geometry}))
    assert said(decoded) == [("lone_collection", "1 行的图形装在只有一个成员的 GeometryCollection 里")]
    assert decoded.shapes[1] == shapely.Point(IN_ZONE)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"type": "Topology", "objects": {}, "arcs": []}', "这是 TopoJSON"),
        ('{"geometryType": "esriGeometryPoint", "features": []}', "这是 Esri JSON"),
        ('{"features": [{"attributes": {"a": 1}, "geometry": {"x": 120.9, "y": 28}}]}', "这是 Esri JSON"),
    ],
)
def test_json_of_other_programs_is_named(text, words):
    assert refused(text.encode()).startswith(words)


@pytest.mark.parametrize("text", ["false", " null\n", "3.5e1", '"FeatureCollection"'])
def test_a_json_value_is_no_table(text):
    with pytest.raises(InputError) as caught:
        ingest.decode(text.encode(), "a.geojson")
    assert str(caught.value) == NOT_GEOJSON


def test_of_a_crs_that_was_read_nothing_is_told():
    crs = {"type": "name", "properties": {"name": "EPSG:4549"}}
    for one in ({**POINT, "crs": crs}, {**ROW, "crs": crs}):
        decoded = geojson.read(json.dumps(one).encode())
        assert (decoded.epsg, decoded.notes) == (4549, ())
    twice = b'{"crs":{"type":"name","properties":{"name":"EPSG:4549"}},"type":"Feature",%b' % TEXT[1:]
    assert codes(geojson.read(twice)) == ["duplicate_key"]


@pytest.mark.parametrize("box", [[], [1, 2, 3], [1, 2, 3, 4, 5], [1, 2, "x", 4], {}, "s", None, [1, 2, True, 4]])
def test_a_bbox_that_is_none_is_told(box):
    for data in (
        collection(ROW, bbox=box),
        collection({**ROW, "bbox": box}, {**ROW, "bbox": [1, 2, 3, 4]}),
        collection({**ROW, "geometry": {**POINT, "bbox": box}}),
    ):
        assert said(geojson.read(data)) == [("bad_bbox", "1 处 bbox 不是 4 个或 6 个数")]


@pytest.mark.parametrize("box", [[1, 2, 3, 4], [1, 2, 0.5, 3, 4, 5.5]])
def test_a_bbox_of_four_or_six_numbers_is_silent(box):
    assert geojson.read(collection({**ROW, "bbox": box}, bbox=box)).notes == ()


# --- numbers -------------------------------------------------------------------------------------------------------


def test_what_python_writes_and_json_does_not_know():
    decoded = geojson.read(raw(b'{"a":NaN,"b":Infinity,"c":-Infinity}', b'{"type":"Point","coordinates":[NaN,28]}'))
    assert codes(decoded) == ["bad_position"]
    a, b, c = decoded.properties(0).values()
    assert math.isnan(a)
    assert (b, c) == (math.inf, -math.inf)
    assert decoded.shapes[0] is None


@pytest.mark.parametrize("digits", [30, 400, 50_000])
def test_integers_beyond_every_number(digits):
    huge = b"1" * digits
    decoded = geojson.read(raw(b'{"a":%b}' % huge, b'{"type":"Point","coordinates":[%b,28]}' % huge))
    kept = decoded.columns["a"][0]
    assert (kept if isinstance(kept, str) else int(kept)) == (huge.decode() if digits > 4000 else int(huge))
    assert codes(decoded) == ([] if digits < 300 else ["bad_position"])


def test_many_rows_of_one_kind_do_not_hide_the_one_that_is_wrong():
    rows = [
        feature(IN_ZONE),
        feature(("120", 28)),
        feature(IN_BAY),
        feature((True, 28)),
        feature((1,)),
        feature(polygon()),
    ]
    decoded = geojson.read(collection(*rows))
    assert [flaw.index for flaw in decoded.flaws] == [1, 3, 4, 5]
    assert [shape is None for shape in decoded.shapes] == [False, True, False, True, True, True]


def test_winding_is_counted_and_left_as_it_is():
    hole = [[120.952, 28.032], [120.954, 28.032], [120.954, 28.034], [120.952, 28.034], [120.952, 28.032]]
    decoded = geojson.read(collection(feature(polygon(SQUARE[::-1], hole)), feature(polygon(SQUARE, hole[::-1]))))
    ((code, said, _),) = decoded.notes
    assert (code, str(said)) == ("ring_winding", "2 个环的走向与 RFC 7946 相反")
    assert shapely.get_coordinates(shapely.get_exterior_ring(decoded.shapes[0])).tolist() == SQUARE[::-1]
