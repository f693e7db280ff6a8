"""Those that stay are all there afterwards, once, in the first places; nobody who stood there has moved."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.fate.refill import example


@given(seed=st.integers(0, 2**32 - 1))
def test_those_that_stay_are_all_there(seed):
    args = example(80, np.random.default_rng(seed), np.float32)
    stays = np.ones(80, bool)
    stays[args["gone"]] = False
    rest = 80 - args["m"]
    got = check_agreement("refill", args)
    for name, count in (("long_columns", "longs"), ("word_columns", "words"), ("byte_columns", "octets")):
        for place in range(args[count]):
            before, after = args[name][place][:80], got[f"{name}[{place}]"][:80]
            assert sorted(after[:rest]) == sorted(before[stays])
            assert np.array_equal(after[:rest][stays[:rest]], before[:rest][stays[:rest]])
