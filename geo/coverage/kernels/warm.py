"""Compiles the kernels, or loads them from the disk, before a reader needs them."""

from __future__ import annotations

import numpy as np
import shapely

from geo.coverage.kernels import areas, circles, grid, landing, streets


def warm() -> None:
    """Calls every kernel once on next to nothing. The first time takes about twenty seconds of one core, later times less
    than one; it can run beside anything else. There is only one kind of arguments, so no later call compiles."""
    places = np.array([[50.0, 50.0]])
    cells = grid.Grid(0.0, 0.0, 100.0, np.ones((2, 2), dtype=bool))
    grid.nearest(cells, [places])
    grid.count_within(cells, [places], 100.0)
    grid.pairs_within(cells, places, 100.0)
    square = shapely.box(0, 0, 100, 100)
    areas.cell_areas(square, 0.0, 0.0, 100.0, (2, 2))
    areas.covered_m2(areas.spans([square]), places, 100.0)
    circles.union([[0.0, 0.0], [100.0, 0.0]], 100.0, 32)
    streets.nearest([0, 1, 2], [1, 0], [1.0, 1.0], [0], [0.0])
    nodes = landing.AtNodes(np.array([0, 1]), np.zeros(1, np.int32), np.zeros(1))
    landing.Nearby(nodes, 1).of(np.zeros(1), np.zeros(1, np.int32), np.zeros(1), 100.0)
