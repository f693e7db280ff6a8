"""No cell walks through a basement membrane that holds.

A walk is followed in pieces of at most half a voxel, and ends before the first that would end beyond the membrane where
this is at least as whole as ``breach``. Forces are not stopped: :mod:`gputme.ops.membrane.press` pushes back.
"""

from __future__ import annotations

import numpy as np

from gputme.ops.membrane._membrane import INSIDE, example_membrane, face

__all__ = ["AGREEMENT", "example", "stop"]

AGREEMENT = "bitwise"
GRAIN = 64
MOST_PIECES = 1 << 20


def stop(
    n, nx, ny, nz, x0, y0, z0, per_x, per_y, per_z, periodic, breach, phi, gx, gy, gz, integrity, side, x, y, z, dx, dy,
    dz,
):  # fmt: skip
    """Shorten the displacements dx, dy, dz (n,) um of cells at x, y, z (n,) um."""
    real, grid = x.dtype.type, (x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic)
    length = np.maximum(np.maximum(np.abs(dx[:n]) * per_x, np.abs(dy[:n]) * per_y), np.abs(dz[:n]) * per_z)
    cells = np.flatnonzero((length > 0) & (side[:n] > 0))
    start, d = ([a[cells] for a in three] for three in ((x, y, z), (dx, dy, dz)))
    s = np.where(side[cells] == INSIDE, real(-1), real(1))
    pieces = np.minimum(np.floor(real(2) * length[cells]) + real(1), real(MOST_PIECES))
    done, going = np.zeros_like(pieces), np.ones(cells.size, bool)
    while going.any():
        share = (done + real(1)) / pieces
        seen = face(*(a + b * share for a, b in zip(start, d)), *grid, phi, gx, gy, gz, integrity)
        going &= ~((s * seen.phi < 0) & (seen.integrity >= breach))
        done = np.where(going, done + real(1), done)
        going &= done < pieces
    for out, mine in zip((dx, dy, dz), d):
        out[cells] = np.where(done < pieces, mine * (done / pieces), mine)


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Walks of several voxels across a bent membrane with gaps."""
    fields, where, _ = example_membrane(size, rng, real)
    return dict(
        n=size, **fields, breach=0.5, side=rng.integers(0, 3, size).astype(np.uint8), **where,
        **{name: (rng.normal(0, 20, size) * (rng.random(size) < 0.9)).astype(real) for name in ("dx", "dy", "dz")},
    )  # fmt: skip
