"""Where the cell is that each cell holds and attacks, by its id, whatever has been removed or put elsewhere since.

    held[i] = the place of the cell whose id is held_id[i],  where both live,  else -1
"""

from __future__ import annotations

import numpy as np

from gputme.ops.census.roll import by_id, few
from gputme.ops.neighbours._neighbours import example_cells

__all__ = ["AGREEMENT", "GRAIN", "example", "grasp"]

AGREEMENT = "exact"
GRAIN = 512


def grasp(n, room, id, death, words, before, order, held_id, held, mark):
    """Write held and mark (1: it holds one), (n,); id, death, held_id: (n,); order: the cells in the order of their
    ids, listed from their roll, words and before, by :mod:`gputme.ops.census.compact`."""
    named = held_id[:n]
    j = order[np.minimum(np.searchsorted(id[order[:n]], named), n - 1)]
    holds = (named != 0) & (id[j] == named) & (death[j] == 0) & (death[:n] == 0)
    held[:n] = np.where(holds, j, -1)
    mark[:n] = holds


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells that hold others, dead ones among them, ones that are gone, or none."""
    id = few(example_cells(size, rng, real)["id"])
    held_id = rng.choice(id, size)
    held_id[rng.random(size) < 0.3] = 0
    lost = rng.random(size) < 0.1
    held_id[lost] = rng.choice(np.array([5, 2**40], np.uint64), int(lost.sum()))
    return dict(
        n=size, id=id, death=(rng.random(size) < 0.2).astype(np.uint8), **by_id(id), held_id=held_id,
        held=np.zeros(size, np.int32), mark=np.zeros(size, np.uint8),
    )  # fmt: skip
