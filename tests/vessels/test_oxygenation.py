"""Oxygen in flowing blood: contents, what is lost along a vessel, and how it mixes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gputme.model.vessels import Haemoglobin
from gputme.vessels.oxygenation import content, oxygenated, pressure_of

BLOOD = Haemoglobin()


@given(p=st.floats(0, 150), h=st.floats(0, 0.7))
def test_the_pressure_of_what_blood_holds_at_a_pressure_is_that_pressure(p, h):
    assert pressure_of(content(p, h, BLOOD), h, BLOOD) == pytest.approx(p, rel=1e-9, abs=1e-9)


def test_half_of_the_haemoglobin_is_saturated_at_p50():
    assert content(27.0, 0.4, BLOOD) == pytest.approx(0.4 * 0.5 * 0.5 + 3.1e-5 * 27)


@pytest.mark.parametrize(
    ("speed", "there"), [(500, (71.9625, 56.5721, 44.0859)), (200, (56.5721, 40.0967, 27.6023))]
)
def test_blood_loses_what_tissue_uses_up_along_a_vessel(speed, there):
    """Uniform demand of 900 mmHg/min in a cylinder of 50 um around a vessel of 5 um, from 95 mmHg on."""
    flow = speed * 60 * np.pi * 25.0
    lost = 900 * np.pi * (50**2 - 5**2) * BLOOD.tissue * np.array([100, 250, 500]) / flow
    found = pressure_of(content(95.0, 0.45, BLOOD) - lost, 0.45, BLOOD)
    assert found == pytest.approx(there, abs=6e-5)


def chain(n: int, flow: float, exchange: float, outside: float) -> np.ndarray:
    a = np.arange(n)
    each = np.ones(n)
    return oxygenated(a, a + 1, n + 1, flow * each, 0.45 * each, exchange * each, outside * each, 95.0, BLOOD)


def test_what_blood_loses_is_what_passes_the_walls():
    flow, exchange, outside = 1e6, 2e5, 20.0
    p = chain(50, flow, exchange, outside)
    lost = flow * (content(95.0, 0.45, BLOOD) - content(p[-1], 0.45, BLOOD))
    passed = BLOOD.tissue * exchange * (p - outside).sum()
    assert lost == pytest.approx(passed, rel=1e-9)
    assert (np.diff(p) < 0).all()
    assert outside < p[-1] < p[0] < 95


def test_fast_blood_keeps_its_oxygen_and_slow_blood_has_that_of_the_tissue():
    assert chain(20, 1e12, 1e5, 10.0) == pytest.approx(95.0, abs=1e-3)
    assert chain(20, 1e-3, 1e5, 10.0)[1:] == pytest.approx(10.0, abs=1e-3)


@given(st.integers(0, 10**6), st.floats(0.05, 0.95))
def test_blood_that_comes_together_mixes_whatever_the_order_of_segments(seed, share):
    """A loop of which one way passes no oxygen; segments named and turned at random."""
    rng = np.random.default_rng(seed)
    a, b = np.array([0, 1, 2, 1, 3, 4]), np.array([1, 2, 4, 3, 4, 5])
    flow = np.array([1.0, share, share, 1 - share, 1 - share, 1.0]) * 1e6
    exchange = np.array([0, 5e5, 5e5, 0, 0, 0.0])
    order, turned = rng.permutation(6), rng.random(6) < 0.5
    names = rng.permutation(6)
    x, y = np.where(turned, b, a)[order], np.where(turned, a, b)[order]
    flow, h, outside = np.where(turned, -flow, flow)[order], np.full(6, 0.45), np.full(6, 5.0)
    p = oxygenated(names[x], names[y], 6, flow, h, exchange[order], outside, 95.0, BLOOD)
    p = p[np.argsort(order)]
    mixed = share * content(p[2], 0.45, BLOOD) + (1 - share) * content(p[4], 0.45, BLOOD)
    assert content(p[5], 0.45, BLOOD) == pytest.approx(mixed, rel=1e-9)
    assert p[4] == pytest.approx(95.0, abs=1e-9)


def test_where_blood_stands_there_is_what_the_tissue_has():
    a, b, h, outside = np.array([0, 1]), np.array([1, 2]), np.full(2, 0.45), np.array([7.0, 8.0])
    found = oxygenated(a, b, 3, np.array([1e6, 0.0]), h, np.zeros(2), outside, 95.0, BLOOD)
    assert found == pytest.approx([95.0, 8.0])
