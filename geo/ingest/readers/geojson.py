"""GeoJSON (RFC 7946) to rows: whole documents, single features, bare geometries and one feature a line (RFC 8142).

A file as GIS programs write it is decoded into what it must be and no more, its coordinates straight into arrays. What
does not fit is decoded in full, and looked at by kinds of values, not each value. What cannot be vouched for then goes
the exact way: Python's own parser, which names doubled keys and lets NaN through to be told by its row.
"""

from __future__ import annotations

import io
import itertools
import json
import re
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from operator import itemgetter
from typing import Any, Literal

import msgspec
import numpy as np
import pyproj

from geo.errors import InputError
from geo.i18n import N_, Message, message
from geo.ingest.column import Column
from geo.ingest.progress import Tick, silent
from geo.ingest.readers import coordinates, pieces, quick
from geo.ingest.readers.laid import UnsoundError
from geo.ingest.rows import ABSENT, Decoded, Flaw, Shapes
from geo.ingest.text import shown, writable

GEOMETRIES = frozenset(
    ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection")
)
MOST_COLUMNS = 300  # a file whose every feature names its keys anew must not make a table of n × n cells
_BOM = b"\xef\xbb\xbf"
_RECORD_SEPARATOR = b"\x1e"
_AT_BYTE = re.compile(r"\(byte (\d+)\)")
_FEATURE_MEMBERS = frozenset(("type", "properties", "geometry", "id", "bbox", "faults"))  # the last is our own
_COLLECTION_MEMBERS = frozenset(
    ("type", "features", "name", "crs", "bbox", "xy_coordinate_resolution", "facts")  # the last is our own
)
_BBOX_SIZES = (4, 6)
_MOST_TOLD = 20  # members that are named
_WGS84 = 4326
_MOST_DIGITS = 4000  # of an integer; Python turns down what is much longer

Note = tuple[str, Message, Message]


class Doubled(dict[str, Any]):
    """An object that names a key twice; the last value stands."""

    names: tuple[str, ...] = ()


def read(data: bytes, tick: Tick = silent) -> Decoded:
    """The features of a GeoJSON file.

    Raises:
        InputError: not UTF-8, not JSON, too deeply nested, not GeoJSON, or without features.
    """
    bare = data.removeprefix(_BOM)
    if not bare or bare.isspace():
        raise InputError(N_("文件是空的:请重新导出。"))
    return _plainly(bare, tick) or _fully(bare)


def _fully(data: bytes) -> Decoded:
    features, notes, epsg, flaws = _features(data)
    properties = [_properties(feature) for feature in features]
    outer = [feature.get("id") if isinstance(feature, dict) else None for feature in features]
    columns, dropped = _columns(properties, outer)
    flaws += _shape_of_features(features, {flaw.index for flaw in flaws})
    found = coordinates.shapes([_geometry(feature) for feature in features])
    flaws += _doubled(features)
    return _decoded(data, columns, found, epsg, flaws, notes + dropped + _foreign(features) + _bad_boxes(features))


def _decoded(
    data: bytes,
    columns: dict[str, Column],
    found: tuple[Shapes, list[Flaw], int],
    epsg: int | None,
    flaws: list[Flaw],
    notes: list[Note],
) -> Decoded:
    shapes, wrong, against = found
    if against:
        said = message(N_("{n} 个环的走向与 RFC 7946 相反"), n=against)
        notes.append(("ring_winding", said, message(N_("不用改:走向不影响这里的用途,会照原样收下"))))
    numbers = np.arange(1, len(shapes) + 1)
    # The features themselves take several times the file's size: they are let go, and decoded again when asked for.
    return Decoded(
        "geojson", columns, numbers, shapes, lambda: _features(data)[0], epsg, [*flaws, *wrong], tuple(notes)
    )


def _features(data: bytes) -> tuple[list[Any], list[Note], int | None, list[Flaw]]:
    """The features as decoded, notes on the file, its CRS, and the flaws of lines that are none."""
    document, lines = _document(data)
    flaws: list[Flaw] = []
    features, notes, epsg = _members(document) if lines is None else _lines(lines, flaws)
    return features, notes, epsg, flaws


# --- the plain way -------------------------------------------------------------------------------------------------


class _Feature(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A feature with nothing that would have to be told."""

    type: Literal["Feature"]
    geometry: coordinates.Text | None
    properties: dict[str, str | int | float | bool | None] | None
    id: str | int | float | msgspec.UnsetType | None = msgspec.UNSET


class _Collection(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A collection of such features, with the members that GIS programs write beside them."""

    type: Literal["FeatureCollection"]
    features: list[_Feature]
    name: str | msgspec.UnsetType | None = msgspec.UNSET
    crs: Any = msgspec.UNSET
    bbox: list[float] | msgspec.UnsetType = msgspec.UNSET
    xy_coordinate_resolution: float | msgspec.UnsetType = msgspec.UNSET

    def members(self) -> int:
        """How many members it has beside those of its features."""
        beside = [self.name, self.crs, self.bbox, self.xy_coordinate_resolution]
        return 2 + len(beside) - beside.count(msgspec.UNSET) + _count_all(self.crs)


_around, _several = msgspec.json.Decoder(_Collection), msgspec.json.Decoder(list[_Feature])
_a_line = msgspec.json.Decoder(_Feature)


class _NotPlainError(ValueError):
    """The file is to be looked at in full."""


@dataclass(frozen=True)
class _Piece:
    """What has been read of some features."""

    columns: dict[str, Column]
    outer: list[Any]  # the ids beside the properties
    found: coordinates.Found

    def column(self, header: str) -> Column:
        return self.columns[header] if header in self.columns else Column.of([ABSENT] * len(self.outer))


def _plainly(data: bytes, tick: Tick = silent) -> Decoded | None:
    """A file that is just as GIS programs write it; None for any other, which is to be looked at in full."""
    try:
        texts, in_lines, crs = _cut(data)
        read = _pieces(list(texts), tick, in_lines=in_lines)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    headers = dict.fromkeys(chain.from_iterable(piece.columns for piece in read))
    if not read or len(headers) > MOST_COLUMNS:
        return None
    columns = {writable(header): Column.joined([piece.column(header) for piece in read]) for header in headers}
    _number_of_its_own(columns, [id for piece in read for id in piece.outer])
    starts = itertools.accumulate((len(piece.outer) for piece in read[:-1]), initial=0)
    each = zip(starts, read, strict=True)
    flaws = [replace(flaw, index=flaw.index + start) for start, piece in each for flaw in piece.found[1]]
    shapes, against = np.concatenate([piece.found[0] for piece in read]), sum(piece.found[2] for piece in read)
    epsg, notes = _crs(None if crs is msgspec.UNSET else crs)
    return _decoded(data, columns, (shapes, flaws, against), epsg, [], notes)


def _pieces(texts: Sequence[memoryview], tick: Tick, *, in_lines: bool) -> list[_Piece]:
    """Every piece read: the first one exactly, to see what form its features have, the others quickly if they have it."""
    if not texts:
        return []
    first, *others = texts
    features = _features_of(first, in_lines=in_lines)
    form = quick.Form.of(features, msgspec.UNSET)

    def read(text: memoryview) -> _Piece:
        if form is not None:
            with suppress(quick.NotQuickError, UnsoundError):
                return _Piece(*quick.read(text, form, in_lines=in_lines))
        return _exact(text, _features_of(text, in_lines=in_lines))

    done = [_exact(first, features)]
    threads = ThreadPoolExecutor(_THREADS)
    try:
        for piece in threads.map(read, others):
            tick(len(done) / len(texts))
            done.append(piece)
    finally:
        threads.shutdown(cancel_futures=True)  # where one is no piece, or the reading is stopped
    return done


_THREADS = 2  # Arrow, NumPy and GEOS let another run, Python does not


def _exact(text: memoryview, features: Sequence[_Feature]) -> _Piece:
    """
    Raises:
        msgspec.DecodeError: there is something in the coordinates that only the exact parser can tell.
        _NotPlainError: a key is named twice.
    """
    properties = [feature.properties or {} for feature in features]
    ids = [feature.id for feature in features]
    geometries = [feature.geometry for feature in features]
    members = 6 * len(features) - 2 * geometries.count(None) - ids.count(msgspec.UNSET) + sum(map(len, properties))
    if not _names_keys_once(bytes(text), members):
        raise _NotPlainError
    headers = dict.fromkeys(chain.from_iterable(properties))
    columns = {header: _column(header, properties) for header in headers}
    outer = [None if id is msgspec.UNSET else id for id in ids]
    return _Piece(columns, outer, coordinates.shapes_of_texts(geometries))


def _features_of(text: memoryview, *, in_lines: bool) -> list[_Feature]:
    """
    Raises:
        msgspec.DecodeError, _NotPlainError: these are no plain features.
    """
    if in_lines:
        found = _a_line.decode_lines(text)
        if sum(not line.isspace() for line in io.BytesIO(text)) != len(found):
            raise _NotPlainError
        return found
    if len(text) > 2 * pieces.PIECE:  # it need not be copied where it is one feature
        with suppress(msgspec.DecodeError):
            return [_a_line.decode(text)]
    return _several.decode(b"".join((b"[", text, b"]")))


def _cut(data: bytes) -> tuple[Iterator[memoryview], bool, Any]:
    """The features in pieces, whether they stand one a line, and the collection's ``crs``."""
    mark = secrets.token_hex()  # so that no feature of the file can be taken for it
    stand_in = b'{"type":"Feature","geometry":null,"properties":null,"id":"%s"}' % mark.encode()
    for cut in pieces.cuts(data):
        around = cut.around(stand_in)
        try:
            document = _around.decode(around)
        except msgspec.DecodeError:
            continue
        if [feature.id for feature in document.features] != [mark]:
            raise _NotPlainError
        if not _names_keys_once(around, document.members() + 4) or not _is_box(document.bbox):
            raise _NotPlainError
        return cut.pieces(), False, document.crs
    return pieces.lines(data), True, None


# --- the full way --------------------------------------------------------------------------------------------------


def _check_utf8(data: bytes) -> None:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise InputError(_encoding_advice(data)) from fault


def _encoding_advice(data: bytes) -> str:
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return N_("文件不是 UTF-8 文本:请确认选的是 GeoJSON 文件,并用 UTF-8 编码重新导出。")
    return N_("文件不是 UTF-8 编码,像是 GBK:请用 UTF-8 编码重新导出,否则中文会变成乱码。")


# --- decoding ------------------------------------------------------------------------------------------------------


def _document(data: bytes) -> tuple[Any, list[_Record] | None]:
    """The document, or, where each line is one, None and the lines."""
    try:
        document = msgspec.json.decode(data)
        once = _names_keys_once(data, _count_members(document))
    except RecursionError as fault:
        raise InputError(N_("文件的括号套得太深,不像地图数据:请从 GIS 重新导出 GeoJSON。")) from fault
    except (msgspec.DecodeError, ValueError) as fault:
        _check_utf8(data)
        lines = _by_lines(data)
        if lines is not None:
            return None, lines
        return _exactly(data, fault), None
    return (document if once else _exactly(data, None)), None


def _exactly(data: bytes, first: Exception | None) -> Any:
    """The document by Python's parser, which knows NaN and every key; ``first`` is what the fast one said."""
    try:
        return json.loads(data, object_pairs_hook=_object, parse_int=_whole)
    except RecursionError as fault:
        raise InputError(N_("文件的括号套得太深,不像地图数据:请从 GIS 重新导出 GeoJSON。")) from fault
    except ValueError as fault:
        raise InputError(_place_of(data, str(first))) from fault


def _whole(digits: str) -> int | str:
    """The integer, as text where Python would refuse it for its length."""
    return int(digits) if len(digits) < _MOST_DIGITS else digits


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    doubled = Doubled(found)
    doubled.names = tuple(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
    return doubled


def _place_of(data: bytes, said: str) -> Message:
    found = _AT_BYTE.search(said)
    if found is None:
        return message(N_("文件不完整,或不是 JSON:请重新导出,并确认文件传输完整。"))
    before = data[: int(found[1])]
    line = before.count(b"\n") + 1
    column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "ignore")) + 1
    text = N_("不是 JSON:第 {line} 行第 {column} 个字符处读不下去。请从 GIS 重新导出 GeoJSON,不要手工改动。")
    return message(text, line=line, column=column)


def _names_keys_once(data: bytes, members: int) -> bool:
    """Whether no object has a key twice, where its decoded ``members`` were counted: there are as many colons outside of strings as members were decoded.

    Colons are counted everywhere first, which is quick and settles most files; then only those behind a quotation
    mark. Both counts are never below the number of members, so that "as many" leaves no room for a doubled key.
    """
    if data.count(b":") == members:
        return True
    return data.count(b'":') + len(re.findall(rb'"\s+:', data)) == members


def _count_members(document: Any) -> int:
    """How many members the objects of a decoded document have together, but for objects inside coordinates.

    Those have no business there: a document that has some seems to name a key twice, and goes the exact way.
    """
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not {dict}.issuperset(map(type, features)):
        return _count_all(document)
    parts = [
        part for name in ("geometry", "properties") for feature in features if type(part := feature.get(name)) is dict
    ]
    values = chain.from_iterable(part.values() for part in parts)
    nested = [value for value in values if type(value) is dict or (type(value) is list and not _is_place(value))]
    outer = {name: value for name, value in document.items() if name != "features"}
    total = sum(map(len, features)) + sum(map(len, parts)) + sum(map(_count_all, nested))
    return total + _count_all(outer) + 1


def _is_place(value: list[Any]) -> bool:
    """Whether a list begins as coordinates do."""
    first: Any = value
    while type(first) is list and first:
        first = first[0]
    return type(first) in (float, int, list)


def _count_all(value: Any) -> int:
    if isinstance(value, dict):
        return len(value) + sum(map(_count_all, value.values()))
    return sum(map(_count_all, value)) if isinstance(value, list) else 0


def _by_lines(data: bytes) -> list[_Record] | None:
    """One value a line where the first line is a value by itself and there are several, else None."""
    records = _records(data)
    first = next(iter(records), None)
    if first is None or (len(records) < 2 and _RECORD_SEPARATOR not in data) or not isinstance(first.value, dict):
        return None
    return records


@dataclass(frozen=True)
class _Record:
    """One text of several in a file, and on which line it begins; ``broken``: the value is its text, for it is no JSON."""

    line: int
    value: Any
    broken: bool


def _records(data: bytes) -> list[_Record]:
    """One JSON text a line; where there are record separators, between them, over however many lines (RFC 8142)."""
    texts = data.split(_RECORD_SEPARATOR) if _RECORD_SEPARATOR in data else data.splitlines(keepends=True)
    records, line = [], 1
    for text in texts:
        if bare := text.strip():
            before = len((text[: text.index(bare)] + b".").splitlines()) - 1
            records.append(_record(line + before, bare))
        line += len((text + b".").splitlines()) - 1
    return records


def _record(line: int, text: bytes) -> _Record:
    try:
        return _Record(line, json.loads(text, object_pairs_hook=_object, parse_int=_whole), False)
    except (ValueError, RecursionError):
        return _Record(line, text.decode("utf-8", "replace"), True)


def _lines(records: list[_Record], flaws: list[Flaw]) -> tuple[list[Any], list[Note], int | None]:
    rows: list[Any] = []
    for record in records:
        if record.broken:
            said = message(N_("第 {line} 行不是 JSON"), line=record.line)
            fix = message(N_("每行应是一个完整的 Feature:请重新导出这一行"))
            flaws.append(Flaw(len(rows), "not_json_line", said, fix))
            rows.append(record.value)
        else:
            rows += _listed(record.value) if _is_collection(record.value) else [_as_feature(record.value)]
    if not any(map(_is_feature, rows)):
        raise InputError(N_("不是 GeoJSON 要素集:最外层应为 FeatureCollection,里面有 features。请从 GIS 重新导出。"))
    first = next(record.value for record in records if not record.broken)
    epsg, notes = _crs(first.get("crs"))
    collections = [record.value for record in records if _is_collection(record.value)]
    return rows, _outside(collections) + notes, epsg


# --- members -------------------------------------------------------------------------------------------------------


def _is_collection(value: Any) -> bool:
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
    if not _is_collection(document):
        one = _as_feature(document)
        if not _is_feature(one):
            raise InputError(
                N_("不是 GeoJSON 要素集:最外层应为 FeatureCollection,里面有 features。请从 GIS 重新导出。")
            )
        epsg, notes = _crs(document.get("crs"))
        return [_as_feature(_without_crs(document))], notes, epsg
    features = _listed(document)
    if not features:
        raise InputError(N_("文件里没有要素:请确认导出时选中了图层和要素。"))
    epsg, notes = _crs(document.get("crs"))
    return features, _outside([document]) + notes, epsg


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


def _outside(collections: Sequence[dict[str, Any]]) -> list[Note]:
    """What is told of the members of collections beside their features (RFC 7946, 7.1)."""
    doubled = dict.fromkeys(name for one in collections if isinstance(one, Doubled) for name in one.names)
    beside = dict.fromkeys(name for one in collections for name in one if name not in _COLLECTION_MEMBERS)
    twice = [("duplicate_key", message(_TWICE, name=shown(name)), _ONCE) for name in list(doubled)[:_MOST_TOLD]]
    foreign = [
        ("foreign_member", message(N_("文件最外层还有:{name}"), name=shown(name)), _NOT_KEPT)
        for name in list(beside)[:_MOST_TOLD]
    ]
    return [*twice, *foreign, *_bad_boxes(collections)]


_TWICE = N_("同一个键写了两次:{name}")
_ONCE = message(N_("读的是后一个;请只留一个"))
_NOT_KEPT = message(N_("不会存入;要紧的内容请放进 properties"))


def _crs(member: Any) -> tuple[int | None, list[Note]]:
    """The EPSG code of the old ``crs`` member (GeoJSON 2008); WGS-84 where there is none."""
    if member is None:
        return _WGS84, []
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
        return _WGS84
    try:
        code: int | None = pyproj.CRS.from_user_input(writable(name)).to_epsg()
    except pyproj.exceptions.CRSError:
        return None
    return code


def _properties(feature: Any) -> Mapping[str, Any]:
    given = feature.get("properties") if isinstance(feature, dict) else None
    return given if isinstance(given, dict) else {}


def _geometry(feature: Any) -> Any:
    return feature.get("geometry") if _is_feature(feature) else ABSENT


def _is_feature(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") == "Feature"


def _columns(properties: Sequence[Mapping[str, Any]], outer: list[Any]) -> tuple[dict[str, Column], list[Note]]:
    """Header -> one value a row; the most frequent headers where there are too many. An ``id`` beside the properties
    counts as one of them, unless they have their own."""
    times: Iterable[str] = dict.fromkeys(chain.from_iterable(properties))
    notes: list[Note] = []
    every = list(times)
    if len(every) > MOST_COLUMNS:
        every = [name for name, _ in Counter(chain.from_iterable(properties)).most_common(MOST_COLUMNS)]
        said = message(N_("字段太多:只看最常见的 {n} 个"), n=MOST_COLUMNS)
        notes.append(("column_dropped", said, message(N_("请删去用不到的字段后再传"))))
    columns = {writable(name): _column(name, properties) for name in every}
    _number_of_its_own(columns, outer)
    return columns, notes


def _column(name: str, properties: Sequence[Mapping[str, Any]]) -> Column:
    try:
        return Column.of(list(map(itemgetter(name), properties)))  # most files give every feature the same keys
    except KeyError:
        return Column.of([row.get(name, ABSENT) for row in properties])


def _number_of_its_own(columns: dict[str, Column], outer: list[Any]) -> None:
    if outer.count(None) < len(outer):
        inner = columns.get("id", [ABSENT] * len(outer))
        columns["id"] = Column.of(
            [
                (ABSENT if mine is None else mine) if own is ABSENT or own is None else own
                for own, mine in zip(inner, outer, strict=True)
            ]
        )


# --- what is wrong with them ---------------------------------------------------------------------------------------


def _shape_of_features(features: list[Any], told: set[int]) -> list[Flaw]:
    flaws = []
    for index, feature in enumerate(features):
        if index in told:
            continue
        if not _is_feature(feature):
            said, fix = message(N_("不是要素")), message(N_("每一条的 type 应是 Feature:请重新导出"))
            flaws.append(Flaw(index, "not_a_feature", said, fix))
        elif not isinstance(feature.get("properties"), dict | None):
            said, fix = message(N_("属性不是对象")), message(N_("properties 应写成 {…}:请重新导出"))
            flaws.append(Flaw(index, "bad_properties", said, fix))
    return flaws


def _doubled(features: list[Any]) -> list[Flaw]:
    flaws = []
    for index, feature in enumerate(features):
        if type(feature) is dict and type(feature.get("properties")) is dict and type(feature.get("geometry")) is dict:
            continue  # nearly every row
        parts = [feature, feature.get("properties"), feature.get("geometry")] if isinstance(feature, dict) else []
        names = dict.fromkeys(name for part in parts if isinstance(part, Doubled) for name in part.names)
        flaws += [Flaw(index, "duplicate_key", message(_TWICE, name=shown(name)), _ONCE) for name in names]
    return flaws


def _foreign(features: list[Any]) -> list[Note]:
    """Members of features and geometries that RFC 7946 does not know there: they are not kept, and that is said."""
    times: Counter[str] = Counter()
    for feature in features:
        if isinstance(feature, dict):
            times.update(name for name in feature if name not in _FEATURE_MEMBERS)
            times.update(f"geometry.{name}" for name in _beside_coordinates(feature.get("geometry")))
    return [
        ("foreign_member", message(N_("{n} 行在属性之外还有:{name}"), n=n, name=shown(name)), _NOT_KEPT)
        for name, n in times.most_common(_MOST_TOLD)
    ]


def _beside_coordinates(geometry: Any) -> Iterator[str]:
    if not isinstance(geometry, dict):
        return iter(())
    inner = "geometries" if geometry.get("type") == "GeometryCollection" else "coordinates"
    return (name for name in geometry if name not in ("type", inner, "bbox"))


def _bad_boxes(objects: Iterable[Any]) -> list[Note]:
    """A note on bboxes that are not as RFC 7946 (5) wants them, if there are any."""
    n = sum(isinstance(one, dict) and not _are_boxes(one) for one in objects)
    said = message(N_("{n} 处 bbox 不是 4 个或 6 个数"), n=n)
    return [("bad_bbox", said, message(N_("bbox 不用也不存;请删去,或从 GIS 重新导出")))] if n else []


def _are_boxes(one: dict[str, Any]) -> bool:
    geometry = one.get("geometry")
    inner = geometry.get("bbox", msgspec.UNSET) if isinstance(geometry, dict) else msgspec.UNSET
    return _is_box(one.get("bbox", msgspec.UNSET)) and _is_box(inner)


def _is_box(value: Any) -> bool:
    """Whether a bbox is four or six numbers, or not there."""
    if value is msgspec.UNSET:
        return True
    return isinstance(value, list) and len(value) in _BBOX_SIZES and {int, float}.issuperset(map(type, value))
