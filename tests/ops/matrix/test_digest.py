"""What degrades the matrix from afar does so in proportion, and several add up."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.matrix.digest import example


@given(st.integers(0, 2**32))
def test_is_rate_times_value_and_adds_up(seed):
    args = example(50, np.random.default_rng(seed), np.float64)
    expected = args["rate"] * args["u"] + (args["digested"] if args["more"] else 0)
    np.testing.assert_allclose(check_agreement("digest", args, "fp64")["digested"], expected, rtol=1e-12)
