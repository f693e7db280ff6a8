"""Every value that is not possible is counted, in any column."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3.5])
@pytest.mark.parametrize("place", [0, 9, 40])
def test_a_bad_value_is_counted_once(kernels, value, place):
    columns = [kernels.zeros(50) for _ in range(3)]
    columns[1][place] = value
    bad = kernels.zeros(1, np.int64)
    limits = dict(low=kernels.array([-1, -1, -1], np.float64), high=kernels.array([1, 1, 1], np.float64))
    kernels.inspect(n=41, columns=3, column=columns, **limits, bad=bad)
    kernels.inspect(n=place, columns=3, column=columns, **limits, bad=bad)  # beyond n nobody looks
    assert kernels.host(bad)[0] == 1
