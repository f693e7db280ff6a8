r"""Springs at the time t of a sub-step, for the cells whose turn it is (:mod:`gputme.ops.motion.substep`):

    f_i = \sum_j k_ij (x_j(t) - x_i(t))    um/min,

all of them where their ways have them at t; the rest as in :mod:`gputme.ops.bonds.springs`.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import flush
from gputme.ops.bonds._bonds import AFFINITY, elastic, example_bonded
from gputme.ops.motion._ways import WAY, half, share
from gputme.ops.neighbours._neighbours import nearest

__all__ = ["AGREEMENT", "GRAIN", "example", "tug"]

AGREEMENT = "bitwise"
GRAIN = 256


def tug(
    n, turn, now, top, minutes, joins, rows, wx, wy, wz, types, affinity, stride, behaviours, table, slot, ruled, type,
    mate, active, order, place, way, tx, ty, tz,
):  # fmt: skip
    """Write tx, ty, tz (turn,) in sub-step ``now`` of 2^top, or add to them where it ``joins`` what pulls already, for
    the first ``turn`` of the active places; way: by place; order: cell at each place; place: where each cell stands in
    it; type, mate by cell."""
    real = way.dtype.type
    lines, t = way[: WAY * n].reshape(n, WAY), minutes * share(top, real) * real(now)
    which = half(now, top, lines[:, 11].astype(np.int64))
    line = lines.reshape(n, 2, 8)[np.arange(n), which]
    there = line[:, :3] + line[:, 4:7] * t
    k = active[:turn]
    f = np.zeros((3, turn), real)
    for r in range(rows):
        mates = mate[r * stride + order[k]]
        a = np.flatnonzero(mates >= 0)
        if not len(a):
            continue
        i, j = order[k[a]], mates[a]
        strength = elastic(affinity, stride, behaviours, table, slot, ruled, type, i, j)
        for axis, w in enumerate((wx, wy, wz)):
            f[axis, a] += strength * nearest(there[place[j], axis] - there[k[a], axis], w)
    for out, more in zip((tx, ty, tz), flush(f)):
        out[:turn] = out[:turn] + more if joins else more


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells on their ways, of which some have their turn."""
    known = example_bonded(size, rng, real)
    order, top = rng.permutation(size).astype(np.int32), int(rng.integers(1, 5))
    lines = rng.normal(0, 3, (size, WAY)).astype(real)
    for axis, name in enumerate("xyz"):
        lines[:, axis] += known["cells"][name][order]
        lines[:, 8 + axis] += known["cells"][name][order]
    lines[:, 11] = rng.integers(0, top + 1, size)
    turn = int(rng.integers(0, size + 1))
    names = ("types", "stride", "behaviours", "table", "slot", "ruled", "type")
    return dict(
        n=size, turn=turn, now=int(rng.integers(1, 2**top)), top=top, minutes=float(rng.choice([0.5, 1])),
        joins=int(rng.integers(2)), rows=known["rows"], affinity=AFFINITY, mate=known["mate"], **known["periods"],
        **{name: known["cells"][name] for name in names}, active=rng.permutation(size).astype(np.int32), order=order,
        place=np.argsort(order).astype(np.int32), way=lines.ravel(),
        **{name: rng.normal(0, 1, size).astype(real) for name in ("tx", "ty", "tz")},
    )  # fmt: skip
