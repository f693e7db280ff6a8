"""Cells that have turned into another type: what becomes of values of their own, which are custom variables and
behaviours that vary between cells.

Where both types have the value, a cell keeps its own; where only the new one does, it is drawn by the new type's law,
between its least and largest value, keyed by (seed, tick, id, variable); where the new one does not, the cell has the
type's value, which is 0 for a custom variable.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import flush
from gputme.ops.fate._law import LOGNORMAL, VALUE, drawn
from gputme.rng import Stream, random_words

__all__ = ["AGREEMENT", "adopt", "example"]

AGREEMENT = "bitwise"
GRAIN = 1024


def adopt(n, seed, tick, stride, types, count, first, varies, base, how, law, id, type, drawn_as, custom):
    """Rows ``first`` to ``first + count`` of custom in cells whose type is not the one they were drawn as (which it
    then is). Per type and row: varies, base, how (a law, see `inherit`), law (two numbers, least, largest)."""
    cells = np.flatnonzero(type[:n] != drawn_as[:n])
    varies, base, how = (of.reshape(types, count) for of in (varies, base, how))
    law = law.reshape(types, count, 4)
    kinds, before = type[cells], drawn_as[cells]
    for c in range(count):
        row = custom[(first + c) * stride : (first + c + 1) * stride]
        a, b, least, largest = law[kinds, c].T
        old = row[cells].astype(np.float64)
        words = random_words(seed, tick, id[cells], Stream.INHERIT, (first + c) & 0xFF)
        value = np.where(varies[before, c] != 0, old, drawn(how[kinds, c], a, b, old, words))
        value = np.where(value < least, least, np.where(value > largest, largest, value))
        value = np.where(varies[kinds, c] != 0, value, base[kinds, c].astype(np.float64))
        row[cells] = flush(value.astype(row.dtype))
    drawn_as[cells] = kinds


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Three types, two variables behind another; half of the cells have turned."""
    types, count, first, stride = 3, 2, 1, size + 2
    law = rng.uniform(0.5, 2, (types, count, 4))
    law[..., 2], law[..., 3] = 0.2, rng.choice([2.0, np.inf])
    return dict(
        n=size, seed=int(rng.integers(2**63)), tick=int(rng.integers(2**40)), stride=stride, types=types, count=count,
        first=first, varies=rng.integers(0, 2, types * count).astype(np.uint8),
        base=rng.random(types * count).astype(real),
        how=rng.integers(VALUE, LOGNORMAL + 1, types * count).astype(np.int32), law=law.ravel(),
        id=rng.permutation(np.arange(1, size + 1)).astype(np.uint64),
        type=rng.integers(0, types, size).astype(np.uint8), drawn_as=rng.integers(0, types, size).astype(np.uint8),
        custom=rng.uniform(0, 9, (first + count) * stride).astype(real),
    )  # fmt: skip
