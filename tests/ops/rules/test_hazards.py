"""Hazards of switching add up, each raised by H and lowered by 1 - H of its signals; the dead keep what they did."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.rules.hazards import example

PRECISIONS = {"fp32": np.float32, "fp64": np.float64}


def one(entries: list[tuple[float, list[tuple[float, float, float, int]]]], before: float = 0.0) -> float:
    """The hazard of one living cell; entries: a rate and its signals (value, half-maximum, power, lowers)."""
    terms = [term for _, mine in entries for term in mine]
    value, half_max, power, lowers = (np.array(column) for column in zip(*terms)) if terms else [np.zeros(0)] * 4
    args = dict(
        n=1, stride=1, pairs=1, entries=len(entries), terms=len(terms), kind=np.zeros(1, np.int32),
        row=np.zeros(1, np.int32), entry=np.array([0, len(entries)], np.int32),
        rate=np.array([rate for rate, _ in entries]),
        first=np.cumsum([0, *(len(mine) for _, mine in entries)]).astype(np.int32),
        source=np.arange(len(terms), dtype=np.int32), lowers=lowers.astype(np.int32),
        half_max=half_max.astype(float), power=power.astype(float), type=np.zeros(1, np.uint8),
        death=np.zeros(1, np.uint8), sensed=np.append(value, 0.0), ruled=np.array([before]),
    )  # fmt: skip
    return check_agreement("hazards", args, "fp64")["ruled"][0]


values = st.floats(0, 1e6) | st.just(0.0)
halves, powers = st.floats(1e-3, 1e3), st.sampled_from([0.5, 1.0, 2.0, 4.0, 16.0])
signals = st.lists(st.tuples(values, halves, powers, st.sampled_from([0, 1])), max_size=3)
hazards = st.lists(st.tuples(st.floats(1e-6, 10), signals), min_size=1, max_size=4)


@given(value=st.floats(1e-6, 1e4), half=halves, power=powers)
def test_a_signal_raises_by_h_and_lowers_by_the_rest(value, half, power):
    h = (value / half) ** power / (1 + (value / half) ** power)
    assert one([(2.0, [(value, half, power, 0)])]) == pytest.approx(2 * h, rel=1e-9, abs=1e-25)
    assert one([(2.0, [(value, half, power, 1)])]) == pytest.approx(2 * (1 - h), abs=1e-9)


@given(entries=hazards, before=st.floats(0, 1))
def test_entries_and_what_rules_set_add_up_in_any_order(entries, before):
    apart = before + sum(one([entry]) for entry in entries)
    assert one(entries, before) == pytest.approx(apart, rel=1e-12, abs=1e-13)
    assert one(entries[::-1], before) == pytest.approx(one(entries, before), rel=1e-14, abs=1e-14)


def test_without_its_signal_a_raised_switch_is_still_and_a_lowered_one_at_its_rate():
    assert one([(3.0, [(0.0, 1.0, 4.0, 0)])]) == 0
    assert one([(3.0, [(0.0, 1.0, 4.0, 1)])]) == 3
    assert one([(3.0, [(-5.0, 1.0, 4.0, 0)])]) == 0
    assert one([(3.0, [])], before=1.0) == 4


def test_no_signal_is_too_strong():
    assert one([(3.0, [(1e30, 1e-3, 16.0, 0)])]) == 3
    assert one([(3.0, [(1e30, 1e-3, 16.0, 1)])]) == 0


@given(seed=st.integers(0, 2**32 - 1), precision=st.sampled_from(sorted(PRECISIONS)))
def test_only_living_cells_of_its_types_change(seed, precision):
    args = example(60, np.random.default_rng(seed), PRECISIONS[precision])
    before, after = args["ruled"].reshape(3, -1).copy(), check_agreement("hazards", args, precision)["ruled"]
    untouched = np.ones(before.shape, bool)
    for kind, row in zip(args["kind"], args["row"]):
        untouched[row, :60] &= (args["death"] != 0) | (args["type"] != kind)
    assert np.array_equal(after.reshape(3, -1)[untouched], before[untouched])
