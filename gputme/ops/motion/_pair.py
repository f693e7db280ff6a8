"""What two cells do to each other: how strongly, and which way where their centres coincide.

Equations in :mod:`gputme.ops.motion.forces`; the twin of ``kernels/motion/pair.h``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gputme.ops.motion._sphere import direction
from gputme.rng import philox4x32
from gputme.vocabulary import Behaviours

__all__ = ["pair_strengths", "part", "strengths_of"]

NEAREST = 1e-5  # um, closest distance
_LOW, _32 = np.uint64(0xFFFFFFFF), np.uint64(32)


def pair_strengths(table: np.ndarray, affinity: int) -> tuple[np.ndarray, np.ndarray]:
    """Repulsion and adhesion (types, types) of each pair of types from base values (types, behaviours)."""
    types = len(table)
    repulsion, adhesion = table[:, Behaviours.REPULSION], table[:, Behaviours.ADHESION]
    towards = adhesion[:, None] * table[:, affinity : affinity + types]
    return np.sqrt(repulsion[:, None] * repulsion), np.sqrt(towards * towards.T)


def strengths_of(
    paired, types, affinity, stride, behaviours, table, slot, ruled, repulsion, adhesion, kind, order
) -> Callable:
    """A function of places a, b: repulsion and adhesion of each pair, um/min.

    ``paired``: from the tables by pair of types; else from what the two cells do. kind, order: type and cell by place.
    """
    kind = kind.astype(np.int64)

    def by_type(a, b):
        which = kind[a] * types + kind[b]
        return repulsion[which], adhesion[which]

    def value(b, cells, kinds):
        return table[kinds * behaviours + b] if slot[b] < 0 else ruled[slot[b] * stride + cells]

    def towards(cells, kinds, others):
        result = np.empty(len(cells), table.dtype)
        for t in range(types):
            some = others == t
            result[some] = value(affinity + t, cells[some], kinds[some])
        return result

    def by_cell(a, b):
        i, j, ti, tj = order[a], order[b], kind[a], kind[b]
        push = np.sqrt(value(Behaviours.REPULSION, i, ti) * value(Behaviours.REPULSION, j, tj))
        p = value(Behaviours.ADHESION, i, ti) * towards(i, ti, tj)
        q = value(Behaviours.ADHESION, j, tj) * towards(j, tj, ti)
        return push, np.sqrt(p * q)

    return by_type if paired else by_cell


def part(d2: np.ndarray, apart, id: np.ndarray, i: np.ndarray, j: np.ndarray, planar) -> None:
    """Set d2 and apart (dx, dy, dz) where the cells i and j are as good as coincident: NEAREST from each other."""
    real = d2.dtype.type
    near = real(NEAREST)
    close = np.flatnonzero(d2 < near * near)
    if not close.size:
        return
    mine, other = id[i[close]], id[j[close]]
    low, high = np.minimum(mine, other), np.maximum(mine, other)
    words = philox4x32((low & _LOW, low >> _32, high & _LOW, high >> _32), (0, 0))
    away = (direction(words[0], words[1], bool(planar)) * np.where(mine > other, 1.0, -1.0)).astype(real)
    d2[close] = near * near
    for component, value in zip(apart, away):
        component[close] = near * value
