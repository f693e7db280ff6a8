"""What a cell does: per type, or per cell where a rule sets it. The NumPy twin of ``kernels/behaviour.h``."""

from __future__ import annotations

import numpy as np

__all__ = ["behaviour_of", "example_behaviours"]


def behaviour_of(table, slot, ruled, stride, behaviours, kind, b, cells=slice(None)):
    """Behaviour ``b`` of the given cells: table (types, behaviours), ruled (slots, stride), kind: type per cell."""
    k = int(slot[b])
    if k < 0:
        return table.reshape(-1, behaviours)[:, b][kind[cells]]
    return ruled[k * stride : k * stride + len(kind)][cells]


def example_behaviours(n: int, types: int, count: int, rng: np.random.Generator, real: type) -> dict:
    """Table, slots and ruled values for examples: about a third of the behaviours are set per cell."""
    slot = np.full(count, -1, np.int32)
    chosen = np.flatnonzero(rng.random(count) < 0.3)
    slot[chosen] = np.arange(len(chosen))
    return dict(
        table=rng.random(types * count).astype(real),
        slot=slot,
        ruled=rng.random(max(1, len(chosen) * n)).astype(real),
        stride=n,
        behaviours=count,
    )
