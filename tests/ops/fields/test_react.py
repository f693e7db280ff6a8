"""What cells take up and give between sweeps: a backward Euler step, in which fixed voxels have no part."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.fields.react import example


@given(st.integers(0, 2**32 - 1))
def test_the_new_value_balances_what_comes_and_goes(seed):
    args = example(100, np.random.default_rng(seed), np.float64)
    old, sink, source, rate = args["u"].copy(), args["sink"], args["source"], args["per_dt"]
    new = check_agreement("react", args, "fp64")["u"]
    fixed = sink < 0
    np.testing.assert_array_equal(new[fixed], old[fixed])
    change, rest = (new - old) * rate, source - sink * new
    np.testing.assert_allclose(change[~fixed], rest[~fixed], rtol=1e-9, atol=1e-9 * (rate * 38 + 1e6))


@given(st.integers(0, 2**32 - 1))
def test_an_endless_step_ends_where_sources_and_sinks_agree(seed):
    args = example(100, np.random.default_rng(seed), np.float64) | {"per_dt": 0.0}
    args["sink"] = np.abs(args["sink"]) + 1
    new = check_agreement("react", args, "fp64")["u"]
    np.testing.assert_allclose(new, args["source"] / args["sink"], rtol=1e-12, atol=1e-29)
