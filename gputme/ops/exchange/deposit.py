r"""Spread one value per cell over the voxels around it: total_v += sum over cells of w_iv value_i.

The weights w are trilinear (or all in the nearest voxel), and add up to 1 for each cell. Sums are fixed-
point: each share is rounded to an integer number of units, so the sum depends on no order and any number of
cells may share a voxel. The unit is a power of two, chosen from the largest value and the count of cells so
that the sum cannot overflow even if all cells share one voxel: finer than 2^-33 of the largest value for a
hundred million cells.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import bits, fixed
from gputme.ops.exchange._cloud import cloud, corners, example_cloud, per_unit

__all__ = ["AGREEMENT", "deposit", "example"]

AGREEMENT = "exact"
GRAIN = 65536  # two threads' atomics cost more than one thread's additions


def deposit(n, nx, ny, nz, x0, y0, z0, per_x, per_y, per_z, periodic, nearest, x, y, z, value, peak, total):
    """Add n values to total (nz*ny*nx,), in units of 1 / per_unit(peak, n)."""
    spans = cloud(x[:n], y[:n], z[:n], x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic, nearest)
    units = per_unit(peak[0], n)
    for voxel, weight, _ in corners(spans, nx, ny):
        np.add.at(total, voxel, fixed(weight * value[:n], units))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Values of both signs in a small box, so that many cells share a voxel."""
    grid, where, voxels = example_cloud(size, rng, real)
    value = (rng.normal(0, 1, size) * (rng.random(size) < 0.9)).astype(real)
    peak = bits(np.abs(value)).max(keepdims=True)
    return dict(n=size, **grid, **where, value=value, peak=peak, total=np.zeros(voxels, np.int64))
