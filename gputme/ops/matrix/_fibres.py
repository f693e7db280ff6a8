"""Cells among fibres: which voxel a cell stands in, and how fibres guide its way. NumPy twin of
``kernels/matrix/fibres.h``.

A cell that would go along the unit vector m, among fibres f of anisotropy a, goes along

    v = (1 - g) m + g (m.f) f,  normalised,    g = guidance a

(Metzcar et al. 2025: what m has across the fibres is left out by the share g), so that g = 1 leaves it the two ways of
the fibre and g = 0 its own. Across the fibres it is slower, by 1 - barrier a (1 - (v.f)^2). A fibre has no sign.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gputme.ops.exchange._cloud import cloud

__all__ = ["Fibres", "dot", "upright", "voxel_of"]


def dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a.b of vectors (3, n), in a fixed order."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def voxel_of(x, y, z, x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic) -> np.ndarray:
    """The voxel that holds each cell's centre: int64 (n,)."""
    (i, _, _), (j, _, _), (k, _, _) = cloud(x, y, z, x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic, 1)
    return (k * ny + j) * nx + i


def upright(f: np.ndarray) -> np.ndarray:
    """The sign of a fibre's direction (3, n) by which the last of its numbers that is not 0 is positive: f and -f are
    one fibre, and what is computed of it must not tell them apart."""
    x, y, z = f
    down = (z < 0) | ((z == 0) & ((y < 0) | ((y == 0) & (x < 0))))
    return np.where(down, -1.0, 1.0)


class Fibres(NamedTuple):
    """What some cells stand among: unit vectors (3, n), guidance and barrier times anisotropy (n,)."""

    f: np.ndarray
    guidance: np.ndarray
    barrier: np.ndarray

    def of(self, some: np.ndarray) -> Fibres:
        """Those of some of the cells."""
        return Fibres(self.f[:, some], self.guidance[some], self.barrier[some])

    def way(self, m: np.ndarray) -> np.ndarray:
        """Where cells go that would go along m (3, n): a vector of length 1, shorter across the fibres; 0 where
        guidance leaves nothing."""
        v = (1.0 - self.guidance) * m + (self.guidance * dot(m, self.f)) * self.f
        norm = np.sqrt(dot(v, v))
        v = v / np.where(norm > 1e-12, norm, 1.0)
        along = dot(v, self.f)
        speed = np.where(norm > 1e-12, 1.0 - self.barrier * (1.0 - along * along), 0.0)
        free = (self.guidance == 0) & (self.barrier == 0)
        return np.where(free, m, v * speed)
