"""What goes into a revision, what is told of it afterwards, and which revisions stand in the way of an undo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import geopandas as gpd

from geo.model import Layer
from geo.store.uploads import Rejected

SEED = "seed"
UNDO = "undo"


@dataclass(frozen=True, eq=False)  # frames have no single answer to ==
class Draft:
    """A revision before it has a number.

    Attributes:
        upserts: frames of the layer's columns: rows whose id is stored replace it, others are new.
        removals: ids; one that is not stored is passed over.
        details: what else is to be known of it later, such as repairs or a datum shift; anything JSON can say.
        quarantine: the rows of the same file that were not accepted.
        resolved: upload -> the numbers of its rejected rows that this draft holds, mended.
    """

    kind: str
    author: str
    note: str = ""
    file_name: str = ""
    file_sha256: str = ""
    upserts: Mapping[Layer, gpd.GeoDataFrame] = field(default_factory=dict)
    removals: Mapping[Layer, Sequence[str]] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    quarantine: Mapping[Layer, Sequence[Rejected]] = field(default_factory=dict)
    resolved: Mapping[int, Sequence[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Revision:
    """A stored revision. ``added``, ``changed`` and ``removed`` count features."""

    number: int
    kind: str
    author: str
    at: datetime  # aware, UTC
    note: str
    file_name: str
    file_sha256: str
    undoes: int | None
    undone_by: int | None
    added: int
    changed: int
    removed: int
    details: Mapping[str, Any] = field(default_factory=dict, hash=False)


def standing_after(number: int, history: Sequence[Revision]) -> frozenset[int]:
    """The revisions after ``number`` whose changes still stand. ``history`` is newest first.

    A later revision and the undo of it cancel out, so neither stands: a person who undoes the newest revision and
    then the one before it is not stopped by the first undo.
    """
    cancelled: set[int] = set()
    standing: set[int] = set()
    for revision in history:
        if revision.number <= number:
            break
        if revision.number in cancelled:
            continue
        if revision.undoes is not None and revision.undoes > number:
            cancelled.add(revision.undoes)
        else:
            standing.add(revision.number)
    return frozenset(standing)
