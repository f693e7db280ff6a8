"""Neighbours along vessels and in space."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from vascular import line

from gputme.vessels.around import Around, across, along, between, close, unit
from gputme.vessels.bed import honeycomb

COMB = honeycomb(np.zeros(3), np.array([900.0, 800, 0]), edge=60)


def test_the_segments_of_a_node_lead_to_its_neighbours():
    there, (a, b) = Around.of(COMB), COMB.ends()
    for node in range(len(COMB.nodes)):
        mine = slice(there.first[node], there.first[node + 1])
        assert sorted(there.segment[mine]) == np.flatnonzero((a == node) | (b == node)).tolist()
        assert sorted(there.other[mine]) == sorted(np.concatenate([b[a == node], a[b == node]]))


def test_what_some_steps_lead_to_is_what_lies_no_farther_along_the_vessel():
    """All segments of this honeycomb are 10 um long, but those at its ends."""
    rows = np.arange(0, len(COMB.nodes), 17)
    found = np.zeros((len(rows), len(COMB.nodes)), bool)
    place, node = Around.of(COMB).within(rows, 4)
    found[place, node] = True
    inner = np.isin(COMB.lengths().round(6), 10.0).all()
    assert inner
    assert np.array_equal(found, [along(COMB, row, 40.5) <= 40.5 for row in rows[:, None]])


def test_distances_along_a_vessel():
    far = along(line(100), np.array([2, 9]), 35.0)
    assert far.tolist() == [20, 10, 0, 10, 20, 30, 30, 20, 10, 0, 10]
    assert np.isinf(along(line(100), np.array([0]), 35.0)[4:]).all()
    assert np.isinf(along(line(100), np.zeros(0, int), 35.0)).all()


def test_distances_of_nodes_from_each_other_do_not_depend_on_how_many_are_sought_at_once(monkeypatch):
    rows = np.arange(3, len(COMB.nodes), 5)
    whole = between(COMB, rows, 60.0)
    assert np.array_equal(whole, [along(COMB, row, 60.0)[rows] for row in rows[:, None]])
    assert np.isfinite(whole).sum() > 2 * len(rows)
    monkeypatch.setattr("gputme.vessels.around.AT_ONCE", 3 * len(COMB.nodes))
    assert np.array_equal(between(COMB, rows, 60.0), whole)
    assert between(COMB, rows[:0], 60.0).shape == (0, 0)


@given(st.integers(0, 10**6), st.integers(0, 30), st.integers(0, 30))
def test_pairs_within_reach_are_all_of_them(seed, n, m):
    rng = np.random.default_rng(seed)
    here, there = rng.uniform(0, 40, (3, n)), rng.uniform(0, 40, (3, m))
    i, j, far = close(here, there, 15.0)
    apart = np.sqrt(((here[:, :, None] - there[:, None, :]) ** 2).sum(axis=0))
    assert set(zip(i, j)) == set(zip(*np.nonzero(apart <= 15.0)))
    np.testing.assert_allclose(far, apart[i, j], rtol=1e-15)


def test_what_lies_exactly_within_reach_is_near():
    assert len(close(np.zeros((3, 1)), np.array([[10.0], [0], [0]]), 10.0)[0]) == 1
    assert len(close(np.zeros((3, 1)), np.array([[np.nextafter(10.0, 11)], [0], [0]]), 10.0)[0]) == 0


def test_unit_vectors_and_what_lies_across():
    vectors = np.array([[3.0, 0], [4, 0], [0, 0]])
    assert unit(vectors).T.tolist() == [[0.6, 0.8, 0], [0, 0, 0]]
    assert across(vectors, np.array([[1.0, 1], [0, 0], [0, 0]])).T.tolist() == [[0, 4, 0], [0, 0, 0]]
