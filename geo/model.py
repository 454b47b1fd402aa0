"""The nouns: what a pack says of a county and its plan, and the columns that feature frames carry.

Everything here is immutable. Proper names are :class:`geo.i18n.Label`; figures carry their unit in the field name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar

import geopandas as gpd
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]

from geo.crs import STORAGE_EPSG
from geo.errors import NotFoundError
from geo.i18n import N_, Label, Listed, message


class Layer(StrEnum):
    """Layers that staff may change. Until districts and towns are stored, the pack's schematic ones are used.

    Records have no place: they are what people enter about the plan, kept as features with an empty point so that
    revisions, undo, looking back and backups hold for them as well. :data:`PLACED` is the layers without them.
    """

    BASES = "bases"
    FACILITIES = "facilities"
    DISTRICTS = "districts"
    TOWNS = "towns"
    ROADS = "roads"
    POPULATION = "population"
    RECORDS = "records"


class Certainty(StrEnum):
    """How sure we are of a position. :data:`CERTAINTY_WORDS` says it to people."""

    SURVEYED = "surveyed"  # measured or confirmed on the ground
    REPORTED = "reported"  # as the uploader gave it
    TOWN = "town"  # only the town is known: drawn at or near its centre
    DISTRICT = "district"  # only the district is known: drawn inside it
    COUNTY = "county"  # not even the district is known: drawn in the middle
    SYNTHETIC = "synthetic"  # made up for the sample

    @property
    def sure(self) -> bool:
        return self in (Certainty.SURVEYED, Certainty.REPORTED)


CERTAINTY_WORDS: Mapping[Certainty, str] = {
    Certainty.SURVEYED: N_("实测"),
    Certainty.REPORTED: N_("上传者所报"),
    Certainty.TOWN: N_("只知乡镇,位置示意"),
    Certainty.DISTRICT: N_("只知片区,位置示意"),
    Certainty.COUNTY: N_("片区不明,位置示意"),
    Certainty.SYNTHETIC: N_("合成的示例"),
}


# Column -> pandas dtype. Every frame of the layer has exactly these plus ``geometry`` in EPSG:4326, index 0..n-1.
_NAMED: Mapping[str, str] = {"id": "str", "name": "str", "name_en": "str"}
_VOUCHED: Mapping[str, str] = {
    "certainty": "str",  # Certainty
    "source": "str",
    "source_en": "str",
    "note": "str",
    "note_en": "str",
    "sample": "bool",
}
BASE_COLUMNS: Mapping[str, str] = {
    **_NAMED,
    "stage": "str",  # Stage.id
    "cluster": "str",  # Cluster.id, "" where none is stated
    "district": "str",  # District.id, "" where unknown
    "demo_year": "Int64",  # year it is to become a demonstration base, NA where none is named
    "floor_area": "Float64",  # m², NA where unknown
    "built_year": "Int64",  # year it came in use, NA where unknown
    "level": "str",  # Level.id, "" where it has none or none is known
    "level_year": "Int64",  # year it was given that level, NA where unknown
    **_VOUCHED,
}
FACILITY_COLUMNS: Mapping[str, str] = {
    **_NAMED,
    "category": "str",  # Category.id
    "district": "str",  # District.id by position, "" outside every district
    "capacity": "Float64",  # beds, places, flats: what it has to share out, 0 or more; NA where unknown
    **_VOUCHED,
}
DISTRICT_COLUMNS: Mapping[str, str] = {**_NAMED, **_VOUCHED}  # id: District.id of the pack
TOWN_COLUMNS: Mapping[str, str] = {**_NAMED, "district": "str", **_VOUCHED}  # district: District.id
ROAD_COLUMNS: Mapping[str, str] = {
    **_NAMED,
    "kind": "str",  # as the file words it
    "barred": "bool",  # nobody may walk here
    "at_nodes": "bool",  # meets other such roads only at corners that both have (a bridge does not meet the road below)
    **_VOUCHED,
}
POPULATION_COLUMNS: Mapping[str, str] = {**_NAMED, "people": "Float64", **_VOUCHED}  # people: persons, 0 or more
RECORD_COLUMNS: Mapping[str, str] = {
    **_NAMED,  # name: what the record is about, for lists of revisions
    "kind": "str",  # geo.progress.Kind
    "subject": "str",  # id of a base or a measure, or a metric
    "item": "str",  # id of a demonstration item, a level or a district, "" where there is none
    "year": "Int64",
    "value": "Float64",
    "state": "str",  # geo.progress.State, "" where none is given
    "evidence": "str",
    "link": "str",  # http or https
    "file": "str",  # name of a file; its content is kept by its fingerprint, but for what earlier programs stored
    "file_sha256": "str",
    "day": "str",  # ISO date
    "who": "str",  # who says so; of a measure, who does it
    "note": "str",
}
COLUMNS: Mapping[Layer, Mapping[str, str]] = {
    Layer.BASES: BASE_COLUMNS,
    Layer.FACILITIES: FACILITY_COLUMNS,
    Layer.DISTRICTS: DISTRICT_COLUMNS,
    Layer.TOWNS: TOWN_COLUMNS,
    Layer.ROADS: ROAD_COLUMNS,
    Layer.POPULATION: POPULATION_COLUMNS,
    Layer.RECORDS: RECORD_COLUMNS,
}
LAYER_WORDS: Mapping[Layer, str] = {
    Layer.BASES: N_("孵化基地"),
    Layer.FACILITIES: N_("配套设施"),
    Layer.DISTRICTS: N_("片区"),
    Layer.TOWNS: N_("乡镇街道"),
    Layer.ROADS: N_("道路"),
    Layer.POPULATION: N_("人口"),
    Layer.RECORDS: N_("计划填报"),
}
CELL_M = 100.0  # of the county's grid, on which ground and people are counted
# Which shapes a layer takes: dimension of the geometry.
POINTS, LINES, AREAS = 0, 1, 2
DIMENSIONS: Mapping[Layer, tuple[int, ...]] = {
    Layer.BASES: (POINTS, AREAS),
    Layer.FACILITIES: (POINTS, AREAS),
    Layer.DISTRICTS: (AREAS,),
    Layer.TOWNS: (AREAS,),
    Layer.ROADS: (LINES,),
    Layer.POPULATION: (POINTS, AREAS),
    Layer.RECORDS: (),
}
PLACED: tuple[Layer, ...] = tuple(layer for layer in Layer if DIMENSIONS[layer])


def column_frame(layer: Layer, columns: Mapping[str, Any], geometry: Any) -> gpd.GeoDataFrame:
    """Values by column, in Arrow or in a list (missing text or number None), and (n,) shapely geometries, as a frame of
    the layer's columns."""
    arrays = {name: _arrow(columns[name], *_ARROW[dtype]) for name, dtype in COLUMNS[layer].items()}
    frame = pa.table(arrays).to_pandas(types_mapper=_DTYPES.get)
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(geometry, crs=STORAGE_EPSG))


def _arrow(values: Any, kind: pa.DataType, blank: Any) -> pa.ChunkedArray | pa.Array:
    array = values if isinstance(values, pa.ChunkedArray) else pa.array(values, kind, from_pandas=True)
    return array if blank is None or not array.null_count else array.fill_null(blank)


# pandas dtype -> Arrow type, and what stands where nothing is given.
_ARROW: Mapping[str, tuple[pa.DataType, Any]] = {
    "str": (pa.large_string(), ""),
    "bool": (pa.bool_(), False),
    "Int64": (pa.int64(), None),
    "Float64": (pa.float64(), None),
}
_DTYPES = {
    pa.large_string(): pd.StringDtype(na_value=float("nan")),
    pa.int64(): pd.Int64Dtype(),
    pa.float64(): pd.Float64Dtype(),
}


def feature_frame(layer: Layer, rows: list[dict[str, Any]], geometry: list[Any]) -> gpd.GeoDataFrame:
    """Rows and shapely geometries (EPSG:4326, degrees) as a frame of the layer's exact columns; missing text is ""."""
    return column_frame(layer, {name: [row.get(name) for row in rows] for name in COLUMNS[layer]}, geometry)


@dataclass(frozen=True)
class Inference:
    """Something the plan's text does not say, or blanks, and we infer."""

    field: str
    reason: Label


@dataclass(frozen=True)
class Stage:
    """A stage of incubation, or a supporting platform (``in_chain`` False)."""

    id: str
    label: Label
    symbol: str  # triangle | square | diamond | hexagon | circle | pentagon
    in_chain: bool
    aliases: tuple[str, ...] = ()  # other words that files use for it


@dataclass(frozen=True)
class District:
    id: str
    label: Label
    towns: tuple[str, ...]  # Town.name
    profile: str  # Profile.id of the standard that applies here
    colour: str
    inferred: tuple[Inference, ...] = ()


@dataclass(frozen=True)
class Town:
    name: str
    name_en: str
    district: str
    located: bool  # False: no centre is known, so it has no cell of its own
    source: str


@dataclass(frozen=True)
class Link:
    """A stage of a cluster's chain, as the plan has it."""

    stage: str  # Stage.id
    words: Label  # what the plan calls it
    bases: tuple[str, ...] = ()  # ids of the bases that the plan names for it, () where it names none
    inferred: tuple[Inference, ...] = ()


@dataclass(frozen=True)
class Member:
    """A platform, project or firm that the plan names in a cluster."""

    label: Label
    called: Label  # what the plan calls it, "" where it says nothing
    base: str = ""  # id of the base that it is, "" where it is none


@dataclass(frozen=True)
class Cluster:
    id: str
    label: Label
    district: str  # "" where the plan names none
    industry: Label
    links: tuple[Link, ...]  # in the plan's order, () where it states no chain
    chain_text: Label  # the chain in the plan's words
    platforms: tuple[Member, ...]
    firms: tuple[Member, ...]
    colour: str
    clause: Label  # where in the plan
    developing: bool  # True: one of those that the plan only names
    aim: Label  # in the plan's words, "" where it states none
    inferred: tuple[Inference, ...] = ()

    @property
    def chain(self) -> tuple[str, ...]:
        """The ids of the chain's stages."""
        return tuple(link.stage for link in self.links)


class Counts(StrEnum):
    """What in the bases gives a target's actual figure."""

    ENTERED = "entered"  # nothing: somebody enters it
    FLOOR_AREA = "floor-area"  # the floor area of the bases; Target.unit is one of FLOOR_UNITS
    DEMONSTRATION = "demonstration"  # how many are demonstration bases
    LEVEL = "level"  # how many have Target.level or a higher one


# Unit of a target that counts floor area -> square metres.
FLOOR_UNITS: Mapping[str, float] = {"平方米": 1.0, "㎡": 1.0, "万平方米": 1e4, "万㎡": 1e4}


@dataclass(frozen=True)
class Level:
    """A rank that a base may be given by some authority."""

    id: str
    label: Label


@dataclass(frozen=True)
class Target:
    metric: str
    label: Label
    unit: Label
    clause: Label
    values: Mapping[int, float | None]  # year -> figure, None where the text is blanked; a missing year is not stated
    words: Mapping[int, Label]  # year -> the plan's own words, for the same years
    counts: Counts = Counts.ENTERED
    level: str = ""  # Level.id, with Counts.LEVEL

    def unit_text(self, lang: str) -> str:
        """The unit for readers of ``lang``. A counting word, which has no English, is left out of English."""
        return self.unit.en if lang == "en" else self.unit.zh


@dataclass(frozen=True)
class Item:
    """One thing that a demonstration base has to have."""

    id: str
    label: Label | None  # None: not legible in the text
    words: Label  # in the plan's words


@dataclass(frozen=True)
class Demonstration:
    """The plan's standard for a demonstration base."""

    label: Label
    clause: Label
    items: tuple[Item, ...]
    inferred: tuple[Inference, ...] = ()


@dataclass(frozen=True)
class RosterBase:
    """A base on a roster: in the plan's words, and which base it is ("" where there is none of it yet)."""

    name: Label
    base: str
    inferred: tuple[Inference, ...] = ()


@dataclass(frozen=True)
class Roster:
    """The bases that are to become demonstration bases in one year."""

    year: int
    clause: Label
    bases: tuple[RosterBase, ...]


@dataclass(frozen=True)
class Measure:
    """One thing to do, in the plan's words."""

    id: str
    text: Label
    owners: tuple[Label, ...] = ()  # those whom the plan names, () where it names none
    due: int | None = None  # year, None where the plan states none


@dataclass(frozen=True)
class Task:
    """A clause of the plan that says what is to be done."""

    id: str
    clause: Label
    title: Label
    measures: tuple[Measure, ...]


@dataclass(frozen=True)
class Plan:
    title: Label
    document: str
    years: tuple[int, ...]
    stages: tuple[Stage, ...]
    clusters: tuple[Cluster, ...]
    levels: tuple[Level, ...]  # highest first
    targets: tuple[Target, ...]
    demonstration: Demonstration | None  # None: the plan sets no such standard
    rosters: tuple[Roster, ...]
    tasks: tuple[Task, ...]
    standard: str  # Standard.id that coverage uses by default

    def counted_levels(self, target: Target) -> tuple[str, ...]:
        """The levels that count for ``target``: its own and the higher ones; () where it does not count levels."""
        ids = tuple(level.id for level in self.levels)
        return ids[: ids.index(target.level) + 1] if target.counts is Counts.LEVEL else ()


@dataclass(frozen=True)
class Family:
    """A family of categories that share a colour."""

    id: str
    label: Label
    colour: str


@dataclass(frozen=True)
class Category:
    id: str
    label: Label
    family: str
    where: str  # "around" | "inside" a base, as the plan puts it
    glyph: str  # one CJK character drawn on the map
    clause: Label
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One row of a standard: the service distance for one category under one profile."""

    category: str
    profile: str
    threshold_m: float
    clause: Label
    source: str
    certainty: Label  # in words: 高 / 中 / 未核实 …
    note: Label


@dataclass(frozen=True)
class Ring:
    """A walking-time ring of the standard."""

    minutes: int
    radius_m: float
    clause: Label
    certainty: Label


@dataclass(frozen=True)
class Profile:
    id: str
    label: Label


@dataclass(frozen=True)
class Standard:
    id: str
    label: Label
    note: Label
    profiles: tuple[Profile, ...]
    rings: tuple[Ring, ...]
    rules: tuple[Rule, ...]

    def rule(self, category: str, profile: str) -> Rule:
        """The rule for ``category`` under ``profile``.

        Raises:
            NotFoundError: the standard has no such row.
        """
        for rule in self.rules:
            if rule.category == category and rule.profile == profile:
                return rule
        raise NotFoundError(
            message(
                N_("标准“{standard}”没有 {category} 在 {profile} 情形下的距离:请在 data/standards/ 补一行。"),
                standard=self.label,
                category=category,
                profile=profile,
            )
        )


@dataclass(frozen=True)
class Pack:
    """A county, its plan and its standards, read from a folder."""

    id: str
    path: Path
    label: Label
    adcode: str
    boundary_note: Label
    review_number: str  # 审图号; "" means internal use
    boundary: gpd.GeoDataFrame  # one row, EPSG:4326
    neighbours: gpd.GeoDataFrame  # columns name, name_en
    # columns name, name_en, district, source; schematic cells, located towns only. Where a cell was drawn around a point,
    # seed_lon and seed_lat (degrees) are it, and centre says whether it is the town's own centre.
    town_areas: gpd.GeoDataFrame
    district_areas: gpd.GeoDataFrame  # columns id, name, name_en; dissolved town cells, schematic
    towns: tuple[Town, ...]
    districts: tuple[District, ...]
    families: tuple[Family, ...]
    categories: tuple[Category, ...]
    plan: Plan
    standards: tuple[Standard, ...]
    bases: gpd.GeoDataFrame  # BASE_COLUMNS
    sample_facilities: gpd.GeoDataFrame  # FACILITY_COLUMNS
    metric_epsg: int
    digest: str  # sha256 over the pack's files: part of every cache key

    def standard(self, id: str | None = None) -> Standard:
        """The standard of that id, or the plan's own."""
        return _by_id(self.standards, id or self.plan.standard, N_("没有标准 {id}:请用 {known} 之一。"))

    def category(self, id: str) -> Category:
        return _by_id(self.categories, id, N_("没有配套类别 {id}:请用 {known} 之一。"))

    def label_of(self, kind: Literal["district", "cluster", "stage"], id: str) -> Label:
        """What a stored district, cluster or stage is called; its id where the pack no longer has it: a later plan may
        have dropped what earlier bases say."""
        named: dict[str, Sequence[_Named]] = {
            "district": self.districts,
            "cluster": self.plan.clusters,
            "stage": self.plan.stages,
        }
        return next((one.label for one in named[kind] if one.id == id), Label(id))

    def district(self, id: str) -> District:
        return _by_id(self.districts, id, N_("没有片区 {id}:请用 {known} 之一。"))

    def cluster(self, id: str) -> Cluster:
        return _by_id(self.plan.clusters, id, N_("没有产业集群 {id}:请用 {known} 之一。"))

    def stage(self, id: str) -> Stage:
        return _by_id(self.plan.stages, id, N_("没有孵化阶段 {id}:请用 {known} 之一。"))


class _Named(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def label(self) -> Label: ...


_T = TypeVar("_T", bound=_Named)


def _by_id(things: tuple[_T, ...], id: str, unknown: str) -> _T:
    for thing in things:
        if thing.id == id:
            return thing
    raise NotFoundError(message(unknown, id=id, known=Listed(tuple(thing.id for thing in things))))
