"""How many neighbours of each asked-for kind a cell has: cells nearer than f_i r_i + f_j r_j.

Kinds are those of ``vocabulary.SignalKind``: cells of a type (live or dead), live, dead, apoptotic, necrotic
(swelling or lysed), otherwise dead (none yet).
"""

from __future__ import annotations

import numpy as np

from gputme.columns import Death
from gputme.ops.neighbours._neighbours import Grid, pairs
from gputme.ops.neighbours._packed import example_packed
from gputme.vocabulary import SignalKind

__all__ = ["AGREEMENT", "GRAIN", "contacts", "example"]

AGREEMENT = "exact"
GRAIN = 32


def contacts(
    n, nx, ny, nz, wx, wy, wz, rows, stride, what, which, row, start, bin, order, death, kind, size, reach,
    sx, sy, sz, signals,
):  # fmt: skip
    """Write rows ``row`` of signals (stride each, by cell); what, which, row: (rows,); cells as in forces."""
    o = order[:n]
    kinds, dead, far = kind[:n], death[:n][o], reach[:n]
    grid = Grid((nx, ny, nz), (wx, wy, wz), start)
    counted = {
        SignalKind.CONTACT_LIVE: dead == Death.ALIVE,
        SignalKind.CONTACT_DEAD: dead != Death.ALIVE,
        SignalKind.CONTACT_APOPTOTIC: dead == Death.APOPTOTIC,
        SignalKind.CONTACT_NECROTIC: dead >= Death.NECROTIC,
        SignalKind.CONTACT_OTHER_DEAD: np.zeros(n, bool),
    }
    asked = zip(what[:rows], which[:rows])
    masks = [kinds == c if w == SignalKind.CONTACT_TYPE else counted[w] for w, c in asked]
    totals = np.zeros((rows, n), np.int64)
    for a, b, _, _, _, d2 in pairs(grid, bin[:n][o], sx[:n], sy[:n], sz[:n], size[:n], far):
        hold = far[a] + far[b]
        touching = d2 < hold * hold
        a, b = a[touching], b[touching]
        for total, mask in zip(totals, masks):
            total += np.bincount(a[mask[b]], minlength=n) + np.bincount(b[mask[a]], minlength=n)
    for r, total in zip(row[:rows], totals):
        signals[r * stride : r * stride + n][o] = total


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Packed cells and every kind of contact."""
    e = example_packed(size, rng, real)
    first, last = SignalKind.CONTACT_TYPE, SignalKind.CONTACT_OTHER_DEAD
    return dict(
        n=size, rows=7, what=np.array([first, *range(first, last + 1)], np.int32),
        which=np.array([0, 2, 0, 0, 0, 0, 0], np.int32),
        row=rng.permutation(8)[:7].astype(np.int32), **e["grid"], **e["packed"], death=e["cells"]["death"],
        stride=size, signals=np.full(8 * size, -1, real),
    )  # fmt: skip
