"""Cells wear the membrane where they touch it, and what they do adds up whoever comes first."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.membrane.gnaw import example

PER_CELL = ("type", "death", "x", "y", "z", "radius")


@given(st.integers(0, 2**32))
def test_sums_do_not_depend_on_the_order_of_cells(seed):
    args = example(100, np.random.default_rng(seed), np.float64)
    args["slot"][:] = -1
    other = np.random.default_rng(seed).permutation(100)
    first = check_agreement("gnaw", args, "fp64")["wear"]
    args |= {name: args[name][other] for name in PER_CELL}
    assert (first == check_agreement("gnaw", args, "fp64")["wear"]).all()


@given(st.integers(0, 2**32))
def test_who_does_not_touch_it_wears_nothing(seed):
    args = example(100, np.random.default_rng(seed), np.float64)
    args["phi"][:] = 1e4
    assert not check_agreement("gnaw", args, "fp64")["wear"].any()
