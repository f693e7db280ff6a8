"""Moving: second-order Adams-Bashforth in the open, and what each kind of wall does."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.motion.move import example


@pytest.fixture
def free():
    """100 movable cells in a box with reflecting walls, nothing ruled, no displacement by motility."""
    args = example(100, np.random.default_rng(5), np.float64)
    args["slot"][:] = -1
    args["table"].reshape(3, -1)[:, 8] = 1
    args["gone"][:] = 0
    for name in ("dx", "dy", "dz"):
        args[name][:] = 0
    args |= dict(walls=0, planar=0, check=0)
    return args


def test_is_adams_bashforth_for_started_cells_and_euler_for_newborn_ones(free):
    args = free | dict(dt=0.5, before=0.5, lx=-1e3, ly=-1e3, lz=-1e3, ux=1e4, uy=1e4, uz=1e4)
    got = check_agreement("move", args, "fp64")
    w = np.where(args["started"] > 0, np.minimum(2.0 ** (args["started"] - 1.0), 2), 0)  # 1 + e: the last step over 2^e
    expected = args["x"] + 0.5 * ((1 + w / 2) * args["vx"] - w / 2 * args["px"])
    np.testing.assert_allclose(got["x"], expected, rtol=1e-13)
    assert np.array_equal(got["px"], args["vx"])
    assert (got["started"] == 1).all()


def test_a_cell_whose_velocity_jumped_starts_anew(free):
    args = free | dict(dt=0.5, before=0.5, check=1)
    args["started"][:], args["stiffness"][:] = 1, 0.2
    args["x"][:], args["vx"][:], args["px"][:] = 20, 2, np.linspace(1, 3, 100)
    for name in ("vy", "vz", "py", "pz"):
        args[name][:] = 0
    got = check_agreement("move", args, "fp64")
    jumped = np.abs(args["vx"] - args["px"]) > 0.2 * np.maximum(2, args["px"])
    assert 20 < jumped.sum() < 80
    expected = np.where(jumped, 0.5 * 2, 0.75 * 2 - 0.25 * args["px"])
    np.testing.assert_allclose(got["x"] - 20, expected, rtol=1e-12)


@given(seed=st.integers(0, 2**32 - 1))
def test_nobody_leaves_the_box(seed):
    args = example(200, np.random.default_rng(seed), np.float32)
    before = {a: args[a].copy() for a in "xyz"}
    got = check_agreement("move", args)
    for a in "xyz":
        moved = got[a] != before[a]
        assert (got[a][moved] >= 0).all()
        assert (got[a][moved] <= args[f"u{a}"]).all()
    if args["planar"]:
        assert np.array_equal(got["z"], before["z"])


def through(args, code):
    """Cells 1 um from the upper x face that go 3 um towards it; both faces are of one kind."""
    args |= dict(dt=1.0, before=0.0, walls=code | code << 2, ux=50.0, uy=1e3, uz=1e3)
    args["x"][:], args["vx"][:] = 49, 3
    for name in ("vy", "vz"):
        args[name][:] = 0
    return check_agreement("move", args, "fp64")


def test_a_reflecting_wall_sends_back(free):
    got = through(free, 0)
    assert (got["x"] == 48).all()
    assert not got["gone"].any()


def test_an_absorbing_wall_stops_and_marks(free):
    got = through(free, 1)
    assert (got["x"] == 50).all()
    assert got["gone"].all()


def test_a_periodic_wall_leads_to_the_other_side(free):
    got = through(free, 2)
    assert (got["x"] == 2).all()
    assert not got["gone"].any()


def test_an_immovable_cell_stays_and_forgets_its_velocity(free):
    free["table"].reshape(3, -1)[:, 8] = 0
    got = check_agreement("move", free, "fp64")
    assert np.array_equal(got["x"], free["x"])
    assert not got["px"].any()
    assert not got["started"].any()
