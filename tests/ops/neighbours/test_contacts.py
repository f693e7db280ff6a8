"""Contacts: equal to counting, adding up and averaging over all pairs."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.neighbours.contacts import example


@given(size=st.integers(1, 300), seed=st.integers(0, 2**32 - 1))
def test_equals_going_over_all_pairs(size, seed):
    args = example(size, np.random.default_rng(seed), np.float64)
    signals = check_agreement("contacts", args, "fp64")["signals"].reshape(13, size)
    o = args["order"]
    d2 = 0
    for a in "xyz":
        d = args[f"s{a}"][:, None] - args[f"s{a}"]
        if w := args[f"w{a}"]:
            d -= w * np.round(d / w)
        d2 = d2 + d**2
    near = np.sqrt(d2) < args["reach"][:, None] + args["reach"]
    np.fill_diagonal(near, False)
    kind, death = args["kind"], args["death"][o]
    expected = [kind == 0, kind > 0, death == 0, death > 0, death == 1, death > 1, death > 9]
    expected += [kind != 1, (kind == 1) & (death == 0), (kind == 2) & (death > 0)]
    for row, mask in zip(args["row"], expected):
        assert np.array_equal(signals[row][o], near @ mask.astype(int))
    first, second = args["custom"].reshape(2, size)[:, o]
    total, mean = signals[args["row"][-2]][o], signals[args["row"][-1]][o]
    np.testing.assert_allclose(total, near @ np.where(kind == 0, first, 0), atol=1e-9)
    touching = near @ (kind > 0).astype(int)
    np.testing.assert_allclose(mean * touching, near @ np.where(kind > 0, second, 0), atol=1e-9)
    assert (mean[touching == 0] == 0).all()
    untouched = set(range(13)) - set(args["row"])
    assert (signals[list(untouched)] == -1).all()


def test_two_threads_find_the_same():
    check_agreement("contacts", example(3000, np.random.default_rng(2), np.float32))
