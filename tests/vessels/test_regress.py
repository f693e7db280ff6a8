"""Vessels without wall collapse where little blood flows, sprouts without blood end whole; what stays is as it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from vascular import line, sound, update, vessel

from gputme.columns import TICKS
from gputme.vessels.graph import Graph, Tips
from gputme.vessels.rates import DYNE, Rates
from gputme.vessels.regress import regress

RATES = Rates()


def bare(graph: Graph, **columns: float) -> Graph:
    values = {"wall": 0.0, "shear": 2.49 * DYNE, **columns}
    n = len(graph.segments)
    return replace(graph, segments=graph.segments.having(**{k: np.broadcast_to(v, n) for k, v in values.items()}))


@pytest.mark.parametrize("period", [15, 60, 120])
def test_vessels_without_wall_collapse_at_the_rate_that_is_asked_for_whatever_the_period(period):
    rates = RATES._replace(collapse=0.1 / 60)
    graph = bare(vessel([(0, 0, 0), (10, 0, 0)], many=5000))
    for start in np.arange(0, 480, period):
        graph = regress(graph, rates, update(period, start, period))
    share = np.exp(-0.8)
    assert abs(len(graph.segments) / 5000 - share) < 3 * np.sqrt(share * (1 - share) / 5000)
    sound(graph)


def test_what_has_a_wall_or_much_flow_or_is_a_sprout_stays():
    rates = RATES._replace(collapse=1e3)
    for columns in ({"wall": 1e-9}, {"shear": 2.5 * DYNE}, {"sprout": 0}):
        assert len(regress(bare(line(50), **columns), rates, update()).segments) == 5
    assert len(regress(bare(line(50)), rates, update()).segments) == 0


def test_a_sprout_without_blood_ends_whole_with_its_tip_after_fifty_hours():
    graph = line(50)
    segments = graph.segments.having(sprout=np.array([-1, -1, 60 * TICKS, 60 * TICKS, 90 * TICKS]))
    graph = replace(graph, segments=segments, tips=Tips(node=np.array([5, 6]), born=np.array([60, 90]) * TICKS))
    before = regress(graph, RATES, update(1, 0, 51 * 60 - 1))
    assert len(before.segments) == 5
    assert before.tips.node.tolist() == [5, 6]
    after = regress(graph, RATES, update(1, 0, 51 * 60))
    assert after.segments.id.tolist() == [1, 2, 5]
    assert after.nodes.id.tolist() == [1, 2, 3, 5, 6]
    assert after.tips.node.tolist() == [6]
    sound(after)


def test_tips_go_with_the_vessel_at_which_they_are():
    graph = bare(line(50), shear=np.array([0, 0, 1, 0, 0]))
    graph = replace(graph, tips=Tips(node=np.array([2, 3]), born=0))
    after = regress(graph, RATES._replace(collapse=1e3), update())
    assert after.segments.id.tolist() == [3]
    assert after.tips.node.tolist() == [3]


@given(st.integers(0, 10**6))
def test_what_stays_is_as_it_was_and_in_its_order(seed):
    """And no segment that has gone was strong."""
    rng = np.random.default_rng(seed)
    graph = bare(line(300), wall=rng.choice([0.0, 1.0], 30), shear=rng.choice([0.0, 1.0], 30))
    after = regress(graph, RATES, update(seed))
    sound(after)
    for table, kept in ((graph.nodes, after.nodes), (graph.segments, after.segments)):
        rows = np.searchsorted(table.id, kept.id)
        for name, values in table.columns().items():
            assert np.array_equal(values[rows], kept.columns()[name], equal_nan=True), name
    went = graph.segments.those(~np.isin(graph.segments.id, after.segments.id))
    assert ((went.wall == 0) & (went.shear == 0)).all()
    assert (after.next_node, after.next_segment) == (graph.next_node, graph.next_segment)
