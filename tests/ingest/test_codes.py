"""Every code that a check itself can raise: which row, which id, how grave, and every word of it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

import pytest
import shapely

from geo import ingest
from geo.model import Layer
from tests.ingest.making import (
    AREA,
    GOOD,
    IN_BAY,
    IN_ZONE,
    SQUARE,
    base,
    collection,
    feature,
    good,
    placed,
    polygon,
    report,
    stored,
    table,
)

CJK = re.compile("[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
ELSEWHERE = {
    "datum": {"datum_suspected", "datum_mixed"},
    "readers": {
        *("ragged_row", "cell_error", "formula_without_value", "bad_bytes", "curve_straightened"),
        *("unreadable_geometry", "table_chosen", "title_skipped", "no_header", "headers_joined", "header_renamed"),
        *("encoding_guessed", "loose_quotes", "blank_tail", "links_ignored", "reader_said"),
        *("raster_read", "raster_merged", "raster_partial", "raster_values", "people_beside"),
    },
}


@dataclass(frozen=True)
class Case:
    code: str
    file: Any
    row: int | None
    id: str
    message: str
    fix: str
    layer: Layer = Layer.FACILITIES
    choices: ingest.Choices = field(default_factory=ingest.Choices)
    existing: Any = None


def line(*positions: tuple[float, float]) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": [list(xy) for xy in positions]}


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


def doubled() -> bytes:
    return collection(good()).replace(b'"name":', b'"name": "Old", "name" :')


BOWTIE = polygon([[120.95, 28.03], [120.96, 28.04], [120.96, 28.03], [120.95, 28.04], [120.95, 28.03]])
CRS_4549 = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4549"}}
MANY = {f"x{n}": n for n in range(400)}
BESIDE = (121.0115, 28.04764)  # 100 m off the shore

USE_STAGE = "请用这些之一:众创空间、孵化器、加速器、科创园/产业园、小微园、公共技术平台"
USE_CATEGORY = "请用这些之一:城市商业综合体、高端医疗机构、优质教育资源、人才公寓、品牌商务酒店、城市书房、室内外体育设施、公共交通、品牌咖啡、特色餐饮、路演厅、会议室、充电桩、停车场"
USE_CLUSTER = "请用这些之一:智能电气、智能电子信息、数字经济、物联网传感、xx 产业(推定铁皮石斛)、总部经济、临港经济、文旅、育苗育种、新材料、人工智能"
USE_DISTRICT = "请用这些之一:乐清经济开发区、柳白片区、乐清湾港区、中心城区、虹桥片区、雁荡片区、大荆片区"
USE_CERTAINTY = "请用这些之一:实测、上传者所报、只知乡镇,位置示意、只知片区,位置示意、片区不明,位置示意、合成的示例"

CASES = [
    Case(
        "not_a_feature",
        collection(good(), {**good(), "type": "feature"}),
        2,
        "f1",
        "不是要素",
        "每一条的 type 应是 Feature:请重新导出",
    ),
    Case(
        "not_json_line",
        encoded(good()) + b"\n\n" + encoded(good(IN_BAY, id="f2")) + b"\n{oops\n",
        3,
        "",
        "第 4 行不是 JSON",
        "每行应是一个完整的 Feature:请重新导出这一行",
    ),
    Case(
        "bad_properties",
        collection({**good(), "properties": [1]}),
        1,
        "",
        "属性不是对象",
        "properties 应写成 {…}:请重新导出",
    ),
    Case("duplicate_key", doubled(), 1, "f1", "同一个键写了两次:name", "读的是后一个;请只留一个"),
    Case(
        "foreign_member",
        collection({**good(), "style": {}}),
        None,
        "",
        "1 行在属性之外还有:style",
        "不会存入;要紧的内容请放进 properties",
    ),
    Case(
        "bad_id",
        collection({**good(), "id": {"n": 1}}),
        None,
        "",
        "1 行的 id 不是文字,也不是数",
        "不会用它;请改成文字或数,或写在 properties 里",
    ),
    Case(
        "lone_collection",
        collection({**good(), "geometry": {"type": "GeometryCollection", "geometries": [good()["geometry"]]}}),
        None,
        "",
        "1 行的图形装在只有一个成员的 GeometryCollection 里",
        "不用改:取出里面的图形存入",
    ),
    Case(
        "bad_bbox",
        collection({**good(), "bbox": [120, 28]}),
        None,
        "",
        "1 处 bbox 不是 4 个或 6 个数",
        "bbox 不用也不存;请删去,或从 GIS 重新导出",
    ),
    Case("missing_name", collection(good(name=" ")), 1, "f1", "没有名称", "请在 name 里写上名称"),
    Case("missing_stage", collection(base(stage=None)), 1, "b1", "没有写孵化阶段(stage)", USE_STAGE, Layer.BASES),
    Case("missing_category", collection(good(category="")), 1, "f1", "没有写配套类别(category)", USE_CATEGORY),
    Case(
        "unknown_stage",
        collection(base(stage="rocket pad")),
        1,
        "b1",
        "不认识的孵化阶段(stage):rocket pad",
        USE_STAGE,
        Layer.BASES,
    ),
    Case("unknown_category", collection(good(category=7)), 1, "f1", "不认识的配套类别(category):7", USE_CATEGORY),
    Case(
        "unknown_cluster",
        collection(base(cluster=["iot"])),
        1,
        "b1",
        "不认识的产业集群(cluster):['iot']",
        USE_CLUSTER,
        Layer.BASES,
    ),
    Case(
        "unknown_district",
        collection(good(district="Atlantis")),
        1,
        "f1",
        "不认识的片区(district):Atlantis",
        USE_DISTRICT,
    ),
    Case(
        "unknown_district",
        collection(feature(AREA, name="Atlantis")),
        1,
        "Atlantis",
        "不认识的片区:Atlantis",
        USE_DISTRICT,
        Layer.DISTRICTS,
    ),
    Case(
        "unknown_certainty",
        collection(good(certainty="maybe")),
        1,
        "f1",
        "不认识的位置可信度(certainty):maybe",
        USE_CERTAINTY,
    ),
    Case(
        "unknown_certainty",
        collection(good(certainty="synthetic")),
        1,
        "f1",
        "位置可信度写作“合成”,却没有标为示例",
        "真实数据请改写可信度;合成数据请加 sample: true",
    ),
    Case(
        "bad_year",
        collection(base(demo_year="2031")),
        1,
        "b1",
        "示范年份不对:2031",
        "请写规划期内的年份之一:2022、2023、2024;没有就空着",
        Layer.BASES,
    ),
    Case(
        "unknown_level",
        collection(base(level="cosmic")),
        1,
        "b1",
        "不认识的级别(level):cosmic",
        "请用这些之一:国家级、省级、xx 市级",
        Layer.BASES,
    ),
    Case(
        "uncounted",
        collection(base(floor_area=1200)),
        1,
        "b1",
        "有建筑面积(floor_area),没有建成年份(built_year):不算进任何一年的目标",
        "知道是哪一年的,请补上",
        Layer.BASES,
    ),
    Case(
        "small_area",
        collection(base(floor_area=1.2, built_year=2023)),
        1,
        "b1",
        "建筑面积只有 1.2 平方米",
        "原数若是万平方米,请在表头或数字后写明“万平方米”",
        Layer.BASES,
    ),
    Case(
        "missing_people",
        collection(feature(id="p1", people="")),
        1,
        "p1",
        "没有写人口",
        "请在 people 里写上人数",
        Layer.POPULATION,
    ),
    Case(
        "bad_number",
        collection(feature(id="p1", people="many")),
        1,
        "p1",
        "人口读不懂:many",
        "请写 0 或更大的人数",
        Layer.POPULATION,
    ),
    Case(
        "unknown_town",
        collection(feature(AREA, id="t1", name="Neverland")),
        1,
        "t1",
        "规划包里没有这个乡镇:Neverland",
        "请核对名称;会照原样收下",
        Layer.TOWNS,
    ),
    Case(
        "bad_type",
        collection(good(note=["a"])),
        1,
        "f1",
        "备注(note)应是文字",
        "请改成文字或数字,不要用列表、对象或真假值",
    ),
    Case(
        "bad_type",
        collection(good(sample="perhaps")),
        1,
        "f1",
        "示例(sample)应是 true 或 false",
        "真实数据请写 false 或删去这一项",
    ),
    Case(
        "bad_text",
        collection(good(note="a\x07b")),
        1,
        "f1",
        "备注(note)里有不能保存的控制字符",
        "请删去看不见的字符,或重新输入这一项",
    ),
    Case("too_long", collection(good(id="x" * 101)), 1, "x" * 100, "编号(id)有 101 个字,太长", "请缩短到 100 个字以内"),
    Case(
        "duplicate_id",
        collection(good(), good(IN_BAY)),
        2,
        "f1",
        "编号与第 1 行重复",
        "请给这一行换一个编号;先出现的那一行照收",
    ),
    Case(
        "duplicate_row",
        collection(good(id=None), good(id=None)),
        2,
        "Car park",
        "与第 1 行的名称、位置都相同",
        "请删去一行;若确是两处,请各写一个 id",
    ),
    Case("null_geometry", collection(good(None)), 1, "f1", "没有图形", "请在 GIS 里给这一条补上图形"),
    Case(
        "null_geometry",
        table({**{k: [v] for k, v in GOOD.items()}, "lon": [None], "lat": [28.03]}),
        2,
        "f1",
        "没有坐标",
        "请填上经度和纬度;若表里有,请指明哪一列是经度、哪一列是纬度",
    ),
    Case(
        "null_geometry",
        placed([None], name=["A"], category=["parking"]),
        1,
        "A",
        "没有图形",
        "请在 GIS 里给这一条补上图形",
    ),
    Case(
        "wrong_geometry_type",
        collection(good({"type": "GeometryCollection", "geometries": []})),
        1,
        "f1",
        "图形是GeometryCollection,不是单独的点、线或面",
        "请拆开,一条一个点、线或面(Point、LineString、Polygon……)",
    ),
    Case(
        "wrong_geometry_type",
        collection(good({"type": "Circle", "coordinates": [1, 2]})),
        1,
        "f1",
        "不认识的图形类型:Circle",
        "type 应是 Point、MultiPoint、LineString、MultiLineString、Polygon、MultiPolygon 之一,大小写要一致",
    ),
    Case(
        "wrong_geometry_type",
        collection(good("here")),
        1,
        "f1",
        "不认识的图形类型:here",
        "type 应是 Point、MultiPoint、LineString、MultiLineString、Polygon、MultiPolygon 之一,大小写要一致",
    ),
    Case(
        "wrong_geometry_type",
        collection(good(line(IN_ZONE, IN_BAY))),
        1,
        "f1",
        "图形是线",
        "这里只收点和面:请改画或换到别的图层",
    ),
    Case(
        "wrong_geometry_type",
        collection(feature(id="r1")),
        1,
        "r1",
        "图形是点",
        "这里只收线:请改画或换到别的图层",
        Layer.ROADS,
    ),
    Case(
        "bad_position",
        collection(good(("120.96", 28.03))),
        1,
        "f1",
        "坐标写得不对:coordinates[0]",
        "每个位置应是 [经度, 纬度] 两个数,用十进制度",
    ),
    Case(
        "bad_position",
        collection(good(polygon([[120.95, 28.03], [120.96]]))),
        1,
        "f1",
        "坐标写得不对:coordinates[0][1]",
        "每个位置应是 [经度, 纬度] 两个数,用十进制度",
    ),
    Case(
        "bad_position",
        table({**{k: [v] for k, v in GOOD.items()}, "lon": ["east"], "lat": [28.03]}),
        2,
        "f1",
        "坐标读不懂:east,28.03",
        "请写十进制度(如 113.25, 23.13)或度分秒(如 113°15′00″)",
    ),
    Case(
        "bad_position",
        table({**{k: [v] for k, v in GOOD.items()}, "lonlat": ["somewhere"]}),
        2,
        "f1",
        "坐标读不懂:somewhere",
        "请写十进制度(如 113.25, 23.13)或度分秒(如 113°15′00″)",
    ),
    Case(
        "bad_ring",
        collection(good({"type": "MultiPolygon", "coordinates": [[SQUARE], []]})),
        1,
        "f1",
        "面没有外环",
        "请删去这条空图形,或重画",
    ),
    Case(
        "bad_ring",
        collection(good(polygon(SQUARE, SQUARE[:3]))),
        1,
        "f1",
        "第 1 个面的第 2 个环只有 3 个点",
        "一个环至少要 4 个点,首尾相同",
    ),
    Case(
        "open_ring",
        collection(good({"type": "MultiPolygon", "coordinates": [[SQUARE], [SQUARE[:4]]]})),
        1,
        "f1",
        "第 2 个面的第 1 个环没有闭合",
        "请让最后一个点与第一个点相同",
    ),
    Case(
        "ring_winding",
        collection(good(polygon(SQUARE[::-1]))),
        None,
        "",
        "1 个环的走向与 RFC 7946 相反",
        "不用改:走向不影响这里的用途,会照原样收下",
    ),
    Case(
        "empty_geometry",
        collection(good({"type": "Point", "coordinates": []})),
        1,
        "f1",
        "图形是空的,或线上不足两个点",
        "请删去这一条,或重画",
    ),
    Case(
        "empty_geometry",
        placed([shapely.Point()], name=["A"], category=["parking"]),
        1,
        "A",
        "图形是空的",
        "请删去这一条,或重画",
    ),
    Case(
        "antimeridian",
        collection(good(polygon([[-179, 1], [179, 1], [179, 2], [-179, 2], [-179, 1]]))),
        1,
        "f1",
        "图形跨过了 180° 经线,或横贯半个地球",
        "请核对坐标;跨 180° 的图形应分成两块",
    ),
    Case(
        "invalid_geometry",
        collection(good(BOWTIE)),
        1,
        "f1",
        "边界自相交,在 120.955000, 28.035000 附近",
        "请在 GIS 里用“修复几何”处理后再传",
    ),
    Case(
        "invalid_geometry",
        collection(feature(line(IN_ZONE, IN_ZONE), id="r1")),
        1,
        "r1",
        "不同的点太少,在 120.960000, 28.030000 附近",
        "请在 GIS 里用“修复几何”处理后再传",
        Layer.ROADS,
    ),
    Case(
        "swapped_axes",
        collection(good(IN_ZONE[::-1])),
        1,
        "f1",
        "经度和纬度写反了",
        "GeoJSON 里经度在前、纬度在后:请对调",
    ),
    Case(
        "projected_coordinates",
        collection(good((594403.71, 3102138.02))),
        1,
        "f1",
        "坐标不是经纬度,像是投影坐标 EPSG:4549",
        "请同意换算,或在 GIS 里导出为经纬度(EPSG:4326 或 4490)",
    ),
    Case(
        "projected_coordinates",
        collection(good((3102138.02, 40594403.71))),
        1,
        "f1",
        "坐标不是经纬度,像是投影坐标 EPSG:4528(北坐标在前)",
        "请同意换算,或在 GIS 里导出为经纬度(EPSG:4326 或 4490)",
    ),
    Case(
        "projected_coordinates",
        collection(good((1e7, 1e8))),
        1,
        "f1",
        "坐标不是经纬度,像是以米为单位的投影坐标",
        "请在 GIS 里导出为 WGS-84 或 CGCS2000 经纬度(EPSG:4326 或 4490)",
    ),
    Case(
        "projected_coordinates",
        collection(good((-190.0, 52.0))),
        1,
        "f1",
        "坐标不是经纬度",
        "请核对坐标:经度在 ±180 之内,纬度在 ±90 之内",
    ),
    Case(
        "projected_coordinates",
        collection(good((28.03, 1000.5))),
        1,
        "f1",
        "坐标不是经纬度,像是以米为单位的投影坐标",
        "请在 GIS 里导出为 WGS-84 或 CGCS2000 经纬度(EPSG:4326 或 4490)",
    ),
    Case(
        "projected_coordinates",
        collection(good((28.03, 100.0))),
        1,
        "f1",
        "坐标不是经纬度",
        "请核对坐标:经度在 ±180 之内,纬度在 ±90 之内",
    ),
    Case(
        "projected_coordinates",
        collection(good((1e12, 1e12)), crs=CRS_4549),
        1,
        "f1",
        "坐标不在 EPSG:4549 的范围里",
        "请核对文件的坐标系",
    ),
    Case(
        "projected_coordinates",
        collection(good()),
        1,
        "f1",
        "EPSG:5773 不是平面或经纬度的坐标系:请核对代码。",
        "请在 GIS 里导出为 WGS-84 或 CGCS2000 经纬度(EPSG:4326 或 4490)",
        choices=ingest.Choices(epsg=5773),
    ),
    Case(
        "in_neighbour",
        collection(good((120.66, 28.02))),
        1,
        "f1",
        "落在鹿城区,离本县县界 11.9 公里",
        "请核对坐标;若来自手机或网络地图,请确认坐标系是 WGS-84 或 CGCS2000",
    ),
    Case(
        "in_sea",
        collection(good((121.6, 27.9))),
        1,
        "f1",
        "落在海里,离本县县界 56.9 公里",
        "请核对坐标;若来自手机或网络地图,请确认坐标系是 WGS-84 或 CGCS2000",
    ),
    Case(
        "outside_county",
        collection(good((116.4, 39.9))),
        1,
        "f1",
        "离本县一千公里以上",
        "请核对坐标;若来自手机或网络地图,请确认坐标系是 WGS-84 或 CGCS2000",
    ),
    Case(
        "outside_county",
        collection(good((122.5, 28.03))),
        1,
        "f1",
        "在图外,离本县县界 129 公里",
        "请核对坐标;若来自手机或网络地图,请确认坐标系是 WGS-84 或 CGCS2000",
    ),
    Case(
        "near_boundary",
        collection(good(BESIDE)),
        1,
        "f1",
        "在县界外 100 米,县界本身是概略的",
        "请核对位置;会照原样收下",
    ),
    Case(
        "partly_outside",
        collection(good(polygon([[120.9, 27.9], [121, 27.9], [121, 28.1], [120.9, 27.9]]))),
        1,
        "f1",
        "有一部分在县界之外",
        "请核对边界;会照原样收下",
    ),
    Case(
        "elevation_dropped",
        collection(good((*IN_ZONE, 12.5))),
        1,
        "f1",
        "坐标带有高程",
        "不用改:平面地图不存高程,会略去",
    ),
    Case(
        "crs_converted",
        collection(good((594403.71, 3102138.02)), crs=CRS_4549),
        None,
        "",
        "坐标已由 EPSG:4549 换算为经纬度",
        "不用改;请核对图上的位置",
    ),
    Case(
        "crs_unknown",
        collection(good(), crs={"type": "link", "properties": {"name": "my own"}}),
        None,
        "",
        "文件写的坐标系看不懂:my own",
        "会按经纬度读;请核对图上的位置",
    ),
    Case(
        "column_dropped", collection(good(**MANY)), None, "", "字段太多:只看最常见的 300 个", "请删去用不到的字段后再传"
    ),
    Case(
        "html_in_name",
        collection(good(name="<b>Car park</b>")),
        1,
        "f1",
        "名称里有像网页标记的文字:<b>Car park</b>",
        "会原样显示为文字;若不是有意的,请删去尖括号",
    ),
    Case(
        "html_in_name",
        collection(good(name_en="<i>Park</i>")),
        1,
        "f1",
        "名称里有像网页标记的文字:<i>Park</i>",
        "会原样显示为文字;若不是有意的,请删去尖括号",
    ),
    Case(
        "district_differs",
        collection(good(district="bay")),
        1,
        "f1",
        "写的是乐清湾港区,坐标却在乐清经济开发区,相距 12.3 公里",
        "请核对坐标;设施的片区以坐标为准",
    ),
    Case(
        "district_differs",
        collection(base(district="bay")),
        1,
        "b1",
        "写的是乐清湾港区,坐标却在乐清经济开发区,相距 12.3 公里",
        "请核对坐标和片区;会以所写的片区为准",
        Layer.BASES,
    ),
    Case(
        "district_differs",
        collection(base(BESIDE, district="bay")),
        1,
        "b1",
        "写的是乐清湾港区,坐标却在没有片区的地方,相距 8.3 公里",
        "请核对坐标和片区;会以所写的片区为准",
        Layer.BASES,
    ),
    Case(
        "duplicate_place",
        collection(good(), good(id="f2")),
        2,
        "f2",
        "与第 1 行同名同地,编号不同",
        "若是同一处,请删去一行;会照原样收下",
    ),
    Case(
        "near_same_name",
        collection(good(), good((120.9605, 28.03), id="f2")),
        2,
        "f2",
        "与第 1 行同名,只隔 49 米",
        "若是同一处,请删去一行;会照原样收下",
    ),
    Case(
        "near_same_name",
        collection(good((120.9605, 28.03), id="f2")),
        1,
        "f2",
        "与库中的 f1 同名,只隔 49 米",
        "若是同一处,请写上它的编号,就会更新它;会作为新的一条收下",
        existing=stored(Layer.FACILITIES, GOOD, at=[IN_ZONE]),
    ),
    Case(
        "replaces_existing",
        collection(good(IN_BAY, name="Garage")),
        1,
        "f1",
        "编号已在库中,存入后更新:名称(name)、片区(district)、来源(source)、图形(geometry)",
        "若是另一处,请换一个编号",
        existing=stored(Layer.FACILITIES, {**GOOD, "certainty": "reported"}, at=[IN_ZONE]),
    ),
    Case(
        "unchanged",
        collection(good()),
        1,
        "f1",
        "与库中的一条完全相同",
        "不用改:不会产生改动",
        existing=stored(
            Layer.FACILITIES, {**GOOD, "district": "devzone", "certainty": "reported", "source": "desk"}, at=[IN_ZONE]
        ),
    ),
    Case(
        "unknown_property",
        collection(good(colour="red"), good(IN_BAY, id="f2", colour="")),
        None,
        "",
        "1 行有这里用不到的字段:colour",
        "不会存入;若是要紧的内容,请改写到 note(备注)里",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[f"{place}-{case.code}" for place, case in enumerate(CASES)])
def test_each_code_says_which_row_and_what_to_do(case):
    found = report(case.file, case.layer, case.choices, case.existing)
    (fault,) = [fault for fault in found.faults if fault.code == case.code]
    assert (fault.row, fault.id, fault.severity) == (case.row, case.id, ingest.SEVERITIES[case.code])
    assert (str(fault.message), str(fault.fix)) == (case.message, case.fix)
    rejected = [row.row for row in found.rejected]
    assert (fault.severity == "error") == (case.row in rejected)
    assert not CJK.search(fault.message.text("en") + fault.fix.text("en"))


def test_every_code_has_a_case_or_is_tested_with_its_reader():
    told = {case.code for case in CASES}
    apart = set().union(*ELSEWHERE.values())
    assert not told & apart
    assert told | apart == set(ingest.SEVERITIES)


def test_of_what_is_no_feature_nothing_more_is_said():
    assert [fault.code for fault in report(collection(good(), 7)).faults] == ["not_a_feature"]


def test_columns_that_are_not_used_are_named_up_to_a_number():
    faults = report(collection(good(**{f"x{n}": n for n in range(22)}))).faults
    assert [str(fault.message) for fault in faults[-2:]] == ["1 行有这里用不到的字段:x19", "另有 2 个字段这里用不到"]
    assert len(faults) == 21
