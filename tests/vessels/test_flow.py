"""Blood flows by Poiseuille's law, none is lost at any node, and what hangs on nothing stands."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gputme.vessels.flow import Network, circulate, poiseuille
from gputme.vessels.rheology import viscosity

DYNE = 7.5006e-4  # mmHg in a dyn/cm2


def network(segments: list[tuple], nodes: int, given_: dict[int, float]) -> Network:
    """From rows of a, b, radius and length."""
    a, b, radius, length = np.array(segments, float).reshape(-1, 4).T
    pressure = np.full(nodes, np.nan)
    pressure[list(given_)] = list(given_.values())
    return Network(a.astype(int), b.astype(int), radius, length, pressure)


DEAD_END = network([(0, 1, 5, 100), (1, 2, 4, 150), (1, 3, 3, 100), (1, 4, 4, 80)], 5, {0: 25, 2: 15, 3: 15})
BRIDGE = [
    (0, 1, 6, 100), (1, 2, 5, 120), (1, 3, 4, 120), (2, 3, 4, 80), (2, 4, 4, 120), (3, 4, 5, 120), (4, 5, 6, 100),
]  # fmt: skip
LOOP = [(0, 1, 6, 100), (1, 2, 5, 150), (2, 4, 5, 150), (1, 3, 4, 150), (3, 4, 4, 150), (4, 5, 6, 100)]


def test_a_dead_end_has_the_pressure_of_its_fork_and_no_flow():
    blood = circulate(DEAD_END, thick=2.5)
    np.testing.assert_allclose(blood.pressure[[1, 4]], 22.1293, atol=5.1e-5)
    np.testing.assert_allclose(blood.flow[:3], (1.8787e7, 1.2740e7, 6.0468e6), rtol=4e-5)
    assert blood.flow[3] == 0
    np.testing.assert_allclose(blood.shear[:3] / DYNE, (95.68, 126.7, 142.6), rtol=4e-4)
    assert blood.perfused(DEAD_END).tolist() == [True, True, True, False]


def test_a_bridge_carries_blood():
    blood = circulate(network(BRIDGE, 6, {0: 25, 5: 15}), thick=2.5)
    np.testing.assert_allclose(blood.pressure[1:5], (23.3038, 20.7393, 19.2607, 16.6962), atol=5.1e-5)
    np.testing.assert_allclose(blood.flow[:4], (2.3018e7, 1.3986e7, 9.0317e6, 4.9545e6), rtol=4e-5)


def test_a_balanced_bridge_carries_exactly_none():
    arms = [*BRIDGE[:4], (2, 4, 5, 120), (3, 4, 4, 120), BRIDGE[6]]
    blood = circulate(network(arms, 6, {0: 25, 5: 15}), thick=2.5)
    assert blood.flow[3] == 0
    np.testing.assert_allclose(blood.pressure[[2, 3]], 20, atol=1e-12)


def test_red_cells_that_divide_change_the_viscosity_of_a_loop():
    loop = network(LOOP, 6, {0: 25, 5: 15})
    blood = circulate(loop, separates=True)
    assert blood.pressure[1] == pytest.approx(23.6283, abs=5.1e-5)
    np.testing.assert_allclose(blood.flow[[0, 1, 3]], (8.0219e6, 5.1559e6, 2.8660e6), rtol=4e-5)
    np.testing.assert_allclose(blood.haematocrit[[1, 3]], (0.4712, 0.4119), atol=5.1e-5)
    relative = viscosity(2 * loop.radius, blood.haematocrit)
    np.testing.assert_allclose(relative[[0, 1, 3]], (5.8012, 7.6758, 5.6560), atol=5.1e-5)
    red = blood.flow * blood.haematocrit
    assert red[1] + red[3] == pytest.approx(red[0], rel=1e-9)


@st.composite
def networks(draw) -> Network:
    """Any graph, in several parts, with loops and dead ends; some nodes have a pressure."""
    nodes, seed = draw(st.integers(2, 40)), draw(st.integers(0, 2**32))
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, nodes, (2, draw(st.integers(1, 80))))
    a, b = a[a != b], b[a != b]
    assume(len(a))
    pressure = np.where(rng.random(nodes) < 0.2, rng.uniform(10, 40, nodes), np.nan)
    return Network(a, b, rng.uniform(2, 20, len(a)), rng.uniform(5, 200, len(a)), pressure)


def net_flow(n: Network, flow: np.ndarray) -> np.ndarray:
    """Into each node."""
    count = len(n.pressure)
    return np.bincount(n.b, flow, count) - np.bincount(n.a, flow, count)


@given(networks())
def test_no_blood_is_lost_at_any_node(n):
    """To 1e-9 of what would flow at a difference of 1 mmHg."""
    g = poiseuille(n, viscosity(2 * n.radius, 0.45))
    inner, count = np.isnan(n.pressure), len(n.pressure)
    reach = np.bincount(n.a, g, count) + np.bincount(n.b, g, count)
    assert (np.abs(net_flow(n, circulate(n).flow))[inner] <= 1e-9 * reach[inner]).all()


@given(networks())
def test_pressures_lie_between_those_given_and_exist_where_an_end_drives(n):
    p = circulate(n).pressure
    known = p[~np.isnan(p)]
    if known.size:
        assert known.min() >= np.nanmin(n.pressure) - 1e-9
        assert known.max() <= np.nanmax(n.pressure) + 1e-9
    reached = ~np.isnan(n.pressure)
    for _ in range(len(p)):
        np.logical_or.at(reached, n.a, reached[n.b])
        np.logical_or.at(reached, n.b, reached[n.a])
    assert (reached == ~np.isnan(p)).all()


@given(networks(), st.integers(0, 2**32))
def test_the_order_of_segments_changes_nothing(n, seed):
    order = np.random.default_rng(seed).permutation(len(n.a))
    other = Network(n.a[order], n.b[order], n.radius[order], n.length[order], n.pressure)
    first, second = circulate(n), circulate(other)
    np.testing.assert_allclose(second.pressure, first.pressure, atol=1e-9)


@pytest.mark.parametrize("given_", [{}, {0: 20.0}])
def test_without_a_difference_of_pressure_nothing_flows(given_):
    blood = circulate(network(LOOP, 6, given_))
    assert not blood.flow.any()
    assert np.isnan(blood.pressure).all() == (not given_)


def test_scipy_solves_it_where_qdldl_is_missing(monkeypatch):
    loop = network(LOOP, 6, {0: 25, 5: 15})
    expected = circulate(loop)
    monkeypatch.setitem(sys.modules, "qdldl", None)
    np.testing.assert_allclose(circulate(loop).pressure, expected.pressure, atol=1e-12)


@pytest.mark.parametrize("pressure", [[], [np.nan, 20.0, 10.0]], ids=["no node", "nodes alone"])
@pytest.mark.parametrize("separates", [False, True])
def test_a_network_of_no_segment_has_a_result(pressure, separates):
    """Nodes have their own pressure, or none; nothing flows."""
    none = np.zeros(0, np.int64)
    blood = circulate(Network(none, none, np.zeros(0), np.zeros(0), np.array(pressure)), separates=separates)
    np.testing.assert_array_equal(blood.pressure, pressure)
    assert [len(part) for part in (blood.flow, blood.haematocrit, blood.shear)] == [0, 0, 0]


@given(networks(), networks())
def test_parts_that_nothing_joins_do_not_feel_each_other(one, other):
    """To the last bit but for the scale of the system that is solved for both at once."""
    count = len(one.pressure)
    both = Network(*(np.concatenate([x, y + shift]) for x, y, shift in (
        (one.a, other.a, count), (one.b, other.b, count), (one.radius, other.radius, 0),
        (one.length, other.length, 0), (one.pressure, other.pressure, 0),
    )))  # fmt: skip
    whole, alone = circulate(both), [circulate(part) for part in (one, other)]
    np.testing.assert_allclose(whole.pressure, np.concatenate([b.pressure for b in alone]), atol=1e-9)
