"""KML and GPX: marks that people set on phones and globes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt
import shapely

from geo.errors import InputError
from geo.i18n import N_, Message, message
from geo.ingest.column import Column
from geo.ingest.progress import Stream, Tick, silent
from geo.ingest.readers import archives, flaws, geometry, limits, xmlguard
from geo.ingest.readers.flaws import Note
from geo.ingest.rows import ABSENT, Decoded, Flaw, Shapes

Element = ElementTree.Element

_STORAGE_EPSG = 4326  # KML and GPX know no other
_COMMA = re.compile(r"\s*,\s*")
_FOLDERS = frozenset(("Folder", "Document", "kml"))
_KML_TEXTS = ("description", "address", "phoneNumber")
_GPX_KINDS = {"wpt": "waypoint", "rte": "route", "trk": "track"}
_GPX_TEXTS = ("desc", "cmt", "type", "sym", "time")
_ELSEWHERE = frozenset(("NetworkLink", "GroundOverlay", "ScreenOverlay", "PhotoOverlay"))
_FOLDER = "folder"
_LEAST_RING = 4
_BLOCK = 1024  # marks that are put away at once
_MANY = {"Point": shapely.MultiPoint, "LineString": shapely.MultiLineString, "Polygon": shapely.MultiPolygon}


class _BadShapeError(Exception):
    """What is wrong with the coordinates of one mark."""

    def __init__(self, code: str, said: Message) -> None:
        super().__init__(code)
        self.code = code
        self.said = said


@dataclass
class _Found:
    """The marks so far. They are put away block by block: one by one, a mark takes four times as much memory."""

    flaws: list[Flaw] = field(default_factory=list)
    elsewhere: int = 0
    _rows: list[dict[str, Any]] = field(default_factory=list)  # of the block that is under way
    _shapes: list[Any] = field(default_factory=list)
    _columns: dict[str, list[Column]] = field(default_factory=dict)  # of those before
    _flat: list[Shapes] = field(default_factory=list)
    _done: int = 0

    def __len__(self) -> int:
        return self._done + len(self._rows)

    def add(self, row: dict[str, Any], shape: Any) -> None:
        if len(self) >= limits.MAX_ROWS:
            raise flaws.too_many_rows()
        self._rows.append(row)
        self._shapes.append(shape)
        if len(self._rows) == _BLOCK:
            self._put_away()

    def _put_away(self) -> None:
        rows, count = self._rows, len(self._rows)
        named = dict.fromkeys(name for row in rows for name in row)
        for name in named:
            self._columns.setdefault(name, [Column.absent(self._done)])
        if len(self._columns) * len(self) > limits.MAX_CELLS:
            raise flaws.too_many_cells()
        for name, pieces in self._columns.items():
            pieces.append(_piece(rows, name) if name in named else Column.absent(count))
        shapes, risen = geometry.flattened(geometry.array_of(self._shapes))
        self._flat.append(shapes)
        self.flaws += (replace(flaw, index=self._done + flaw.index) for flaw in risen)
        self._rows, self._shapes, self._done = [], [], self._done + count

    def complain(self, fault: _BadShapeError) -> None:
        """Of the row that is added next."""
        fix = message(N_("每个位置应是“经度,纬度”,用十进制度;请重画这一条"))
        self.flaws.append(Flaw(len(self), fault.code, fault.said, fix))

    def decoded(self, format: str) -> Decoded:
        if not len(self):
            raise InputError(N_("文件里没有地标:请确认导出时选中了要上传的地标或文件夹。"))
        self._put_away()
        columns = {name: Column.joined(pieces) for name, pieces in self._columns.items()}
        shapes = np.concatenate(self._flat)
        told = sorted(self.flaws, key=lambda flaw: flaw.index)
        numbers = np.arange(1, len(self) + 1, dtype=np.int64)
        return Decoded(format, columns, numbers, shapes, epsg=_STORAGE_EPSG, flaws=told, notes=self._notes())

    def _notes(self) -> tuple[Note, ...]:
        if not self.elsewhere:
            return ()
        said = message(N_("有 {n} 处网络链接或叠加图片,没有读"), n=self.elsewhere)
        return (("links_ignored", said, message(N_("若要其中的地标,请在软件里打开链接后另存为 KMZ"))),)


def _piece(rows: list[dict[str, Any]], name: str) -> Column:
    values = [row.get(name, ABSENT) for row in rows]
    # All marks of a folder share its name, which may be long: it is not written out for each.
    return Column(values) if name == _FOLDER else Column.of(values)


def kmz_tables(data: bytes) -> tuple[str, ...]:
    """The KML files in the zip; () where there is only one."""
    with archives.opened(data) as archive:
        names = tuple(name for name, _ in archives.members(archive) if name.lower().endswith(".kml"))
    return names if len(names) > 1 else ()


def kmz(data: bytes, table: str = "", tick: Tick = silent) -> Decoded:
    """The KML ``table`` of the zip, else its main one: ``doc.kml`` or the first.

    Raises:
        InputError: damaged, no such KML, or what :func:`kml` refuses.
    """
    with archives.opened(data) as archive:
        found = {name: member for name, member in archives.members(archive) if name.lower().endswith(".kml")}
        if table and table not in found:
            raise flaws.no_such_table(table, tuple(found))
        chosen = table or next((name for name in found if name.lower() == "doc.kml"), next(iter(found)))
        content = archives.content(archive, found[chosen])
    rows = kml(content, tick)
    if table or len(found) == 1:
        return rows
    notes = (flaws.table_chosen(chosen, tuple(found)), *rows.notes)
    return Decoded(rows.format, rows.columns, rows.numbers, rows.shapes, epsg=rows.epsg, flaws=rows.flaws, notes=notes)


def kml(data: bytes, tick: Tick = silent) -> Decoded:
    """Every placemark: name, description, the folders that it lies in, and its own data as columns.

    Raises:
        InputError: a document type, broken XML, or no placemarks.
    """
    found = _Found()
    folders = [""]  # the path of each that is open
    for event, element, parent in _elements(data, _FOLDERS, tick):
        kind = _bare(element)
        if kind == "Folder":
            if event == "start":
                folders.append(folders[-1])
            else:
                folders.pop()
        elif event == "end" and kind == "name" and parent == "Folder":
            folders[-1] = "/".join(filter(None, (folders[-2], _text(element))))
        elif event == "end" and kind == "Placemark":
            _add_placemark(element, folders[-1], found)
        elif event == "end" and kind in _ELSEWHERE:
            found.elsewhere += 1
    return found.decoded("kml")


def gpx(data: bytes, tick: Tick = silent) -> Decoded:
    """Waypoints as points, routes and tracks as lines, told apart by the column ``kind``.

    Raises:
        InputError: a document type, broken XML, or nothing in it.
    """
    found = _Found()
    for event, element, _ in _elements(data, frozenset(("gpx",)), tick):
        if event == "end" and _bare(element) in _GPX_KINDS:
            _add_gpx(element, found)
    return found.decoded("gpx")


def _elements(data: bytes, containers: frozenset[str], tick: Tick) -> Iterator[tuple[str, Element, str]]:
    """Starts and ends of elements with the name of the parent. What lies in a container is let go once it has ended."""
    data = xmlguard.as_utf8(data)
    xmlguard.root_of([data])
    above: list[Element] = []
    held = 0  # elements since the last one that was let go
    try:
        for event, element in ElementTree.iterparse(Stream(data, tick), ("start", "end")):  # noqa: S314 - guarded above
            if event == "end":
                above.pop()
            parent = _bare(above[-1]) if above else ""
            yield event, element, parent
            if event == "start":
                above.append(element)
                held += 1
            elif parent in containers:
                above[-1].remove(element)
                held = 0
            if held > limits.MAX_ELEMENTS or len(above) > limits.MAX_DEPTH:
                raise InputError(N_("XML 的标签套得太深,或一处里太多,不像地图数据:请从 GIS 重新导出。"))
    except ElementTree.ParseError as fault:
        text = N_("文件不完整,或 XML 写得不对(第 {line} 行):请重新导出,并确认文件传输完整。")
        raise InputError(message(text, line=fault.position[0])) from fault


def _bare(element: Element) -> str:
    return str(element.tag).rpartition("}")[2].rpartition(":")[2]


def _text(element: Element | None) -> str | None:
    text = "" if element is None else "".join(element.itertext()).strip()
    return text or None


def _child(element: Element, kind: str) -> Element | None:
    return next((child for child in element if _bare(child) == kind), None)


def _add_placemark(element: Element, folder: str, found: _Found) -> None:
    row: dict[str, Any] = {"name": _text(_child(element, "name"))}
    if folder:
        row[_FOLDER] = folder
    row |= {kind: text for kind in _KML_TEXTS if (text := _text(_child(element, kind))) is not None}
    for name, value in _own_data(element):
        row[next(new for new in (name, *(f"{name} ({n})" for n in range(2, 99))) if new not in row)] = value
    shape = None
    try:
        shape = _together(list(_parts(element)))
    except _BadShapeError as fault:
        found.complain(fault)
    found.add(row, shape)


def _own_data(element: Element) -> Iterator[tuple[str, str | None]]:
    extended = _child(element, "ExtendedData")
    for one in () if extended is None else extended.iter():
        name = (one.get("name") or "").strip()
        if name and _bare(one) == "Data":
            yield name, _text(_child(one, "value"))
        elif name and _bare(one) == "SimpleData":
            yield name, _text(one)


def _parts(element: Element) -> Iterator[Any]:
    """The simple shapes of a placemark, out of however many collections, in order."""
    waiting = list(element)[::-1]
    while waiting:
        one = waiting.pop()
        match _bare(one):
            case "MultiGeometry" | "MultiTrack":
                waiting += list(one)[::-1]
            case "Point":
                yield shapely.Point(_positions(one)[0])
            case "LineString" | "LinearRing":
                yield _line(_positions(one))
            case "Track":
                yield _line(_numbers([(_text(at) or "").split() for at in one if _bare(at) == "coord"]))
            case "Polygon":
                yield _polygon(one)


def _polygon(element: Element) -> Any:
    outer = _child(element, "outerBoundaryIs")
    if outer is None:
        raise _BadShapeError("bad_ring", message(N_("面没有外环")))
    holes = [_ring(child) for child in element if _bare(child) == "innerBoundaryIs"]
    return shapely.Polygon(_ring(outer), holes)


def _ring(boundary: Element) -> Any:
    positions = _positions(boundary)
    if len(positions) < _LEAST_RING - 1:
        raise _BadShapeError("bad_ring", message(N_("一个环只有 {n} 个点"), n=len(positions)))
    return positions


def _line(positions: Any) -> Any:
    if len(positions) < 2:
        raise _BadShapeError("bad_position", message(N_("线只有 {n} 个点"), n=len(positions)))
    return shapely.LineString(positions)


def _positions(element: Element) -> Any:
    """The coordinates below ``element``, (n, 3), heights 0 where none are given."""
    lines = [one.text or "" for one in element.iter() if _bare(one) == "coordinates"]
    words = _COMMA.sub(",", " ".join(lines)).split()
    if {word.count(",") for word in words} == {2}:
        # As globes write them: all at once is several times as fast.
        with suppress(ValueError):
            return _finite(np.array(",".join(words).split(","), dtype=np.float64).reshape(-1, 3))
    return _numbers([word.split(",") for word in words])


def _numbers(positions: Sequence[Sequence[str]]) -> Any:
    try:
        rows = [(float(one[0]), float(one[1]), float(one[2]) if len(one) > 2 and one[2] else 0.0) for one in positions]
    except (ValueError, IndexError) as fault:
        raise _misspelt() from fault
    return _finite(np.array(rows))


def _finite(positions: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    if not len(positions) or not np.isfinite(positions).all():
        raise _misspelt()
    return positions


def _misspelt() -> _BadShapeError:
    return _BadShapeError("bad_position", message(N_("坐标写得不对")))


def _together(parts: Sequence[Any]) -> Any:
    if len(parts) < 2:
        return parts[0] if parts else None
    kinds = {part.geom_type for part in parts}
    many = _MANY.get(kinds.pop()) if len(kinds) == 1 else None
    return many(parts) if many else shapely.GeometryCollection(parts)


def _add_gpx(element: Element, found: _Found) -> None:
    row: dict[str, Any] = {"kind": _GPX_KINDS[_bare(element)], "name": _text(_child(element, "name"))}
    row |= {kind: text for kind in _GPX_TEXTS if (text := _text(_child(element, kind))) is not None}
    shape = None
    try:
        shape = _gpx_shape(element)
    except _BadShapeError as fault:
        found.complain(fault)
    found.add(row, shape)


def _gpx_shape(element: Element) -> Any:
    if _bare(element) == "wpt":
        return shapely.Point(_gpx_positions([element])[0])
    segments = [element] if _bare(element) == "rte" else [one for one in element if _bare(one) == "trkseg"]
    points = ([one for one in segment if _bare(one) in ("rtept", "trkpt")] for segment in segments)
    return _together([_line(_gpx_positions(at)) for at in points if at])


def _gpx_positions(elements: Sequence[Element]) -> Any:
    return _numbers([(at.get("lon", ""), at.get("lat", ""), _text(_child(at, "ele")) or "") for at in elements])
