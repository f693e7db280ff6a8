"""The first step: Adams-Bashforth over each cell's own steps, Euler where there is no past or it has jumped."""

from __future__ import annotations

import numpy as np
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.motion.depart import example


def free(size: int = 100) -> dict:
    """Movable cells of one place each, whose velocities have not jumped, without a walk."""
    args = example(size, np.random.default_rng(5), np.float64)
    args["slot"][:] = -1
    args["table"].reshape(3, -1)[:, 8] = 1
    args |= dict(planar=0, minutes=1.0, last=1.0, order=np.arange(size, dtype=np.int32))
    args["stiffness"][:] = 1e3
    for name in ("dx", "dy", "dz"):
        args[name][:] = 0
    return args


def lines(got: dict) -> np.ndarray:
    return got["way"].reshape(-1, 16)


def test_is_adams_bashforth_over_each_cells_own_steps():
    args = free()
    args["dx"][:] = 3.0
    got = check_agreement("depart", args, "fp64")
    h = 1 / 2.0 ** args["level"]
    before = np.where(args["started"] > 0, 1 / 2.0 ** (args["started"].astype(float) - 1), np.inf)
    w = np.minimum(h / before, 1)
    np.testing.assert_allclose(lines(got)[:, 4], (1 + w / 2) * args["vx"] - w / 2 * args["px"] + 3, rtol=1e-13)
    assert np.array_equal(lines(got)[:, 0], args["sx"])
    assert np.array_equal(got["px"], args["vx"])
    assert np.array_equal(got["started"], 1 + args["level"])
    assert np.array_equal(got["count"][1:], np.bincount(args["level"], minlength=32)[1:])


def test_a_cell_whose_velocity_jumped_starts_anew():
    args = free()
    args["started"][:], args["level"][:], args["stiffness"][:] = 1, 0, 0.1
    args["vx"][:], args["px"][:] = 2, np.linspace(1, 3, 100)
    for name in ("vy", "vz", "py", "pz"):
        args[name][:] = 0
    got = check_agreement("depart", args, "fp64")
    jumped = np.abs(args["vx"] - args["px"]) > 0.2 * np.maximum(2, args["px"])
    assert 20 < jumped.sum() < 80
    np.testing.assert_allclose(lines(got)[:, 4], np.where(jumped, 2, 3 - 0.5 * args["px"]), rtol=1e-12)


def test_without_a_step_before_nobody_has_a_past():
    got = check_agreement("depart", free() | dict(last=0.0), "fp64")
    assert np.array_equal(lines(got)[:, 4], free()["vx"])


def test_an_immovable_cell_stays_forgets_and_takes_one_step():
    args = free()
    args["table"].reshape(3, -1)[:, 8] = 0
    args["level"][:], args["dx"][:] = 3, 5
    got = check_agreement("depart", args, "fp64")
    assert not lines(got)[:, 4:7].any()
    assert not lines(got)[:, 11].any()
    for name in ("px", "py", "pz", "started", "level", "count"):
        assert not got[name].any(), name


def test_in_a_plane_z_stays():
    got = check_agreement("depart", free() | dict(planar=1), "fp64")
    assert not lines(got)[:, 6].any()
    assert not got["pz"].any()


@given(seed=st.integers(0, 2**32 - 1))
def test_steps_do_not_depend_on_the_place_in_memory(seed):
    args = example(80, np.random.default_rng(seed), np.float32)
    got = check_agreement("depart", args)
    shuffle = np.random.default_rng(seed).permutation(80)
    other = {k: v.copy() if isinstance(v, np.ndarray) else v for k, v in args.items()}
    for name in ("vx", "vy", "vz", "stiffness", "dx", "dy", "dz", "px", "py", "pz", "started"):
        other[name] = args[name][shuffle]
    rows = args["ruled"][: args["slot"].max() * 80 + 80].reshape(-1, 80) if args["slot"].max() >= 0 else None
    if rows is not None:
        other["ruled"] = np.ascontiguousarray(rows[:, shuffle]).ravel()
    other["order"] = np.argsort(shuffle)[args["order"]].astype(np.int32)
    assert np.array_equal(check_agreement("depart", other)["way"], got["way"])
