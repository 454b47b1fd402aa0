"""Ways over streets against Dijkstra's, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra

from geo.coverage.kernels import streets

LENGTHS = st.one_of(st.floats(0.01, 500), st.integers(1, 5).map(float), st.sampled_from([1e-9, 1e5]))


@st.composite
def networks(draw: st.DrawFn) -> csr_array:
    """One way or both, parallel links merged, loops, parts that nothing leads to."""
    n = draw(st.integers(1, 40))
    node = st.integers(0, n - 1)
    links = draw(st.dictionaries(st.tuples(node, node), LENGTHS, max_size=120))
    tails, heads = [link[0] for link in links], [link[1] for link in links]
    return csr_array(coo_array((list(links.values()), (tails, heads)), shape=(n, n)))


@st.composite
def cases(draw: st.DrawFn):
    network = draw(networks())
    node = st.integers(0, network.shape[0] - 1)
    seeds = draw(
        st.lists(st.lists(st.tuples(node, st.one_of(st.just(0.0), st.floats(0, 1000))), max_size=8), max_size=3)
    )
    limit = draw(st.one_of(st.just(np.inf), st.floats(0, 2000), st.integers(0, 20).map(float)))
    return network, seeds, limit


def by_dijkstra(network: csr_array, seeds: list[tuple[int, float]], limit: float) -> np.ndarray:
    """Dijkstra as in a textbook: scipy takes no cost at a seed, and its matrix keeps no link of length 0."""
    n = network.shape[0]
    best = np.full(n, np.inf)
    settled = np.zeros(n, dtype=bool)
    for node, cost in seeds:
        best[node] = min(best[node], cost)
    while True:
        open_ = np.where(settled, np.inf, best)
        node = int(open_.argmin())
        if not open_[node] <= limit or np.isinf(open_[node]):
            return np.where(best <= limit, best, np.inf)
        settled[node] = True
        for link in range(network.indptr[node], network.indptr[node + 1]):
            other = network.indices[link]
            best[other] = min(best[other], best[node] + network.data[link])


@settings(max_examples=200, deadline=None)
@given(cases())
def test_lengths_are_those_of_dijkstra(case):
    network, seeds, limit = case
    pairs = [([node for node, _ in one], [cost for _, cost in one]) for one in seeds]
    found = streets.nearest_many(network.indptr, network.indices, network.data, pairs, limit)
    assert found.shape == (len(seeds), network.shape[0])
    for kind, one in enumerate(seeds):
        assert np.array_equal(found[kind], by_dijkstra(network, one, limit))


@pytest.mark.parametrize("limit", [np.inf, 900.0])
def test_a_town_of_streets_against_scipy(limit):
    random = np.random.default_rng(3)
    n = 4000
    tails = random.integers(0, n, 9000)
    heads = (tails + random.integers(1, 60, 9000)) % n
    lengths = np.where(random.random(9000) < 0.01, random.uniform(2000, 9000, 9000), random.gamma(3, 40, 9000))
    network = csr_array(coo_array((np.r_[lengths, lengths], (np.r_[tails, heads], np.r_[heads, tails])), shape=(n, n)))
    seeds = random.choice(n, 12, replace=False)
    found = streets.nearest(network.indptr, network.indices, network.data, seeds, np.zeros(12), limit)
    assert np.array_equal(found, dijkstra(network, indices=seeds, min_only=True, limit=limit))
    fewer = streets.nearest(network.indptr, network.indices, network.data, seeds[:6], np.zeros(6), limit)
    assert (found <= fewer).all()


def test_no_seed_reaches_nothing_and_a_seed_beyond_the_limit_does_not_begin():
    network = [0, 1, 2], [1, 0], [5.0, 5.0]
    assert streets.nearest(*network, [], []).tolist() == [np.inf, np.inf]
    assert streets.nearest(*network, [0, 1], [11.0, np.inf], 10.0).tolist() == [np.inf, np.inf]
    assert streets.nearest(*network, [0, 0], [3.0, 2.0], 7.0).tolist() == [2.0, 7.0]
    assert streets.nearest([0, 0], [], [], [0], [1e-310]).tolist() == [1e-310]  # whose inverse is inf


@pytest.mark.parametrize("node", [-1, 2])
def test_a_node_that_is_not_there_is_refused(node):
    with pytest.raises(IndexError, match="none of 0 to 1"):
        streets.nearest([0, 1, 2], [1, 0], [5.0, 5.0], [node], [0.0])
    with pytest.raises(IndexError, match="none of 0 to 1"):
        streets.nearest([0, 1, 2], [1, node], [5.0, 5.0], [0], [0.0])
