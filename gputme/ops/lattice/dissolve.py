"""MMP-2 m spreads, decays and is made by mesenchymal cells; with them it degrades the matrix w. In a step k:

    m' = C [m_right + m_left + m_top + m_bottom] + m (1 - 4 C - k Lambda) + k Theta n
    w' = w [1 - (k Gamma_1 n + k Gamma_2 m')],                                      C = k D_m / h^2

h: spacing; n: mesenchymal cells on the point. Beyond an edge of the lattice lies what lies as far inside (no flux
through the outermost points). Franssen et al., Bull Math Biol 81:1965, 2019, in the order of the program MetaSpread.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import flush
from gputme.ops.lattice._points import example_lattice

__all__ = ["AGREEMENT", "dissolve", "example"]

AGREEMENT = "bitwise"


def dissolve(nx, ny, spread, stays, made, contact, cut, makers, enzyme, after, matrix):
    """Write MMP-2 after a step (ny * nx,), and the matrix in its place; spread C, stays 1 - 4 C - k Lambda, made
    k Theta, contact k Gamma_1, cut k Gamma_2; makers (ny * nx,): mesenchymal cells by point."""
    m, n = enzyme.reshape(ny, nx), makers.reshape(ny, nx).astype(matrix.dtype)
    around = np.pad(m, 1, mode="reflect")
    near = ((around[1:-1, 2:] + around[1:-1, :-2]) + around[2:, 1:-1]) + around[:-2, 1:-1]
    after[...] = flush((spread * near + m * stays + made * n).ravel())
    matrix[...] = flush(matrix * (1 - (contact * n.ravel() + cut * after)))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells on a lattice in some MMP-2, and a matrix that they have begun to degrade."""
    e = example_lattice(size, rng)
    points = e["nx"] * e["ny"]
    return {name: e[name] for name in ("nx", "ny", "makers")} | dict(
        spread=0.2, stays=0.15, made=0.1, contact=0.05, cut=0.1, enzyme=rng.random(points).astype(real),
        after=np.zeros(points, real), matrix=rng.random(points).astype(real),
    )  # fmt: skip
