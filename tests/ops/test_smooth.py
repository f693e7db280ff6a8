"""Red-black smoothing: a solution stays, the residual falls, fixed voxels do not move."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.smooth import example


@given(seed=st.integers(0, 2**32 - 1))
def test_a_uniform_solution_stays(seed):
    args = example(300, np.random.default_rng(seed), np.float64)
    args["u"][:] = 7.0
    args["b"] = 7.0 * (args["rate"] + args["sink"])
    u = check_agreement("smooth", args, "fp64")["u"]
    np.testing.assert_allclose(u, 7.0, rtol=1e-12)


@given(seed=st.integers(0, 2**32 - 1))
def test_touches_one_colour_and_no_fixed_voxel(seed):
    args = example(300, np.random.default_rng(seed), np.float32)
    before = args["u"].copy()
    u = check_agreement("smooth", args)["u"]
    shape = args["nz"], args["ny"], args["nx"]
    z, y, x = np.indices(shape).reshape(3, -1)
    untouched = ((x + y + z) % 2 != args["colour"]) | (args["sink"] < 0)
    assert np.array_equal(u[untouched], before[untouched])
    assert not np.array_equal(u, before) or untouched.all()
