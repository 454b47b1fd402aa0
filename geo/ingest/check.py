"""One file, all its rows, all their faults at once."""

from __future__ import annotations

import gc
import hashlib
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import PurePath
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import shapely

from geo.areas import under
from geo.errors import InputError
from geo.i18n import N_, Label, message
from geo.ingest import columns, fields, places, positions, readers, repeats, shapes, shift, stored, uncounted
from geo.ingest.choices import Choices
from geo.ingest.codes import SEVERITIES
from geo.ingest.column import PIECE, TEXT, Checked, Column, Rows, blank, either, give_back, mask, only
from geo.ingest.columns import Match
from geo.ingest.datum import DatumFinding
from geo.ingest.fields import Columns, Rules
from geo.ingest.ledger import Ledger
from geo.ingest.progress import Watch, unwatched
from geo.ingest.readers.flaws import Note
from geo.ingest.report import Fault, RejectedRow, Repair, Report
from geo.ingest.rows import ABSENT, Decoded, Shapes
from geo.ingest.text import shown, writable
from geo.ingest.words import Words, vocabulary
from geo.model import COLUMNS, Certainty, Layer, Pack, column_frame

_DERIVED_DIGITS = 6
_PIECE = 1 << 20  # bytes of an outline that are written out at a time
_MOST_WORDS = 50
_MOST_UNKNOWN = 20  # columns that are named when they are not used


@dataclass(frozen=True, eq=False)
class County:
    """What a file is held against: the pack, the districts as they are drawn now, what the layer holds already, and the
    stored roads (lines, EPSG:4326), which tell a datum."""

    pack: Pack
    areas: gpd.GeoDataFrame  # columns id, geometry
    existing: gpd.GeoDataFrame
    roads: Shapes | None = None
    words: Mapping[str, Words] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", vocabulary(self.pack))


@dataclass
class _File:
    """A file on its way through the checks."""

    name: str
    layer: Layer
    decoded: Decoded
    county: County
    ledger: Ledger
    matches: tuple[Match, ...] = ()
    values: Mapping[str, Column] = field(default_factory=dict)
    columns: Columns = field(default_factory=dict)
    shapes: Shapes = field(default_factory=lambda: np.empty(0, dtype=object))
    finding: DatumFinding | None = None

    def __len__(self) -> int:
        return len(self.decoded)


STAGES = (N_("读文件"), N_("认列和词"), N_("定位置"), N_("查重复"), N_("与库中比较"))


def decode(data: bytes, filename: str, table: str = "", watch: Watch = unwatched, county: Any = None) -> Decoded:
    """The rows of a file of any kind that is read here, of its sheet, layer or band ``table``; of a raster the cells in
    ``county``, a polygon in EPSG:4326.

    Raises:
        InputError: nothing in the file can be read as rows; the message says what to do.
        StoppedError: ``watch`` raised it.
    """
    watch(STAGES[0], 0.0)
    with _collector_off():
        decoded = readers.read(data, filename, table, partial(watch, STAGES[0]), county)
    give_back()
    return decoded


def check(
    decoded: Decoded,
    filename: str,
    sha256: str,
    layer: Layer,
    county: County,
    choices: Choices | None = None,
    watch: Watch = unwatched,
) -> Report:
    """Checks every row against its format, the pack's words, the county and the existing layer.

    A row without id gets one made of its name and place, so that the same file uploaded twice means the same features.

    Raises:
        InputError: a raster is no file of this layer.
        StoppedError: ``watch`` raised it.
    """
    if _is_raster(decoded) and layer is not Layer.POPULATION:
        raise InputError(N_("这是栅格(GeoTIFF),只能作为人口上传:请把“上传的是”改为人口,或换一个文件。"))
    choices = choices or Choices()
    ledger = Ledger(decoded.numbers, choices, decoded.flaws)
    name = writable(PurePath(filename.replace("\\", "/")).name)
    file = _File(name, layer, decoded, county, ledger)
    with _collector_off():
        _begin(1, watch, ledger)
        _read(file)
        _begin(2, watch, ledger)
        _locate(file)
        _identify(file)
        repeats.settle_ids(file.columns, file.shapes, ledger, county.existing)
        stored.keep(file.columns, file.values, file.shapes, ledger.out, county.existing, layer)
        _settle_districts(file)
        if layer is Layer.BASES:
            uncounted.tell(file.columns, ledger)
        _begin(3, watch, ledger)
        repeats.find(file.columns, file.shapes, ledger, county.existing, county.pack.metric_epsg)
        _begin(4, watch, ledger)
        return _report(file, sha256)


def _begin(stage: int, watch: Watch, ledger: Ledger) -> None:
    give_back()
    ledger.tick = partial(watch, STAGES[stage])
    ledger.tick(0.0)


def _is_raster(decoded: Decoded) -> bool:
    return decoded.format == readers.Kind.GEOTIFF


@contextmanager
def _collector_off() -> Iterator[None]:
    """Decoding makes millions of objects and no cycles: collecting in between costs more than the parsing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


# --- what the columns say ------------------------------------------------------------------------------------------


def _read(file: _File) -> None:
    county, pack = file.county, file.county.pack
    file.matches = columns.match(file.decoded, file.layer, pack, county.words, file.ledger.choices)
    file.values = columns.pick(file.decoded, file.matches)
    headers = {one.field: one.header for one in file.matches if one.field}
    rules = Rules(file.layer, county.words, pack.plan.years, date.today().year, headers)
    file.columns = fields.read(_named(file), len(file), rules, file.ledger)


def _named(file: _File) -> Mapping[str, Column]:
    """The values with the names of districts and towns, which are known ones, brought to what the pack calls them."""
    if file.layer is Layer.DISTRICTS:
        return {**file.values, "id": Column.of(_district_ids(file))}
    if file.layer is Layer.TOWNS:
        return {**file.values, "district": Column.of(_town_districts(file))}
    return file.values


def _district_ids(file: _File) -> list[Any]:
    words, chosen = file.county.words["district"], file.ledger.choices.words_of("district")
    ids = []
    for index in range(len(file)):
        said = _district_words(file, index)
        found = next((id for text in said if (id := chosen.get(text) or words.id_of(text))), None)
        if found is None:
            unknown = message(N_("不认识的片区:{word}"), word=shown(said[0] if said else ""))
            file.ledger.tell(index, "unknown_district", unknown, fields.offer(words))
        ids.append(found)
    return ids


def _district_words(file: _File, index: int) -> list[str]:
    """What a row of districts calls itself."""
    given = (file.values[name][index] for name in ("id", "name") if name in file.values)
    return [word for word in given if isinstance(word, str)]


def _town_districts(file: _File) -> list[Any]:
    towns = {town.name: town.district for town in file.county.pack.towns}
    blank = Column.blank(len(file))
    given, names = file.values.get("district", blank), file.values.get("name", blank)
    districts = []
    for index, (district, name) in enumerate(zip(given, names, strict=True)):
        known = towns.get(name.strip()) if isinstance(name, str) else None
        if known is None and isinstance(name, str) and name.strip():
            said = message(N_("规划包里没有这个乡镇:{name}"), name=shown(name))
            file.ledger.tell(index, "unknown_town", said, message(N_("请核对名称;会照原样收下")))
        districts.append(district if district not in (None, "", ABSENT) else known)
    return districts


# --- where they lie ------------------------------------------------------------------------------------------------


def _locate(file: _File) -> None:
    pack, ledger = file.county.pack, file.ledger
    found = positions.of(file.decoded, file.values, ledger)
    found = shapes.fit(found, file.layer, ledger)
    found = positions.to_degrees(found, file.decoded.epsg, pack, ledger)
    found = shapes.tell_all_round(found, ledger)
    found = shapes.hold(found, ledger)
    found = places.turn(found, pack, ledger)
    file.shapes, file.finding = shift.settle(
        found,
        ids=file.columns["id"],
        names=file.columns["name"],
        towns=_towns(file),
        districts=file.columns.get("district", blank(len(file))),
        pack=pack,
        existing=file.county.existing,
        ledger=ledger,
        roads=file.county.roads,
    )
    places.check(file.shapes, pack, ledger, partly=not _is_raster(file.decoded))  # a grid's cells cross every border


def _towns(file: _File) -> Checked:
    given = file.values.get("town")
    if given is None:
        return blank(len(file))
    return Checked(pa.array([value.strip() if isinstance(value, str) else "" for value in given], TEXT))


def _settle_districts(file: _File) -> None:
    """A base belongs where its file says, a facility where it stands; a difference is told."""
    if "district" not in file.columns:
        return
    given, lying = file.columns["district"], _lying(file)
    unsaid, nowhere = given.where(""), file.columns["certainty"].where(Certainty.COUNTY)
    differs = mask(pc.not_equal(given.array, lying)) & ~unsaid & ~shapely.is_missing(file.shapes)
    file.columns["district"] = Checked(either(pa.chunked_array([unsaid & ~nowhere]), lying, given.array))
    for index in np.flatnonzero(differs & ~file.ledger.out).tolist():
        _tell_district(file, index, given[index], lying[index].as_py())


def _lying(file: _File) -> pa.ChunkedArray:
    """The district under each row, "" where there is none."""
    parts = [file.shapes[start : start + PIECE] for start in range(0, len(file), PIECE)]
    return pa.chunked_array([pa.array(under(part, file.county.areas), TEXT) for part in parts], TEXT)


def _tell_district(file: _File, index: int, said: str, lies: str) -> None:
    text = message(
        N_("写的是{given},坐标却在{under},相距 {km:.1f} 公里"),
        given=file.county.pack.label_of("district", said),
        under=file.county.pack.district(lies).label if lies else Label("没有片区的地方", "no district"),
        km=_km_to_district(file, index, said),
    )
    if file.layer is Layer.FACILITIES:
        file.columns["district"][index] = lies
        file.ledger.tell(index, "district_differs", text, message(N_("请核对坐标;设施的片区以坐标为准")))
    elif lies and file.ledger.propose(
        "district_by_place", index, _called_district(file, said), _called_district(file, lies)
    ):
        file.columns["district"][index] = lies
    else:
        file.ledger.tell(index, "district_differs", text, message(N_("请核对坐标和片区;会以所写的片区为准")))


def _called_district(file: _File, district: str) -> Label:
    return file.county.pack.label_of("district", district)


def _km_to_district(file: _File, index: int, district: str) -> float:
    areas = file.county.areas
    area = areas.geometry[areas["id"] == district]
    if not len(area):
        return float("nan")
    one = np.array([file.shapes[index]], dtype=object)
    return float(places.metres_between(one, area.to_numpy()[:1], file.county.pack.metric_epsg)[0]) / 1000


# --- who they are --------------------------------------------------------------------------------------------------


def _identify(file: _File) -> None:
    ids, names = file.columns["id"], file.columns["name"]
    every = np.flatnonzero(ids.where("") & ~shapely.is_missing(file.shapes))
    kinds = file.columns.get("category", blank(len(file)))
    for start in range(0, len(every), PIECE):
        file.ledger.tick(start / len(every))
        lacking = every[start : start + PIECE]
        found = file.shapes[lacking]
        points = (shapely.get_type_id(found) == shapely.GeometryType.POINT).tolist()
        each = zip(names.take(lacking), kinds.take(lacking), found, points, strict=True)
        ids.put(lacking, itertools.starmap(_derived_id, each))


def _derived_id(name: str, kind: str, shape: Any, is_point: bool) -> str:
    made = hashlib.sha256(f"{name}|{kind}|".encode("utf-8", "replace"))
    if is_point:
        made.update(f"{round(shape.x, _DERIVED_DIGITS)}|{round(shape.y, _DERIVED_DIGITS)}".encode())
    else:
        where = memoryview(shapely.to_wkb(shape, byte_order=1))
        for start in range(0, len(where), _PIECE):
            made.update(where[start : start + _PIECE].hex().upper().encode())
    return "u-" + made.hexdigest()[:12]


# --- the report ----------------------------------------------------------------------------------------------------


def _report(file: _File, sha256: str) -> Report:
    ledger = file.ledger
    decoded, numbers = file.decoded, file.decoded.numbers
    out = np.flatnonzero(ledger.out).tolist()
    good = np.flatnonzero(~ledger.out) if out else slice(None)  # which copies nothing
    frame = _frame(file, good)
    changes = stored.compare(frame, file.county.existing, file.layer)
    _tell_changes(frame, changes, ledger)
    told = {flaw.index for flaw in ledger.flaws} | {repair.index for repair in ledger.repairs}
    called = _called(file, told.union(out))
    return Report(
        file=file.name,
        layer=file.layer,
        sha256=sha256,
        format=file.decoded.format,
        features=len(file),
        placed=file.decoded.shapes is not None,
        accepted=frame,
        numbers=numbers[good],
        rejected=tuple(RejectedRow(int(numbers[index]), called[index]) for index in out),
        rejected_features=lambda: decoded.features(out),
        rejected_shapes=file.shapes[out],
        faults=(*_file_faults(file), *_row_faults(file, called)),
        columns=file.matches,
        unknown_words=_unknown_words(file),
        repairs=tuple(
            Repair(one.kind, int(numbers[one.index]), called[one.index], one.before, one.after, one.made)
            for one in ledger.repairs
        ),
        changes=changes,
        finding=file.finding,
        choices=ledger.choices,
        origins=_origins(file, np.arange(len(file))),
        mends=_origins(file, np.flatnonzero(~ledger.out)),
    )


_WAITING = re.compile(r"([0-9]{1,9}):([0-9]{1,9})")


def _origins(file: _File, rows: Rows) -> dict[int, dict[int, str]]:
    """Upload -> the numbers of its waiting rows that ``rows`` (m,) say they come from -> the ids that they have now."""
    given = file.values.get(columns.ORIGIN)
    if given is None:
        return {}
    found: dict[int, dict[int, str]] = {}
    for index in rows.tolist():
        if isinstance(given[index], str) and (place := _WAITING.fullmatch(given[index].strip())):
            found.setdefault(int(place[1]), {})[int(place[2])] = file.columns["id"][index]
    return found


def _frame(file: _File, good: Rows | slice) -> gpd.GeoDataFrame:
    every = {name: file.columns[name].array for name in COLUMNS[file.layer]}
    kept = {name: only(array, ~file.ledger.out) for name, array in every.items()}
    kept["source"] = either(pc.equal(kept["source"], ""), file.name, kept["source"])
    return column_frame(file.layer, kept, file.shapes[good])


def _called(file: _File, rows: Iterable[int]) -> dict[int, str]:
    """The ids that the file gave to ``rows``, or their names."""
    told = sorted(rows)
    given = file.values.get("id", Column.blank(len(file))).take(told)
    each = zip(told, given, file.columns["id"].take(told), file.columns["name"].take(told), strict=True)
    return {row: str((own not in (None, ABSENT) and id) or name) for row, own, id, name in each}


def _tell_changes(frame: gpd.GeoDataFrame, changes: Mapping[str, Any], ledger: Ledger) -> None:
    if not changes:
        return
    for index, id in zip(np.flatnonzero(~ledger.out).tolist(), frame["id"], strict=True):
        if id not in changes:
            continue
        if changes[id]:
            ledger.tell(index, "replaces_existing", *stored.replaced(changes[id]))
        else:
            said, fix = message(N_("与库中的一条完全相同")), message(N_("不用改:不会产生改动"))
            ledger.tell(index, "unchanged", said, fix)


def _row_faults(file: _File, called: Mapping[int, str]) -> list[Fault]:
    """By row, errors first within one."""
    numbers = file.decoded.numbers
    order = sorted(file.ledger.flaws, key=lambda flaw: (flaw.index, SEVERITIES[flaw.code] != "error"))
    return [Fault(int(numbers[flaw.index]), called[flaw.index], flaw.code, flaw.message, flaw.fix) for flaw in order]


def _file_faults(file: _File) -> Iterator[Fault]:
    """What concerns the file as a whole: the reader's notes, the datum, and columns that no field takes."""
    datum = shift.notes(file.finding, file.ledger) if file.finding else ()
    notes = [*file.decoded.notes, *file.ledger.notes, *datum, *_beside(file)]
    for code, said, fix in notes:
        yield Fault(None, "", code, said, fix)
    yield from _unknown_columns(file)


def _beside(file: _File) -> Iterator[Note]:
    """A raster speaks of everybody: stored people that it does not replace may be counted twice."""
    if not _is_raster(file.decoded):
        return
    others = set(file.county.existing["id"]) - set(file.columns["id"].array.to_pylist())
    if others:
        said = message(N_("库中另有 {n} 条人口,存入后与这些格子相加"), n=len(others))
        yield "people_beside", said, message(N_("若说的是同一批人,请先撤销那次上传,否则会重复计算"))


def _unknown_columns(file: _File) -> Iterator[Fault]:
    """Columns that no field takes and that have something in them: the first ones by name, the others as a number."""
    fix = message(N_("不会存入;若是要紧的内容,请改写到 note(备注)里"))
    columns = file.decoded.columns
    unknown = {
        one.header: n for one in file.matches if one.how == "none" and (n := Column.of(columns[one.header]).filled())
    }
    for header, n in list(unknown.items())[:_MOST_UNKNOWN]:
        said = message(N_("{n} 行有这里用不到的字段:{name}"), n=n, name=shown(header))
        yield Fault(None, "", "unknown_property", said, fix)
    if len(unknown) > _MOST_UNKNOWN:
        said = message(N_("另有 {n} 个字段这里用不到"), n=len(unknown) - _MOST_UNKNOWN)
        yield Fault(None, "", "unknown_property", said, fix)


def _unknown_words(file: _File) -> dict[str, tuple[str, ...]]:
    """Words that the pack does not know, so that a person can say what they mean."""
    unknown: dict[str, tuple[str, ...]] = {}
    for name in fields.WORD_FIELDS:
        codes = {flaw.index for flaw in file.ledger.flaws if flaw.code == f"unknown_{name}"}
        if file.layer is Layer.DISTRICTS:
            times = Counter(words[-1] for index in codes if (words := _district_words(file, index)))
        else:
            values = file.values.get(name, ())
            times = Counter(value for index in codes if values and isinstance(value := values[index], str))
        if times:
            unknown[name] = tuple(word for word, _ in times.most_common(_MOST_WORDS))
    return unknown


def digest(data: bytes) -> str:
    """The SHA-256 of a file, as revisions record it."""
    return hashlib.sha256(data).hexdigest()
