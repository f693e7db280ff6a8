r"""A field receives amounts that were spread over its voxels as fixed-point sums.

    u += total / per_unit,    owed += what rounding has kept from that, in the same units,    total = 0

so that, with ``owed`` paid later, nothing is lost however small an amount is beside what a voxel holds. Rounding to
nearest keeps at most the amount itself, so the sum of what is owed cannot overflow where that of the amounts does not.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import bits, fixed, flush
from gputme.ops.exchange._cloud import per_unit

__all__ = ["AGREEMENT", "example", "receive"]

AGREEMENT = "bitwise"


def receive(voxels, n, peak, total, u, owed):
    """Add total (voxels,), as :mod:`gputme.ops.exchange.deposit` left it for n cells and peak, to u (voxels,); owed
    (1,) is raised."""
    some = np.flatnonzero(total[:voxels])
    units = per_unit(peak[0], n)
    amount, before = total[some] * (1.0 / units), u[some].astype(np.float64)
    after = flush((before + amount).astype(u.dtype))
    u[some] = after
    owed[0] += fixed(amount - (after.astype(np.float64) - before), units).sum()
    total[:voxels] = 0


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Amounts of many sizes, and none in most voxels, on a field that is empty in places."""
    n, peak = int(rng.integers(1, 10**8)), rng.lognormal(0, 9, 1)
    most = peak * per_unit(bits(peak)[0], n)
    total = np.rint(most * rng.random(size) * 2.0 ** -rng.uniform(0, 30, size) * (rng.random(size) < 0.3))
    u = rng.choice([0, 1e-20, 1, 38], size) * rng.random(size)
    return dict(
        voxels=size, n=n, peak=bits(peak), total=total.astype(np.int64), u=u.astype(real),
        owed=np.array([7], np.int64),
    )  # fmt: skip
