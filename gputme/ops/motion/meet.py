r"""What pairs that are about to meet in a base step H ask of both: the exponents of their steps are raised.

Each seed (:mod:`gputme.ops.motion.pace`) looks at all whom it may come to reach. Both go on straight, at  w = V_i - V_j
by forces and walk, to their closest approach d within H. With p = (1 - d/R)_+, q = (1 - d/S)_+ there, and

    k = 2 |c p / R - a q / S|,    F = |c p^2 - a q^2|

the slope and the size of their force (c repulsion, a adhesion, R and S as in :mod:`gputme.ops.motion.forces`), cell j
is asked for steps h with

    (1/2) k |w| h^2 <= e r_j        accuracy: what the force changes by while they pass, displaces,

and where one of the two walks, so that this force is not in its present velocity yet, for

    2 k h <= 0.9    and    F h <= 0.1 r_j.

A walking seed asks the first two of itself as well. So who meets nobody takes one step, however fast he walks, and
cells that lie still beside a fast one, relaxing with it, take few.
"""

from __future__ import annotations

import numpy as np

from gputme.ops.motion import pace
from gputme.ops.motion._pair import pair_strengths, strengths_of
from gputme.ops.motion._ways import FAR, STABLE, exponent
from gputme.ops.neighbours._neighbours import Grid, reachable
from gputme.ops.neighbours._packed import example_packed

__all__ = ["AGREEMENT", "GRAIN", "example", "example_met", "meet"]

AGREEMENT = "exact"
GRAIN = 2  # shares of the seeds


def meet(
    n, parts, nx, ny, nz, lx, ly, lz, bx, by, bz, wx, wy, wz, minutes, accuracy, paired, types, affinity, stride,
    behaviours, table, slot, ruled, repulsion, adhesion, start, order, kind, size, reach, sx, sy, sz, wide, vx, vy, vz,
    dx, dy, dz, seeds, found, peak, level,
):  # fmt: skip
    """Raise level (n,), exponents by place. By place: kind, size, reach, sx, sy, sz, wide; by cell: vx, ..., dz."""
    real, o = sx.dtype.type, order[:n]
    strengths = strengths_of(
        paired, types, affinity, stride, behaviours, table, slot, ruled, repulsion, adhesion, kind[:n], o
    )
    per, bend = real(1) / minutes, real(0.5) / accuracy
    d = [v[o] for v in (dx, dy, dz)]
    walks = (d[0] != 0) | (d[1] != 0) | (d[2] != 0)
    u = [v[o] + walk * per for v, walk in zip((vx, vy, vz), d)]
    places = np.sort(seeds[: found[0]])
    widest = real(np.int64(peak[3]).view(np.float64))
    grid = Grid((nx, ny, nz), (wx, wy, wz), start)
    here = (sx[:n], sy[:n], sz[:n])
    for a, j, ax, ay, az in reachable(grid, (lx, ly, lz, bx, by, bz), places, *here, wide[:n], widest):
        i = places[a]
        rx, ry, rz = (v[i] - v[j] for v in u)
        u2, along = rx * rx + ry * ry, ax * rx + ay * ry
        u2, along = u2 + rz * rz, along + az * rz
        with np.errstate(invalid="ignore", divide="ignore"):
            t = np.where(u2 > 0, np.clip(-along / u2, real(0), minutes), real(0))
        cx, cy, cz = ax + t * rx, ay + t * ry, az + t * rz
        dist = np.sqrt(cx * cx + cy * cy + cz * cz)
        touch, hold = size[i] + size[j], reach[i] + reach[j]
        p, q = np.maximum(1 - dist / touch, real(0)), np.maximum(1 - dist / hold, real(0))
        push, pull = strengths(i, j)
        stiff = real(2) * np.abs(push * p / touch - pull * q / hold)
        strong, turns = np.abs(push * (p * p) - pull * (q * q)), bend * stiff * np.sqrt(u2)
        either = walks[i] | walks[j]
        stable = np.where(either, real(2) * stiff / real(STABLE), real(0))
        goes = np.where(either, strong / (real(FAR) * size[j]), real(0))
        theirs = np.maximum(np.maximum(np.sqrt(turns / size[j]), stable), goes) * minutes
        np.maximum.at(level, j, exponent(theirs))
        mine = np.maximum(np.sqrt(turns / size[i]), stable) * minutes
        np.maximum.at(level, i, np.where(walks[i], exponent(mine), 0))


def example_met(size: int, rng: np.random.Generator, real: type) -> dict:
    """Packed cells with their own paces, seeds and strengths by pair or by cell."""
    paced = pace.example(size, np.random.default_rng(seed := int(rng.integers(2**32))), real)
    e = example_packed(size, np.random.default_rng(seed), real)
    pace.pace(**paced)
    grid, affinity = e["grid"], 12
    table = e["conduct"]["table"].reshape(e["conduct"]["types"], -1)
    repulsion, adhesion = (s.ravel() for s in pair_strengths(table, affinity))
    side = e["cells"]["side"]
    corner = dict.fromkeys(("lx", "ly", "lz"), 0.0) | {
        name: real(grid[bins] / side) for name, bins in zip(("bx", "by", "bz"), ("nx", "ny", "nz"))
    }
    names = ("parts", "minutes", "accuracy", "wide", "vx", "vy", "vz", "dx", "dy", "dz", "seeds", "found", "peak")
    return dict(
        n=size, **{name: grid[name] for name in ("nx", "ny", "nz", "wx", "wy", "wz", "start", "order")}, **corner,
        **e["conduct"], paired=int(rng.integers(2)), affinity=affinity, repulsion=repulsion, adhesion=adhesion,
        **e["packed"], **{name: paced[name] for name in (*names, "level")}, cells=e["cells"],
        stiffness=paced["stiffness"],
    )  # fmt: skip


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """The same, as this operation takes it."""
    args = example_met(size, rng, real)
    del args["cells"], args["stiffness"]
    return args
