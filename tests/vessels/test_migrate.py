"""Tips go where the gradient and their own direction lead, lay vessel behind them, branch, and stay in the box."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from vascular import around, line, sound, update, vessel

from gputme.columns import TICKS
from gputme.vessels.graph import Graph, Tips
from gputme.vessels.lining import thickness
from gputme.vessels.migrate import migrate
from gputme.vessels.rates import Rates

RATES = Rates()
CALM = RATES._replace(branching=0.0)


def tipped(many: int = 1, born: float = 0.0, direction: tuple = (0, 1, 0)) -> Graph:
    """A tip in the middle of each of many vessels, far from each other."""
    graph = vessel([(-10, 0, 0), (0, 0, 0), (10, 0, 0)], many=many)
    tick = round(born * TICKS)
    x, y, z = direction
    return replace(graph, tips=Tips(node=graph.nodes.id[1::3], dx=x, dy=y, dz=z, born=tick, forked=tick))


def gone(graph: Graph, minutes: float, period: float, rates: Rates = CALM, **sensed) -> Graph:
    for start in np.arange(0, minutes, period):
        graph = migrate(graph, around(graph, **sensed), rates, update(3, start, period))
    return graph


@pytest.mark.parametrize("period", [15, 60, 120, 600])
def test_a_tip_lays_a_node_each_ten_micrometres_whatever_the_period(period):
    graph = gone(tipped(born=12.0), 1200, period)
    went = 0.083 * (1200 - 12)
    assert len(graph.nodes) == 3 + int(went / 10)
    assert graph.tips.gone[0] == pytest.approx(went % 10)
    np.testing.assert_allclose(graph.lengths(), 10)
    new = graph.segments.those(graph.segments.id > 2)
    np.testing.assert_allclose(new.born / TICKS, 12 + 10 * np.arange(1, len(new) + 1) / 0.083, atol=2 / TICKS)
    assert (new.sprout == 12 * TICKS).all()
    assert (new.radius == 4).all()
    assert (new.wall == thickness(4.0)).all()
    sound(graph)


def test_alone_with_the_gradient_a_tip_turns_towards_it():
    """d <- unit(0.5 d + 0.3 g): the tangent of the angle between them falls by the gradient's share."""
    graph = gone(tipped(direction=(1, 0, 0)), 1000, 60, CALM._replace(random=0.0), gradient=(0, 0, 7))
    step = np.diff(graph.nodes.xyz[:, [1, *range(3, len(graph.nodes))]])
    way, expected = np.array([1.0, 0, 0]), []
    for _ in range(step.shape[1]):
        way = 0.5 * way + 0.3 * np.array([0, 0, 1.0])
        way /= np.linalg.norm(way)
        expected.append(10 * way)
    np.testing.assert_allclose(step.T, expected, atol=1e-12)


def test_alone_a_tip_goes_straight_and_its_random_turns_have_no_side():
    calm = CALM._replace(random=0.0)
    assert gone(tipped(), 1000, 60, calm).nodes.y[-1] == pytest.approx(80)
    ways = gone(tipped(many=4000), 125, 125)  # one step each: 0.5 d + 0.2 xi
    new = ways.tips
    assert len(new) == 4000
    expected = np.array([0.0, 0.9467, 0.0])  # mean of the direction's part along d over the sphere, by quadrature below
    up = np.linspace(-1, 1, 20001)
    along = (0.5 + 0.2 * up) / np.sqrt(0.25 + 0.04 + 0.2 * up)
    expected[1] = np.trapezoid(along, up) / 2
    for found, mean in zip((new.dx, new.dy, new.dz), expected):
        assert abs(found.mean() - mean) < 3 * found.std() / np.sqrt(4000)


def test_a_tip_that_nothing_leads_goes_somewhere():
    graph = gone(tipped(many=50, direction=(0, 0, 0)), 125, 125, CALM._replace(random=0.0))
    np.testing.assert_allclose(graph.lengths(), 10)
    assert len(set(graph.tips.dx)) == 50


@pytest.mark.parametrize("period", [60, 240])
def test_tips_branch_at_the_rate_that_is_asked_for_once_they_are_old_enough(period):
    """4000 tips, straight on and far from each other, until the first branches: by node, whatever the period."""
    rates = Rates(branching=2e-3, branch_age=200.0, life=1e9, random=0.0)
    graph = gone(tipped(many=4000), 480, period, rates, vegf=0.5)
    chance = 1 - np.exp(-2e-3 * 0.5 * 10 / 0.083)
    # nodes are laid at 120, 241 and 361 min: at the second and third they are old enough
    share = 1 - (1 - chance) ** 2
    branched = (graph.tips.forked > 0).sum() / 2
    assert len(graph.tips) == 4000 + branched
    assert abs(branched / 4000 - share) < 3 * np.sqrt(share * (1 - share) / 4000)
    sound(graph)


def test_without_growth_factor_no_tip_branches():
    assert len(gone(tipped(many=50), 1200, 120, Rates(branching=1e9, branch_age=0.0), vegf=0.0).tips) == 50


def test_branches_go_thirty_degrees_to_either_side():
    rates = Rates(branching=1e9, branch_age=0.0, random=0.0)
    graph = gone(tipped(), 250, 250, rates)  # at the first node, in the middle of a vessel, it cannot
    tips = graph.tips
    assert len(tips) == 2
    np.testing.assert_allclose(tips.dy, np.sqrt(0.75))
    np.testing.assert_allclose([tips.dx.sum(), tips.dz.sum()], 0, atol=1e-12)
    assert graph.segments.a[-2:].tolist() == [4, 4]


@pytest.mark.parametrize("way", [(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)])
def test_a_tip_that_would_leave_ends(way):
    graph = tipped(direction=way)
    for start in range(0, 1200, 60):
        box = np.full(3, -25.0), np.full(3, 25.0)
        graph = migrate(graph, around(graph), CALM._replace(random=0.0), update(1, start, 60, box))
    assert (graph.nodes.xyz[:, 3:].T @ way).tolist() == [10, 20]
    assert len(graph.tips) == 0


def test_in_a_plane_nothing_leaves_it():
    flat = np.array([-1e3, -1e3, 3]), np.array([1e3, 1e3, 3])
    graph = replace(line(100), tips=Tips(node=np.array([6]), dx=0.0, dy=1.0, dz=0.0))
    graph = replace(graph, nodes=graph.nodes.having(z=np.full(11, 3.0)))
    for start in range(0, 3000, 60):
        sensed = around(graph, gradient=(0, 1, 5))
        graph = migrate(graph, sensed, Rates(branching=1e-2), update(1, start, 60, flat))
    assert len(graph.nodes) > 50
    assert (graph.nodes.z == 3).all()
    sound(graph)
