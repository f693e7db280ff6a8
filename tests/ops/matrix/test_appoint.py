"""Each voxel with living cells has one of them appointed, and no other has."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.matrix.appoint import example


@given(st.integers(0, 2**32), st.integers(1, 200))
def test_the_last_living_cell_of_each_voxel_is_appointed(seed, size):
    args = example(size, np.random.default_rng(seed), np.float64)
    got = check_agreement("appoint", args, "fp64")
    assert ((got["at"] < 0) == (args["death"] != 0)).all()
    for voxel, word in enumerate(got["keeper"]):
        there = np.flatnonzero(got["at"] == voxel)
        if there.size:
            assert word - args["first"] == there[-1]
        else:
            assert word == args["keeper"][voxel]
            assert word < args["first"]
