"""What goes into a revision, what is told of it afterwards, and which revisions stand in the way of an undo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import geopandas as gpd

from geo.i18n import N_
from geo.model import Layer

SEED = "seed"
UNDO = "undo"
KIND_WORDS: Mapping[str, str] = {
    SEED: N_("初始数据"),
    "import": N_("上传"),
    "remove-sample": N_("移除示例"),
    UNDO: N_("撤销"),
}


@dataclass(frozen=True, eq=False)  # frames have no single answer to ==
class Draft:
    """A revision before it has a number.

    ``upserts`` are frames of the layer's columns: rows whose id is stored replace it, others are new. ``removals``
    are ids; one that is not stored is passed over.
    """

    kind: str
    author: str
    note: str = ""
    file_name: str = ""
    file_sha256: str = ""
    upserts: Mapping[Layer, gpd.GeoDataFrame] = field(default_factory=dict)
    removals: Mapping[Layer, Sequence[str]] = field(default_factory=dict)


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
