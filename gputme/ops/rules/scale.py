r"""Behaviours that go with a variable of the cell, as PhysiCell's tumours divide in proportion to their oncoprotein.

    b <- min(limit, b clamp((X - zero) slope, 0, most)),

for each entry in turn, after rules and oxygen have set b. Dead cells go on with what they did at death.
"""

from __future__ import annotations

import numpy as np

from gputme.columns import Death
from gputme.maths import flush

__all__ = ["AGREEMENT", "example", "scale"]

AGREEMENT = "bitwise"
GRAIN = 256


def scale(n, stride, count, kind, row, variable, zero, slope, most, limit, type, death, custom, ruled):
    """Multiply row ``row`` of ruled in living cells of type ``kind``; entries (count,), rows of ``stride`` values."""
    living = death[:n] == Death.ALIVE
    for e in range(count):
        cells = np.flatnonzero(living & (type[:n] == kind[e]))
        at = row[e] * stride + cells
        factor = (custom[variable[e] * stride + cells].astype(np.float64) - zero[e]) * slope[e]
        factor = np.minimum(np.where(factor > 0, factor, 0.0), most[e])
        ruled[at] = flush(np.minimum(ruled[at].astype(np.float64) * factor, limit[e]).astype(ruled.dtype))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Three types, dead cells among them; five entries, two for one behaviour."""
    n, stride, count = size, size + 1, 5
    return dict(
        n=n, stride=stride, count=count, kind=rng.integers(0, 3, count).astype(np.int32),
        row=np.array([0, 1, 1, 2, 0], np.int32), variable=rng.integers(0, 2, count).astype(np.int32),
        zero=rng.normal(size=count), slope=rng.choice([-0.5, 0.7, 3.0], count),
        most=rng.choice([0.5, 1.0, np.inf], count), limit=rng.choice([1.0, np.inf], count),
        type=rng.integers(0, 3, n).astype(np.uint8), death=rng.choice([0, 0, 0, 1, 3], n).astype(np.uint8),
        custom=rng.normal(size=2 * stride).astype(real), ruled=rng.random(3 * stride).astype(real),
    )  # fmt: skip
