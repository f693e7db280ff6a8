"""How many values are below or above what they may be, or no numbers:  bad += 1 unless low <= v <= high."""

from __future__ import annotations

import numpy as np

__all__ = ["AGREEMENT", "example", "inspect"]

AGREEMENT = "exact"


def inspect(n, columns, low, high, column, bad):
    """Raise bad (1,) by the values of the columns (n,) that are outside low .. high (columns,)."""
    for values, least, most in zip(column[:columns], low, high):
        bad[0] += n - np.count_nonzero((values[:n] >= least) & (values[:n] <= most))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Three columns, most values of which are possible."""
    largest = float(np.finfo(real).max)
    columns = [rng.choice([0, -1, 1, np.nan, np.inf, -np.inf, 500], size, p=[0.3, 0.3, 0.3, 0.02, 0.02, 0.02, 0.04])]
    columns += [rng.normal(size=size), np.zeros(size)]
    return dict(
        n=size, columns=3, low=np.array([-largest, -2.0, 0.0]), high=np.array([largest, 2.0, 0.0]),
        column=[values.astype(real) for values in columns], bad=np.array([3], np.int64),
    )  # fmt: skip
