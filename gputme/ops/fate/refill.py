"""Cells move into the places of cells that are gone, with all that they carry:  column[gone_k] = column[stay_k]

for every column, whatever it means: they come as three lists, of values of 8, 4 and 1 bytes. A place that stands in
both lists stands at the same k.
"""

from __future__ import annotations

import numpy as np

__all__ = ["AGREEMENT", "GRAIN", "example", "refill"]

AGREEMENT = "exact"
GRAIN = 4096


def refill(m, n, longs, words, octets, gone, stay, long_columns, word_columns, byte_columns):
    """Put the cells at places ``stay`` (m,) to ``gone`` (m,) in every column (n,)."""
    for column in (*long_columns[:longs], *word_columns[:words], *byte_columns[:octets]):
        column[gone[:m]] = column[stay[:m]]


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """A third of the cells goes; some of the last ones among them."""
    n = size
    leaves = rng.random(n) < 0.3
    m, last = int(leaves.sum()), np.arange(n - int(leaves.sum()), n)
    columns = [
        [rng.integers(0, np.iinfo(kind).max, n + 3, kind) for _ in range(rng.integers(0, 4))]
        for kind in (np.uint64, np.uint32, np.uint8)
    ]
    return dict(
        m=m, n=n, **dict(zip(("longs", "words", "octets"), map(len, columns))), gone=np.flatnonzero(leaves),
        stay=np.concatenate([last[~leaves[last]], last[leaves[last]]]),
        **dict(zip(("long_columns", "word_columns", "byte_columns"), columns)),
    )  # fmt: skip
