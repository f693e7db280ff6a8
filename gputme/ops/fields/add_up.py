"""Shares of a sum, one from each thread that took part, become one number:  total += sum of shares.

Whole numbers, so that their order does not matter.
"""

from __future__ import annotations

import numpy as np

__all__ = ["AGREEMENT", "add_up", "example"]

AGREEMENT = "exact"


def add_up(parts, heaps, shares, total):
    """Add shares (parts,) to total (1,)."""
    total[0] += shares[:parts].sum()


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Shares of either sign."""
    shares = rng.integers(-(2**50), 2**50, size)
    return dict(parts=size, heaps=max(1, size // 16), shares=shares, total=np.array([7], np.int64))
