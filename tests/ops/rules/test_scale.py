"""A scaled behaviour follows its variable along a line, from zero to its bounds; the dead keep what they did."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.rules.scale import example


def one(variable, behaviour=2.0, **entry) -> float:
    entry = dict(zero=0.5, slope=1 / 1.5, most=1.0, limit=np.inf) | entry
    args = dict(
        n=1, stride=1, count=1, kind=np.zeros(1, np.int32), row=np.zeros(1, np.int32), variable=np.zeros(1, np.int32),
        type=np.zeros(1, np.uint8), death=np.zeros(1, np.uint8), custom=np.array([variable]),
        ruled=np.array([behaviour]), **{name: np.array([value]) for name, value in entry.items()},
    )  # fmt: skip
    return check_agreement("scale", args, "fp64")["ruled"][0]


@given(variable=st.floats(-10, 10))
def test_follows_the_clamped_line_of_the_variable(variable):
    assert one(variable) == pytest.approx(2 * np.clip((variable - 0.5) / 1.5, 0, 1), rel=1e-14, abs=1e-300)


def test_a_line_may_fall_go_on_and_is_bounded_by_what_the_behaviour_allows():
    assert one(1.0, zero=2.0, slope=-1.0) == 2.0
    assert one(5.0, zero=0.0, slope=1.0, most=np.inf) == 10.0
    assert one(5.0, zero=0.0, slope=1.0, most=np.inf, limit=1.0) == 1.0


@given(seed=st.integers(0, 2**32 - 1), precision=st.sampled_from(["fp32", "fp64"]))
def test_only_living_cells_of_its_type_change(seed, precision):
    args = example(60, np.random.default_rng(seed), {"fp32": np.float32, "fp64": np.float64}[precision])
    before, after = args["ruled"].copy(), check_agreement("scale", args, precision)["ruled"]
    others = (args["death"] != 0) | ~np.isin(args["type"], args["kind"])
    rows = [after.reshape(3, -1), before.reshape(3, -1)]
    assert np.array_equal(*(row[:, :60][:, others] for row in rows))
