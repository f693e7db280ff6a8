"""How the matrix where a cell stands changes how it walks.

Its speed is multiplied by a tent over the density rho: 0 at ``lowest``, 1 at ``ideal``, 0 from ``highest`` on, and
below the ideal never less than ``floor``, for cells that need no hold (Metzcar et al. 2025; the floor is a design
choice). Its persistence time is multiplied by 1 + ``lengthens`` guidance a, with the anisotropy a of the fibres: cells
run longer along aligned fibres (Riching et al. 2014; Ray et al. 2017), which guidance alone does not give. Acts on
living cells, after the rules and oxygen.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import flush
from gputme.ops.behaviour import behaviour_of, example_behaviours
from gputme.ops.exchange._cloud import example_cloud
from gputme.ops.matrix._fibres import voxel_of
from gputme.vocabulary import Behaviours

__all__ = ["AGREEMENT", "example", "traction"]

AGREEMENT = "bitwise"
GRAIN = 1024


def traction(
    n, types, nx, ny, nz, x0, y0, z0, per_x, per_y, per_z, periodic, fibres, stride, behaviours, rows, speed_row,
    persistence_row, table, slot, lowest, ideal, highest, floor, lengthens, type, death, x, y, z, density, anisotropy,
    ruled,
):  # fmt: skip
    """Change the rows of speed and persistence (-1: none) of ruled. lowest above highest: speed stays as it is."""
    live = np.flatnonzero(death[:n] == 0)
    t, real = type[live], ruled.dtype.type
    at = voxel_of(x[live], y[live], z[live], x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic)
    if speed_row >= 0:
        rho = density[at]
        rises, falls = (rho - lowest[t]) / (ideal[t] - lowest[t]), (highest[t] - rho) / (highest[t] - ideal[t])
        tent = np.where(rho < ideal[t], np.maximum(rises, floor[t]), np.maximum(falls, real(0)))
        rooted = lowest[t] <= highest[t]
        rows_of = speed_row * stride + live
        ruled[rows_of] = np.where(rooted, flush(ruled[rows_of] * np.where(rooted, tent, real(1))), ruled[rows_of])
    if fibres and persistence_row >= 0:
        guidance = behaviour_of(table, slot, ruled, stride, behaviours, type[:n], Behaviours.GUIDANCE, live)
        rows_of = persistence_row * stride + live
        ruled[rows_of] = ruled[rows_of] * (real(1) + lengthens[t] * (guidance * anisotropy[at]))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Three types, one of which does not mind the density; guidance is set per cell in some."""
    types, count = 3, Behaviours(0, 3, 0).count
    grid, where, voxels = example_cloud(size, rng, real)
    del grid["nearest"]
    given = example_behaviours(size, types, count, rng, real)
    given["slot"][Behaviours.GUIDANCE] = rng.choice([-1, 1])
    given["ruled"] = rng.random(4 * size).astype(real)
    return dict(
        n=size, types=types, **grid, fibres=1, **given, rows=4, speed_row=int(rng.choice([-1, 0])),
        persistence_row=int(rng.choice([-1, 2])), lowest=np.array([0, 0.1, 2], real),
        ideal=np.array([0.5, 0.4, 0.5], real), highest=np.array([1, 0.9, 1], real), floor=np.array([0, 1, 0], real),
        lengthens=np.array([2, 0, 3], real), type=rng.integers(0, types, size).astype(np.uint8),
        death=(rng.random(size) < 0.1).astype(np.uint8), **where,
        density=rng.choice([0, 0.25, 0.5, 0.75, 1, 0.3], voxels).astype(real),
        anisotropy=rng.random(voxels).astype(real),
    )  # fmt: skip
