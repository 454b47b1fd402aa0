"""The filter changes that every candidate is put through, the same in each round."""

from __future__ import annotations

from geo.model import Pack
from geo.usecases import Filter

KINDS = ("阶段", "片区")  # by stage: every facility stays; by district: most of them go


def change(pack: Pack, kind: str, number: int) -> Filter:
    """The filter that round ``number`` sets; never the one of the round before."""
    if kind == "阶段":
        return Filter(stages=(pack.plan.stages[number % len(pack.plan.stages)].id,))
    return Filter(districts=(pack.districts[number % len(pack.districts)].id,))
