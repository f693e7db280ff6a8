"""Binning: every cell counts once; cells nearer than a bin's width are in the same or adjacent bins."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.neighbours.bin_cells import example


@given(seed=st.integers(0, 2**32 - 1))
def test_counts_every_cell_once(seed):
    args = example(200, np.random.default_rng(seed), np.float32)
    args["count"][:] = 1
    got = check_agreement("bin_cells", args)
    bins = len(args["count"]) - 1
    assert np.array_equal(got["count"][:-1] - 1, np.bincount(got["bin"], minlength=bins))


@given(seed=st.integers(0, 2**32 - 1))
def test_near_cells_are_in_adjacent_bins_even_outside_the_box(seed):
    args = example(300, np.random.default_rng(seed), np.float32)
    bin = check_agreement("bin_cells", args)["bin"]
    places = np.stack(np.unravel_index(bin, (args["nz"], args["ny"], args["nx"])), 1)[:, ::-1]
    x = np.stack([args[a] for a in "xyz"], 1).astype(np.float64)
    width = 100 / np.array([args["nx"], args["ny"], args["nz"]])
    near = (np.abs(x[:, None] - x[None]) < width * 0.999).all(axis=2)
    assert np.abs(places[:, None] - places[None]).max(axis=2)[near].max() <= 1


def test_two_threads_count_the_same():
    check_agreement("bin_cells", example(50_000, np.random.default_rng(2), np.float32))
