"""Shortest ways over a street network from the nearest of many places at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from geo.coverage.kernels.threads import Floats, kernel, plain, together

Seeds = tuple[npt.ArrayLike, npt.ArrayLike]  # nodes (s,) and what it costs to begin at each (s,), metres, 0 or more

_RING = 64  # buckets, a power of 2: what is due later waits in the farthest and is put off again
_PER_WEIGHT = 4  # buckets for a street of middling length
_MOST_BUCKETS = 1 << 16  # for the longest street, so that one of them cannot make the rest of no width
_LEAST_M = 1e-6  # a width has to have an inverse


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
    nodes = np.asarray(indices)
    count = len(np.asarray(indptr)) - 1
    _check(nodes, count)
    links = plain(indptr, np.uint32), plain(nodes, np.uint32), plain(weights, np.float64)
    begun = [_within(one, count, limit) for one in seeds]
    width = _bucket_width(
        links[2], min(max([links[2].max(initial=0.0), *(cost.max(initial=0.0) for _, cost in begun)]), limit)
    )
    metres = np.empty((len(seeds), count))
    beyond = float(np.nextafter(limit, np.inf))
    together(partial(_search, *links, *one, beyond, width, metres[kind]) for kind, one in enumerate(begun))
    return metres


def _check(nodes: npt.NDArray[Any], count: int) -> None:
    """Compiled code would read and write past the end of an array."""
    if len(nodes) and not (nodes.min() >= 0 and nodes.max() < count):
        raise IndexError(f"node {nodes.min()} or {nodes.max()} is none of 0 to {count - 1}")


def _within(seeds: Seeds, count: int, limit: float) -> tuple[npt.NDArray[np.uint32], Floats]:
    """The seeds within the limit."""
    node, cost = np.asarray(seeds[0], dtype=np.int64), np.asarray(seeds[1], dtype=np.float64)
    _check(node, count)
    kept = np.isfinite(cost) & (cost <= limit)
    return plain(node[kept], np.uint32), plain(cost[kept], np.float64)


def _bucket_width(weights: Floats, longest: float) -> float:
    """A part of the middling weight."""
    usual = float(np.median(weights[:: max(1, len(weights) // 1000)])) if len(weights) else 0.0
    return max(usual / _PER_WEIGHT, longest / _MOST_BUCKETS, _LEAST_M)


@kernel
def _search(  # type: ignore[no-untyped-def]  # noqa: C901 -- see below
    indptr, indices, weights, seed_node, seed_cost, beyond, width, metres
):
    """``beyond`` is the least length that is too long. All in one loop, since an array that is handed to a function
    costs more than the step that the function does; and all that is an index is unsigned, since numba looks at each
    signed one whether it counts from the end, which took 1.4 times as long.

    A bucket is a stack. ``due`` is the bucket in which a node waits, -1 if in none; where it has since been put into an
    earlier one, its old place in a stack no longer counts. It is never put into a later one, so no stack holds a node twice.
    """
    n, per_metre = len(metres), 1 / width
    last, one = np.uint64(_RING - 1), np.uint64(1)
    stack, size = np.empty((_RING, n), np.uint32), np.zeros(_RING, np.uint64)
    due = np.full(n, -1, np.int64)
    metres[:] = beyond
    waiting, now = 0, 0
    for k in range(len(seed_node)):
        metres[seed_node[k]] = min(metres[seed_node[k]], seed_cost[k])
    for seed in seed_node:
        if due[seed] < 0:
            due[seed] = min(int(metres[seed] * per_metre), _RING - 1)
            bucket = np.uint64(due[seed])
            stack[bucket, size[bucket]] = seed
            size[bucket] += one
            waiting += 1
    while waiting:
        bucket = np.uint64(now) & last
        while size[bucket]:
            size[bucket] -= one
            waiting -= 1
            node = stack[bucket, size[bucket]]
            if due[node] != now:
                continue
            here = metres[node]
            to = int(here * per_metre)
            if to > now:  # was too far off for the ring
                due[node] = min(to, now + _RING - 1)
                later = np.uint64(due[node]) & last
                stack[later, size[later]] = node
                size[later] += one
                waiting += 1
                continue
            due[node] = -1
            for link in range(indptr[node], indptr[np.uint64(node) + one]):
                other, length = indices[link], here + weights[link]
                if length < metres[other]:
                    metres[other] = length
                    to = min(int(length * per_metre), now + _RING - 1)
                    if due[other] < 0 or to < due[other]:
                        due[other] = to
                        later = np.uint64(to) & last
                        stack[later, size[later]] = other
                        size[later] += one
                        waiting += 1
        now += 1
    for node in range(n):
        if metres[node] == beyond:
            metres[node] = np.inf
