r"""What a dead cell that leaves holds of a substrate goes back to the field, as a share f of its type.

    value = f max(internal, 0) / V_v,    internal -= value V_v    (value, value um3; V_v: a voxel's volume)

of cells whose mark is ``LEAVES``, 0 of all others; :mod:`gputme.ops.exchange.deposit` spreads it over the voxels
around it, and :mod:`gputme.ops.exchange.receive` adds it to the field. What stays in it is booked as removed
with it. PhysiCell's `fraction_released_at_death` (Basic_Agent::release_internalized_substrates), but no amount is lost.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import bits, flush

__all__ = ["AGREEMENT", "LEAVES", "example", "unload"]

AGREEMENT = "bitwise"
GRAIN = 4096
LEAVES = 2  # mark of a dead cell whose time is over, as the operation `fate` sets it


def unload(n, voxel_volume, share, type, mark, internal, value, peak):
    """value (n,) of each cell, taken from internal (n,), and the bits of the largest in peak (1,); share (types,)."""
    real = internal.dtype.type
    held = internal[:n].astype(np.float64)
    out = np.where((mark[:n] == LEAVES) & (held > 0), share[type[:n]].astype(np.float64) * held / voxel_volume, 0.0)
    value[:n] = flush(out.astype(real))
    gives = value[:n] > 0
    left = held - value[:n].astype(np.float64) * voxel_volume
    internal[:n] = np.where(gives, flush(left.astype(real)), internal[:n])
    peak[0] = max(peak[0], bits(value[:n]).max(initial=0))


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells of three types that keep all, some or nothing; some have given more than they took."""
    internal = rng.normal(1, 1, size) * rng.choice([0, 1e-29, 1, 1e9], size)
    return dict(
        n=size, voxel_volume=8000.0, share=np.array([0, 0.3, 1], real), type=rng.integers(0, 3, size).astype(np.uint8),
        mark=rng.integers(0, 4, size).astype(np.uint8), internal=internal.astype(real), value=np.ones(size, real),
        peak=np.zeros(1, np.int64),
    )  # fmt: skip
