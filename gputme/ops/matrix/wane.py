r"""The matrix where no cell is, broken down from afar and by turnover; exact for constant rates, whatever the step.

    d rho/dt = -k rho,    k = (digested + turnover) / (1 + resistance crosslink)

Where cells are, :mod:`gputme.ops.matrix.remodel` does this and the rest; rounding and books are as there.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import exp, fixed
from gputme.ops._dither import mix, share
from gputme.ops.matrix._digest import digested, example_digestion
from gputme.ops.matrix.appoint import example_places
from gputme.voxels import QUANTUM

__all__ = ["AGREEMENT", "example", "wane"]

AGREEMENT = "bitwise"
GRAIN = 1  # an item is a share of the voxels


def wane(
    voxels, parts, digests, crosslinks, first, tick, dt, turnover, resistance, digestion, u, keeper, crosslink,
    density, books,
):  # fmt: skip
    """Advance density (voxels,) by dt min from ``tick`` where the keeper is of an earlier turn; books (2,): laid,
    broken."""
    empty = np.flatnonzero(keeper[:voxels] < first)
    old, loss = density[empty].astype(np.float64), turnover + digested(digests, digestion, u, empty, density.dtype)
    if crosslinks:
        loss = loss / (1.0 + resistance * crosslink[empty].astype(np.float64))
    kept = old * exp(-(loss * dt))
    new = share(kept, mix(tick, empty.astype(np.uint64)), 0, density.dtype)
    new = np.where(kept < old, new, density[empty])
    broken = fixed(old - kept, 1 / QUANTUM)
    density[empty] = new
    books[0] += (fixed(new.astype(np.float64) - old, 1 / QUANTUM) + broken).sum()
    books[1] += broken.sum()


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Voxels with and without cells, some of them full or without any matrix."""
    _, keeper = example_places(max(1, size // 3), size, rng)
    density = np.where(rng.random(size) < 0.2, rng.choice([0.0, 1.0], size), rng.random(size))
    return dict(
        voxels=size, parts=int(rng.integers(1, 6)), crosslinks=1, first=max(1, size // 3) + 1,
        tick=int(rng.integers(2**40)), dt=float(rng.uniform(0.1, 6)), turnover=float(rng.choice([0, 2.4e-5])),
        resistance=5.0, **example_digestion(size, 1, rng, real), keeper=keeper,
        crosslink=rng.random(size).astype(real), density=density.astype(real), books=np.array([5, 7], np.int64),
    )  # fmt: skip
