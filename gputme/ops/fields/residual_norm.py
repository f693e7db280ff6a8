r"""Maximum norms over free voxels that say when an iteration may stop.

    peak[0]: max |b - A u|,  peak[1]: max |b|,  peak[2]: max |(rate + sink + \sum own) u|,

as bits of non-negative float64, raised. Where the coefficient varies in space, each voxel's terms are multiplied by
``fastest`` / (rate + \sum own), so that slow voxels, whose terms are small, count as much as fast ones. The last one
times the precision is what rounding alone leaves of the first.
A maximum does not depend on order, so every backend stops at the same cycle.
"""

from __future__ import annotations

import numpy as np

from gputme.ops.fields._operator import example_grid, gather, raise_peak, sizes

__all__ = ["AGREEMENT", "example", "residual_norm"]

AGREEMENT = "exact"
GRAIN = 4096


def residual_norm(nx, ny, nz, periodic, varied, rate, fastest, links, faces, sink, b, u, peak):
    """Raise the three peaks. Fields: (nz*ny*nx,)."""
    shape, n = (nz, ny, nx), nx * ny * nz
    u3, b3, sink3 = (a[:n].reshape(shape) for a in (u, b, sink))
    s, d = gather(shape, periodic, varied, rate, links, faces, b3, u3)
    weight = u.dtype.type(fastest) / d if varied else u.dtype.type(1)
    d = (d + sink3) * u3
    fixed = sink3 < 0
    for k, values in enumerate((s - d, b3, d)):
        size = sizes(weight * values)
        size[fixed] = 0
        raise_peak(peak, k, size)


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Any field: a large residual."""
    grid = example_grid(size, rng, real)
    del grid["held"]
    return grid | dict(fastest=2000.0, peak=np.zeros(3, np.int64))
