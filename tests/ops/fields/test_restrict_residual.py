"""Restriction: the residual of every free voxel reaches its aggregate, weighted by volume."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st
from operators import dense, transfer

from gputme.ops.fields.restrict_residual import example


@given(seed=st.integers(0, 2**32 - 1))
def test_equals_the_assembled_residual(seed):
    args = example(120, np.random.default_rng(seed), np.float64)
    rest = (args["b"] - dense(args) @ args["u"]) * (args["sink"] >= 0)
    out = check_agreement("restrict_residual", args, "fp64")
    np.testing.assert_allclose(out["coarse_b"], transfer(args).T @ rest, rtol=1e-9, atol=1e-7)
    assert not out["coarse_u"].any()
