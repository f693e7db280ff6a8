r"""One step of the cells by forces and motility, within walls.

    x += motility,   then   x += h [(1 + w/2) v_n - (w/2) v_{n-1}],   w = h / (the step before),

the second-order Adams-Bashforth method with a variable step; cells without a previous velocity (newborn ones)
take h v_n. So do, where ``check`` asks for it, cells whose velocity has jumped since the step before, because
a neighbour divided or died: extrapolating over a jump is wrong by half a step of it. A velocity that changes
by more than L (h/w) max(|v_n|, |v_{n-1}|) has jumped, L = 2 K being the bound of the cell's rates
(:mod:`gputme.ops.motion.pace`). In a growing tissue of 1500 cells this is 15 times more accurate at 3 steps a
minute than extrapolating always (root of the mean squared error after half an hour with 4 divisions a minute:
0.0016 instead of 0.025 um).

This is the step of a scenario that fixes it (``numerics.mechanics_step``): the same for all cells. w is at most 2,
below 2.4, where the method would be unstable. At each face the cell is reflected (0), absorbed (1: it stops at the
wall and is marked) or enters from the other side (2), as often as its way takes it there
(:mod:`gputme.ops.motion._walls`). The walk is folded into the box first: a run that is mirrored goes on in the
mirrored direction (m), so that an unbiased walk fills a closed box evenly at any persistence and step. What forces
push over a wall is mirrored too, but turns nobody. In a plane z stays. Cells that are not movable stay and forget
their velocity.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import flush
from gputme.ops.behaviour import behaviour_of
from gputme.ops.motion._walls import example_walls, within
from gputme.ops.motion._ways import share
from gputme.ops.neighbours._neighbours import example_cells
from gputme.vocabulary import Behaviours

__all__ = ["AGREEMENT", "example", "move"]

AGREEMENT = "bitwise"
GRAIN = 256


def move(
    n, types, planar, mechanics, motility, walls, dt, before, check, lx, ly, lz, ux, uy, uz, stride, behaviours, table,
    slot, ruled, type, stiffness, vx, vy, vz, dx, dy, dz, x, y, z, px, py, pz, mx, my, mz, started, gone,
):  # fmt: skip
    """Move n cells over dt min: x, y, z (um), px, py, pz (um/min), started in place; gone is set
    where a wall absorbs, and the direction mx, my, mz of a run turned where a wall mirrors it. before: the last base
    step, min, of which ``started`` tells each cell's own step (:mod:`gputme.ops.motion.depart`). ``mechanics``,
    ``motility``: whether cells have a velocity by forces, and a direction; else these columns are empty."""
    real = x.dtype.type
    moves = behaviour_of(table, slot, ruled, stride, behaviours, type[:n], Behaviours.MOVABLE) > 0
    past = np.zeros(n, real)
    if mechanics:
        begun = started[:n] != 0
        past = np.where(begun, before * share(started[:n].astype(np.int64) - begun, real), real(0))
    begun = past > 0
    if check and mechanics:
        jump2 = _square(*(v[:n] - p[:n] for v, p in ((vx, px), (vy, py), (vz, pz))))
        most = 2 * past * stiffness[:n]
        larger = np.maximum(_square(vx[:n], vy[:n], vz[:n]), _square(px[:n], py[:n], pz[:n]))
        begun &= ~(jump2 > most * most * larger + real(1e-20))
    ratio = np.minimum(np.divide(dt, past, out=np.ones_like(past), where=begun), real(2))
    w = np.where(begun, real(0.5) * ratio, real(0))
    now, last = dt * (1 + w), dt * w
    out = np.zeros(n, bool)
    axes = ((x, px, mx, vx, dx, lx, ux), (y, py, my, vy, dy, ly, uy), (z, pz, mz, vz, dz, lz, uz))
    for axis, (position, previous, m, v, d, lower, upper) in enumerate(axes):
        if planar and axis == 2:
            previous[: mechanics * n] = 0
            continue
        walked = within(position[:n] + d[:n], lower, upper, walls, axis)
        pushed = now * v[:n] - last * previous[:n] if mechanics else now * v[:n]
        pushed = within(walked.x + pushed, lower, upper, walls, axis)
        out |= walked.left | pushed.left
        np.copyto(position[:n], flush(pushed.x), where=moves)
        if motility:
            np.negative(m[:n], out=m[:n], where=moves & walked.mirrored)
        if mechanics:
            previous[:n] = np.where(moves, v[:n], real(0))
    if mechanics:
        started[:n] = moves
    gone[:n][moves & out] = 1


def _square(x, y, z):
    return x * x + y * y + z * z


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells of which some meet walls of every kind, a few of them many times."""
    cells = example_cells(size, rng, real)
    side, h = cells["side"], float(rng.uniform(0.1, 1))
    inputs = ("types", "planar", "stride", "behaviours", "table", "slot", "ruled", "type", "x", "y", "z")
    walls = example_walls(rng)
    vectors = {name: rng.normal(0, 3, size).astype(real) for name in ("vx", "vy", "vz", "dx", "dy", "dz")}
    for vector in vectors.values():
        vector[rng.random(size) < 0.01] *= real(4 * side)
    previous = {name: rng.normal(0, 3, size).astype(real) for name in ("px", "py", "pz", "mx", "my", "mz")}
    return dict(
        n=size, mechanics=1, motility=1, walls=walls, dt=h, before=float(rng.choice([0, 1, 0.3])) * h,
        check=int(rng.integers(2)),
        stiffness=rng.uniform(0, 3, size).astype(real), **dict(zip(("lx", "ly", "lz"), (0.0,) * 3)),
        **dict(zip(("ux", "uy", "uz"), (side,) * 3)), **{name: cells[name] for name in inputs}, **vectors,
        **previous, started=rng.integers(0, 4, size).astype(np.uint8),
        gone=(rng.random(size) < 0.1).astype(np.uint8),
    )  # fmt: skip
