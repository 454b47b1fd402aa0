"""The upload desk: check a file, see it on the map, store the good rows and keep the bad ones until they are mended."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo import ingest, reports
from geo.areas import Areas
from geo.errors import ConflictError, InputError, NotFoundError, StoreError, UnchangedError
from geo.i18n import LANGS, N_, Listed, message
from geo.ingest import Choices
from geo.maps import columns
from geo.model import Layer
from geo.store import Draft, Quarantined, Rejected, Revision, Upload, as_stored, header_shape
from geo.usecases.atlas import Atlas, Author, Snapshot, areas_at, may_write, snapshot
from geo.usecases.looking import Mask

_EVERY_ROW = 10_000_000
_log = logging.getLogger(__name__)


def check_file(
    atlas: Atlas,
    data: bytes,
    filename: str,
    layer: Layer,
    choices: Choices | None = None,
    watch: ingest.Watch = ingest.unwatched,
) -> ingest.Report:
    """Checks a file, following ``choices``, without storing anything. ``watch`` is told how far it is and may stop it.

    Raises:
        InputError: nothing in it can be read as rows.
        StoppedError: ``watch`` raised it.
    """
    snap = snapshot(atlas)
    chosen = choices or Choices()
    sha256 = ingest.digest(data)
    source = (sha256, filename, chosen.table)
    key = (*source, layer, chosen, snap.stamp)
    return atlas.kept.of("report", key, lambda: _check(atlas, snap, data, source, layer, chosen, watch))


def _check(
    atlas: Atlas,
    snap: Snapshot,
    data: bytes,
    source: tuple[str, str, str],
    layer: Layer,
    choices: Choices,
    watch: ingest.Watch,
) -> ingest.Report:
    sha256, filename, table = source
    ground = atlas.pack.boundary.geometry.union_all()
    decoded = atlas.kept.of("decoded", source, lambda: ingest.decode(data, filename, table, watch, ground))

    def against(snap: Snapshot, watch: ingest.Watch = ingest.unwatched) -> ingest.Report:
        roads = snap.frame(Layer.ROADS).geometry.to_numpy()
        county = ingest.County(atlas.pack, snap.district_areas, snap.frame(layer), roads if len(roads) else None)
        report = ingest.check(decoded, filename, sha256, layer, county, choices, watch)
        return replace(report, against=snap.stamp, again=lambda: against(snapshot(atlas)))

    return against(snap, watch)


@dataclass(frozen=True)
class Preview:
    """A layer as it would be after storing a checked file."""

    token: str
    frame: gpd.GeoDataFrame
    fresh: Mask  # rows that come from the file
    areas: Areas  # of the districts and towns as they would be

    @property
    def fresh_ids(self) -> list[str]:
        ids: list[str] = self.frame.loc[self.fresh, "id"].tolist()
        return ids


def preview(atlas: Atlas, report: ingest.Report) -> Preview:
    """The stored layer with the file's good rows in place; the browser reads it through :func:`map_preview`."""
    snap = snapshot(atlas)
    token = f"{report.layer}-{snap.stamp}-{report.sha256}-{abs(hash(report.choices)):x}"
    return atlas.kept.of("preview", token, lambda: _preview(atlas, snap, report, token))


def _preview(atlas: Atlas, snap: Snapshot, report: ingest.Report, token: str) -> Preview:
    stored = snap.frame(report.layer)
    coming = report.accepted
    staying = stored[~stored["id"].isin(coming["id"])]
    frame = gpd.GeoDataFrame(pd.concat([staying, coming], ignore_index=True), crs=stored.crs)
    fresh = np.arange(len(frame)) >= len(staying)
    areas = areas_at(atlas, {**snap.others, report.layer: frame})
    return Preview(token, frame, fresh, areas)


def map_preview(atlas: Atlas, token: str) -> bytes:
    """A preview that a page has just made, in the browser's columns; of districts and towns, the whole geography.

    Raises:
        NotFoundError: it was made too long ago.
    """
    kept = atlas.kept.get("preview", token)
    if not isinstance(kept, Preview):
        raise NotFoundError(N_("预览已过期:请重新选择文件。"))
    layer = Layer(token.split("-")[0])
    if layer in (Layer.DISTRICTS, Layer.TOWNS):
        return columns.geography(atlas.pack, kept.areas)
    return columns.layer_columns(layer, kept.frame, atlas.pack)


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


def remembered(atlas: Atlas, layer: Layer, report: ingest.Report) -> Choices | None:
    """What was decided on the columns and words of the last file with the same header, None where nothing was; on rows
    that come back from the quarantine, what was decided on the file that they came with, its datum too.

    Raises:
        InputError: the rows came with files of different datums.
    """
    origins = [Choices.of_details(upload.details) for upload in _origins(atlas, report)]
    if len({(one.datum, one.epsg) for one in origins}) > 1:
        text = N_("这些行来自几次上传,当时选的坐标基准不同,混在一起会偏几百米:请按上传次数分成几个文件。")
        raise InputError(text)
    if any(one != Choices() for one in origins):
        columns = {header: field for one in origins for header, field in one.columns}
        words = {(field, word): id for one in origins for field, word, id in one.words}
        told = tuple((field, word, id) for (field, word), id in words.items())
        return replace(origins[0], columns=tuple(columns.items()), words=told)
    found = atlas.store.remembered(atlas.pack.id, layer, _shape(report))
    return Choices.of_details(found) if found else None


def _shape(report: ingest.Report) -> str:
    return header_shape(one.header for one in report.columns)


def store(atlas: Atlas, report: ingest.Report, author: Author, note: str = "") -> Kept:
    """Stores the good rows of a checked file as one revision and keeps the bad ones, all or nothing.

    Rows that come mended out of the quarantine leave it. Where the good rows change nothing, only the bad are kept;
    bad rows that wait already, since the same file came before, are not kept twice.

    Raises:
        ConflictError: somebody changed the data since the check, and the outcome would not be what the check told.
        UnchangedError: nothing would change, and there is nothing new to keep.
        ReadOnlyError, StoreError: nothing was written.
    """
    may_write(author)
    report, head = _still(atlas, report)
    waiting = _waiting(atlas, report)
    draft = _draft(atlas, report, author, note, keep=waiting is None)
    if report.accepted_count:
        try:
            revision = atlas.store.commit(atlas.pack.id, draft, expected_head=head)
        except UnchangedError:
            if not draft.quarantine:
                raise
        except ConflictError:
            if atlas.store.head(atlas.pack.id) == head:
                raise
            return store(atlas, report, author, note)  # somebody was faster, once more
        else:
            _remember(atlas, report, author)
            return Kept(revision, waiting or _upload_of(atlas, revision.number))
    if waiting is not None:
        text = N_("没有保存:这个文件的 {n} 行已经在“待改的行”里(第 {upload} 次上传)。请下载那些行,改好再传。")
        raise UnchangedError(message(text, n=report.rejected_count, upload=waiting.id))
    _remember(atlas, report, author)
    return Kept(None, atlas.store.quarantine(atlas.pack.id, draft)[0])


def _still(atlas: Atlas, report: ingest.Report) -> tuple[ingest.Report, int]:
    """The report against the newest state, and that state's revision.

    Raises:
        ConflictError: it says something else than the one that a person saw.
    """
    newest = snapshot(atlas)
    if report.against == newest.stamp or report.again is None:
        return report, newest.revision
    again = report.again()
    if not report.same_outcome(again):
        raise ConflictError(N_("库里刚有人改过,存入的结果会与核对时不同,所以没有保存:请看一下新的核对结果再存。"))
    return (again, newest.revision) if again.against == newest.stamp else _still(atlas, again)


def _waiting(atlas: Atlas, report: ingest.Report) -> Upload | None:
    """The upload, if there is one, in which all bad rows of the same file wait already.

    A file may have several sheets: rows are the same where also what stands in them is.
    """
    if not report.rejected_count:
        return None
    features = zip(report.rejected, report.rejected_features(), strict=True)
    rows = {row.row: as_stored(feature) for row, feature in features}
    for upload in quarantine(atlas):
        same = (upload.file_sha256, upload.layer) == (report.sha256, report.layer) and upload.open >= len(rows)
        if same and rows.items() <= _open_features(atlas, upload).items():
            return upload
    return None


def _open_features(atlas: Atlas, upload: Upload) -> dict[int, str]:
    return {row.row: as_stored(row.feature) for row in quarantined_rows(atlas, upload.id)}


def _draft(atlas: Atlas, report: ingest.Report, author: Author, note: str, keep: bool) -> Draft:
    back = _come_back(atlas, report)
    mended = {
        upload: {row: id for row, id in report.mends.get(upload, {}).items() if row in rows}
        for upload, rows in back.items()
    }
    return Draft(
        kind="import",
        author=author.name,
        note=note,
        file_name=report.file,
        file_sha256=report.sha256,
        upserts={report.layer: report.accepted} if report.accepted_count else {},
        details=report.details(),
        quarantine={report.layer: _rejected(report)} if keep and report.rejected_count else {},
        resolved=mended,
        replaced={upload: sorted(rows - mended[upload].keys()) for upload, rows in back.items()} if keep else {},
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


def _origins(atlas: Atlas, report: ingest.Report) -> list[Upload]:
    """The uploads, of the same layer, from whose waiting rows some of a file's come."""
    return [one for one in quarantine(atlas) if one.id in report.origins and one.layer is report.layer]


def _come_back(atlas: Atlas, report: ingest.Report) -> dict[int, set[int]]:
    """Upload -> its rows that come back in a file, and that nobody has mended or discarded meanwhile."""
    return {
        one.id: {row.row for row in quarantined_rows(atlas, one.id)} & {*report.origins[one.id]}
        for one in _origins(atlas, report)
    }


def _remember(atlas: Atlas, report: ingest.Report, author: Author) -> None:
    """Keeps what a person decided for the next file of the same shape; what was told by itself needs no keeping.

    The rows are stored by then: where this cannot be, the next file is asked about once more.
    """
    key = atlas.pack.id, report.layer, _shape(report)
    kept = {"columns": dict(report.choices.columns), "words": [list(word) for word in report.choices.words]}
    try:
        if kept != (atlas.store.remembered(*key) or {"columns": {}, "words": []}):
            atlas.store.remember(*key, kept, author.name)
    except StoreError:
        _log.warning("what was decided on the columns of a file is not remembered", exc_info=True)


def _upload_of(atlas: Atlas, revision: int) -> Upload | None:
    return next((upload for upload in quarantine(atlas) if upload.revision == revision), None)


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


def quarantine_kinds(upload: Upload, rows: Sequence[Quarantined]) -> tuple[str, ...]:
    """The kinds of file, geojson or xlsx, in which ``rows`` of ``upload`` can be mended."""
    return reports.quarantine_kinds(str(upload.details.get("format", "")), rows)


def export_quarantine(upload: Upload, rows: Sequence[Quarantined], kind: str, lang: str) -> bytes:
    """Open ``rows`` of an upload as geojson or xlsx to mend and upload again, each with its reasons.

    Raises:
        InputError: they cannot be mended in this kind of file.
    """
    kinds = quarantine_kinds(upload, rows)
    if kind not in kinds:
        text = N_("第 {upload} 次上传的行不能用 {kind} 改:表格没有图形,线和面放不进 Excel。请改用 {kinds}。")
        raise InputError(message(text, upload=upload.id, kind=kind, kinds=Listed(kinds)))
    return reports.quarantine_file(upload.id, rows, kind, lang)
