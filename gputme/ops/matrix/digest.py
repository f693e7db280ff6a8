"""What breaks the matrix down from afar, as a diffusing MMP does:  wear += rate u  (:mod:`gputme.ops.matrix.remodel`).

``u`` is a substrate's value and ``rate`` how fast one unit of it degrades; the sum counts in quanta of
2^-32 per minute.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import fixed
from gputme.state.voxels import QUANTUM

__all__ = ["AGREEMENT", "digest", "example"]

AGREEMENT = "exact"


def digest(voxels, rate, u, wear):
    """Add the rate at which u (voxels,) degrades to wear (voxels,), int64."""
    wear[:voxels] += fixed(rate * u[:voxels].astype(np.float64), 1 / QUANTUM)


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """A field of any sizes on top of what is there."""
    return dict(
        voxels=size, rate=float(10 ** rng.uniform(-4, 0)), u=(10.0 ** rng.uniform(-6, 2, size)).astype(real),
        wear=rng.integers(0, 2**40, size),
    )  # fmt: skip
