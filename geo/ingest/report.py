"""What a check of a file says: the good rows, the bad rows, and every fault with its mend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd

from geo.i18n import Message
from geo.model import Layer

Severity = Literal["error", "warning"]

# Every code that a fault can have. A row with an error is rejected; a warning lets it in.
SEVERITIES: Mapping[str, Severity] = {
    "not_a_feature": "error",
    "missing_name": "error",
    "missing_stage": "error",
    "missing_category": "error",
    "unknown_stage": "error",
    "unknown_category": "error",
    "unknown_cluster": "error",
    "unknown_district": "error",
    "unknown_certainty": "error",
    "bad_year": "error",
    "bad_type": "error",
    "bad_text": "error",
    "too_long": "error",
    "duplicate_id": "error",
    "duplicate_row": "error",
    "null_geometry": "error",
    "wrong_geometry_type": "error",
    "bad_position": "error",
    "bad_ring": "error",
    "invalid_geometry": "error",
    "swapped_axes": "error",
    "projected_coordinates": "error",
    "in_neighbour": "error",
    "in_sea": "error",
    "outside_county": "error",
    "near_boundary": "warning",
    "partly_outside": "warning",
    "elevation_dropped": "warning",
    "html_in_name": "warning",
    "district_differs": "warning",
    "duplicate_place": "warning",
    "replaces_existing": "warning",
    "unchanged": "warning",
    "unknown_property": "warning",
}


@dataclass(frozen=True)
class Fault:
    """One thing wrong with one row, and what to do about it.

    Attributes:
        row: place of the feature in the file, from 1; None for what concerns the file as a whole.
        id: the row's id, or its name where it has none.
    """

    row: int | None
    id: str
    code: str
    message: Message
    fix: Message

    @property
    def severity(self) -> Severity:
        return SEVERITIES[self.code]


@dataclass(frozen=True)
class RejectedRow:
    """A row that was not accepted, as it stood in the file."""

    row: int
    id: str
    feature: Any


@dataclass(frozen=True)
class Report:
    """What a file held: the good rows as a frame of the layer, the bad rows raw, and every fault by row."""

    file: str
    layer: Layer
    sha256: str
    features: int
    accepted: gpd.GeoDataFrame
    rejected: tuple[RejectedRow, ...]
    faults: tuple[Fault, ...]

    @property
    def accepted_count(self) -> int:
        return len(self.accepted)

    @property
    def rejected_count(self) -> int:
        return len(self.rejected)

    @property
    def warning_count(self) -> int:
        return sum(fault.severity == "warning" for fault in self.faults)

    def as_json(self, lang: str) -> dict[str, Any]:
        """The report for programs: counts, and the faults with their words in ``lang``."""
        return {
            "file": self.file,
            "layer": str(self.layer),
            "features": self.features,
            "accepted": self.accepted_count,
            "rejected": self.rejected_count,
            "faults": [
                {
                    "row": fault.row,
                    "id": fault.id,
                    "code": fault.code,
                    "severity": fault.severity,
                    "message": fault.message.text(lang),
                    "fix": fault.fix.text(lang),
                }
                for fault in self.faults
            ],
        }
