"""Meetings: who meets nobody is left alone; who is run into is raised, and not whole neighbourhoods."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.motion.meet import example


def two(gap: float, walk: tuple[float, float, float], period: float = 0.0, push: float = 10.0, v=(0.0, 0.0)) -> dict:
    """Two cells of radius 5 and 8 um, ``gap`` apart along x; the first, the only seed, walks over ``walk`` in a min."""
    args = example(2, np.random.default_rng(1), np.float64)
    args["slot"][:] = -1
    args |= dict(
        nx=1, ny=1, nz=1, bx=0.0, by=0.0, bz=0.0, wx=period, wy=0.0, wz=0.0, minutes=1.0, accuracy=0.002, paired=1,
        start=np.array([0, 2]), order=np.arange(2, dtype=np.int32), kind=np.zeros(2, np.uint8),
        size=np.array([5.0, 8.0]), reach=np.array([6.25, 10.0]), sx=np.array([100.0, 100.0 + gap]),
        sy=np.full(2, 50.0), sz=np.full(2, 50.0), vx=np.array(v), seeds=np.zeros(2, np.int32),
        found=np.ones(1, np.int64), level=np.zeros(2, np.int64),
    )  # fmt: skip
    args["repulsion"][:], args["adhesion"][:] = push, 0
    for name in ("vy", "vz", "dx", "dy", "dz"):
        args[name] = np.zeros(2)
    for name, value in zip(("dx", "dy", "dz"), walk):
        args[name][0] = value
    args["wide"] = args["reach"] + np.array([np.linalg.norm(walk), 0])
    args["peak"] = np.append(np.zeros(3, np.int64), args["wide"].max().view(np.int64))
    return args


def levels(args: dict) -> list[int]:
    return check_agreement("meet", args, "fp64")["level"].tolist()


def test_who_walks_into_somebody_raises_both():
    first, second = levels(two(15, (10, 0, 0)))
    # closest approach 5 um: p = 1 - 5/13, k = 2 * 10 p / 13, accuracy sqrt(k w / (2 e r))
    k = 20 * (1 - 5 / 13) / 13
    asks = [max(np.sqrt(0.5 * k * 10 / (0.002 * r)), 2 * k / 0.9) for r in (5, 8)]
    asks[1] = max(asks[1], 10 * (8 / 13) ** 2 / 0.8)
    assert [first, second] == np.ceil(np.log2(asks)).tolist()


@pytest.mark.parametrize("walk", [(-10, 0, 0), (0, 14, 0), (0.9, 0, 0)])
def test_who_walks_past_or_away_raises_nobody(walk):
    assert levels(two(15, walk)) == [0, 0]


def test_who_is_out_of_reach_is_not_asked():
    assert levels(two(30, (10, 0, 0))) == [0, 0]


def test_through_a_periodic_wall_they_meet_as_well():
    assert levels(two(185, (-10, 0, 0), period=200.0)) == levels(two(15, (10, 0, 0)))
    assert levels(two(185, (10, 0, 0), period=200.0)) == [0, 0]


def test_who_moves_along_with_a_fast_one_is_left_alone():
    """Two that are pushed the same way at the same speed, though they overlap."""
    assert levels(two(10, (0, 0, 0), v=(3.0, 3.0))) == [0, 0]
    assert levels(two(10, (0, 0, 0), v=(3.0, 0.0)))[1] > 1


def test_without_forces_between_them_nobody_is_raised():
    assert levels(two(15, (10, 0, 0), push=0.0)) == [0, 0]


@given(seed=st.integers(0, 2**32 - 1))
def test_levels_only_rise_and_do_not_depend_on_the_order_of_the_seeds(seed):
    rng = np.random.default_rng(seed)
    args = example(120, rng, np.float64)
    before = args["level"].copy()
    got = check_agreement("meet", args, "fp64")["level"]
    assert (got >= before).all()
    found = int(args["found"][0])
    args["seeds"][:found] = rng.permutation(args["seeds"][:found])
    assert np.array_equal(check_agreement("meet", args, "fp64")["level"], got)


def test_two_threads_raise_the_same():
    check_agreement("meet", example(5000, np.random.default_rng(2), np.float32))
