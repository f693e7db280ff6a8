"""Cells that hold another do not walk, unless their type does."""

from __future__ import annotations

import numpy as np

from gputme.ops.interactions._meetings import example_actors

__all__ = ["AGREEMENT", "example", "stay"]

AGREEMENT = "exact"


def stay(n, types, walks, type, held_id, dx, dy, dz):
    """Make the displacements dx, dy, dz (n,) of holders 0; walks (types,): types that go on."""
    still = (held_id[:n] != 0) & (walks[type[:n]] == 0)
    for d in (dx, dy, dz):
        d[:n][still] = 0


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Walking cells, some of which hold another."""
    e = example_actors(size, rng, real)
    walk = {name: rng.uniform(-9, 9, size).astype(real) for name in ("dx", "dy", "dz")}
    return {name: e[name] for name in ("n", "types", "walks", "type", "held_id")} | walk
