"""A sum is booked in its unit, and added to what was booked before."""

from __future__ import annotations

import numpy as np

from gputme.maths import bits
from gputme.ops.exchange._cloud import per_unit


def test_an_amount_is_rate_times_volume_times_time(kernels):
    peak = bits(np.array([100.0]))
    total = np.array([12 * per_unit(peak[0], 50)], np.int64)
    amount = kernels.array([5.0], np.float64)
    kernels.tally(
        n=50, volume=1000.0, dt=0.5, peak=kernels.array(peak, np.int64), total=kernels.array(total, np.int64),
        amount=amount,
    )  # fmt: skip
    assert kernels.host(amount)[0] == 5 + 12 * 1000 / 2
