"""Oxygen's ramps on the cycle and on necrosis, for living cells of the types that respond."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.rules.oxygen_response import AT_ONCE, at_once, example


def response(p: float, type: int = 0, death: int = 0) -> tuple[float, float]:
    """Exit rate of phase 0 (base 0.01) and rate of necrosis (base 0.002) at oxygen p."""
    args = example(1, np.random.default_rng(0), np.float64)
    args |= dict(
        oxygen=np.array([p], np.float64), type=np.array([type], np.uint8), death=np.array([death], np.uint8),
        ruled=np.repeat([0.002, 0.01], args["stride"]),
    )  # fmt: skip
    necrosis, entry = check_agreement("oxygen_response", args, "fp64")["ruled"].reshape(2, -1)[:, 0]
    return entry, necrosis


@pytest.mark.parametrize(
    ("p", "entry", "necrosis"),
    [(160, 1, 0), (38, 1, 0), (21.5, 0.5, 0), (5, 0, 0), (3.75, 0, 0.5), (2.5, 0, 1), (0, 0, 1)],
)
def test_ramps_are_linear_between_their_thresholds(p, entry, necrosis):
    assert response(p) == pytest.approx((0.01 * entry, 0.002 + necrosis / 360), abs=1e-15)


def test_deterministic_cells_die_at_once_below_the_threshold():
    assert response(5.0, type=2)[1] == 0.002
    assert response(np.nextafter(np.float32(5), np.float32(0)), type=2)[1] == pytest.approx(AT_ONCE)
    assert at_once(5.0) < 5.0


@given(p=st.floats(0, 200))
def test_the_dead_and_other_types_do_not_respond(p):
    assert response(p, type=1) == (0.01, 0.002)
    assert response(p, death=1) == (0.01, 0.002)
