"""What touches a cell, of each asked-for kind: neighbours are cells nearer than f_i r_i + f_j r_j.

A row counts neighbours, or adds up one of their custom variables (in the order of their places), or gives its mean:
the sum over the row that counts the same cells, 0 where there are none. Kinds are those of ``vocabulary.SignalKind``:
cells of some types (live or dead), live, dead, apoptotic, necrotic (swelling or lysed), otherwise dead (none yet).
"""

from __future__ import annotations

import numpy as np

from gputme.columns import Death
from gputme.maths import flush
from gputme.ops.neighbours._neighbours import Grid, pairs
from gputme.ops.neighbours._packed import example_packed
from gputme.vocabulary import SignalKind

__all__ = ["AGREEMENT", "GRAIN", "contacts", "example"]

AGREEMENT = "bitwise"
GRAIN = 32


def contacts(
    n, nx, ny, nz, wx, wy, wz, rows, types, stride, what, counted, variable, over, row, start, bin, order, death, kind,
    size, reach, sx, sy, sz, custom, signals,
):  # fmt: skip
    """Write rows ``row`` of signals (stride each, by cell); what, variable, over, row: (rows,); cells as in forces.

    counted: (rows * types,) whether cells of a type count; variable: which row of ``custom`` is added up, -1: cells are
    counted; over: the row of signals that it is divided by, -1: none.
    """
    o, real = order[:n], signals.dtype.type
    kinds, dead, far = kind[:n].astype(np.int64), death[:n][o], reach[:n]
    grid = Grid((nx, ny, nz), (wx, wy, wz), start)
    states = {
        SignalKind.CONTACT_LIVE: dead == Death.ALIVE,
        SignalKind.CONTACT_DEAD: dead != Death.ALIVE,
        SignalKind.CONTACT_APOPTOTIC: dead == Death.APOPTOTIC,
        SignalKind.CONTACT_NECROTIC: dead >= Death.NECROTIC,
        SignalKind.CONTACT_OTHER_DEAD: np.zeros(n, bool),
    }
    asked = zip(what[:rows], counted[: rows * types].reshape(rows, types) != 0)
    masks = [states[w] if w in states else table[kinds] for w, table in asked]
    weights = [np.ones(n, real) if v < 0 else custom[v * stride : v * stride + n][o] for v in variable[:rows]]
    totals = np.zeros((rows, n), real)
    for a, b, _, _, _, d2 in pairs(grid, bin[:n][o], sx[:n], sy[:n], sz[:n], size[:n], far):
        hold = far[a] + far[b]
        touching = d2 < hold * hold
        a, b = a[touching], b[touching]
        for total, mask, weight in zip(totals, masks, weights):
            given = np.where(mask, weight, real(0))
            np.add.at(total, b, given[a])
            np.add.at(total, a, given[b])
    for r, total in zip(row[:rows], totals):
        signals[r * stride : r * stride + n][o] = total
    for r, d in zip(row[:rows], over[:rows]):
        mine = signals[r * stride : r * stride + n]
        if d >= 0:
            mine /= np.maximum(signals[d * stride : d * stride + n], real(1))
        flush(mine)


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Packed cells and every kind of contact: also of two types, and with the sum and the mean of a variable."""
    e = example_packed(size, rng, real)
    first, last = SignalKind.CONTACT_TYPE, SignalKind.CONTACT_OTHER_DEAD
    row = rng.permutation(10)[:9].astype(np.int32)
    sum_, mean = SignalKind.CONTACT_SUM, SignalKind.CONTACT_MEAN
    counted = np.ones((9, 3), np.uint8)
    counted[:2] = counted[-2:] = (1, 0, 0), (0, 1, 1)
    return dict(
        n=size, rows=9, types=3, what=np.array([first, *range(first, last + 1), sum_, mean], np.int32),
        counted=counted.ravel(), variable=np.array([*[-1] * 7, 0, 1], np.int32),
        over=np.array([*[-1] * 8, row[1]], np.int32),
        row=row, **e["grid"], **e["packed"], death=e["cells"]["death"],
        stride=size, custom=rng.uniform(-9, 9, 2 * size).astype(real), signals=np.full(10 * size, -1, real),
    )  # fmt: skip
