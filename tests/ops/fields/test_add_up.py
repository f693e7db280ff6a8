"""Shares of a sum: all of them, each once, however many work at it."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.mark.parametrize("parts", [1, 5, 4096])
@pytest.mark.parametrize("heaps", [1, 7, 5000])
def test_adds_every_share_once(kernels, parts, heaps):
    shares = np.random.default_rng(parts).integers(-(2**50), 2**50, parts)
    total = kernels.zeros(1, np.int64)
    kernels.add_up(parts=parts, heaps=heaps, shares=kernels.array(shares, np.int64), total=total)
    assert kernels.host(total)[0] == shares.sum()
