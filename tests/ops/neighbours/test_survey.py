"""Survey: the box holds every cell tightly, the reach covers every cell, NumPy and two threads agree."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.maths import from_bits
from gputme.ops.neighbours.survey import example


@given(seed=st.integers(0, 2**32 - 1))
def test_box_is_tight_around_all_cells(seed):
    args = example(50, np.random.default_rng(seed), np.float64)
    args["peak"][:] = 0
    peak = from_bits(check_agreement("survey", args, "fp64")["peak"])
    for axis, name in enumerate("xyz"):
        lower, upper = args[f"u{name}"] - peak[4 + axis], args[f"l{name}"] + peak[1 + axis]
        np.testing.assert_allclose([lower, upper], [args[name].min(), args[name].max()], atol=1e-9)


def test_reach_is_at_least_the_radius():
    args = example(50, np.random.default_rng(1), np.float64)
    args["slot"][:] = -1
    args["table"].reshape(3, -1)[:, 7] = args["widest"][:] = 0.5
    args["peak"][:] = 0
    assert from_bits(check_agreement("survey", args, "fp64")["peak"])[0] == args["radius"].max()


def test_reach_covers_what_rules_may_still_set():
    args = example(50, np.random.default_rng(1), np.float64)
    args["slot"][:] = -1
    args["table"].reshape(3, -1)[:, 7], args["widest"][:] = 1.2, (1.2, 3, 1.2)
    args["peak"][:] = 0
    expected = np.where(args["type"] == 1, 3, 1.2) * args["radius"]
    assert from_bits(check_agreement("survey", args, "fp64")["peak"])[0] == expected.max()


def test_two_threads_find_the_same():
    check_agreement("survey", example(50_000, np.random.default_rng(2), np.float32))
