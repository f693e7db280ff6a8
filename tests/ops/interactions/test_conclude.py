"""Holds are booked."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.interactions.conclude import example
from gputme.vocabulary import Behaviours


@pytest.mark.parametrize("precision", ["fp32", "fp64"])
@given(size=st.integers(1, 300), seed=st.integers(0, 2**32 - 1))
def test_agrees(size, seed, precision):
    real = np.float32 if precision == "fp32" else np.float64
    check_agreement("conclude", example(size, np.random.default_rng(seed), real), precision)


@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 4096), st.integers(1, 4096))
def test_the_harm_of_two_attackers_lacks_effect_as_far_as_each_does(first, second, since, until):
    """2 and 0.5 damage per minute, by cells that have begun, and end, at some time of the step."""
    numbers = Behaviours(1, 3, 0)
    table = np.zeros((3, numbers.count))
    table[:2, Behaviours.ATTACK_DAMAGE], table[:2, Behaviours.ATTACK_EFFECT] = (2, 0.5), (first, second)
    column = lambda dtype, *values: np.array(values, dtype)  # noqa: E731
    args = dict(
        n=3, m=2, blunting=1, tick=10**6, end=10**6 + 4096, types=3, stride=3, behaviours=numbers.count,
        table=table.ravel(), slot=np.full(numbers.count, -1, np.int32), ruled=np.zeros(1), needed=np.zeros(3, np.int32),
        actors=column(np.int64, 0, 1), at=column(np.int32, 2, 2), type=column(np.uint8, 0, 1, 2),
        doom=column(np.int64, 0, 10**6 + until, 0), held_id=column(np.uint64, 3, 3, 0),
        held_since=column(np.int64, 10**6 + since, 500, 0), delivered=np.zeros(3),
        **{name: np.zeros(3, np.int64) for name in ("attack_time", "harm", "blunted", "held_for")},
    )  # fmt: skip
    got = check_agreement("conclude", args, "fp64")
    done = np.array([2 * (4096 - since), 0.5 * until]) / 1024
    assert got["harm"] / 2**32 == pytest.approx([0, 0, done.sum()])
    assert got["blunted"] / 2**32 == pytest.approx([0, 0, done @ [1 - first, 1 - second]], abs=1e-9)
    assert got["held_for"].tolist() == [0, 0, 4096 - since + until]
    with_hits = check_agreement("conclude", args | dict(needed=np.array([1, 1, 0], np.int32)), "fp64")
    assert not any(with_hits[name].any() for name in ("harm", "blunted", "held_for"))
    table[:2, Behaviours.ATTACK_DAMAGE] = 0  # held, but without damage
    assert not check_agreement("conclude", args | dict(table=table.ravel()), "fp64")["held_for"].any()
