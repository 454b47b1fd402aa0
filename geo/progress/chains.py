"""The chain of each cluster, stage by stage: what stands, what is only planned, what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from geo.model import Cluster, Link, Plan
from geo.progress.entries import Entries
from geo.progress.standing import Stand, standing


class LinkState(StrEnum):
    COMPLETE = "complete"  # a base stands at it
    PLANNED = "planned"  # bases are named or stored for it, and none is known to stand
    MISSING = "missing"  # there is none


@dataclass(frozen=True)
class LinkProgress:
    """A stage of a chain.

    Attributes:
        standing, planned: ids of bases; those that the plan names come first.
        absent: ids that the plan names and the data does not have.
    """

    link: Link
    standing: tuple[str, ...]
    planned: tuple[str, ...]
    absent: tuple[str, ...]

    @property
    def state(self) -> LinkState:
        if self.standing:
            return LinkState.COMPLETE
        return LinkState.PLANNED if self.planned or self.absent else LinkState.MISSING


@dataclass(frozen=True)
class ChainProgress:
    """A cluster's chain; ``links`` is () where the plan states none."""

    cluster: Cluster
    links: tuple[LinkProgress, ...]

    @property
    def gaps(self) -> tuple[LinkProgress, ...]:
        return tuple(link for link in self.links if link.state is LinkState.MISSING)

    @property
    def complete(self) -> bool:
        return bool(self.links) and all(link.state is LinkState.COMPLETE for link in self.links)


def chains(plan: Plan, bases: pd.DataFrame, entries: Entries) -> tuple[ChainProgress, ...]:
    """Every cluster of the plan, in its order.

    At a stage are the bases that the plan names for it, and those of the cluster that are stored with that stage.
    """
    stands = standing(bases, entries)
    at = _by_stage(bases)
    return tuple(
        ChainProgress(
            cluster, tuple(_link(link, at.get((cluster.id, link.stage), ()), stands) for link in cluster.links)
        )
        for cluster in plan.clusters
    )


def _by_stage(bases: pd.DataFrame) -> dict[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], list[str]] = {}
    for id, cluster, stage in zip(bases["id"], bases["cluster"], bases["stage"], strict=True):
        found.setdefault((cluster, stage), []).append(id)
    return {place: tuple(ids) for place, ids in found.items()}


def _link(link: Link, stored: tuple[str, ...], stands: Mapping[str, Stand]) -> LinkProgress:
    ids = tuple(dict.fromkeys((*link.bases, *stored)))
    return LinkProgress(
        link,
        standing=tuple(id for id in ids if stands.get(id) is Stand.STANDS),
        planned=tuple(id for id in ids if stands.get(id) is Stand.PLANNED),
        absent=tuple(id for id in ids if id not in stands),
    )
