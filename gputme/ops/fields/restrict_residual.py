r"""Residual of a grid, summed into the right-hand side of the next coarser one.

    b_c = \sum_{free voxels of the aggregate} (volume / coarse volume) (b - A u),   u_c = 0

An aggregate is two voxels along each halved axis, one along each kept axis; the last one of an odd axis is clipped.
``share`` = width / coarse width per axis and index.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import flush
from gputme.ops.fields._operator import along, example_grid, gather

__all__ = ["AGREEMENT", "coarse_shape", "example", "example_pair", "restrict_residual", "sum_aggregates"]

AGREEMENT = "bitwise"
GRAIN = 1024


def restrict_residual(
    nx, ny, nz, cx, cy, cz, periodic, varied, rate, links, faces, share, sink, b, u, coarse_b, coarse_u
):
    """Write the coarse right-hand side and a zero coarse unknown. Fields: (nz*ny*nx,) and (cz*cy*cx,)."""
    shape, coarse, n = (nz, ny, nx), (cz, cy, cx), nx * ny * nz
    u3, b3, sink3 = (a[:n].reshape(shape) for a in (u, b, sink))
    s, d = gather(shape, periodic, varied, rate, links, faces, b3, u3)
    part = weights(share, shape) * (s - (d + sink3) * u3)
    part[sink3 < 0] = 0
    m = cx * cy * cz
    coarse_b[:m] = flush(sum_aggregates(part, coarse)).reshape(-1)
    coarse_u[:m] = 0


def weights(share: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """Volume over coarse volume of every voxel."""
    x, y, z = along(share, shape)
    return (z * y) * x


def sum_aggregates(part: np.ndarray, coarse: tuple[int, int, int]) -> np.ndarray:
    """Sum over the voxels of every aggregate, in the order of the kernel: z, y, x."""
    out = np.zeros(coarse, part.dtype)
    steps = [2 if c < n else 1 for n, c in zip(part.shape, coarse)]
    for index in np.ndindex(*steps):
        piece = part[tuple(slice(start, None, step) for start, step in zip(index, steps))]
        out[tuple(slice(n) for n in piece.shape)] += piece
    return out


def coarse_shape(shape: tuple[int, int, int], halve: tuple[bool, bool, bool]) -> tuple[int, int, int]:
    """Voxels of the coarser grid."""
    return tuple((n + 1) // 2 if h else n for n, h in zip(shape, halve))


def example_pair(size: int, rng: np.random.Generator, real: type) -> dict:
    """A grid, the coarser grid's size for a random choice of axes, and the shares of widths."""
    grid = example_grid(size, rng, real)
    cz, cy, cx = coarse_shape((grid["nz"], grid["ny"], grid["nx"]), tuple(rng.random(3) < 0.7))
    m = grid["nx"] + grid["ny"] + grid["nz"]
    return grid | dict(cx=cx, cy=cy, cz=cz, share=rng.uniform(0.3, 1, m).astype(real))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Any field on a pair of grids."""
    grid = example_pair(size, rng, real)
    m = grid["cx"] * grid["cy"] * grid["cz"]
    del grid["held"]
    return grid | dict(coarse_b=np.zeros(m, real), coarse_u=np.ones(m, real))
