"""Cells that turn into another type: own values are kept, given up or drawn, and all others stay as they are."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.fate._law import LOGNORMAL, NORMAL, UNIFORM, VALUE
from gputme.ops.fate.adopt import example

REAL = {"fp32": np.float32, "fp64": np.float64}


def turned(n: int, before: int, now: int, how=NORMAL, law=(3.0, 0.5, -np.inf, np.inf)) -> np.ndarray:
    """Cells that had 9 as type ``before`` and are of type ``now``: 0 does not vary (its value is 7), 1 and 2 do."""
    args = dict(
        n=n, seed=5, tick=77, stride=n, types=3, count=1, first=0, varies=np.array([0, 1, 1], np.uint8),
        base=np.array([7.0, 8.0, 8.0]), how=np.full(3, how, np.int32), law=np.tile(law, 3),
        id=np.arange(1, n + 1, dtype=np.uint64),
        type=np.full(n, now, np.uint8), drawn_as=np.full(n, before, np.uint8), custom=np.full(n, 9.0),
    )  # fmt: skip
    found = check_agreement("adopt", args, "fp64")
    assert (found["drawn_as"] == now).all()
    return found["custom"]


def test_the_type_decides_what_a_cell_has():
    assert (turned(4, 1, 1) == 9).all()
    assert (turned(4, 1, 0) == 7).all()
    assert (turned(4, 1, 2) == 9).all()
    assert (turned(4, 1, 2, law=(3.0, 0.5, 0.0, 5.0)) == 5).all()
    assert (turned(4, 0, 1, VALUE) == 3).all()


@pytest.mark.parametrize(("how", "mean", "sd"), [(NORMAL, 3, 0.5), (UNIFORM, 1.75, 2.5 / 12**0.5), (LOGNORMAL, 3, 0.5)])
def test_what_is_drawn_follows_the_new_types_law(how, mean, sd):
    n = 20000
    values = turned(n, 0, 1, how)
    values = np.log(values) + 3 - np.log(3) if how == LOGNORMAL else values
    assert abs(values.mean() - mean) < 4 * sd / n**0.5
    assert abs(values.std() - sd) < 4 * sd / n**0.5


@given(seed=st.integers(0, 2**32 - 1), precision=st.sampled_from(["fp32", "fp64"]))
def test_who_has_not_turned_and_other_variables_stay(seed, precision):
    args = example(50, np.random.default_rng(seed), REAL[precision])
    before, stride = args["custom"].copy(), args["stride"]
    stays = args["type"] == args["drawn_as"]
    after = check_agreement("adopt", args, precision)["custom"]
    assert np.array_equal(after[:stride], before[:stride])
    for row in range(1, 3):
        here = slice(row * stride, row * stride + 50)
        assert np.array_equal(after[here][stays], before[here][stays])
