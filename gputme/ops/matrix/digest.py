"""What breaks the matrix or the membrane down from afar, as a diffusing MMP does:  digested = sum of rate u  over
the substrates that do so (:mod:`gputme.ops.matrix.remodel`, :mod:`gputme.ops.membrane.erode`).

``u`` is a substrate's value and ``rate`` how fast one unit of it degrades; one substrate at a time, in their order.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import flush

__all__ = ["AGREEMENT", "digest", "example"]

AGREEMENT = "bitwise"
GRAIN = 65536


def digest(rows, nx, more, rate, u, digested):
    """Write to digested (rows * nx,), or add to it where ``more``, the rate at which u (rows * nx,) degrades, 1/min."""
    n = rows * nx
    here = flush(u.dtype.type(rate) * u[:n])
    digested[:n] = digested[:n] + here if more else here


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """A field of any sizes on top of what is there."""
    rows = int(rng.integers(1, size + 1))
    nx = -(-size // rows)
    u, digested = 10.0 ** rng.uniform(-6, 2, (2, rows * nx))
    return dict(
        rows=rows, nx=nx, more=int(rng.integers(2)), rate=float(10 ** rng.uniform(-4, 0)),
        u=u.astype(real), digested=digested.astype(real),
    )  # fmt: skip
