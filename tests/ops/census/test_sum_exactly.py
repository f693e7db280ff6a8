"""A sum without rounding: what math.fsum gives, in any order and precision."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gputme import backends
from gputme.ops.census.sum_exactly import WORDS, exact
from gputme.solvers.counting import exact_sums


@given(values=st.lists(st.floats(-1e300, 1e300, allow_subnormal=True), min_size=1, max_size=60))
def test_is_the_sum_rounded_once(values):
    for name in ("numpy", "native"):
        k = backends.create(name, "fp64")
        (words,) = exact_sums(k, [(k.array(values), len(values))])
        assert exact(words) == math.fsum(values)
        assert exact(words, 3) == pytest.approx(math.fsum(values) / 3, rel=1e-15, abs=5e-324)


def test_what_is_not_finite_is_no_number(kernels):
    for value in (np.nan, np.inf, -np.inf):
        values = kernels.array([1.0, value, 2.0])
        assert math.isnan(exact(exact_sums(kernels, [(values, 3)])[0]))
    words = exact_sums(kernels, [(values, 1), (values[2:], 1)])
    assert [exact(w) for w in words] == [1.0, 2.0]
    assert words[0].shape == (WORDS,)
