"""What is eaten is taken in."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.interactions.swallow import example


@pytest.mark.parametrize("precision", ["fp32", "fp64"])
@given(size=st.integers(1, 300), seed=st.integers(0, 2**32 - 1))
def test_agrees(size, seed, precision):
    real = np.float32 if precision == "fp32" else np.float64
    check_agreement("swallow", example(size, np.random.default_rng(seed), real), precision)
