"""What the laws of variables draw, from random words. The twin of ``kernels/law.h``."""

from __future__ import annotations

import numpy as np

from gputme.maths import exp, log, sincos_turn
from gputme.rng import uniform

__all__ = ["COPY", "HALVE", "LOGNORMAL", "NORMAL", "UNIFORM", "VALUE", "drawn", "normal"]

COPY, HALVE, VALUE, NORMAL, UNIFORM, LOGNORMAL = range(6)


def normal(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Standard normal numbers from two random words each (Box and Muller)."""
    return np.sqrt(-2.0 * log(uniform(a))) * sincos_turn(uniform(b))[1]


def drawn(way: np.ndarray, a: np.ndarray, b: np.ndarray, old: np.ndarray, words: tuple) -> np.ndarray:
    """Numbers of the laws ``way`` with numbers a and b; ``old``, halved where asked for, where nothing is drawn."""
    bell = normal(words[0], words[1])
    return np.choose(way, [old, old * 0.5, a, a + b * bell, a + (b - a) * uniform(words[0]), a * exp(b * bell)])
