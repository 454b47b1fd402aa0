"""One function for each thing a person does. Pages and the command line both come through here.

An :class:`Atlas` is a pack and its store. Reading goes through :func:`snapshot`, which holds the frames of one
revision, so that everything one screen shows is of the same moment.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from shapely import Point

from geo import coverage as cov
from geo import ingest, packs, reports
from geo.areas import Areas, areas_of, digest_of, under
from geo.errors import InputError, NotFoundError, ReadOnlyError
from geo.i18n import N_, Label, Message, message
from geo.kept import Kept
from geo.maps import columns
from geo.model import Layer, Pack, Standard
from geo.store import Draft, Revision, Store
from geo.streets import Network, build_network

DEFAULT_DATABASE = "sqlite:///var/atlas.db"
# How many results of each kind stay. Distances are the big ones: 8 bytes a pair, 32 MB for 200 bases × 20,000 facilities.
_KEPT = {
    "snapshot": 3,
    "areas": 3,
    "distances": 4,  # straight and on foot
    "streets": 2,
    "map": 8,
    "geography": 2,
    "preview": 6,
    "tables": 6,
    "decoded": 1,
    "report": 3,
    "coverage": 24,
    "ground": 48,
}
SEED_AUTHOR = "pack"

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Author:
    """Who acts, and why they may not write (None: they may)."""

    name: str
    read_only: Message | None = None


@dataclass(frozen=True)
class Snapshot:
    """The county at one revision. Frames are shared between readers: never change them in place."""

    revision: int
    at: datetime
    bases: gpd.GeoDataFrame
    facilities: gpd.GeoDataFrame  # district: by position in this revision's districts
    areas: Areas
    others: Mapping[Layer, gpd.GeoDataFrame] = field(default_factory=dict)

    @property
    def stamp(self) -> str:
        """Tells this state of the data from every other, also after a backup was put back."""
        return f"{self.revision}t{self.at.timestamp():.6f}"

    def frame(self, layer: Layer) -> gpd.GeoDataFrame:
        return {Layer.BASES: self.bases, Layer.FACILITIES: self.facilities, **self.others}[layer]

    @property
    def district_areas(self) -> gpd.GeoDataFrame:
        """Columns id, name, name_en, schematic: see :class:`geo.areas.Areas`."""
        return self.areas.districts

    @property
    def town_areas(self) -> gpd.GeoDataFrame:
        """Columns name, name_en, district, source, schematic."""
        return self.areas.towns

    @property
    def sample_count(self) -> int:
        """How many features of all layers are made up."""
        return sum(int(self.frame(layer)["sample"].sum()) for layer in Layer)

    @property
    def has_sample(self) -> bool:
        return self.sample_count > 0


@dataclass(frozen=True)
class Filter:
    """What the reader asked to see; an empty tuple does not restrict."""

    districts: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    years: tuple[int, ...] = ()


@dataclass(frozen=True)
class Settings:
    """How coverage is judged: None leaves the choice to the standard."""

    standard: str | None = None
    profile: str | None = None
    radius_m: float | None = None
    on_foot: bool = False  # along the streets, not in a straight line


@dataclass(frozen=True)
class Streets:
    """The walking network of a revision, and where it comes from.

    Attributes:
        roads: how many roads it is made of.
        sources: what the roads name as their source, with the date of the data where that was known, and how many
            roads name it; the most frequent first.
        revision, at: the newest revision that changed the roads.
    """

    network: Network
    roads: int
    sources: tuple[tuple[Label, int], ...]
    revision: int
    at: datetime


@dataclass(frozen=True)
class Atlas:
    """A pack, its store, and the results lately computed from them."""

    pack: Pack
    store: Store
    kept: Kept = field(default_factory=lambda: Kept(_KEPT))


def open_atlas(database_url: str | None = None, pack: str | None = None) -> Atlas:
    """The atlas of this process: arguments, else ``ATLAS_DATABASE_URL`` and ``ATLAS_PACK``, else the defaults.

    The first opening of a store writes the pack's bases and its sample facilities as the first revision.

    Raises:
        PackError, StoreError: with the file or address and what to do.
    """
    return _open(database_address(database_url), packs.find_pack(pack or os.environ.get("ATLAS_PACK")))


def database_address(asked: str | None = None) -> str:
    """Where the store is: what was asked for, else ``ATLAS_DATABASE_URL``, else the default."""
    return asked or os.environ.get("ATLAS_DATABASE_URL") or DEFAULT_DATABASE


@cache
def _open(url: str, folder: Path) -> Atlas:
    pack = packs.load_pack(folder)
    store = Store.open(url)
    seed = {Layer.BASES: pack.bases, Layer.FACILITIES: pack.sample_facilities}
    store.seed(pack.id, seed, SEED_AUTHOR, pack.plan.title.zh)
    return Atlas(pack, store)


def known_packs() -> tuple[packs.PackSummary, ...]:
    """The packs that can be opened by name.

    Raises:
        PackError: one of them cannot be read; the message names file and place.
    """
    return packs.list_packs()


# --- looking -------------------------------------------------------------------------------------------------------


def snapshot(atlas: Atlas, at: int | None = None) -> Snapshot:
    """The frames as of revision ``at``, or of the newest one."""
    number, moment = atlas.store.moment(atlas.pack.id, at)
    return atlas.kept.of("snapshot", (number, moment), lambda: _snapshot(atlas, number, moment))


def _snapshot(atlas: Atlas, number: int, moment: datetime) -> Snapshot:
    frames = {layer: atlas.store.frame(atlas.pack.id, layer, at=number) for layer in Layer}
    areas = _areas(atlas, frames)
    bases, facilities = frames.pop(Layer.BASES), frames.pop(Layer.FACILITIES)
    if len(frames[Layer.DISTRICTS]) or len(frames[Layer.TOWNS]):  # stored with the district of the day they came
        shapes = np.asarray(facilities.geometry.array, dtype=object)
        facilities["district"] = pd.Series(under(shapes, areas.districts), dtype="str")
    return Snapshot(number, moment, bases, facilities, areas, frames)


def _areas(atlas: Atlas, frames: Mapping[Layer, gpd.GeoDataFrame]) -> Areas:
    districts, towns = frames[Layer.DISTRICTS], frames[Layer.TOWNS]
    return atlas.kept.of("areas", digest_of(districts, towns), lambda: areas_of(atlas.pack, districts, towns))


def base_mask(snap: Snapshot, chosen: Filter) -> Mask:
    """Which bases the filter lets through, one flag per row."""
    bases = snap.bases
    mask = np.ones(len(bases), dtype=bool)
    wanted: tuple[tuple[str, Sequence[Any]], ...] = (
        ("district", chosen.districts),
        ("cluster", chosen.clusters),
        ("stage", chosen.stages),
        ("demo_year", chosen.years),
    )
    for column, values in wanted:
        if values:
            mask &= bases[column].isin(values).to_numpy(dtype=bool)
    return mask


def facility_mask(snap: Snapshot, chosen: Filter, categories: Iterable[str]) -> Mask:
    """Which facilities are drawn: those of ``categories`` in the filter's districts."""
    mask: Mask = snap.facilities["category"].isin(list(categories)).to_numpy(dtype=bool)
    if chosen.districts:
        # On a copy: pandas' own mask is read-only.
        mask = mask & snap.facilities["district"].isin(chosen.districts).to_numpy(dtype=bool)
    return mask


def base_row(snap: Snapshot, id: str) -> int:
    """The place of base ``id`` in the frame.

    Raises:
        NotFoundError: there is none of that id.
    """
    places = np.flatnonzero((snap.bases["id"] == id).to_numpy())
    if not len(places):
        raise NotFoundError(message(N_("没有基地 {id}:可能已被移除,请重新选择。"), id=id))
    return int(places[0])


def map_layer(atlas: Atlas, layer: Layer, revision: int) -> bytes:
    """A layer at a revision in the browser's columns (see :mod:`geo.maps.columns`)."""
    snap = snapshot(atlas, revision)
    frame = snap.frame(layer)
    return atlas.kept.of("map", (layer, snap.stamp), lambda: columns.layer_columns(layer, frame, atlas.pack))


def map_geography(atlas: Atlas, digest: str) -> bytes:
    """Boundary, neighbours, districts and towns for the browser; ``digest`` is that of the areas (see Areas).

    Raises:
        NotFoundError: the areas have changed since.
    """
    areas = atlas.kept.get("areas", digest) or snapshot(atlas).areas
    if areas.digest != digest:
        raise NotFoundError(N_("片区或乡镇界已经更新:请刷新页面。"))
    return atlas.kept.of("geography", digest, lambda: columns.geography(atlas.pack, areas))


# --- judging -------------------------------------------------------------------------------------------------------


def distances(atlas: Atlas, snap: Snapshot, on_foot: bool = False) -> cov.Distances:
    """Every base to every facility, straight or on foot (then a :class:`geo.coverage.OnFoot`).

    Raises:
        NotFoundError: on foot, and no roads are stored that may be walked.
    """
    pack = atlas.pack

    def measured() -> cov.Distances:
        if on_foot:
            return cov.measure_on_foot(snap.bases, snap.facilities, pack.categories, streets(atlas, snap).network)
        return cov.measure(snap.bases, snap.facilities, pack.categories, pack.metric_epsg)

    return atlas.kept.of("distances", (snap.stamp, on_foot), measured)


def streets(atlas: Atlas, snap: Snapshot) -> Streets:
    """The walking network of the stored roads, made once for all revisions that have the same roads.

    Raises:
        NotFoundError: no roads are stored that may be walked.
    """
    number, at = atlas.store.last_touched(atlas.pack.id, Layer.ROADS, snap.revision)
    roads = snap.frame(Layer.ROADS)
    walked = roads[~roads["barred"].to_numpy(dtype=bool)]
    if walked.empty or at is None:
        raise NotFoundError(N_("没有可步行的道路,步行距离算不了:请上传道路,或用 import-osm 导入 OpenStreetMap 数据。"))
    return atlas.kept.of(
        "streets",
        (number, at),
        lambda: Streets(build_network(walked, atlas.pack.metric_epsg), len(walked), _sources(walked), number, at),
    )


def _sources(roads: gpd.GeoDataFrame) -> tuple[tuple[Label, int], ...]:
    counts = Counter(zip(roads["source"], roads["source_en"], strict=True))
    return tuple((Label(zh, en), n) for (zh, en), n in counts.most_common())


def coverage(atlas: Atlas, snap: Snapshot, settings: Settings) -> pd.DataFrame:
    """Every base × category judged: the columns of :func:`geo.coverage.coverage_table`."""
    standard = _standard(atlas, settings)
    profiles = {district.id: district.profile for district in atlas.pack.districts}
    return atlas.kept.of(
        "coverage",
        (snap.stamp, settings),
        lambda: cov.coverage_table(
            distances(atlas, snap, settings.on_foot),
            snap.bases,
            profiles,
            standard,
            radius_m=settings.radius_m,
            profile=settings.profile,
        ),
    )


def _standard(atlas: Atlas, settings: Settings) -> Standard:
    return atlas.pack.standard(settings.standard)


def summary(table: pd.DataFrame, by: str) -> pd.DataFrame:
    """Totals per district or cluster and category."""
    return cov.summary(table, by)


def gaps(table: pd.DataFrame) -> pd.DataFrame:
    """The uncovered rows, worst first."""
    return cov.gaps(table)


def totals(table: pd.DataFrame, by: str) -> pd.DataFrame:
    """:func:`summary`, and in ``sample`` whether made-up data took part in a total."""
    made_up = table.groupby([by, "category"], sort=False)["sample"].any()
    return summary(table, by).assign(sample=made_up.to_numpy(dtype=bool))


def check_buffer(
    atlas: Atlas, snap: Snapshot, place: str | Point, radii_m: Sequence[float], settings: Settings
) -> cov.Check:
    """What lies around base ``place`` (its id) or around a point (EPSG:4326 degrees), judged by the standard.

    Raises:
        NotFoundError: there is no such base.
        InputError: the point is not on the globe, or a radius is not above 0.
    """
    pack = atlas.pack
    standard = _standard(atlas, settings)
    geometry: Any = place
    district = ""
    if isinstance(place, str):
        row = base_row(snap, place)
        geometry = snap.bases.geometry.iloc[row]
        district = str(snap.bases["district"].iloc[row])
    else:
        _check_degrees(place)
        district = district_at(snap, place)
    profile = settings.profile or profile_of(pack, district, standard)
    return cov.buffer_check(geometry, snap.facilities, pack.categories, standard, profile, radii_m, pack.metric_epsg)


def _check_degrees(point: Point) -> None:
    if not (abs(point.x) <= 180 and abs(point.y) <= 90):  # so that nan is caught too
        raise InputError(
            message(N_("经纬度 {lon}, {lat} 不在地球上:经度应在 ±180 之内,纬度在 ±90 之内。"), lon=point.x, lat=point.y)
        )


def district_at(snap: Snapshot, point: Point) -> str:
    """The id of the district under ``point``, "" outside all of them."""
    return under(np.array([point], dtype=object), snap.district_areas)[0]


def profile_of(pack: Pack, district: str, standard: Standard) -> str:
    """The profile that applies in ``district``; the standard's first where there is no district."""
    return pack.district(district).profile if district else standard.profiles[0].id


# --- changing ------------------------------------------------------------------------------------------------------


def check_file(
    atlas: Atlas,
    data: bytes,
    filename: str,
    layer: Layer,
    choices: ingest.Choices | None = None,
    watch: ingest.Watch = ingest.unwatched,
) -> ingest.Report:
    """Checks a file, following ``choices``, without storing anything. ``watch`` is told each stage and may stop it.

    Raises:
        InputError: nothing in it can be read as rows.
    """
    snap = snapshot(atlas)
    chosen = choices or ingest.Choices()
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
    choices: ingest.Choices,
    watch: ingest.Watch,
) -> ingest.Report:
    sha256, filename, table = source
    decoded = atlas.kept.of("decoded", source, lambda: ingest.decode(data, filename, table, watch))
    roads = snap.frame(Layer.ROADS).geometry.to_numpy()
    county = ingest.County(atlas.pack, snap.district_areas, snap.frame(layer), roads if len(roads) else None)
    return ingest.check(decoded, filename, sha256, layer, county, choices, watch)


@dataclass(frozen=True)
class Preview:
    """A layer as it would be after storing a checked file."""

    token: str
    frame: gpd.GeoDataFrame
    fresh: Mask  # rows that come from the file
    changed: frozenset[str]  # ids that the store has already
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
    areas = _areas(atlas, {**snap.others, report.layer: frame})
    return Preview(token, frame, fresh, frozenset(stored["id"]) & frozenset(coming["id"]), areas)


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


def remove_sample(atlas: Atlas, author: Author) -> Revision:
    """Removes every sample feature with one revision; it does not come back by itself."""
    may_write(author)
    snap = snapshot(atlas)
    frames = {layer: snap.frame(layer) for layer in Layer}
    draft = Draft(
        kind="remove-sample",
        author=author.name,
        removals={layer: tuple(frame.loc[frame["sample"], "id"]) for layer, frame in frames.items() if len(frame)},
    )
    return atlas.store.commit(atlas.pack.id, draft)


def history(atlas: Atlas) -> tuple[Revision, ...]:
    """Every revision, newest first."""
    return atlas.store.history(atlas.pack.id)


def may_write(author: Author) -> None:
    """
    Raises:
        ReadOnlyError: the author may not write; it says why.
    """
    if author.read_only is not None:
        raise ReadOnlyError(author.read_only)


# --- taking away ---------------------------------------------------------------------------------------------------


def uncovered(
    atlas: Atlas, snap: Snapshot, category: str, settings: Settings, districts: Sequence[str] = ()
) -> cov.Ground:
    """The ground of ``districts`` (all where empty) that one category leaves uncovered, each by its own profile."""
    standard = _standard(atlas, settings)
    wanted = chosen_areas(snap, districts)
    radii = {id: _radius(atlas.pack, standard, category, id, settings) for id in wanted["id"]}
    facilities = snap.facilities[snap.facilities["category"] == category]
    key = (snap.stamp, category, settings, tuple(districts))
    epsg = atlas.pack.metric_epsg
    return atlas.kept.of("ground", key, lambda: cov.merged(cov.uncovered_by_area(wanted, facilities, radii, epsg)))


def chosen_areas(snap: Snapshot, districts: Sequence[str] = ()) -> gpd.GeoDataFrame:
    """The areas of ``districts``, of all where empty: columns id, name, name_en, schematic."""
    areas = snap.district_areas
    return areas[areas["id"].isin(list(districts))] if districts else areas


def _radius(pack: Pack, standard: Standard, category: str, district: str, settings: Settings) -> float:
    if settings.radius_m is not None:
        return settings.radius_m
    return standard.rule(category, settings.profile or profile_of(pack, district, standard)).threshold_m


def _facts(atlas: Atlas, snap: Snapshot, settings: Settings, sample: bool, profile: Label | None) -> reports.Facts:
    return reports.Facts(
        snap.revision,
        snap.at.date(),
        sample,
        _standard(atlas, settings).label,
        radius_m=settings.radius_m,
        profile=profile,
    )


def _table_facts(atlas: Atlas, snap: Snapshot, table: pd.DataFrame, settings: Settings) -> reports.Facts:
    chosen = next((p.label for p in _standard(atlas, settings).profiles if p.id == settings.profile), None)
    facts = _facts(atlas, snap, settings, bool(table["sample"].any()), chosen)
    return replace(facts, metric="foot" if settings.on_foot else "straight")


def export_coverage(
    atlas: Atlas, snap: Snapshot, table: pd.DataFrame, settings: Settings, kind: str, lang: str
) -> bytes:
    """The judged rows as csv, xlsx or geojson, with how they were judged."""
    facts = _table_facts(atlas, snap, table, settings)
    return reports.coverage_file(table, kind, snap.bases, atlas.pack, facts, lang)


def coverage_rows(atlas: Atlas, snap: Snapshot, table: pd.DataFrame, lang: str) -> list[dict[str, Any]]:
    """The judged rows as plain values, one member per row (see :func:`geo.reports.coverage_rows`)."""
    return reports.coverage_rows(table, snap.bases, atlas.pack, lang)


def totals_rows(atlas: Atlas, table: pd.DataFrame, by: str, lang: str) -> list[dict[str, Any]]:
    """The judged rows summed up per district or cluster and category, as plain values."""
    return reports.totals_rows(totals(table, by), by, atlas.pack, lang)


def export_totals(
    atlas: Atlas, snap: Snapshot, table: pd.DataFrame, by: str, settings: Settings, kind: str, lang: str
) -> bytes:
    """The judged rows summed up per district or cluster and category, as csv, xlsx or (districts) geojson."""
    facts = _table_facts(atlas, snap, table, settings)
    return reports.totals_file(totals(table, by), by, kind, atlas.pack, snap.district_areas, facts, lang)


def export_layer(snap: Snapshot, layer: Layer, kind: str, lang: str) -> bytes:
    """A layer as csv, xlsx or geojson, values as stored, so that it can be uploaded again."""
    frame = snap.frame(layer)
    facts = reports.Facts(snap.revision, snap.at.date(), bool(frame["sample"].any()))
    return reports.layer_file(frame, layer, kind, facts, lang)


def export_faults(report: ingest.Report, lang: str) -> bytes:
    """The faults of a checked file as CSV."""
    return reports.faults_csv(report.faults, lang)


def export_rejected(report: ingest.Report, lang: str) -> bytes:
    """The rows that a check did not accept, as GeoJSON to mend: each with its faults in words under ``faults``."""
    return reports.rejected_file(report.rejected_features(), _reasons(report, lang))


def _reasons(report: ingest.Report, lang: str) -> list[list[str]]:
    told: dict[int, list[str]] = {row.row: [] for row in report.rejected}
    for fault in report.faults:
        if fault.row in told:
            told[fault.row].append(f"{fault.message.text(lang)} → {fault.fix.text(lang)}")
    return list(told.values())


def place_name(snap: Snapshot, place: str | Point) -> Label:
    """What a sheet about ``place`` is headed with: the base's name, or the longitude and latitude.

    Raises:
        NotFoundError: there is no base of that id.
    """
    if isinstance(place, str):
        row = snap.bases.iloc[base_row(snap, place)]
        return Label(row["name"], row["name_en"])
    at = f"{place.x:.5f}, {place.y:.5f}"
    return Label(at, at)


def sheet_xlsx(
    atlas: Atlas, snap: Snapshot, place: str | Point, check: cov.Check, settings: Settings, lang: str
) -> bytes:
    """The pass/fail sheet of a buffer check as a workbook."""
    facts = _facts(atlas, snap, settings, check.sample, check.profile)
    return reports.sheet_xlsx(check, atlas.pack, place_name(snap, place).text(lang), facts, lang)


def sheet_html(
    atlas: Atlas, snap: Snapshot, place: str | Point, check: cov.Check, settings: Settings, lang: str
) -> str:
    """The pass/fail sheet of a buffer check as a page that prints on one A4 sheet."""
    facts = _facts(atlas, snap, settings, check.sample, check.profile)
    ground = snap.bases.geometry.iloc[base_row(snap, place)] if isinstance(place, str) else place
    title = place_name(snap, place).text(lang)
    around = reports.Surroundings(snap.bases, snap.facilities, snap.district_areas)
    return reports.sheet_html(check, atlas.pack, around, title, ground, facts, lang)
