"""Signals that a cell reads in itself: pressure, volume, damage, attacks on others, its death, time, internal amounts,
custom variables.

``sensed`` holds one row of ``stride`` values per signal that some rule uses; ``kind``
(``vocabulary.SignalKind``), ``index`` and ``row`` list them. Substrates, gradients and contacts are filled by
other operations and passed over here. What the cell does itself (its immunogenicity) is as it was in the step before;
``index`` is then the behaviour's number. An internal amount is read per volume of the cell, as the
cell-behaviour grammar has it; states are 1 or 0.
"""

from __future__ import annotations

import numpy as np

from gputme.columns import TICKS, Death
from gputme.maths import flush
from gputme.ops.behaviour import behaviour_of, example_behaviours
from gputme.vocabulary import SignalKind

__all__ = ["AGREEMENT", "example", "signals"]

AGREEMENT = "bitwise"
GRAIN = 2048


def signals(
    n, types, stride, behaviours, wanted, time, mechanics, injury, attack, membrane, table, slot, ruled, kind,
    index, row, type, death, fluid, nuclear, cytoplasmic, pressure, damage, attacking, delivered, attack_time,
    touch, internal, custom, sensed,
):  # fmt: skip
    """Fill the rows of the cell's own signals. Columns (n,), stacks of rows (stride,), time in min. ``mechanics``,
    ``injury``, ``attack``, ``membrane``: whether cells have a pressure, a damage, sums of attacks, a touch; else these
    columns are empty, and 0 is read."""
    real = sensed.dtype
    volume = fluid[:n] + nuclear[:n] + cytoplasmic[:n]
    for w in range(wanted):
        start = index[w] * stride
        match kind[w]:
            case SignalKind.INTERNAL:
                value = internal[start : start + n] / np.maximum(volume, real.type(1e-30))
            case SignalKind.PRESSURE:
                value = pressure[:n] if mechanics else 0
            case SignalKind.VOLUME:
                value = volume
            case SignalKind.DAMAGE:
                value = damage[:n] if injury else 0
            case SignalKind.ATTACKING:
                value = attacking[:n] if attack else 0
            case SignalKind.DAMAGE_DELIVERED:
                value = delivered[:n] if attack else 0
            case SignalKind.ATTACK_TIME:
                value = attack_time[:n] * (1.0 / TICKS) if attack else 0
            case SignalKind.MEMBRANE:
                value = touch[:n] if membrane else 0
            case SignalKind.IMMUNOGENICITY:
                value = behaviour_of(table, slot, ruled, stride, behaviours, type[:n], index[w])
            case SignalKind.DEAD:
                value = death[:n] != Death.ALIVE
            case SignalKind.APOPTOTIC:
                value = death[:n] == Death.APOPTOTIC
            case SignalKind.NECROTIC:
                value = death[:n] >= Death.NECROTIC
            case SignalKind.TIME:
                value = time
            case SignalKind.CUSTOM:
                value = custom[start : start + n]
            case _:
                continue
        filled = sensed[row[w] * stride : row[w] * stride + n]
        filled[:] = value
        flush(filled)


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Every kind once, in any order, two internal amounts and custom variables."""
    n, stride, wanted = size, size + 2, len(SignalKind)
    values = {
        name: rng.uniform(0, 900, n).astype(real)
        for name in ("fluid", "nuclear", "cytoplasmic", "pressure", "damage", "delivered", "touch")
    }
    rules = example_behaviours(stride, 3, 2, rng, real)
    return values | rules | dict(
        n=n, types=3, type=rng.integers(0, 3, n).astype(np.uint8), wanted=wanted, time=rng.uniform(0, 1e5),
        mechanics=1, injury=1, attack=1, membrane=1, attacking=rng.choice([0, 0.3, 1], n).astype(real),
        attack_time=rng.integers(0, 2**30, n), kind=rng.permutation(wanted).astype(np.int32),
        index=rng.integers(0, 2, wanted).astype(np.int32), row=rng.permutation(wanted).astype(np.int32),
        death=rng.integers(0, 4, n).astype(np.uint8), internal=rng.uniform(0, 9, 2 * stride).astype(real),
        custom=rng.uniform(-9, 9, 2 * stride).astype(real), sensed=np.zeros(wanted * stride, real),
    )  # fmt: skip
