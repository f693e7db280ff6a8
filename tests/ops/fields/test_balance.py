"""The balance of a step: its factor closes it, and the debt is what rounding left."""

from __future__ import annotations

import numpy as np
import pytest

from gputme.ops.fields.balance import balance, example


def given(**changed) -> dict:
    """Ten units come in, eight leave; a unit is a million quanta."""
    args = example(1, np.random.default_rng(1), np.float64) | dict(
        shares=2, last=0, per_dt=1.0, dt=1.0, fastest=1.0, inflow=0.0, room=2.0**40,
        sizes=np.array([2.0**20, 0.0]).view(np.int64), norms=np.array([0.0, 0.0, 2.0**19]).view(np.int64),
        income=np.array([8, 2]) << 20, outgo=np.array([3, 5]) << 20, factor=np.ones(1), debt=np.zeros(1),
        told=np.zeros(2),
    )  # fmt: skip
    return args | changed


def test_the_factor_makes_what_leaves_equal_to_what_comes():
    args = given()
    balance(**args)
    assert args["factor"][0] == 10 / 8
    assert not args["outgo"].any()
    assert args["told"].tolist() == [0.0, 0.25]


def test_a_debt_is_paid_and_what_rounding_leaves_is_the_new_one():
    args = given(debt=np.array([2.0]))
    balance(**args)
    assert args["factor"][0] == 12 / 8
    args |= dict(last=1, outgo=np.array([0, 11 << 20]), factor=np.ones(1))
    balance(**args)
    assert args["debt"][0] == 1.0
    assert args["told"][0] == 2.0**20
    assert not any(args[name].any() for name in ("income", "outgo", "sizes", "norms"))  # ready for the next


@pytest.mark.parametrize(("name", "value"), [("income", [0, 0]), ("outgo", [0, 0]), ("income", [-5, 0])])
def test_nothing_is_divided_where_nothing_comes_or_leaves(name, value):
    args = given(**{name: np.array(value)})
    balance(**args)
    assert args["factor"][0] == 1.0
    assert args["told"][1] == 0.0


def test_a_steady_field_has_no_debt():
    args = given(last=1, per_dt=0.0, debt=np.array([3.0]))
    balance(**args)
    assert args["debt"][0] == 3.0
