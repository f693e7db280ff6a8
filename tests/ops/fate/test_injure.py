"""Damage accumulates and is repaired exactly, at any step."""

from __future__ import annotations

import math

import numpy as np
import pytest
from agreement import check_agreement
from hypothesis import given
from hypothesis import strategies as st

from gputme.ops.fate.injure import example
from gputme.vocabulary import Behaviours


def after(
    damage: float, rate: float, repair: float, dt: float, death: int = 0, event: float = 0, harm: float = 0
) -> float:
    """Damage of one cell after dt minutes, to the tick; its last event fell ``event`` minutes after the start."""
    args = example(1, np.random.default_rng(0), np.float64)
    table = np.zeros_like(args["table"])
    table[[Behaviours.DAMAGE_RATE, Behaviours.DAMAGE_REPAIR]] = rate, repair
    args |= dict(table=table, slot=np.full_like(args["slot"], -1), damage=np.array([damage]))
    args |= dict(tick=7, end=7 + round(1024 * dt), phase_start=np.array([7 + round(1024 * event)]))
    args |= dict(type=np.zeros(1, np.uint8), death=np.array([death], np.uint8))
    args |= dict(harm=np.array([round(harm * 2**32)]))
    return float(check_agreement("injure", args, "fp64")["damage"][0])


@given(st.floats(0, 50), st.floats(0, 1), st.floats(1e-9, 1), st.integers(10, 60 * 1024))
def test_follows_the_closed_form(damage, rate, repair, ticks):
    dt = ticks / 1024
    limit = rate / repair
    gain = -math.expm1(-repair * dt) * limit
    assert after(damage, rate, repair, dt) == pytest.approx(
        damage * math.exp(-repair * dt) + gain, rel=1e-9, abs=1e-29
    )


def test_without_repair_it_adds_up():
    assert after(2.0, 0.25, 0.0, 6.0) == 3.5


def test_the_dead_keep_theirs():
    assert after(2.0, 0.25, 0.1, 6.0, death=1) == 2.0


def test_it_goes_on_from_the_last_event():
    assert after(2.0, 0.25, 0.0, 6.0, event=2.0) == 3.0


def test_what_others_do_is_added_evenly_over_the_step():
    """3 units in 4 min, without repair; of them a quarter after an event at 3 min."""
    assert after(1.0, 0.5, 0, 4, harm=3) == pytest.approx(1 + 2 + 3, rel=1e-9)
    assert after(1.0, 0, 0, 4, event=3, harm=3) == pytest.approx(1 + 0.75, rel=1e-9)
