"""What a category's facilities have to share out, and how much of it each place gets."""

from __future__ import annotations

from functools import partial

import numpy as np

from geo import coverage as cov
from geo.model import Layer
from geo.usecases.atlas import Atlas, Snapshot
from geo.usecases.ground import cells_on_foot, demand, radius_by_cell
from geo.usecases.judging import Settings


def supply(atlas: Atlas, snap: Snapshot, category: str, settings: Settings) -> cov.Supply:
    """Who gets how much of a category's capacity, by the enhanced two-step floating catchment
    (:mod:`geo.coverage.catchment`): everybody within the service distance of where they live.

    Raises:
        NotFoundError: on foot, and no roads are stored that may be walked; no such category.
    """
    atlas.pack.category(category)
    return atlas.kept.of("supply", (snap.stamp, category, settings), lambda: _supply(atlas, snap, category, settings))


def _supply(atlas: Atlas, snap: Snapshot, category: str, settings: Settings) -> cov.Supply:
    every = snap.facilities[snap.facilities["category"] == category]
    known = every["capacity"].notna().to_numpy()
    counted = 2 * known.sum() < max(len(known), 1)  # by the few that state theirs, the many would have nothing to give
    sharing = every if counted else every[known]
    size = np.ones(len(sharing)) if counted else sharing["capacity"].to_numpy(dtype=np.float64)
    cells, radius = demand(atlas, snap), radius_by_cell(atlas, snap, category, settings)
    wanted = cov.wanted(cells)
    here = np.unique(radius[wanted > 0])
    if settings.on_foot:
        pairs = partial(cov.pairs_on_foot, cells_on_foot(atlas, snap))
    else:
        pairs = partial(cov.pairs_straight, cells)
    access = cov.shared_out(wanted, sharing, size, radius, pairs)
    people = snap.frame(Layer.POPULATION)
    return cov.Supply(
        places=cov.supplies(cells, access),
        by_people=cells.weight == cov.PEOPLE,
        known=int(known.sum()),
        unknown=int((~known).sum()),
        counted=bool(counted),
        capacity=float(size.sum()),
        idle=max(float(size.sum() - access @ wanted), 0.0),
        radii_m=tuple(here.tolist()),
        sample=bool(sharing["sample"].any() or people["sample"].any()),
    )
