"""Where each cell would go in a step, by chance and up the matrix w, and whose turn comes before whose.

    P_left, P_right = a [D -+ Phi / 4 (w_right - w_left)],    P_bottom, P_top alike,    P_stay = 1 - their sum,

a = k / h^2; a chance below 0 is none. At an edge nobody leaves the lattice, and there is no difference of w across it.
Franssen et al., Bull Math Biol 81:1965, 2019. Turns are a random order, drawn anew in each step, of those who would go.
"""

from __future__ import annotations

import numpy as np

from gputme.ops.lattice._points import WAYS, example_lattice
from gputme.rng import Stream, random_words, uniform

__all__ = ["AGREEMENT", "chances", "example", "wander"]

AGREEMENT = "exact"
GRAIN = 512
_LOW = np.uint64(0xFFFFFFFF)


def chances(nx, ny, jump, drift, type, point, matrix):
    """The chance (4, cells) to go left, right, to the bottom and to the top. jump a D, drift a Phi / 4, by type."""
    w, x, y = matrix.astype(np.float64), point % nx, point // nx
    near = [(x + dx, y + dy) for dx, dy in WAYS.T[1:]]
    inside = [(a >= 0) & (a < nx) & (b >= 0) & (b < ny) for a, b in near]
    value = [w[np.where(there, b * nx + a, 0)] for (a, b), there in zip(near, inside)]
    found = []
    for axis in (0, 2):
        both = inside[axis] & inside[axis + 1]
        up = drift[type] * np.where(both, value[axis + 1] - value[axis], 0.0)
        for way, chance in ((axis, jump[type] - up), (axis + 1, jump[type] + up)):
            found.append(np.where(inside[way] & (chance > 0), chance, 0.0))
    return np.array(found)


def wander(n, nx, ny, capacity, types, seed, tick, jump, drift, id, type, place, matrix, way, turn):
    """Write the way of each cell (n,), 0 where it stays, else that of `_points.WAYS`, and the key (n,) by which those
    go one after the other, 0 for the others."""
    words = random_words(seed, tick, id[:n], Stream.LATTICE, 0)
    edges = np.cumsum(chances(nx, ny, jump, drift, type[:n], place[:n] // capacity, matrix), axis=0)
    below = (uniform(words[0]) >= edges).sum(axis=0)
    way[:n] = np.where(below < 4, below + 1, 0)
    turn[:n] = np.where(below < 4, words[1] << np.uint64(32) | id[:n] & _LOW, np.uint64(0))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells of two types on a matrix with steep edges."""
    e = example_lattice(size, rng)
    names = ("n", "nx", "ny", "capacity", "id", "type", "place")
    return {name: e[name] for name in names} | dict(
        types=2, seed=int(rng.integers(2**63)), tick=int(rng.integers(2**40)), jump=np.array([0.12, 0.03]),
        drift=np.array([0.1, 0.04]), matrix=rng.random(e["nx"] * e["ny"]).astype(real),
        way=np.zeros(e["n"], np.uint8), turn=np.zeros(e["n"], np.uint64),
    )  # fmt: skip
