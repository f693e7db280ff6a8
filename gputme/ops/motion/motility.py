r"""Persistent biased random walk, exact in mean and mean square for any step.

A cell runs straight at its speed s; runs end at the rate 1/T (T the persistence time), and the next one has
the direction of b d + (1 - b) xi, with the bias b, the direction d that the cell wants (the sum of
:mod:`gputme.ops.motion.chemotaxis`, normalised) and xi uniform on the sphere, or on the circle in 2D. Without a
wanted direction the bias counts as 0. For a ``graded`` type the bias is multiplied by the length of the
wanted direction, up to 1, so that weak gradients steer weakly (receptor occupancy).

Run lengths are drawn within the step. They have no memory, so the first one is drawn afresh in each step and
only the present direction is kept in m. For dt > 10 T the first and the last run of the step are drawn as
such (the age of the last run is exponential too), and what lies between is a Gaussian with the exact moments
of renewals over its length t: mean m(b) s t along d and covariance 2 T s^2 Cov(v/s) [t - T (1 - exp(-t/T))],
where the moments of the cosine between a run and d are closed forms (:func:`gputme.ops.motion._walk.moments`). So
steps join without a seam. Dead cells, cells without speed and cells that are not movable stay and keep their
direction.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import flush
from gputme.ops.behaviour import behaviour_of, example_behaviours
from gputme.ops.motion._walk import far, first, near, walk_of
from gputme.rng import Stream, random_words
from gputme.vocabulary import Behaviours

__all__ = ["AGREEMENT", "example", "motility"]

AGREEMENT = "bitwise"
GRAIN = 64


def motility(
    n, types, seed, tick, dt, planar, stride, behaviours, table, slot, ruled, graded, id, type, death, bx, by,
    bz, mx, my, mz, dx, dy, dz,
):  # fmt: skip
    """Displacement dx, dy, dz (n,) um from ``tick`` over dt min; mx, my, mz (n,): direction of the run."""
    kind = type[:n]

    def value(b, cells=slice(None)):
        return behaviour_of(table, slot, ruled, stride, behaviours, kind, b, cells)

    for out in (dx, dy, dz):
        out[:n] = 0
    able = (value(Behaviours.SPEED) > 0) & (value(Behaviours.MOVABLE) > 0)
    moving = np.flatnonzero(able & (death[:n] == 0))
    kinds = (Behaviours.SPEED, Behaviours.BIAS, Behaviours.PERSISTENCE)
    speed, bias, persistence = (value(b, moving).astype(np.float64) for b in kinds)
    persistence = np.maximum(persistence, mx.dtype.type(1e-6))
    m, wanted = (np.array([a[moving] for a in three], np.float64) for three in ((mx, my, mz), (bx, by, bz)))
    if planar:
        wanted[2] = 0
    walk = walk_of(bias, wanted, persistence, graded[kind[moving]] != 0, planar, seed, tick, id[moving])
    new = np.flatnonzero(~m.any(axis=0))
    m[:, new] = first(walk.of(new))
    words = random_words(seed, tick, walk.ident, Stream.MOTILITY, 0)
    d, distant = np.empty_like(m), dt > 10 * persistence
    for some, travel in ((np.flatnonzero(distant), far), (np.flatnonzero(~distant), near)):
        if some.size:
            there = m[:, some]
            d[:, some] = travel(walk.of(some), [w[some] for w in words], dt, there)
            m[:, some] = there
    for axis, (kept, out) in enumerate(((mx, dx), (my, dy), (mz, dz))):
        kept[moving] = m[axis]
        out[moving] = flush((speed * d[axis]).astype(out.dtype))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Steps from a fifth of the persistence time to many; some cells dead, some without direction."""
    types, count = 3, 12
    args = dict(
        n=size, types=types, seed=int(rng.integers(2**63)), tick=int(rng.integers(2**40)),
        dt=float(10 ** rng.uniform(-0.7, 2)), planar=int(rng.integers(2)),
        **example_behaviours(size, types, count, rng, real), graded=np.array([0, 1, 0], np.uint8),
        id=rng.integers(1, 2**63, size).astype(np.uint64), type=rng.integers(0, types, size).astype(np.uint8),
        death=(rng.random(size) < 0.1).astype(np.uint8),
    )  # fmt: skip
    m, b = rng.normal(0, 1, (2, 3, size))
    m *= (rng.random(size) < 0.8) / np.linalg.norm(m, axis=0)
    b *= rng.random(size) < 0.8
    for name, values in zip(("mx", "my", "mz", "bx", "by", "bz"), (*m, *b)):
        args[name] = values.astype(real)
    args |= {name: np.zeros(size, real) for name in ("dx", "dy", "dz")}
    args["table"].reshape(types, count)[:, Behaviours.BIAS] = rng.choice([0, 0.3, 0.5, 0.9, 1], types)
    return args
