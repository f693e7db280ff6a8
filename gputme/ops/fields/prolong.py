r"""Coarse correction, interpolated trilinearly and added to the free voxels of a grid.

    u += \sum over own and next coarse voxel of each axis of (weights) e

Per axis, ``near`` is the weight of the coarse voxel that holds index i and ``far`` that of its neighbour on the
side of i (below for even, above for odd i): linear in the distance of the centres. At a wall far = 0 and near
falls with the distance from the point where the wall's condition makes the correction 0 (a fixed face: on the face;
no-flux: nowhere, near = 1). An axis that is kept has near = 1, far = 0.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from gputme.maths import flush
from gputme.ops.fields._operator import along
from gputme.ops.fields.restrict_residual import example_pair

__all__ = ["AGREEMENT", "example", "prolong"]

AGREEMENT = "bitwise"
GRAIN = 4096


def prolong(nx, ny, nz, cx, cy, cz, periodic, held, near, far, sink, coarse_u, u):
    """Correct u in place. u, sink: (nz*ny*nx,), coarse_u: (cz*cy*cx,)."""
    shape, n = (nz, ny, nx), nx * ny * nz
    e = coarse_u[: cx * cy * cz].reshape(cz, cy, cx)
    u3, sink3 = u[:n].reshape(shape), sink[:n].reshape(shape)
    (near_x, near_y, near_z), (far_x, far_y, far_z) = along(near, shape), along(far, shape)
    own_x, next_x = _indices(nx, cx, periodic & 1)
    own_y, next_y = _indices(ny, cy, periodic & 2)
    own_z, next_z = _indices(nz, cz, periodic & 4)
    own = e[own_z] if cz < nz else e
    row = (near_z * near_y) * own[:, own_y] + (near_z * far_y) * own[:, next_y]
    if cz < nz:  # else far_z is 0
        beyond = e[next_z]
        row = row + (far_z * near_y) * beyond[:, own_y]
        row = row + (far_z * far_y) * beyond[:, next_y]
    correction = near_x * row[:, :, own_x] + far_x * row[:, :, next_x]
    if held:
        correction *= sink3 >= 0
    u3 += correction
    flush(u3)


@lru_cache(maxsize=256)
def _indices(n: int, c: int, wraps: int) -> tuple[np.ndarray, np.ndarray]:
    """Own coarse index of every index, and the next one (its own where there is none: the weight is 0)."""
    i = np.arange(n)
    if c == n:
        return i, i
    own, step = i >> 1, np.where(i & 1, 1, -1)
    return own, (own + step) % c if wraps else np.clip(own + step, 0, c - 1)


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Any correction on a pair of grids; weights as at inner voxels, far weights 0 at walls and on kept axes."""
    grid = example_pair(size, rng, real)
    near, far = [], []
    for axis, (n, c) in enumerate(((grid["nx"], grid["cx"]), (grid["ny"], grid["cy"]), (grid["nz"], grid["cz"]))):
        far.append(rng.uniform(0.2, 0.3, n) if c < n else np.zeros(n))
        if not grid["periodic"] >> axis & 1:
            far[-1][0] = far[-1][-1] = 0
        near.append(1 - far[-1])
    for name in ("rate", "b", "varied", "links", "faces", "share"):
        del grid[name]
    coarse_u = rng.uniform(-1, 1, grid["cx"] * grid["cy"] * grid["cz"]).astype(real)
    return grid | dict(
        near=np.concatenate(near).astype(real), far=np.concatenate(far).astype(real), coarse_u=coarse_u
    )
