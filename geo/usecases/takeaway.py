"""What people take away: tables, layers, sheets and files to mend, each saying how and from what it was made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
from shapely import Point

from geo import coverage as cov
from geo import ingest, reports
from geo.errors import NotFoundError
from geo.i18n import Label
from geo.model import Layer
from geo.usecases.atlas import Atlas, Snapshot
from geo.usecases.ground import grounds, service_areas
from geo.usecases.judging import Settings, side_by_side, standard_of, streets, totals
from geo.usecases.looking import base_row, place_name


def _facts(atlas: Atlas, snap: Snapshot, settings: Settings, sample: bool, profile: Label | None) -> reports.Facts:
    return reports.Facts(
        snap.revision,
        snap.day,
        sample,
        standard_of(atlas, settings).label,
        radius_m=settings.radius_m,
        profile=profile,
    )


def _facts_of_choice(atlas: Atlas, snap: Snapshot, settings: Settings, sample: bool) -> reports.Facts:
    """As the reader chose the profile, None where each district has its own, and the metric."""
    chosen = next((p.label for p in standard_of(atlas, settings).profiles if p.id == settings.profile), None)
    metric = "foot" if settings.on_foot else "straight"
    return replace(_facts(atlas, snap, settings, sample, chosen), metric=metric)


def _table_facts(atlas: Atlas, snap: Snapshot, table: pd.DataFrame, settings: Settings) -> reports.Facts:
    return _facts_of_choice(atlas, snap, settings, bool(table["sample"].any()))


def export_coverage(
    atlas: Atlas, snap: Snapshot, table: pd.DataFrame, settings: Settings, kind: str, lang: str
) -> bytes:
    """The judged rows as csv, xlsx or geojson, with how they were judged; walks beside straight lines where there are
    streets."""
    facts = _table_facts(atlas, snap, table, settings)
    told = _beside_walks(atlas, snap, table, settings)
    return reports.coverage_file(told, kind, snap.bases, atlas.pack, facts, lang)


def coverage_rows(
    atlas: Atlas, snap: Snapshot, table: pd.DataFrame, settings: Settings, lang: str, *, walks: bool = True
) -> list[dict[str, Any]]:
    """The judged rows as plain values, one member per row (see :func:`geo.reports.coverage_rows`); without ``walks`` none
    are measured beside the straight lines."""
    told = _beside_walks(atlas, snap, table, settings) if walks else table
    return reports.coverage_rows(told, snap.bases, atlas.pack, lang)


def _beside_walks(atlas: Atlas, snap: Snapshot, table: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    if settings.on_foot:
        return table
    try:
        return side_by_side(atlas, snap, settings).loc[table.index]
    except NotFoundError:
        return table


def totals_rows(atlas: Atlas, table: pd.DataFrame, by: str, lang: str) -> list[dict[str, Any]]:
    """The judged rows summed up per district or cluster and category, as plain values."""
    return reports.totals_rows(totals(table, by), by, atlas.pack, lang)


def export_totals(
    atlas: Atlas, snap: Snapshot, table: pd.DataFrame, by: str, settings: Settings, kind: str, lang: str
) -> bytes:
    """The judged rows summed up per district or cluster and category, as csv, xlsx or (districts) geojson."""
    facts = _table_facts(atlas, snap, table, settings)
    return reports.totals_file(totals(table, by), by, kind, atlas.pack, snap.district_areas, facts, lang)


def export_ground(atlas: Atlas, snap: Snapshot, category: str, settings: Settings, lang: str) -> bytes:
    """As GeoJSON, with how it was judged: the exact ground out of reach of every district and town; on foot, the ground
    that the reached streets of every district serve."""
    sample = bool(snap.facilities.loc[snap.facilities["category"] == category, "sample"].any())
    facts = _facts_of_choice(atlas, snap, settings, sample)
    found = service_areas if settings.on_foot else grounds
    return reports.ground_file(found(atlas, snap, category, settings), atlas.pack.category(category), facts, lang)


def export_layer(snap: Snapshot, layer: Layer, kind: str, lang: str) -> bytes:
    """A layer as csv, xlsx or geojson, values as stored, so that it can be uploaded again."""
    frame = snap.frame(layer)
    facts = reports.Facts(snap.revision, snap.day, bool(frame["sample"].any()))
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


def _sheet_facts(atlas: Atlas, snap: Snapshot, check: cov.Check, settings: Settings) -> reports.Facts:
    facts = _facts(atlas, snap, settings, check.sample, check.profile)
    return replace(facts, roads=streets(atlas, snap).day) if check.walks else facts


def sheet_xlsx(
    atlas: Atlas, snap: Snapshot, place: str | Point, check: cov.Check, settings: Settings, lang: str
) -> bytes:
    """The pass/fail sheet of a buffer check as a workbook."""
    facts = _sheet_facts(atlas, snap, check, settings)
    return reports.sheet_xlsx(check, atlas.pack, place_name(snap, place).text(lang), facts, lang)


def sheet_html(
    atlas: Atlas, snap: Snapshot, place: str | Point, check: cov.Check, settings: Settings, lang: str
) -> str:
    """The pass/fail sheet of a buffer check as a page that prints on one A4 sheet."""
    facts = _sheet_facts(atlas, snap, check, settings)
    ground = snap.bases.geometry.iloc[base_row(snap, place)] if isinstance(place, str) else place
    title = place_name(snap, place).text(lang)
    around = reports.Surroundings(snap.bases, snap.facilities, snap.district_areas)
    return reports.sheet_html(check, atlas.pack, around, title, ground, facts, lang)
