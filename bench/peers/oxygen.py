"""How far a program's oxygen is from the steady state of the equation that it solves, on its own voxels and walls."""

from __future__ import annotations

from functools import cache

import numpy as np

from bench.peers.work import DECAY, DIFFUSION, VALUE, VOXEL, Done
from gputme import backends
from gputme.ops.exchange._cloud import cloud, corners, grid_of
from gputme.solvers.axis import Face
from gputme.solvers.diffusion import Diffusion

WALLS = dict.fromkeys((f"{axis}_{end}" for axis in "xyz" for end in ("min", "max")), Face(fixed=VALUE))


@cache
def _kernels() -> backends.Kernels:
    return backends.create("native", "fp64", threads=1)


def steady(done: Done, walls: str) -> np.ndarray:
    """The steady field for the cells as they are at the end, (nz, ny, nx).

    walls: "faces" (values on the faces, cells spread over eight voxels, as in gputme) or "voxels" (values in the
    outermost voxels, each cell in the voxel of its centre, as in PhysiCell).
    """
    shape, lower = done.field.shape, [-0.5 * VOXEL * n for n in done.field.shape[::-1]]
    grid = grid_of(shape, [VOXEL] * 3, lower, nearest=walls == "voxels")
    x, y, z, volume, uptake = done.lived.T
    sink = np.zeros(done.field.size)
    for voxel, weight, _ in corners(cloud(x, y, z, **grid), grid["nx"], grid["ny"]):
        np.add.at(sink, voxel, weight * (volume * uptake / VOXEL**3))
    fixed = np.ones(shape, bool)
    fixed[1:-1, 1:-1, 1:-1] = False
    k = _kernels()
    solver = Diffusion(
        k, shape, [VOXEL] * 3, DIFFUSION, DECAY, WALLS if walls == "faces" else {},
        (fixed, VALUE) if walls == "voxels" else None, scheme="steady", tolerance=1e-9, max_cycles=200,
    )  # fmt: skip
    u = k.array(np.full(done.field.size, VALUE))
    solver.step(u, k.array(sink), k.zeros(done.field.size), 1.0)
    return k.host(u).reshape(shape)


def errors(done: Done, walls: str) -> tuple[float, float, float]:
    """Minimum of the field and of the steady state, mmHg, and the largest error relative to the steady state."""
    exact = steady(done, walls)
    off = np.abs(done.field - exact) / np.maximum(exact, 1e-3 * VALUE)
    return float(done.field.min()), float(exact.min()), float(off.max())
