"""Daughters turn as often as they should, into newborns of their type; mothers and all else stay as they are."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.fate.differentiate import example
from gputme.vocabulary import Behaviours

seeds = st.integers(0, 2**32 - 1)
NUMBERS = Behaviours(1, 3, 0)


def colony(m: int, chances: list[list[float]], seed: int = 1) -> dict:
    """m daughters, whose types turn with given probabilities (types, types)."""
    args = example(m, np.random.default_rng(seed), np.float64)
    args["table"].reshape(3, -1)[:, NUMBERS.all_of("asymmetric")] = chances
    return args | dict(slot=np.full(NUMBERS.count, -1, np.int32))


@given(seed=seeds, precision=st.sampled_from(["fp32", "fp64"]))
def test_who_turns_is_a_newborn_of_the_type_and_nobody_else_changes(seed, precision):
    args = example(60, np.random.default_rng(seed), np.float32 if precision == "fp32" else np.float64)
    got = check_agreement("differentiate", args, precision)
    turned = got["type"] != args["type"]
    assert got["turned"][0] == turned.sum()
    assert not turned[:60].any()
    assert (got["phase"][turned] == 0).all()
    assert np.array_equal(got["nuclear_target"][turned], args["target"][got["type"][turned]])
    table = args["table"].reshape(3, -1)
    before, after = (values.reshape(-1, args["stride"]) for values in (args["ruled"], got["ruled"]))
    for b in np.flatnonzero(args["slot"] >= 0):
        row = args["slot"][b]
        assert np.array_equal(after[row][turned], table[got["type"][turned], b])
        assert np.array_equal(after[row][~turned], before[row][~turned])
    for name in ("phase", "nuclear_target"):
        assert np.array_equal(got[name][~turned], args[name][~turned])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_shares_are_the_probabilities_and_what_is_left_stays(seed):
    chances = np.array([[0.5, 0.1, 0.25], [0.7, 0, 0.3], [0, 0, 1]])  # an entry for the own type is no change
    args = colony(30_000, chances, seed)
    got = check_agreement("differentiate", args, "fp64")
    wanted = chances.copy()
    np.fill_diagonal(wanted, 0)
    np.fill_diagonal(wanted, 1 - wanted.sum(axis=1))
    for own, into in np.ndindex(3, 3):
        mine = args["type"][30_000:] == own
        share, p = np.mean(got["type"][30_000:][mine] == into), wanted[own, into]
        assert abs(share - p) <= 3 * np.sqrt(p * (1 - p) / mine.sum()), (own, into)


def test_more_than_certainty_is_shared_in_proportion():
    args = colony(30_000, [[0, 0.9, 0.3], [0, 0, 0], [0, 0, 0]])
    args["type"][:] = 0
    got = check_agreement("differentiate", args, "fp64")["type"][30_000:]
    assert set(got) == {1, 2}
    assert np.mean(got == 1) == pytest.approx(0.75, abs=3 * np.sqrt(0.75 * 0.25 / 30_000))


def test_who_turns_depends_on_the_mother_and_the_time_and_not_on_the_place():
    args = colony(500, np.full((3, 3), 0.3).tolist())
    order = np.random.default_rng(1).permutation(500) + 500
    moved = args | {name: np.concatenate([args[name][:500], args[name][order]]) for name in ("type", "parent", "birth")}
    one, other = (check_agreement("differentiate", a, "fp64")["type"] for a in (args, moved))
    assert np.array_equal(one[order], other[500:])
    later = check_agreement("differentiate", args | dict(birth=args["birth"] + 1), "fp64")["type"]
    assert (later != one).any()
