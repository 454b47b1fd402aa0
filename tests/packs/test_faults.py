"""A broken pack names every file, the line and the mend."""

import json
import shutil

import pytest

from geo.errors import PackError
from geo.i18n import Label
from geo.model import BASE_COLUMNS
from geo.packs import DATA_DIR, PackFaultsError, find_pack, list_packs, load_pack, pack_faults


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(DATA_DIR / "standards", tmp_path / "standards")
    return shutil.copytree(DATA_DIR / "yueqing", tmp_path / "yueqing")


def spoil(path, old, new):
    """Puts ``new`` in place of the first ``old``; the line where that is."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def fault(folder):
    with pytest.raises(PackFaultsError) as caught:
        load_pack(folder)
    return str(caught.value)


# File, what is there, what is put in its place, and how the fault is told: {} is the line that was changed.
TOML = [
    ("pack.toml", 'adcode = "330382"', 'adkode = "330382"', " 第 {} 行 adkode:不认识“adkode”。请改成“adcode”,或删去。"),
    ("pack.toml", 'adcode = "330382"', 'adcode = "33038"', " 第 {} 行 adcode:“33038”写得不对。请写六位行政区划代码。"),
    ("pack.toml", 'adcode = "330382"', "", " 第 1 行:缺少“adcode”。请补上“adcode”。"),
    ("pack.toml", 'standard = "base-15min"', 'standard = "iso"', " 第 {} 行 standard:没有标准 iso。请用 base-15min 之一。"),
    ("pack.toml", 'id = "yueqing"', 'id = "../up"', " 第 {} 行 id:“../up”写得不对。请只用小写字母、数字和“-”。"),
    ("plan.toml", "in_chain = true", "in_chain = 1", " 第 {} 行 stage[0].in_chain:应为“true”或“false”,却是整数。请改成“true”或“false”。"),
    ("plan.toml", 'symbol = "triangle"', 'symbol = "cross"', " 第 {} 行 stage[0].symbol:不认识“cross”。请用 triangle、square"),
    ("plan.toml", 'colour = "#2f6db3"', 'colour = "red;"', " 第 {} 行 cluster[0].colour:“red;”写得不对。请写成 #2f6db3 这样的颜色。"),
    ("plan.toml", 'district = "devzone"', 'district = "moon"', " 第 {} 行 cluster[0].district:没有片区 moon。请用 bay、centre"),
    ("plan.toml", 'stage = "maker"', 'stage = "garage"', " 第 {} 行 cluster[0].chain[0].stage:没有孵化阶段 garage。请用 accelerator"),
    ("plan.toml", 'bases = ["chuangyan"]', 'bases = ["x"]', " 第 {} 行 cluster[0].chain[0].bases[0]:没有基地 x。请用 agri-zone"),
    ("plan.toml", 'base = "csj-engineers"', 'base = "x"', " 第 {} 行 cluster[0].platforms[0].base:没有基地 x。"),
    ("plan.toml", 'id = "digital"', 'id = "electric"', " 第 {} 行 cluster[2].id:编号 electric 出现了两次。请改掉其中一个。"),
    ("plan.toml", "{ year = 2023,", "{ year = 2031,", " 第 {} 行 target[0].years[1].year:没有规划年份 2031。请用 2022、2023、2024 之一。"),
    ("plan.toml", "{ year = 2023,", "{ year = 2022,", " 第 {} 行 target[0].years[1].year:编号 floor-area 2022 出现了两次。"),
    ("plan.toml", "{ year = 2023,", "{ year = 2023, value = -1,", " 第 {} 行 target[0].years[1].value:-1 不能用。请写不小于 0.0 的数。"),
    ("plan.toml", 'metric = "funds"', 'metric = "operators"', " 第 {} 行 target[2].metric:编号 operators 出现了两次。"),
    ("plan.toml", 'counts = "demonstration"', 'counts = "magic"', " 第 {} 行 target[3].counts:不认识“magic”。请用 entered、floor-area、demonstration、level 之一。"),
    ("plan.toml", 'level = "provincial"', 'level = "royal"', " 第 {} 行 target[4].level:没有级别 royal。请用 municipal、national、provincial 之一。"),
    ("plan.toml", 'counts = "level"\n', "", " 第 {} 行 target[4].level:写了级别,却不按级别计数。请写 counts = \"level\",或删去 level。"),
    ("plan.toml", 'unit = { zh = "万平方米"', 'unit = { zh = "亩"', " 第 {} 行 target[0].unit:按场地面积计数,单位却是“亩”。请用 平方米、㎡、万平方米、万㎡ 之一。"),
    ("plan.toml", "legible = false", "legible = true", " 第 {} 行 demonstration.item[6].legible:读得出的要有名称,读不出的没有。"),
    ("plan.toml", "year = 2024\n", "year = 2025\n", " 第 {} 行 roster[2].year:没有规划年份 2025。"),
    ("plan.toml", 'base = "zhineng-zhuangbei" }', 'base = "gone" }', " 第 {} 行 roster[0].base[0].base:没有基地 gone。"),
    ("plan.toml", 'base = "keji-fuhua" }', 'base = "iot-park" }', " 第 {} 行 roster[1].base[0].base:编号 iot-park 出现了两次。"),
    ("plan.toml", "due = 2024", "due = 2042", " 第 {} 行 task[1].measure[7].due:没有规划年份 2042。"),
    ("plan.toml", 'id = "platforms-exit"', 'id = "platforms-review"', " 第 {} 行 task[0].measure[1].id:编号 platforms-review 出现了两次。"),
    ("plan.toml", "years = [2022, 2023, 2024]", "years = [2022, 2023, 2024, 2023]", " 第 {} 行 years[3]:编号 2023 出现了两次。"),
    ("plan.toml", "years = [2022, 2023, 2024]", "years = []", " 第 {} 行 years:空着或长短不对。请写上内容。"),
    ("districts.toml", '"盐盆街道", ', '"盐盆街道", "盐盆街道", ', " 第 {} 行 district[0].towns[1]:编号 盐盆街道 出现了两次。"),
    ("districts.toml", 'profile = "urban"', 'profile = "desert"', " 第 {} 行 district[0].profile:没有标准情形 desert。请用 rural、town、urban 之一。"),
    ("districts.toml", '"磐石镇", ', '"磐石乡", ', " 第 {} 行 district[1].towns[2]:没有乡镇 磐石乡。"),
    ("towns.toml", 'name = "磐石镇"', 'name = "磐石村"', " 第 {} 行 town["),
    ("categories.toml", 'family = "health"', 'family = "wealth"', " 第 {} 行 category[1].family:没有类别族 wealth。"),
    ("categories.toml", 'where = "around"', 'where = "near"', " 第 {} 行 category[0].where:不认识“near”。请用 around、inside 之一。"),
    ("../standards/practice.toml", "figure = 1000", "figure = 0", " 第 {} 行 row[0].figure:charging 行的数或单位不能用。数要大于 0,单位要写 m。"),
    ("../standards/practice.toml", '"choice"', '"sure"', " 第 {} 行 row[2].certainty:没有可信度 sure。请用 choice、high"),
    ("../standards/base-15min.toml", "transport/bus-stop", "transport/tram", "没有标准行 transport/tram。请写成“标准/行”"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "said"), TOML)
def test_a_fault_in_a_table_names_file_line_key_and_mend(folder, file, old, new, said):
    line = spoil(folder / file, old, new)
    name = (folder / file).resolve()
    told = fault(folder)
    assert f"{name.parent.name}/{name.name}" in told
    assert said.format(line) in told


def test_one_mistake_is_told_once_and_in_both_languages(folder):
    line = spoil(folder / "plan.toml", 'district = "devzone"', 'district = "moon"')
    (found,) = pack_faults(folder)
    assert (found.file, found.line, found.place) == ("yueqing/plan.toml", line, "cluster[0].district")
    assert found.message.text("en") == (
        f"yueqing/plan.toml line {line}, cluster[0].district: District moon does not exist. "
        "Use one of bay, centre, dajing, devzone, hongqiao, liubai, yandang."
    )


GEOJSON = [
    ("bases.geojson", '"cluster":"iot"', '"cluster":"iod"', "第 {} 个要素 cluster:没有产业集群 iod。请用 "),
    ("bases.geojson", '"district":"liubai"', '"district":"moon"', "第 {} 个要素 district:没有片区 moon。"),
    ("bases.geojson", '"stage":"maker"', '"stage":"garage"', "第 {} 个要素 stage:没有孵化阶段 garage。"),
    ("bases.geojson", '"id":"dianli"', '"id":"yungu"', "编号 yungu 出现了两次。请改掉其中一个。"),
    ("bases.geojson", '"demo_year":2024', '"demo_year":2030', "第 {} 个要素 demo_year:没有规划年份 2030。请用 2022"),
    ("bases.geojson", '"demo_year":2024', '"demo_year":2023', "第 {} 个要素 demo_year:示范年份与名单不同:名单写的是 2024。请改成一样。"),
    ("bases.geojson", '"demo_year":2024', '"demo_year":"2024"', "第 {} 个要素 demo_year:应为整数、空,却是文字。请改成整数、空。"),
    ("bases.geojson", '"name":', '"nom":', "第 {} 个要素:缺少“name”。请补上“name”。"),
    ("bases.geojson", '"cluster":', '"klaster":', "第 {} 个要素:缺少“cluster”。"),
    ("bases.geojson", '"demo_year":', '"year":', "第 {} 个要素:缺少“demo_year”。"),
    ("bases.geojson", '"certainty":"district"', '"certainty":"sure"', "第 {} 个要素 certainty:没有位置可信度 sure。请用 county"),
    ("bases.geojson", '{"type":"Point","coordinates":[120.961515,28.032521]}', "null", "第 {} 个要素 geometry:没有图形。"),
    ("bases.geojson", '"coordinates":[120.961515,28.032521]', '"coordinates":[40520000,3100000]', "第 {} 个要素 geometry:坐标不是经纬度。请换算为经纬度"),
    ("bases.geojson", '{"type":"Point","coordinates":[120.961515,28.032521]}', '{"type":"LineString","coordinates":[[120,28],[121,28]]}', "第 {} 个要素 geometry:图形是 LineString,这里不用。请用 Point"),
    ("sample/facilities.geojson", '"certainty":"synthetic",', "", "第 {} 个要素:缺少“certainty”"),
    ("sample/facilities.geojson", '"category":"commerce"', '"category":"moon"', "第 {} 个要素 category:没有配套类别 moon。"),
    ("town_areas.geojson", '"district":"devzone"', '"district":"moon"', "第 {} 个要素 district:没有片区 moon。"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "said"), GEOJSON)
def test_a_fault_in_a_layer_names_file_line_feature_and_mend(folder, file, old, new, said):
    line = spoil(folder / file, old, new)
    told = fault(folder)
    assert (folder / file).name in told
    assert said.format(line - 1) in told, "a feature a line, after the head"
    assert "{}" not in said or f" 第 {line} 行 " in told


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("towns.toml", "# 乡镇\n\n[[town", "yueqing/towns.toml 第 3 行:不是 UTF-8 的 TOML("),
        ("boundary.geojson", "{,", "yueqing/boundary.geojson 第 1 行:不是 GeoJSON 要素集("),
        ("boundary.geojson", "[]", "yueqing/boundary.geojson 第 1 行:不是 GeoJSON 要素集(features)。请用 GIS 另存为 GeoJSON(UTF-8)。"),
        ("bases.geojson", '{"features":[{"properties":3,"geometry":null}]}', "yueqing/bases.geojson 第 1 行:不是 GeoJSON 要素集(features)"),
        ("boundary.geojson", '{"features":[]}', "yueqing/boundary.geojson 第 1 行 features:有 0 个要素。县界要写成一个要素(可以有几块)。"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_such_file_is_named(folder, file, text, said):
    (folder / file).write_text(text, encoding="utf-8")
    assert said in fault(folder)


def test_a_file_in_another_encoding_is_located(folder):
    (folder / "towns.toml").write_bytes(b"# towns\n\nname = " + "乡镇".encode("gbk"))
    assert fault(folder).startswith("yueqing/towns.toml 第 3 行:不是 UTF-8 的 TOML('utf-8' codec can't decode")


def test_a_file_that_begins_with_a_byte_order_mark_is_read(folder):
    for name in ("plan.toml", "bases.geojson"):
        text = (folder / name).read_text(encoding="utf-8")
        (folder / name).write_text(text.replace("\n", "\r\n"), encoding="utf-8-sig", newline="")
    assert load_pack(folder).plan.years == (2022, 2023, 2024)
    assert spoil(folder / "plan.toml", 'district = "devzone"', 'district = "moon"') == pack_faults(folder)[0].line


def test_a_missing_file_is_named(folder):
    (folder / "plan.toml").unlink()
    assert fault(folder) == "yueqing/plan.toml:没有这个文件。每个规划包都要有它,请照已有的包补上。"


def test_a_ring_that_crosses_itself_is_located(folder):
    path = folder / "town_areas.geojson"
    areas = json.loads(path.read_text(encoding="utf-8"))
    areas["features"][2]["geometry"] = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
    text = json.dumps(areas, indent=1)
    path.write_text(text, encoding="utf-8")
    (found,) = pack_faults(folder)
    assert text.splitlines()[found.line - 1] == "  {"
    assert '"属性"' not in text
    assert str(found.message) == (
        f"yueqing/town_areas.geojson 第 {found.line} 行 第 3 个要素 geometry:边界在 0.5, 0.5 处自己相交。请在 GIS 里修好。"
    )


def _boundary(folder, west, south):
    corners = [[west, south], [west + 1, south], [west + 1, south + 1], [west, south + 1], [west, south]]
    square = {"type": "Polygon", "coordinates": [corners]}
    one = {"type": "Feature", "properties": {"name": "远方"}, "geometry": square}
    (folder / "boundary.geojson").write_text(json.dumps({"features": [one]}), encoding="utf-8")


def test_a_county_with_latitude_first_is_told(folder):
    _boundary(folder, 39, 75)  # Kashgar turned round
    assert "第 1 个要素 geometry:县界的经纬度写反了。请把经度写在前,纬度写在后。" in fault(folder)


@pytest.mark.parametrize(("west", "south", "epsg"), [(75, 39, 4534), (24, 60, 32635), (-71, -34, 32719)])
def test_a_county_is_measured_where_it_lies(folder, west, south, epsg):
    _boundary(folder, west, south)
    assert load_pack(folder).metric_epsg == epsg


def test_a_town_of_no_district_is_told(folder):
    spoil(folder / "districts.toml", '"磐石镇", ', "")
    assert "towns.toml" in fault(folder)
    assert "乡镇 磐石镇 不属于任何片区。请在 districts.toml 的一个片区的 towns 里写上它。" in fault(folder)


def test_a_category_that_the_standard_does_not_judge_is_told_with_the_one_it_judges_in_vain(folder):
    spoil(folder / "categories.toml", 'id = "hotel"', 'id = "motel"')
    told = {str(one.message).partition(" 行 ")[2] for one in pack_faults(folder) if "standards" in one.file}
    assert {one.partition("。")[0] for one in told} == {
        "rule:配套类别 motel 没有规则", "rule[4].category:没有配套类别 hotel",
    }  # fmt: skip


def test_all_faults_are_told_at_once_by_file_and_line(folder):
    spoil(folder / "pack.toml", "adcode", "adkode")
    spoil(folder / "plan.toml", 'district = "devzone"', 'district = "moon"')
    spoil(folder / "plan.toml", 'stage = "maker"', 'stage = "garage"')
    spoil(folder / "bases.geojson", '"certainty":"district"', '"certainty":"sure"')
    (folder / "neighbours.geojson").unlink()
    found = pack_faults(folder)
    assert [one.file.partition("/")[2] for one in found] == [
        "bases.geojson", "neighbours.geojson", "pack.toml", "pack.toml", "plan.toml", "plan.toml",
    ]  # fmt: skip
    assert [one.line for one in found if one.file.endswith("plan.toml")] == sorted(
        one.line for one in found if one.file.endswith("plan.toml")
    )
    told = fault(folder)
    assert told.startswith("规划包有 6 处要改:\n")
    assert len(told.splitlines()) == 7


def test_a_pack_of_many_faults_tells_the_first_twenty(folder):
    path = folder / "bases.geojson"
    path.write_text(path.read_text(encoding="utf-8").replace('"certainty"', '"sure"'), encoding="utf-8")
    assert len(pack_faults(folder)) == 22
    assert len(fault(folder).splitlines()) == 21


def test_a_pack_without_faults_has_none(folder):
    assert pack_faults(folder) == ()


def test_a_pack_without_sample_has_no_facilities(folder):
    shutil.rmtree(folder / "sample")
    assert len(load_pack(folder).sample_facilities) == 0


def test_a_new_county_may_begin_without_bases_and_neighbours(folder):
    plan = (folder / "plan.toml").read_text(encoding="utf-8")
    (folder / "plan.toml").write_text(plan[: plan.index("[[cluster]]")], encoding="utf-8")
    for name in ("bases.geojson", "neighbours.geojson"):
        (folder / name).write_text('{"type":"FeatureCollection","features":[]}', encoding="utf-8")
    pack = load_pack(folder)
    assert list(pack.bases.columns) == [*BASE_COLUMNS, "geometry"]
    assert len(pack.bases) == len(pack.neighbours) == len(pack.plan.clusters) == 0
    assert list(pack.neighbours.columns) == ["name", "name_en", "geometry"]
    assert pack.bases.crs == pack.neighbours.crs == 4326
    assert pack.plan.demonstration is None


def test_standards_of_ones_own_are_used_beside_the_shared_ones(folder):
    """A pack away from the shared standards brings what is its own."""
    own = folder / "standards"
    own.mkdir()
    text = (DATA_DIR / "standards" / "base-15min.toml").read_text(encoding="utf-8")
    (own / "mine.toml").write_text(text.replace('id = "base-15min"', 'id = "mine"'), encoding="utf-8")
    spoil(folder / "pack.toml", 'standard = "base-15min"', 'standard = "mine"')
    shutil.rmtree(folder.parent / "standards")
    pack = load_pack(folder)
    assert {standard.id for standard in pack.standards} == {"base-15min", "mine"}
    assert pack.standard().id == "mine"


def test_a_standard_for_other_categories_is_left_out_unless_it_is_the_packs(folder):
    spoil(folder / "../standards/base-15min.toml", 'id = "base-15min"', 'id = "other"')
    spoil(folder / "../standards/base-15min.toml", 'category = "hotel"', 'category = "motel"')
    shutil.copy(DATA_DIR / "standards" / "base-15min.toml", folder.parent / "standards" / "ours.toml")
    assert [standard.id for standard in load_pack(folder).standards] == ["base-15min"]


def test_the_digest_follows_every_file(folder):
    before = load_pack(folder).digest
    spoil(folder / "../standards/practice.toml", "figure = 300", "figure = 250")
    assert load_pack(folder).digest != before


def test_an_unknown_pack_lists_the_known(tmp_path):
    with pytest.raises(PackError, match="没有规划包 atlantis:请用 yueqing 之一"):
        find_pack("atlantis")
    with pytest.raises(PackError, match="没有规划包"):
        find_pack(None, tmp_path)


def test_a_list_of_packs_tells_which_one_cannot_be_read(folder):
    spoil(folder / "plan.toml", "years =", "yeers =")
    with pytest.raises(PackFaultsError, match="不认识“yeers”。请改成“years”"):
        list_packs(folder.parent)


def test_values_beside_blanks_are_kept(folder):
    spoil(folder / "plan.toml", "{ year = 2023,", "{ year = 2023, value = 12.5,")
    target = load_pack(folder).plan.targets[0]
    assert target.values == {2022: None, 2023: 12.5, 2024: None}
    assert target.words[2023] == Label("新增孵化场地面积 xx 万平方米", "xx ×10,000 m² of new floor area")
