"""What is dropped leaves no gap, and what is kept stays in order."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.bonds.mend import example


@given(size=st.integers(2, 200), seed=st.integers(0, 2**32 - 1))
def test_partners_close_up_and_are_counted(size, seed):
    args = example(size, np.random.default_rng(seed), np.float32)
    got, shape = check_agreement("mend", args), (args["rows"], size)
    before, kept = args["attached"].reshape(shape), args["mate"].reshape(shape) >= 0
    for i in range(size):
        partners = before[kept[:, i], i].tolist()
        assert got["attached"].reshape(shape)[:, i].tolist() == partners + [0] * (args["rows"] - len(partners))
        assert got["bonds"][i] == len(partners)
