"""What degrades the matrix from afar adds to its wear, in proportion."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.matrix.digest import example
from gputme.state.voxels import QUANTUM


@given(st.integers(0, 2**32))
def test_adds_rate_times_value(seed):
    args = example(50, np.random.default_rng(seed), np.float64)
    added = check_agreement("digest", args, "fp64")["wear"] - args["wear"]
    assert (np.abs(added * QUANTUM - args["rate"] * args["u"]) <= QUANTUM).all()
