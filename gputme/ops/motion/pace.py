r"""In how many steps each cell goes through a base step H, by itself: 2^e, and how far it may come in it.

With v the velocity by forces, r the radius and  L = 2 K  the bound of the cell's rates of relaxation (K: the
stiffness of :mod:`gputme.ops.motion.forces`), its step h = H / 2^e must satisfy

    L h <= 0.9                  stability: second-order Adams-Bashforth needs less than 1,
    v h <= 0.1 r                forces move a cell less than a tenth of its radius in a step,
    (1/2) L v h^2 <= a r        accuracy: what the velocity's change in a step, at most L v h, displaces.

The last is the error of a step into a fresh overlap, as after a division. Walking asks for nothing: alone it is exact
at any step. Cells that ask for more than one step, or go further than a tenth of their radius by walk and push
together, are *seeds*: :mod:`gputme.ops.motion.meet` looks at whom they may meet. A cell may come as far as

    wide = max(r, f r) + |d| + min(v H, r/2),

with d its walk in H and f its adhesion distance: two cells further apart than both reach do not meet in this step.
Cells that are not movable take one step. ``peak`` is raised to the three rates (1/min) and the largest ``wide`` (um).
"""

from __future__ import annotations

import numpy as np

from gputme.maths import bits
from gputme.ops.behaviour import behaviour_of
from gputme.ops.motion._ways import FAR, STABLE, exponent
from gputme.ops.neighbours._packed import example_packed
from gputme.vocabulary import Behaviours

__all__ = ["AGREEMENT", "GRAIN", "canonical", "example", "pace", "rates"]

AGREEMENT = "bitwise"
GRAIN = 8  # shares of 64 cells


def pace(
    n, parts, types, minutes, accuracy, stride, behaviours, table, slot, ruled, order, kind, size, reach, vx, vy, vz,
    stiffness, dx, dy, dz, wide, level, seeds, found, peak,
):  # fmt: skip
    """Write wide, level (exponents e) by place and the seeds' places; raises found (1,) and peak (4,).

    By place: kind, size, reach; by cell: vx, vy, vz, stiffness, dx, dy, dz. accuracy: a, in radii.
    """
    real, o = size.dtype.type, order[:n]
    movable = behaviour_of(table, slot, ruled, stride, behaviours, kind[:n], Behaviours.MOVABLE, slice(None))
    if slot[Behaviours.MOVABLE] >= 0:
        movable = movable[o]
    moves, r = movable > 0, size[:n]
    asked = rates(accuracy, r, vx[o], vy[o], vz[o], stiffness[o])
    v, walk = (np.sqrt(x[o] * x[o] + y[o] * y[o] + z[o] * z[o]) for x, y, z in ((vx, vy, vz), (dx, dy, dz)))
    push, most = v * minutes, asked.max(axis=0) * minutes
    wide[:n] = np.maximum(r, reach[:n]) + np.where(moves, walk + np.minimum(push, real(0.5) * r), real(0))
    level[:n] = np.where(moves, exponent(most), 0)
    seeded = np.flatnonzero(moves & ((most > 1) | (push + walk > real(FAR) * r)))
    seeds[found[0] : found[0] + len(seeded)] = seeded
    found[0] += len(seeded)
    for q, values in enumerate((*asked[:, moves], wide[:n])):
        peak[q] = max(peak[q], bits(values.max(initial=0)))


def rates(accuracy, radius, vx, vy, vz, stiffness) -> np.ndarray:
    """What movable cells ask for by stability, displacement and accuracy, 1/min: (3, n)."""
    real = radius.dtype.type
    v = np.sqrt(vx * vx + vy * vy + vz * vz)
    rate = real(2) * stiffness
    bends = np.sqrt(real(0.5) * rate * v / (accuracy * radius))
    return np.stack([rate / real(STABLE), v / (real(FAR) * radius), bends])


def canonical(args: dict, results: dict) -> dict:
    """The results with the seeds ascending: any order is right."""
    seeds = results["seeds"].copy()
    seeds[args["found"][0] : results["found"][0]].sort()
    return results | {"seeds": seeds}


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Packed cells with velocities of a few um/min, of which some walk."""
    e = example_packed(size, rng, real)
    v = rng.normal(0, 1, (3, size)) * rng.choice([0.1, 3], size)
    d = rng.normal(0, 2, (3, size)) * (rng.random(size) < 0.2)
    if e["cells"]["planar"]:
        v[2] = d[2] = 0
    return dict(
        n=size, parts=max(1, size // 64), minutes=float(rng.choice([0.5, 1, 6])), accuracy=0.002, **e["conduct"],
        order=e["grid"]["order"], **{name: e["packed"][name] for name in ("kind", "size", "reach")},
        **dict(zip(("vx", "vy", "vz"), v.astype(real))), **dict(zip(("dx", "dy", "dz"), d.astype(real))),
        stiffness=rng.uniform(0, 1, size).astype(real), wide=np.zeros(size, real), level=np.zeros(size, np.int64),
        seeds=np.zeros(size, np.int32), found=np.zeros(1, np.int64), peak=np.zeros(4, np.int64),
    )  # fmt: skip
