"""OpenStreetMap files: read, told of, and stored in the place of earlier ones."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd

from geo import osm, reports
from geo.errors import InputError
from geo.i18n import LANGS, N_, message
from geo.model import Layer
from geo.store import Draft, Revision
from geo.streets import Network, build_network
from geo.usecases.atlas import Atlas, Author, may_write, snapshot

OSM_LAYERS = (Layer.FACILITIES, Layer.ROADS)


@dataclass(frozen=True)
class OsmFile:
    """An OpenStreetMap file that was read, not yet stored."""

    name: str
    sha256: str
    extract: osm.Extract

    def frame(self, layer: Layer) -> gpd.GeoDataFrame:
        return self.extract.facilities if layer is Layer.FACILITIES else self.extract.roads


def read_osm(atlas: Atlas, path: Path, watch: osm.Watch = osm.unwatched) -> OsmFile:
    """The county's facilities and walkable ways in an OpenStreetMap file; see :func:`geo.osm.read_apart`.

    Raises:
        InputError: it cannot be read to its end, or has nothing of this county; the message says what to do.
    """
    extract = osm.read_apart(path, atlas.pack, snapshot(atlas).district_areas, watch)
    with path.open("rb") as handle:
        return OsmFile(path.name, hashlib.file_digest(handle, "sha256").hexdigest(), extract)


def osm_network(atlas: Atlas, file: OsmFile) -> Network:
    """The walking network of the file's own ways."""
    return build_network(file.extract.roads, atlas.pack.metric_epsg)


def osm_lines(atlas: Atlas, file: OsmFile, network: Network, lang: str) -> list[str]:
    """What the file gave, sentence by sentence: see :func:`geo.reports.extract_lines`."""
    return list(reports.extract_lines(file.name, file.extract.report, network, atlas.pack, lang))


def osm_gone(atlas: Atlas, file: OsmFile, layers: Sequence[Layer] = OSM_LAYERS) -> dict[Layer, tuple[str, ...]]:
    """The ids from earlier OpenStreetMap files that this one no longer has; what came from elsewhere is not among them.

    A layer of which the file has nothing is left alone: more likely the file lacks it than the county.
    """
    snap = snapshot(atlas)
    gone = {}
    for layer in _osm_layers(file, layers):
        here = set(file.frame(layer)["id"])
        stored = snap.frame(layer)["id"]
        gone[layer] = tuple(id for id in stored[stored.str.startswith(osm.ID_START)] if id not in here)
    return gone


def store_osm(atlas: Atlas, file: OsmFile, author: Author, layers: Sequence[Layer] = OSM_LAYERS) -> Revision:
    """Stores what the file has for ``layers`` as one revision: it takes the place of earlier OpenStreetMap files.

    Raises:
        InputError: the file has nothing for these layers.
        UnchangedError: all of it is stored already.
        ReadOnlyError, StoreError: nothing was written.
    """
    may_write(author)
    if not _osm_layers(file, layers):
        text = N_("“{file}”里没有可存的配套设施或路:请换一个包含它们的 OpenStreetMap 数据提取。")
        raise InputError(message(text, file=file.name))
    draft = Draft(
        kind="import",
        author=author.name,
        file_name=file.name,
        file_sha256=file.sha256,
        upserts={layer: file.frame(layer) for layer in _osm_layers(file, layers)},
        removals=osm_gone(atlas, file, layers),
        details={"format": "osm", "osm": file.extract.report.as_json(LANGS[0])},
    )
    return atlas.store.commit(atlas.pack.id, draft)


def _osm_layers(file: OsmFile, layers: Sequence[Layer]) -> list[Layer]:
    return [layer for layer in layers if len(file.frame(layer))]
