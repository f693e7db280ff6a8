"""Velocity (um/min) of each cell by the basement membrane, and its stiffness (1/min), added to those of contacts.

Equation in :mod:`gputme.ops.membrane._membrane`. The membrane does not move, so the slope of its force is the rate at
which the cell alone relaxes.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import flush
from gputme.ops.behaviour import behaviour_of, example_behaviours
from gputme.ops.membrane._membrane import example_membrane, face, held
from gputme.vocabulary import Behaviours

__all__ = ["AGREEMENT", "example", "press"]

AGREEMENT = "bitwise"
GRAIN = 128


def press(
    n, types, measure, nx, ny, nz, x0, y0, z0, per_x, per_y, per_z, periodic, stride, behaviours, table, slot, ruled,
    phi, gx, gy, gz, integrity, type, side, x, y, z, radius, vx, vy, vz, stiffness,
):  # fmt: skip
    """Add to vx, vy, vz and (if ``measure``) to stiffness, (n,), of cells at x, y, z (n,) um."""
    grid = (x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic)
    seen = face(x[:n], y[:n], z[:n], *grid, phi, gx, gy, gz, integrity)

    def value(b):
        return behaviour_of(table, slot, ruled, stride, behaviours, type[:n], b)

    reach = np.maximum(value(Behaviours.REACH) * radius[:n], radius[:n])
    strengths = value(Behaviours.MEMBRANE_REPULSION), value(Behaviours.MEMBRANE_ADHESION)
    v, slope = held(seen.phi, side[:n], seen.integrity, *strengths, radius[:n], reach)
    some = np.flatnonzero((v != 0) | (slope != 0))
    for total, along in zip((vx, vy, vz), seen.n):
        total[some] = flush(total[some] + v[some] * along[some])
    if measure:
        stiffness[some] = flush(stiffness[some] + slope[some])


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells near a bent membrane, on either side of it and on none."""
    types, count = 3, Behaviours(0, 3, 0).count
    fields, where, _ = example_membrane(size, rng, real)
    return dict(
        n=size, types=types, measure=int(rng.integers(2)), **fields,
        **example_behaviours(size, types, count, rng, real), type=rng.integers(0, types, size).astype(np.uint8),
        side=rng.integers(0, 3, size).astype(np.uint8), **where, radius=rng.uniform(4, 10, size).astype(real),
        **{name: rng.normal(0, 1, size).astype(real) for name in ("vx", "vy", "vz", "stiffness")},
    )  # fmt: skip
