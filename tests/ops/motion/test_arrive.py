"""Arriving: everybody stands where the way ends, and within the walls."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.motion.arrive import example


@given(seed=st.integers(0, 2**32 - 1))
def test_nobody_leaves_the_box(seed):
    args = example(200, np.random.default_rng(seed), np.float32)
    before = {a: args[a].copy() for a in "xyz"}
    got = check_agreement("arrive", args)
    moves = args["started"] != 0
    for a in "xyz":
        assert (got[a][moves] >= 0).all()
        assert (got[a][moves] <= args[f"u{a}"]).all()
        assert np.array_equal(got[a][~moves], before[a][~moves])
    if args["planar"]:
        assert np.array_equal(got["z"], before["z"])


def through(code: int, walk: bool) -> tuple[dict, dict]:
    """Cells 1 um from the upper x face that go 3 um towards it, by walk or by push; both faces are of one kind."""
    args = example(50, np.random.default_rng(5), np.float64)
    args |= dict(walls=code | code << 2, minutes=1.0, ux=50.0, uy=1e3, uz=1e3, order=np.arange(50, dtype=np.int32))
    lines = args["way"].reshape(50, 16)
    lines[:, [0, 8]], lines[:, [4, 12]], lines[:, 11], args["mx"][:] = 49, 3, 0, 0.5
    lines[:, [5, 6, 13, 14]] = 0
    args["started"][:], args["dx"][:] = 1, 3 * walk
    args["dy"][:] = args["dz"][:] = 0
    return args, check_agreement("arrive", args, "fp64")


@pytest.mark.parametrize("walk", [False, True])
def test_a_reflecting_wall_sends_back_and_turns_who_walks(walk):
    _, got = through(0, walk)
    np.testing.assert_allclose(got["x"], 48)
    assert (got["mx"] == (-0.5 if walk else 0.5)).all()
    assert not got["gone"].any()


@pytest.mark.parametrize("walk", [False, True])
def test_an_absorbing_wall_stops_and_marks(walk):
    _, got = through(1, walk)
    assert (got["x"] == 50).all()
    assert got["gone"].all()


@pytest.mark.parametrize("walk", [False, True])
def test_a_periodic_wall_leads_to_the_other_side(walk):
    _, got = through(2, walk)
    np.testing.assert_allclose(got["x"], 2)
    assert not got["gone"].any()
