"""Coverage by a standard: every base × category, what lies around one place, and the ground left uncovered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import Point

from geo import coverage as cov
from geo.areas import under
from geo.errors import InputError, NotFoundError
from geo.i18n import N_, Label, message
from geo.model import Layer, Pack, Standard
from geo.streets import Network, build_network
from geo.usecases.atlas import Atlas, Snapshot, last_touched, snapshot
from geo.usecases.looking import base_row


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

    @property
    def day(self) -> date:
        """As :attr:`geo.usecases.Snapshot.day`."""
        return self.at.astimezone().date()


def distances(atlas: Atlas, snap: Snapshot, on_foot: bool = False) -> cov.Distances:
    """Every base to every facility, straight or on foot.

    Raises:
        NotFoundError: on foot, and no roads are stored that may be walked.
    """
    if on_foot:
        return walks(atlas, snap)
    pack = atlas.pack
    return atlas.kept.of(
        "distances", snap.stamp, lambda: cov.measure(snap.bases, snap.facilities, pack.categories, pack.metric_epsg)
    )


def walks(atlas: Atlas, snap: Snapshot) -> cov.OnFoot:
    """Every base to every facility on foot, and why there is no way where there is none.

    Raises:
        NotFoundError: no roads are stored that may be walked.
    """
    network, categories = streets(atlas, snap).network, atlas.pack.categories
    return atlas.kept.of(
        "walks", snap.stamp, lambda: cov.measure_on_foot(snap.bases, snap.facilities, categories, network)
    )


def streets(atlas: Atlas, snap: Snapshot) -> Streets:
    """The walking network of the stored roads, made once for all revisions that have the same roads.

    Raises:
        NotFoundError: no roads are stored that may be walked.
    """
    number, at = last_touched(atlas, snap, Layer.ROADS)
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
    standard = standard_of(atlas, settings)
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


def side_by_side(atlas: Atlas, snap: Snapshot, settings: Settings) -> pd.DataFrame:
    """Every base × category in a straight line and on foot: the columns of :func:`geo.coverage.side_by_side`.

    Raises:
        NotFoundError: no roads are stored that may be walked.
    """
    straight, foot = (coverage(atlas, snap, replace(settings, on_foot=on_foot)) for on_foot in (False, True))
    return cov.side_by_side(straight, foot, walks(atlas, snap))


def coverage_change(atlas: Atlas, since: int, snap: Snapshot, settings: Settings) -> pd.DataFrame:
    """What differs in coverage between revision ``since`` and ``snap``: see :func:`geo.coverage.coverage_change`.

    Raises:
        NotFoundError: there is no revision ``since``.
    """
    return cov.coverage_change(coverage(atlas, snapshot(atlas, since), settings), coverage(atlas, snap, settings))


def standard_of(atlas: Atlas, settings: Settings) -> Standard:
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
    """What lies around base ``place`` (its id) or around a point (EPSG:4326 degrees), judged by the standard in a
    straight line; with ``settings.on_foot`` the walks stand beside.

    Raises:
        NotFoundError: there is no such base; on foot, and no roads are stored that may be walked.
        InputError: the point is not on the globe, or a radius is not above 0.
    """
    pack = atlas.pack
    standard = standard_of(atlas, settings)
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
    check = cov.buffer_check(geometry, snap.facilities, pack.categories, standard, profile, radii_m, pack.metric_epsg)
    if not settings.on_foot:
        return check
    network = streets(atlas, snap).network
    return atlas.kept.of(
        "walking",
        (snap.stamp, geometry.wkb, profile, settings, tuple(radii_m)),
        lambda: cov.with_walks(check, geometry, snap.facilities, pack.categories, network),
    )


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
