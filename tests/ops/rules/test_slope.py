"""The norm of a gradient does not depend on the axes' order or signs, and is right for a Pythagorean quadruple."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.rules.slope import example


def test_is_the_euclidean_norm():
    args = dict(n=1, gx=np.array([2.0]), gy=np.array([-3.0]), gz=np.array([6.0]), out=np.zeros(1))
    assert check_agreement("slope", args, "fp64")["out"][0] == 7.0


@given(seed=st.integers(0, 2**32 - 1))
def test_signs_do_not_matter(seed):
    args = example(50, np.random.default_rng(seed), np.float32)
    out = check_agreement("slope", args)["out"]
    flipped = check_agreement("slope", {**args, "gx": -args["gx"], "gz": -args["gz"]})["out"]
    assert np.array_equal(out, flipped)
