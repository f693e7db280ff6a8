"""What cells of a voxel do is added up, whoever comes first."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.matrix.lay import example
from gputme.state.voxels import QUANTUM
from gputme.vocabulary import Behaviours

SUMS = ("rate", "pull", "wear", "turn_x", "turn_y", "turn_z", "order", "link")
PER_CELL = ("type", "death", "x", "y", "z", "mx", "my", "mz")


@given(st.integers(0, 2**32), st.integers(1, 200))
def test_sums_do_not_depend_on_the_order_of_cells(seed, size):
    args = example(size, np.random.default_rng(seed), np.float64)
    args["slot"][:] = -1
    other = np.random.default_rng(seed).permutation(size)
    first = check_agreement("lay", args, "fp64")
    second = check_agreement("lay", args | {name: args[name][other] for name in PER_CELL}, "fp64")
    for name in SUMS:
        assert (first[name] == second[name]).all(), name


@pytest.mark.parametrize("precision", ["fp32", "fp64"])
def test_the_sums_over_all_voxels_are_those_over_all_living_cells(precision):
    args = example(500, np.random.default_rng(5), np.float32 if precision == "fp32" else np.float64)
    args["slot"][:], args["barrier"][:] = -1, 0
    table, live = args["table"].reshape(3, -1).astype(np.float64), args["death"] == 0
    got = check_agreement("lay", args, precision)

    def over_cells(behaviour: int) -> np.ndarray:
        return table[args["type"][live], behaviour]

    produced, walks = (
        over_cells(Behaviours.ECM_PRODUCTION),
        np.array([args[m][live] for m in ("mx", "my", "mz")]).any(0),
    )
    expected = {
        "rate": produced, "pull": produced * over_cells(Behaviours.ECM_TARGET),
        "wear": over_cells(Behaviours.ECM_DEGRADATION), "link": over_cells(Behaviours.ECM_CROSSLINKING),
        "order": over_cells(Behaviours.ECM_ORDERING) * over_cells(Behaviours.SPEED) * walks
        * (over_cells(Behaviours.MOVABLE) > 0),
    }  # fmt: skip
    for name, values in expected.items():
        assert got[name].sum() * QUANTUM == pytest.approx(values.sum(), rel=1e-6, abs=500 * QUANTUM), name


@given(st.integers(0, 2**32))
def test_a_fibre_has_no_sign(seed):
    args = example(100, np.random.default_rng(seed), np.float64)
    flipped = args | {name: -args[name] for name in ("fibre_x", "fibre_y", "fibre_z")}
    first, second = check_agreement("lay", args, "fp64"), check_agreement("lay", flipped, "fp64")
    for name in SUMS:
        assert (first[name] == second[name]).all(), name


@pytest.mark.parametrize(("barrier", "movable", "share"), [(0, 1, 1), (0.75, 1, 0.25), (1, 1, 0), (0, 0, 0)])
def test_fibres_turn_by_the_length_that_is_walked(barrier, movable, share):
    """Straight across them a barrier slows a cell, or stops it; one that cannot be moved walks nowhere."""
    args = example(50, np.random.default_rng(7), np.float64)
    args["slot"][:], args["barrier"][:], args["anisotropy"][:], args["death"][:] = -1, barrier, 1, 0
    behaviours = (Behaviours.SPEED, Behaviours.MOVABLE, Behaviours.GUIDANCE, Behaviours.ECM_ALIGNMENT)
    args["table"].reshape(3, -1)[:, behaviours] = (0.5, movable, 0, 4)
    args["table"].reshape(3, -1)[:, Behaviours.ECM_ORDERING] = 0.004
    for name, values in (("m", (1, 0, 0)), ("fibre_", (0, 1, 0))):
        for axis, value in zip("xyz", values):
            args[f"{name}{axis}"][:] = value
    got = check_agreement("lay", args, "fp64")
    for name, rate in (("turn_x", 4), ("order", 0.004)):
        assert got[name].sum() * QUANTUM == pytest.approx(50 * 0.5 * rate * share, abs=50 * QUANTUM), name
    assert not got["turn_y"].any()
