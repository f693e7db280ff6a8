"""Rounding that keeps small increments (stochastic rounding). NumPy twin of ``kernels/dither.h``."""

from __future__ import annotations

import numpy as np

from gputme.maths import flush, from_bits

__all__ = ["dither", "mix", "share"]


def mix(tick: np.ndarray | int, ident: np.ndarray) -> np.ndarray:
    """64 mixed bits of (tick, id) as uint64: SplitMix64's finaliser (Steele, Lea, Flood, OOPSLA 2014)."""
    h = np.atleast_1d(tick).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + ident * np.uint64(0xD1B54A32D192ED03)
    h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return h ^ (h >> np.uint64(31))


def dither(x: np.ndarray, bits: np.ndarray, shift: int, real: np.dtype) -> np.ndarray:
    """float64 as ``real``: in fp32 shifted by a random fraction of its ulp and rounded; in fp64 as it is."""
    if np.dtype(real).itemsize == 8:
        return x
    ulp = from_bits(x.view(np.int64) & 0x7FF0000000000000) * 2.0**-23
    fraction = (((bits >> np.uint64(shift)) & np.uint64(0xFFFF)).astype(np.float64) + 0.5) * 2.0**-16 - 0.5
    return (x + fraction * ulp).astype(real)


def share(x: np.ndarray, bits: np.ndarray, shift: int, real: np.dtype) -> np.ndarray:
    """A share of something: dithered, and in [0, 1]."""
    return flush(np.clip(dither(x, bits, shift, real), real.type(0), real.type(1)))
