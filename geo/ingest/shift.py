"""Whether positions are on WGS-84, and the shift to it: proposed on evidence, made only when it was agreed to."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np

from geo import crs
from geo.crs import DATUM_WORDS, Datum
from geo.i18n import N_, message
from geo.ingest.datum import DatumFinding, find_datum
from geo.ingest.ledger import Ledger
from geo.ingest.positions import shown
from geo.ingest.rows import Shapes
from geo.model import Pack


def settle(
    shapes: Shapes,
    names: Sequence[str],
    towns: Sequence[str],
    districts: Sequence[str],
    pack: Pack,
    existing: gpd.GeoDataFrame,
    ledger: Ledger,
) -> tuple[Shapes, DatumFinding]:
    """The shapes (n, None where there is none) on WGS-84, as far as that was agreed to, and what the evidence says."""
    finding = find_datum(shapes, names, towns, districts, pack, existing)
    datum = ledger.choices.datum or finding.datum
    if datum in (None, Datum.WGS84):
        return shapes, finding
    there = np.flatnonzero(shapes != None)  # noqa: E711 -- elementwise
    moved = crs.to_wgs84(shapes[there], Datum(datum))
    for index, before, after in zip(there.tolist(), shapes[there], moved, strict=True):
        said = message(N_("{datum}的 {place}"), datum=message(DATUM_WORDS[Datum(datum)]), place=shown(before))
        if ledger.propose("shift_datum", index, said, shown(after)):
            shapes[index] = after
    return shapes, finding
