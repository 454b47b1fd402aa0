"""What an OpenStreetMap file gave: taken, skipped and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from geo.i18n import N_, translate


class Skip(StrEnum):
    """Why an object was not taken. :data:`SKIP_WORDS` says it to people."""

    OUTSIDE = "outside"
    MISSING_NODES = "missing_nodes"
    NO_AREA = "no_area"
    NO_LINE = "no_line"
    OPEN_WAY = "open_way"
    PRIVATE = "private"
    DISUSED = "disused"
    FOOT_NO = "foot_no"
    NOT_WALKED = "not_walked"
    NO_CATEGORY = "no_category"


SKIP_WORDS: Mapping[Skip, str] = {
    Skip.OUTSIDE: N_("在县外"),
    Skip.MISSING_NODES: N_("文件里缺它的节点"),
    Skip.NO_AREA: N_("围不成面"),
    Skip.NO_LINE: N_("只有一个点,不成线"),
    Skip.OPEN_WAY: N_("是没有闭合的线,不是面"),
    Skip.PRIVATE: N_("不对外(access=private 或 no)"),
    Skip.DISUSED: N_("已停用"),
    Skip.FOOT_NO: N_("禁止步行(foot=no)"),
    Skip.NOT_WALKED: N_("不是步行的路(高速公路、在建的路等)"),
    Skip.NO_CATEGORY: N_("规划包没有这一类配套"),
}


@dataclass(frozen=True)
class OsmReport:
    """Counts of OpenStreetMap objects.

    Attributes:
        dated: how old the data is, aware, UTC; None where the file does not say.
        facilities: category of the pack -> how many were taken, 0 where the file has none.
        roads: kind of way (highway value) -> how many were taken.
        skipped_facilities, skipped_roads: reason -> how many were not.
        unnamed: facilities that the file has no name for; they are called after their category.
        capacities: facilities whose beds, places, flats the file tells; ``unread_capacities`` those where it is no number.
        cut_roads: roads of which only a part was taken, because the rest lies beyond the margin around the county.
        broken_roads: roads of which only a part was taken, because the file lacks some of their nodes.
        missing_nodes: how many nodes the ways and areas near the county name that the file does not have.
        no_relations: the file has none at all, though it is of a kind that may have lost its end unseen: relations come last.
        covers: share (0-1) of the county's area inside the box that the file says it holds; None where it does not say.
    """

    dated: datetime | None
    facilities: Mapping[str, int]
    roads: Mapping[str, int]
    skipped_facilities: Mapping[Skip, int]
    skipped_roads: Mapping[Skip, int]
    unnamed: int
    capacities: int
    unread_capacities: int
    cut_roads: int
    broken_roads: int
    missing_nodes: int
    no_relations: bool
    covers: float | None

    def as_json(self, lang: str) -> dict[str, Any]:
        """The report for programs; ``reason`` is for people."""
        return {
            "dated": None if self.dated is None else self.dated.isoformat(),
            "covers": self.covers,
            "missing_nodes": self.missing_nodes,
            "no_relations": self.no_relations,
            "facilities": {
                "taken": dict(self.facilities),
                "unnamed": self.unnamed,
                "capacities": self.capacities,
                "unread_capacities": self.unread_capacities,
                "skipped": _skipped(self.skipped_facilities, lang),
            },
            "roads": {
                "taken": dict(self.roads),
                "cut": self.cut_roads,
                "broken": self.broken_roads,
                "skipped": _skipped(self.skipped_roads, lang),
            },
        }


def _skipped(counts: Mapping[Skip, int], lang: str) -> list[dict[str, Any]]:
    return [{"code": str(why), "reason": translate(lang, SKIP_WORDS[why]), "count": n} for why, n in counts.items()]
