"""Rescaling: no negative value, fixed voxels keep theirs, and the sum of what leaves is exact."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st
from operators import passed_on

from gputme.ops.fields._operator import outgo_unit, wall_terms
from gputme.ops.fields.rescale import example

SEEDS = st.integers(0, 2**32 - 1)


@given(seed=SEEDS)
def test_floors_and_multiplies_free_voxels_only(seed):
    args = example(300, np.random.default_rng(seed), np.float32)
    before, free = args["u"].copy(), args["sink"] >= 0
    u = check_agreement("rescale", args)["u"]
    assert (u[free] >= 0).all()
    np.testing.assert_allclose(u[free], np.maximum(before[free], 0) * args["factor"][0], rtol=2e-7)
    assert np.array_equal(u[~free], before[~free])


@given(seed=SEEDS)
def test_sums_what_leaves(seed):
    args = example(120, np.random.default_rng(seed), np.float64)
    free = args["sink"] >= 0
    to_fixed = passed_on(args)[:, ~free].sum(axis=1)
    shape = args["nz"], args["ny"], args["nx"]
    walls = wall_terms(shape, args["varied"], args["wall_loss"], args["faces"])
    loss = args["rate"] + args["sink"] + np.broadcast_to(walls, shape).ravel() + to_fixed
    out = check_agreement("rescale", args, "fp64")
    got = out["outgo"][0] / outgo_unit(args["norms"], args["factor"][0], args["room"])
    np.testing.assert_allclose(got, (loss * out["u"])[free].sum(), rtol=1e-9, atol=1e-3)
