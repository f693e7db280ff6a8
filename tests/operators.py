"""The reaction-diffusion operator as a dense matrix, built voxel by voxel: slow, obvious, for tests. Conditions
to test it with."""

from __future__ import annotations

import numpy as np

from gputme.ops.fields._operator import face_views
from gputme.solvers.axis import Face
from gputme.solvers.diffusion import Diffusion

FIXED = {f"{axis}_{end}": Face(fixed=38.0) for axis in "xyz" for end in ("min", "max")}
PERIODIC = {f"{axis}_{end}": Face(periodic=True) for axis in "xyz" for end in ("min", "max")}
FACES = [
    {}, FIXED, PERIODIC, {"x_min": Face(permeability=300.0, outside=20.0), "z_max": Face(fixed=5.0)},
    {"y_min": Face(periodic=True), "y_max": Face(periodic=True), "x_max": Face(fixed=38.0)},
]  # fmt: skip
"""Conditions at the faces of a domain to test with."""


def dense(args: dict) -> np.ndarray:
    """Matrix of (rate + sink + sum own) u - sum links * neighbours from a kernel's arguments; all rows, also those
    of fixed voxels."""
    nx, ny, nz = args["nx"], args["ny"], args["nz"]
    counts, m = (nx, ny, nz), nx + ny + nz
    lower, upper, low, high = np.asarray(args["links"], np.float64)[: 4 * m].reshape(4, m)
    faces = np.asarray(args["faces"], np.float64)
    up = face_views(faces, (nz, ny, nx)) if args["varied"] else None
    down = face_views(faces, (nz, ny, nx), 1) if args["varied"] == 2 else up
    number = lambda p: (p[2] * ny + p[1]) * nx + p[0]  # noqa: E731
    matrix = np.zeros((nx * ny * nz,) * 2)
    for z, y, x in np.ndindex(nz, ny, nx):
        here = (x, y, z)
        v = number(here)
        matrix[v, v] += args.get("rate", 0.0) + float(args["sink"][v])
        for axis in range(3):
            k = here[axis] + sum(counts[:axis])
            for link, own, step in ((lower, low, -1), (upper, high, 1)):
                away = back = 1.0  # what the face passes on of this voxel's value, and of its neighbour's
                if up is not None:
                    at = list(here)
                    at[axis] += step > 0
                    away, back = (views[axis][tuple(at[::-1])] for views in ((up, down) if step > 0 else (down, up)))
                matrix[v, v] += own[k] * away
                there = list(here)
                there[axis] += step
                if not 0 <= there[axis] < counts[axis]:
                    if not args["periodic"] >> axis & 1:
                        continue
                    there[axis] %= counts[axis]
                matrix[v, number(there)] -= link[k] * back
    return matrix


def passed_on(args: dict) -> np.ndarray:
    """What each voxel (row) passes on to its neighbours (columns) per value of its own: as it gets of theirs, but where
    a fluid flows."""
    faces = args["faces"]
    if args["varied"] == 2:
        faces = np.concatenate(np.split(faces, 2)[::-1])
    matrix = dense(args | dict(faces=faces))
    return np.diag(np.diag(matrix)) - matrix


def transfer(args: dict) -> np.ndarray:
    """Which coarse voxel (column) each voxel (row) belongs to, times its share of the coarse volume."""
    nx, ny, nz = args["nx"], args["ny"], args["nz"]
    cx, cy, cz = args["cx"], args["cy"], args["cz"]
    share = np.asarray(args["share"], np.float64)
    out = np.zeros((nx * ny * nz, cx * cy * cz))
    for z, y, x in np.ndindex(nz, ny, nx):
        X, Y, Z = (i // 2 if c < n else i for i, c, n in ((x, cx, nx), (y, cy, ny), (z, cz, nz)))
        out[(z * ny + y) * nx + x, (Z * cy + Y) * cx + X] = share[x] * share[nx + y] * share[nx + ny + z]
    return out


def wall_sums(d: Diffusion, shape) -> tuple[np.ndarray, np.ndarray]:
    """Link to the walls and inflow from them, per voxel, uniform coefficient."""
    out = []
    for terms in (d.grid.wall_loss, d.grid.wall_gain):
        _, ny, nx = shape
        t = d.kernels.host(terms).reshape(2, -1).sum(axis=0)
        out.append((t[:nx] + t[nx : nx + ny, None] + t[nx + ny :, None, None]).ravel())
    return out[0], out[1]


def random_cells(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    return rng.uniform(0, 10, n) * (rng.random(n) < 0.4), rng.uniform(0, 5, n) * (rng.random(n) < 0.2)
