"""Order within a bin: by id, whatever it was before."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.neighbours.sort_bins import example


@given(size=st.integers(1, 300), seed=st.integers(0, 2**32 - 1))
def test_ids_ascend_within_each_bin_and_no_cell_leaves_its_bin(size, seed):
    args = example(size, np.random.default_rng(seed), np.float32)
    order = check_agreement("sort_bins", args)["order"]
    for first, end in zip(args["start"][:-1], args["start"][1:]):
        assert (np.diff(args["id"][order[first:end]].astype(np.int64)) > 0).all()
        assert set(order[first:end]) == set(args["order"][first:end])


def test_two_threads_sort_the_same():
    check_agreement("sort_bins", example(120_000, np.random.default_rng(2), np.float32))
