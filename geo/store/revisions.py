"""What goes into a revision, what is told of it afterwards, and which revisions still stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import geopandas as gpd

from geo.errors import NotFoundError
from geo.i18n import N_, message
from geo.model import Layer
from geo.store.uploads import Rejected

SEED = "seed"
UNDO = "undo"
KIND_WORDS: Mapping[str, str] = {
    SEED: N_("初始数据"),
    "import": N_("上传"),
    "record": N_("填报"),
    "remove-sample": N_("移除示例"),
    UNDO: N_("撤销"),
}


@dataclass(frozen=True, eq=False)  # frames have no single answer to ==
class Draft:
    """A revision before it has a number.

    Attributes:
        upserts: frames of the layer's columns: rows whose id is stored replace it, others are new.
        removals: ids; one that is not stored is passed over.
        details: what else is to be known of it later, such as repairs or a datum shift; anything JSON can say.
        quarantine: the rows of the same file that were not accepted.
        resolved: upload -> the numbers of its rejected rows that this draft holds, mended -> the ids of the features
            that they became.
        replaced: upload -> the numbers of its rejected rows that ``quarantine`` has anew, still with faults.
        files: SHA-256 -> content of the files that its records give as evidence.
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
    resolved: Mapping[int, Mapping[int, str]] = field(default_factory=dict)
    replaced: Mapping[int, Sequence[int]] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)


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


def standing(touching: Iterable[int], undoes: Mapping[int, int]) -> tuple[int, ...]:
    """Of the revisions that touched one feature, those whose change to it still stands; ascending.

    A revision and the undo of it cancel out, so neither stands: a person who undoes the newest revision and then the
    one before it is not stopped by the first undo. An undo that kept this feature did not touch it and cancels nothing.

    Args:
        undoes: undo -> the revision that it takes back.
    """
    numbers = sorted(touching, reverse=True)
    cancelled: set[int] = set()
    left: list[int] = []
    for number in numbers:
        if number in cancelled:
            continue
        if undoes.get(number) in numbers:
            cancelled.add(undoes[number])
        else:
            left.append(number)
    return tuple(reversed(left))


def unknown(number: int) -> NotFoundError:
    return NotFoundError(message(N_("没有修订 {number}:请看修订记录。"), number=number))
