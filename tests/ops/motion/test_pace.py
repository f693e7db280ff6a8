"""Paces: each bound holds at the step that a cell is given; who walks alone or cannot move asks for none."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.maths import from_bits
from gputme.ops.motion.pace import example


@pytest.fixture
def one():
    """One cell of radius 10 um whose behaviours are its type's, for a minute."""
    args = example(1, np.random.default_rng(0), np.float64)
    args["slot"][:] = -1
    args["table"].reshape(3, -1)[:, 8] = 1
    args |= dict(minutes=1.0)
    args["size"][:], args["reach"][:] = 10, 12.5
    for name in ("vx", "vy", "vz", "dx", "dy", "dz", "stiffness"):
        args[name][:] = 0
    return args


def pace(args):
    """Steps, whether the cell is a seed, and how far it may come."""
    got = check_agreement("pace", args, "fp64")
    return 2 ** int(got["level"][0]), bool(got["found"][0]), float(got["wide"][0])


def test_a_cell_at_rest_takes_one_step(one):
    assert pace(one) == (1, False, 12.5)


@pytest.mark.parametrize(("stiffness", "steps"), [(0.45, 1), (0.46, 2), (0.9, 2), (3.5, 8)])
def test_a_stiff_contact_asks_for_a_stable_step(one, stiffness, steps):
    one["stiffness"][:] = stiffness
    assert pace(one)[:2] == (steps, steps > 1)


def test_forces_move_a_cell_less_than_a_tenth_of_its_radius(one):
    one["vy"][:] = -7
    assert pace(one) == (8, True, 12.5 + 5)
    assert pace(one | dict(minutes=0.5)) == (4, True, 12.5 + 3.5)


def test_who_walks_takes_one_step_and_asks_who_is_there(one):
    one["dx"][:] = 10
    assert pace(one) == (1, True, 22.5)
    one["dx"][:] = 0.9
    assert pace(one) == (1, False, 13.4)
    one["vx"][:] = 0.2
    assert pace(one)[:2] == (1, True)


def test_a_bending_path_asks_for_accuracy(one):
    one["stiffness"][:], one["vx"][:] = 0.1, 0.9
    rate = from_bits(check_agreement("pace", one, "fp64")["peak"])[2]
    assert 0.5 * 0.2 * 0.9 / rate**2 == pytest.approx(0.002 * 10)
    assert pace(one)[0] == 4


def test_a_cell_that_cannot_move_asks_for_nothing(one):
    one["stiffness"][:], one["vx"][:], one["dx"][:] = 1, 5, 9
    one["table"].reshape(3, -1)[:, 8] = 0
    assert pace(one) == (1, False, 12.5)
    assert not check_agreement("pace", one, "fp64")["peak"][:3].any()


def test_what_is_beyond_all_bounds_is_told(one):
    one["stiffness"][:] = 1e30
    assert pace(one)[0] == 2**31


@given(seed=st.integers(0, 2**32 - 1))
def test_every_bound_holds_at_the_chosen_step(seed):
    args = example(60, np.random.default_rng(seed), np.float64)
    got, o = check_agreement("pace", args, "fp64"), args["order"]
    h, r = args["minutes"] / 2.0 ** got["level"], args["size"]
    v, stiff = np.sqrt(sum(args[a][o] ** 2 for a in ("vx", "vy", "vz"))), 2 * args["stiffness"][o]
    several = got["level"] > 0
    movable = args["table"].reshape(args["types"], -1)[args["kind"], 8]
    movable = movable if args["slot"][8] < 0 else args["ruled"][args["slot"][8] * args["stride"] + o]
    moves = movable > 0
    assert not several[~moves].any()
    worst = np.max([stiff * h / 0.9, v * h / (0.1 * r), np.sqrt(0.5 * stiff * v / (0.002 * r)) * h], axis=0)
    assert (worst[moves] <= 1 + 1e-12).all()
    assert (worst[several] > 0.5).all(), "half as many would have been too few"
    assert set(np.flatnonzero(several)) <= set(got["seeds"][: got["found"][0]])


def test_two_threads_ask_the_same():
    check_agreement("pace", example(50_000, np.random.default_rng(2), np.float32))
