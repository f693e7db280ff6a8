"""The list of who takes several steps: everybody once, most steps first."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.motion.enlist import example


@given(size=st.integers(1, 300), seed=st.integers(0, 2**32 - 1))
def test_everybody_of_several_steps_stands_there_once_most_first(size, seed):
    args = example(size, np.random.default_rng(seed), np.float32)
    got = check_agreement("enlist", args)
    active = got["active"][: args["count"].sum()]
    assert sorted(active) == np.flatnonzero(args["level"]).tolist()
    assert (np.diff(args["level"][active]) <= 0).all()
    assert np.array_equal(got["taken"], args["count"])


def test_two_threads_enlist_the_same():
    check_agreement("enlist", example(50_000, np.random.default_rng(2), np.float32))
