"""GeoJSON (RFC 7946) to rows: whole documents, single features, bare geometries and one feature a line (RFC 8142).

A file is read in pieces. One as GIS programs write it is decoded into what it must be and no more, its coordinates
straight into arrays. In a piece that does not fit every value is decoded, and what cannot be vouched for then goes the
exact way: Python's own parser, which names doubled keys and lets NaN through to be told by its row. A file that cannot be
cut is one piece.
"""

from __future__ import annotations

import codecs
import io
import itertools
import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain
from operator import itemgetter
from typing import Any, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from geo.errors import InputError
from geo.i18n import N_, message
from geo.ingest.column import Column
from geo.ingest.progress import Tick, silent
from geo.ingest.readers import coordinates, jsontext, limits, members, pieces, quick
from geo.ingest.readers.laid import UnsoundError
from geo.ingest.readers.members import GEOMETRIES, Note
from geo.ingest.rows import ABSENT, Decoded, Flaw
from geo.ingest.text import writable

__all__ = ["GEOMETRIES", "MOST_COLUMNS", "read"]

MOST_COLUMNS = 300  # a file whose every feature names its keys anew must not make a table of n × n cells
_LEAST_COLUMNS = 20  # of such a file, however long it is
_BOM = b"\xef\xbb\xbf"
_THREADS = 2  # Arrow, NumPy and GEOS let another run, Python does not


def read(data: bytes, tick: Tick = silent) -> Decoded:
    """The features of a GeoJSON file.

    Raises:
        InputError: not UTF-8, not JSON, too deeply nested, not GeoJSON, or without features.
        StoppedError: ``tick`` raised it.
    """
    bare = data.removeprefix(_BOM)
    if not bare or bare.isspace():
        raise InputError(N_("文件是空的:请重新导出。"))
    return _in_pieces(bare, tick) or _fully(bare, tick)


def _fully(data: bytes, tick: Tick = silent) -> Decoded:
    """A file that cannot be cut: all of it at once."""
    features, notes, epsg, flaws = members.features(data, tick)

    def raw(rows: Sequence[int]) -> list[Any]:
        every = members.features(data)[0] if rows else ()
        return [every[row] for row in rows]

    return _decoded([_in_full(features, flaws)], notes, epsg, raw)


@dataclass(frozen=True)
class _Piece:
    """What has been read of some features."""

    columns: dict[str, Column]
    outer: list[Any]  # the ids beside the properties
    found: coordinates.Found
    flaws: list[Flaw] = field(default_factory=list)  # but for those of their shapes
    beside: members.Beside = field(default_factory=members.Beside)
    times: Counter[str] | None = None  # how often it has each header, where they are too many to be columns
    has_features: bool = True

    def column(self, header: str) -> Column:
        return self.columns[header] if header in self.columns else Column.absent(len(self.outer))


def _decoded(
    read: list[_Piece], notes: list[Note], epsg: int | None, raw: Callable[[Sequence[int]], list[Any]]
) -> Decoded:
    starts = itertools.accumulate((len(piece.outer) for piece in read[:-1]), initial=0)
    each = zip(starts, read, strict=True)
    flaws = [
        replace(flaw, index=flaw.index + start) for start, piece in each for flaw in (*piece.flaws, *piece.found[1])
    ]
    beside = sum((piece.beside for piece in read), members.Beside()).notes()
    if against := sum(piece.found[2] for piece in read):
        said = message(N_("{n} 个环的走向与 RFC 7946 相反"), n=against)
        beside.append(("ring_winding", said, message(N_("不用改:走向不影响这里的用途,会照原样收下"))))
    shapes = np.concatenate([piece.found[0] for piece in read])
    columns, dropped = _columns(read)
    # The features themselves take several times the file's size: they are let go, and decoded again when asked for.
    told = (*notes, *dropped, *beside)
    return Decoded("geojson", columns, np.arange(1, len(shapes) + 1), shapes, raw, epsg, flaws, told)


def _columns(read: list[_Piece]) -> tuple[dict[str, Column], list[Note]]:
    """Header -> one value a row; the most frequent headers where there are too many. An ``id`` beside the properties
    counts as one of them, unless they have their own."""
    every = list(dict.fromkeys(chain.from_iterable(piece.columns for piece in read)))
    notes: list[Note] = []
    if len(every) > MOST_COLUMNS or any(piece.times is not None for piece in read):
        every = _most_frequent(read)
        said = message(N_("字段太多:只看最常见的 {n} 个"), n=len(every))
        notes.append(("column_dropped", said, message(N_("请删去用不到的字段后再传"))))
    columns = {}
    for header in every:
        columns[writable(header)] = Column.joined([piece.column(header) for piece in read])
        for piece in read:
            piece.columns.pop(header, None)  # or all of them would be there twice
    _number_of_its_own(columns, [id for piece in read for id in piece.outer])
    return columns, notes


def _most_frequent(read: Sequence[_Piece]) -> list[str]:
    times: Counter[str] = Counter()
    for piece in read:
        times.update(piece.times or {name: int(column.mentioned().sum()) for name, column in piece.columns.items()})
    most = max(_LEAST_COLUMNS, limits.MAX_CELLS // sum(len(piece.outer) for piece in read))
    return [header for header, _ in times.most_common(min(MOST_COLUMNS, most))]


# --- in pieces -----------------------------------------------------------------------------------------------------


class _Feature(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A feature with nothing that would have to be told, but perhaps for the numbers of its bbox."""

    type: Literal["Feature"]
    geometry: coordinates.Text | None
    properties: dict[str, Any] | None
    id: str | int | float | msgspec.UnsetType | None = msgspec.UNSET
    bbox: list[float] | msgspec.UnsetType = msgspec.UNSET


_several, _a_line = msgspec.json.Decoder(list[_Feature]), msgspec.json.Decoder(_Feature)


class _UncutError(ValueError):
    """The file is to be looked at as a whole."""


class _NotPlainError(ValueError):
    """The features are to be decoded in full."""


@dataclass(frozen=True)
class _Cut:
    """The features of a file in texts, and the collection that is around them; None: one stands on each line."""

    data: bytes
    texts: list[memoryview]
    document: dict[str, Any] | None

    @property
    def in_lines(self) -> bool:
        return self.document is None

    def values(self, number: int) -> tuple[list[Any], list[Flaw]]:
        """The features in a text, and the flaws of lines that are none.

        Raises:
            ValueError, InputError: it is not sound.
        """
        if not self.in_lines:
            return list(jsontext.value(b"".join((b"[", self.texts[number], b"]")))), []
        flaws: list[Flaw] = []
        return members.rows_of(self.records(number), flaws), flaws

    def records(self, number: int) -> list[jsontext.Record]:
        """The lines of a text."""
        return jsontext.records(self._letters(number), self._line(number))

    def _line(self, number: int) -> int:
        """On which line a text begins."""
        start = sum(map(len, self.texts[:number]))
        ends = (self.data.count(end, 0, start) for end in (b"\n", b"\r", b"\r\n"))
        return 1 + next(ends) + next(ends) - next(ends)

    def _letters(self, number: int) -> bytes:
        """A text, in which nothing but the file's end may cut a letter."""
        raw = bytes(self.texts[number])
        codecs.getincrementaldecoder("utf-8")().decode(raw, number < len(self.texts) - 1)
        return raw


_SEVERAL = 2


def _read_in_full(cut: _Cut, number: int) -> _Piece:
    """
    Raises:
        ValueError, InputError: the text is not sound, or can only be read together with the others.
    """
    if cut.in_lines:
        records = cut.records(number)
        first = records[0].value if records and not number else {}
        alone = len(cut.texts) == 1 and len(records) < _SEVERAL and jsontext.RECORD_SEPARATOR not in cut.data
        if not isinstance(first, dict) or alone:
            raise _UncutError
        if any(not record.broken and _is_more(record.value) for record in records):
            raise _UncutError
    return _in_full(*cut.values(number))


def _is_more(value: Any) -> bool:
    """Whether what stands on a line says something of the whole file."""
    return members.is_collection(value) or (isinstance(value, dict) and "crs" in value)


def _in_pieces(data: bytes, tick: Tick = silent) -> Decoded | None:
    """A file that can be cut; None for any other."""
    try:
        cut = _cut(data)
        read = _pieces(cut, tick)
    except (ValueError, RecursionError):
        return None
    if not any(piece.has_features for piece in read):
        return None
    if any(piece.times is not None for piece in read) and len(read) > 1:
        headers = _most_frequent(read)
        read = [
            piece if piece.times is None else _in_full(*cut.values(number), headers)
            for number, piece in enumerate(read)
        ]
    epsg, notes = members.crs(None if cut.document is None else cut.document.get("crs"))
    told = [] if cut.document is None else members.outside([cut.document])
    ends = np.cumsum([len(piece.outer) for piece in read])

    def raw(rows: Sequence[int]) -> list[Any]:
        return list(_again(cut, ends, rows))

    return _decoded(read, [*told, *notes], epsg, raw)


def _again(cut: _Cut, ends: npt.NDArray[np.int64], rows: Sequence[int]) -> Iterator[Any]:
    """Single features as they stand in the file; ``ends`` tells how many there are up to the end of each text."""
    values: list[Any] = []
    held = None
    for row in rows:
        number = int(np.searchsorted(ends, row, side="right"))
        if number != held:
            held, values = number, cut.values(number)[0]
        yield values[row - int(ends[number])]  # counted from the end of its text


def _cut(data: bytes) -> _Cut:
    """
    Raises:
        ValueError: the file has no features that can be read by themselves.
    """
    mark = secrets.token_hex()  # so that no feature of the file can be taken for it
    stand_in = b'{"type":"Feature","geometry":null,"properties":null,"id":"%s"}' % mark.encode()
    for cut in pieces.cuts(data):
        try:
            document = jsontext.value(cut.around(stand_in))
        except ValueError:
            continue
        alone = members.is_collection(document) and document["features"] == [msgspec.json.decode(stand_in)]
        if not alone or (isinstance(document, jsontext.Doubled) and "features" in document.names):
            raise _UncutError
        return _Cut(data, list(cut.pieces()), document)
    marked = jsontext.RECORD_SEPARATOR in data
    return _Cut(data, list(pieces.sequence(data, jsontext.RECORD_SEPARATOR) if marked else pieces.lines(data)), None)


def _pieces(cut: _Cut, tick: Tick) -> list[_Piece]:
    """Every text read: the first one exactly, to see what form its features have, the others quickly if they have it."""
    form = None
    try:
        features = _features_of(cut.texts[0], in_lines=cut.in_lines)
        done = [_exact(cut.texts[0], features)]
        form = None if any(map(_has_box, features)) else quick.Form.of(features, msgspec.UNSET)
    except (msgspec.DecodeError, ValueError, RecursionError):
        done = [_read_in_full(cut, 0)]

    def read(number: int) -> _Piece:
        text = cut.texts[number]
        if form is not None:
            with suppress(quick.NotQuickError, UnsoundError):
                return _Piece(*quick.read(text, form, in_lines=cut.in_lines))
        with suppress(msgspec.DecodeError, ValueError, RecursionError):
            return _exact(text, _features_of(text, in_lines=cut.in_lines))
        return _read_in_full(cut, number)

    threads = ThreadPoolExecutor(_THREADS)
    try:
        for piece in threads.map(read, range(1, len(cut.texts))):
            tick(len(done) / len(cut.texts))
            done.append(piece)
    finally:
        threads.shutdown(cancel_futures=True)  # where one is no piece, or the reading is stopped
    return done


def _exact(text: memoryview, features: Sequence[_Feature]) -> _Piece:
    """
    Raises:
        msgspec.DecodeError: there is something in the coordinates that only the exact parser can tell.
        _NotPlainError: a key is named twice, or there are too many of them.
    """
    properties = [feature.properties or {} for feature in features]
    ids = [feature.id for feature in features]
    geometries = [feature.geometry for feature in features]
    boxes = [feature.bbox for feature in features]
    count = 7 * len(features) - 2 * geometries.count(None) - ids.count(msgspec.UNSET) - boxes.count(msgspec.UNSET)
    inside = sum(len(row) + sum(map(jsontext.count_members, row.values())) for row in properties)
    if not jsontext.names_keys_once(text, count + inside) or not all(map(members.is_box, boxes)):
        raise _NotPlainError
    headers = dict.fromkeys(chain.from_iterable(properties))
    if len(headers) > MOST_COLUMNS:
        raise _NotPlainError
    columns = {header: _column(header, properties) for header in headers}
    outer = [None if id is msgspec.UNSET else id for id in ids]
    return _Piece(columns, outer, coordinates.shapes_of_texts(geometries))


def _has_box(feature: _Feature) -> bool:
    return feature.bbox is not msgspec.UNSET


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


# --- in full -------------------------------------------------------------------------------------------------------


def _in_full(features: list[Any], flaws: Sequence[Flaw] = (), headers: Sequence[str] = ()) -> _Piece:
    """Features that may be anything, with the flaws of those that are none at all; with ``headers``, no others become
    columns."""
    properties = [members.properties(feature) for feature in features]
    times = Counter(chain.from_iterable(properties))
    overfull = len(times) > MOST_COLUMNS
    found = (headers or [name for name, _ in times.most_common(MOST_COLUMNS)]) if overfull else list(times)
    told = [*flaws, *members.shape_of_features(features, {flaw.index for flaw in flaws}), *members.doubled(features)]
    return _Piece(
        {name: _column(name, properties) for name in found},
        list(map(members.id_of, features)),
        coordinates.shapes([members.geometry(feature) for feature in features]),
        told,
        members.Beside.of(features),
        times if overfull else None,
        any(map(members.is_feature, features)),
    )


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
