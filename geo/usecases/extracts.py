"""OpenStreetMap files: read, told of, and stored in the place of earlier ones."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd

from geo import osm, reports
from geo.errors import InputError
from geo.i18n import LANGS, N_, message
from geo.ingest.stored import compare
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


@dataclass(frozen=True)
class OsmBefore:
    """What earlier OpenStreetMap files left in the layers that a new one is stored in: ids by layer.

    Attributes:
        gone: the new file no longer has them, and storing it removes them.
        kept: somebody has changed them since, and they stay as they are.
    """

    gone: Mapping[Layer, tuple[str, ...]]
    kept: Mapping[Layer, tuple[str, ...]]


def osm_before(atlas: Atlas, file: OsmFile, layers: Sequence[Layer] = OSM_LAYERS, overwrite: bool = False) -> OsmBefore:
    """What becomes of the features from earlier files; with ``overwrite``, people's own changes to them go too. What
    came from elsewhere is not touched.

    A layer of which the file has nothing is left alone: more likely the file lacks it than the county.
    """
    snap, gone, kept = snapshot(atlas), {}, {}
    for layer in _osm_layers(file, layers):
        frame = snap.frame(layer)
        own = frame[frame["id"].str.startswith(osm.ID_START)]
        kept[layer] = () if overwrite else _changed_since(atlas, layer, own)
        staying = {*file.frame(layer)["id"], *kept[layer]}
        gone[layer] = tuple(id for id in own["id"] if id not in staying)
    return OsmBefore(gone, kept)


def _changed_since(atlas: Atlas, layer: Layer, own: gpd.GeoDataFrame) -> tuple[str, ...]:
    """Ids of the rows of ``own`` that are not as the last file left them, or that it left as people had them."""
    imports = (one for one in atlas.store.history(atlas.pack.id) if one.details.get("format") == "osm")
    standing = (one for one in imports if one.undone_by is None)
    last = next((one for one in standing if layer in one.details.get("layers", OSM_LAYERS)), None)
    if last is None or own.empty:
        return tuple(own["id"])
    changes = compare(own, atlas.store.frame(atlas.pack.id, layer, at=last.number), layer)
    before = set(last.details.get("kept", {}).get(layer, ()))
    return tuple(id for id in own["id"] if id in before or id not in changes or changes[id])


def store_osm(
    atlas: Atlas, file: OsmFile, author: Author, layers: Sequence[Layer] = OSM_LAYERS, overwrite: bool = False
) -> Revision:
    """Stores what the file has for ``layers`` as one revision: it takes the place of earlier OpenStreetMap files, but for
    what people have changed since, unless ``overwrite``.

    Raises:
        InputError: the file has nothing for these layers.
        UnchangedError: all of it is stored already.
        ConflictError: somebody stored something meanwhile.
        ReadOnlyError, StoreError: nothing was written.
    """
    may_write(author)
    if not _osm_layers(file, layers):
        text = N_("“{file}”里没有可存的配套设施或路:请换一个包含它们的 OpenStreetMap 数据提取。")
        raise InputError(message(text, file=file.name))
    head = snapshot(atlas).revision
    before = osm_before(atlas, file, layers, overwrite)
    frames = {layer: file.frame(layer) for layer in _osm_layers(file, layers)}
    draft = Draft(
        kind="import",
        author=author.name,
        file_name=file.name,
        file_sha256=file.sha256,
        upserts={layer: frame[~frame["id"].isin(before.kept[layer])] for layer, frame in frames.items()},
        removals=before.gone,
        details={
            "format": "osm",
            "osm": file.extract.report.as_json(LANGS[0]),
            "layers": list(frames),
            "kept": {layer: list(ids) for layer, ids in before.kept.items() if ids},
        },
    )
    return atlas.store.commit(atlas.pack.id, draft, expected_head=head)


def _osm_layers(file: OsmFile, layers: Sequence[Layer]) -> list[Layer]:
    return [layer for layer in layers if len(file.frame(layer))]
