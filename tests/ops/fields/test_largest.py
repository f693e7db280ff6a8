"""The scale of a balance: the largest sizes, and nothing that is not finite goes unnoticed."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.fields.largest import example


@given(seed=st.integers(0, 2**32 - 1))
def test_finds_the_largest_sizes_and_never_lowers_a_peak(seed):
    args = example(700, np.random.default_rng(seed), np.float32)
    earlier = args["peak"].view(np.float64).copy()
    peak = check_agreement("largest", args)["peak"].view(np.float64)
    assert peak.tolist() == np.maximum(earlier, [np.abs(args["u"]).max(), np.abs(args["source"]).max()]).tolist()


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_huge(bad):
    u = np.ones(1000, np.float32)
    u[777] = bad
    args = dict(rows=10, nx=100, u=u, source=np.zeros_like(u), peak=np.zeros(2, np.int64))
    peak = check_agreement("largest", args)["peak"].view(np.float64)
    assert peak[0] == np.float32(3e38)
    assert peak[1] == 0
