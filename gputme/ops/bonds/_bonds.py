"""What two cells that are attached have between them. The twin of ``kernels/bonds/bonds.h``."""

from __future__ import annotations

from enum import IntEnum

import numpy as np

from gputme.ops.neighbours._neighbours import example_cells
from gputme.vocabulary import Behaviours

__all__ = ["AFFINITY", "Meant", "elastic", "example_bonded"]

AFFINITY = 12  # in examples: number of the first affinity


class Meant(IntEnum):
    """What a cell proposes."""

    NOTHING = 0
    ATTACH = 1
    LET_GO = 2


def elastic(affinity, stride, behaviours, table, slot, ruled, type, i, j):
    """sqrt(k_i a_ij k_j a_ji), 1/min, of each pair of cells i, j; type: (n,) by cell."""

    def value(b, cells):
        kinds = type[cells].astype(np.int64)
        held = np.where(slot[b] < 0, 0, slot[b] * stride + cells)  # what is not ruled is not looked at
        return np.where(slot[b] < 0, table[kinds * behaviours + b], ruled[held])

    k, a = Behaviours.ELASTIC, affinity + type.astype(np.int64)
    return np.sqrt((value(k, i) * value(a[j], i)) * (value(k, j) * value(a[i], j)))


def example_bonded(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells of whom most are attached to a few others, wherever these are, as ``mates`` has them: place or -1."""
    cells = example_cells(size, rng, real)
    rows = int(rng.integers(1, 5))
    partners: list[set[int]] = [set() for _ in range(size)]
    for i, j in rng.integers(0, size, (size, 2)):
        if i != j and max(len(partners[i]), len(partners[j])) < rows:
            partners[i].add(int(j))
            partners[j].add(int(i))
    id, stride = cells["id"], size
    mate, attached = np.full(rows * size, -1, np.int32), np.zeros(rows * size, np.uint64)
    for i, mine in enumerate(partners):
        for r, j in enumerate(sorted(mine, key=lambda j: id[j])):
            mate[r * stride + i], attached[r * stride + i] = j, id[j]
    wraps = (rng.random(3) < 0.3) & (True, True, not cells["planar"])
    periods = {w: cells["side"] if wrap else 0.0 for w, wrap in zip(("wx", "wy", "wz"), wraps)}
    return dict(cells=cells, rows=rows, mate=mate, attached=attached, periods=periods)
