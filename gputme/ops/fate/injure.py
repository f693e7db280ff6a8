r"""Damage D that accumulates and is repaired, dD/dt = rate - repair D, exactly up to a step's end:

    D(dt) = D e^{-repair dt} + rate (1 - e^{-repair dt}) / repair,

where ``rate`` is the cell's own and that of the ``harm`` (in parts of 2^-32) which others do to it, evenly over the
step; from the step's start or from the cell's last event, ``phase_start`` (``carried``, which is passed instead, where
cells switch within a phase), whichever is later: ``fate`` has carried the damage up to there. Rates are behaviours
(1/min). Damage kills only through a rule; dead cells keep what they had at death. fp32 is rounded stochastically, so
that slow damage does not stall.
"""

from __future__ import annotations

import numpy as np

from gputme.columns import TICKS, Death
from gputme.maths import flush
from gputme.ops._dither import dither, mix
from gputme.ops.behaviour import behaviour_of, example_behaviours
from gputme.ops.fate._relax import damaged, harmed
from gputme.vocabulary import Behaviours

__all__ = ["AGREEMENT", "example", "injure"]

AGREEMENT = "bitwise"
GRAIN = 512


def injure(
    n, types, tick, end, attack, stride, behaviours, table, slot, ruled, id, type, phase_start, death, harm, damage
):
    """Advance the damage of living cells up to ``end``. Columns (n,); ``attack``: whether cells have a harm."""
    cells = np.flatnonzero(death[:n] == Death.ALIVE)
    rate, repair = (
        behaviour_of(table, slot, ruled, stride, behaviours, type[:n], b, cells).astype(np.float64)
        for b in (Behaviours.DAMAGE_RATE, Behaviours.DAMAGE_REPAIR)
    )
    others = harmed(attack, harm, tick, end)
    rate = rate + others[cells] if attack else rate
    since = np.maximum(tick, phase_start[cells])
    now = damaged(damage[cells].astype(np.float64), rate, repair, (end - since) * (1.0 / TICKS))
    damage[cells] = flush(dither(now, mix(since, id[cells]), 0, damage.dtype))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells of two types, damaged and repaired at rates of their own, a tenth with an event in the step."""
    rates = example_behaviours(size, 2, Behaviours(1, 2, 0).count, rng, real)
    rates["table"][Behaviours.DAMAGE_REPAIR] = 0
    tick = int(rng.integers(0, 2**40))
    end = tick + int(rng.integers(1, 6 * TICKS))
    return rates | dict(
        n=size, types=2, tick=tick, end=end, id=rng.permutation(np.arange(1, size + 1)).astype(np.uint64),
        type=rng.integers(0, 2, size).astype(np.uint8), death=rng.choice([0, 0, 1], size).astype(np.uint8),
        phase_start=np.where(rng.random(size) < 0.1, rng.integers(tick, end + 1, size), tick - 5),
        damage=rng.uniform(0, 9, size).astype(real), attack=1, harm=rng.integers(0, 2**36, size),
    )  # fmt: skip
