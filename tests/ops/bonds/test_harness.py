"""Holds pull at both: each is in the other's rows."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.bonds.harness import example


@given(size=st.integers(2, 200), seed=st.integers(0, 2**32 - 1))
def test_each_pair_is_in_the_rows_of_both_and_rows_have_no_gaps(size, seed):
    args = example(size, np.random.default_rng(seed), np.float32)
    mate = check_agreement("harness", args)["mate"].reshape(args["rows"], size)
    found = sorted((i, int(j)) for row in mate for i, j in enumerate(row) if j >= 0)
    holds = [(i, int(j)) for i, j in enumerate(args["held"]) if j >= 0]
    assert found == sorted(holds + [(j, i) for i, j in holds])
    assert not ((mate[:-1] < 0) & (mate[1:] >= 0)).any()
