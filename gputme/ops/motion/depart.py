r"""The first step of every cell, from the forces at the start of a base step H; its way is written down.

    x(t) = x + V t,    V = (1 + w/2) v_n - (w/2) v_{n-1} + d/H,    w = min(h / h', 1),

the second-order Adams-Bashforth method for steps h = H / 2^e that follow on steps h' (the base step before over
2^e'), and the walk d of the whole base step along its chord. Cells without a previous velocity (newborn ones) take
v_n, and so do cells whose velocity has jumped since, because a neighbour divided or died: extrapolating over a jump
is wrong by half a step of it. A velocity that changes by more than L h' max(|v_n|, |v_{n-1}|) has jumped, L = 2 K
being the bound of the cell's rates (:mod:`gputme.ops.motion.pace`). In a growing tissue of 1500 cells this is 15
times more accurate at 3 steps a minute than extrapolating always.

Cells that are not movable stay and forget their velocity; in a plane z stays. ``count`` is raised by the cells of each
exponent above 0. The way: :mod:`gputme.ops.motion._ways`.
"""

from __future__ import annotations

import numpy as np

from gputme.ops.behaviour import behaviour_of
from gputme.ops.motion._ways import LEVELS, WAY, share
from gputme.ops.motion.meet import example_met, meet
from gputme.vocabulary import Behaviours

__all__ = ["AGREEMENT", "GRAIN", "depart", "example", "example_departed"]

AGREEMENT = "bitwise"
GRAIN = 256


def depart(
    n, types, planar, minutes, last, stride, behaviours, table, slot, ruled, order, kind, size, reach, sx, sy, sz, vx,
    vy, vz, stiffness, dx, dy, dz, px, py, pz, started, level, way, count,
):  # fmt: skip
    """Write way (16 n,), px, py, pz, started (1 + e) and level (0 where not movable); raise count (32,).

    By place: kind, size, reach, sx, sy, sz, level, way; the rest by cell. last: the base step before, min.
    """
    real, o = sx.dtype.type, order[:n]
    movable = behaviour_of(table, slot, ruled, stride, behaviours, kind[:n], Behaviours.MOVABLE)
    moves = (movable[o] if slot[Behaviours.MOVABLE] >= 0 else movable) > 0
    e = level[:n] = np.where(moves, level[:n], 0)
    begun = started[o] != 0
    h = minutes * share(e, real)
    before = np.where(begun, last * share(started[o].astype(np.int64) - begun, real), real(0))
    v, p = ([a[o] for a in three] for three in ((vx, vy, vz), (px, py, pz)))
    jump2 = _square(*(a - b for a, b in zip(v, p)))
    most = 2 * before * stiffness[o]
    jumped = jump2 > most * most * np.maximum(_square(*v), _square(*p)) + real(1e-20)
    goes_on = (before > 0) & ~jumped
    ratio = np.minimum(np.divide(h, before, out=np.ones_like(h), where=goes_on), real(1))
    w = np.where(goes_on, real(0.5) * ratio, real(0))
    lines, per = way[: WAY * n].reshape(n, WAY), real(1) / minutes
    lines[:, 3], lines[:, 7], lines[:, 11] = size[:n], reach[:n], e
    for axis, (at, new, old, walk, column) in enumerate(zip((sx, sy, sz), v, p, (dx, dy, dz), (px, py, pz))):
        free = moves & (axis < 2 or not planar)
        lines[:, axis] = at[:n]
        lines[:, 4 + axis] = np.where(free, (1 + w) * new - w * old + walk[o] * per, real(0))
        column[o] = np.where(free, new, real(0))
    started[o] = np.where(moves, 1 + e, 0)
    count[:LEVELS] += np.bincount(e[e > 0], minlength=LEVELS)


def _square(x, y, z):
    return x * x + y * y + z * z


def example_departed(size: int, rng: np.random.Generator, real: type) -> tuple[dict, dict]:
    """Arguments of this operation, and what is known beside of the same cells."""
    known = example_met(size, rng, real)
    cells = known["cells"]
    args = {k: v for k, v in known.items() if k not in ("cells", "stiffness")}
    meet(**args)
    known["level"] = np.minimum(known["level"], 5)
    for name in ("px", "py", "pz"):
        v = known["v" + name[1]]
        known[name] = (v + rng.normal(0, 0.3, size) * (v != 0)).astype(real)
    known |= dict(
        planar=cells["planar"], last=float(rng.choice([0, 0.5, 1])), started=rng.integers(0, 5, size).astype(np.uint8),
        way=np.zeros(WAY * size, real), count=np.zeros(LEVELS, np.int64),
    )  # fmt: skip
    names = (
        "n", "types", "planar", "minutes", "last", "stride", "behaviours", "table", "slot", "ruled", "order", "kind",
        "size", "reach", "sx", "sy", "sz", "vx", "vy", "vz", "stiffness", "dx", "dy", "dz", "px", "py", "pz", "started",
        "level", "way", "count",
    )  # fmt: skip
    return {name: known[name] for name in names}, known


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Packed cells at paces of their own, of which some have a past."""
    return example_departed(size, rng, real)[0]
