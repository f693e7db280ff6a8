"""Signals that an actor reads in the cell that it holds: its custom variables; 0 where it holds none."""

from __future__ import annotations

import numpy as np

from gputme.maths import flush
from gputme.ops.interactions._meetings import example_actors

__all__ = ["AGREEMENT", "example", "regard"]

AGREEMENT = "exact"
GRAIN = 1024


def regard(n, m, stride, wanted, variable, row, actors, at, custom, sensed):
    """Write rows ``row`` of sensed (stride each) of the actors; variable: rows of custom; at (m,): whom each holds."""
    mine, held = actors[:m], at[:m]
    for v, r in zip(variable[:wanted], row[:wanted]):
        values = custom[v * stride : v * stride + n]
        sensed[r * stride + mine] = flush(np.where(held >= 0, values[np.maximum(held, 0)], values.dtype.type(0)))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Two variables of those that are held."""
    e = example_actors(size, rng, real)
    return {name: e[name] for name in ("n", "m", "actors", "at")} | dict(
        stride=size, wanted=2, variable=np.array([2, 0], np.int32), row=np.array([1, 3], np.int32),
        custom=rng.uniform(-9, 9, 3 * size).astype(real), sensed=rng.random(4 * size).astype(real),
    )  # fmt: skip
