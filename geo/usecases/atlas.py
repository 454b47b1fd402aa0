"""A county's pack with its store, opened once, and the state of its data at one revision."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from geo import packs
from geo.areas import Areas, areas_of, digest_of, under
from geo.errors import ReadOnlyError
from geo.i18n import Message
from geo.kept import Kept
from geo.model import PLACED, Layer, Pack
from geo.store import Store

DEFAULT_DATABASE = "sqlite:///var/atlas.db"
# How many results of each kind stay. Distances are the big ones: 8 bytes a pair, 32 MB for 200 bases × 20,000 facilities.
_KEPT = {
    "snapshot": 3,
    "touched": 8,
    "areas": 3,
    "distances": 2,
    "walks": 2,
    "walking": 6,
    "streets": 2,
    "demand": 2,  # 10 MB for 140,000 cells
    "footing": 2,  # 15 MB for 140,000 cells
    "reach": 3,  # 16 MB for 140,000 cells and 14 categories
    "map": 8,
    "geography": 2,
    "preview": 6,
    "tables": 6,
    "decoded": 1,
    "report": 3,
    "coverage": 24,
    "plan": 3,
    "ground": 48,
    "supply": 48,
}
SEED_AUTHOR = "pack"


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
    def day(self) -> date:
        """When it was made, by this machine's clock: the store keeps UTC, and people date a sheet by their own day."""
        return self.at.astimezone().date()

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
        return sum(int(self.frame(layer)["sample"].sum()) for layer in PLACED)

    @property
    def has_sample(self) -> bool:
        return self.sample_count > 0


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


def snapshot(atlas: Atlas, at: int | None = None) -> Snapshot:
    """The frames as of revision ``at``, or of the newest one."""
    number, moment = atlas.store.moment(atlas.pack.id, at)
    return atlas.kept.of("snapshot", (number, moment), lambda: _snapshot(atlas, number, moment))


def _snapshot(atlas: Atlas, number: int, moment: datetime) -> Snapshot:
    frames = {layer: atlas.store.frame(atlas.pack.id, layer, at=number) for layer in Layer}
    areas = areas_at(atlas, frames)
    bases, facilities = frames.pop(Layer.BASES), frames.pop(Layer.FACILITIES)
    if len(frames[Layer.DISTRICTS]) or len(frames[Layer.TOWNS]):  # stored with the district of the day they came
        shapes = np.asarray(facilities.geometry.array, dtype=object)
        facilities["district"] = pd.Series(under(shapes, areas.districts), dtype="str")
    return Snapshot(number, moment, bases, facilities, areas, frames)


def areas_at(atlas: Atlas, frames: Mapping[Layer, gpd.GeoDataFrame]) -> Areas:
    districts, towns = frames[Layer.DISTRICTS], frames[Layer.TOWNS]
    return atlas.kept.of("areas", digest_of(districts, towns), lambda: areas_of(atlas.pack, districts, towns))


def last_touched(atlas: Atlas, snap: Snapshot, layer: Layer) -> tuple[int, datetime | None]:
    """The newest revision up to that of ``snap`` that changed ``layer``, and its time; (0, None) where none did."""
    ask = atlas.store.last_touched
    return atlas.kept.of("touched", (snap.stamp, layer), lambda: ask(atlas.pack.id, layer, snap.revision))


def may_write(author: Author) -> None:
    """
    Raises:
        ReadOnlyError: the author may not write; it says why.
    """
    if author.read_only is not None:
        raise ReadOnlyError(author.read_only)
