"""Cells that hold on to each other make clusters, whatever their order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gputme.cascade.clusters import attached, clusters, holding


def by_hand(xyz, reach, strong) -> set[tuple[int, int]]:
    pairs = set()
    for i in range(len(xyz)):
        for j in range(i + 1, len(xyz)):
            if strong[i] and strong[j] and np.linalg.norm(xyz[i] - xyz[j]) <= reach[i] + reach[j]:
                pairs.add((i, j))
    return pairs


def found(xyz, reach, strong):
    adhesion, kind = np.where(strong, 0.4, 0.01), np.zeros(len(xyz), np.int64)
    return holding(xyz, reach, adhesion, kind, np.ones((1, 1)), 0.2)


@given(seed=st.integers(0, 2**32), n=st.integers(0, 60), flat=st.booleans())
@settings(max_examples=40, deadline=None)
def test_pairs_are_all_that_touch_and_hold(seed, n, flat):
    rng = np.random.default_rng(seed)
    xyz = rng.uniform(-60, 60, (n, 3)) * (1, 1, not flat)
    reach, strong = rng.uniform(4, 14, n), rng.random(n) < 0.8
    i, j = found(xyz, reach, strong)
    assert set(zip(i.tolist(), j.tolist())) == by_hand(xyz, reach, strong)
    assert len(i) == len(set(zip(i, j)))


@given(seed=st.integers(0, 2**32), n=st.integers(1, 80))
@settings(max_examples=40, deadline=None)
def test_clusters_are_what_pairs_lead_between(seed, n):
    rng = np.random.default_rng(seed)
    i, j = rng.integers(0, n, (2, n // 2 + 1))
    own = list(range(n))

    def root(k):
        while own[k] != k:
            k = own[k]
        return k

    for a, b in zip(i.tolist(), j.tolist()):
        first, second = sorted((root(a), root(b)))
        own[second] = first
    assert clusters(n, i, j).tolist() == [root(k) for k in range(n)]


def test_a_long_chain_is_one_cluster():
    order = np.random.default_rng(1).permutation(3000)
    assert not clusters(3000, order[:-1], order[1:]).any()


@pytest.mark.parametrize("affinity", [1.0, 0.1])
def test_affinity_of_both_counts(affinity):
    xyz, reach, adhesion = np.array([[0.0, 0, 0], [15, 0, 0]]), np.full(2, 10.0), np.full(2, 0.4)
    table = np.array([[1.0, affinity], [affinity, 1.0]])
    i, _ = holding(xyz, reach, adhesion, np.array([0, 1]), table, 0.2)
    assert len(i) == (affinity == 1.0)


@given(seed=st.integers(0, 2**32), n=st.integers(0, 30), rows=st.integers(0, 4))
@settings(max_examples=40, deadline=None)
def test_springs_hold_those_who_are_there(seed, n, rows):
    rng = np.random.default_rng(seed)
    id = np.unique(rng.integers(1, 60, n).astype(np.uint64))
    partners = rng.integers(0, 60, (rows, len(id))).astype(np.uint64)  # some are none, some are elsewhere
    pairs = {(i, j) for row in partners for i, p in enumerate(row) for j, q in enumerate(id) if p == q and i < j}
    assert set(zip(*(end.tolist() for end in attached(id, partners)))) == pairs
