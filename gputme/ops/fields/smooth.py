r"""One half-sweep of red-black Gauss-Seidel on the implicit reaction-diffusion equation.

Per voxel, with finite volumes and all terms inside the operator,

    (rate + sink + \sum own) u - \sum_{axes} (lower u_- + upper u_+) = b,

where ``rate = 1/dt + decay``, ``lower`` and ``upper`` are D / (width distance) towards the neighbours of an axis,
``own`` the same plus the walls' links, ``sink`` is the cells' secretion and uptake (``_operator.py`` has the
layout). A voxel with a negative sink is fixed and keeps its value. Voxels of one colour depend on other colours
only, so order does not matter.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import flush
from gputme.ops.fields._operator import colour_mask, example_grid, gather

__all__ = ["AGREEMENT", "example", "smooth"]

AGREEMENT = "bitwise"
GRAIN = 8192


def smooth(nx, ny, nz, colour, periodic, varied, rate, links, faces, sink, b, u):
    """Update every voxel of one colour. u, b, sink: (nz*ny*nx,), x fastest."""
    shape, n = (nz, ny, nx), nx * ny * nz
    u3, b3, sink3 = (a[:n].reshape(shape) for a in (u, b, sink))
    s, d = gather(shape, periodic, varied, rate, links, faces, b3, u3)
    d = d + sink3
    mine = colour_mask(shape, periodic, colour) & (sink3 >= 0)
    np.divide(s, d, out=s, where=mine)
    np.copyto(u3, flush(s), where=mine)


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """A box with sinks and fixed voxels, walls or periodic axes; any colour it has."""
    grid = example_grid(size, rng, real)
    del grid["held"]
    seams = [axis for axis, n in enumerate((grid["nx"], grid["ny"], grid["nz"])) if grid["periodic"] >> axis & n & 1]
    colour = int(rng.integers(2)) + sum(2 << axis for axis in seams if rng.random() < 0.3)
    return grid | dict(colour=colour)
