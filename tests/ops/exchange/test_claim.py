"""A demand is met in full where there is plenty, never beyond what is there, and its sink eases as it should."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.exchange.claim import SOON, example

SEEDS = st.integers(0, 2**32 - 1)


@given(seed=SEEDS)
def test_takes_what_is_asked_but_never_more_than_there_is(seed):
    args = example(50, np.random.default_rng(seed), np.float64)
    got = check_agreement("claim", args, "fp64")
    asked, u = args["wanted"], args["u"]
    taken = (got["sink"] - args["sink"]) * u
    noise = 1e-12 * args["sink"] * u
    assert (taken <= np.minimum(asked, u / SOON) * (1 + 1e-9) + noise).all()
    assert (taken >= np.minimum(asked, u / SOON) / 2 * (1 - 1e-9) - noise).all()
    np.testing.assert_allclose(got["per_met"] * u * asked, taken, rtol=1e-6, atol=1e-9)
    plenty = u > 100 * asked * SOON
    np.testing.assert_allclose(taken[plenty], asked[plenty], rtol=0.01, atol=1e-9)


@given(seed=SEEDS)
def test_easing_is_minus_u_times_the_slope(seed):
    args = example(50, np.random.default_rng(seed), np.float64)
    args["u"] += 0.1
    args["easing"][:] = 0
    step = 1e-6
    more, less = (check_agreement("claim", args | dict(u=args["u"] * f), "fp64")["sink"] for f in (1 + step, 1 - step))
    got = check_agreement("claim", args, "fp64")
    np.testing.assert_allclose(got["easing"], (less - more) / (2 * step), rtol=1e-4, atol=1e-6 * got["sink"].max())
