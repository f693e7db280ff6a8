r"""What cells take up and give, as a step of its own between sweeps of a split scheme: backward Euler in each voxel.

    u <- (u / dt + source) / (1 / dt + sink)

A voxel with a negative sink is fixed and keeps its value. Units: u value, source value/min, sink 1/min.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import flush

__all__ = ["AGREEMENT", "example", "react"]

AGREEMENT = "bitwise"
GRAIN = 8192


def react(voxels, per_dt, sink, source, u):
    """Advance u by 1 / per_dt min in place; all (voxels,)."""
    real = u.dtype.type
    before = u[:voxels]
    b = flush((before.astype(np.float64) * per_dt + source[:voxels].astype(np.float64)).astype(real))
    with np.errstate(divide="ignore", invalid="ignore"):  # of fixed voxels
        after = flush(b / (real(per_dt) + sink[:voxels]))
    before[...] = np.where(sink[:voxels] < 0, before, after)


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Sinks and sources of many sizes, some voxels fixed."""
    sink = rng.choice([0.0, 1e-20, 0.3, 1e4, -1.0], size).astype(real)
    source = (rng.choice([0.0, 1e-31, 5.0, 1e6], size) * rng.random(size)).astype(real)
    u = (rng.choice([0.0, 1e-25, 38.0], size) * rng.random(size)).astype(real)
    return dict(voxels=size, per_dt=float(rng.choice([1.0, 128.0, 3.7])), sink=sink, source=source, u=u)
