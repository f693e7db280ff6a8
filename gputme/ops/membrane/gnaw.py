"""Sum, in each voxel of the basement membrane, the rates at which living cells within reach of it wear it.

Each wears the voxel that holds the membrane's point nearest to it. Quanta of 2^-32 per minute, so that no order
matters, and of each no more than 2^14 per minute, which is at once; :mod:`gputme.ops.membrane.erode` acts on the sum.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import fixed
from gputme.ops.behaviour import behaviour_of, example_behaviours
from gputme.ops.membrane._membrane import example_membrane, face
from gputme.vocabulary import Behaviours
from gputme.voxels import AT_ONCE, QUANTUM

__all__ = ["AGREEMENT", "example", "gnaw"]

AGREEMENT = "exact"
GRAIN = 256


def gnaw(
    n, types, nx, ny, nz, x0, y0, z0, per_x, per_y, per_z, periodic, stride, behaviours, table, slot, ruled, phi, gx,
    gy, gz, integrity, type, death, x, y, z, radius, wear,
):  # fmt: skip
    """Add the rates of cells at x, y, z (n,) um to wear (nz*ny*nx,), int64."""
    grid = (x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic)

    def value(b):
        return behaviour_of(table, slot, ruled, stride, behaviours, type[:n], b)

    rate, reach = value(Behaviours.MEMBRANE_DEGRADATION), np.maximum(value(Behaviours.REACH) * radius[:n], radius[:n])
    seen = face(x[:n], y[:n], z[:n], *grid, phi, gx, gy, gz, integrity)
    some = np.flatnonzero((death[:n] == 0) & (rate > 0) & (np.abs(seen.phi) < reach))
    np.add.at(wear, seen.voxel[some], fixed(np.minimum(rate[some].astype(np.float64), AT_ONCE), 1 / QUANTUM))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells near and far, several at one voxel, some dead, one type that wears nothing."""
    types, count = 3, Behaviours(0, 3, 0).count
    fields, where, voxels = example_membrane(size, rng, real)
    args = dict(
        n=size, types=types, **fields, **example_behaviours(size, types, count, rng, real),
        type=rng.integers(0, types, size).astype(np.uint8), death=(rng.random(size) < 0.1).astype(np.uint8), **where,
        radius=rng.uniform(4, 10, size).astype(real), wear=np.zeros(voxels, np.int64),
    )  # fmt: skip
    args["table"].reshape(types, count)[0, Behaviours.MEMBRANE_DEGRADATION] = 0
    return args
