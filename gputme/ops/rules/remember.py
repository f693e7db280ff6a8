r"""Variables with memory: what cells keep of a signal s that holds from the step's start to its end.

    dX/dt = r f(s) - X / \tau,   so   X(t + dt) = X(t) e^{-dt/\tau} + r f(s) \tau (1 - e^{-dt/\tau}),

f = s, or H = \sigma / (1 + \sigma) with \sigma = (s / h)^n, or 1 where s is above (below) a value and else 0; without
\tau nothing is forgotten, X(t + dt) = X(t) + r f(s) dt. And the time since s was last above (below) a value: 0 where it
is, else X(t) + dt. Both are exact, so a step in two halves gives the same. Dead cells keep what they had.

In float64; in fp32 what is written of an integral is rounded at random, so that small gains are not lost.
"""

from __future__ import annotations

import numpy as np

from gputme.columns import Death
from gputme.maths import flush
from gputme.ops._dither import dither, mix
from gputme.ops.fate._relax import lost
from gputme.ops.rules.derive import saturated

__all__ = [
    "ABOVE", "AGREEMENT", "BELOW", "PLAIN", "SATURATED", "SINCE_ABOVE", "SINCE_BELOW", "coefficients", "example",
    "remember",
]  # fmt: skip

AGREEMENT = "bitwise"
GRAIN = 256
PLAIN, SATURATED, ABOVE, BELOW, SINCE_ABOVE, SINCE_BELOW = range(6)


def coefficients(dt: float, rate: float, tau: float | None) -> tuple[float, float]:
    """What is kept of X over dt minutes, and what it gains where f is 1."""
    if tau is None:
        return 1.0, rate * dt
    gone = float(lost(dt / tau))
    return 1.0 - gone, rate * tau * gone


def remember(
    n, stride, count, tick, dt, kind, variable, source, law, value, power, keeps, gains, type, death, id, sensed,
    custom,
):  # fmt: skip
    """Carry rows ``variable`` of custom in living cells of type ``kind`` on by dt min; entries (count,), rows of
    ``stride`` values. ``value``: half-maximum, or what the signal is compared with."""
    living = death[:n] == Death.ALIVE
    for e in range(count):
        cells = np.flatnonzero(living & (type[:n] == kind[e]))
        s, x = sensed[source[e] * stride + cells].astype(np.float64), custom[variable[e] * stride + cells]
        holds = s < value[e] if law[e] in (BELOW, SINCE_BELOW) else s > value[e]
        x = x.astype(np.float64)
        if law[e] in (SINCE_ABOVE, SINCE_BELOW):
            x = np.where(holds, 0.0, x + dt).astype(custom.dtype)
        else:
            f = s if law[e] == PLAIN else saturated(s, value[e], power[e]) if law[e] == SATURATED else holds * 1.0
            bits = mix(tick, id[cells])
            x = dither(x * keeps[e] + f * gains[e], bits, 16 * (variable[e] & 3), custom.dtype)
        custom[variable[e] * stride + cells] = flush(x)


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Three types, dead cells among them; two variables for each, one entry per law. A third is nobody's memory."""
    n, stride, count = size, size + 1, 6
    dt = float(rng.uniform(0.1, 6))
    taus = rng.choice([2.0, 60.0, 1e5, np.inf], count)
    both = [coefficients(dt, rng.random(), None if np.isinf(tau) else tau) for tau in taus]
    sensed = rng.choice([0, 0.3, 5, 12, 700], 3 * stride) * rng.choice([1, rng.random()], 3 * stride)
    return dict(
        n=n, stride=stride, count=count, tick=int(rng.integers(2**40)), dt=dt,
        kind=np.repeat(np.arange(3), 2).astype(np.int32), variable=np.tile([0, 2], 3).astype(np.int32),
        source=rng.integers(0, 3, count).astype(np.int32), law=rng.permutation(6).astype(np.int32),
        value=rng.choice([0.3, 5.0, 12.0], count), power=rng.choice([1, 2, 3.7, 8], count),
        keeps=np.array([keeps for keeps, _ in both]), gains=np.array([gains for _, gains in both]),
        type=rng.integers(0, 3, n).astype(np.uint8), death=rng.choice([0, 0, 0, 1, 3], n).astype(np.uint8),
        id=rng.permutation(np.arange(1, n + 1)).astype(np.uint64), sensed=sensed.astype(real),
        custom=(rng.normal(size=3 * stride) * 10).astype(real),
    )  # fmt: skip
