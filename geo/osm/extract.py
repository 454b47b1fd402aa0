"""The facilities and the walkable ways of one county out of an OpenStreetMap file.

A file is read in passes, each of which keeps only what lies near the county: memory grows with the county, not with
the file. Ids are OpenStreetMap's own (``osm-n12`` a node, ``osm-w34`` a way, ``osm-r56`` a relation), so that a later
extract updates the same features; an object of several categories has the later ones after its id (``osm-n12-dining``).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import osmium
import shapely

from geo import apart, crs
from geo.areas import under
from geo.errors import InputError
from geo.i18n import N_, Label, message
from geo.model import Certainty, Layer, Pack, feature_frame
from geo.osm import files
from geo.osm.files import Nodes, OsmFile
from geo.osm.report import OsmReport, Skip
from geo.osm.tags import Tags, TagTable, read_tags
from geo.osm.ways import Line, area, line_of, street
from geo.shapes import prepared

ID_START = "osm-"
ROAD_MARGIN_M = 2000.0  # ways this far outside the county are taken: people cross its border, and walk this far at most
_MOST_NAME = 200  # characters of a name, as uploads have it
_NAME_KEYS = ("name:zh", "name", "name:zh-Hans", "brand:zh", "brand", "operator")
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")
_OUTLINES = ("multipolygon", "boundary")  # types of relations
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # what osmium gives for an object without a time

Watch = Callable[[str], None]  # is told each stage as it begins (a msgid); what it raises stops the reading
STAGES = (N_("找县里的节点"), N_("取配套设施"), N_("取路"), N_("拼图形"))


def unwatched(_stage: str) -> None:
    """Nobody looks on."""


@dataclass(frozen=True, eq=False)  # frames have no single answer to ==
class Extract:
    """What a file gave: frames of FACILITY_COLUMNS and ROAD_COLUMNS (EPSG:4326), and how they came about."""

    facilities: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    report: OsmReport


@dataclass
class _Found:
    """What the passes have found so far: rows with their shapes, and counts."""

    facilities: dict[str, tuple[dict[str, Any], Any]] = field(default_factory=dict)
    roads: dict[str, tuple[dict[str, Any], Any]] = field(default_factory=dict)
    skipped_facilities: Counter[Skip] = field(default_factory=Counter)
    skipped_roads: Counter[Skip] = field(default_factory=Counter)
    gone: dict[str, Any] = field(default_factory=dict)  # id of a partial road -> the nodes that are not near
    partial: dict[str, Any] = field(default_factory=dict)  # id of a facility not taken -> the same
    unnamed: int = 0
    unread_capacities: int = 0
    newest: datetime = _EPOCH


@dataclass(frozen=True, eq=False)
class _Reading:
    """One file on its way into one county."""

    file: OsmFile
    pack: Pack
    table: TagTable
    county: Any  # shapely, degrees, prepared
    nodes: Nodes
    found: _Found
    box: tuple[float, float, float, float]  # around the county: west, south, east, north

    def near(self, lon: float, lat: float) -> bool:
        """Whether a place may be in the county, quickly."""
        west, south, east, north = self.box
        return west <= lon <= east and south <= lat <= north


def read_apart(path: Path, pack: Pack, districts: gpd.GeoDataFrame, watch: Watch = unwatched) -> Extract:
    """As :func:`read_extract`, in a process of its own: libosmium crashes on some files that are damaged.

    Raises:
        InputError: as there, or it crashed.
    """
    try:
        return apart.call(read_extract, path.resolve(), pack, districts, tell=watch)
    except apart.DiedError as fault:
        text = N_("“{file}”读到一半,读它的程序就崩溃了:文件可能损坏,或内存不够。请重新下载,核对大小后再导入。")
        raise InputError(message(text, file=path.name)) from fault


def read_extract(path: Path, pack: Pack, districts: gpd.GeoDataFrame, watch: Watch = unwatched) -> Extract:
    """The county's facilities, and its ways that may be walked with those within :data:`ROAD_MARGIN_M` around it.

    Args:
        path: a .osm.pbf, .osm or .osm.gz file of any size.
        districts: id and area (EPSG:4326) of the districts that facilities are told to lie in.

    Raises:
        InputError: the file cannot be read to its end, or has nothing of this county; the message says what to do.
    """
    file = files.open_file(path)
    county = prepared(shapely.union_all(np.asarray(pack.boundary.geometry.array, dtype=object)))
    margin = shapely.buffer(crs.project(county, pack.metric_epsg), ROAD_MARGIN_M)
    watch(STAGES[0])
    with files.nodes_near(file, crs.unproject(margin, pack.metric_epsg)) as nodes:
        _check_any(file, nodes, pack)
        reading = _Reading(file, pack, read_tags(), county, nodes, _Found(), tuple(county.bounds))
        watch(STAGES[1])
        areas = _take_points(reading)
        _take_closed_ways(reading)
        watch(STAGES[2])
        _take_ways(reading)
        watch(STAGES[3])
        _take_relations(reading, areas)
        return _extract(reading, districts)


def _check_any(file: OsmFile, nodes: Nodes, pack: Pack) -> None:
    if not len(nodes.ids):
        text = N_("“{file}”里没有{county}的数据:请选包含这个县的 OpenStreetMap 数据提取(例如所在的省)。")
        raise InputError(message(text, file=file.name, county=pack.label))


# --- the passes ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Relation:
    """What may be a facility or ground to walk on; ``outlined`` where its members are an outline, and not a mere list."""

    id: str
    tags: Tags
    ways: tuple[int, ...]
    outlined: bool


def _take_points(reading: _Reading) -> list[_Relation]:
    """Takes the nodes that are facilities; gives the relations to be put together later."""
    relations = []
    pairs = (*reading.table.facility_pairs, *reading.table.walk.areas.first_pairs)
    kinds = osmium.osm.NODE | osmium.osm.RELATION
    for thing in files.objects(reading.file, kinds, osmium.filter.TagFilter(*pairs)):
        if thing.is_node():
            _take_node(reading, thing)
            continue
        tags = reading.file.tags(thing)
        ways = tuple(member.ref for member in thing.members if member.type == "w")
        relations.append(_Relation(f"{ID_START}r{thing.id}", tags, ways, tags.get("type") in _OUTLINES))
        _note_time(reading.found, thing)
    return relations


def _take_node(reading: _Reading, node: Any) -> None:
    _note_time(reading.found, node)
    if not node.location.valid():
        reading.found.skipped_facilities[Skip.MISSING_NODES] += 1
        return
    if not reading.near(node.lon, node.lat):
        reading.found.skipped_facilities[Skip.OUTSIDE] += 1
        return
    _take_facility(reading, f"{ID_START}n{node.id}", reading.file.tags(node), shapely.Point(node.lon, node.lat))


def _take_closed_ways(reading: _Reading) -> None:
    wanted = osmium.filter.TagFilter(*reading.table.facility_pairs)
    for way in files.objects(reading.file, osmium.osm.WAY, wanted):
        if not reading.nodes.touch(way):
            reading.found.skipped_facilities[Skip.OUTSIDE] += 1
            continue
        tags = reading.file.tags(way)
        if not reading.table.matches(tags):
            continue
        id = f"{ID_START}w{way.id}"
        line = line_of([node.ref for node in way.nodes], reading.nodes)
        if not line.runs:
            reading.found.skipped_facilities[Skip.OUTSIDE] += 1
        elif not line.closed:
            reading.found.skipped_facilities[Skip.OPEN_WAY] += 1
        elif not line.whole:
            reading.found.partial[id] = line.gone
        else:
            _note_time(reading.found, way)
            _take_facility(reading, id, tags, area([line]))


def _take_ways(reading: _Reading) -> None:
    keys = {"highway", *(pairs[0][0] for pairs in reading.table.walk.others.alternatives)}
    for way in files.objects(reading.file, osmium.osm.WAY, osmium.filter.KeyFilter(*sorted(keys))):
        if not reading.nodes.touch(way):
            reading.found.skipped_roads[Skip.OUTSIDE] += "highway" in way.tags
            continue
        tags = reading.file.tags(way)
        kind = reading.table.walk.judged(tags)
        if isinstance(kind, Skip) and "highway" not in tags:
            continue  # a railway is no road that was left out
        line = line_of([node.ref for node in way.nodes], reading.nodes)
        shape = street(line)
        if shape is None:
            reading.found.skipped_roads[Skip.NO_LINE if line.whole else Skip.OUTSIDE] += 1
        elif isinstance(kind, Skip):
            reading.found.skipped_roads[kind] += 1
        else:
            _note_time(reading.found, way)
            _take_road(reading, f"{ID_START}w{way.id}", tags, kind, shape)
            if not line.whole:
                reading.found.gone[f"{ID_START}w{way.id}"] = line.gone


def _take_relations(reading: _Reading, relations: Sequence[_Relation]) -> None:
    members = {ref for relation in relations for ref in relation.ways}
    lines: dict[int, Line] = {}
    if members:
        for way in files.objects(reading.file, osmium.osm.WAY, osmium.filter.IdFilter(members)):
            if reading.nodes.touch(way):
                lines[way.id] = line_of([node.ref for node in way.nodes], reading.nodes)
    for relation in relations:
        parts = [lines[ref] for ref in relation.ways if ref in lines]
        missing = sum(ref not in lines for ref in relation.ways)
        _take_relation(reading, relation, parts, missing)


def _take_relation(reading: _Reading, relation: _Relation, parts: list[Line], missing: int) -> None:
    kind = reading.table.walk.judged(relation.tags)
    facility = bool(reading.table.matches(relation.tags))
    if not relation.outlined:
        reading.found.skipped_facilities[Skip.NO_AREA] += facility and bool(parts)
    elif facility:
        if not parts:
            reading.found.skipped_facilities[Skip.OUTSIDE] += 1
        elif missing or not all(line.whole for line in parts):
            reading.found.partial[relation.id] = np.concatenate([line.gone for line in parts])
        else:
            _take_facility(reading, relation.id, relation.tags, area(parts))
    elif isinstance(kind, Skip):
        reading.found.skipped_roads[kind] += bool(parts)
    elif runs := tuple(run for line in parts for run in line.runs):
        _take_road(reading, relation.id, relation.tags, kind, street(Line(runs, False, parts[0].gone)))


# --- rows ----------------------------------------------------------------------------------------------------------


def _take_facility(reading: _Reading, id: str, tags: Tags, shape: Any) -> None:
    matches = reading.table.matches(tags)
    skipped = reading.found.skipped_facilities
    if shape is None:
        skipped[Skip.NO_AREA] += bool(matches)
        return
    if not matches:
        return
    if not shapely.intersects(reading.county, shape):
        skipped[Skip.OUTSIDE] += 1
        return
    if (shut := reading.table.shut(tags)) is not None:
        skipped[shut] += 1
        return
    labels = {category.id: category.label for category in reading.pack.categories}
    skipped[Skip.NO_CATEGORY] += sum(category not in labels for category, _ in matches)
    known = [(category, tag) for category, tag in matches if category in labels]
    names = _names(tags)
    reading.found.unnamed += bool(known) and not names.zh
    for place, (category, tag) in enumerate(known):
        called = names if names.zh else labels[category]
        own = f"{id}-{category}" if place else id
        row = {"id": own, "category": category, "note": tag, "note_en": tag, "name": called.zh, "name_en": called.en}
        reading.found.facilities[own] = ({**row, "capacity": _capacity(reading, category, tags)}, shape)


def _capacity(reading: _Reading, category: str, tags: Tags) -> float | None:
    """Beds, places, flats as the table's keys tell them; None where they do not, or not by a number."""
    text = reading.table.capacity(category, tags)
    if _NUMBER.fullmatch(text):
        return float(text)
    reading.found.unread_capacities += bool(text)
    return None


def _take_road(reading: _Reading, id: str, tags: Tags, kind: str, shape: Any) -> None:
    names = _names(tags)
    row = {"id": id, "kind": kind, "name": names.zh, "name_en": names.en, "at_nodes": True}
    reading.found.roads[id] = (row, shape)


def _names(tags: Tags) -> Label:
    zh = next((text for key in _NAME_KEYS if (text := _printable(tags.get(key, "")))), "")
    return Label(zh, _printable(tags.get("name:en", "")))


def _printable(text: str) -> str:
    """The text on one line, without what no page or database can hold, cut to the length of a name."""
    kept = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(kept.split())[:_MOST_NAME]


def _note_time(found: _Found, thing: Any) -> None:
    found.newest = max(found.newest, thing.timestamp)


# --- the whole -----------------------------------------------------------------------------------------------------


def _extract(reading: _Reading, districts: gpd.GeoDataFrame) -> Extract:
    found = reading.found
    newest = found.newest if found.newest > _EPOCH else None
    dated = files.header_date(reading.file) or newest
    source = {**_sources(dated), "certainty": str(Certainty.REPORTED)}
    shapes = np.array([shape for _, shape in found.facilities.values()], dtype=object)
    rows = [row for row, _ in found.facilities.values()]
    for row, district in zip(rows, under(shapes, districts), strict=True):
        row["district"] = district
    return Extract(
        facilities=feature_frame(Layer.FACILITIES, [{**row, **source} for row in rows], list(shapes)),
        roads=feature_frame(
            Layer.ROADS,
            [{**row, **source} for row, _ in found.roads.values()],
            [shape for _, shape in found.roads.values()],
        ),
        report=_report(reading, dated),
    )


def _sources(dated: datetime | None) -> Mapping[str, str]:
    day = f" {dated:%Y-%m-%d}" if dated else ""
    said = f"© OpenStreetMap contributors (ODbL){day}"
    return {"source": f"© OpenStreetMap 贡献者(ODbL){day}", "source_en": said}


def _report(reading: _Reading, dated: datetime | None) -> OsmReport:
    found = reading.found
    lacked = _lacked(reading.nodes, [*found.gone.values(), *found.partial.values()])
    broken = sum(_lacks(gone, lacked) for gone in found.gone.values())
    lacking = sum(_lacks(gone, lacked) for gone in found.partial.values())
    found.skipped_facilities[Skip.MISSING_NODES] += lacking
    found.skipped_facilities[Skip.OUTSIDE] += len(found.partial) - lacking
    taken = Counter(str(row["category"]) for row, _ in found.facilities.values())
    box = files.header_box(reading.file)
    return OsmReport(
        dated=dated,
        facilities={category.id: taken[category.id] for category in reading.pack.categories},
        roads=dict(Counter(str(row["kind"]) for row, _ in found.roads.values()).most_common()),
        skipped_facilities=_counted(found.skipped_facilities),
        skipped_roads=_counted(found.skipped_roads),
        unnamed=found.unnamed,
        capacities=sum(row["capacity"] is not None for row, _ in found.facilities.values()),
        unread_capacities=found.unread_capacities,
        cut_roads=len(found.gone) - broken,
        broken_roads=broken,
        missing_nodes=len(lacked),
        no_relations=reading.file.may_end_early and not reading.nodes.relations,
        covers=None if box is None else shapely.intersection(reading.county, box).area / reading.county.area,
    )


def _lacked(nodes: Nodes, gone: Sequence[Any]) -> Any:
    """Of the nodes that are not near, those that the file does not have at all, ascending."""
    refs = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *gone]))
    return refs[~nodes.in_file(refs)]


def _lacks(gone: Any, lacked: Any) -> bool:
    """Whether the file lacks one of a thing's nodes, or, where none of them is not near, a whole member."""
    return not len(gone) or bool(np.isin(gone, lacked).any())


def _counted(counts: Counter[Skip]) -> Mapping[Skip, int]:
    return {why: n for why, n in counts.most_common() if n}
