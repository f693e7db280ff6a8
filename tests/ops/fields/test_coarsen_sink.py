"""Coarse sinks: volume means of free voxels and of their links to fixed ones."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st
from operators import passed_on, transfer

from gputme.ops.fields.coarsen_sink import example


@given(seed=st.integers(0, 2**32 - 1))
def test_equals_the_assembled_sums(seed):
    args = example(120, np.random.default_rng(seed), np.float64)
    sink, weights = args["sink"], transfer(args)
    free = sink >= 0
    to_fixed = passed_on(args)[:, ~free].sum(axis=1)
    # a voxel that is its own neighbour across a periodic seam stands on the diagonal, and is free
    expected = weights.T @ np.where(free, sink + to_fixed, 0)
    expected[(weights > 0).T @ free == 0] = -1
    out = check_agreement("coarsen_sink", args, "fp64")["coarse_sink"]
    np.testing.assert_allclose(out, expected, rtol=1e-9)
