"""From metres at the nodes of a network to metres at the places that meet it there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.coverage.kernels.threads import Floats, Ints, kernel, plain


@dataclass(frozen=True, eq=False)
class AtNodes:
    """Places by the nodes where they meet a network: those of node i at start[i] to start[i + 1].

    A place may meet several nodes. ``place`` and ``metres``: which it is, and how far it is from the node.
    """

    start: npt.NDArray[np.int64]
    place: Ints
    metres: Floats


class Nearby:
    """The places within a limit, over and over for one goal after another: the room for it is made once."""

    def __init__(self, places: AtNodes, count: int) -> None:
        """``count``: how many places there are."""
        self._at = plain(places.start, np.int64), plain(places.place, np.int32), plain(places.metres, np.float64)
        self._best = np.full(count, np.inf)
        self._found = np.empty(count, dtype=np.int32)

    def of(self, by_node: Floats, own: Ints, own_m: Floats, limit_m: float) -> tuple[Ints, Floats]:
        """The places within ``limit_m`` (inclusive) of a goal, each once, and their metres.

        ``by_node``: metres (n,) from each node to the goal, inf where there is no way; ``own`` (k,) places that come to it
        without a node, with their metres.
        """
        room = self._best, self._found
        mine = plain(own, np.int32), plain(own_m, np.float64)
        count = _gather(plain(by_node, np.float64), *self._at, *mine, float(limit_m), *room)
        found = self._found[:count].copy()
        metres = self._best[found]
        self._best[found] = np.inf
        return found, metres


@kernel
def _gather(by_node, start, place, metres, own, own_m, limit, best, found):  # type: ignore[no-untyped-def]
    """Writes the least metres of each place to ``best``, inf so far, and which they are to ``found``; returns how many."""
    count = 0
    for k in range(len(own)):
        if own_m[k] <= limit:
            if best[own[k]] == np.inf:
                found[count] = own[k]
                count += 1
            best[own[k]] = min(best[own[k]], own_m[k])
    for node in range(len(by_node)):
        if by_node[node] <= limit:
            for k in range(start[node], start[node + 1]):
                far, one = by_node[node] + metres[k], place[k]
                if far <= limit:
                    if best[one] == np.inf:
                        found[count] = one
                        count += 1
                    best[one] = min(best[one], far)
    return count
