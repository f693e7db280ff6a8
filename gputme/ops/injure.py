r"""Damage D that accumulates and is repaired, dD/dt = rate - repair D, exactly over a step of any length:

    D(dt) = D e^{-repair dt} + rate (1 - e^{-repair dt}) / repair.

Rates are behaviours (1/min). Damage kills only through a rule; dead cells keep theirs.
"""

from __future__ import annotations

import numpy as np

from gputme.columns import Behaviours, Death
from gputme.maths import exp, flush
from gputme.ops.behaviour import behaviour_of, example_behaviours

__all__ = ["AGREEMENT", "example", "injure"]

AGREEMENT = "bitwise"


def injure(n, types, dt, stride, behaviours, table, slot, ruled, type, death, damage):
    """Advance the damage of living cells by dt minutes. Columns (n,)."""
    cells = np.flatnonzero(death[:n] == Death.ALIVE)
    rate, repair = (
        behaviour_of(table, slot, ruled, stride, behaviours, type[:n], b, cells).astype(np.float64)
        for b in (Behaviours.DAMAGE_RATE, Behaviours.DAMAGE_REPAIR)
    )
    x = repair * dt
    lost = np.where(x < 1e-5, x - 0.5 * x * x, 1.0 - exp(-x))
    gain = np.where(repair > 0, lost / np.where(repair > 0, repair, 1.0), dt)
    d = damage[cells].astype(np.float64)
    damage[cells] = flush((d - d * lost + rate * gain).astype(damage.dtype))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells of two types, damaged and repaired at rates of their own."""
    rates = example_behaviours(size, 2, Behaviours(1, 2, 0).count, rng, real)
    rates["table"][Behaviours.DAMAGE_REPAIR] = 0
    return rates | dict(
        n=size, types=2, dt=float(rng.uniform(0.1, 6)), type=rng.integers(0, 2, size).astype(np.uint8),
        death=rng.choice([0, 0, 1], size).astype(np.uint8), damage=rng.uniform(0, 9, size).astype(real),
    )  # fmt: skip
