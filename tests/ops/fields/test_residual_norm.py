"""The norms that stop an iteration: zero for a solution, blind to fixed voxels, not to what is not finite."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st
from operators import dense

from gputme.ops.fields.residual_norm import example


@given(seed=st.integers(0, 2**32 - 1))
def test_equals_the_norms_of_the_assembled_matrix(seed):
    args = example(120, np.random.default_rng(seed), np.float64)
    matrix = dense(args)
    free = args["sink"] >= 0
    rest = np.abs(args["b"] - matrix @ args["u"])[free]
    term = np.abs(np.diag(matrix) * args["u"])[free]
    if args["varied"]:  # a row counts as if its diagonal without the sink were `fastest`
        weight = args["fastest"] / (np.diag(matrix) - args["sink"])[free]
        rest, term = rest * weight, term * weight
    given_ = np.abs(args["b"])[free] * (weight if args["varied"] else 1.0)
    peak = check_agreement("residual_norm", args, "fp64")["peak"].view(np.float64)
    expected = [x.max(initial=0) for x in (rest, given_, term)]
    np.testing.assert_allclose(peak, expected, rtol=1e-10)


def test_what_is_not_finite_is_huge():
    args = example(200, np.random.default_rng(3), np.float32)
    args["u"][np.flatnonzero(args["sink"] >= 0)[5]] = np.nan
    assert check_agreement("residual_norm", args)["peak"].view(np.float64)[0] == np.float32(3e38)
