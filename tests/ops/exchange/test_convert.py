"""Conversion of fixed-point sums: the value, and an accumulator that is empty again."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.exchange._cloud import per_unit
from gputme.ops.exchange.convert import example


@given(st.integers(0, 2**32 - 1))
def test_sums_become_numbers_and_the_accumulator_is_empty(seed):
    args = example(100, np.random.default_rng(seed), np.float64)
    got = check_agreement("convert", args, "fp64")
    expected = args["total"] / per_unit(args["peak"][0], args["n"])
    np.testing.assert_allclose(got["out"], expected, rtol=1e-15, atol=1e-30)
    assert not got["total"].any()
