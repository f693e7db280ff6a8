"""What a spring does to one cell it does against the other, and it pulls in proportion to their distance."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.bonds.springs import example


@given(size=st.integers(2, 150), seed=st.integers(0, 2**32 - 1))
def test_springs_add_no_momentum(size, seed):
    args = example(size, np.random.default_rng(seed), np.float64)
    got = check_agreement("springs", args, "fp64")
    for name in ("vx", "vy", "vz"):
        added = got[name] - args[name]
        assert added.sum() == pytest.approx(0, abs=1e-9 * (1 + np.abs(added).sum()))


@given(seed=st.integers(0, 2**32 - 1), period=st.sampled_from([0.0, 50.0]))
def test_two_cells_come_closer_in_proportion_to_their_distance(seed, period):
    """At the nearest image; their stiffness is the spring's, the geometric mean of what both are."""
    args = example(2, np.random.default_rng(seed), np.float64) | dict(wx=period, wy=0.0, wz=0.0, measure=1, rows=1)
    args |= dict(mate=np.array([1, 0], np.int32), x=np.array([1.0, 41.0]), y=np.array([0.0, 3.0]), z=np.zeros(2))
    args |= {name: np.zeros(2) for name in ("vx", "vy", "vz", "stiffness")}
    got = check_agreement("springs", args, "fp64")
    k = got["stiffness"]
    assert k[0] == k[1] > 0
    apart = 40.0 - period
    np.testing.assert_allclose(got["vx"], [k[0] * apart, -k[0] * apart])
    np.testing.assert_allclose(got["vy"], [3 * k[0], -3 * k[0]])
