"""What cells of a voxel do beside the one appointed is added up, whoever comes first."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.matrix.lay import example
from gputme.vocabulary import Behaviours
from gputme.voxels import AT_ONCE, QUANTUM, Deed

PER_CELL = ("type", "at", "mx", "my", "mz")


def among(size: int, seed: int, precision: str = "fp64") -> dict:
    """Cells of which none is appointed: those appointed are beyond the last of them."""
    args = example(size, np.random.default_rng(seed), np.float32 if precision == "fp32" else np.float64)
    args["slot"][:] = -1
    places = size + np.arange(args["voxels"])
    args["keeper"][:] = args["first"] + places
    room = places[-1] + 1
    return args | {"shared": np.zeros(room, np.int32), "sums": np.zeros(room * len(Deed), np.int64)}


@given(st.integers(0, 2**32), st.integers(1, 200))
def test_sums_do_not_depend_on_the_order_of_cells(seed, size):
    args = among(size, seed)
    other = np.random.default_rng(seed).permutation(size)
    first = check_agreement("lay", args, "fp64")["sums"]
    second = check_agreement("lay", args | {name: args[name][other] for name in PER_CELL}, "fp64")["sums"]
    assert (first == second).all()


def test_sums_stand_in_the_place_of_the_cell_appointed_who_adds_nothing():
    args = example(300, np.random.default_rng(4), np.float64)
    got = check_agreement("lay", args, "fp64")
    sums, live = got["sums"].reshape(-1, len(Deed)), args["at"] >= 0
    place = np.where(live, args["keeper"][args["at"]] - args["first"], -1)
    appointed = place == np.arange(300)
    assert set(np.flatnonzero(sums.any(axis=1))) <= set(place[live & ~appointed])
    marked = np.isin(np.arange(300), place[live & ~appointed])
    assert (got["at"] == np.where(appointed, args["at"], -1)).all()
    assert ((got["shared"] >= args["first"]) == marked).all()
    assert 0 < marked.sum() < appointed.sum()
    assert 0 < appointed.sum() < live.sum()


def summed(args: dict, precision: str = "fp64") -> dict[str, float]:
    """The sums over all voxels, 1/min."""
    return dict(zip(Deed, check_agreement("lay", args, precision)["sums"].reshape(-1, len(Deed)).sum(axis=0) * QUANTUM))


@pytest.mark.parametrize("precision", ["fp32", "fp64"])
def test_the_sums_over_all_voxels_are_those_over_all_living_cells(precision):
    args = among(500, 5, precision)
    args["barrier"][:] = 0
    table, live = args["table"].reshape(3, -1).astype(np.float64), args["at"] >= 0
    got = summed(args, precision)

    def over_cells(behaviour: int) -> np.ndarray:
        return table[args["type"][live], behaviour]

    produced, walks = (
        over_cells(Behaviours.ECM_PRODUCTION),
        np.array([args[m][live] for m in ("mx", "my", "mz")]).any(0),
    )
    expected = {
        Deed.RATE: produced, Deed.PULL: produced * over_cells(Behaviours.ECM_TARGET),
        Deed.WEAR: over_cells(Behaviours.ECM_DEGRADATION), Deed.LINK: over_cells(Behaviours.ECM_CROSSLINKING),
        Deed.ORDER: over_cells(Behaviours.ECM_ORDERING) * over_cells(Behaviours.SPEED) * walks
        * (over_cells(Behaviours.MOVABLE) > 0),
    }  # fmt: skip
    for deed, values in expected.items():
        assert got[deed] == pytest.approx(values.sum(), rel=1e-6, abs=500 * QUANTUM), deed


@given(st.integers(0, 2**32))
def test_a_fibre_has_no_sign(seed):
    args = among(100, seed)
    flipped = args | {name: -args[name] for name in ("fibre_x", "fibre_y", "fibre_z")}
    first, second = check_agreement("lay", args, "fp64"), check_agreement("lay", flipped, "fp64")
    assert (first["sums"] == second["sums"]).all()


@pytest.mark.parametrize(("barrier", "movable", "share"), [(0, 1, 1), (0.75, 1, 0.25), (1, 1, 0), (0, 0, 0)])
def test_fibres_turn_by_the_length_that_is_walked(barrier, movable, share):
    """Straight across them a barrier slows a cell, or stops it; one that cannot be moved walks nowhere."""
    args = among(50, 7)
    args["barrier"][:], args["anisotropy"][:], args["at"][:] = barrier, 1, 0
    behaviours = (Behaviours.SPEED, Behaviours.MOVABLE, Behaviours.GUIDANCE, Behaviours.ECM_ALIGNMENT)
    args["table"].reshape(3, -1)[:, behaviours] = (0.5, movable, 0, 4)
    args["table"].reshape(3, -1)[:, Behaviours.ECM_ORDERING] = 0.004
    for name, values in (("m", (1, 0, 0)), ("fibre_", (0, 1, 0))):
        for axis, value in zip("xyz", values):
            args[f"{name}{axis}"][:] = value
    got = summed(args)
    for deed, rate in ((Deed.TURN_X, 4), (Deed.ORDER, 0.004)):
        assert got[deed] == pytest.approx(50 * 0.5 * rate * share, abs=50 * QUANTUM), deed
    assert got[Deed.TURN_Y] == 0


@pytest.mark.parametrize("precision", ["fp32", "fp64"])
def test_rates_beyond_all_steps_count_as_at_once(precision):
    """Sums of many cells at 10^9 per minute would leave the range of integers; what they lay down towards is kept."""
    args = among(400, 6, precision)
    table = args["table"].reshape(3, -1)
    args["at"][:], table[:, Behaviours.ECM_TARGET] = 0, 0.25
    fast = ("ECM_PRODUCTION", "ECM_DEGRADATION", "ECM_ALIGNMENT", "ECM_ORDERING", "ECM_CROSSLINKING", "SPEED")
    table[:, [getattr(Behaviours, name) for name in fast]] = 1e9
    got = summed(args, precision)
    assert got[Deed.RATE] == got[Deed.WEAR] == got[Deed.LINK] == 400 * AT_ONCE
    assert got[Deed.PULL] == 0.25 * got[Deed.RATE]
    assert all(abs(got[deed]) <= 400 * AT_ONCE for deed in Deed)
