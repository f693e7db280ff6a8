"""The reaction-diffusion operator as a dense matrix, built voxel by voxel: slow, obvious, for tests."""

from __future__ import annotations

import numpy as np

from gputme.ops.fields._operator import face_views


def dense(args: dict) -> np.ndarray:
    """Matrix of (rate + sink + sum own) u - sum links * neighbours from a kernel's arguments; all rows, also those
    of fixed voxels."""
    nx, ny, nz = args["nx"], args["ny"], args["nz"]
    counts, m = (nx, ny, nz), nx + ny + nz
    lower, upper, low, high = np.asarray(args["links"], np.float64)[: 4 * m].reshape(4, m)
    views = face_views(np.asarray(args["faces"], np.float64), (nz, ny, nx)) if args["varied"] else None
    number = lambda p: (p[2] * ny + p[1]) * nx + p[0]  # noqa: E731
    matrix = np.zeros((nx * ny * nz,) * 2)
    for z, y, x in np.ndindex(nz, ny, nx):
        here = (x, y, z)
        v = number(here)
        matrix[v, v] += args.get("rate", 0.0) + float(args["sink"][v])
        for axis in range(3):
            k = here[axis] + sum(counts[:axis])
            for link, own, step in ((lower, low, -1), (upper, high, 1)):
                face = 1.0
                if views is not None:
                    at = list(here)
                    at[axis] += step > 0
                    face = views[axis][tuple(at[::-1])]
                matrix[v, v] += own[k] * face
                there = list(here)
                there[axis] += step
                if not 0 <= there[axis] < counts[axis]:
                    if not args["periodic"] >> axis & 1:
                        continue
                    there[axis] %= counts[axis]
                matrix[v, number(there)] -= link[k] * face
    return matrix


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
