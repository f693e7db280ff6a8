"""Between whom holds pull: for each cell the one that it holds, and then those that hold it, in the order of their ids.

They are found in the list of all holders, sorted by whom they hold. Rows are as wide as the most that any cell has.
"""

from __future__ import annotations

import numpy as np

from gputme.ops.neighbours._neighbours import example_cells

__all__ = ["AGREEMENT", "GRAIN", "example", "harness"]

AGREEMENT = "exact"
GRAIN = 512


def harness(n, m, rows, stride, held, holders, whom, mate):
    """Write mate, (rows, stride) flat: places, -1 behind the last; held (n,): whom each cell holds, -1: none; holders,
    whom (m,): cells and whom they hold, sorted by whom and then by their id."""
    table = mate[: rows * stride].reshape(rows, stride)
    table[:, :n] = -1
    mine = held[:n] >= 0
    if rows:
        table[0, :n] = np.where(mine, held[:n], -1)
    row = np.arange(m) - np.searchsorted(whom[:m], whom[:m]) + mine[whom[:m]]
    table[row, whom[:m]] = holders[:m]


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells of which some hold another, several the same one."""
    id = example_cells(size, rng, real)["id"]
    few = max(1, size // 4)
    held = np.where(rng.random(size) < 0.5, rng.integers(0, few, size), -1).astype(np.int32)
    held[held == np.arange(size)] = -1
    holders = np.flatnonzero(held >= 0)
    holders = holders[np.lexsort((id[holders], held[holders]))]
    whom = held[holders]
    rows = 1 + int(np.bincount(whom, minlength=1).max(initial=0))
    return dict(
        n=size, m=len(holders), rows=rows, stride=size, held=held, holders=holders, whom=whom,
        mate=np.zeros(rows * size, np.int32),
    )  # fmt: skip
