"""A field gains what it is given, to the last unit, and owes what rounding keeps of it."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.maths import bits
from gputme.ops.exchange._cloud import per_unit
from gputme.ops.exchange.receive import example


@given(seed=st.integers(0, 2**32 - 1), precision=st.sampled_from(["fp32", "fp64"]))
def test_what_is_given_is_gained_or_owed(seed, precision):
    args = example(80, np.random.default_rng(seed), np.float32 if precision == "fp32" else np.float64)
    got = check_agreement("receive", args, precision)
    units = per_unit(args["peak"][0], args["n"])
    given_, gained = args["total"].sum() / units, (got["u"].astype(np.float64) - args["u"]).sum()
    owed = (got["owed"][0] - 7) / units
    assert gained + owed == pytest.approx(given_, rel=1e-12, abs=1e-13 * float(args["u"].sum()) + 80 / units)
    assert not got["total"].any()
    untouched = args["total"] == 0
    assert np.array_equal(got["u"][untouched], args["u"][untouched])


def test_what_is_far_too_small_for_a_voxel_is_owed_and_not_lost():
    n, peak = 10, bits(np.array([1e-9]))
    units = per_unit(peak[0], n)
    total = np.full(4, round(1e-9 * units), np.int64)
    args = dict(voxels=4, n=n, peak=peak, total=total, u=np.full(4, 38, np.float32), owed=np.zeros(1, np.int64))
    got = check_agreement("receive", args)
    assert (got["u"] == 38).all()
    assert got["owed"][0] / units == pytest.approx(4e-9, rel=1e-9)
