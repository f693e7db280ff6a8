"""Cells do not walk into a matrix whose pores are too small for them.

A walk is followed in pieces of at most half a voxel, and ends before the first piece that would enter another voxel
where 1 - density is below the cell's porosity (thresholds per cell type: SPQSP-PDAC). Within its own voxel a cell walks
freely, so who was pushed into a dense one gets out again; forces are not stopped.
"""

from __future__ import annotations

import numpy as np

from gputme.ops.behaviour import behaviour_of, example_behaviours
from gputme.ops.exchange._cloud import example_cloud
from gputme.ops.matrix._fibres import voxel_of
from gputme.vocabulary import Behaviours

__all__ = ["AGREEMENT", "bar", "example"]

AGREEMENT = "bitwise"
GRAIN = 256
MOST_PIECES = 1 << 20


def bar(
    n, types, nx, ny, nz, x0, y0, z0, per_x, per_y, per_z, periodic, stride, behaviours, table, slot, ruled, type, x, y,
    z, density, dx, dy, dz,
):  # fmt: skip
    """Shorten the displacements dx, dy, dz (n,) um of cells at x, y, z (n,) um."""
    real = x.dtype.type
    porosity = behaviour_of(table, slot, ruled, stride, behaviours, type[:n], Behaviours.POROSITY)
    length = np.maximum(np.maximum(np.abs(dx[:n]) * per_x, np.abs(dy[:n]) * per_y), np.abs(dz[:n]) * per_z)
    cells = np.flatnonzero((porosity > 0) & (length > 0))
    grid = (x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic)
    start = [a[cells] for a in (x, y, z)]
    d = [a[cells] for a in (dx, dy, dz)]
    own, least = voxel_of(*start, *grid), real(1) - porosity[cells]
    pieces = np.minimum(np.floor(real(2) * length[cells]) + real(1), real(MOST_PIECES))
    done, going = np.zeros_like(pieces), np.ones(cells.size, bool)
    while going.any():
        share = (done + real(1)) / pieces
        there = voxel_of(*(a + b * share for a, b in zip(start, d)), *grid)
        going &= (there == own) | ~(density[there] > least)
        own = np.where(going, there, own)
        done = np.where(going, done + real(1), done)
        going &= done < pieces
    for out, mine in zip((dx, dy, dz), d):
        out[cells] = np.where(done < pieces, mine * (done / pieces), mine)


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Walks up to several voxels long, among open and closed ones."""
    types, count = 3, Behaviours(0, 3, 0).count
    grid, where, voxels = example_cloud(size, rng, real)
    del grid["nearest"]
    args = dict(
        n=size, types=types, **grid, **example_behaviours(size, types, count, rng, real),
        type=rng.integers(0, types, size).astype(np.uint8), **where, density=rng.random(voxels).astype(real),
        **{name: (rng.normal(0, 20, size) * (rng.random(size) < 0.9)).astype(real) for name in ("dx", "dy", "dz")},
    )  # fmt: skip
    args["table"].reshape(types, count)[0, Behaviours.POROSITY] = 0
    return args
