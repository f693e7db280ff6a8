"""Points of a lattice, row by row along x, and the places on each: what the operations of this folder share.

A point holds up to ``capacity`` cells, each on a place of its own: place p of point q has the number q capacity + p.
"""

from __future__ import annotations

import numpy as np

__all__ = ["WAYS", "beside", "example_lattice", "offsets"]

WAYS = np.array([[0, -1, 1, 0, 0], [0, 0, 0, -1, 1]])
"""Along x and y: to stay, left, right, bottom, top."""


def beside(point: int, nx: int, ny: int) -> list[int]:
    """A point and its neighbours on the lattice, in the order of WAYS."""
    x, y = point % nx, point // nx
    near = ((x + dx, y + dy) for dx, dy in WAYS.T.tolist())
    return [b * nx + a for a, b in near if 0 <= a < nx and 0 <= b < ny]


def offsets(capacity: int) -> tuple[int, np.ndarray]:
    """Places of a point lie in a square of so many rows; middle of each along x and y, in edges of the voxel."""
    side = int(np.ceil(np.sqrt(capacity)))
    place = np.arange(capacity)
    return side, (np.stack([place % side, place // side]) + 0.5) / side


def example_lattice(size: int, rng: np.random.Generator) -> dict:
    """Cells of two types on about ``size`` / 3 points, some of which are full."""
    capacity = int(rng.integers(1, 6))
    nx = int(rng.integers(2, max(3, int(np.sqrt(size)) + 1)))
    ny = max(2, size // 3 // nx)
    places = nx * ny * capacity
    n = int(rng.integers(1, min(size, places) + 1))
    place = rng.choice(places, n, replace=False).astype(np.int32)
    type = rng.integers(0, 2, n).astype(np.uint8)
    who = np.zeros(places, np.int32)
    who[place] = 1 + np.arange(n)
    makers = np.bincount(place[type == 0] // capacity, minlength=nx * ny).astype(np.int32)
    return dict(
        n=n, nx=nx, ny=ny, capacity=capacity, id=rng.permutation(np.arange(1, n + 1)).astype(np.uint64), type=type,
        place=place, who=who, makers=makers,
    )  # fmt: skip
