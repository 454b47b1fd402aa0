"""Whether positions are on WGS-84, and the shift to it: proposed on evidence, made only when it was agreed to."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd

from geo import crs
from geo.crs import DATUM_WORDS, Datum
from geo.i18n import N_, Listed, Message, message
from geo.ingest.datum import DatumFinding, find_datum
from geo.ingest.ledger import Ledger
from geo.ingest.positions import shown
from geo.ingest.rows import Shapes, with_shape
from geo.model import Pack

REPAIR = "shift_datum"


def settle(
    shapes: Shapes,
    ids: Sequence[str],
    names: Sequence[str],
    towns: Sequence[str],
    districts: Sequence[str],
    pack: Pack,
    existing: gpd.GeoDataFrame,
    ledger: Ledger,
    roads: Shapes | None = None,
) -> tuple[Shapes, DatumFinding]:
    """The shapes (n, None where there is none) on WGS-84, as far as that was agreed to, and what the evidence says."""
    finding = find_datum(shapes, names, towns, districts, pack, existing, ids=ids, roads=roads)
    datum = ledger.choices.datum or finding.datum
    if datum in (None, Datum.WGS84):
        return shapes, finding
    there = with_shape(shapes)
    moved = crs.to_wgs84(shapes[there], Datum(datum))
    for index, before, after in zip(there.tolist(), shapes[there], moved, strict=True):
        said = message(N_("{datum}的 {place}"), datum=message(DATUM_WORDS[Datum(datum)]), place=shown(before))
        if ledger.propose(REPAIR, index, said, shown(after)):
            shapes[index] = after
    return shapes, finding


def notes(finding: DatumFinding, ledger: Ledger) -> list[tuple[str, Message, Message]]:
    """What a file is told of its datum as a whole: nothing where it is on WGS-84, or where a person has decided."""
    evidence = message(N_("依据:{said}"), said=Listed(tuple(one.message for one in finding.evidence)))
    if finding.mixed:
        return [("datum_mixed", finding.message, evidence)]
    decided = ledger.choices.datum is not None or REPAIR in ledger.choices.repairs
    if finding.datum in (None, Datum.WGS84) or decided:
        return []
    return [("datum_suspected", finding.message, evidence)]
