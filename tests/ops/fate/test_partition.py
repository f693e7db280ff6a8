"""Division keeps what is halved, to the last bit and the last one, and begins anew what is to begin anew."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.columns import Division
from gputme.ops.fate.partition import example

LISTS = ("real_columns", "word_columns", "byte_columns")


@given(seed=st.integers(0, 2**32 - 1))
def test_each_column_follows_its_law(seed):
    args = example(60, np.random.default_rng(seed), np.float64)
    got = check_agreement("partition", args, "fp64")
    i, d = args["mothers"], slice(args["n"], args["n"] + args["m"])
    others = np.setdiff1d(np.arange(args["n"]), i)
    laws = iter(zip(args["law"], args["start"]))
    for name in LISTS:
        for place, before in enumerate(args[name]):
            after, (law, start) = got[f"{name}[{place}]"], next(laws)
            assert np.array_equal(after[others], before[others])
            if law == Division.HALVE:
                assert np.array_equal(after[i] + after[d], before[i])
                assert np.isin(after[i] - after[d], [0] if name == "real_columns" else [0, 1]).all()
                continue
            mother, daughter = {
                Division.COPY: (before[i], before[i]), Division.RESET: (start, start),
                Division.BEGIN: (before[i], start),
            }[law]  # fmt: skip
            assert (after[i] == mother).all()
            assert (after[d] == daughter).all()
