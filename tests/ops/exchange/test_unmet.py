"""What is not met of a demand: none where all is met, all where nothing is; with what is met it is the demand."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.maths import from_bits
from gputme.ops.exchange.unmet import example


@given(seed=st.integers(0, 2**32 - 1))
def test_between_nothing_and_all(seed):
    args = example(40, np.random.default_rng(seed), np.float64)
    for met in (0.0, 0.25, 1.0):
        got = check_agreement("unmet", args | dict(met=np.full_like(args["met"], met)), "fp64")
        np.testing.assert_allclose(got["missing"], args["demand"] * (1 - met), rtol=1e-9, atol=1e-9)
    got = check_agreement("unmet", args, "fp64")
    assert from_bits(got["peak"])[0] == np.abs(got["missing"]).max()
