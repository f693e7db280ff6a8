"""Motility: unit directions, no cell faster than its speed, who stays, closed-form moments, independence."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.motion._walk import moments
from gputme.ops.motion.motility import example
from gputme.vocabulary import Behaviours

seeds = st.integers(0, 2**32 - 1)
MOVED = ("dx", "dy", "dz")
RUN = ("mx", "my", "mz")


def plain(n: int, seed: int = 0, **behaviours: float) -> dict:
    """n living cells of one type without rules, fp64; behaviours by name, else speed 1, persistence 10."""
    args = example(n, np.random.default_rng(seed), np.float64) | dict(planar=0)
    args["slot"][:] = -1
    args["type"][:] = args["death"][:] = 0
    values = dict(SPEED=1.0, BIAS=0.0, PERSISTENCE=10.0, MOVABLE=1.0) | behaviours
    for name, value in values.items():
        args["table"][getattr(Behaviours, name)] = value
    return args


def vectors(got: dict, names: tuple[str, ...]) -> np.ndarray:
    return np.array([got[name] for name in names])


@given(seeds)
def test_directions_are_unit_vectors_and_no_cell_outruns_its_speed(seed):
    args = plain(200, seed, SPEED=0.5, BIAS=0.4)
    args["dt"] = min(args["dt"], 90.0)
    got = check_agreement("motility", args, "fp64")
    np.testing.assert_allclose(np.linalg.norm(vectors(got, RUN), axis=0), 1, rtol=1e-12)
    assert np.linalg.norm(vectors(got, MOVED), axis=0).max() <= 0.5 * args["dt"] * (1 + 1e-12)


@given(seeds)
def test_cells_stay_in_their_plane(seed):
    args = plain(200, seed, BIAS=0.4) | dict(planar=1, mz=np.zeros(200))
    got = check_agreement("motility", args, "fp64")
    assert not got["dz"].any()
    assert not got["mz"].any()
    assert got["dx"].all()


@pytest.mark.parametrize("change", [dict(SPEED=0.0), dict(MOVABLE=0.0), None])
def test_still_immovable_and_dead_cells_stay_and_keep_their_direction(change):
    args = plain(50, **(change or {}))
    if change is None:
        args["death"][:] = 2
    got = check_agreement("motility", args, "fp64")
    assert not vectors(got, MOVED).any()
    np.testing.assert_array_equal(vectors(got, RUN), vectors(args, RUN))


def test_a_run_that_does_not_end_is_straight():
    args = plain(2000, PERSISTENCE=1e9) | dict(dt=2.0)
    args |= dict(zip(RUN, np.tile([[0.6], [0.0], [0.8]], 2000)))
    got = check_agreement("motility", args, "fp64")
    np.testing.assert_allclose(vectors(got, MOVED).T, [[1.2, 0, 1.6]] * 2000)


def test_full_bias_follows_the_wanted_direction():
    args = plain(500, BIAS=1.0, PERSISTENCE=0.1) | dict(dt=1000.0)
    for name, v in zip(("bx", "by", "bz"), (0.0, -7.0, 0.0)):
        args[name][:] = v
    for name, v in zip(RUN, (0.0, -1.0, 0.0)):
        args[name][:] = v
    got = check_agreement("motility", args, "fp64")
    np.testing.assert_allclose(vectors(got, MOVED).T, [[0, -1000, 0]] * 500, atol=0.1)


def test_a_graded_bias_grows_with_the_wanted_direction():
    drift = []
    for length in (0.0, 0.25, 1.0, 4.0):
        args = plain(4000, BIAS=0.4, PERSISTENCE=1.0) | dict(dt=200.0)
        args["graded"][0] = 1
        args["bx"][:], args["by"][:], args["bz"][:] = length, 0, 0
        drift.append(check_agreement("motility", args, "fp64")["dx"].mean() / 200)
    a = [b / (1 - b) for b in (0.0, 0.1, 0.4, 0.4)]
    np.testing.assert_allclose(drift, 2 * np.array(a) / 3, atol=0.005)


@given(seeds)
def test_memory_order_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    args = plain(100, seed, BIAS=0.3)
    order = rng.permutation(100)
    arrays = ("id", "bx", "by", "bz", *RUN)
    before = check_agreement("motility", args, "fp64")
    after = check_agreement("motility", args | {name: args[name][order] for name in arrays}, "fp64")
    for name in (*MOVED, *RUN):
        np.testing.assert_array_equal(before[name][order], after[name])


@pytest.mark.parametrize("planar", [False, True])
@given(st.one_of(st.floats(0, 1e3), st.floats(1 - 1e-6, 1 + 1e-6), st.floats(0, 1e-2)))
def test_moments_of_the_cosine_equal_quadrature(planar, a):
    u = (np.arange(100_000) + 0.5) / 100_000  # midpoints: angle in the plane, or cosine of a uniform direction
    c = np.cos(np.pi * u) if planar else 2 * u - 1
    cosine = (a + c) / np.sqrt(np.maximum((1 - a) ** 2 + 2 * a * (1 + c), 1e-300))
    mean, square = (m[0] for m in moments(np.array([a]), planar))
    assert mean == pytest.approx(cosine.mean(), abs=2e-6)
    assert square == pytest.approx((cosine**2).mean(), abs=2e-6)


def test_moments_equal_the_published_drifts():
    """Target A7, to the digits given there."""
    b = np.array([0.1, 0.18, 0.25, 0.5, 0.75, 0.95])
    np.testing.assert_allclose(
        moments(b / (1 - b), True)[0], [0.0556, 0.1104, 0.1691, 0.6366, 0.9716, 0.9993], atol=6e-5
    )
    np.testing.assert_allclose(
        moments(b / (1 - b), False)[0], [0.0741, 0.1463, 0.2222, 0.6667, 0.9630, 0.9991], atol=6e-5
    )
