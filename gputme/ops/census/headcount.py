"""How many living cells there are of one type."""

from __future__ import annotations

import numpy as np

from gputme.columns import Death

__all__ = ["AGREEMENT", "example", "headcount"]

AGREEMENT = "exact"
GRAIN = 1  # an item is a share of the cells


def headcount(n, parts, kind, type, death, count):
    """Raise count (1,) by the number of living cells of the type ``kind``; type, death (n,)."""
    count[0] += np.count_nonzero((type[:n] == kind) & (death[:n] == Death.ALIVE))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells of three types, some of them dead."""
    return dict(
        n=size, parts=int(rng.integers(1, 6)), kind=int(rng.integers(3)),
        type=rng.integers(0, 3, size).astype(np.uint8), death=rng.choice([0, 0, 1, 2, 3], size).astype(np.uint8),
        count=np.full(1, 5),
    )  # fmt: skip
