"""A broken pack names the file, the place and the mend."""

import json
import shutil

import pytest

from geo.errors import PackError
from geo.model import BASE_COLUMNS
from geo.packs import DATA_DIR, find_pack, load_pack


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(DATA_DIR / "standards", tmp_path / "standards")
    return shutil.copytree(DATA_DIR / "yueqing", tmp_path / "yueqing")


def spoil(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def fault(folder):
    with pytest.raises(PackError) as caught:
        load_pack(folder)
    return str(caught.value)


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("pack.toml", "adcode =", "adkode =", "yueqing/pack.toml:– 处不认识“adkode”,请改名或删去。"),
        ("pack.toml", "adcode = \"330382\"", "", "yueqing/pack.toml:– 处缺少“adcode”,请补上。"),
        ("plan.toml", "in_chain = true", "in_chain = 1", "yueqing/plan.toml:stage[0].in_chain 处应为 bool,却是 int。"),
        ("plan.toml", 'symbol = "triangle"', 'symbol = "cross"', "yueqing/plan.toml:没有符号 cross,请用"),
        ("plan.toml", 'district = "devzone"', 'district = "moon"', "yueqing/plan.toml:没有片区 moon,请用"),
        ("plan.toml", 'chain = ["maker",', 'chain = ["garage",', "yueqing/plan.toml:没有孵化阶段 garage"),
        ("plan.toml", 'id = "digital"', 'id = "electric"', "yueqing/plan.toml:编号 electric 出现了两次"),
        ("plan.toml", "blank = [2022, 2023]", "blank = [2022, 2031]", "yueqing/plan.toml:没有规划年份 2031"),
        ("districts.toml", '"盐盆街道", ', '"盐盆街道", "盐盆街道", ', "yueqing/districts.toml:编号 盐盆街道 出现了两次"),
        ("districts.toml", 'profile = "urban"', 'profile = "desert"', "yueqing/districts.toml:没有标准情形 desert"),
        ("districts.toml", '"磐石镇", ', "", "yueqing/towns.toml:没有所属片区的乡镇 磐石镇"),
        ("categories.toml", 'family = "health"', 'family = "wealth"', "yueqing/categories.toml:没有类别族 wealth"),
        ("categories.toml", 'id = "hotel"', 'id = "motel"', "standards/base-15min.toml:"),
        ("bases.geojson", '"cluster":"iot"', '"cluster":"iod"', "yueqing/bases.geojson:没有产业集群 iod"),
        ("bases.geojson", '"id":"dianli"', '"id":"yungu"', "yueqing/bases.geojson:编号 yungu 出现了两次"),
        ("bases.geojson", '"demo_year":2024', '"demo_year":2030', "yueqing/bases.geojson:没有规划年份 2030"),
        ("bases.geojson", '"name":', '"nom":', "yueqing/bases.geojson:第 1 个要素缺少“name”,请补上。"),
        ("bases.geojson", '"cluster":', '"klaster":', "yueqing/bases.geojson:第 1 个要素缺少“cluster”,请补上。"),
        ("bases.geojson", '"demo_year":', '"year":', "yueqing/bases.geojson:第 1 个要素缺少“demo_year”,请补上。"),
        ("bases.geojson", '"certainty":"district"', '"certainty":"sure"', "yueqing/bases.geojson:没有位置可信度 sure,请用"),
        ("sample/facilities.geojson", '"certainty":"synthetic",', "", "sample/facilities.geojson:第 1 个要素缺少“certainty”"),
        ("boundary.geojson", '{"type":"FeatureCollection"', "{", "yueqing/boundary.geojson:不是 GeoJSON 要素集"),
        ("../standards/practice.toml", "figure = 1000", "figure = 0", "standards/practice.toml:charging 行的数要大于 0"),
        ("../standards/practice.toml", '"choice"', '"sure"', "standards/practice.toml:inside-base 行的可信度 sure"),
        ("../standards/base-15min.toml", "transport/bus-stop", "transport/tram", "standards/base-15min.toml:没有标准行 transport/tram"),
        ("towns.toml", "[[town]]", "[[town", "yueqing/towns.toml:不是 UTF-8 的 TOML"),
    ],
)  # fmt: skip
def test_a_fault_names_file_place_and_mend(folder, file, old, new, said):
    spoil(folder / file, old, new)
    assert said in fault(folder)


def test_a_missing_file_is_named(folder):
    (folder / "plan.toml").unlink()
    assert fault(folder).startswith("yueqing/plan.toml:没有这个文件。")


def test_a_ring_that_crosses_itself_is_located(folder):
    path = folder / "town_areas.geojson"
    areas = json.loads(path.read_text(encoding="utf-8"))
    areas["features"][2]["geometry"] = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
    path.write_text(json.dumps(areas), encoding="utf-8")
    said = fault(folder)
    assert said.startswith("yueqing/town_areas.geojson:第 3 个要素的图形不成立(Self-intersection[0.5 0.5])")


def test_a_pack_without_sample_has_no_facilities(folder):
    shutil.rmtree(folder / "sample")
    assert len(load_pack(folder).sample_facilities) == 0


def test_a_new_county_may_begin_without_bases_and_neighbours(folder):
    for name in ("bases.geojson", "neighbours.geojson"):
        (folder / name).write_text('{"type":"FeatureCollection","features":[]}', encoding="utf-8")
    pack = load_pack(folder)
    assert list(pack.bases.columns) == [*BASE_COLUMNS, "geometry"]
    assert len(pack.bases) == len(pack.neighbours) == 0
    assert pack.bases.crs == pack.neighbours.crs == 4326


def test_the_digest_follows_every_file(folder):
    before = load_pack(folder).digest
    spoil(folder / "../standards/practice.toml", "figure = 300", "figure = 250")
    assert load_pack(folder).digest != before


def test_an_unknown_pack_lists_the_known(tmp_path):
    with pytest.raises(PackError, match="没有规划包 atlantis:请用 yueqing 之一"):
        find_pack("atlantis")
    with pytest.raises(PackError, match="没有规划包"):
        find_pack(None, tmp_path)
