"""What one look at the map shows: the part that changes from rerun to rerun.

The browser holds the layers; a :class:`MapState` names which rows of them are drawn, with what legend and on top of
what. It travels as base64 of JSON, an alphabet that neither HTML, JavaScript nor a template can mistake for code.
"""

from __future__ import annotations

import base64
import zlib
from dataclasses import asdict, dataclass, field
from typing import Any

import msgspec


@dataclass(frozen=True)
class Overlay:
    """A polygon drawn under the symbols; ``geometry`` is GeoJSON text in EPSG:4326."""

    geometry: str
    colour: str
    hatch: bool = False
    weight: float = 1.0
    opacity: float = 1.0


@dataclass(frozen=True)
class RingShape:
    """A buffer ring with its label; ``geometry`` is GeoJSON text in EPSG:4326."""

    geometry: str
    label: str
    dashed: bool = False


@dataclass(frozen=True)
class Focus:
    """Where to fly, once: ``at`` tells one request from the next. Either a point with a zoom, or bounds."""

    at: str
    lon: float = 0.0
    lat: float = 0.0
    zoom: float = 14.0
    bounds: tuple[tuple[float, float], tuple[float, float]] | None = None  # ((south, west), (north, east))


@dataclass(frozen=True)
class LegendItem:
    kind: str  # base | facility | hatch | fill | line | people
    label: str
    colour: str = "#56626b"
    symbol: str = "circle"
    glyph: str = ""
    star: bool = False
    hollow: bool = False
    dashed: bool = False
    badge: str = ""
    toggle: str = ""  # the layer that the reader may switch off and on here


@dataclass(frozen=True)
class LegendSection:
    """``id`` keeps what the reader folded; the section of the page itself, "page", stays open on a small map."""

    id: str
    title: str
    items: tuple[LegendItem, ...]
    open: bool = True


@dataclass(frozen=True)
class MapState:
    lang: str
    urls: dict[str, str]  # geography, bases, facilities, roads and population if any: paths that change with the data
    bases: str  # bits over the bases layer
    facilities: str  # bits over the facilities layer
    texts: dict[str, str]
    stages: tuple[dict[str, Any], ...]
    clusters: tuple[dict[str, Any], ...]
    categories: tuple[dict[str, Any], ...]
    certainties: tuple[str, ...]
    legend: tuple[LegendSection, ...]
    attribution: tuple[str, ...]
    districts: tuple[str, ...] | None = None  # the ones in play; None: all
    facility_focus: str | None = None  # bits: the rows drawn strong, the rest faint
    badges: dict[str, str] = field(default_factory=dict)  # base id -> colour of a small mark at the symbol's corner
    overlay: tuple[Overlay, ...] = ()
    rings: tuple[RingShape, ...] = ()
    mark: tuple[float, float] | None = None  # lon, lat of a chosen place
    picked: str = ""  # id of the chosen base
    pick_point: bool = False  # a click on open ground is an answer
    focus: Focus | None = None

    def encoded(self) -> str:
        """The state as base64 text."""
        return encode(
            {
                "lang": self.lang,
                "urls": self.urls,
                "bases": self.bases,
                "facilities": self.facilities,
                "facilityFocus": self.facility_focus,
                "texts": self.texts,
                "stages": self.stages,
                "clusters": self.clusters,
                "categories": self.categories,
                "certainties": self.certainties,
                "legend": self.legend,
                "attribution": self.attribution,
                "districts": self.districts,
                "badges": self.badges,
                "overlay": [{**asdict(part), "geometry": msgspec.Raw(part.geometry.encode())} for part in self.overlay],
                "rings": [{**asdict(ring), "geometry": msgspec.Raw(ring.geometry.encode())} for ring in self.rings],
                "mark": {"lon": self.mark[0], "lat": self.mark[1]} if self.mark else None,
                "picked": self.picked,
                "pickPoint": self.pick_point,
                "focus": self.focus,
            }
        )


def encode(document: dict[str, Any]) -> str:
    """``document`` as JSON in base64, with a checksum of its content as ``stamp``: the browser reports what it drew."""
    body = msgspec.json.encode(document)
    stamped = body[:-1] + f',"stamp":"{zlib.crc32(body):08x}"}}'.encode()
    return base64.b64encode(stamped).decode("ascii")
