"""Custom variables of both daughters after a division.

Per type and variable: copied from the mother, halved (what is conserved), or drawn anew from its starting
law (a value; normal with mean a and standard deviation b; uniform from a to b; lognormal with median a and
standard deviation b of the logarithm); then, where a mutation is asked for, changed by a normal number.
Draws and mutations are kept between the variable's least and largest value. Both daughters draw for
themselves, keyed by their ids.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import flush
from gputme.ops.fate._law import VALUE, drawn, normal
from gputme.rng import Stream, random_words

__all__ = ["AGREEMENT", "example", "inherit"]

AGREEMENT = "bitwise"
GRAIN = 64


def inherit(m, n, seed, stride, types, customs, how, law, mothers, id, type, fate_time, custom):
    """Set the variables of mothers (m,) and daughters (n .. n+m). custom: rows of ``stride``, how and law
    per type."""
    daughters = np.arange(n, n + m)
    how, law = how.reshape(types, customs), law.reshape(types, customs, 5)
    for c in range(customs):
        row = custom[c * stride : (c + 1) * stride]
        old = row[mothers[:m]].astype(np.float64)
        for i in (mothers[:m], daughters):
            way, (a, b, least, largest, sd) = how[type[i], c], law[type[i], c].T
            w = random_words(seed, fate_time[i], id[i], Stream.INHERIT, c & 0xFF)
            value = drawn(way, a, b, old, w)
            value = np.where(sd > 0, value + sd * normal(w[2], w[3]), value)
            kept = (way >= VALUE) | (sd > 0)
            value = np.where(
                kept & (value < least), least, np.where(kept & (value > largest), largest, value)
            )
            row[i] = flush(value.astype(row.dtype))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Two types, six variables, one per way of inheriting, some of them mutating."""
    m, n, types, customs = size, 2 * size, 2, 6
    stride = n + m + 1
    law = rng.uniform(0.5, 2, (types, customs, 5))
    law[..., 2], law[..., 3] = 0.2, 6.0
    law[..., 4] *= rng.random((types, customs)) < 0.5
    return dict(
        m=m, n=n, seed=int(rng.integers(2**63)), stride=stride, types=types, customs=customs,
        how=np.array([rng.permutation(6) for _ in range(types)], np.int32).ravel(), law=law.ravel(),
        mothers=rng.choice(n, m, replace=False),
        id=rng.permutation(np.arange(1, stride + 1)).astype(np.uint64),
        type=rng.integers(0, types, stride).astype(np.uint8), fate_time=rng.integers(0, 2**40, stride),
        custom=rng.uniform(0, 9, customs * stride).astype(real),
    )  # fmt: skip
