"""Another county with another plan: what a build makes of it, and what its officer then fills in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from geo import packs

ADCODE, NAME, YEARS = "330326", "pingyang", (2025, 2026, 2027)

PLAN = """
document = "示例〔2025〕1号"
years = [2025, 2026, 2027]
title = { zh = "平阳县种子计划", en = "Pingyang seed plan" }

[[stage]]
id = "nursery"
label = { zh = "苗圃", en = "Nursery" }
symbol = "circle"
in_chain = true

[[stage]]
id = "pilot"
label = { zh = "中试基地", en = "Pilot plant" }
symbol = "square"
in_chain = true

[[stage]]
id = "valley"
label = { zh = "产业谷", en = "Valley" }
symbol = "hexagon"
in_chain = true

[[cluster]]
id = "pets"
label = { zh = "宠物用品", en = "Pet supplies" }
district = "county"
industry = { zh = "宠物食品", en = "Pet food" }
colour = "#2f6db3"
clause = { zh = "二(一)", en = "2(1)" }
chain_text = { zh = "苗圃-中试基地-产业谷", en = "nursery – pilot – valley" }
chain = [
  { stage = "nursery", words = { zh = "苗圃" }, bases = ["paw"] },
  { stage = "pilot", words = { zh = "中试基地" } },
  { stage = "valley", words = { zh = "产业谷" }, bases = ["bone"] },
]

[[cluster]]
id = "printing"
label = { zh = "印刷包装", en = "Printing" }
industry = { zh = "印刷包装", en = "Printing" }
colour = "#7d4fa3"
clause = { zh = "二(二)", en = "2(2)" }

[[level]]
id = "star"
label = { zh = "星级", en = "starred" }

[[target]]
metric = "stars"
label = { zh = "星级基地", en = "Starred bases" }
unit = { zh = "家" }
clause = { zh = "一", en = "1" }
counts = "level"
level = "star"
years = [{ year = 2025, words = { zh = "2 家" }, value = 2 }, { year = 2027, words = { zh = "x 家" } }]

[demonstration]
label = { zh = "“三有”标准", en = "The three haves" }
clause = { zh = "三", en = "3" }
item = [{ id = "room", label = { zh = "有场地" }, words = { zh = "有场地" } }]

[[roster]]
year = 2026
clause = { zh = "三", en = "3" }
base = [{ name = { zh = "爪印苗圃" }, base = "paw" }, { name = { zh = "待建的谷" } }]

[[task]]
id = "space"
clause = { zh = "四", en = "4" }
title = { zh = "拓展空间", en = "Space" }
measure = [{ id = "space-old", text = { zh = "盘活老厂房。" }, owners = [{ zh = "县国资办" }], due = 2026 }]
"""

BASES = [
    ("paw", "爪印苗圃", "Paw Nursery", "nursery", "pets", 2026, (120.561, 27.663)),
    ("bone", "骨头谷", "Bone Valley", "valley", "pets", None, (120.40, 27.62)),
    ("ink", "油墨中试", "Ink Pilot", "pilot", "printing", None, (120.55, 27.60)),
]
FACILITIES = [
    ("s1", "县学", "school", (120.562, 27.664)),
    ("s2", "车站", "transit", (120.40, 27.621)),
    ("s3", "停车楼", "parking", (120.551, 27.601)),
]


def fill_in(folder: Path) -> None:
    """What an officer would write into a new pack: the plan, its bases, some facilities."""
    (folder / "plan.toml").write_text(PLAN, encoding="utf-8")
    bases = [
        ({"id": id, "name": zh, "name_en": en, "stage": stage, "cluster": cluster, "district": "county", "demo_year": year,
          "certainty": "reported", "source": "县科技局"}, at)
        for id, zh, en, stage, cluster, year, at in BASES
    ]  # fmt: skip
    facilities = [
        ({"id": id, "name": name, "category": category, "certainty": "synthetic", "sample": True}, at)
        for id, name, category, at in FACILITIES
    ]
    _write(folder / "bases.geojson", bases)
    _write(folder / "sample" / "facilities.geojson", facilities)


def _write(path: Path, features: list[tuple[dict[str, Any], tuple[float, float]]]) -> None:
    whole = [
        {"type": "Feature", "properties": row, "geometry": {"type": "Point", "coordinates": at}} for row, at in features
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": whole}, ensure_ascii=False), encoding="utf-8")


# What everybody's plan may speak of: words of the trade, which are sentences of the product too.
_TRADE = {"示范孵化基地", "Demonstration bases", "文旅"}


@cache
def shipped_names() -> set[str]:
    """The proper names, numbers and clauses of every pack that ships: what no other county may show."""
    found: set[str] = set()
    for summary in packs.list_packs():
        pack = packs.load_pack(summary.path)
        plan = pack.plan
        labels = [pack.label, plan.title, *(thing.label for thing in (*pack.districts, *plan.clusters, *plan.targets))]
        labels += [one.label for cluster in plan.clusters for one in (*cluster.platforms, *cluster.firms)]
        labels += [base.name for roster in plan.rosters for base in roster.bases]
        labels += [task.title for task in plan.tasks] + [plan.demonstration.label] if plan.demonstration else []
        found |= {text for label in labels for text in (label.zh, label.en)}
        found |= {town.name for town in pack.towns} | set(pack.bases["name"]) | set(pack.bases["name_en"])
        found |= {pack.adcode, plan.document, str(pack.metric_epsg), pack.label.zh.rstrip("市县区"), pack.label.en}
        found |= {cluster.clause.zh for cluster in plan.clusters} | {target.clause.zh for target in plan.targets}
        found |= {task.clause.zh for task in plan.tasks} | {category.clause.zh for category in pack.categories}
    return {name for name in found - _TRADE if len(name) > (1 if re.search(r"[\u4e00-\u9fff]", name) else 3)}


def traces(text: str, names: set[str]) -> Iterator[str]:
    """Which of ``names`` stand in ``text``: Latin ones as whole words."""
    for name in names:
        if name in text and (not name.isalnum() or not name.isascii() or re.search(rf"\b{name}\b", text)):
            yield name
