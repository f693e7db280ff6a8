r"""One sub-step of the cells whose turn it is, at the time t; all others go straight on along their ways.

    v_n = forces from whoever may come within reach, all of them where their ways have them at t,
    V = (3/2) v_n - (1/2) v_{n-1} + d/H,

and the cell goes on from where it stands, x(t), by V until its next turn (second-order Adams-Bashforth; d is its walk
in the base step H). Forces as in :mod:`gputme.ops.motion.forces`, in the order of the list, and then springs. Every
position is interpolated, none extrapolated, and each cell writes its own way only (:mod:`gputme.ops.motion._ways`), so
who is computed first does not matter. A way that has met a wall goes on from behind it, and the rest of a walk that was
mirrored is mirrored, too.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import flush
from gputme.ops.motion._pair import part, strengths_of
from gputme.ops.motion._walls import example_walls
from gputme.ops.motion._ways import WAY, go, half, share
from gputme.ops.motion.partners import example_listed, partners
from gputme.ops.neighbours._neighbours import nearest

__all__ = ["AGREEMENT", "GRAIN", "example", "substep"]

AGREEMENT = "bitwise"
GRAIN = 24


def substep(
    n, turn, now, top, minutes, planar, motility, walls, lx, ly, lz, ux, uy, uz, wx, wy, wz, paired, types, affinity,
    stride, behaviours, width, tugged, table, slot, ruled, repulsion, adhesion, active, length, list, order, kind, id,
    tx, ty, tz, way, px, py, pz, dx, dy, dz, mx, my, mz, gone,
):  # fmt: skip
    """Sub-step ``now`` of 2^top for the first ``turn`` of the active places, with partners list (turn, width).

    By place: kind, way; by cell: id, px, py, pz (um/min), dx, dy, dz (um), mx, my, mz, gone. ``motility``: whether
    cells have a direction (mx, my, mz). ``tugged``: whether springs pull, tx, ty, tz (turn,) um/min
    (:mod:`gputme.ops.bonds.tug`).
    """
    real, o = way.dtype.type, order[:n]
    lines, t = way[: WAY * n].reshape(n, WAY), minutes * share(top, real) * real(now)
    e = lines[:, 11].astype(np.int64)
    which = half(now, top, e)
    line = lines.reshape(n, 2, 8)[np.arange(n), which]
    there = line[:, :3] + line[:, 4:7] * t
    k = active[:turn]
    i = o[k]
    counts = length[:turn]
    a = np.repeat(np.arange(turn), counts)
    nth = np.arange(len(a)) - np.repeat(np.cumsum(counts) - counts, counts)
    b = list[a * width + nth]
    apart = [nearest(there[k[a], axis] - there[b, axis], w) for axis, w in enumerate((wx, wy, wz))]
    ax, ay, az = apart
    d2 = ax * ax + ay * ay
    d2 += az * az
    part(d2, apart, id, i[a], o[b], planar)
    strengths = strengths_of(
        paired, types, affinity, stride, behaviours, table, slot, ruled, repulsion, adhesion, kind[:n], o
    )
    d, (push, pull) = np.sqrt(d2), strengths(k[a], b)
    p = np.maximum(1 - d / (lines[k[a], 3] + lines[b, 3]), real(0))
    q = np.maximum(1 - d / (lines[k[a], 7] + lines[b, 7]), real(0))
    g = (push * (p * p) - pull * (q * q)) / d
    per, fraction = real(1) / minutes, share(e[k], real)
    s = t - minutes * fraction
    axes = ((px, dx, mx, lx, ux, tx), (py, dy, my, ly, uy, ty), (pz, dz, mz, lz, uz, tz))
    out = np.zeros(turn, bool)
    for axis, (previous, walk, m, lower, upper, spring) in enumerate(axes):
        force = np.zeros(turn, real)
        np.add.at(force, a, g * apart[axis])
        force = flush(flush(force) + spring[:turn]) if tugged else flush(force)
        position = there[k, axis]
        free = axis < 2 or not planar
        if free:
            before = line[k, axis] + line[k, 4 + axis] * s
            end = go(before, walk[i] * fraction, position, lower, upper, walls, axis)
            position, turned = end.x, i[end.mirrored]
            walk[turned] = -walk[turned]
            if motility:
                m[turned] = -m[turned]
            out |= end.left
        V = real(1.5) * force - real(0.5) * previous[i] + walk[i] * per if free else np.zeros(turn, real)
        lines[k, 8 * (1 - which[k]) + axis] = position - V * t
        lines[k, 8 * (1 - which[k]) + 4 + axis] = V
        previous[i] = force if free else real(0)
    gone[i[out]] = 1


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Some sub-step of packed cells, with walls of every kind, walks that cross them, and a coincident pair."""
    args, known = example_listed(size, rng, real)
    rows, width = size, 800
    args |= dict(rows=rows, width=width, length=np.zeros(rows, np.int32), list=np.zeros(rows * width, np.int32))
    partners(**args)
    side, cells, count = known["cells"]["side"], known["cells"], known["count"]
    top = max(1, int(np.flatnonzero(np.append(1, count[1:])).max()))
    now = int(rng.integers(1, 2**top))
    turn = int(count[top - ((now & -now).bit_length() - 1) :].sum())
    walls = example_walls(rng, [known[name] > 0 for name in ("wx", "wy", "wz")])
    lines = known["way"].reshape(size, WAY)
    lines[:, 8:11], lines[:, 12:15] = lines[:, :3], lines[:, 4:7]  # whichever half it is
    names = (
        "n", "minutes", "wx", "wy", "wz", "paired", "types", "affinity", "stride", "behaviours", "table", "slot",
        "ruled", "repulsion", "adhesion", "active", "order", "kind", "way", "px", "py", "pz", "dx", "dy", "dz",
    )  # fmt: skip
    return dict(
        turn=turn, now=now, top=top, planar=cells["planar"], motility=1, walls=walls,
        **dict.fromkeys(("lx", "ly", "lz"), 0.0),
        **dict.fromkeys(("ux", "uy", "uz"), side), width=width, length=args["length"], list=args["list"],
        id=cells["id"], tugged=int(rng.integers(2)),
        **{name: rng.normal(0, 1, max(turn, 1)).astype(real) for name in ("tx", "ty", "tz")},
        **{name: known[name] for name in names},
        **{name: rng.normal(0, 1, size).astype(real) for name in ("mx", "my", "mz")}, gone=np.zeros(size, np.uint8),
    )  # fmt: skip
