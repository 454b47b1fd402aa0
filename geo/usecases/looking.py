"""What is shown: filters over the frames of a snapshot, and layers as the browser reads them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from shapely import Point

from geo.errors import NotFoundError
from geo.i18n import N_, Label, message
from geo.maps import columns
from geo.model import Layer
from geo.usecases.atlas import Atlas, Snapshot, snapshot

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Filter:
    """What the reader asked to see; an empty tuple does not restrict."""

    districts: tuple[str, ...] = ()
    clusters: tuple[str, ...] = ()
    stages: tuple[str, ...] = ()
    years: tuple[int, ...] = ()


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
