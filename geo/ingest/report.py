"""What a check of a file says: the good rows, the bad rows, and every fault with its mend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from geo.i18n import Label, Message
from geo.ingest.choices import Choices
from geo.ingest.codes import SEVERITIES, Severity
from geo.ingest.columns import Match
from geo.ingest.datum import DatumFinding
from geo.ingest.rows import Shapes
from geo.model import Layer

Status = Literal["new", "changed", "same", "duplicate", "rejected"]


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that was not accepted."""

    row: int
    id: str


@dataclass(frozen=True, slots=True)
class Repair:
    """A mend of one row: made, because it was agreed to, or only proposed."""

    kind: str
    row: int
    id: str
    before: Message | Label | str
    after: Message | Label | str
    made: bool


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a stored feature that a row would change."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True, eq=False)
class Report:
    """What a file held: the good rows as a frame of the layer, the bad rows raw, and every fault by row.

    Attributes:
        accepted: the good rows, in the file's order.
        numbers: the row number of each accepted row, (n,).
        rejected_shapes: where the rejected rows lie, as far as that is known; None elsewhere.
        rejected_features: gives the rejected rows as they stood in the file, as GeoJSON features.
        placed: whether the file has shapes; where it has none, columns may say where its rows lie.
        columns: what each header was taken for.
        unknown_words: field -> words that the pack does not know, most frequent first.
        repairs: the mends that were made and those that could be.
        changes: id -> what storing the row would change in the feature of that id, () where nothing.
        finding: what the evidence says of the datum; None where nothing could be compared.
        choices: the decisions that the check followed.
        origins: upload -> numbers of its rejected rows that come back here -> the ids that they have now.
        mends: those of ``origins`` that are mended and accepted.
        against: the state of the store that it was checked against, as the caller names it.
        again: checks the same rows once more, against the newest state of the store; None where none is known.
    """

    file: str
    layer: Layer
    sha256: str
    format: str
    features: int
    placed: bool
    accepted: gpd.GeoDataFrame
    numbers: npt.NDArray[np.int64]
    rejected: tuple[RejectedRow, ...]
    rejected_features: Callable[[], list[Any]]
    rejected_shapes: Shapes
    faults: tuple[Fault, ...]
    columns: tuple[Match, ...]
    unknown_words: Mapping[str, tuple[str, ...]]
    repairs: tuple[Repair, ...]
    changes: Mapping[str, tuple[FieldChange, ...]]
    finding: DatumFinding | None
    choices: Choices
    origins: Mapping[int, Mapping[int, str]]
    mends: Mapping[int, Mapping[int, str]]
    against: str = ""
    again: Callable[[], Report] | None = None

    @property
    def accepted_count(self) -> int:
        return len(self.accepted)

    @property
    def rejected_count(self) -> int:
        return len(self.rejected)

    @property
    def warning_count(self) -> int:
        return sum(fault.severity == "warning" for fault in self.faults)

    @property
    def repaired_count(self) -> int:
        return sum(repair.made for repair in self.repairs)

    def status(self, id: str) -> Status:
        """What storing does for the accepted row of that id."""
        if id not in self.changes:
            return "new"
        return "changed" if self.changes[id] else "same"

    def same_outcome(self, other: Report) -> bool:
        """Whether storing ``other`` adds, changes field by field, leaves and refuses the same as storing this."""
        mine, theirs = (one.accepted[~one.accepted["id"].isin(one.changes.keys())] for one in (self, other))
        if not np.array_equal(self.numbers, other.numbers):
            return False
        told = self.rejected, self.mends, self.changes
        return told == (other.rejected, other.mends, other.changes) and mine.equals(theirs)

    def proposals(self) -> Mapping[str, int]:
        """Kind of repair -> how many rows it could mend or has mended."""
        return Counter(repair.kind for repair in self.repairs)

    def details(self) -> dict[str, Any]:
        """What the revision records of how the file was read."""
        made: dict[str, list[int]] = {}
        for repair in self.repairs:
            if repair.made:
                made.setdefault(repair.kind, []).append(repair.row)
        told = {**self.choices.as_details(), "format": self.format, "repairs": made}
        return {name: value for name, value in told.items() if value}

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
            **{name: value for name, value in self._how_read(lang).items() if value},
        }

    def _how_read(self, lang: str) -> dict[str, Any]:
        """How the file was read, where that is not plain."""
        return {
            "columns": {one.header: one.field for one in self.columns if one.field not in ("", one.header)},
            "repairs": [
                {
                    "row": repair.row,
                    "id": repair.id,
                    "kind": repair.kind,
                    "before": _said(repair.before, lang),
                    "after": _said(repair.after, lang),
                    "made": repair.made,
                }
                for repair in self.repairs
            ],
            "datum": self._datum(lang),
        }

    def _datum(self, lang: str) -> dict[str, Any]:
        finding = self.finding
        if finding is None or not finding.evidence:
            return {}
        return {
            "datum": str(finding.datum) if finding.datum else None,
            "certain": finding.certain,
            "mixed": finding.mixed,
            "shift_m": round(finding.shift_m, 1),
            "evidence": [one.message.text(lang) for one in finding.evidence],
        }


def _said(text: Message | Label | str, lang: str) -> str:
    return text if isinstance(text, str) else text.text(lang)
