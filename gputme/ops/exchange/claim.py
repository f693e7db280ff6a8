r"""What cells demand of each voxel becomes a sink that takes it, but never more than there is.

    rate = d / (u + d tau),    sink += rate,    easing += rate u / (u + d tau),    per_met = 1 / (u + d tau)

d: the demand (value/min), u: the field of the latest iterate, tau = ``SOON``. A voxel meets u' per_met of its demand,
with u' the field that is then solved: all of it where u >> d tau, u / tau at most. ``easing`` is -u times the
slope of the rate, for Newton's method (:mod:`gputme.ops.exchange.exchange`).
"""

from __future__ import annotations

import numpy as np

from gputme.maths import flush

__all__ = ["AGREEMENT", "SOON", "claim", "example"]

AGREEMENT = "bitwise"
GRAIN = 8192
SOON = 1e-4  # min: no demand takes more than what is there in this time


def claim(voxels, wanted, u, sink, easing, per_met):
    """Add to sink and easing, write per_met, all (voxels,), from the demand ``wanted`` and the field u."""
    real = u.dtype.type
    some = np.flatnonzero(wanted[:voxels] > 0)
    d, here = wanted[some], u[some]
    reach = here + d * real(SOON)
    rate = d / reach
    sink[some] = sink[some] + rate
    easing[some] = flush(easing[some] + rate * (here / reach))
    per_met[:voxels] = 0
    per_met[some] = real(1) / reach


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Demands of many sizes on a field that is empty in places."""
    wanted = rng.choice([0, 1e-20, 1, 1e6], size) * rng.random(size)
    return dict(
        voxels=size, wanted=np.where(wanted < 1e-25, 0, wanted).astype(real),
        u=(rng.choice([0, 1e-20, 1, 38], size) * rng.random(size)).astype(real),
        sink=rng.uniform(0, 10, size).astype(real), easing=rng.uniform(0, 10, size).astype(real),
        per_met=np.ones(size, real),
    )  # fmt: skip
