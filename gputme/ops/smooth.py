r"""One half-sweep of red-black Gauss-Seidel on the implicit reaction-diffusion equation.

Per voxel, with finite volumes and all terms inside the operator,

    (rate + sink + \sum own) u - \sum_{axes} (lower u_- + upper u_+) = b,

where ``rate = 1/dt + decay``, ``lower`` and ``upper`` are D / (h distance) towards the neighbours of an axis,
``own = lower + upper`` (+ the wall's link), ``sink`` is the cells' secretion and uptake. A voxel with a negative
sink is fixed and keeps its value. Voxels of one colour depend on the other colour only, so order does not matter.
"""

from __future__ import annotations

import numpy as np

__all__ = ["smooth", "example", "AGREEMENT"]

AGREEMENT = "bitwise"


def smooth(nx, ny, nz, colour, periodic, rate, lower, upper, own, sink, b, u):
    """Update every voxel of one colour. u, b, sink: (nz*ny*nx,), x fastest; lower, upper, own: x, then y, then z."""
    shape = (nz, ny, nx)
    u3, s, sink3 = u[: nx * ny * nz].reshape(shape), b.reshape(shape).copy(), sink.reshape(shape)
    d = np.broadcast_to(rate, shape)
    start = 0
    for axis, n in ((2, nx), (1, ny), (0, nz)):
        along = [1, 1, 1]
        along[axis] = n
        lo, hi, me = (a[start : start + n].reshape(along) for a in (lower, upper, own))
        start += n
        s += lo * np.roll(u3, 1, axis)  # a wall's link is 0, so what wraps round does not matter
        s += hi * np.roll(u3, -1, axis)
        d = d + me
    d = d + sink3
    z, y, x = np.ogrid[:nz, :ny, :nx]
    mine = ((x + y + z) % 2 == colour) & (sink3 >= 0)
    np.divide(s, d, out=u3, where=mine)


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """A box of about ``size`` voxels with no-flux walls, sinks and a few fixed voxels."""
    nx, ny, nz = box(size, rng)
    n = nx * ny * nz
    lower, upper, own = (np.zeros(nx + ny + nz, real) for _ in range(3))
    start = 0
    for m in (nx, ny, nz):
        lower[start + 1 : start + m] = upper[start : start + m - 1] = 1e5 / 20.0**2
        start += m
    own[:] = lower + upper
    sink = rng.uniform(0, 10, n).astype(real)
    sink[rng.random(n) < 0.01] = -1
    return dict(
        nx=nx, ny=ny, nz=nz, colour=int(rng.integers(2)), periodic=0, rate=1.1, lower=lower, upper=upper, own=own,
        sink=sink, b=rng.uniform(0, 38, n).astype(real), u=rng.uniform(0, 38, n).astype(real),
    )  # fmt: skip


def box(size: int, rng: np.random.Generator) -> tuple[int, int, int]:
    """Sides of a box of about ``size`` voxels: odd ones, thin ones, single layers."""
    nz = int(rng.choice([1, 2, max(1, round(size ** (1 / 3)))]))
    ny = max(1, round((size / nz) ** 0.5) + int(rng.integers(-1, 2)))
    return max(1, round(size / (nz * ny))), ny, nz
