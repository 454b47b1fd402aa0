"""What shapely leaves to those who call it: areas that several threads ask, points that are nowhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely


def prepared(area: Any) -> Any:
    """A copy of ``area``, prepared (nothing else here prepares): for the caller alone, never to be kept where another thread may ask it.

    GEOS builds the index of a prepared geometry when it is first asked, and shapely asks without the interpreter's
    lock: two threads that asked one geometry would both build it, and spoil the heap.
    """
    own = shapely.from_wkb(shapely.to_wkb(area))
    shapely.prepare(own)
    return own


def somewhere(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """``shapes`` (n,) with None in place of empty ones: GEOS has no coordinates of an empty point, and says so loudly."""
    found = shapes.copy()
    found[shapely.is_empty(shapes)] = None
    return found


def sound(area: Any) -> Any:
    """``area``, mended where its edges cross: what touches in one set of coordinates may cross in another, or rounded,
    and no overlay can be made of it then. The ground stays the same but for that rounding."""
    return area if shapely.is_valid(area) else shapely.make_valid(area, method="structure")
