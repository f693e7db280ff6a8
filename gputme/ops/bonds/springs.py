r"""Springs between cells that are attached: velocities (um/min) and stiffness (1/min), added to those of contacts.

    v_i += \sum_j k_ij (x_j - x_i),    k_ij = \sqrt{k_i a_ij k_j a_ji},    K_i += \sum_j k_ij

over the partners j of cell i in the order of their ids, at the nearest image where the domain is periodic; k the
elastic constant, a_ij the affinity of cell i to the type of j. The rest length is 0, so the slope of the force is k_ij
in every direction and adds to each row of K (:mod:`gputme.ops.motion.forces`). k_ij = k_ji and x_j - x_i = -(x_i - x_j)
to the last bit: what a spring does to the one it does against the other. Ghaffarizadeh et al., PLoS Comput Biol
14:e1005991 (2018), as PhysiCell 1.14 has it.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import flush
from gputme.ops.bonds._bonds import AFFINITY, elastic, example_bonded
from gputme.ops.neighbours._neighbours import nearest

__all__ = ["AGREEMENT", "GRAIN", "example", "springs"]

AGREEMENT = "bitwise"
GRAIN = 512


def springs(
    n, rows, measure, wx, wy, wz, types, affinity, stride, behaviours, table, slot, ruled, type, mate, x, y, z, vx, vy,
    vz, stiffness,
):  # fmt: skip
    """Add to vx, vy, vz and (if ``measure``) to stiffness, (n,); mate: (rows, stride) flat, places or -1; type, x, y, z
    (um): (n,)."""
    real = x.dtype.type
    v, total = np.zeros((3, n), real), np.zeros(n, real)
    for r in range(rows):
        others = mate[r * stride : r * stride + n]
        i = np.flatnonzero(others >= 0)
        if not len(i):
            continue
        j = others[i]
        k = elastic(affinity, stride, behaviours, table, slot, ruled, type, i, j)
        for sum, at, w in zip(v, (x, y, z), (wx, wy, wz)):
            sum[i] += k * nearest(at[j] - at[i], w)
        total[i] += k
    held = np.flatnonzero(mate[:n] >= 0) if rows else np.zeros(0, np.int64)
    for velocity, sum in zip((vx, vy, vz), v):
        velocity[held] = flush(velocity[held] + sum[held])
    if measure:
        stiffness[held] = flush(stiffness[held] + total[held])


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells that are attached to a few others, with and without rules and periods."""
    known = example_bonded(size, rng, real)
    names = ("types", "stride", "behaviours", "table", "slot", "ruled", "type", "x", "y", "z")
    return dict(
        n=size, rows=known["rows"], measure=int(rng.integers(2)), affinity=AFFINITY, mate=known["mate"],
        **known["periods"], **{name: known["cells"][name] for name in names},
        **{name: rng.normal(0, 1, size).astype(real) for name in ("vx", "vy", "vz", "stiffness")},
    )  # fmt: skip
