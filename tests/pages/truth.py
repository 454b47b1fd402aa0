"""What the shipped pack says, read from its files and computed without the product: what the pages are held against."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyproj
import shapely

DATA = Path(__file__).parents[2] / "data"
_TO_METRES = pyproj.Transformer.from_crs(4326, 4549, always_xy=True)


def _toml(path: str) -> dict[str, Any]:
    return tomllib.loads((DATA / path).read_text(encoding="utf-8"))


def _features(path: str) -> list[dict[str, Any]]:
    found = json.loads((DATA / path).read_text(encoding="utf-8"))["features"]
    # The store gives a layer sorted by id, which is the order of the bits that a map gets.
    return sorted(found, key=lambda feature: feature["properties"].get("id", ""))


BASES = [feature["properties"] for feature in _features("yueqing/bases.geojson")]
FACILITIES = [feature["properties"] for feature in _features("yueqing/sample/facilities.geojson")]
CATEGORIES = {entry["id"]: entry["label"] for entry in _toml("yueqing/categories.toml")["category"]}
DISTRICTS = {entry["id"]: entry for entry in _toml("yueqing/districts.toml")["district"]}
PLAN = _toml("yueqing/plan.toml")
STAGES = {entry["id"]: entry["label"] for entry in PLAN["stage"]}
CLUSTERS = {entry["id"]: entry["label"] for entry in PLAN["cluster"]}
_STANDARD = _toml("standards/base-15min.toml")
_ROWS_OF = {entry["category"]: entry["rows"] for entry in _STANDARD["rule"]}
_CERTAINTIES = _toml("standards/certainty.toml")
_SOURCES = [source for path in (DATA / "standards").glob("*.toml") for source in [_toml(f"standards/{path.name}")]]
_ROWS = {f"{source['id']}/{row['id']}": (source, row) for source in _SOURCES for row in source.get("row", [])}


def _positions(path: str) -> dict[str, tuple[float, float]]:
    return {feature["properties"]["id"]: tuple(feature["geometry"]["coordinates"]) for feature in _features(path)}


POSITIONS = _positions("yueqing/bases.geojson") | _positions("yueqing/sample/facilities.geojson")


_PLANE = {id: _TO_METRES.transform(*place) for id, place in POSITIONS.items()}  # EPSG:4549, metres


def in_metres(shape: Any) -> Any:
    """A shape in degrees on the county's plane."""
    return shapely.transform(shape, _TO_METRES.transform, interleaved=False)


def _district_areas() -> dict[str, Any]:
    """District id -> its towns' cells as one shape in metres."""
    towns = _features("yueqing/town_areas.geojson")
    cells: dict[str, list[Any]] = {id: [] for id in DISTRICTS}
    for town in towns:
        cells[town["properties"]["district"]].append(in_metres(shapely.from_geojson(json.dumps(town["geometry"]))))
    return {id: shapely.union_all(shapes) for id, shapes in cells.items()}


AREAS = _district_areas()


def district_at(place: tuple[float, float]) -> str:
    point = shapely.Point(_TO_METRES.transform(*place))
    return next((id for id, area in AREAS.items() if area.intersects(point)), "")


FACILITY_DISTRICT = {one["id"]: district_at(POSITIONS[one["id"]]) for one in FACILITIES}


def ids(things: Iterable[Mapping[str, Any]], **wanted: tuple[Any, ...]) -> list[str]:
    """Ids of the things whose properties are among those wanted; an empty tuple wants all."""
    return [one["id"] for one in things if all(not values or one[name] in values for name, values in wanted.items())]


def facilities_in(districts: tuple[str, ...] = (), categories: Iterable[str] = CATEGORIES) -> list[str]:
    """Ids of the facilities of these categories in these districts (all, where none is given)."""
    found = ids(FACILITIES, category=tuple(categories) or ("none",))
    return [id for id in found if not districts or FACILITY_DISTRICT[id] in districts]


def profile_of(district: str) -> str:
    return DISTRICTS[district]["profile"] if district else "urban"


def threshold(category: str, profile: str) -> float:
    return float(_ROWS[_ROWS_OF[category][profile]][1]["figure"])


def clause(category: str, profile: str, lang: str = "zh") -> str:
    """The clause's hint: standard, place in it, certainty."""
    source, row = _ROWS[_ROWS_OF[category][profile]]
    place = row["clause"] if isinstance(row["clause"], str) else row["clause"][lang]
    sure = _CERTAINTIES[row["certainty"]][lang]
    text = {"zh": "依据:{}{};可信度:{}", "en": "Basis: {}{}; certainty: {}"}[lang]
    return text.format(source["label"][lang], f" {place}", sure)


@dataclass(frozen=True)
class Judged:
    """One base (or place) and category. ``nearest``: ids and metres of the category's facilities, nearest first."""

    base: str
    category: str
    threshold_m: float
    nearest: tuple[tuple[float, str], ...]

    @property
    def nearest_m(self) -> float:
        return self.nearest[0][0]

    def within(self, radius_m: float) -> int:
        return sum(metres <= radius_m for metres, _ in self.nearest)

    @property
    def covered(self) -> bool:
        return self.within(self.threshold_m) > 0

    def beyond(self, radius_m: float) -> tuple[float, str]:
        return next(found for found in self.nearest if found[0] > radius_m)


def judge_place(
    place: tuple[float, float], profile: str, radius_m: float | None = None, base: str = ""
) -> list[Judged]:
    here = _TO_METRES.transform(*place)
    return [
        Judged(
            base,
            category,
            radius_m or threshold(category, profile),
            tuple(sorted((math.dist(here, _PLANE[id]), id) for id in ids(FACILITIES, category=(category,)))),
        )
        for category in CATEGORIES
    ]


def judge(radius_m: float | None = None, profile: str | None = None) -> list[Judged]:
    """Every base × category, in the bases' order."""
    return [
        row
        for one in BASES
        for row in judge_place(POSITIONS[one["id"]], profile or profile_of(one["district"]), radius_m, one["id"])
    ]


def uncovered_share(
    category: str, districts: Iterable[str] = DISTRICTS, radius_m: float | None = None, profile: str | None = None
) -> float:
    """Share of the districts' ground beyond the service radius, each district by its own profile."""
    points = [shapely.Point(_PLANE[id]) for id in ids(FACILITIES, category=(category,))]
    missing = whole = 0.0
    for id in districts:
        radius = radius_m or threshold(category, profile or profile_of(id))
        served = shapely.union_all([point.buffer(radius, quad_segs=64) for point in points])
        missing += AREAS[id].difference(served).area
        whole += AREAS[id].area
    return missing / whole
