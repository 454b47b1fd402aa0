"""Shortest ways over a street network from the nearest of many places at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from geo.coverage.kernels.threads import Floats, kernel, plain, together

Seeds = tuple[npt.ArrayLike, npt.ArrayLike]  # nodes (s,) and what it costs to begin at each (s,), metres, 0 or more

_MOST_BUCKETS = 1 << 16
_PER_WEIGHT = 4  # buckets for a street of middling length


def nearest(
    indptr: npt.ArrayLike,
    indices: npt.ArrayLike,
    weights: npt.ArrayLike,
    seed_node: npt.ArrayLike,
    seed_cost: npt.ArrayLike,
    limit: float = np.inf,
) -> Floats:
    """Metres (n,) to every node from the seed that is nearest to it by street; inf beyond ``limit``, or unreachable.

    Args:
        indptr, indices, weights: who is linked to whom (CSR): node i to ``indices[indptr[i]:indptr[i + 1]]``, in metres,
            0 or more and finite. A link that goes both ways is there twice.
        seed_node, seed_cost: (s,) where to begin, and at what cost. A node may be there more than once.
        limit: metres, inclusive.

    Raises:
        IndexError: a node that is not there.
    """
    found: Floats = nearest_many(indptr, indices, weights, [(seed_node, seed_cost)], limit)[0]
    return found


def nearest_many(
    indptr: npt.ArrayLike,
    indices: npt.ArrayLike,
    weights: npt.ArrayLike,
    seeds: Sequence[Seeds],
    limit: float = np.inf,
) -> Floats:
    """As :func:`nearest` for k sets of seeds: (k, n), on two threads.

    Nodes wait in buckets by distance (Dial 1969; R. Meyer, P. Sanders, Δ-stepping, 2003): within a bucket in any order,
    a node that gets nearer is put in anew. The lengths that come out are Dijkstra's to the last bit, for a sum of
    floats grows with each of its parts, and so the least over all ways does not depend on the order of search.
    """
    links = plain(indptr, np.int64), plain(indices, np.int32), plain(weights, np.float64)
    count = len(links[0]) - 1
    _check(links[1], count)
    longest = min(links[2].max(initial=0.0), limit)
    width = _bucket_width(links[2], longest)
    buckets = 1 << (int(longest / width) + 2).bit_length()
    metres = np.full((len(seeds), count), np.inf)
    together(
        partial(_search, *links, *_in_order(one, count, limit), float(limit), width, buckets, metres[kind])
        for kind, one in enumerate(seeds)
    )
    return metres


def _check(nodes: npt.NDArray[Any], count: int) -> None:
    """Compiled code would read and write past the end of an array."""
    if len(nodes) and not (nodes.min() >= 0 and nodes.max() < count):
        raise IndexError(f"node {nodes.min()} or {nodes.max()} is none of 0 to {count - 1}")


def _in_order(seeds: Seeds, count: int, limit: float) -> tuple[npt.NDArray[np.int64], Floats]:
    """The seeds within the limit, the cheapest first."""
    node, cost = np.asarray(seeds[0], dtype=np.int64), np.asarray(seeds[1], dtype=np.float64)
    _check(node, count)
    order = np.argsort(cost, kind="stable")
    order = order[np.isfinite(cost[order]) & (cost[order] <= limit)]
    return plain(node[order], np.int64), plain(cost[order], np.float64)


def _bucket_width(weights: Floats, longest: float) -> float:
    """A part of the middling weight; more where one street is so long that a ring of such buckets would not hold it."""
    usual = float(np.median(weights[:: max(1, len(weights) // 1000)])) if len(weights) else 0.0
    return max(usual / _PER_WEIGHT, longest / _MOST_BUCKETS) or 1.0


@kernel
def _search(  # type: ignore[no-untyped-def]  # noqa: C901 -- see below
    indptr, indices, weights, seed_node, seed_cost, limit, width, buckets, metres
):
    """``bucket`` is where a node waits, -1 nowhere; the ring of ``buckets``, a power of 2, holds all that can wait at once.

    A bucket is a list: ``first`` of it leads through ``after`` to the rest, ``before`` back. All in one loop, since an
    array that is handed to a function costs more than the step that the function does.
    """
    n, per_metre, ring = len(metres), 1 / width, buckets - 1
    first, after, before = np.full(buckets, -1, np.int32), np.empty(n, np.int32), np.empty(n, np.int32)
    bucket = np.full(n, -1, np.int64)
    now, waiting, seed, here = 0, 0, 0, 0.0
    while waiting or seed < len(seed_node):
        if not waiting:
            now = max(now, int(seed_cost[seed] * per_metre))
        sowing = seed < len(seed_node) and int(seed_cost[seed] * per_metre) <= now
        begin, end = 0, 1
        if not sowing:
            node = first[now & ring]
            if node < 0:
                now += 1
                continue
            first[now & ring] = after[node]
            if after[node] >= 0:
                before[after[node]] = -1
            bucket[node] = -1
            waiting -= 1
            begin, end, here = indptr[node], indptr[node + 1], metres[node]
        for link in range(begin, end):
            other, length = (seed_node[seed], seed_cost[seed]) if sowing else (indices[link], here + weights[link])
            if length >= metres[other] or length > limit:
                continue
            metres[other] = length
            to = int(length * per_metre)
            if bucket[other] == to:
                continue
            if bucket[other] < 0:
                waiting += 1
            else:
                if before[other] >= 0:
                    after[before[other]] = after[other]
                else:
                    first[bucket[other] & ring] = after[other]
                if after[other] >= 0:
                    before[after[other]] = before[other]
            bucket[other], before[other], after[other] = to, -1, first[to & ring]
            if first[to & ring] >= 0:
                before[first[to & ring]] = other
            first[to & ring] = other
        seed += sowing
