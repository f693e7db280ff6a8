"""Sum, in each voxel, what its cells do to the matrix there beside the one appointed, who adds its own part later.

What a cell does is in :mod:`gputme.ops.matrix._deeds`; dead cells do nothing; a cell acts on the voxel of its centre.
Sums are in quanta of 2^-32 per minute, so that no order matters, and stand in the place of the cell appointed
(:mod:`gputme.ops.matrix.appoint`), which acts on them in :mod:`gputme.ops.matrix.remodel`: most voxels with cells hold
one alone, and so are looked at once.
"""

from __future__ import annotations

import numpy as np

from gputme.ops.matrix._deeds import deeds_of, example_doers
from gputme.ops.matrix.appoint import example_places
from gputme.voxels import Deed

__all__ = ["AGREEMENT", "example", "lay"]

AGREEMENT = "exact"
GRAIN = 1024


def lay(
    n, types, voxels, fibres, crosslinks, motility, first, stride, behaviours, table, slot, ruled, barrier, type, at,
    keeper, mx, my, mz, fibre_x, fibre_y, fibre_z, anisotropy, shared, sums,
):  # fmt: skip
    """Add what those of n cells do that are not appointed to the sums (n * 8,), int64; ``at`` is -1 for them then, and
    shared (n,) is ``first`` in the places where they are: above what it was in every earlier turn."""
    live = np.flatnonzero(at[:n] >= 0)
    place = keeper[at[live]].astype(np.int64) - first
    others, place = live[place != live], place[place != live]
    deeds = deeds_of(
        others, fibres, crosslinks, motility, stride, behaviours, table, slot, ruled, barrier, type, at[:n], mx, my, mz,
        fibre_x, fibre_y, fibre_z, anisotropy,
    )  # fmt: skip
    np.add.at(sums.reshape(-1, len(Deed)), place, deeds.T)
    at[others], shared[place] = -1, first


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Several cells in a voxel, some dead."""
    voxels = max(1, size // 3)
    at, keeper = example_places(size, voxels, rng)
    return dict(
        n=size, voxels=voxels, first=1 + size, **example_doers(size, voxels, rng, real), at=at, keeper=keeper,
        anisotropy=rng.random(voxels).astype(real),
        shared=rng.integers(0, 1 + size, size, np.int32), sums=np.zeros(size * len(Deed), np.int64),
    )  # fmt: skip
