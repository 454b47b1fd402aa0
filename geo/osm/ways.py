"""Ways and multipolygons put together from the nodes near the county."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from geo.osm.files import Floats, Ints, Nodes

_LEAST_DEG2 = 1e-12  # 0.01 m²: corners in a row enclose a sliver once they are rounded
_RING = 4  # corners that a closed line has at least, the first counted twice


@dataclass(frozen=True, eq=False)
class Line:
    """A way as far as its nodes are near: ``runs`` of (k, 2) degrees, and the ids of nodes that are not."""

    runs: tuple[Floats, ...]
    closed: bool
    gone: Ints

    @property
    def whole(self) -> bool:
        return not len(self.gone)


def line_of(refs: Sequence[int], nodes: Nodes) -> Line:
    """The way through the nodes ``refs``; a run is two or more nodes in a row that are near."""
    ids = np.asarray(refs, dtype=np.int64)
    places = nodes.places(ids)
    near = places >= 0
    edges = np.flatnonzero(np.diff(near)) + 1
    parts = (part for part in np.split(places, edges) if len(part) > 1 and part[0] >= 0)
    closed = len(ids) >= _RING and ids[0] == ids[-1]
    return Line(tuple(nodes.xy[part] for part in parts), closed, ids[~near])


def street(line: Line) -> Any:
    """The way as a line, of several parts where nodes between are missing; None where nothing of any length is left of it."""
    parts = [shapely.linestrings(run) for run in line.runs if (run != run[0]).any()]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else shapely.multilinestrings(parts)


def area(lines: Iterable[Line]) -> Any:
    """The area that whole lines enclose, holes left out, valid; None where they enclose none.

    What is outer and what is inner follows from which ring lies in which, as OpenStreetMap's own rule has it.
    """
    strings = shapely.multilinestrings([shapely.linestrings(run) for line in lines for run in line.runs])
    made = shapely.build_area(strings)
    if shapely.is_empty(made):  # rings that cross themselves enclose nothing until they are noded
        made = shapely.build_area(shapely.node(strings))
    if shapely.is_empty(made):
        return None
    if not shapely.is_valid(made):
        made = shapely.make_valid(made, method="structure")
    return made if made.area > _LEAST_DEG2 else None
