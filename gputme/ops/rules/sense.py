r"""A field and its gradient at each cell.

The value is interpolated trilinearly between voxel centres. The gradient is taken at voxel centres by central
differences, (u_{k+1} - u_{k-1}) / 2h, and interpolated with the same weights, so it is continuous as the cell
moves, unlike the derivative of the interpolant itself, which jumps at every voxel centre and would turn a
steered cell around there. In the last voxel before a wall the difference is one-sided, (u_1 - u_0) / h: first
order, but it needs no knowledge of the wall and stays exact for linear fields. Both are exact for linear
fields, except that the value of a cell less than half a voxel from a wall is the value of the last voxel. An
axis of one voxel has no gradient.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import flush
from gputme.ops.exchange._cloud import cloud, example_cloud, sample, slopes

__all__ = ["AGREEMENT", "example", "sense"]

AGREEMENT = "bitwise"
GRAIN = 256


def sense(
    n, nx, ny, nz, x0, y0, z0, per_x, per_y, per_z, periodic, nearest, gradients, x, y, z, u,
    value, gx, gy, gz,
):  # fmt: skip
    """value (n,), and gx, gy, gz (n,) per um if gradients is n rather than 0, of the field u (nz*ny*nx,)."""
    spans = cloud(x[:n], y[:n], z[:n], x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic, nearest)
    value[:n] = flush(sample(u, spans, nx, ny))
    if not gradients:
        return
    for out, along in zip((gx, gy, gz), slopes(u, spans, nx, ny, nz, per_x, per_y, per_z, periodic)):
        out[:n] = along


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """A rough field; gradients in two of three examples."""
    grid, where, voxels = example_cloud(size, rng, real)
    wanted = size * int(rng.random() < 2 / 3)
    return dict(
        n=size, **grid, gradients=wanted, **where, u=rng.uniform(0, 38, voxels).astype(real),
        value=np.zeros(size, real), **{name: np.zeros(wanted, real) for name in ("gx", "gy", "gz")},
    )  # fmt: skip
