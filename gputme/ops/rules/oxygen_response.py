"""How oxygen limits the cycle and kills.

After Macklin et al., J Theor Biol 301:122 (2012), as PhysiCell has it: the exit rate of phase 0 is
multiplied by clamp((p - none) / (full - none), 0, 1); the rate of necrosis grows by ``rate``
clamp((starts - p) / (starts - worst), 0, 1): 0 above ``starts``, the full rate below ``worst``. For cells
that die at once below ``starts`` give :func:`at_once` as ``worst`` and :data:`AT_ONCE` as ``rate``. Acts on
living cells of the types that respond, after the rules.
"""

from __future__ import annotations

import numpy as np

from gputme.columns import Death
from gputme.maths import flush

__all__ = ["AGREEMENT", "AT_ONCE", "at_once", "example", "oxygen_response"]

AGREEMENT = "bitwise"
GRAIN = 512
AT_ONCE = 1e6  # 1/min: the longest waiting time that 32 random bits give, 23 / rate, is far below one tick


def at_once(starts: float) -> float:
    """The value of ``worst`` next below ``starts`` in fp32: a step instead of a ramp."""
    return float(np.nextafter(np.float32(starts), np.float32(0)))


def oxygen_response(
    n, types, stride, rows, entry, necrosis, none, full, starts, worst, rate, responds, oxygen, type, death,
    ruled,
):  # fmt: skip
    """Change rows ``entry`` and ``necrosis`` of ruled. Columns (n,), tables (types,), oxygen in the field's
    unit."""
    real = ruled.dtype
    cells = np.flatnonzero((death[:n] == Death.ALIVE) & (responds[type[:n]] != 0))
    t, p = type[cells], oxygen[cells]
    lively = np.clip((p - none[t]) / (full[t] - none[t]), real.type(0), real.type(1))
    lacking = np.clip((starts[t] - p) / (starts[t] - worst[t]), real.type(0), real.type(1))
    leaves, dies = entry * stride + cells, necrosis * stride + cells
    ruled[leaves] = flush(ruled[leaves] * lively)
    ruled[dies] = flush(ruled[dies] + rate[t] * lacking)


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Three types, one that does not respond and one that dies at once."""
    n, types, stride = size, 3, size + 3
    worst = np.array([2.5, 2.5, at_once(5)], real)
    return dict(
        n=n, types=types, stride=stride, rows=2, entry=1, necrosis=0, none=np.full(types, 5, real),
        full=np.array([38, 160, 38], real), starts=np.full(types, 5, real), worst=worst,
        rate=np.array([1 / 360, 1 / 360, AT_ONCE], real), responds=np.array([1, 0, 1], np.uint8),
        oxygen=rng.choice([0, 1, 2.5, 4, 5, 6, 37.9, 38, 100], n).astype(real),
        type=rng.integers(0, types, n).astype(np.uint8), death=rng.choice([0, 0, 1], n).astype(np.uint8),
        ruled=rng.random(2 * stride).astype(real),
    )  # fmt: skip
