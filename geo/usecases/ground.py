"""The ground and the people that a category's facilities leave out: on the county's grid, and as exact polygons."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo import coverage as cov
from geo.model import Layer, Pack, Standard
from geo.shapes import sound
from geo.usecases.atlas import Atlas, Snapshot, last_touched
from geo.usecases.judging import Settings, profile_of, standard_of, streets

Floats = npt.NDArray[np.float64]


def demand(atlas: Atlas, snap: Snapshot) -> cov.Demand:
    """The county's grid with its people, made once for all revisions that have the same areas and population."""
    return atlas.kept.of(
        "demand",
        _demand_key(atlas, snap),
        lambda: cov.demand_grid(
            atlas.pack.boundary.geometry.union_all(),
            snap.town_areas,
            snap.district_areas,
            snap.frame(Layer.POPULATION),
            atlas.pack.metric_epsg,
        ),
    )


def _demand_key(atlas: Atlas, snap: Snapshot) -> Hashable:
    return snap.areas.digest, last_touched(atlas, snap, Layer.POPULATION)


def reach(atlas: Atlas, snap: Snapshot, on_foot: bool = False) -> Floats:
    """Metres (k, m) from each cell of :func:`demand` to the nearest facility of each category; inf where none is.

    Raises:
        NotFoundError: on foot, and no roads are stored that may be walked.
    """

    def measured() -> Floats:
        kinds = [snap.facilities[snap.facilities["category"] == category.id] for category in atlas.pack.categories]
        if on_foot:
            return cov.reach_on_foot(cells_on_foot(atlas, snap), kinds)
        return cov.reach(demand(atlas, snap), kinds).metres

    return atlas.kept.of("reach", (snap.stamp, on_foot), measured)


def cells_on_foot(atlas: Atlas, snap: Snapshot) -> cov.CellsOnFoot:
    """Where the cells of :func:`demand` meet the streets, made once for all categories and revisions that have the same.

    Raises:
        NotFoundError: no roads are stored that may be walked.
    """
    key = (_demand_key(atlas, snap), last_touched(atlas, snap, Layer.ROADS))
    return atlas.kept.of("footing", key, lambda: cov.CellsOnFoot(demand(atlas, snap), streets(atlas, snap).network))


def _of_category(atlas: Atlas, snap: Snapshot, category: str, settings: Settings) -> tuple[Floats, Floats]:
    """Of each cell: metres (m,) to the nearest facility, and the radius (m,) that its district is judged by."""
    row = [one.id for one in atlas.pack.categories].index(atlas.pack.category(category).id)
    return reach(atlas, snap, settings.on_foot)[row], radius_by_cell(atlas, snap, category, settings)


def radius_by_cell(atlas: Atlas, snap: Snapshot, category: str, settings: Settings) -> Floats:
    """The radius (m,) that each cell of :func:`demand` is judged by: that of its district."""
    nowhere = radius_of(atlas.pack, standard_of(atlas, settings), category, "", settings)
    return demand(atlas, snap).radius_by_district(_radii(atlas, snap.district_areas, category, settings), nowhere)


def shares(atlas: Atlas, snap: Snapshot, category: str, settings: Settings) -> cov.Shares:
    """How much ground and how many people of county, districts and towns are out of reach, worst first."""
    return cov.shares(demand(atlas, snap), *_of_category(atlas, snap, category, settings))


def outline(atlas: Atlas, snap: Snapshot, category: str, settings: Settings, districts: Sequence[str] = ()) -> Any:
    """The ground out of reach in ``districts`` (all where empty), for drawing: EPSG:4326, along the grid."""
    drawn = cov.outline(demand(atlas, snap), *_of_category(atlas, snap, category, settings))
    # Drawn to a metre, an outline may cross itself: that does no harm on a map, but it can be cut no further.
    return shapely.intersection(sound(drawn), chosen_areas(snap, districts).union_all()) if districts else drawn


def grounds(atlas: Atlas, snap: Snapshot, category: str, settings: Settings) -> gpd.GeoDataFrame:
    """The exact ground out of reach in a straight line, of every district and town, in EPSG:4326.

    Columns level ("district", "town"), id, name, name_en, radius_m, area_m2, uncovered_m2, share (0-1), people,
    people_left_out (persons, on the grid) and geometry.
    """
    standard, epsg = standard_of(atlas, settings), atlas.pack.metric_epsg
    facilities = snap.facilities[snap.facilities["category"] == category]
    districts = snap.district_areas.assign(level="district", district=snap.district_areas["id"])
    towns = snap.town_areas.assign(level="town", id=snap.town_areas["name"])
    found: list[cov.AreaGround] = []
    for frame in (districts, towns):
        radii = {
            id: radius_of(atlas.pack, standard, category, district, settings)
            for id, district in zip(frame["id"], frame["district"], strict=True)
        }
        found += cov.uncovered_by_area(frame, facilities, radii, epsg)
    places = pd.concat([districts, towns], ignore_index=True)
    left = shares(atlas, snap, category, replace(settings, on_foot=False))
    people = {("district", one.id): one for one in left.districts} | {("town", one.id): one for one in left.towns}
    own = [people.get(key) for key in zip(places["level"], places["id"], strict=True)]
    told = places[["level", "id", "name", "name_en"]].assign(
        radius_m=[one.radius_m for one in found],
        area_m2=[one.ground.area_m2 for one in found],
        uncovered_m2=[one.ground.uncovered_m2 for one in found],
        share=[one.ground.share for one in found],
        people=[one.people if one else 0.0 for one in own],
        people_left_out=[one.people_left_out if one else 0.0 for one in own],
    )
    return gpd.GeoDataFrame(told, geometry=[one.ground.geometry for one in found], crs=snap.district_areas.crs)


def service_areas(atlas: Atlas, snap: Snapshot, category: str, settings: Settings) -> gpd.GeoDataFrame:
    """The ground that one category serves on foot, by district, each by its own radius, in EPSG:4326.

    Columns level ("district"), id, name, name_en, radius_m, area_m2, served_m2 and geometry.

    Raises:
        NotFoundError: no roads are stored that may be walked.
    """
    areas = snap.district_areas
    facilities = snap.facilities[snap.facilities["category"] == category]
    radii = _radii(atlas, areas, category, settings)
    found = cov.served_by_area(areas, facilities, radii, streets(atlas, snap).network)
    told = areas[["id", "name", "name_en"]].assign(
        level="district",
        radius_m=[one.radius_m for one in found],
        area_m2=[one.area_m2 for one in found],
        served_m2=[one.served_m2 for one in found],
    )
    return gpd.GeoDataFrame(told, geometry=[one.geometry for one in found], crs=areas.crs)


def uncovered(
    atlas: Atlas, snap: Snapshot, category: str, settings: Settings, districts: Sequence[str] = ()
) -> cov.Ground:
    """The ground of ``districts`` (all where empty) that one category leaves uncovered, each by its own profile."""
    wanted = chosen_areas(snap, districts)
    radii = _radii(atlas, wanted, category, settings)
    facilities = snap.facilities[snap.facilities["category"] == category]
    key = (snap.stamp, category, settings, tuple(districts))
    epsg = atlas.pack.metric_epsg
    return atlas.kept.of("ground", key, lambda: cov.merged(cov.uncovered_by_area(wanted, facilities, radii, epsg)))


def chosen_areas(snap: Snapshot, districts: Sequence[str] = ()) -> gpd.GeoDataFrame:
    """The areas of ``districts``, of all where empty: columns id, name, name_en, schematic."""
    areas = snap.district_areas
    return areas[areas["id"].isin(list(districts))] if districts else areas


def _radii(atlas: Atlas, districts: gpd.GeoDataFrame, category: str, settings: Settings) -> dict[str, float]:
    """Id of each of ``districts`` -> the radius that it is judged by."""
    standard = standard_of(atlas, settings)
    return {id: radius_of(atlas.pack, standard, category, id, settings) for id in districts["id"]}


def radius_of(pack: Pack, standard: Standard, category: str, district: str, settings: Settings) -> float:
    if settings.radius_m is not None:
        return settings.radius_m
    return standard.rule(category, settings.profile or profile_of(pack, district, standard)).threshold_m


def towns_in(snap: Snapshot, districts: Sequence[str]) -> frozenset[str]:
    """Names of the towns of these districts; without any, of all, and "" for what lies in no town."""
    towns = snap.town_areas
    return frozenset(towns.loc[towns["district"].isin(list(districts)), "name"] if districts else [*towns["name"], ""])
