r"""What each cell exchanges with one substrate, as coefficients of the field's equation.

The field obeys du/dt = div(D grad u) - decay u + sum over cells of {[S (u* - u) - U u] V + E} delta(x - x_i),
with secretion S (1/min) towards the target u*, uptake U (1/min) and export E (amount/min). With V the cell's
volume and V_v the voxel's, a cell adds

    taking = V / V_v [S + U + vmax / (km + u)]    to the sink   (1/min, on the operator's diagonal),
    giving = V / V_v S u* + max(E, 0) / V_v       to the source (value/min)

of the voxels around it, by weight (:mod:`gputme.ops.exchange.deposit`), with u the field at the cell, by the same
weights, in the term that saturates; below 0, where iterates of a field may fall, it counts as 0, so that nothing taken
is negative. The caller iterates; for Newton's method, easing = V / V_v vmax u / (km + u)^2, at most ``taking``, says
how fast taking falls as the field rises. A negative export is a demand, -E / V_v, which voxels meet as far as they can
(:mod:`gputme.ops.exchange.claim`). Tables hold the types, then the dead of each type, who neither secrete nor export
and take up `dead_factor` times as much; where a rule has set what a cell does, living or dead, that holds. The form is
BioFVM's (Ghaffarizadeh et al., Bioinformatics 32:1256, 2016).
"""

from __future__ import annotations

import numpy as np

from gputme.maths import bits, flush
from gputme.ops.behaviour import behaviour_of, example_behaviours
from gputme.ops.exchange._cloud import cloud, example_cloud, sample
from gputme.vocabulary import Behaviours

__all__ = ["AGREEMENT", "example", "exchange"]

AGREEMENT = "bitwise"
GRAIN = 256


def exchange(
    n, nx, ny, nz, x0, y0, z0, per_x, per_y, per_z, periodic, nearest, voxel_volume, types, stride,
    behaviours, first, saturates, demands, table, slot, ruled, vmax, km, x, y, z, type, death, fluid, nuclear,
    cytoplasmic, u, taking, giving, easing, demand, peaks,
):  # fmt: skip
    """taking, easing (1/min), giving, demand (value/min) of n cells, and the bits of their largest in peaks."""
    kind = type[:n] + np.where(death[:n] != 0, types, 0)
    real = fluid.dtype.type
    share = (fluid[:n] + nuclear[:n] + cytoplasmic[:n]) / real(voxel_volume)
    secretion, target, uptake, exported = (
        behaviour_of(table, slot, ruled, stride, behaviours, kind, first + what)
        for what in (Behaviours.SECRETION, Behaviours.TARGET, Behaviours.UPTAKE, Behaviours.EXPORT)
    )
    exported = exported / real(voxel_volume)
    into = share * (secretion * target) + np.maximum(exported, real(0))
    out = share * (secretion + uptake)
    if saturates:
        falls = np.zeros(n, real)
        some = np.flatnonzero(vmax[kind] > 0)
        where = cloud(x[some], y[some], z[some], x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic, nearest)
        here = sample(u, where, nx, ny)
        here = np.where(here > 0, here, real(0))
        half = km[kind[some]] + here
        rate = share[some] * (vmax[kind[some]] / half)
        out[some] = out[some] + rate
        falls[some] = rate * (here / half)
        easing[:n] = flush(falls)
        peaks[2] = max(peaks[2], bits(falls).max(initial=0))
    if demands:
        demand[:n] = flush(np.maximum(-exported, real(0)))
        peaks[3] = max(peaks[3], bits(demand[:n]).max(initial=0))
    taking[:n], giving[:n] = flush(out), flush(into)
    peaks[0] = max(peaks[0], bits(out).max(initial=0))
    peaks[1] = max(peaks[1], bits(into).max(initial=0))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells of three types, one with saturating uptake, some dead; some behaviours set by rules, some demands."""
    grid, where, voxels = example_cloud(size, rng, real)
    count, types, saturates, demands = 9, 3, *(int(v) for v in rng.integers(0, 2, 2))
    rates = example_behaviours(size, 2 * types, count, rng, real)
    if demands:  # exports of both signs
        exports = rates["table"].reshape(2 * types, count)[:, 4 + Behaviours.EXPORT]
        exports[:] = rng.choice([0, 5e3, -1, -5e3, -1e9], 2 * types)
    return dict(
        n=size, **grid, voxel_volume=8000.0, types=types, first=4, saturates=saturates, demands=demands, **rates,
        vmax=saturates * np.array([0, 3, 0, 0, 0.3, 0], real), km=np.array([1, 2, 1, 1, 2, 1], real), **where,
        type=rng.integers(0, types, size).astype(np.uint8), death=rng.integers(0, 4, size).astype(np.uint8),
        fluid=rng.uniform(0, 2000, size).astype(real), nuclear=rng.uniform(0, 200, size).astype(real),
        cytoplasmic=rng.uniform(0, 500, size).astype(real),
        u=rng.choice([-5, 0, 1e-20, 1, 38], voxels).astype(real) * real(rng.random()),
        taking=np.zeros(size, real), giving=np.zeros(size, real), easing=np.zeros(size, real),
        demand=np.zeros(size, real), peaks=np.zeros(4, np.int64),
    )  # fmt: skip
