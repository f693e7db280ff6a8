"""Fixed-point sums become numbers per voxel: out_v = total_v / per_unit, and total is zero again."""

from __future__ import annotations

import numpy as np

from gputme.maths import bits, flush
from gputme.ops.exchange._cloud import per_unit

__all__ = ["AGREEMENT", "convert", "example"]

AGREEMENT = "bitwise"


def convert(voxels, n, peak, total, out):
    """Move total (voxels,), as :mod:`gputme.ops.exchange.deposit` left it for n cells and peak, to out (voxels,)."""
    out[:voxels] = total[:voxels] * (1.0 / per_unit(peak[0], n))
    flush(out[:voxels])
    total[:voxels] = 0


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Sums of many sizes."""
    total = np.rint(rng.normal(0, 1, size) * 2.0 ** rng.uniform(0, 58, size)).astype(np.int64)
    peak = bits(rng.lognormal(0, 9, 1))
    return dict(voxels=size, n=int(rng.integers(1, 10**8)), peak=peak, total=total, out=np.zeros(size, real))
