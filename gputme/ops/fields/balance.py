r"""What a step's balance asks for. First the factor that closes it, then the debt that rounding leaves.

    wanted = income + debt / dt,    factor = wanted / outgo,    then    debt = (wanted - outgo) dt

income: the sum of what comes in (:mod:`gputme.ops.fields.right_hand_side`), outgo: of what leaves
(:mod:`gputme.ops.fields.rescale`, before and after the field was multiplied by the factor), value/min times voxels.
Where nothing comes in or leaves the factor is 1; a steady field (1/dt = 0) has no debt. In double, on the backend, so
that the host waits for none of it.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import from_bits
from gputme.ops.fields._operator import income_unit, outgo_unit

__all__ = ["AGREEMENT", "balance", "example"]

AGREEMENT = "bitwise"


def balance(
    shares, last, per_dt, dt, fastest, inflow, room, nothing, sizes, norms, income, outgo, factor, debt, told
):
    """Set factor (1,), or, ``last``, debt (1,); told (2,): the largest size and the largest |factor - 1| so far."""
    came = float(income[:shares].sum()) / income_unit(sizes, fastest, inflow, room)
    left = float(outgo[:shares].sum()) / outgo_unit(norms, factor[0], room)
    wanted = came + debt[0] * per_dt
    outgo[:shares] = 0
    if last:
        income[:shares] = 0
        debt[0] = (wanted - left) * dt if per_dt else debt[0]
        factor[0] = 1.0
        told[0] = max(told[0], *from_bits(sizes[:2]))
        sizes[:2] = norms[:3] = 0
    elif wanted > 0 and left > 0:
        factor[0] = wanted / left
        if 2.0 * from_bits(norms[2:3])[0] > nothing:
            told[1] = max(told[1], abs(factor[0] - 1.0))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Sums that nearly agree, or are far apart, or none."""
    n, last = max(1, size % 50), int(rng.integers(2))
    sizes, norms = rng.uniform(0, 40, 2), rng.uniform(0, 4000, 3)
    most = int(rng.choice([0, 2**20, 2**40]))
    return dict(
        shares=n, last=last, per_dt=float(rng.choice([0.0, 1.0, 3.0])), dt=float(rng.choice([1.0, 1 / 3])),
        fastest=2000.0, inflow=float(rng.choice([0.0, 500.0])), room=2.0**40, nothing=1e-20,
        sizes=sizes.view(np.int64), norms=norms.view(np.int64), income=rng.integers(-most // 100, most + 1, n),
        outgo=rng.integers(0, most + 1, n), factor=np.array([1.01 if last else 1.0]), debt=rng.normal(size=1),
        told=rng.choice([0.0, 1e-3, 50.0], 2),
    )  # fmt: skip
