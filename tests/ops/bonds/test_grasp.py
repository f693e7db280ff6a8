"""Who is held is found by id wherever it lies in memory, where both live."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.bonds.grasp import example


@given(size=st.integers(1, 200), seed=st.integers(0, 2**32 - 1))
def test_the_held_are_found_among_the_living(size, seed):
    args = example(size, np.random.default_rng(seed), np.float32)
    found = check_agreement("grasp", args)
    place = {int(id): i for i, id in enumerate(args["id"]) if not args["death"][i]}
    named = [int(id) if not dead else -1 for id, dead in zip(args["held_id"], args["death"])]
    assert found["held"].tolist() == [place.get(id, -1) for id in named]
    assert np.array_equal(found["mark"], found["held"] >= 0)
