"""The matrix over a step: exact for constant rates, within its limits, and what is booked is what changed."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.backends.source import read_kernel
from gputme.ops.matrix._deeds import deeds_of
from gputme.ops.matrix.remodel import example
from gputme.voxels import QUANTUM, Deed

FIBRE = ("fibre_x", "fibre_y", "fibre_z")


def alone(**changes) -> dict:
    """One voxel and its cell, of which nothing is done but what is given, by the deed or the key, in 1/min."""
    args = example(1, np.random.default_rng(0), np.float64) | {"turnover": 0.0, "dt": 1.0}
    args |= {"sums": np.zeros(len(Deed), np.int64), "digests": 1, "digestion": np.ones(1), "u": [np.zeros(1)]}
    args |= {"at": np.zeros(1, np.int64), "shared": np.full(1, args["first"], np.int32)}
    args |= {"table": np.zeros_like(args["table"]), "slot": np.full_like(args["slot"], -1)}
    args |= {"density": np.array([0.2]), "anisotropy": np.array([0.1]), "crosslink": np.array([0.0])}
    args |= dict(zip(FIBRE, (np.array([v]) for v in (0.6, 0.8, 0.0))))
    for name, value in changes.items():
        if name.upper() in Deed.__members__:
            args["sums"][Deed[name.upper()]] = round(value / QUANTUM)
        elif name == "digested":
            args["u"][0][:] = value
        else:
            args[name] = value if np.isscalar(args[name]) else np.array([value])
    return args


def after(args: dict, minutes: float, steps: int) -> dict:
    """The arrays after so long in so many steps, with the same rates in each."""
    for _ in range(steps):
        got = check_agreement("remodel", args | {"dt": minutes / steps}, "fp64")
        args = args | {name: got[name] for name in got.keys() & args.keys()} | {"sums": args["sums"]}
    return args


@pytest.mark.parametrize("steps", [1, 2, 60, 600])
def test_density_relaxes_exponentially_to_the_target_whatever_the_step(steps):
    got = after(alone(rate=1e-2, pull=0.9e-2), 60, steps)["density"][0]
    assert got == pytest.approx(0.9 - 0.7 * np.exp(-0.6), rel=1e-6)


@pytest.mark.parametrize("steps", [1, 10, 120])
def test_degradation_is_slowed_by_crosslinks(steps):
    got = after(alone(wear=1e-2, digested=3e-3, turnover=2e-3, crosslink=0.6), 60, steps)["density"][0]
    assert got == pytest.approx(0.2 * np.exp(-1.5e-2 / 4 * 60), rel=1e-6)


@pytest.mark.parametrize("steps", [1, 10, 120])
def test_anisotropy_grows_to_one(steps):
    got = after(alone(order=2e-2), 60, steps)["anisotropy"][0]
    assert got == pytest.approx(1 - 0.9 * np.exp(-1.2), rel=1e-6)


@pytest.mark.parametrize("steps", [1, 10, 600])
@pytest.mark.parametrize("order", [0.0, 2e-2])
def test_the_angle_to_the_cells_way_shrinks_as_its_tangent(steps, order):
    """tan(angle/2) falls by exp(-|D| integral of (1 - a)); at 6 min the product may be 24."""
    minutes, turning = 60.0, 0.05
    got = after(alone(turn_x=turning, order=order), minutes, steps)
    loose = 0.9 * ((1 - np.exp(-order * minutes)) / order if order else minutes)
    angle = 2 * np.arctan(np.tan(np.arccos(0.6) / 2) * np.exp(-turning * loose))
    assert np.arctan2(got["fibre_y"][0], got["fibre_x"][0]) == pytest.approx(angle, rel=1e-5)


def test_a_stiff_step_ends_at_the_cells_way():
    got = after(alone(turn_x=40.0), 6, 1)
    assert [got[name][0] for name in FIBRE] == pytest.approx([1, 0, 0], abs=1e-9)


def test_a_fibre_against_which_rounding_has_left_the_way_is_still_a_unit_vector():
    """Cells that go against each other across the fibre: what rounding leaves of their sum may point back along it."""
    args = alone(**dict(zip(FIBRE, (1.0, 0.0, 0.0))))
    args["sums"][Deed.TURN_X] = -1
    got = check_agreement("remodel", args, "fp64")
    assert sum(got[name][0] ** 2 for name in FIBRE) == pytest.approx(1, abs=1e-12)


@given(st.integers(0, 2**32))
def test_stays_within_limits_and_fibres_are_unit_vectors(seed):
    for precision, real, least in (("fp32", np.float32, 1e-6), ("fp64", np.float64, 1e-12)):
        got = check_agreement("remodel", example(64, np.random.default_rng(seed), real), precision)
        for name in ("density", "anisotropy", "crosslink"):
            assert ((got[name] >= 0) & (got[name] <= 1)).all(), name
        norm = sum(got[name].astype(np.float64) ** 2 for name in FIBRE)
        assert np.abs(norm - 1).max() < least


@given(st.integers(0, 2**32))
def test_a_fibre_has_no_sign(seed):
    args = example(64, np.random.default_rng(seed), np.float64)
    first, second = (
        check_agreement("remodel", args | {name: sign * args[name] for name in FIBRE}, "fp64") for sign in (1, -1)
    )
    cells = np.flatnonzero(args["at"] >= 0)
    own = deeds_of(cells, **{name: args[name] for name in inspect.signature(deeds_of).parameters if name != "cells"})
    deeds = args["sums"].reshape(-1, len(Deed))[cells].T + own
    turned = np.zeros(args["voxels"], bool)
    turned[args["at"][cells]] = deeds[Deed.TURN_X : Deed.TURN_Z + 1].any(axis=0)
    assert turned.any()
    for name in FIBRE:
        np.testing.assert_array_equal(first[name][turned], second[name][turned])
        np.testing.assert_array_equal(first[name][~turned], -second[name][~turned])


@given(st.integers(0, 2**32))
def test_books_what_changed(seed):
    args = example(64, np.random.default_rng(seed), np.float64)
    got = check_agreement("remodel", args, "fp64")
    laid, broken = (got["books"] - args["books"]) * QUANTUM
    assert laid - broken == pytest.approx((got["density"] - args["density"]).sum(), abs=128 * QUANTUM)
    assert broken >= 0


def test_what_nobody_touches_stays_as_it_is():
    args = example(64, np.random.default_rng(1), np.float32) | {"turnover": 0.0}
    args["sums"][:], args["digestion"][:], args["table"][:], args["slot"][:] = 0, 0, 0, -1
    got = check_agreement("remodel", args, "fp32")
    for name in ("density", *FIBRE, "anisotropy", "crosslink", "books"):
        assert got[name].tobytes() == args[name].tobytes(), name


@given(st.integers(0, 2**32), st.integers(2, 20))
def test_it_does_not_matter_which_cell_of_a_voxel_is_appointed(seed, size):
    """The others' deeds come as sums, its own beside them."""
    args = example(size, np.random.default_rng(seed), np.float64)
    args["sums"][:] = 0

    def done_by(appointed: int) -> dict:
        mine = {"at": np.zeros(size, np.int64), "keeper": np.full(args["voxels"], 1 + appointed, np.int32), "first": 1}
        mine |= {"shared": np.zeros(size, np.int32)}
        lays = {p.name for p in read_kernel("lay").params}
        laid = check_agreement("lay", {name: value for name, value in (args | mine).items() if name in lays}, "fp64")
        return check_agreement("remodel", args | laid | {"first": 1}, "fp64")

    first, last = done_by(0), done_by(size - 1)
    for name in ("density", *FIBRE, "anisotropy", "crosslink", "books", "sums"):
        assert first[name].tobytes() == last[name].tobytes(), name
    assert not first["sums"].any()


def test_voxels_without_cells_are_left_alone():
    args = example(64, np.random.default_rng(1), np.float32)
    empty = np.setdiff1d(np.arange(args["voxels"]), args["at"])
    got = check_agreement("remodel", args, "fp32")
    for name in ("density", *FIBRE, "anisotropy", "crosslink"):
        assert got[name][empty].tobytes() == args[name][empty].tobytes(), name
    assert empty.size
