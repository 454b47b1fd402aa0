"""OpenStreetMap files: their kind, their passes, and the nodes of one county out of however many there are."""

from __future__ import annotations

import gzip
import re
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import osmium
import shapely

from geo.errors import InputError
from geo.i18n import N_, message
from geo.shapes import prepared

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_PER_DEGREE = 1e7  # OpenStreetMap counts longitude and latitude in whole 10⁻⁷ degrees
_CHUNK = 500_000  # nodes looked at together: some 40 MB with what is made of them
# How libosmium keeps the locations of nodes in a file: one such record a node, in the file's order.
_RECORD = np.dtype([("id", "<u8"), ("x", "<i4"), ("y", "<i4")])
_NOWHERE = np.iinfo(np.int32).max
_ENDINGS = (".osm.pbf", ".pbf", ".osm", ".osm.gz", ".osm.bz2")
_OPENERS: Mapping[str, Any] = {
    "osm": open,
    "osm.gz": gzip.open,
}  # bz2 would take minutes, and neither program writes it
_TEXT_PIECE = 1 << 20
_TEXT_OVERLAP = 1000  # bytes, so that nothing looked for is cut in two
_REMARK = re.compile(rb"<remark>([^<]{0,500})<")
_UNSENT = re.compile(rb"""<(?:node|way|relation)\s[^<>]{0,500}?\b(?:id=["']-|action=["']delete["'])""")
_XML_STARTS = (b"<", b"\xef\xbb\xbf<")


@dataclass(frozen=True)
class OsmFile:
    """A file that can be read again and again; ``name`` is how messages call it."""

    path: Path
    name: str
    format: str

    @property
    def may_end_early(self) -> bool:
        """Whether the file may break off where nothing tells: the blocks of a PBF have no end mark, the elements of XML do."""
        return self.format == "pbf"

    def source(self) -> Any:
        """The file for a reader of osmium."""
        return osmium.io.File(str(self.path), self.format)

    def tags(self, thing: Any) -> dict[str, str]:
        """The tags of an object of this file.

        Raises:
            InputError: they are no text.
        """
        with explained(self):
            return dict(thing.tags)


def is_extract(name: str, start: bytes) -> bool:
    """Whether a file of this name that begins so is meant as an OpenStreetMap extract."""
    return b"OSMHeader" in start[:32] or name.lower().endswith(_ENDINGS)


def open_file(path: Path) -> OsmFile:
    """The file at ``path``; its kind is told by its first bytes.

    Raises:
        InputError: it cannot be read, is no OpenStreetMap extract, or holds several versions of each object.
    """
    found = OsmFile(path, path.name, _format(path))
    with explained(found), osmium.io.Reader(found.source(), osmium.osm.NOTHING) as reader:
        several = reader.header().has_multiple_object_versions
    if several:
        text = N_("“{file}”是带历史版本的 OpenStreetMap 文件:请改用普通的数据提取(.osm.pbf)。")
        raise InputError(message(text, file=found.name))
    if found.format in _OPENERS:
        _check_text(found)
    return found


def _check_text(file: OsmFile) -> None:
    """What osmium passes over in silence: an Overpass query that broke off, and JOSM's edits that nobody uploaded.

    Raises:
        InputError: the file has either.
    """
    before = b""
    with explained(file), _OPENERS[file.format](file.path, "rb") as handle:
        while piece := handle.read(_TEXT_PIECE):
            text = before + piece
            for remark in (one.decode(errors="replace") for one in _REMARK.findall(text)):
                if "error" in remark:
                    said = N_("“{file}”是没有做完的查询({detail}):请缩小范围或延长时限(timeout),重新下载。")
                    raise InputError(message(said, file=file.name, detail=" ".join(remark.split())))
            if _UNSENT.search(text):
                said = N_(
                    "“{file}”里有 JOSM 中新画(编号为负)或删掉、还没有上传的对象:请上传后重新下载;"
                    "自己画的路和设施请另存为 GeoJSON,在上传页传入。"
                )
                raise InputError(message(said, file=file.name))
            before = text[-_TEXT_OVERLAP:]


def _format(path: Path) -> str:
    try:
        with path.open("rb") as handle:
            start = handle.read(64)
    except FileNotFoundError:
        text = N_("没有文件“{file}”:请检查文件名和所在的文件夹。")
        raise InputError(message(text, file=str(path))) from None
    except OSError as fault:
        text = N_("读不了文件“{file}”({detail}):请检查权限,并关掉占用它的程序。")
        raise InputError(message(text, file=str(path), detail=fault.strerror or str(fault))) from fault
    if b"OSMHeader" in start[:32]:
        return "pbf"
    for begin, kind in ((b"\x1f\x8b", "osm.gz"), (b"BZh", "osm.bz2"), *((begin, "osm") for begin in _XML_STARTS)):
        if start.startswith(begin):
            return kind
    text = N_("“{file}”不是 OpenStreetMap 数据:请选 .osm.pbf、.osm 或 .osm.gz 文件。")
    raise InputError(message(text, file=path.name))


@contextmanager
def explained(file: OsmFile) -> Iterator[None]:
    """Turns what osmium says of a broken file into an InputError that says what to do."""
    try:
        yield
    except (
        RuntimeError,
        ValueError,
        EOFError,
        gzip.BadGzipFile,
        zlib.error,
        osmium.InvalidLocationError,
    ) as fault:  # as libosmium, a broken gzip, or text that is no UTF-8 has it
        text = N_("“{file}”读到一半读不下去,可能没有下载完整({detail}):请重新下载,核对大小后再导入。")
        raise InputError(message(text, file=file.name, detail=str(fault))) from fault


def header_date(file: OsmFile) -> datetime | None:
    """The moment that the header says the data is of, aware; None where it says none."""
    with explained(file), osmium.io.Reader(file.source(), osmium.osm.NOTHING) as reader:
        header = reader.header()
        told = header.get("osmosis_replication_timestamp", "") or header.get("timestamp", "")
    try:
        moment = datetime.fromisoformat(told)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def header_box(file: OsmFile) -> Any:
    """The box (shapely, degrees) that the header says the data lies in, None where it says none."""
    with explained(file), osmium.io.Reader(file.source(), osmium.osm.NOTHING) as reader:
        box = reader.header().box()
    if not box.valid():
        return None
    return shapely.box(box.bottom_left.lon, box.bottom_left.lat, box.top_right.lon, box.top_right.lat)


def objects(file: OsmFile, entities: Any, wanted: Any) -> Iterator[Any]:
    """The objects of these kinds that the osmium filter ``wanted`` lets through, one at a time; none that was deleted."""
    with explained(file):
        things: Any = osmium.FileProcessor(file.source(), entities).with_filter(wanted)
        yield from (thing for thing in things if not thing.deleted)


@dataclass(frozen=True, eq=False)
class Nodes:
    """The nodes near the county: ``ids`` (n,) ascending, ``xy`` (n, 2) degrees. ``locations`` has those of all nodes.
    ``relations`` is how many relations the file has, near or far."""

    ids: Ints
    xy: Floats
    locations: Path
    relations: int
    known: frozenset[int] = field(default_factory=frozenset)  # the same as ``ids``, quicker to ask for a few

    def touch(self, way: Any) -> bool:
        """Whether any node of an osmium way is near. Nearly all ways of a province are far: this has to be quick."""
        return any(node.ref in self.known for node in way.nodes)

    def places(self, refs: Ints) -> Ints:
        """Where each of ``refs`` (m,) stands in ``ids``, -1 for those that are not near."""
        if not len(self.ids):
            return np.full(len(refs), -1)
        place = np.searchsorted(self.ids, refs)
        place[place == len(self.ids)] = 0
        return np.where(self.ids[place] == refs, place, -1)

    def in_file(self, refs: Ints) -> Flags:
        """Which of ``refs`` (m,) the file has, near or far."""
        found = np.zeros(len(refs), dtype=bool)
        if len(refs):
            for ids, _ in _records(self.locations):
                found |= np.isin(refs, ids)
        return found


@contextmanager
def nodes_near(file: OsmFile, ground: Any) -> Iterator[Nodes]:
    """The nodes of ``file`` on ``ground`` (a shapely area, degrees).

    All nodes go through a file on disk (16 bytes each) in which osmium leaves them; in memory are only a piece of it
    and the nodes found. It is gone when the context ends.
    """
    with tempfile.TemporaryDirectory(prefix="atlas-osm-") as folder:
        locations = Path(folder) / "locations"
        index = osmium.index.create_map(f"sparse_file_array,{locations}")
        seen = _Relations()
        with explained(file), osmium.io.Reader(file.source(), osmium.osm.NODE | osmium.osm.RELATION) as reader:
            osmium.apply(reader, osmium.NodeLocationsForWays(index), seen)
        found = [_within(ids, xy, ground) for ids, xy in _records(locations)]
        ids = np.concatenate([np.empty(0, dtype=np.int64), *(ids for ids, _ in found)])
        xy = np.concatenate([np.empty((0, 2)), *(xy for _, xy in found)])
        ids, last = np.unique(ids[::-1], return_index=True)  # where one comes twice the later counts, as of ways
        yield Nodes(ids, xy[::-1][last], locations, seen.count, frozenset(ids.tolist()))


class _Relations(osmium.SimpleHandler):
    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def relation(self, _relation: Any) -> None:
        self.count += 1


def _records(locations: Path) -> Iterator[tuple[Ints, Floats]]:
    """Ids (n,) and degrees (n, 2) of all nodes, a piece at a time."""
    with locations.open("rb") as handle:
        while len(piece := np.fromfile(handle, _RECORD, _CHUNK)):
            there = piece[(piece["id"] > 0) & (piece["x"] != _NOWHERE)]
            yield there["id"].astype(np.int64), np.column_stack((there["x"], there["y"])) / _PER_DEGREE


def _within(ids: Ints, xy: Floats, ground: Any) -> tuple[Ints, Floats]:
    west, south, east, north = shapely.bounds(ground)
    x, y = xy.T
    near = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
    near = near[shapely.intersects_xy(prepared(ground), x[near], y[near])]
    return ids[near], xy[near]
