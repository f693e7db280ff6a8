"""The basement membrane over a step: what wears it takes its share,  dw/dt = -(wear + digested) w,  exactly,
whatever the step.

``wear``: what cells do, sums in quanta of 2^-32 per minute (:mod:`gputme.ops.membrane.gnaw`); ``digested``: what is
done from afar, 1/min (:mod:`gputme.ops.matrix._digest`). Rounded at random in fp32.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import exp
from gputme.ops._dither import mix, share
from gputme.ops.matrix._digest import digested, example_digestion
from gputme.voxels import QUANTUM

__all__ = ["AGREEMENT", "erode", "example"]

AGREEMENT = "bitwise"
GRAIN = 4096


def erode(voxels, gnaws, digests, tick, dt, wear, digestion, u, integrity):
    """Advance integrity (voxels,) by dt min from ``tick``; wear (voxels,) is 0 afterwards."""
    real = integrity.dtype
    rate = np.zeros(voxels) + digested(digests, digestion, u, slice(voxels), real)
    if gnaws:
        rate = rate + wear[:voxels] * QUANTUM
        wear[:voxels] = 0
    noise = mix(tick, np.arange(voxels, dtype=np.uint64))
    now = share(integrity[:voxels].astype(np.float64) * exp(-(rate * dt)), noise, 48, real)
    integrity[:voxels] = np.where(rate > 0, now, integrity[:voxels])


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Voxels of any integrity, half of them worn."""
    return dict(
        voxels=size, gnaws=1, tick=int(rng.integers(2**40)), dt=float(rng.uniform(0.1, 6)),
        wear=np.floor(10.0 ** rng.uniform(-4, 1, size) * (rng.random(size) < 0.5) / QUANTUM).astype(np.int64),
        **example_digestion(size, 10, rng, real),
        integrity=rng.choice([0, 1, 0.5, 0.1], size).astype(real),
    )  # fmt: skip
