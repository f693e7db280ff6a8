"""What touches a cell, of each asked-for kind: neighbours are cells nearer than f_i r_i + f_j r_j.

Neighbours of a kind are counted, or one of their custom variables is added up (in the order of their places), or its
mean is taken: the sum over the number of the same cells, 0 where there are none. Of what kinds a cell is follows from
its type and from whether it lives: :func:`kinds` makes that table.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gputme.columns import Death
from gputme.maths import flush
from gputme.ops.neighbours._neighbours import Grid, pairs
from gputme.ops.neighbours._packed import example_packed
from gputme.vocabulary import SignalKind

__all__ = ["AGREEMENT", "GRAIN", "contacts", "example", "kinds"]

AGREEMENT = "bitwise"
GRAIN = 32
SIDE_BY_SIDE = 8  # kinds that a kernel may count at once: a row of its table holds a multiple of them
_IN_STATES = {
    SignalKind.CONTACT_LIVE: [Death.ALIVE],
    SignalKind.CONTACT_DEAD: [Death.APOPTOTIC, Death.NECROTIC, Death.LYSED],
    SignalKind.CONTACT_APOPTOTIC: [Death.APOPTOTIC],
    SignalKind.CONTACT_NECROTIC: [Death.NECROTIC, Death.LYSED],
    SignalKind.CONTACT_OTHER_DEAD: [],
}  # of other signals, all


def kinds(types: int, asked: Sequence[tuple[SignalKind, Sequence[int]]]) -> tuple[int, np.ndarray]:
    """Width and rows of ``counted``, for what is ``asked``: the kind of signal, and cells of which types."""
    width = -(-len(asked) // SIDE_BY_SIDE) * SIDE_BY_SIDE
    table = np.zeros((types, len(Death), width), np.uint8)
    for column, (what, of) in enumerate(asked):
        table[np.ix_(of, _IN_STATES.get(what, list(Death)), [column])] = 1
    return width, np.concatenate([table.ravel(), np.zeros(width, np.uint8)])


def contacts(
    n, nx, ny, nz, wx, wy, wz, rows, sums, types, width, stride, counted, variable, over, row, start, bin, order, death,
    kind, size, reach, sx, sy, sz, custom, signals,
):  # fmt: skip
    """Write rows ``row`` (rows + sums,) of signals (stride each, by cell): ``rows`` numbers of neighbours, then
    ``sums``; cells as in forces.

    counted: (4 * types + 1, width) whether cells of a type, alive or dead in one of three ways, are of each kind, and a
    last row of zeros; variable: (sums,) which row of ``custom`` is added up; over: (sums,) the row of signals that a
    sum is divided by, -1: none.
    """
    o, real = order[:n], signals.dtype.type
    groups, far = kind[:n].astype(np.int64) * len(Death) + death[:n][o], reach[:n]
    grid = Grid((nx, ny, nz), (wx, wy, wz), start)
    masks = counted[: (4 * types + 1) * width].reshape(-1, width)[groups, : rows + sums].T != 0
    weights = [np.ones(n, real)] * rows + [custom[v * stride : v * stride + n][o] for v in variable[:sums]]
    totals = np.zeros((rows + sums, n), real)
    for a, b, _, _, _, d2 in pairs(grid, bin[:n][o], sx[:n], sy[:n], sz[:n], size[:n], far):
        hold = far[a] + far[b]
        touching = d2 < hold * hold
        a, b = a[touching], b[touching]
        for total, mask, weight in zip(totals, masks, weights):
            given = np.where(mask, weight, real(0))
            np.add.at(total, b, given[a])
            np.add.at(total, a, given[b])
    for r, total in zip(row, totals):
        signals[r * stride : r * stride + n][o] = total
    for r, d in zip(row[rows:], over[:sums]):
        mine = signals[r * stride : r * stride + n]
        if d >= 0:
            mine /= np.maximum(signals[d * stride : d * stride + n], real(1))
        flush(mine)


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Packed cells and every kind of contact: also of two types, and with the sum and the mean of a variable. Ten
    numbers, so that not all are counted at once."""
    e = example_packed(size, rng, real)
    first, last = SignalKind.CONTACT_TYPE, SignalKind.CONTACT_OTHER_DEAD
    row = rng.permutation(13)[:12].astype(np.int32)
    asked = [(first, [0]), (first, [1, 2]), *((what, range(3)) for what in range(first + 1, last + 1))]
    asked += [(first, [0, 2]), (SignalKind.CONTACT_LIVE, [1]), (SignalKind.CONTACT_DEAD, [2])]
    asked += [(SignalKind.CONTACT_SUM, [0]), (SignalKind.CONTACT_MEAN, [1, 2])]
    width, counted = kinds(3, asked)
    return dict(
        n=size, rows=10, sums=2, types=3, width=width, counted=counted, variable=np.array([0, 1], np.int32),
        over=np.array([-1, row[1]], np.int32), row=row, **e["grid"], **e["packed"], death=e["cells"]["death"],
        stride=size, custom=rng.uniform(-9, 9, 2 * size).astype(real), signals=np.full(13 * size, -1, real),
    )  # fmt: skip
