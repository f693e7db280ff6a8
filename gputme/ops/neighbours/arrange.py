"""Copies of the cells in bin order, so that neighbours lie side by side in memory.

    s_k = x_(order[k]),  size_k = r,  reach_k = f r,  with f the cell's relative maximum adhesion distance.
"""

from __future__ import annotations

import numpy as np

from gputme.ops.behaviour import behaviour_of
from gputme.ops.neighbours._neighbours import example_cells
from gputme.vocabulary import Behaviours

__all__ = ["AGREEMENT", "arrange", "example"]

AGREEMENT = "bitwise"
GRAIN = 2048


def arrange(
    n, types, stride, behaviours, table, slot, ruled, order, type, radius, x, y, z, kind, size, reach, sx, sy,
    sz
):
    """Write kind, size, reach, sx, sy, sz (n,) by place; type, radius, x, y, z (n,) by cell (lengths: um)."""
    o = order[:n]
    far = behaviour_of(table, slot, ruled, stride, behaviours, type[:n], Behaviours.REACH)
    kind[:n], size[:n], reach[:n] = type[o], radius[o], (far * radius[:n])[o]
    sx[:n], sy[:n], sz[:n] = x[o], y[o], z[o]


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells in a random order."""
    cells = example_cells(size, rng, real)
    inputs = ("types", "stride", "behaviours", "table", "slot", "ruled", "type", "radius", "x", "y", "z")
    return dict(
        n=size, order=rng.permutation(size).astype(np.int32), **{name: cells[name] for name in inputs},
        kind=np.zeros(size, np.uint8),
        **{name: np.zeros(size, real) for name in ("size", "reach", "sx", "sy", "sz")},
    )  # fmt: skip
