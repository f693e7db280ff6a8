"""A variable with memory obeys its equation exactly, whatever the steps, and dead cells keep what they had."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.maths import exp
from gputme.ops.rules.remember import (
    ABOVE,
    BELOW,
    PLAIN,
    SATURATED,
    SINCE_ABOVE,
    SINCE_BELOW,
    coefficients,
    example,
)

signal = st.floats(0, 1e3)
step = st.floats(0.01, 6)
tau = st.one_of(st.none(), st.floats(0.5, 1e5))


def after(x, s, dt, law, value=1.0, power=2.0, rate=1.0, tau=None, precision="fp64", death=0, tick=0):
    """A variable (or several, one per cell) after a step."""
    real = np.float64 if precision == "fp64" else np.float32
    x = np.atleast_1d(np.asarray(x, real))
    n = len(x)
    keeps, gains = coefficients(dt, rate, tau)
    one = {"kind": 0, "variable": 0, "source": 0, "law": law}
    args = dict(
        n=n, stride=n, count=1, tick=tick, dt=dt, **{name: np.array([v], np.int32) for name, v in one.items()},
        value=np.array([value]), power=np.array([float(power)]), keeps=np.array([keeps]), gains=np.array([gains]),
        type=np.zeros(n, np.uint8), death=np.full(n, death, np.uint8), id=np.arange(1, n + 1, dtype=np.uint64),
        sensed=np.full(n, s, real), custom=x,
    )  # fmt: skip
    return check_agreement("remember", args, precision)["custom"]


@given(x=st.floats(-100, 100), s=signal, dt=step, tau=tau, law=st.sampled_from(range(6)), rate=st.floats(1e-3, 10))
def test_a_step_in_two_gives_the_same(x, s, dt, tau, law, rate):
    how = dict(law=law, value=20.0, rate=rate, tau=tau)
    halves = after(after(x, s, dt / 2, **how), s, dt / 2, **how)
    scale = abs(x) + rate * dt * max(s, 1)
    np.testing.assert_allclose(after(x, s, dt, **how), halves, rtol=1e-12, atol=1e-12 * scale)


@given(x=st.floats(0, 100), s=signal, dt=step, tau=st.floats(0.5, 1e4), rate=st.floats(1e-3, 10))
def test_it_is_the_solution_of_its_equation(x, s, dt, tau, rate):
    rest = rate * s * tau
    expected = rest + (x - rest) * exp(-dt / tau)
    found = after(x, s, dt, PLAIN, rate=rate, tau=tau)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12 * rest + 1e-30)


@pytest.mark.parametrize(
    ("law", "f"), [(PLAIN, 3.0), (SATURATED, 9 / 13), (ABOVE, 1.0), (BELOW, 0.0)],
)  # fmt: skip
def test_it_comes_to_rest_at_rate_times_tau(law, f):
    x = 0.0
    for _ in range(300):
        x = after(x, 3.0, 6.0, law, value=2.0, power=2, rate=0.5, tau=40.0)[0]
    assert x == pytest.approx(0.5 * f * 40, rel=1e-12, abs=1e-12)


@given(steps=st.lists(st.tuples(st.floats(0, 20), step), min_size=1, max_size=8), start=st.floats(0, 50))
def test_a_clock_counts_the_time_since_and_a_dose_the_time_while(steps, start):
    since_above, since_below, dose = start, start, start
    expected = [start, start, start]
    for s, dt in steps:
        since_above = after(since_above, s, dt, SINCE_ABOVE, value=7.7)[0]
        since_below = after(since_below, s, dt, SINCE_BELOW, value=7.7)[0]
        dose = after(dose, s, dt, BELOW, value=7.7)[0]
        before = expected
        expected = [0.0 if s > 7.7 else before[0] + dt, 0.0 if s < 7.7 else before[1] + dt, before[2] + dt * (s < 7.7)]
    np.testing.assert_allclose([since_above, since_below, dose], expected, rtol=1e-12, atol=1e-29)  # below: flushed


def test_at_the_value_itself_a_signal_is_neither_above_nor_below():
    for law, x in ((ABOVE, 5), (BELOW, 5), (SINCE_ABOVE, 6), (SINCE_BELOW, 6)):
        assert after(5.0, 7.0, 1.0, law, value=7.0)[0] == x


def test_small_gains_are_right_on_average_in_single_precision():
    """Each is a twentieth of the spacing of numbers there: rounded to the nearest, nothing would ever be gained."""
    x, gain, steps = np.full(4000, 1000.0, np.float32), 3e-6, 200
    for tick in range(steps):
        x = after(x, 1.0, 1.0, PLAIN, rate=gain, precision="fp32", tick=tick)
    assert np.mean(x.astype(np.float64) - 1000) == pytest.approx(gain * steps, rel=0.1)


@given(seed=st.integers(0, 2**32 - 1), precision=st.sampled_from(["fp32", "fp64"]))
def test_only_living_cells_of_its_type_change(seed, precision):
    args = example(60, np.random.default_rng(seed), {"fp32": np.float32, "fp64": np.float64}[precision])
    before, after = args["custom"].copy(), check_agreement("remember", args, precision)["custom"]
    rows = [a.reshape(3, -1) for a in (before, after)]
    assert np.array_equal(*(row[:, :60][:, args["death"] != 0] for row in rows))
    assert np.array_equal(*(row[1] for row in rows)), "nobody's memory"
    assert np.array_equal(*(row[:, 60] for row in rows))
