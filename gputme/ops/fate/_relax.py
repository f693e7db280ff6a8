r"""Volumes and damage relax exactly over any time. NumPy twin of ``kernels/fate/relax.h``.

A type in one state (alive, apoptotic, necrotic, lysed) has six numbers, a row of ``rates``: the rates r_F of fluid,
r_N of the nucleus's and r_C of the cytoplasm's solids, r_k of calcification (1/min), the fluid fraction f and the
ratio of cytoplasm to nucleus. :func:`gputme.ops.fate.volume` says what they obey; the system is linear, so ten
coefficients carry it over a time of any length. Double precision, by our own exponential.
"""

from __future__ import annotations

import numpy as np

from gputme.columns import TICKS
from gputme.maths import cbrt, exp, flush
from gputme.ops._dither import dither, mix

__all__ = ["COEFFICIENTS", "RATES", "STATES", "advance", "bluntness", "damaged", "harmed", "lost", "over", "radius_of",
           "relaxation", "settle", "total"]  # fmt: skip

STATES, RATES, COEFFICIENTS = 4, 6, 10


def relaxation(
    dt: np.ndarray | float,
    fluid_rate: np.ndarray | float,
    nuclear_rate: np.ndarray | float,
    cytoplasm_rate: np.ndarray | float,
    calcification_rate: np.ndarray | float,
    fluid_fraction: np.ndarray | float,
    cytoplasm_to_nucleus: np.ndarray | float,
) -> np.ndarray:
    """The ten coefficients over dt minutes, float64 (10, ...); rates in 1/min.

    F <- (0) F + (1) N + (2) C + (3) T,  N <- (4) N + (5) T,  C <- (6) C + (7) T,  k <- (8) k + (9).
    """
    a = fluid_rate * (1.0 - fluid_fraction)
    pull = fluid_rate * fluid_fraction
    from_nucleus, from_cytoplasm = _both(a, nuclear_rate, dt), _both(a, cytoplasm_rate, dt)
    ratio = cytoplasm_to_nucleus
    of_target = (1.0 + ratio) * _both(a, 0.0, dt) - from_nucleus - ratio * from_cytoplasm
    nucleus, cytoplasm = lost(nuclear_rate * dt), lost(cytoplasm_rate * dt)
    calcified = lost(calcification_rate * dt)
    return np.array([
        1.0 - lost(a * dt), pull * from_nucleus, pull * from_cytoplasm, pull * of_target, 1.0 - nucleus, nucleus,
        1.0 - cytoplasm, ratio * cytoplasm, 1.0 - calcified, calcified,
    ])  # fmt: skip


def lost(x: np.ndarray | float) -> np.ndarray:
    """1 - exp(-x), without cancellation for small x."""
    x = np.asarray(x, np.float64)
    total, term = np.zeros_like(x), np.ones_like(x)
    small = np.minimum(x, 0.1)
    for k in range(1, 12):  # 0.1^12 / 12! lies below the last bit
        term = term * (-small / k)
        total = total - term
    return np.where(x > 0.1, 1.0 - exp(-x), total)


def _both(p: np.ndarray | float, q: np.ndarray | float, dt: np.ndarray | float) -> np.ndarray:
    """Integral over 0 <= s <= dt of exp(-p (dt - s)) exp(-q s): two relaxations in a row."""
    fast, slow = np.maximum(p, q), np.minimum(p, q)
    gap = fast - slow
    spread = np.where(gap > 0, lost(gap * dt) / np.where(gap > 0, gap, 1.0), dt)
    return exp(-slow * dt) * spread


def over(ticks: np.ndarray | int, rates: np.ndarray) -> np.ndarray:
    """Coefficients (10, N) over the given ticks of the clock; ``rates`` (N, 6)."""
    return relaxation(np.asarray(ticks, np.float64) * (1.0 / TICKS), *rates.T)


def advance(c: np.ndarray, volumes: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Fluid, nucleus, cytoplasm and calcified fraction, float64 (4, N), carried on by coefficients (10, N)."""
    f, s, p, k = volumes
    out = np.empty_like(volumes)
    out[0] = c[0] * f + c[1] * s + c[2] * p + c[3] * target
    out[1] = c[4] * s + c[5] * target
    out[2] = c[6] * p + c[7] * target
    out[3] = c[8] * k + c[9]
    return out


def total(volumes: np.ndarray) -> np.ndarray:
    """Volume of the cells, um3."""
    return volumes[0] + volumes[1] + volumes[2]


def settle(volumes: np.ndarray, tick: np.ndarray | int, ident: np.ndarray, real: np.dtype) -> list[np.ndarray]:
    """The four as columns, rounded at random; the key of the rounding is when the advance began, and the cell."""
    bits = mix(tick, ident)
    return [flush(dither(v, bits, 16 * i, real)) for i, v in enumerate(volumes)]


def radius_of(volume: np.ndarray) -> np.ndarray:
    """Radius of the sphere of a volume."""
    return cbrt(volume * 0.23873241463784300365)  # 3 / (4 pi)


def damaged(damage: np.ndarray, rate: np.ndarray, repair: np.ndarray, dt: np.ndarray | float) -> np.ndarray:
    """Damage (float64) after dt minutes at a rate of damage and of repair, 1/min."""
    x = repair * dt
    small = x < 1e-5
    gain = np.where(small, dt - 0.5 * x * dt, (1.0 - exp(-x)) / np.where(small, 1.0, repair))
    return damage * exp(-x) + rate * gain


def bluntness(blunted: np.ndarray, harm: np.ndarray, held_for: np.ndarray, tick: int, end: int) -> np.ndarray:
    """By how much what rules add to the rate of apoptosis falls: the part of the harm that lacks effect, times the
    share of the step for which attackers held the cell with damage."""
    lacks = np.where(harm > 0, blunted, 0) / np.maximum(harm, 1).astype(np.float64)
    return lacks * (np.minimum(held_for, end - tick) / float(end - tick))


def harmed(attack: int, harm: np.ndarray, tick: int, end: int) -> np.ndarray | None:
    """The rate of damage (1/min) of what others do to cells in a step, in parts of 2^-32; None where nobody does."""
    return harm * (2.0**-32 * TICKS / (end - tick)) if attack else None
