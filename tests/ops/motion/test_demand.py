"""Number of steps: each of the three bounds holds at the step asked for; who cannot move asks for none."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.maths import from_bits
from gputme.ops.motion.demand import example


@pytest.fixture
def one():
    """One cell of radius 10 um whose behaviours are its type's."""
    args = example(1, np.random.default_rng(0), np.float64)
    args["slot"][:] = -1
    args["table"].reshape(3, -1)[:, [2, 8]] = 0, 1
    args["radius"][:], args["death"][:] = 10, 0
    for name in ("vx", "vy", "vz", "stiffness"):
        args[name][:] = 0
    return args


def rate(args):
    """Steps per minute asked for."""
    return from_bits(check_agreement("demand", args, "fp64")["peak"]).max()


def test_a_cell_at_rest_asks_for_nothing(one):
    assert rate(one) == 0


def test_a_stiff_contact_asks_for_a_stable_step(one):
    one["stiffness"][:] = 3.5
    assert rate(one) == pytest.approx(10)


def test_a_fast_cell_moves_less_than_a_tenth_of_its_radius(one):
    one["table"].reshape(3, -1)[:, 2] = 10
    assert rate(one) == pytest.approx(10)
    one["death"][:] = 1  # the dead do not crawl
    assert rate(one) == 0
    one["vy"][:] = -7
    assert rate(one) == pytest.approx(7)


def test_a_bending_path_asks_for_accuracy(one):
    one["stiffness"][:], one["vx"][:] = 0.5, 5.0
    step = 1 / rate(one)
    assert 0.5 * 1.0 * 5.0 * step**2 == pytest.approx(0.005 * 10)


def test_a_cell_that_cannot_move_asks_for_nothing(one):
    one["stiffness"][:], one["vx"][:] = 1, 5
    one["table"].reshape(3, -1)[:, 8] = 0
    assert rate(one) == 0


@given(seed=st.integers(0, 2**32 - 1))
def test_is_the_largest_over_all_cells(seed):
    args = example(40, np.random.default_rng(seed), np.float64)
    everyone = rate(args)
    args["radius"][7], args["stiffness"][7] = 1e3, 0
    assert rate(args) <= everyone


def test_two_threads_ask_the_same():
    check_agreement("demand", example(50_000, np.random.default_rng(2), np.float32))
