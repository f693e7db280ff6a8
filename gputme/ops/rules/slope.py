"""The norm of a gradient, as rules read it ("S gradient"): |g| = sqrt(gx^2 + gy^2 + gz^2), value/um."""

from __future__ import annotations

import numpy as np

from gputme.maths import flush

__all__ = ["AGREEMENT", "example", "slope"]

AGREEMENT = "bitwise"


def slope(n, gx, gy, gz, out):
    """out (n,) from the three components of n gradients."""
    x, y, z = gx[:n], gy[:n], gz[:n]
    out[:n] = flush(np.sqrt(x * x + y * y + z * z))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Gradients over many orders of magnitude."""
    g = {name: (rng.normal(size=size) * 10.0 ** rng.uniform(-9, 3, size)).astype(real) for name in ("gx", "gy", "gz")}
    return dict(n=size, **g, out=np.zeros(size, real))
