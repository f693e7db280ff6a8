r"""The basement membrane at a place: how far it is, which way, and how whole. NumPy twin of
``kernels/membrane/membrane.h``.

``phi`` (um) is the signed distance from it, negative inside, at voxel centres, and ``gx, gy, gz`` its gradient; both
are interpolated, the gradient made a unit vector n. The nearest point of the membrane is x - phi n, and how whole it
is there, w, is the integrity of the voxel that holds this point. A cell belongs to a side, s = 1 outside, -1 inside,
and is d = s phi away from the membrane on its own side, less than 0 beyond it. An intact membrane pushes it off and
holds it,

    v = w [c (1 - d/r)^2 - a (1 - d/S)^2] s n,

both where the bracket's terms are positive, with c and a the cell's repulsion from and adhesion to the membrane, r its
radius and S its adhesion distance (PhysiCell 1.14; Macklin et al., J Theor Biol 301:122, 2012). Beyond the membrane the
push grows on, up to a radius deep, and adhesion stays what it is on it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gputme.ops.exchange._cloud import cloud, example_cloud, sample
from gputme.ops.matrix._fibres import voxel_of

__all__ = ["Face", "example_membrane", "face", "held"]

OUTSIDE, INSIDE = 1, 2


class Face(NamedTuple):
    """What some places see of the membrane."""

    phi: np.ndarray
    n: np.ndarray
    """(3, n) unit vectors outwards, 0 where there is no gradient."""
    voxel: np.ndarray
    """The voxel of the nearest point."""
    integrity: np.ndarray


def face(x, y, z, x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic, phi, gx, gy, gz, integrity) -> Face:
    """The membrane as seen from places x, y, z (um)."""
    grid = (x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic)
    spans = cloud(x, y, z, *grid, 0)
    far = sample(phi, spans, nx, ny)
    g = np.array([sample(along, spans, nx, ny) for along in (gx, gy, gz)])
    norm = np.sqrt(g[0] * g[0] + g[1] * g[1] + g[2] * g[2])
    there = norm > norm.dtype.type(1e-6)
    n = np.where(there, g / np.where(there, norm, 1), 0).astype(x.dtype)
    voxel = voxel_of(*(at - far * along for at, along in zip((x, y, z), n)), *grid)
    return Face(far, n, voxel, np.where(there, integrity[voxel], 0).astype(x.dtype))


def held(far, side, integrity, repulsion, adhesion, radius, reach) -> tuple[np.ndarray, np.ndarray]:
    """Velocity along the outward normal (um/min) by the membrane, and its slope (1/min), of cells on a side."""
    real = far.dtype.type
    s = np.where(side == INSIDE, real(-1), real(1))
    d = s * far
    p = np.clip(real(1) - d / radius, real(0), real(2))
    q = np.clip(real(1) - d / reach, real(0), real(1))
    v = integrity * (repulsion * (p * p) - adhesion * (q * q))
    k = integrity * (real(2) * np.abs(repulsion * p / radius - adhesion * q / reach))
    known = side > 0
    return np.where(known, s * v, real(0)), np.where(known, k, real(0))


def example_membrane(n: int, rng: np.random.Generator, real: type) -> tuple[dict, dict, int]:
    """A grid with a bent membrane through it, cells around, and the count of voxels."""
    grid, where, voxels = example_cloud(n, rng, real)
    del grid["nearest"]
    g = rng.normal(0, 1, (3, voxels)) * (rng.random(voxels) < 0.95)
    fields = dict(
        phi=rng.normal(0, 8, voxels).astype(real), **dict(zip(("gx", "gy", "gz"), g.astype(real))),
        integrity=np.where(rng.random(voxels) < 0.3, 0, rng.random(voxels)).astype(real),
    )  # fmt: skip
    return grid | fields, where, voxels
