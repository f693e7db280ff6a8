"""How cells walk among fibres: :mod:`gputme.ops.motion.motility`, with every run guided by the fibres at the cell.

A run keeps the direction m in which the cell would go; it goes along what the fibres leave of that
(:mod:`gputme.ops.matrix._fibres`), slower across them. Cells without guidance and barrier, and where the anisotropy
is 0, walk exactly as there. Guided ones draw every run on its own, up to 254 in a step.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import flush
from gputme.ops.behaviour import behaviour_of, example_behaviours
from gputme.ops.exchange._cloud import example_cloud
from gputme.ops.matrix._fibres import Fibres, upright, voxel_of
from gputme.ops.motion._walk import far, first, near, walk_of
from gputme.rng import Stream, random_words
from gputme.vocabulary import Behaviours

__all__ = ["AGREEMENT", "example", "follow"]

AGREEMENT = "bitwise"
GRAIN = 64


def follow(
    n, types, nx, ny, nz, x0, y0, z0, per_x, per_y, per_z, periodic, seed, tick, dt, planar, stride, behaviours, table,
    slot, ruled, graded, barrier, id, type, death, x, y, z, fibre_x, fibre_y, fibre_z, anisotropy, bx, by, bz, mx, my,
    mz, dx, dy, dz,
):  # fmt: skip
    """Displacement dx, dy, dz (n,) um from ``tick`` over dt min; mx, my, mz (n,): direction of the run."""
    kind = type[:n]

    def value(b, cells=slice(None)):
        return behaviour_of(table, slot, ruled, stride, behaviours, kind, b, cells)

    for out in (dx, dy, dz):
        out[:n] = 0
    able = (value(Behaviours.SPEED) > 0) & (value(Behaviours.MOVABLE) > 0)
    moving = np.flatnonzero(able & (death[:n] == 0))
    kinds = (Behaviours.SPEED, Behaviours.BIAS, Behaviours.PERSISTENCE, Behaviours.GUIDANCE)
    speed, bias, persistence, guidance = (value(b, moving).astype(np.float64) for b in kinds)
    persistence = np.maximum(persistence, mx.dtype.type(1e-6))
    m, wanted = (np.array([a[moving] for a in three], np.float64) for three in ((mx, my, mz), (bx, by, bz)))
    if planar:
        wanted[2] = 0
    walk = walk_of(bias, wanted, persistence, graded[kind[moving]] != 0, planar, seed, tick, id[moving])
    new = np.flatnonzero(~m.any(axis=0))
    m[:, new] = first(walk.of(new))
    words = random_words(seed, tick, walk.ident, Stream.MOTILITY, 0)

    at = voxel_of(x[moving], y[moving], z[moving], x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic)
    f, a = np.array([fibre_x[at], fibre_y[at], fibre_z[at]], np.float64), anisotropy[at].astype(np.float64)
    among = Fibres(f * upright(f), guidance * a, barrier[kind[moving]].astype(np.float64) * a)
    guided = (among.guidance != 0) | (among.barrier != 0)

    d, distant = np.empty_like(m), ~guided & (dt > 10 * persistence)
    for some in (np.flatnonzero(distant), np.flatnonzero(~distant)):
        there, drawn = m[:, some], [w[some] for w in words]
        if some.size and distant[some[0]]:
            d[:, some] = far(walk.of(some), drawn, dt, there)
        elif some.size:
            mine = among.of(some)
            d[:, some] = near(walk.of(some), drawn, dt, there, lambda which, m, mine=mine: mine.of(which).way(m))
        m[:, some] = there
    for axis, (kept, out) in enumerate(((mx, dx), (my, dy), (mz, dz))):
        kept[moving] = m[axis]
        out[moving] = flush((speed * d[axis]).astype(out.dtype))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Steps from a fifth of the persistence time to many, among fibres from none to fully aligned."""
    types, count = 3, Behaviours(0, 3, 0).count
    grid, where, voxels = example_cloud(size, rng, real)
    del grid["nearest"]
    args = dict(
        n=size, types=types, **grid, seed=int(rng.integers(2**63)), tick=int(rng.integers(2**40)),
        dt=float(10 ** rng.uniform(-0.7, 1.5)), planar=int(rng.integers(2)),
        **example_behaviours(size, types, count, rng, real), graded=np.array([0, 1, 0], np.uint8),
        barrier=np.array([0, 0.4, 1], real), id=rng.integers(1, 2**63, size).astype(np.uint64),
        type=rng.integers(0, types, size).astype(np.uint8), death=(rng.random(size) < 0.1).astype(np.uint8), **where,
    )  # fmt: skip
    f = rng.normal(0, 1, (3, voxels))
    f /= np.linalg.norm(f, axis=0)
    args |= dict(zip(("fibre_x", "fibre_y", "fibre_z"), f.astype(real)))
    args["anisotropy"] = np.where(rng.random(voxels) < 0.3, 0, rng.random(voxels)).astype(real)
    m, b = rng.normal(0, 1, (2, 3, size))
    m *= (rng.random(size) < 0.8) / np.linalg.norm(m, axis=0)
    b *= rng.random(size) < 0.8
    for name, values in zip(("mx", "my", "mz", "bx", "by", "bz"), (*m, *b)):
        args[name] = values.astype(real)
    args |= {name: np.zeros(size, real) for name in ("dx", "dy", "dz")}
    table = args["table"].reshape(types, count)
    table[:, Behaviours.BIAS] = rng.choice([0, 0.3, 0.5, 0.9, 1], types)
    table[:, Behaviours.GUIDANCE] = rng.choice([0, 0.5, 1], types)
    return args
