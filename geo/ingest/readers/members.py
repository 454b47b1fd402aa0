"""What GeoJSON's members (RFC 7946) say around properties and coordinates, and what is told of those that are not as they
should be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import msgspec
import pyproj

from geo.errors import InputError
from geo.i18n import N_, Message, message
from geo.ingest.progress import Tick, silent
from geo.ingest.readers import coordinates, jsontext
from geo.ingest.readers.jsontext import Doubled, Record
from geo.ingest.rows import ABSENT, Flaw
from geo.ingest.text import shown, writable

GEOMETRIES = frozenset(
    ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection")
)
_FEATURE_MEMBERS = frozenset(("type", "properties", "geometry", "id", "bbox", "faults"))  # the last is our own
_COLLECTION_MEMBERS = frozenset(
    ("type", "features", "name", "crs", "bbox", "xy_coordinate_resolution", "facts")  # the last is our own
)
_BBOX_SIZES = (4, 6)
_NO_FEATURES = N_("不是 GeoJSON 要素集:最外层应为 FeatureCollection,里面有 features。请从 GIS 重新导出。")
_MOST_TOLD = 20  # members that are named
WGS84 = 4326

Note = tuple[str, Message, Message]


def features(data: bytes, tick: Tick = silent) -> tuple[list[Any], list[Note], int | None, list[Flaw]]:
    """The features as decoded, notes on the file, its CRS, and the flaws of lines that are none.

    Raises:
        InputError: not UTF-8, not JSON, too deeply nested, not GeoJSON, or without features.
        StoppedError: ``tick`` raised it.
    """
    document, lines = jsontext.document(data, tick)
    flaws: list[Flaw] = []
    found, notes, epsg = _members(document) if lines is None else _lines(lines, flaws)
    return found, notes, epsg, flaws


def rows_of(records: list[Record], flaws: list[Flaw]) -> list[Any]:
    """The features on lines of a file; those that are no JSON are told, and stand there as texts."""
    rows: list[Any] = []
    for record in records:
        if record.broken:
            said = message(N_("第 {line} 行不是 JSON"), line=record.line)
            fix = message(N_("每行应是一个完整的 Feature:请重新导出这一行"))
            flaws.append(Flaw(len(rows), "not_json_line", said, fix))
            rows.append(record.value)
        else:
            rows += _listed(record.value) if is_collection(record.value) else [_as_feature(record.value)]
    return rows


def _lines(records: list[Record], flaws: list[Flaw]) -> tuple[list[Any], list[Note], int | None]:
    rows = rows_of(records, flaws)
    if not any(map(is_feature, rows)):
        raise InputError(_NO_FEATURES)
    first = next(record.value for record in records if not record.broken)
    epsg, notes = crs(first.get("crs"))
    collections = [record.value for record in records if is_collection(record.value)]
    return rows, outside(collections) + notes, epsg


def is_collection(value: Any) -> bool:
    return (
        isinstance(value, dict) and value.get("type") == "FeatureCollection" and isinstance(value.get("features"), list)
    )


def _as_feature(value: Any) -> Any:
    """A bare geometry as a feature without properties; anything else as it is."""
    kind = value.get("type") if isinstance(value, dict) else None
    if isinstance(kind, str) and kind in GEOMETRIES:
        return {"type": "Feature", "properties": None, "geometry": value}
    return value


def _members(document: Any) -> tuple[list[Any], list[Note], int | None]:
    if not is_collection(document):
        one = _as_feature(document)
        if not is_feature(one):
            raise InputError(_other_json(document))
        epsg, notes = crs(document.get("crs"))
        return [_as_feature(_without_crs(document))], notes, epsg
    features = _listed(document)
    if not features:
        raise InputError(N_("文件里没有要素:请确认导出时选中了图层和要素。"))
    epsg, notes = crs(document.get("crs"))
    return features, outside([document]) + notes, epsg


def _other_json(document: Any) -> str:
    """What is said of JSON that holds no features, by what it may be."""
    if isinstance(document, dict):
        if document.get("type") == "Topology":
            return N_("这是 TopoJSON,不是 GeoJSON:请转成 GeoJSON 后再传(例如用 mapshaper 导出)。")
        if "geometryType" in document or "rings" in document or "paths" in document or _is_of_esri(document):
            return N_("这是 Esri JSON,不是 GeoJSON:请从 ArcGIS 导出为 GeoJSON(网址里写 f=geojson)后再传。")
    return _NO_FEATURES


def _is_of_esri(document: dict[str, Any]) -> bool:
    rows = document.get("features")
    return isinstance(rows, list) and any(isinstance(row, dict) and "attributes" in row for row in rows[:1])


def _without_crs(one: dict[str, Any]) -> dict[str, Any]:
    """A feature or geometry that is the whole file without its ``crs``, which has been read."""
    if "crs" not in one:
        return one
    rest = Doubled((name, value) for name, value in one.items() if name != "crs")
    rest.names = one.names if isinstance(one, Doubled) else ()
    return rest


def _listed(collection: dict[str, Any]) -> list[Any]:
    """The features of a collection; of two lists one would be lost."""
    if isinstance(collection, Doubled) and "features" in collection.names:
        raise InputError(
            N_("文件里 features 写了两次,只能读出一个,其余的行会丢:请把它们合成一个 features,或从 GIS 重新导出。")
        )
    features: list[Any] = collection["features"]
    return features


def outside(collections: Sequence[dict[str, Any]]) -> list[Note]:
    """What is told of the members of collections beside their features (RFC 7946, 7.1)."""
    doubled = dict.fromkeys(name for one in collections if isinstance(one, Doubled) for name in one.names)
    unknown = dict.fromkeys(name for one in collections for name in one if name not in _COLLECTION_MEMBERS)
    twice = [("duplicate_key", message(_TWICE, name=shown(name)), _ONCE) for name in list(doubled)[:_MOST_TOLD]]
    beside = [
        ("foreign_member", message(N_("文件最外层还有:{name}"), name=shown(name)), _NOT_KEPT)
        for name in list(unknown)[:_MOST_TOLD]
    ]
    return [*twice, *beside, *_of_boxes(bad_boxes(collections))]


_TWICE = N_("同一个键写了两次:{name}")
_ONCE = message(N_("读的是后一个;请只留一个"))
_NOT_KEPT = message(N_("不会存入;要紧的内容请放进 properties"))


def crs(member: Any) -> tuple[int | None, list[Note]]:
    """The EPSG code of the old ``crs`` member (GeoJSON 2008); WGS-84 where there is none."""
    if member is None:
        return WGS84, []
    named = member.get("properties") if isinstance(member, dict) else None
    name = named.get("name") if isinstance(named, dict) else None
    found = _epsg_of(name) if isinstance(name, str) else None
    if found is not None:
        return found, []
    said = message(N_("文件写的坐标系看不懂:{name}"), name=shown(name if isinstance(name, str) else member))
    return None, [("crs_unknown", said, message(N_("会按经纬度读;请核对图上的位置")))]


def _epsg_of(name: str) -> int | None:
    """The EPSG code of a CRS by name, URN or code."""
    if "CRS84" in name:
        return WGS84
    try:
        code: int | None = pyproj.CRS.from_user_input(writable(name)).to_epsg()
    except pyproj.exceptions.CRSError:
        return None
    return code


def properties(feature: Any) -> Mapping[str, Any]:
    given = feature.get("properties") if isinstance(feature, dict) else None
    return given if isinstance(given, dict) else {}


def geometry(feature: Any) -> Any:
    return feature.get("geometry") if is_feature(feature) else ABSENT


def is_feature(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") == "Feature"


def shape_of_features(features: list[Any], told: set[int]) -> list[Flaw]:
    flaws = []
    for index, feature in enumerate(features):
        if index in told:
            continue
        if not is_feature(feature):
            said, fix = message(N_("不是要素")), message(N_("每一条的 type 应是 Feature:请重新导出"))
            flaws.append(Flaw(index, "not_a_feature", said, fix))
        elif not isinstance(feature.get("properties"), dict | None):
            said, fix = message(N_("属性不是对象")), message(N_("properties 应写成 {…}:请重新导出"))
            flaws.append(Flaw(index, "bad_properties", said, fix))
    return flaws


def doubled(features: list[Any]) -> list[Flaw]:
    flaws = []
    for index, feature in enumerate(features):
        if type(feature) is dict and type(feature.get("properties")) is dict and type(feature.get("geometry")) is dict:
            continue  # nearly every row
        parts = [feature, feature.get("properties"), feature.get("geometry")] if isinstance(feature, dict) else []
        names = dict.fromkeys(name for part in parts if isinstance(part, Doubled) for name in part.names)
        flaws += [Flaw(index, "duplicate_key", message(_TWICE, name=shown(name)), _ONCE) for name in names]
    return flaws


@dataclass(frozen=True)
class Beside:
    """What features hold beside what is read of them, and how many hold it.

    Attributes:
        foreign: how many have a member that RFC 7946 does not know there.
        boxes: have a bbox that is not as RFC 7946 (5) wants it.
        ids: have an id that is neither text nor number (3.2); null says that there is none.
        lone: lie in a GeometryCollection of one member (3.1.8), which is read.
    """

    foreign: Counter[str] = field(default_factory=Counter)
    boxes: int = 0
    ids: int = 0
    lone: int = 0

    @classmethod
    def of(cls, features: Sequence[Any]) -> Self:
        ours = [feature for feature in features if isinstance(feature, dict)]
        foreign: Counter[str] = Counter()
        for feature in ours:
            foreign.update(name for name in feature if name not in _FEATURE_MEMBERS)
            foreign.update(f"geometry.{name}" for name in _beside_coordinates(feature.get("geometry")))
        ids = sum(feature.get("id") is not None and id_of(feature) is None for feature in ours)
        lone = sum(coordinates.lone(shape) is not shape for shape in (feature.get("geometry") for feature in ours))
        return cls(foreign, bad_boxes(ours), ids, lone)

    def __add__(self, other: Beside) -> Beside:
        return Beside(
            self.foreign + other.foreign, self.boxes + other.boxes, self.ids + other.ids, self.lone + other.lone
        )

    def notes(self) -> list[Note]:
        told = [
            ("foreign_member", message(N_("{n} 行在属性之外还有:{name}"), n=n, name=shown(name)), _NOT_KEPT)
            for name, n in self.foreign.most_common(_MOST_TOLD)
        ]
        if self.ids:
            said = message(N_("{n} 行的 id 不是文字,也不是数"), n=self.ids)
            told.append(("bad_id", said, message(N_("不会用它;请改成文字或数,或写在 properties 里"))))
        if self.lone:
            said = message(N_("{n} 行的图形装在只有一个成员的 GeometryCollection 里"), n=self.lone)
            told.append(("lone_collection", said, message(N_("不用改:取出里面的图形存入"))))
        return [*told, *_of_boxes(self.boxes)]


def id_of(feature: Any) -> str | float | None:
    """The id beside the properties; None where there is none, or one that is neither text nor number."""
    found = feature.get("id") if isinstance(feature, dict) else None
    return found if type(found) in (str, int, float) else None


def _beside_coordinates(geometry: Any) -> Iterator[str]:
    if not isinstance(geometry, dict):
        return iter(())
    inner = "geometries" if geometry.get("type") == "GeometryCollection" else "coordinates"
    return (name for name in geometry if name not in ("type", inner, "bbox"))


def bad_boxes(objects: Iterable[Any]) -> int:
    """How many of features or collections have a bbox that is not as RFC 7946 (5) wants it."""
    return sum(isinstance(one, dict) and not _are_boxes(one) for one in objects)


def _of_boxes(n: int) -> list[Note]:
    said = message(N_("{n} 处 bbox 不是 4 个或 6 个数"), n=n)
    return [("bad_bbox", said, message(N_("bbox 不用也不存;请删去,或从 GIS 重新导出")))] if n else []


def _are_boxes(one: dict[str, Any]) -> bool:
    geometry = one.get("geometry")
    inner = geometry.get("bbox", msgspec.UNSET) if isinstance(geometry, dict) else msgspec.UNSET
    return is_box(one.get("bbox", msgspec.UNSET)) and is_box(inner)


def is_box(value: Any) -> bool:
    """Whether a bbox is four or six numbers, or not there."""
    if value is msgspec.UNSET:
        return True
    return isinstance(value, list) and len(value) in _BBOX_SIZES and {int, float}.issuperset(map(type, value))
