"""Appoint, in each voxel, one of its living cells, in whose place the sums of the others stand.

``at``: the voxel of each cell, -1 for the dead. ``keeper``: a word for each voxel, ``first`` + the number of the cell
appointed, which is the last one; ``first`` is above the words of every earlier turn, so that nothing need be put back
and a word below it says that nobody is there. Sums so take memory for each cell rather than for each voxel, and what is
done next looks at no empty voxel.
"""

from __future__ import annotations

import numpy as np

from gputme.ops.exchange._cloud import example_cloud
from gputme.ops.matrix._fibres import voxel_of

__all__ = ["AGREEMENT", "appoint", "example", "example_places"]

AGREEMENT = "exact"
GRAIN = 8192


def appoint(
    n, nx, ny, nz, x0, y0, z0, per_x, per_y, per_z, periodic, first, death, x, y, z, at, keeper
):  # fmt: skip
    """Write at (n,) and raise keeper (nz*ny*nx,), int32, from cells at x, y, z (n,) um."""
    live = np.flatnonzero(death[:n] == 0)
    at[:n] = -1
    at[live] = voxel_of(x[live], y[live], z[live], x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic)
    np.maximum.at(keeper, at[live], (first + live).astype(np.int32))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells of which several share a voxel, some dead; keepers of earlier turns."""
    grid, where, voxels = example_cloud(size, rng, real)
    del grid["nearest"]
    first = int(rng.integers(1, 2**31 - size))
    return dict(
        n=size, **grid, first=first, death=(rng.random(size) < 0.2).astype(np.uint8), **where,
        at=np.full(size, -7), keeper=rng.integers(0, first, voxels, np.int32),
    )  # fmt: skip


def example_places(size: int, voxels: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """``at`` and ``keeper`` as they are after a turn whose first word is 1 + size, when some cells are dead and some
    voxels empty."""
    at = np.where(rng.random(size) < 0.1, -1, rng.integers(0, voxels, size))
    keeper = rng.integers(0, 1 + size, voxels, np.int32)
    live = np.flatnonzero(at >= 0)
    np.maximum.at(keeper, at[live], (1 + size + live).astype(np.int32))
    return at, keeper
