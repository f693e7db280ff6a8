"""Cells that hold on to each other: pairs, and the clusters that these make, whatever the order of cells."""

from __future__ import annotations

from itertools import product

import numpy as np

__all__ = ["attached", "clusters", "holding"]


def holding(
    xyz: np.ndarray, reach: np.ndarray, adhesion: np.ndarray, kind: np.ndarray, affinity: np.ndarray, least: float
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs (i, j), i < j, of cells (n, 3), um, that are no farther apart than the sum of their ``reach`` (um) and
    between which sqrt(a_i f_ij a_j f_ji) is at least ``least``, a their adhesion (um/min), f the affinity of type to
    type."""
    i, j = _near(xyz, 2 * float(reach.max(initial=0.0)))
    apart = xyz[i] - xyz[j]
    square = apart[:, 0] * apart[:, 0] + apart[:, 1] * apart[:, 1] + apart[:, 2] * apart[:, 2]
    strength = adhesion[i] * affinity[kind[i], kind[j]] * adhesion[j] * affinity[kind[j], kind[i]]
    within = (square <= (reach[i] + reach[j]) ** 2) & (strength >= least * least)
    return i[within], j[within]


def attached(id: np.ndarray, partners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs (i, j), i < j, of cells that springs attach to each other. id: ascending (n,); partners: their ids (rows,
    n), 0: none; who is not among the cells is passed over."""
    at = np.minimum(np.searchsorted(id, partners), max(len(id) - 1, 0))
    row, i = np.nonzero(id[at] == partners) if len(id) else np.zeros((2, 0), np.int64)
    j = at[row, i]
    return i[i < j], j[i < j]


def clusters(n: int, i: np.ndarray, j: np.ndarray) -> np.ndarray:
    """For each of n cells the smallest place of a cell of its cluster (n,): all that pairs lead to."""
    label = np.arange(n)
    while True:
        before = label.copy()
        least = np.minimum(label[i], label[j])
        for end in (i, j):
            np.minimum.at(label, label[end], least)
        while (further := label[label]).tobytes() != label.tobytes():
            label = further
        if label.tobytes() == before.tobytes():
            return label


def _near(xyz: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """All pairs (i, j), i < j, that lie in bins of the side ``reach`` next to each other."""
    n, none = len(xyz), np.zeros(0, np.int64)
    if n < 2 or not reach > 0:
        return none, none
    at = np.floor((xyz - xyz.min(axis=0)) / reach).astype(np.int64) + 1
    shape = at.max(axis=0) + 2
    key = (at[:, 2] * shape[1] + at[:, 1]) * shape[0] + at[:, 0]
    order = np.argsort(key, kind="stable")
    there = key[order]
    found = []
    for z, y, x in product((-1, 0, 1), repeat=3):
        bin = key + (z * shape[1] + y) * shape[0] + x
        first, last = (np.searchsorted(there, bin, side) for side in ("left", "right"))
        count = last - first
        i = np.repeat(np.arange(n), count)
        j = order[np.arange(len(i)) - np.repeat(np.cumsum(count) - count - first, count)]
        found.append(np.stack([i, j])[:, i < j])
    return tuple(np.concatenate(found, axis=1))
