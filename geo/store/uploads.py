"""Rows of uploaded files that were not accepted: as they come in, and as they are told of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from geo.model import Layer


@dataclass(frozen=True)
class Rejected:
    """A row as it stood in the file, and why it was not accepted.

    Attributes:
        row: how people find it in the file; no two of one upload are the same.
        feature: anything JSON can say.
        reasons: one object each, as the caller wants to have them back: code, message, fix.
    """

    row: int
    feature: Any
    reasons: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Resolution:
    """What became of a row: a revision holds it, mended; or (``revision`` is None) somebody discarded it."""

    revision: int | None
    author: str
    at: datetime  # aware, UTC


@dataclass(frozen=True)
class Quarantined:
    """A stored row that was not accepted; open while it has no resolution."""

    row: int
    feature: Any
    reasons: Sequence[Mapping[str, Any]]
    resolution: Resolution | None


@dataclass(frozen=True)
class Upload:
    """A file of which rows were not accepted.

    Attributes:
        id: counts up from 1 within the pack.
        revision: the one that holds the good rows, None where there were none to store.
        accepted, rejected: rows of the file, as they were at the upload.
        open: rejected rows that nobody has mended or discarded yet.
        details: how the file was read, such as its datum; empty where a program of before kept it.
    """

    id: int
    layer: Layer
    file_name: str
    file_sha256: str
    author: str
    at: datetime  # aware, UTC
    revision: int | None
    accepted: int
    rejected: int
    open: int
    details: Mapping[str, Any] = field(default_factory=dict, hash=False)
