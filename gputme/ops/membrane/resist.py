"""The basement membrane at the time t of a sub-step, for the cells whose turn it is (:mod:`gputme.ops.motion.substep`),
where their ways have them at t; the rest as in :mod:`gputme.ops.membrane.press`.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import flush
from gputme.ops.behaviour import behaviour_of, example_behaviours
from gputme.ops.membrane._membrane import example_membrane, face, held
from gputme.ops.motion._ways import WAY, half, share
from gputme.vocabulary import Behaviours

__all__ = ["AGREEMENT", "example", "resist"]

AGREEMENT = "bitwise"
GRAIN = 128


def resist(
    n, turn, now, top, minutes, joins, types, nx, ny, nz, x0, y0, z0, per_x, per_y, per_z, periodic, stride, behaviours,
    table, slot, ruled, phi, gx, gy, gz, integrity, type, side, active, order, way, tx, ty, tz,
):  # fmt: skip
    """Write tx, ty, tz (turn,) um/min in sub-step ``now`` of 2^top, or add to them where it ``joins`` what pulls
    already, for the first ``turn`` of the active places; way: by place; order: cell at each place; type, side by cell.
    """
    real = way.dtype.type
    lines, t = way[: WAY * n].reshape(n, WAY), minutes * share(top, real) * real(now)
    k = active[:turn]
    i = order[k]
    which = half(now, top, lines[k, 11].astype(np.int64))
    line = lines[k].reshape(turn, 2, 8)[np.arange(turn), which]
    x, y, z = (np.ascontiguousarray(line[:, axis] + line[:, 4 + axis] * t) for axis in range(3))
    grid = (x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic)
    seen = face(x, y, z, *grid, phi, gx, gy, gz, integrity)
    radius, reach = lines[k, 3], np.maximum(lines[k, 7], lines[k, 3])
    strengths = (
        behaviour_of(table, slot, ruled, stride, behaviours, type[:n], b, i)
        for b in (Behaviours.MEMBRANE_REPULSION, Behaviours.MEMBRANE_ADHESION)
    )
    v, _ = held(seen.phi, side[i], seen.integrity, *strengths, radius, reach)
    for out, along in zip((tx, ty, tz), seen.n):
        more = flush(v * along)
        out[:turn] = out[:turn] + more if joins else more


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells on their ways, of which some have their turn."""
    types, count, top = 3, Behaviours(0, 3, 0).count, int(rng.integers(1, 5))
    fields, where, _ = example_membrane(size, rng, real)
    order = rng.permutation(size).astype(np.int32)
    lines = rng.normal(0, 3, (size, WAY)).astype(real)
    for axis, name in enumerate("xyz"):
        lines[:, axis] += where[name][order]
        lines[:, 8 + axis] += where[name][order]
    lines[:, 3], lines[:, 7] = rng.uniform(4, 10, size), rng.uniform(2, 12, size)
    lines[:, 11] = rng.integers(0, top + 1, size)
    return dict(
        n=size, turn=int(rng.integers(0, size + 1)), now=int(rng.integers(1, 2**top)), top=top,
        minutes=float(rng.choice([0.5, 1])), joins=int(rng.integers(2)), types=types, **fields,
        **example_behaviours(size, types, count, rng, real), type=rng.integers(0, types, size).astype(np.uint8),
        side=rng.integers(0, 3, size).astype(np.uint8), active=rng.permutation(size).astype(np.int32), order=order,
        way=lines.ravel(), **{name: rng.normal(0, 1, size).astype(real) for name in ("tx", "ty", "tz")},
    )  # fmt: skip
