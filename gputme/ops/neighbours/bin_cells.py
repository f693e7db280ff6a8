"""The bin of every cell, and how many cells each bin holds.

    bin = floor((x - lower) * bins per um), held within the grid, x fastest;  count[bin] += 1.

Cells outside the grid fall into its outermost bins: this brings no two cells further apart in bins than they
are in space, so the search finds every neighbour as long as a bin is not narrower than the reach.
"""

from __future__ import annotations

import numpy as np

__all__ = ["AGREEMENT", "bin_cells", "example"]

AGREEMENT = "exact"
GRAIN = 65536  # two threads' atomics cost more than one thread's additions


def bin_cells(n, nx, ny, nz, lx, ly, lz, px, py, pz, x, y, z, bin, count):
    """bin (n,) of each cell at x, y, z (n,) um; adds to count (nx*ny*nz + 1,). px, py, pz: bins per um."""
    total = np.zeros(n, np.int64)
    for v, lower, per_um, bins in ((z, lz, pz, nz), (y, ly, py, ny), (x, lx, px, nx)):
        u = (v[:n] - lower) * per_um
        total *= bins
        total += np.where(u > 0, np.minimum(u, u.dtype.type(bins - 1)), 0).astype(np.int64)
    bin[:n] = total
    count[: nx * ny * nz] += np.bincount(total, minlength=nx * ny * nz)


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells in and a little around a box."""
    bins = [int(b) for b in rng.integers(1, 6, 3)]
    x, y, z = rng.uniform(-20, 120, (3, size)).astype(real)
    return dict(
        n=size, nx=bins[0], ny=bins[1], nz=bins[2], lx=0.0, ly=0.0, lz=0.0, px=bins[0] / 100,
        py=bins[1] / 100, pz=bins[2] / 100, x=x, y=y, z=z, bin=np.zeros(size, np.int32),
        count=np.zeros(bins[0] * bins[1] * bins[2] + 1, np.int64),
    )  # fmt: skip
