"""Who leaves gives its share and keeps the rest; nobody else gives anything."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.maths import from_bits
from gputme.ops.exchange.unload import LEAVES, example


@given(seed=st.integers(0, 2**32 - 1), precision=st.sampled_from(["fp32", "fp64"]))
def test_what_a_cell_gives_is_its_share_and_what_it_loses(seed, precision):
    args = example(80, np.random.default_rng(seed), np.float32 if precision == "fp32" else np.float64)
    got = check_agreement("unload", args, precision)
    held, value, left = (a.astype(np.float64) for a in (args["internal"], got["value"], got["internal"]))
    gives = (args["mark"] == LEAVES) & (held > 0)
    rounding = np.finfo(args["internal"].dtype).eps
    share = args["share"][args["type"]]
    np.testing.assert_allclose(value, np.where(gives, share * held / 8000, 0), rtol=2 * rounding, atol=1e-30)
    assert np.array_equal(got["internal"][value == 0], args["internal"][value == 0])
    np.testing.assert_allclose(left + value * 8000, held, rtol=rounding, atol=1e-29)
    assert from_bits(got["peak"])[0] == value.max()
