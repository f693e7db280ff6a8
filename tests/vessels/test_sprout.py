"""Vessels sprout at the rate that is asked for, where they sense a growth factor, and not too near to each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from vascular import around, line, update, vessel

from gputme.columns import TICKS
from gputme.maths import log
from gputme.vessels.around import Around, along
from gputme.vessels.graph import Nodes, Segments, Tips
from gputme.vessels.rates import Draw, Rates
from gputme.vessels.sprout import hazard, sprout

RATES = Rates()
SPEEDY = RATES._replace(sprouting=0.05)


def rate(graph, sensed, rates=RATES, tick=0):
    return hazard(graph, Around.of(graph), sensed, rates, tick)


def test_the_hazard_is_that_of_the_endothelial_cells_of_a_node():
    graph = vessel([(0, 0, 0), (10, 0, 0), (40, 0, 0)], radius=4.0)
    cells = 2 * np.pi * 4 * (10 + 30) / 2 / 400
    np.testing.assert_allclose(rate(graph, around(graph, vegf=2.0)), [0, 2.5e-4 * cells * 0.8, 0])


@pytest.mark.parametrize("period", [15, 60, 120])
def test_times_of_sprouts_are_exponential_whatever_the_period(period):
    """5000 vessels that can sprout at one node, far from each other: how many have after 6 h, and when on the mean."""
    graph = vessel([(-10, 0, 0), (0, 0, 0), (10, 0, 0)], many=5000)
    k, end = rate(graph, around(graph), SPEEDY).max(), 360.0
    assert 0.5 < k * end < 20
    for start in np.arange(0, end, period):
        graph = sprout(graph, around(graph), SPEEDY, update(period, start, period))
    came, born = len(graph.tips), graph.tips.born / TICKS
    share = 1 - np.exp(-k * end)
    assert abs(came / 5000 - share) < 3 * np.sqrt(share * (1 - share) / 5000)
    mean = 1 / k - end * np.exp(-k * end) / share
    variance = 1 / k**2 - end**2 * np.exp(-k * end) / share**2
    assert abs(born.mean() - mean) < 3 * np.sqrt(variance / came)
    assert ((born >= 0) & (born < end)).all()


def test_without_growth_factor_nothing_sprouts():
    graph = line(2000)
    for vegf in (0.0, -1.0):
        assert len(sprout(graph, around(graph, vegf), RATES._replace(sprouting=1e9), update()).tips) == 0


@pytest.mark.parametrize("what", ["tip", "fork"])
def test_sprouts_keep_away_from_forks_and_tips_along_the_vessel_and_in_space(what):
    """A hairpin with one of these on it: beyond 80 um along it, the other leg is still within 60 um."""
    leg = [(float(x), 0.0, 0.0) for x in range(0, 401, 10)]
    graph = vessel(leg + [(400.0, 10.0 * k, 0.0) for k in range(1, 5)] + [(x, 40.0, 0.0) for x, _, _ in leg[::-1]])
    if what == "tip":
        graph = replace(graph, tips=Tips(node=np.array([11]), dx=0.0, dy=1.0, dz=0.0))
    else:
        end = graph.next_node
        nodes = graph.nodes.extended(Nodes(id=np.array([end]), x=100.0, y=-10.0, z=0.0))
        more = Segments(id=np.array([graph.next_segment]), a=11, b=end, radius=5.0)
        graph = replace(graph, nodes=nodes, segments=graph.segments.extended(more))
    seen = set()
    for seed in range(30):
        seen |= set(sprout(graph, around(graph), SPEEDY, update(seed, 0, 600)).tips.node) - {11}
    rows = np.array(sorted(seen)) - 1
    apart = np.sqrt(((graph.nodes.xyz[:, rows] - graph.nodes.xyz[:, [10]]) ** 2).sum(axis=0))
    assert apart.min() == pytest.approx(np.hypot(50, 40))  # (50, 40) and not (60, 40) - 10
    assert along(graph, np.array([10]), 1e9)[rows].min() == 80
    assert len(rows) > 40


def test_of_sprouts_too_near_to_each_other_the_earliest_comes():
    """On two vessels side by side, 40 um apart: what a queue of all times says, one after the other."""
    graph = vessel([(10.0 * k, 0, 0) for k in range(301)], many=2, apart=40.0)
    step = update(7, 60, 60)
    came = sprout(graph, around(graph), SPEEDY, step).tips
    k = rate(graph, around(graph), SPEEDY)
    wait = np.where(k > 0, -log(step.uniform(graph.nodes.id, Draw.SPROUT)) / np.where(k > 0, k, 1), np.inf)
    x, z, taken = graph.nodes.x, graph.nodes.z, []
    for n in np.argsort(wait):
        near = [abs(x[n] - x[m]) < 80 if z[n] == z[m] else np.hypot(x[n] - x[m], 40) < 60 for m in taken]
        if wait[n] < 60 and not any(near):
            taken.append(n)
    assert sorted(taken) == (came.node - 1).tolist()
    assert len(taken) > 20
    assert came.born.tolist() == (60 * TICKS + np.floor(wait[np.sort(taken)] * TICKS)).astype(int).tolist()
    assert came.forked.tolist() == came.born.tolist()


def test_at_just_the_distance_that_is_asked_for_sprouts_may_come():
    """60 um in space: vessels that far apart do not see each other."""
    rates = SPEEDY._replace(sprouting=1e3, fork_distance=1.0)
    graph = vessel([(-10, 0, 0), (0, 0, 0), (10, 0, 0)], many=9, apart=60.0)
    assert len(sprout(graph, around(graph), rates, update()).tips) == 9
    graph = vessel([(-10, 0, 0), (0, 0, 0), (10, 0, 0)], many=9, apart=59.9)
    assert len(sprout(graph, around(graph), rates, update()).tips) <= 5


def test_only_inner_nodes_of_vessels_sprout_through_which_blood_has_flowed():
    graph = line(40)
    assert np.flatnonzero(rate(graph, around(graph))).tolist() == [1, 2, 3]
    columns = graph.segments
    young = replace(graph, segments=columns.having(sprout=np.array([-1, -1, 5, -1])))
    assert np.flatnonzero(rate(young, around(graph))).tolist() == [1]
    tipped = replace(graph, tips=Tips(node=np.array([3])))
    assert np.flatnonzero(rate(tipped, around(graph))).tolist() == [1, 3]
    held = replace(graph, nodes=graph.nodes.having(held=np.array([np.nan, 20, np.nan, np.nan, np.nan])))
    assert np.flatnonzero(rate(held, around(graph))).tolist() == [2, 3]


def test_vessels_that_a_tumour_has_enclosed_sprout_for_twelve_hours_more():
    graph = line(40)
    enclosed = replace(graph, segments=graph.segments.having(inside=np.full(4, 100 * TICKS)))
    assert rate(enclosed, around(graph), tick=(100 + 719) * TICKS).any()
    assert not rate(enclosed, around(graph), tick=(100 + 720) * TICKS).any()


def test_tips_begin_across_the_vessel_and_up_the_gradient():
    graph = line(4000)
    tips = sprout(graph, around(graph, gradient=(-5, 3, 4)), SPEEDY, update()).tips
    assert len(tips) > 10
    np.testing.assert_allclose([tips.dx, tips.dy, tips.dz], np.tile([[0], [0.6], [0.8]], len(tips)), atol=1e-15)
    for gradient in ((0, 0, 0), (1, 0, 0)):  # none, or along the vessel: somewhere across
        tips = sprout(graph, around(graph, gradient=gradient), SPEEDY, update()).tips
        np.testing.assert_allclose(tips.dx, 0, atol=1e-12)
        np.testing.assert_allclose(tips.dy**2 + tips.dz**2, 1)
        assert len(set(tips.dy.round(6))) == len(tips)


def test_in_a_plane_tips_begin_in_it():
    graph = line(4000)
    flat = np.array([-1.0, -1e3, 0]), np.array([4e3 + 1, 1e3, 0])
    tips = sprout(graph, around(graph, gradient=(0, 0, 1)), SPEEDY, update(box=flat)).tips
    assert len(tips) > 10
    assert (tips.dz == 0).all()
    np.testing.assert_allclose(np.abs(tips.dy), 1)
    assert {-1, 1} == set(np.sign(tips.dy))


def test_nodes_are_told_apart_by_their_ids_and_not_by_their_places():
    graph = line(2000)
    shifted = replace(
        graph, nodes=Nodes(id=graph.nodes.id + 7, x=graph.nodes.x, y=0.0, z=0.0),
        segments=graph.segments.having(a=graph.segments.a + 7, b=graph.segments.b + 7), next_node=graph.next_node + 7,
    )  # fmt: skip
    one, other = (sprout(g, around(g), SPEEDY, update()).tips.node for g in (graph, shifted))
    assert one.tolist() != (other - 7).tolist()
