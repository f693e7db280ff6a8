"""Counting sort: every cell gets one place, within the range of its bin."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement, run, tables
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.neighbours.place_cells import example


@given(size=st.integers(1, 300), seed=st.integers(0, 2**32 - 1))
def test_every_cell_stands_in_its_bin(size, seed):
    args = example(size, np.random.default_rng(seed), np.float32)
    for k in tables("fp32").values():
        got = run(k, "place_cells", args)
        order, start = got["order"], got["start"]
        assert np.array_equal(np.sort(order), np.arange(size))
        assert start[0] == 0
        assert start[-1] == size
        assert np.array_equal(np.repeat(np.arange(args["bins"]), np.diff(start)), args["bin"][order])


def test_two_threads_fill_the_same_bins():
    check_agreement("place_cells", example(50_000, np.random.default_rng(2), np.float32))
