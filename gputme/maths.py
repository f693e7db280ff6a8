"""exp, log, sin, cos, powers and cube roots from + - * / alone: the NumPy twin of ``kernels/maths.h``, bit for bit.

The standard libraries differ in the last bit between NumPy, host compilers and CUDA, so a comparison with a
random number could fall either way. These do not: each is the same sequence of correctly rounded operations.
Errors stay below one unit in the last place. All take and return float64 arrays.
"""

from __future__ import annotations

import numpy as np

__all__ = ["bits", "cbrt", "exp", "fixed", "flush", "from_bits", "log", "pow_", "sincos_turn"]

_LOG = [1 / 17, 1 / 15, 1 / 13, 1 / 11, 1 / 9, 1 / 7, 1 / 5, 1 / 3, 1.0]
_EXP = [
    1 / 479001600, 1 / 39916800, 1 / 3628800, 1 / 362880, 1 / 40320, 1 / 5040, 1 / 720, 1 / 120, 1 / 24,
    1 / 6, 0.5, 1.0, 1.0,
]  # fmt: skip
_SIN = [1 / 6227020800, -1 / 39916800, 1 / 362880, -1 / 5040, 1 / 120, -1 / 6, 1.0]
_COS = [-1 / 87178291200, 1 / 479001600, -1 / 3628800, 1 / 40320, -1 / 720, 1 / 24, -0.5, 1.0]


def _horner(first: float, rest: list[float], z: np.ndarray) -> np.ndarray:
    p = np.full_like(z, first)
    for c in rest:
        p *= z
        p += c
    return p


def log(x: np.ndarray | float) -> np.ndarray:
    """Natural logarithm of positive numbers."""
    x = np.asarray(x, np.float64)
    b = x.view(np.int64)
    e = (b - 0x3FE6A09E667F3BCD) >> 52
    m = (b - (e << 52)).view(np.float64)
    s = (m - 1.0) / (m + 1.0)
    p = _horner(1 / 19, _LOG, s * s)
    return e.astype(np.float64) * 0.69314718055994530942 + 2.0 * s * p


def exp(x: np.ndarray | float) -> np.ndarray:
    """e to the x; 0 below -700, clamped above 700."""
    x = np.asarray(x, np.float64)
    inside = np.clip(x, -700.0, 700.0)
    k = np.floor(inside * 1.44269504088896340736 + 0.5)
    r = (inside - k * 0.693147180369123816490) - k * 1.90821492927058770002e-10
    p = _horner(1 / 6227020800, _EXP, r)
    scale = ((k.astype(np.int64) + 1023) << 52).view(np.float64)
    return np.where(x < -700.0, 0.0, p * scale)


def pow_(x: np.ndarray | float, y: np.ndarray | float) -> np.ndarray:
    """x to the y for x >= 0, through exp and log; 0 where x is 0."""
    x = np.asarray(x, np.float64)
    positive = x > 0.0
    return np.where(positive, exp(y * log(np.where(positive, x, 1.0))), 0.0)


def cbrt(x: np.ndarray | float) -> np.ndarray:
    """Cube root of numbers >= 0 (down to 1e-300), to two units in the last place."""
    x = np.asarray(x, np.float64)
    third = ((x.view(np.int64) >> 32) * 0x55555556) >> 32
    y = ((third + 715094163) << 32).view(np.float64)
    for _ in range(3):
        c = y * y * y
        y = y * ((c + x + x) / (c + c + x))
    return np.where(x > 0.0, y, 0.0)


def sincos_turn(u: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
    """Sine and cosine of u turns (2 pi u), u in [0, 1]."""
    u = np.asarray(u, np.float64)
    q = np.floor(u * 4.0 + 0.5)
    t = (u - q * 0.25) * 6.28318530717958647693
    z = t * t
    s = _horner(-1 / 1307674368000, _SIN, z) * t
    c = _horner(1 / 20922789888000, _COS, z)
    k = q.astype(np.int64) & 3
    odd = (k & 1).astype(bool)
    a, b = np.where(odd, c, s), np.where(odd, s, c)
    return np.where(k & 2, -a, a), np.where((k == 1) | (k == 2), -b, b)


def fixed(x: np.ndarray | float, per_unit: float) -> np.ndarray:
    """Fixed-point integer nearest to ``x * per_unit`` (a power of two): sums of these do not depend on order."""
    return np.floor(np.asarray(x, np.float64) * per_unit + 0.5).astype(np.int64)


def bits(x: np.ndarray | float) -> np.ndarray:
    """The bits of non-negative floats as int64: ordered as the floats are, so integer maxima serve."""
    return np.asarray(x, np.float64).view(np.int64)


def from_bits(b: np.ndarray | int) -> np.ndarray:
    """Inverse of :func:`bits`."""
    return np.asarray(b, np.int64).view(np.float64)


def flush(x: np.ndarray) -> np.ndarray:
    """Values below 1e-30 in size become 0, in place: GPUs flush denormals, hosts do not."""
    x[np.abs(x) < x.dtype.type(1e-30)] = 0
    return x
