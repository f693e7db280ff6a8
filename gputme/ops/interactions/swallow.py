"""What a cell takes in that has eaten another, or fused with it, as it was at the step's start.

* Eaten: its fluid, and its solids into the cytoplasm; of each substrate that it held the share that its type hands over
  (the rest stays with it, and is booked as removed with it); of custom variables those that are amounts.
* Fused: volumes of all compartments, the nucleus's target and all that it held; the cell lies where the volumes' centre
  is.

After PhysiCell 1.14 (Ghaffarizadeh et al., PLoS Comput Biol 14:e1005991, 2018).
"""

from __future__ import annotations

import numpy as np

from gputme.columns import Meeting
from gputme.maths import flush
from gputme.ops.fate._relax import radius_of
from gputme.ops.interactions._meetings import AGAIN, example_actors
from gputme.ops.neighbours._neighbours import nearest

__all__ = ["AGREEMENT", "example", "swallow"]

AGREEMENT = "bitwise"
GRAIN = 512


def swallow(
    n, m, types, stride, tracked, customs, lx, ly, lz, wx, wy, wz, transferred, amount, actors, when, whom, what, type,
    fluid, nuclear, cytoplasmic, nuclear_target, radius, x, y, z, internal, custom,
):  # fmt: skip
    """Give the actors whose event has just happened (when, whom, what: (m,)) what the other cell had; lx, ly, lz, wx,
    wy, wz: the domain's corner and periods (um, 0: walls). Columns (n,); rows of internal and custom (stride each);
    transferred, amount: per type and row."""
    real = fluid.dtype.type
    taken = when[:m] == AGAIN
    for way in (Meeting.EAT, Meeting.FUSE):
        r = np.flatnonzero(taken & (what[:m] == way))
        i, j, of = actors[r], whom[r], type[whom[r]].astype(np.int64)
        if way == Meeting.EAT:
            fluid[i] += fluid[j]
            cytoplasmic[i] += nuclear[j] + cytoplasmic[j]
        else:
            mine, others = (fluid[c] + nuclear[c] + cytoplasmic[c] for c in (i, j))
            share = others / (mine + others)
            for v, low, w in ((x, lx, wx), (y, ly, wy), (z, lz, wz)):
                middle = v[i] - share * nearest(v[i] - v[j], real(w))
                if w > 0:
                    middle = np.where(middle < low, middle + real(w), middle)
                    middle = np.where(middle >= real(low) + real(w), middle - real(w), middle)
                v[i] = middle
            for column in (fluid, nuclear, cytoplasmic, nuclear_target):
                column[i] += column[j]
        radius[i] = radius_of(fluid[i].astype(np.float64) + nuclear[i] + cytoplasmic[i])
        for k in range(tracked):
            row = internal[k * stride : k * stride + n]
            moved = row[j] * (real(1) if way == Meeting.FUSE else transferred[of * tracked + k].astype(real))
            row[i] = flush(row[i] + moved)
            row[j] = flush(row[j] - moved)
        for c in range(customs if way == Meeting.EAT else 0):
            row = custom[c * stride : c * stride + n]
            row[i] = flush(row[i] + np.where(amount[of * customs + c] != 0, row[j], real(0)))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells of which some have just eaten, or fused with, a neighbour; no cell stands in two events."""
    e = example_actors(size, rng, real)
    taken = np.zeros(size, bool)
    for r in range(e["m"]):
        pair = [e["actors"][r], e["whom"][r]]
        e["when"][r] = 9 if pair[1] < 0 or taken[pair].any() else AGAIN
        taken[pair] |= e["when"][r] == AGAIN
    e["what"][:] = rng.choice([1, 4, 5], e["m"])
    names = ("n", "m", "types", "wx", "wy", "wz", "actors", "when", "whom", "what", "type")
    sizes = ("fluid", "nuclear", "cytoplasmic", "nuclear_target", "radius")
    period = max(e[f"w{a}"] for a in "xyz") or 90.0
    return {name: e[name] for name in names} | dict(
        stride=size + 1, tracked=2, customs=2, lx=real(0), ly=real(0), lz=real(0),
        transferred=rng.choice([0.0, 0.4, 1.0], 6).astype(real), amount=rng.integers(0, 2, 6).astype(np.uint8),
        **{name: rng.uniform(100, 900, size).astype(real) for name in sizes},
        **{name: rng.uniform(0, period, size).astype(real) for name in "xyz"},
        **{name: rng.uniform(0, 9, 2 * (size + 1)).astype(real) for name in ("internal", "custom")},
    )  # fmt: skip
