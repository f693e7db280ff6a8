"""Where the cells are and how far they reach, as maxima: from these the bins are laid out.

    peak[0]     max over cells of max(f, g, 1) r   half of the largest interaction distance of any pair, um
    peak[1..3]  max of x - lower, y - lower, z - lower, and
    peak[4..6]  max of upper - x, upper - y, upper - z: the box around all cells, um
    peak[7]     max of the migration speed of live, movable cells, um/min

with f the cell's relative maximum adhesion distance and g the largest that rules can give to its type (``widest``),
as bits of non-negative float64 (0 at least), raised by ``TME_MAX``: a maximum does not depend on order.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import bits
from gputme.ops.behaviour import behaviour_of
from gputme.ops.neighbours._neighbours import example_cells
from gputme.vocabulary import Behaviours

__all__ = ["AGREEMENT", "GRAIN", "example", "survey"]

AGREEMENT = "exact"
GRAIN = 64  # shares of the cells


def survey(
    n, parts, types, lx, ly, lz, ux, uy, uz, stride, behaviours, table, slot, ruled, widest, type, death, radius, x, y,
    z, peak,
):  # fmt: skip
    """Raise the eight peaks (int64 bits). widest: (types,), in radii; type, death, radius, x, y, z: (n,)."""
    far, speed, movable = (
        behaviour_of(table, slot, ruled, stride, behaviours, type[:n], b)
        for b in (Behaviours.REACH, Behaviours.SPEED, Behaviours.MOVABLE)
    )
    far = np.maximum(far, widest[type[:n]])
    values = [np.maximum(far, radius.dtype.type(1)) * radius[:n]]
    values += [v[:n] - lower for v, lower in zip((x, y, z), (lx, ly, lz))]
    values += [upper - v[:n] for v, upper in zip((x, y, z), (ux, uy, uz))]
    values.append(np.where((death[:n] == 0) & (movable > 0), speed, radius.dtype.type(0)))
    for q, value in enumerate(values):
        peak[q] = max(peak[q], bits(max(value.max(initial=0), 0)))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells in a box, and peaks that may already be higher."""
    cells = example_cells(size, rng, real)
    inputs = ("types", "stride", "behaviours", "table", "slot", "ruled", "type", "death", "radius", "x", "y", "z")
    corners = dict(zip(("lx", "ly", "lz"), (0.0,) * 3)) | dict(zip(("ux", "uy", "uz"), (cells["side"],) * 3))
    return dict(
        n=size, parts=max(1, size // 64), widest=rng.uniform(0.5, 2, cells["types"]).astype(real),
        **corners, **{name: cells[name] for name in inputs},
        peak=rng.choice([0.0, 12.0], 8).view(np.int64),
    )  # fmt: skip
