"""Chemotaxis: the three forms, flight, sums over substrates, and no steering by rounding."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.exchange._cloud import grid_of
from gputme.ops.motion.chemotaxis import GRADIENT, RECEPTOR, UNIT, example


def wanted(form, gradient, value=10.0, response=1.0, half_max=3.0, start=(0.0, 0.0, 0.0)) -> np.ndarray:
    """The wanted direction of one cell after adding one substrate to ``start``."""
    args = example(1, np.random.default_rng(0), np.float64) | grid_of((3, 3, 3), (1, 1, 1), (0, 0, 0))
    z, y, x = np.meshgrid(*[np.arange(3) - 1.0] * 3, indexing="ij")
    args |= dict(least=1e-8, type=np.zeros(1, np.uint8), **{axis: np.full(1, 1.5) for axis in "xyz"})
    args["u"] = (value + gradient[0] * x + gradient[1] * y + gradient[2] * z).ravel()
    args["slot"][:] = -1
    args["table"][3] = response
    args["form"][0], args["half_max"][0] = form, half_max
    for name, b in zip(("bx", "by", "bz"), start):
        args[name][0] = b
    got = check_agreement("chemotaxis", args, "fp64")
    return np.array([got[name][0] for name in ("bx", "by", "bz")])


@given(st.floats(1e-5, 1e5), st.floats(-5, 5))
def test_unit_form_ignores_the_strength(strength, response):
    got = wanted(UNIT, np.array([2, -1, 2]) * strength, value=0.0, response=response)
    np.testing.assert_allclose(got, np.array([2, -1, 2]) / 3 * response, rtol=1e-12, atol=1e-29)


def test_gradient_form_is_the_gradient():
    np.testing.assert_allclose(wanted(GRADIENT, (0.1, 0.2, 0.3), response=-2.0), (-0.2, -0.4, -0.6))


@given(st.floats(0, 100), st.floats(0.1, 10))
def test_receptor_form_is_the_gradient_of_the_occupancy(c, k):
    g, h = 0.01, 1e-5
    slope = ((c + h) / (k + c + h) - c / (k + c)) / h * g
    assert wanted(RECEPTOR, (g, 0, 0), c, half_max=k)[0] == pytest.approx(slope, rel=1e-3)


def test_substrates_add_up():
    np.testing.assert_allclose(wanted(UNIT, (0, 3, 0), start=(1, 1, 0)), (1, 2, 0))


@pytest.mark.parametrize("form", [UNIT, GRADIENT, RECEPTOR])
def test_rounding_of_a_flat_field_does_not_steer(form):
    assert not wanted(form, (3e-8, 3e-8, 0), value=10.0).any()
    assert not wanted(form, (0, 0, 0), value=0.0).any()
    assert wanted(form, (3e-7, 0, 0), value=10.0).any()
