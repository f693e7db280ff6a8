"""Fixed-point sums become numbers per voxel: out_v = total_v / per_unit, and total is zero again.

Fixed voxels, where marked, get -1: to the solver a negative sink means that the voxel keeps its value.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import bits, flush
from gputme.ops._cloud import per_unit

__all__ = ["convert", "example", "AGREEMENT"]

AGREEMENT = "bitwise"
GRAIN = 65536


def convert(voxels, n, marks, fixed, peak, total, out):
    """total (voxels,) int64 as :mod:`gputme.ops.deposit` left it for n cells and peak -> out (voxels,) real."""
    out[:voxels] = total[:voxels] * (1.0 / per_unit(peak[0], n))
    flush(out[:voxels])
    if marks:
        out[:voxels][fixed[:voxels] != 0] = -1
    total[:voxels] = 0


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Sums of many sizes; in every second example some voxels are fixed."""
    marked = int(rng.integers(2))
    return dict(
        voxels=size, n=int(rng.integers(1, 10**8)), marks=size * marked,
        fixed=(rng.random(size) < 0.2).astype(np.uint8), peak=bits(rng.lognormal(0, 9, 1)),
        total=np.rint(rng.normal(0, 1, size) * 2.0 ** rng.uniform(0, 58, size)).astype(np.int64),
        out=np.zeros(size, real),
    )  # fmt: skip
