"""The first event that names a cell is the earliest, and of several the one of the smallest id."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.columns import NEVER
from gputme.ops.bonds.vie import example


@given(size=st.integers(2, 200), seed=st.integers(0, 2**32 - 1))
def test_the_first_by_time_and_id_comes_first(size, seed):
    args = example(size, np.random.default_rng(seed), np.float32)
    args |= dict(second=0, first=np.full(size, -NEVER), who=np.full(size, -NEVER))
    args["first"] = check_agreement("vie", args)["first"]
    got = check_agreement("vie", args | dict(second=1))
    for cell in range(size):
        events = [
            (args["when"][i], args["id"][i])
            for i in np.flatnonzero(args["when"] < NEVER)
            if cell in (i, args["whom"][i])
        ]
        if events:
            assert (-got["first"][cell], -got["who"][cell]) == min(events)
        else:
            assert got["first"][cell] == got["who"][cell] == -NEVER
