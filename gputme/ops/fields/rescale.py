r"""Floor a field at 0, multiply its free voxels, and sum what then leaves them.

    u <- factor * max(u, 0),  outgo += \sum_{free} (rate + sink + \sum_{walls} link + \sum_{to fixed} link) u

With ``factor`` = income / outgo the balance of a step closes: content/dt, decay, sinks and walls at once, without
going negative. The sum is of the rounded new values, in double, as fixed-point integers, in shares that
:mod:`gputme.ops.fields.add_up` and :mod:`gputme.ops.fields.balance` add up.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import flush
from gputme.ops.fields._operator import example_grid, fixed_links, outgo_unit, quanta, shared, wall_terms

__all__ = ["AGREEMENT", "canonical", "example", "rescale"]

AGREEMENT = "bitwise"
GRAIN = 1  # a share of the sum is a thread's


def rescale(
    nx, ny, nz, periodic, varied, held, rate, room, parts, links, faces, wall_loss, factor, norms, sink, u, outgo
):
    """Change u in place, write outgo (parts,). Fields: (nz*ny*nx,); wall_loss: (2*(nx+ny+nz),) float64."""
    times = factor[0]
    shape, n = (nz, ny, nx), nx * ny * nz
    u3, sink3 = (a[:n].reshape(shape) for a in (u, sink))
    free = sink3 >= 0
    floored = np.where(free & ~(u3 > 0), 0, u3).astype(np.float64)
    scaled = flush((floored * np.where(free, times, 1.0)).astype(u.dtype))
    leaving = rate + sink3.astype(np.float64)
    leaving = leaving + wall_terms(shape, varied, wall_loss, faces)
    if held:
        lost, _ = fixed_links(shape, periodic, varied, links, faces, sink3, sink3)
        leaving = (leaving + lost) * free
    shared(outgo, parts, quanta(leaving * scaled.astype(np.float64), outgo_unit(norms, times, room)).sum())
    u3[...] = scaled


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """A field with some negative values."""
    grid = example_grid(size, rng, real)
    m = grid["nx"] + grid["ny"] + grid["nz"]
    del grid["b"]
    parts = int(rng.integers(1, 9))
    return grid | dict(
        u=grid["u"] - real(2), factor=rng.choice([1.0, 1.0001], 1), room=2.0**50 / grid["sink"].size, parts=parts,
        norms=np.array([0.0, 0.0, 1e6]).view(np.int64), wall_loss=rng.uniform(0, 500, 2 * m),
        outgo=np.full(parts, 7, np.int64),
    )  # fmt: skip


def canonical(args: dict, results: dict) -> dict:
    """Which share holds what depends on the threads."""
    return results | {"outgo": results["outgo"].sum(keepdims=True)}
