"""Which datum a file is in, told from evidence and never applied unasked.

Longitude and latitude look the same in WGS-84, GCJ-02 and BD-09, and a file seldom says which it is in. Here a file is
read in all three, and asked in which of them it fits what is known: see :mod:`geo.ingest.clues`.

What no evidence can tell: whether the stored features are right. Where they came from an unshifted file, a second such
file agrees with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import shapely

from geo.crs import DATUM_WORDS, Datum
from geo.i18n import N_, Listed, Message, message
from geo.ingest import clues
from geo.ingest.clues import Evidence
from geo.ingest.rows import Shapes
from geo.model import Pack

# The lead of one datum over the next, in natural logarithms: 20 to 1 is worth asking about, 1000 to 1 worth relying on.
LIKELY = 3.0
CERTAIN = 7.0


@dataclass(frozen=True)
class DatumFinding:
    """Which datum a file is in, as far as can be told.

    Attributes:
        datum: None where the evidence is thin, contradicts itself or speaks of two datums at once.
        certain: whether it may be relied on; else it is a guess to ask about.
        shift_m: how far the rows lie off WGS-84 in that datum (median, metres); 0 for WGS-84 and None.
        evidence: what speaks for it, and against.
        mixed: some rows agree with one datum, some with another.
        rows: for each datum the rows, from 0, that agree with it by their names (of those looked at).
    """

    datum: Datum | None
    certain: bool
    shift_m: float
    evidence: tuple[Evidence, ...]
    mixed: bool = False
    rows: Mapping[Datum, tuple[int, ...]] = field(default_factory=dict, hash=False)

    @property
    def message(self) -> Message:
        """The finding in words, with what to do."""
        if self.mixed:
            words = Listed(tuple(message(DATUM_WORDS[datum]) for datum in self.rows))
            return message(N_("文件里混着几种坐标系:{datums}。请分成几个文件,各选各的坐标系再传。"), datums=words)
        if self.datum is None:
            return message(N_("看不出坐标系。若来自高德、腾讯或百度地图,请选明;不选就当作 WGS-84。"))
        if self.datum is Datum.WGS84:
            return message(N_("坐标与 WGS-84 相合,不用移。"))
        said = (
            N_("坐标是 {datum},偏离 WGS-84 约 {m:.0f} 米。请确认后移回。")
            if self.certain
            else N_("坐标像是 {datum},偏离 WGS-84 约 {m:.0f} 米,但把握不大。请问明来源再选。")
        )
        return message(said, datum=message(DATUM_WORDS[self.datum]), m=self.shift_m)


def find_datum(
    shapes: Shapes,
    names: Sequence[str],
    towns: Sequence[str],
    districts: Sequence[str],
    pack: Pack,
    existing: gpd.GeoDataFrame,
    *,
    ids: Sequence[str] = (),
    roads: Shapes | None = None,
) -> DatumFinding:
    """Tells the datum of a file's rows from what is known of the county.

    Args:
        shapes: (n,) geometries in degrees as the file has them, longitude first; None where a row has none.
        names, towns, districts: of each row (n,): its name, the town that it names and its District.id, "" for none.
        existing: the stored layer, EPSG:4326; those of its features whose position is sure are compared by name.
        ids: of each row (n,), compared with the stored ids before the names are.
        roads: lines in EPSG:4326, WGS-84.
    """
    sample = clues.places_of(shapes, clues.evenly(np.arange(len(shapes)), clues.SAMPLE), pack)
    by_name, agree = clues.same_names(shapes, names, ids, pack, existing)
    found = (
        clues.outline(shapes, pack),
        by_name,
        clues.town_centres(shapes, names, pack),
        clues.inside(sample, pack),
        clues.claimed(sample, towns, districts, pack),
        clues.by_roads(sample, roads, pack),
    )
    evidence = tuple(one for one in found if one is not None)
    if len(agree) > 1:
        return DatumFinding(None, False, 0.0, evidence, True, agree)
    datum, certain = _verdict(evidence)
    return DatumFinding(datum, certain, _shift_m(sample, datum), evidence, False, agree)


def _verdict(evidence: tuple[Evidence, ...]) -> tuple[Datum | None, bool]:
    """The datum that all evidence together speaks for, and whether it may be relied on."""
    loud = {one.datum for one in evidence if one.score >= LIKELY}
    if not evidence or len(loud) > 1:
        return None, False
    total = np.sum([one.support for one in evidence], axis=0)
    second, best = np.sort(total)[-2:]
    datum = tuple(Datum)[int(np.argmax(total))] if best - second >= LIKELY else None
    return datum, bool(best - second >= CERTAIN)


def _shift_m(places: clues.Places, datum: Datum | None) -> float:
    if datum is None or not len(places.rows):
        return 0.0
    return float(np.median(shapely.distance(places.points[0], places.points[tuple(Datum).index(datum)])))
