"""A fixed-point sum over the cells is booked as an amount:  amount += total / per_unit V dt, in double."""

from __future__ import annotations

import numpy as np

from gputme.maths import bits
from gputme.ops.exchange._cloud import per_unit

__all__ = ["AGREEMENT", "example", "tally"]

AGREEMENT = "bitwise"


def tally(n, volume, dt, peak, total, amount):
    """Add to amount (1,), value um3: total (1,), as :mod:`gputme.ops.exchange.deposit` left it for n cells and peak."""
    amount[0] += float(total[0]) / per_unit(peak[0], n) * volume * dt


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Sums of many sizes."""
    total = np.rint(rng.normal(0, 1, 1) * 2.0 ** rng.uniform(0, 58, 1)).astype(np.int64)
    return dict(
        n=int(rng.integers(1, 10**8)), volume=8000.0, dt=float(rng.choice([1.0, 1 / 3])),
        peak=bits(rng.lognormal(0, 9, 1)), total=total, amount=rng.normal(0, 1e3, 1),
    )  # fmt: skip
