"""What staff do at the upload desk around a checked file: store it, keep its bad rows, remember, compare, take back.

Pages and the command line both come through here, as through :mod:`geo.usecases`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd

from geo import ingest, osm, reports
from geo.errors import InputError, NotFoundError, UnchangedError
from geo.i18n import LANGS, N_, message
from geo.model import Layer
from geo.store import Conflict, Decisions, Difference, Draft, Quarantined, Rejected, Revision, Upload, header_shape
from geo.store import restore as put_back
from geo.streets import Network, build_network
from geo.usecases import Atlas, Author, database_address, may_write, snapshot

_EVERY_ROW = 10_000_000


@dataclass(frozen=True)
class Kept:
    """What became of an uploaded file: the revision with its good rows, and the upload that keeps its bad ones."""

    revision: Revision | None
    upload: Upload | None


def tables(atlas: Atlas, data: bytes, filename: str, sha256: str) -> tuple[str, ...]:
    """The sheets or layers of a file to choose from; () where there is nothing to choose.

    Raises:
        InputError: the file cannot be read; the message says what to do.
    """
    return atlas.kept.of("tables", (sha256, filename), lambda: ingest.tables(data, filename))


def remembered(atlas: Atlas, layer: Layer, report: ingest.Report) -> ingest.Choices | None:
    """What was decided on the columns and words of the last file with the same header, None where nothing was."""
    found = atlas.store.remembered(atlas.pack.id, layer, _shape(report))
    if not found:
        return None
    columns = tuple((header, field) for header, field in found.get("columns", {}).items())
    words = tuple((str(field), str(word), str(id)) for field, word, id in found.get("words", ()))
    return ingest.Choices(columns=columns, words=words)


def _shape(report: ingest.Report) -> str:
    return header_shape(one.header for one in report.columns)


def store(atlas: Atlas, report: ingest.Report, author: Author, note: str = "") -> Kept:
    """Stores the good rows of a checked file as one revision and keeps the bad ones, all or nothing.

    Rows that come mended out of the quarantine leave it. Where the good rows change nothing, only the bad are kept.

    Raises:
        UnchangedError: nothing would change, and there is nothing to keep.
        ReadOnlyError, StoreError: nothing was written.
    """
    may_write(author)
    draft = _draft(atlas, report, author, note)
    if report.accepted_count:
        try:
            revision = atlas.store.commit(atlas.pack.id, draft)
        except UnchangedError:
            if not report.rejected_count:
                raise
        else:
            _remember(atlas, report, author)
            return Kept(revision, _upload_of(atlas, revision.number))
    _remember(atlas, report, author)
    return Kept(None, atlas.store.quarantine(atlas.pack.id, draft)[0])


def _draft(atlas: Atlas, report: ingest.Report, author: Author, note: str) -> Draft:
    return Draft(
        kind="import",
        author=author.name,
        note=note,
        file_name=report.file,
        file_sha256=report.sha256,
        upserts={report.layer: report.accepted} if report.accepted_count else {},
        details=report.details(),
        quarantine={report.layer: _rejected(report)} if report.rejected_count else {},
        resolved=_still_open(atlas, report.mends),
    )


def _rejected(report: ingest.Report) -> list[Rejected]:
    reasons: dict[int | None, list[dict[str, Any]]] = {}
    for fault in report.faults:
        said: dict[str, Any] = {
            lang: {"message": fault.message.text(lang), "fix": fault.fix.text(lang)} for lang in LANGS
        }
        reasons.setdefault(fault.row, []).append({"code": fault.code, "severity": fault.severity, **said})
    features = report.rejected_features()
    return [
        Rejected(row.row, feature, reasons.get(row.row, []))
        for row, feature in zip(report.rejected, features, strict=True)
    ]


def _still_open(atlas: Atlas, mends: Mapping[int, Sequence[int]]) -> dict[int, tuple[int, ...]]:
    """The mended rows that nobody has mended or discarded meanwhile."""
    found: dict[int, tuple[int, ...]] = {}
    for upload, rows in mends.items():
        try:
            waiting = {row.row for row in quarantined_rows(atlas, upload)}
        except NotFoundError:
            continue
        if left := tuple(row for row in rows if row in waiting):
            found[upload] = left
    return found


def _remember(atlas: Atlas, report: ingest.Report, author: Author) -> None:
    """Keeps what a person decided for the next file of the same shape; what was told by itself needs no keeping."""
    choices = report.choices
    if choices.columns or choices.words:
        kept = {"columns": dict(choices.columns), "words": [list(word) for word in choices.words]}
        atlas.store.remember(atlas.pack.id, report.layer, _shape(report), kept, author.name)


def _upload_of(atlas: Atlas, revision: int) -> Upload | None:
    return next((upload for upload in quarantine(atlas) if upload.revision == revision), None)


# --- OpenStreetMap -------------------------------------------------------------------------------------------------

OSM_LAYERS = (Layer.FACILITIES, Layer.ROADS)


@dataclass(frozen=True)
class OsmFile:
    """An OpenStreetMap file that was read, not yet stored."""

    name: str
    sha256: str
    extract: osm.Extract

    def frame(self, layer: Layer) -> gpd.GeoDataFrame:
        return self.extract.facilities if layer is Layer.FACILITIES else self.extract.roads


def read_osm(atlas: Atlas, path: Path, watch: osm.Watch = osm.unwatched) -> OsmFile:
    """The county's facilities and walkable ways in an OpenStreetMap file; see :func:`geo.osm.read_extract`.

    Raises:
        InputError: it cannot be read to its end, or has nothing of this county; the message says what to do.
    """
    extract = osm.read_extract(path, atlas.pack, snapshot(atlas).district_areas, watch)
    with path.open("rb") as handle:
        return OsmFile(path.name, hashlib.file_digest(handle, "sha256").hexdigest(), extract)


def osm_network(atlas: Atlas, file: OsmFile) -> Network:
    """The walking network of the file's own ways."""
    return build_network(file.extract.roads, atlas.pack.metric_epsg)


def osm_gone(atlas: Atlas, file: OsmFile, layers: Sequence[Layer] = OSM_LAYERS) -> dict[Layer, tuple[str, ...]]:
    """The ids from earlier OpenStreetMap files that this one no longer has; what came from elsewhere is not among them.

    A layer of which the file has nothing is left alone: more likely the file lacks it than the county.
    """
    snap = snapshot(atlas)
    gone = {}
    for layer in _osm_layers(file, layers):
        here = set(file.frame(layer)["id"])
        stored = snap.frame(layer)["id"]
        gone[layer] = tuple(id for id in stored[stored.str.startswith(osm.ID_START)] if id not in here)
    return gone


def store_osm(atlas: Atlas, file: OsmFile, author: Author, layers: Sequence[Layer] = OSM_LAYERS) -> Revision:
    """Stores what the file has for ``layers`` as one revision: it takes the place of earlier OpenStreetMap files.

    Raises:
        InputError: the file has nothing for these layers.
        UnchangedError: all of it is stored already.
        ReadOnlyError, StoreError: nothing was written.
    """
    may_write(author)
    if not _osm_layers(file, layers):
        text = N_("“{file}”里没有可存的配套设施或路:请换一个包含它们的 OpenStreetMap 数据提取。")
        raise InputError(message(text, file=file.name))
    draft = Draft(
        kind="import",
        author=author.name,
        file_name=file.name,
        file_sha256=file.sha256,
        upserts={layer: file.frame(layer) for layer in _osm_layers(file, layers)},
        removals=osm_gone(atlas, file, layers),
        details={"format": "osm", "osm": file.extract.report.as_json(LANGS[0])},
    )
    return atlas.store.commit(atlas.pack.id, draft)


def _osm_layers(file: OsmFile, layers: Sequence[Layer]) -> list[Layer]:
    return [layer for layer in layers if len(file.frame(layer))]


# --- quarantine ----------------------------------------------------------------------------------------------------


def quarantine(atlas: Atlas) -> tuple[Upload, ...]:
    """Every upload of which rows were rejected, newest first."""
    return atlas.store.quarantined(atlas.pack.id)


def quarantined_rows(atlas: Atlas, upload: int) -> tuple[Quarantined, ...]:
    """The rejected rows of an upload that are still open, by number.

    Raises:
        NotFoundError: there is no such upload.
    """
    return atlas.store.quarantined_rows(atlas.pack.id, upload, limit=_EVERY_ROW)


def discard(atlas: Atlas, upload: int, author: Author) -> int:
    """Takes all open rows of an upload out of the quarantine unmended; gives how many. They stay on record."""
    may_write(author)
    return atlas.store.discard(atlas.pack.id, upload, author.name)


def export_quarantine(atlas: Atlas, upload: int, kind: str, lang: str) -> bytes:
    """The open rows of an upload as geojson or xlsx to mend and upload again, each with its reasons."""
    return reports.quarantine_file(upload, quarantined_rows(atlas, upload), kind, lang)


# --- looking back --------------------------------------------------------------------------------------------------


def diff(atlas: Atlas, old: int, new: int) -> tuple[Difference, ...]:
    """What differs between two revisions, field by field."""
    return atlas.store.diff(atlas.pack.id, old, new)


def revision_at(atlas: Atlas, moment: datetime) -> int:
    """The number of the revision that was the newest at ``moment``, 0 before the first."""
    return atlas.store.at(atlas.pack.id, moment)


def conflicts(atlas: Atlas, number: int) -> tuple[Conflict, ...]:
    """The features of a revision that later ones changed: to take it back, somebody has to decide about each."""
    return atlas.store.conflicts(atlas.pack.id, number)


def undo(
    atlas: Atlas, number: int, author: Author, decisions: Decisions | None = None, expected_head: int | None = None
) -> Revision:
    """Takes revision ``number`` back with a new one; ``decisions`` say what is to be done where others changed it too.

    Raises:
        ConflictError: something is undecided, or came since ``expected_head``.
    """
    may_write(author)
    return atlas.store.undo(atlas.pack.id, number, author.name, decisions, expected_head)


# --- copies --------------------------------------------------------------------------------------------------------


def backup(atlas: Atlas, file: Path, overwrite: bool = False) -> None:
    """Copies the whole database, every pack, to ``file`` while others read and write.

    Raises:
        StoreError: it is not SQLite, ``file`` is there already, or it cannot be written.
    """
    atlas.store.backup(file, overwrite)


def restore(database_url: str | None, file: Path) -> Path | None:
    """Puts a backup in the place of the database, which need not be one that can be opened.

    Returns:
        The file that keeps what was there, None where there was nothing.

    Raises:
        StoreError: ``file`` is no whole backup, or the database cannot be written; it is then as it was.
    """
    return put_back(database_address(database_url), file)
