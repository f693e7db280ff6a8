r"""Damage D that accumulates and is repaired, dD/dt = rate - repair D, exactly over a step of any length:

    D(dt) = D e^{-repair dt} + rate (1 - e^{-repair dt}) / repair.

Rates are behaviours (1/min). Damage kills only through a rule; dead cells keep theirs. fp32 is rounded
stochastically, so that slow damage does not stall.
"""

from __future__ import annotations

import numpy as np

from gputme.columns import Behaviours, Death
from gputme.maths import exp, flush
from gputme.ops._dither import dither, mix
from gputme.ops.behaviour import behaviour_of, example_behaviours

__all__ = ["AGREEMENT", "example", "injure"]

AGREEMENT = "bitwise"


def injure(n, types, tick, dt, stride, behaviours, table, slot, ruled, id, type, death, damage):
    """Advance the damage of living cells by dt minutes from ``tick`` on. Columns (n,)."""
    cells = np.flatnonzero(death[:n] == Death.ALIVE)
    rate, repair = (
        behaviour_of(table, slot, ruled, stride, behaviours, type[:n], b, cells).astype(np.float64)
        for b in (Behaviours.DAMAGE_RATE, Behaviours.DAMAGE_REPAIR)
    )
    x, stays = repair * dt, exp(-(repair * dt))
    small = x < 1e-5
    gain = np.where(small, dt - 0.5 * x * dt, (1.0 - stays) / np.where(small, 1.0, repair))
    d = damage[cells].astype(np.float64)
    damage[cells] = flush(dither(d * stays + rate * gain, mix(tick, id[cells]), 0, damage.dtype))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells of two types, damaged and repaired at rates of their own."""
    rates = example_behaviours(size, 2, Behaviours(1, 2, 0).count, rng, real)
    rates["table"][Behaviours.DAMAGE_REPAIR] = 0
    return rates | dict(
        n=size, types=2, tick=int(rng.integers(0, 2**40)), dt=float(rng.uniform(0.1, 6)),
        id=rng.permutation(np.arange(1, size + 1)).astype(np.uint64),
        type=rng.integers(0, 2, size).astype(np.uint8), death=rng.choice([0, 0, 1], size).astype(np.uint8),
        damage=rng.uniform(0, 9, size).astype(real),
    )  # fmt: skip
