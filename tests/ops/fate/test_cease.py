"""At death secretion and export end and uptake falls to its share, once and only in those that died since."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.fate.cease import example


@given(seed=st.integers(0, 2**32 - 1))
def test_only_cells_that_died_since_and_only_their_exchange(seed):
    args = example(40, np.random.default_rng(seed), np.float32)
    ruled = check_agreement("cease", args)["ruled"].reshape(4, -1)
    before = args["ruled"].reshape(4, -1)
    fresh = (args["death"] != 0) & (args["phase_start"] > args["since"])
    assert np.array_equal(ruled[[0, 2]], before[[0, 2]])
    assert np.array_equal(ruled[:, :40][:, ~fresh], before[:, :40][:, ~fresh])
    factor = args["factor"].reshape(2, 3)[:, args["type"]]
    np.testing.assert_array_equal(ruled[[3, 1], :40][:, fresh], (before[[3, 1], :40] * factor)[:, fresh])
