r"""What each cell exchanges with one substrate, as coefficients of the field's equation.

The field obeys du/dt = div(D grad u) - decay u + sum over cells of {[S (u* - u) - U u] V + E} delta(x - x_i),
with secretion S (1/min) towards the target u*, uptake U (1/min) and export E (amount/min). With V the cell's
volume and V_v the voxel's, a cell adds

    taking = V / V_v (S + U)            to the sink   (1/min, on the operator's diagonal),
    giving = V / V_v S u* + E / V_v     to the source (value/min)

of the voxels around it, by weight (:mod:`gputme.ops.deposit`). Michaelis-Menten uptake adds vmax / (km + u)
to U with u the field at the cell, by the same weights; the caller iterates (Picard). Dead cells neither
secrete nor export, and take up ``dead_factor`` times as much. The form is BioFVM's (Ghaffarizadeh et al.,
Bioinformatics 32:1256, 2016).
"""

from __future__ import annotations

import numpy as np

from gputme.maths import bits, flush
from gputme.ops._cloud import cloud, example_cloud, sample
from gputme.ops.behaviour import behaviour_of, example_behaviours

__all__ = ["AGREEMENT", "example", "exchange"]

AGREEMENT = "bitwise"


def exchange(
    n, nx, ny, nz, x0, y0, z0, per_x, per_y, per_z, periodic, nearest, voxel_volume, types, stride,
    behaviours, first, table, slot, ruled, vmax, km, dead_factor, x, y, z, type, death, fluid, nuclear,
    cytoplasmic, u, taking, giving, peaks,
):  # fmt: skip
    """taking (1/min) and giving (value/min) of n cells, and the bits of their largest sizes in peaks."""
    kind, dead = type[:n], death[:n] != 0
    share = (fluid[:n] + nuclear[:n] + cytoplasmic[:n]) / voxel_volume
    secretion, target, uptake, exported = (
        behaviour_of(table, slot, ruled, stride, behaviours, kind, first + what) for what in range(4)
    )
    limited = np.flatnonzero(vmax[kind] > 0)
    if limited.size:
        where = cloud(
            x[limited], y[limited], z[limited], x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic, nearest
        )
        uptake = uptake.copy()
        uptake[limited] += vmax[kind[limited]] / (km[kind[limited]] + sample(u, where, nx, ny))
    out = np.where(dead, share * (uptake * dead_factor[kind]), share * (secretion + uptake))
    into = np.where(dead, share.dtype.type(0), share * (secretion * target) + exported / voxel_volume)
    taking[:n], giving[:n] = flush(out), flush(into)
    peaks[0] = max(peaks[0], bits(out).max(initial=0))
    peaks[1] = max(peaks[1], bits(np.abs(into)).max(initial=0))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells of three types, one with saturating uptake, some dead; some behaviours set by rules."""
    grid, where, voxels = example_cloud(size, rng, real)
    count, types = 9, 3
    return dict(
        n=size, **grid, voxel_volume=8000.0, types=types, first=4,
        **example_behaviours(size, types, count, rng, real),
        vmax=np.array([0, 3, 0], real), km=np.array([1, 2, 1], real),
        dead_factor=np.array([0.1, 0.5, 0], real), **where,
        type=rng.integers(0, types, size).astype(np.uint8), death=rng.integers(0, 4, size).astype(np.uint8),
        fluid=rng.uniform(0, 2000, size).astype(real), nuclear=rng.uniform(0, 200, size).astype(real),
        cytoplasmic=rng.uniform(0, 500, size).astype(real), u=rng.uniform(0, 38, voxels).astype(real),
        taking=np.zeros(size, real), giving=np.zeros(size, real), peaks=np.zeros(2, np.int64),
    )  # fmt: skip
