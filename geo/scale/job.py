"""What a run is asked for, where its files are, and what it tells of itself."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from geo.model import Category, Standard

TILE_M = 50_000.0  # edge of a tile: a county or so, some 20,000 facilities; reading and setting out costs less than at 20 km, and memory no more
MANIFEST = "manifest.json"
_FORMAT = 1  # of what a folder holds: a run never goes on with what another version of this room began


@dataclass(frozen=True)
class Job:
    """One run. ``source`` and ``out`` are folders that every worker sees under the same path.

    Attributes:
        profiles: district id -> profile id, for bases that name no profile of their own.
        radius_m, profile: as in :func:`geo.coverage.coverage_table`.
        tile_m: edge of a tile in metres.
    """

    source: Path
    out: Path
    categories: tuple[Category, ...]
    standard: Standard
    profiles: Mapping[str, str]
    radius_m: float | None = None
    profile: str | None = None
    tile_m: float = TILE_M

    def farthest_m(self, category: str) -> float:
        """The largest distance that the category can be judged by."""
        if self.radius_m is not None:
            return self.radius_m
        return max((rule.threshold_m for rule in self.standard.rules if rule.category == category), default=0.0)

    def digest(self, inputs: Mapping[str, str]) -> str:
        """Tells this question about these inputs (name -> SHA-256) from every other."""
        standard = asdict(self.standard)
        asked = [_FORMAT, [one.id for one in self.categories], standard, dict(self.profiles)]
        asked += [self.radius_m, self.profile, self.tile_m, dict(inputs)]
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()

    @property
    def parts(self) -> Path:
        """The result: one GeoParquet file a tile."""
        return self.out / "parts"

    @property
    def work(self) -> Path:
        """The input in the order of place, until all parts are there."""
        return self.out / "in_order"

    @property
    def manifest(self) -> Path:
        return self.out / MANIFEST


@dataclass(frozen=True)
class Tile:
    """A square of the plane ``epsg``: ``tile_m`` times (column, row) is its south-western corner in metres."""

    epsg: int
    column: int
    row: int

    @property
    def name(self) -> str:
        return f"{self.epsg}_{self.column}_{self.row}"


@dataclass(frozen=True)
class Part:
    """What one part came to, and what it took.

    Attributes:
        judged: category id -> bases judged, bases covered.
        sample: made-up data took part.
        facilities: how many were measured to.
        worker: host and process that did it; "" where the part was there already.
        peak_bytes: the most memory that this process has held so far.
        cpu_s: seconds of processor time.
    """

    tile: str
    bases: int
    judged: Mapping[str, tuple[int, int]]
    sample: bool
    facilities: int = 0
    worker: str = ""
    peak_bytes: int = 0
    cpu_s: float = 0.0


@dataclass(frozen=True)
class Summary:
    """A finished run. ``found`` parts were there from an earlier run; ``workers``: host and process -> most bytes held."""

    parts: int
    found: int
    bases: int
    judged: Mapping[str, tuple[int, int]]
    sample: bool
    workers: Mapping[str, int]
    cpu_s: float
