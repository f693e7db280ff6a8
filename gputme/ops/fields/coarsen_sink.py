r"""Sinks of the next coarser grid.

    sink_c = \sum_{free voxels of the aggregate} (volume / coarse volume) (sink + \sum links to fixed neighbours)

A fixed voxel holds a correction of 0, so its links are a loss of its neighbours. An aggregate without a free voxel
is fixed (-1).
"""

from __future__ import annotations

import numpy as np

from gputme.maths import flush
from gputme.ops.fields._operator import fixed_links
from gputme.ops.fields.restrict_residual import example_pair, sum_aggregates, weights

__all__ = ["AGREEMENT", "coarsen_sink", "example"]

AGREEMENT = "bitwise"
GRAIN = 1024


def coarsen_sink(nx, ny, nz, cx, cy, cz, periodic, varied, held, links, faces, share, sink, coarse_sink):
    """Write the coarse sinks. sink: (nz*ny*nx,), coarse_sink: (cz*cy*cx,), 1/min."""
    shape, coarse = (nz, ny, nx), (cz, cy, cx)
    sink3 = sink[: nx * ny * nz].reshape(shape)
    total = sink3
    if held:
        total = total + fixed_links(shape, periodic, varied, links, faces, sink3, sink3)[0]
    part = weights(share, shape) * total
    free = sink3 >= 0
    part[~free] = 0
    sums = flush(sum_aggregates(part, coarse))
    sums[sum_aggregates(free.astype(np.int32), coarse) == 0] = -1
    coarse_sink[: cx * cy * cz] = sums.reshape(-1)


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Sinks with or without fixed voxels on a pair of grids."""
    grid = example_pair(size, rng, real)
    for name in ("rate", "u", "b"):
        del grid[name]
    return grid | dict(coarse_sink=np.zeros(grid["cx"] * grid["cy"] * grid["cz"], real))
