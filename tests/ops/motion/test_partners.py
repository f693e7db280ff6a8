"""Lists of partners: equal to looking at all pairs, whatever the bins; what has no room is told."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.motion.partners import example


def expected(args: dict) -> list[list[int]]:
    """The partners of each active cell, from all pairs."""
    apart = [args[f"s{a}"][:, None] - args[f"s{a}"] for a in "xyz"]
    apart = [d - w * np.round(d / w) if (w := args[f"w{a}"]) else d for a, d in zip("xyz", apart)]
    near = np.sqrt(sum(d**2 for d in apart)) < args["wide"][:, None] + args["wide"]
    np.fill_diagonal(near, False)
    return [np.flatnonzero(near[k]).tolist() for k in args["active"][: args["count"].sum()]]


@given(size=st.integers(1, 200), seed=st.integers(0, 2**32 - 1), wide=st.sampled_from([1.0, 4.0, 30.0]))
def test_equals_looking_at_all_pairs(size, seed, wide):
    """Also where cells reach over many bins, or around a periodic box."""
    args = example(size, np.random.default_rng(seed), np.float64)
    args["wide"] = args["wide"] * wide
    args["peak"][3] = args["wide"].max().view(np.int64)
    pairs = expected(args)
    got = check_agreement("partners", args, "fp64")
    table = got["list"].reshape(args["rows"], args["width"])
    for a, partners in enumerate(pairs[: args["rows"]]):
        assert got["length"][a] == min(len(partners), args["width"])
        assert table[a, : got["length"][a]].tolist() == partners[: args["width"]]
    assert got["longest"][0] == max(map(len, pairs[: args["rows"]]), default=0)


def test_two_threads_list_the_same():
    check_agreement("partners", example(5000, np.random.default_rng(2), np.float32))
