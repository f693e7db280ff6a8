r"""Derived signals: weighted sums or products of other signals, as they are or saturated.

    S = \sum_j w_j f_j   or   S = \prod_j w_j f_j,

f_j = v_j, or H = \sigma / (1 + \sigma) with \sigma = (v_j / h_j)^{n_j}, or 1 - H; v_j = s_j, a signal of the same cell,
or max(b_j - s_j, 0), how far it lies below b_j. What saturates counts as 0 below 1e-16, as in rules. In float64, terms
in their order; one row of ``sensed`` per derived signal, those that others read first.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import flush, pow_

__all__ = ["AGREEMENT", "BELOW", "LOWERS", "SATURATES", "derive", "example", "saturated"]

AGREEMENT = "bitwise"
GRAIN = 128
BELOW, SATURATES, LOWERS = 1, 2, 4


def derive(n, stride, count, terms, first, product, row, source, flags, weight, below, half_max, power, sensed):
    """Fill rows ``row`` (count,) of sensed (rows of ``stride`` values) for n cells; the terms of entry e are first[e]
    up to first[e + 1]."""
    for e in range(count):
        value = np.full(n, float(product[e]))
        for j in range(first[e], first[e + 1]):
            v = sensed[source[j] * stride : source[j] * stride + n].astype(np.float64)
            if flags[j] & BELOW:
                v = np.maximum(below[j] - v, 0.0)
            if flags[j] & SATURATES:
                v = saturated(v, half_max[j], power[j])
            if flags[j] & LOWERS:
                v = 1.0 - v
            value = value * (weight[j] * v) if product[e] else value + weight[j] * v
        sensed[row[e] * stride : row[e] * stride + n] = flush(value.astype(sensed.dtype))


def saturated(v: np.ndarray, half_max: float, power: float) -> np.ndarray:
    """H of a signal (float64), between 0 and 1; 0 below 1e-16."""
    share = pow_(np.where(v >= 1e-16, v, 0.0) / half_max, power)
    return share / (1.0 + share)


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Four signals and five derived ones of up to four terms, which read each other."""
    n, stride, count, signals = size, size + 1, 5, 4
    lengths = rng.integers(1, 5, count)
    first = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    terms = int(first[-1])
    reads = np.repeat(np.arange(count), lengths) + signals  # as many as stand before
    flags = rng.integers(0, 4, terms) | LOWERS * (rng.random(terms) < 0.3)
    sensed = rng.choice([0, 1e-20, 0.3, 12, 700], (signals + count) * stride) * rng.random((signals + count) * stride)
    return dict(
        n=n, stride=stride, count=count, terms=terms, first=first, product=rng.integers(0, 2, count).astype(np.uint8),
        row=np.arange(signals, signals + count, dtype=np.int32), source=rng.integers(0, reads).astype(np.int32),
        flags=flags.astype(np.int32), weight=rng.normal(size=terms), below=rng.uniform(0, 20, terms),
        half_max=rng.uniform(0.1, 50, terms), power=rng.choice([1, 2, 3.7, 8, 16], terms),
        sensed=sensed.astype(real),
    )  # fmt: skip
