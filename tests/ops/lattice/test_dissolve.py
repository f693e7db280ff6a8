"""MMP-2 on a lattice: what is there without loss through the edges, and what becomes of the matrix."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.lattice.dissolve import dissolve, example


@pytest.mark.parametrize("precision", ["fp32", "fp64"])
@given(size=st.integers(1, 300), seed=st.integers(0, 2**32 - 1))
def test_agrees(size, seed, precision):
    real = np.float32 if precision == "fp32" else np.float64
    check_agreement("dissolve", example(size, np.random.default_rng(seed), real), precision)


def weights(nx: int, ny: int) -> np.ndarray:
    """Of points in a balance: those on an edge stand for half a voxel, those in a corner for a quarter."""
    x, y = (np.where(np.isin(np.arange(n), (0, n - 1)), 0.5, 1.0) for n in (nx, ny))
    return np.outer(y, x).ravel()


@given(size=st.integers(1, 300), seed=st.integers(0, 2**32 - 1))
def test_what_is_made_and_does_not_decay_stays_on_the_lattice(size, seed):
    """The sum changes by production and decay alone, with the weights of a second-order wall; w never rises nor falls
    below 0 within the limits of the scheme."""
    args = example(size, np.random.default_rng(seed), np.float64)
    share = weights(args["nx"], args["ny"])
    before, matrix = (share * args["enzyme"]).sum(), args["matrix"].copy()
    args["contact"] = 0.05 if args["makers"].max() <= 10 else 0.0
    dissolve(**args)
    left = 4 * args["spread"] + args["stays"]
    expected = before * left + args["made"] * (share * args["makers"]).sum()
    assert (share * args["after"]).sum() == pytest.approx(expected, rel=1e-12)
    assert (args["matrix"] >= 0).all()
    assert (args["matrix"] <= matrix).all()
