"""Walls are lost in a tumour and regained without growth factor; vessels widen in it and are squeezed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from vascular import around, line, update

from gputme.vessels.graph import Graph
from gputme.vessels.lining import thickness
from gputme.vessels.mature import mature
from gputme.vessels.rates import Rates, Sensed

RATES = Rates()


def perfused(flow: float = 1e6, **columns: float) -> Graph:
    graph = line(30)
    return replace(graph, segments=graph.segments.having(flow=np.full(3, flow), **{
        name: np.full(3, value) for name, value in columns.items()
    }))  # fmt: skip


def later(graph: Graph, hours: float, period: float = 60.0, rates: Rates = RATES, **sensed) -> Graph:
    for start in np.arange(0, hours * 60, period):
        graph = mature(graph, around(graph, **sensed), rates, update(1, start, period))
    return graph


@pytest.mark.parametrize("period", [15, 60, 120])
def test_a_wall_lasts_as_long_as_it_is_thick_in_a_tumour(period):
    """0.05 um an hour: 90 h for a radius of 5 um."""
    graph = perfused(flow=0.0)
    np.testing.assert_allclose(later(graph, 80, period, tumour=True).segments.wall, 0.5, atol=1e-3)
    assert (later(graph, 88, period, tumour=True).segments.wall > 0).all()
    assert (later(graph, 92, period, tumour=True).segments.wall == 0).all()
    assert (later(graph, 92, period, tumour=False).segments.wall == graph.segments.wall).all()


@pytest.mark.parametrize("period", [15, 60, 120])
@pytest.mark.parametrize("tumour", [False, True])
def test_without_growth_factor_a_wall_comes_back_in_fifty_hours(period, tumour):
    graph = later(perfused(wall=1.0), 50, period, vegf=0.05, tumour=tumour)
    grown = float(thickness(5.0))
    np.testing.assert_allclose(graph.segments.wall, grown - (grown - 1) * np.exp(-1))


def test_a_wall_that_is_thicker_than_a_grown_one_stays():
    assert (later(perfused(wall=9.0), 50, vegf=0.0).segments.wall == 9).all()


@pytest.mark.parametrize("period", [15, 60, 120])
def test_a_vessel_with_blood_widens_in_a_tumour_up_to_the_widest(period):
    graph = perfused()
    np.testing.assert_allclose(later(graph, 72, period, tumour=True).segments.radius, 5 * np.exp(0.5))
    assert (later(graph, 144, period, tumour=True).segments.radius == 12).all()
    still = perfused(flow=0.0)
    for other in (later(graph, 72), later(graph, 72, tumour=True, vegf=0.09), later(still, 72, tumour=True)):
        assert (other.segments.radius == 5).all()
    assert (later(perfused(rest=14.0), 72, tumour=True).segments.radius == 14).all()


def test_tissue_squeezes_vessels_and_lets_them_go():
    rates = RATES._replace(squeezed=0.6)
    graph = perfused()
    for pressure, radius in ((0.5, 4.0), (1.0, 3.0), (3.0, 3.0), (0.0, 5.0), (-1.0, 5.0)):
        graph = later(graph, 1, rates=rates, pressure=pressure)
        np.testing.assert_allclose(graph.segments.radius, radius)
        assert (graph.segments.rest == 5).all()
    assert (later(graph, 1, pressure=9.0).segments.radius == 5).all()


def test_a_segment_senses_the_mean_of_its_ends_and_is_in_a_tumour_where_both_are():
    graph = perfused()
    sensed = Sensed(
        np.array([0.0, 0.0, 0.15, 0.2]), np.zeros((3, 4)), np.array([True, True, True, False]),
        np.array([0.0, 1.0, 1.0, 1.0]),
    )  # fmt: skip
    after = mature(graph, sensed, RATES._replace(squeezed=0.5, low=0.1), update()).segments
    np.testing.assert_allclose(after.radius, [3.75, 2.5, 2.5])
    assert after.inside.tolist() == [0, 0, -1]
    sensed = sensed._replace(tumour=np.full(4, True))
    lost = graph.segments.wall - mature(graph, sensed, RATES, update()).segments.wall
    np.testing.assert_allclose(lost, [0, 0, 0.05], atol=1e-12)


def test_since_when_a_tumour_is_around_is_kept_until_it_is_gone():
    graph = later(perfused(), 2, tumour=False)
    assert (graph.segments.inside == -1).all()
    for start, there, since in ((120, True, 120), (180, True, 120), (240, False, None), (300, True, 300)):
        graph = mature(graph, around(graph, tumour=there), RATES, update(1, start))
        assert (graph.segments.inside == (-1 if since is None else since * 1024)).all()


def test_a_sprout_is_a_vessel_once_blood_flows():
    assert (later(perfused(flow=0.0, sprout=7), 1).segments.sprout == 7).all()
    assert (later(perfused(sprout=7), 1).segments.sprout == -1).all()
