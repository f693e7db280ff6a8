"""Several fields on one grid at each cell, each into its row of signals: the values of
:mod:`gputme.ops.rules.sense`, where the voxels around a cell and their weights are found once."""

from __future__ import annotations

import numpy as np

from gputme.maths import flush
from gputme.ops.exchange._cloud import cloud, example_cloud, sample

__all__ = ["AGREEMENT", "example", "sense_all"]

AGREEMENT = "bitwise"
GRAIN = 128


def sense_all(
    n, count, nx, ny, nz, x0, y0, z0, per_x, per_y, per_z, periodic, nearest, stride, row, x, y, z, field, sensed,
):  # fmt: skip
    """Fill the rows ``row`` (count,) of ``sensed``, each of ``stride`` elements, from the fields (nz*ny*nx,)."""
    spans = cloud(x[:n], y[:n], z[:n], x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic, nearest)
    for r, u in zip(row[:count], field):
        sensed[r * stride : r * stride + n] = flush(sample(u, spans, nx, ny))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Three rough fields, in rows in another order, of which one is nobody's."""
    grid, where, voxels = example_cloud(size, rng, real)
    stride = size + int(rng.integers(3))
    return dict(
        n=size, count=3, **grid, stride=stride, row=rng.permutation(4)[:3].astype(np.int32), **where,
        field=[rng.uniform(0, 38, voxels).astype(real) for _ in range(3)],
        sensed=rng.uniform(0, 1, 4 * stride).astype(real),
    )  # fmt: skip
