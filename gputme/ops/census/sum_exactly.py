"""The sum of many values without any rounding, as digits of 32 bits: no order of values or threads can be seen in it.

    sum = 2^-1074 (words[0] + 2^32 words[1] + 2^64 words[2] + ...)

A double is a whole number of 2^-1074, up to 53 bits of it at a place: it adds to three digits at most. `exact` rounds
the sum once, as ``math.fsum`` does. The last word counts what is not finite.
"""

from __future__ import annotations

import numpy as np

__all__ = ["AGREEMENT", "WORDS", "exact", "example", "sum_exactly"]

AGREEMENT = "exact"
GRAIN = 1  # an item is a share of the values
WORDS = 67


def exact(words: np.ndarray, count: int = 1) -> float:
    """The number that the words (WORDS,) hold, over ``count``, rounded once; NaN where something was not finite."""
    if words[WORDS - 1]:
        return float("nan")
    whole = sum(int(word) << 32 * k for k, word in enumerate(words[: WORDS - 1]) if word)
    return whole / (count << 1074)


def sum_exactly(n, parts, values, words):
    """Add values (n,) to words (WORDS,)."""
    bits = values[:n].astype(np.float64).view(np.int64)
    exponent, fraction = bits >> 52 & 0x7FF, bits & (1 << 52) - 1
    words[WORDS - 1] += np.count_nonzero(exponent == 0x7FF)
    some = np.flatnonzero((bits << 1 != 0) & (exponent != 0x7FF))
    fraction = np.where(exponent > 0, fraction | 1 << 52, fraction)[some]
    place = np.maximum(exponent[some], 1) - 1
    word, shift, sign = place >> 5, place & 31, np.where(bits[some] < 0, -1, 1)
    low, high = (fraction & 0xFFFFFFFF) << shift, fraction >> 32 << shift
    np.add.at(words, word, sign * (low & 0xFFFFFFFF))
    np.add.at(words, word + 1, sign * ((low >> 32) + (high & 0xFFFFFFFF)))
    np.add.at(words, word + 2, sign * (high >> 32))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Values of all sizes and either sign, some of them 0."""
    values = rng.choice([0, 1e-30, 1e-3, 1, 1e20], size) * rng.normal(size=size)
    return dict(n=size, parts=int(rng.integers(1, 6)), values=values.astype(real), words=np.zeros(WORDS, np.int64))
