"""Where no cell is, the matrix is lost exponentially, whatever the step, and what is booked is what changed."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.matrix.wane import example
from gputme.voxels import QUANTUM


@pytest.mark.parametrize("steps", [1, 10, 120])
def test_is_lost_exponentially_whatever_the_step(steps):
    args = example(50, np.random.default_rng(1), np.float64) | {"dt": 60 / steps}
    rate = (args["digested"] + args["turnover"]) / (1 + args["resistance"] * args["crosslink"])
    density = args["density"]
    for _ in range(steps):
        density = check_agreement("wane", args | {"density": density}, "fp64")["density"]
    here = args["keeper"] >> 32 == args["turn"]
    assert 0 < here.sum() < 50
    np.testing.assert_allclose(density[~here], (args["density"] * np.exp(-60 * rate))[~here], rtol=1e-9, atol=1e-29)
    assert (density[here] == args["density"][here]).all()


@given(st.integers(0, 2**32))
def test_books_what_changed_and_stays_within_limits(seed):
    for precision, real in (("fp32", np.float32), ("fp64", np.float64)):
        args = example(64, np.random.default_rng(seed), real)
        got = check_agreement("wane", args, precision)
        laid, broken = (got["books"] - args["books"]) * QUANTUM
        change = got["density"].astype(np.float64) - args["density"]
        assert laid - broken == pytest.approx(change.sum(), abs=128 * QUANTUM)
        assert broken >= 0
        assert ((got["density"] >= 0) & (got["density"] <= 1)).all()


def test_what_nothing_breaks_down_stays_as_it_is():
    args = example(64, np.random.default_rng(1), np.float32) | {"turnover": 0.0}
    args["digested"][:] = 0
    got = check_agreement("wane", args, "fp32")
    for name in ("density", "books"):
        assert got[name].tobytes() == args[name].tobytes(), name


def test_increments_below_half_an_ulp_are_kept_in_fp32():
    """A density of 1/2 that loses 1e-9 of itself a step would stand still if it were rounded to the nearest."""
    n = 4000
    args = example(n, np.random.default_rng(2), np.float32)
    args |= {"turnover": 1e-8, "dt": 1.0, "crosslinks": 0, "digests": 0, "keeper": np.full(n, -1)}
    args["density"] = np.full(n, 0.5, np.float32)
    for tick in range(20):
        got = check_agreement("wane", args | {"tick": tick * 1024}, "fp32")
        args |= {"density": got["density"], "books": got["books"]}
    lost = 0.5 - args["density"].astype(np.float64)
    assert lost.mean() == pytest.approx(1e-7, abs=4 * lost.std() / np.sqrt(n))
