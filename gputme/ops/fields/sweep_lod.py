r"""One sweep of the locally one-dimensional split: a tridiagonal solve on every line along an axis.

    -lower_i u_{i-1} + diagonal_i u_i - upper_i u_{i+1} = u_i^{old} + inflow_i

with diagonal = 1 + dt decay/3 + lower + upper (+ walls), by Thomas' elimination. Lines share their coefficients, so
pivots are computed once (``thomas_factors``):

    y_i = (u_i + inflow_i + lower_i y_{i-1}) / pivot_i,   u_i = y_i + (upper_i / pivot_i) u_{i+1}

Three sweeps x, y, z make the scheme of BioFVM (Ghaffarizadeh, Friedman, Macklin, Bioinformatics 32, 1256, 2016).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gputme.maths import flush

__all__ = ["AGREEMENT", "example", "sweep_lod", "thomas_factors"]

AGREEMENT = "bitwise"
GRAIN = 256  # lines


def sweep_lod(axis, count, lines, stride, factors, u):
    """Solve every line in place. factors: (4*count,).

    Line k begins at voxel ``k // stride * stride * count + k % stride`` of u, and its voxels are ``stride`` apart.
    """
    lower, inverse, ratio, inflow = factors[: 4 * count].reshape(4, count)
    for field in _views(count, lines, stride, u):
        along = np.ascontiguousarray(field)
        along[0] = flush((along[0] + inflow[0]) * inverse[0])
        for i in range(1, count):
            along[i] = flush(((along[i] + inflow[i]) + lower[i] * along[i - 1]) * inverse[i])
        for i in range(count - 2, -1, -1):
            along[i] = flush(along[i] + ratio[i] * along[i + 1])
        field[...] = along


def _views(count: int, lines: int, stride: int, u: np.ndarray) -> Iterator[np.ndarray]:
    """The lines, voxels first: those of whole layers, and the first ones of one more."""
    layers, rest = divmod(lines, stride)
    whole = layers * count * stride
    yield u[:whole].reshape(layers, count, stride).transpose(1, 0, 2)
    if rest:
        last = u[whole : whole + (count - 1) * stride + rest]
        yield np.lib.stride_tricks.as_strided(last, (count, rest), (stride * u.itemsize, u.itemsize))


def thomas_factors(lower: np.ndarray, diagonal: np.ndarray, upper: np.ndarray, inflow: np.ndarray) -> np.ndarray:
    """The factors of a line (4, n) from its positive links, diagonal and inflow (n,), in double."""
    n = len(diagonal)
    inverse, ratio = np.zeros(n), np.zeros(n)
    before = 0.0
    for i in range(n):
        inverse[i] = 1.0 / (diagonal[i] - lower[i] * before)
        ratio[i] = before = upper[i] * inverse[i]
    return np.stack([lower, inverse, ratio, inflow])


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Lines along any axis of a box, diagonally dominant."""
    axis = int(rng.integers(3))
    count = int(rng.integers(1, max(2, round(size ** (1 / 3)) * 2)))
    across = max(1, size // count)
    nx = max(1, round(across**0.5))
    stride = (1, nx, across)[axis]
    lines = across
    lower, upper = rng.uniform(0, 50, (2, count))
    lower[0] = upper[-1] = 0
    factors = thomas_factors(lower, 1.03 + lower + upper, upper, rng.choice([0.0, 3.0], count))
    return dict(
        axis=axis, count=count, lines=lines, stride=stride, factors=factors.ravel().astype(real),
        u=rng.uniform(0, 38, count * (lines + stride)).astype(real),
    )  # fmt: skip
