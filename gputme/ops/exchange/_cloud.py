"""A cell among the voxels: the eight voxels around its centre and their weights. NumPy twin of
``kernels/exchange/cloud.h``.

Cloud-in-cell: the weight of a voxel is the trilinear hat around its centre. Walls clamp (a cell beyond the
centre of the last voxel belongs to that voxel alone), periodic axes wrap. ``nearest`` gives everything to the
voxel that holds the centre. Deposit and sampling share these weights, so what cells book is what voxels lose.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from gputme.maths import flush

__all__ = ["cloud", "corners", "example_cloud", "grid_of", "grid_of_domain", "per_unit", "sample", "slopes"]


def grid_of(
    shape: Sequence[int], spacing: Sequence[float], lower: Sequence[float],
    periodic: Sequence[bool] = (False, False, False), nearest: bool = False,
) -> dict:  # fmt: skip
    """Arguments that describe the grid to an operation: shape (nz, ny, nx); spacing, lower in um, x first."""
    nz, ny, nx = (int(m) for m in shape)
    return dict(
        nx=nx, ny=ny, nz=nz, x0=lower[0], y0=lower[1], z0=lower[2],
        per_x=1 / spacing[0], per_y=1 / spacing[1], per_z=1 / spacing[2],
        periodic=sum(bool(p) << axis for axis, p in enumerate(periodic)), nearest=int(nearest),
    )  # fmt: skip


def grid_of_domain(domain: Any) -> dict:
    """The grid of a domain (``gputme.model.Domain``), periodic where its walls are; trilinear weights."""
    periodic = [domain.wall_words[2 * axis] == "periodic" for axis in range(3)]
    return grid_of(domain.shape, domain.spacing, domain.centred.lower, periodic)


def _span(x, start, per_length, n, periodic, nearest):
    """Along one axis: voxel before, voxel after, weight of the one after."""
    real = x.dtype.type
    s = (x - start) * per_length
    if not nearest:
        s = s - real(0.5)
    s = np.clip(s, real(-1), real(n)) if periodic else np.clip(s, real(0), real(n - 1))
    k = np.floor(s)
    lower = k.astype(np.int64)
    f = np.zeros_like(s) if nearest else s - k
    upper = lower if nearest else lower + 1
    if periodic:
        return lower % n, upper % n, f
    return lower, np.minimum(upper, n - 1), f


def cloud(x, y, z, x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic, nearest) -> tuple:
    """Spans along x, y and z, each (lower, upper, weight of the upper), of cells at x, y, z (um)."""
    return (
        _span(x, x0, per_x, nx, periodic & 1, nearest),
        _span(y, y0, per_y, ny, periodic & 2, nearest),
        _span(z, z0, per_z, nz, periodic & 4, nearest),
    )


def corners(spans: tuple, nx: int, ny: int) -> Iterator[tuple[np.ndarray, np.ndarray, tuple]]:
    """Voxel, weight and (x, y, z) indices of each corner, in the kernels' order; none without weight."""
    (x0, x1, fx), (y0, y1, fy), (z0, z1, fz) = spans
    some = [f.any() for f in (fx, fy, fz)]
    for wz, z in ((1 - fz, z0), (fz, z1))[: 1 + some[2]]:
        for wy, y in ((1 - fy, y0), (fy, y1))[: 1 + some[1]]:
            wzy, row = wz * wy, (z * ny + y) * nx
            for wx, x in ((1 - fx, x0), (fx, x1))[: 1 + some[0]]:
                yield row + x, wzy * wx, (x, y, z)


def sample(u: np.ndarray, spans: tuple, nx: int, ny: int, dtype: type | None = None) -> np.ndarray:
    """The field at the cells, added up in its own type unless another is given."""
    s = np.zeros(len(spans[0][0]), dtype or u.dtype)
    for voxel, weight, _ in corners(spans, nx, ny):
        s += weight * u[voxel]
    return s


def slopes(u: np.ndarray, spans: tuple, nx, ny, nz, per_x, per_y, per_z, periodic) -> list[np.ndarray]:
    """The gradient of the field at the cells, along x, y and z: central differences at the voxels, by their weights.
    The last voxel before a wall has a one-sided one. Twin of ``kernels/exchange/slopes.h``."""
    found = []
    for axis, (size, stride, per_length) in enumerate(((nx, 1, per_x), (ny, nx, per_y), (nz, nx * ny, per_z))):
        wraps = periodic >> axis & 1
        k = np.arange(size)
        inside = (k > 0) & (k + 1 < size)
        before = np.where(k > 0, k - 1, size - 1 if wraps else 0)
        after = np.where(k + 1 < size, k + 1, 0 if wraps else size - 1)
        scale = np.where(wraps | inside, u.dtype.type(0.5) * per_length, per_length)
        to_before, to_after = (before - k) * stride, (after - k) * stride
        g = np.zeros(len(spans[0][0]), u.dtype)
        for voxel, weight, at in corners(spans, nx, ny):
            at = at[axis]
            g += weight * ((u[voxel + to_after[at]] - u[voxel + to_before[at]]) * scale[at])
        found.append(flush(g))
    return found


def per_unit(peak: int, n: int) -> float:
    """Fixed-point units per unit of value, a power of two: n shares up to ``peak`` (bits) stay below 2^62."""
    exponent = 60 - ((int(peak) >> 52) - 1023) - int(n).bit_length()
    return 2.0 ** min(max(exponent, -1000), 1000)


def example_cloud(n: int, rng: np.random.Generator, real: type) -> tuple[dict, dict, int]:
    """A grid of odd sides, cells in it (some beyond its edge), and the count of voxels."""
    shape = tuple(int(rng.choice([1, 2, 3, 7])) for _ in range(3))
    spacing, lower = rng.uniform(5, 30, 3), rng.uniform(-100, 0, 3)
    grid = grid_of(shape, spacing, lower, rng.random(3) < 0.3, rng.random() < 0.3)
    sides = np.array(shape[::-1]) * spacing
    where = {
        name: (lower[a] + sides[a] * rng.uniform(-0.1, 1.1, n)).astype(real) for a, name in enumerate("xyz")
    }
    return grid, where, shape[0] * shape[1] * shape[2]
