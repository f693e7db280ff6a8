"""Largest size of a field and of its sources: from these the fixed-point sums of a balance take their scale.

    peak[0] = max(peak[0], max |u|),  peak[1] = max(peak[1], max |source|),  as bits of non-negative float64.

What is not finite counts as 3e38, so that it is noticed and not lost.
"""

from __future__ import annotations

import numpy as np

from gputme.ops.fields._operator import example_grid, raise_peak, sizes

__all__ = ["AGREEMENT", "example", "largest"]

AGREEMENT = "exact"


def largest(rows, nx, u, source, peak):
    """Raise the two peaks (int64 bits). u, source: (rows*nx,)."""
    raise_peak(peak, 0, sizes(u[: rows * nx]))
    raise_peak(peak, 1, sizes(source[: rows * nx]))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """A field, its sources, and peaks that may already be higher."""
    grid = example_grid(size, rng, real)
    peak = rng.choice([0.0, 20.0, 50.0], 2).view(np.int64)
    return dict(rows=grid["ny"] * grid["nz"], nx=grid["nx"], u=grid["u"], source=-grid["b"], peak=peak)
