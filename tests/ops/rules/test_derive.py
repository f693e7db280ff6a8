"""A derived signal is the weighted sum or product of its terms, each as it is, saturated, or one minus that."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.rules.derive import BELOW, LOWERS, SATURATES, example

number = st.floats(-100, 100).map(lambda x: round(x, 3))


def derived(signals, terms, product=0, more=()) -> np.ndarray:
    """Of one cell: terms (source, flags, weight, below, half-maximum, power); ``more``: further entries like it."""
    entries = [(product, terms), *more]
    all_terms = [term for _, some in entries for term in some]
    columns = dict(zip(("source", "flags", "weight", "below", "half_max", "power"), map(np.array, zip(*all_terms))))
    columns = {k: v.astype(np.int32 if k in ("source", "flags") else np.float64) for k, v in columns.items()}
    args = dict(
        n=1, stride=1, count=len(entries), terms=len(all_terms),
        first=np.cumsum([0, *(len(some) for _, some in entries)]).astype(np.int32),
        product=np.array([p for p, _ in entries], np.uint8),
        row=np.arange(len(signals), len(signals) + len(entries), dtype=np.int32), **columns,
        sensed=np.array([*signals, *[np.nan] * len(entries)], np.float64),
    )  # fmt: skip
    return check_agreement("derive", args, "fp64")["sensed"][len(signals) :]


def plain(source, weight=1.0):
    return source, 0, weight, 0.0, 1.0, 1.0


def hill(v, half_max, power):
    share = (max(v, 0) / half_max) ** power
    return share / (1 + share)


@given(signals=st.lists(number, min_size=1, max_size=5), weights=st.lists(number, min_size=5, max_size=5))
def test_a_sum_is_linear_and_a_product_multiplies(signals, weights):
    terms = [plain(i, w) for i, w in zip(range(len(signals)), weights)]
    total, product = derived(signals, terms, more=[(1, terms)])
    weighted = [w * s for w, s in zip(weights, signals)]
    assert total == pytest.approx(sum(weighted), rel=1e-12, abs=1e-9)
    assert product == pytest.approx(np.prod(weighted), rel=1e-12, abs=1e-25)


@given(pressure=st.floats(0, 160), growth=st.floats(0, 5), weight=number)
def test_the_drive_of_emt_by_stroma_is_growth_factor_and_hypoxia(pressure, growth, weight):
    """TGF-beta + w H(15 - pO2; 8, 4): what model.md 2.3 writes, also above 15 mmHg, where there is no hypoxia."""
    (drive,) = derived([growth, pressure], [plain(0), (1, BELOW | SATURATES, weight, 15.0, 8.0, 4.0)])
    assert drive == pytest.approx(growth + weight * hill(15 - pressure, 8, 4), rel=1e-12, abs=1e-12)


@given(value=st.floats(0, 1e6), half_max=st.floats(1e-3, 1e3), power=st.floats(0.5, 20))
def test_what_lowers_and_what_raises_make_one(value, half_max, power):
    both = [(0, SATURATES, 1.0, 0.0, half_max, power), (0, SATURATES | LOWERS, 1.0, 0.0, half_max, power)]
    one, product = derived([value], both, more=[(1, both)])
    assert one == pytest.approx(1, rel=1e-14)
    assert 0 <= product <= 0.25 + 1e-15
    if value == half_max:
        assert product == 0.25


def test_an_entry_reads_those_before_it():
    _, last = derived([2.0, 3.0], [plain(0), plain(1)], more=[(1, [plain(2), plain(2, 10.0)])])
    assert last == 5 * 5 * 10


def test_nothing_and_less_than_nothing_do_not_saturate():
    for v in (0.0, 1e-17, -5.0):
        assert derived([v], [(0, SATURATES, 1.0, 0.0, 1e-3, 0.5)])[0] == 0


@given(seed=st.integers(0, 2**32 - 1), precision=st.sampled_from(["fp32", "fp64"]))
def test_only_its_own_rows_change(seed, precision):
    args = example(60, np.random.default_rng(seed), {"fp32": np.float32, "fp64": np.float64}[precision])
    before, after = args["sensed"].copy(), check_agreement("derive", args, precision)["sensed"]
    rows = [a.reshape(-1, 61) for a in (before, after)]
    assert np.array_equal(rows[0][:4], rows[1][:4])
    assert np.array_equal(rows[0][:, 60], rows[1][:, 60])
