"""Which side of the basement membrane each cell is on, and how much of it it touches.

A cell stays on its side wherever forces have pushed it, until its centre lies beyond the membrane where this is less
whole than ``breach``: it has passed. Cells that are on no side yet are on that where they stand. ``touch`` is the
membrane's integrity at its nearest point where that is within the cell's reach, else 0.
"""

from __future__ import annotations

import numpy as np

from gputme.ops.behaviour import behaviour_of, example_behaviours
from gputme.ops.membrane._membrane import INSIDE, OUTSIDE, example_membrane, face
from gputme.vocabulary import Behaviours

__all__ = ["AGREEMENT", "cross", "example"]

AGREEMENT = "bitwise"
GRAIN = 128


def cross(
    n, types, nx, ny, nz, x0, y0, z0, per_x, per_y, per_z, periodic, breach, stride, behaviours, table, slot, ruled,
    phi, gx, gy, gz, integrity, type, x, y, z, radius, side, touch,
):  # fmt: skip
    """Set side and touch (n,) of cells at x, y, z (n,) um."""
    grid = (x0, y0, z0, per_x, per_y, per_z, nx, ny, nz, periodic)
    seen = face(x[:n], y[:n], z[:n], *grid, phi, gx, gy, gz, integrity)
    here = np.where(seen.phi < 0, INSIDE, OUTSIDE).astype(np.uint8)
    passes = (side[:n] == 0) | ((side[:n] != here) & (seen.integrity < breach))
    side[:n] = np.where(passes, here, side[:n])
    reach = behaviour_of(table, slot, ruled, stride, behaviours, type[:n], Behaviours.REACH) * radius[:n]
    touch[:n] = np.where(np.abs(seen.phi) < np.maximum(reach, radius[:n]), seen.integrity, 0)


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells on either side, on the wrong one, and on none yet."""
    types, count = 3, Behaviours(0, 3, 0).count
    fields, where, _ = example_membrane(size, rng, real)
    return dict(
        n=size, types=types, breach=0.5, **fields, **example_behaviours(size, types, count, rng, real),
        type=rng.integers(0, types, size).astype(np.uint8), **where, radius=rng.uniform(4, 10, size).astype(real),
        side=rng.integers(0, 3, size).astype(np.uint8), touch=np.zeros(size, real),
    )  # fmt: skip
