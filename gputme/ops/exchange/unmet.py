"""The part of each cell's demand that the voxels around it did not meet.

    missing = d (1 - m)

with d the demand (value/min) and m the share that is met, sampled with the weights by which demands were spread: so
what cells get is what voxels lose. Negative, by the tolerance of the iteration, where a little more was taken.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import bits, flush
from gputme.ops.exchange._cloud import cloud, example_cloud, sample

__all__ = ["AGREEMENT", "example", "unmet"]

AGREEMENT = "bitwise"
GRAIN = 128


def unmet(
    n, nx, ny, nz, x0, y0, z0, per_x, per_y, per_z, periodic, nearest, x, y, z, demand, met, missing, peak
):  # fmt: skip
    """missing (n,), value/min, from demand (n,) and met (voxels,), and the bits of the largest size in peak."""
    where = cloud(x[:n], y[:n], z[:n], x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic, nearest)
    missing[:n] = flush(demand[:n] * (x.dtype.type(1) - sample(met, where, nx, ny)))
    peak[0] = max(peak[0], bits(np.abs(missing[:n])).max(initial=0))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Demands of all sizes, met in part."""
    grid, where, voxels = example_cloud(size, rng, real)
    return dict(
        n=size, **grid, **where, demand=(rng.choice([0, 1, 1e6], size) * rng.random(size)).astype(real),
        met=rng.choice([0, 0.3, 1, 1.00001], voxels).astype(real), missing=np.zeros(size, real),
        peak=np.zeros(1, np.int64),
    )  # fmt: skip
