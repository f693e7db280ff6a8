"""Death ends what a cell exchanges: behaviours that are set per cell are multiplied by a factor, once.

A cell that died after ``since`` stops to secrete and to export (factor 0), and takes up its `dead_factor` times what
it took at death. From then on only rules for the dead change these values.
"""

from __future__ import annotations

import numpy as np

from gputme.maths import flush

__all__ = ["AGREEMENT", "cease", "example"]

AGREEMENT = "bitwise"
GRAIN = 1024


def cease(n, types, stride, since, count, row, factor, type, death, phase_start, ruled):
    """Multiply rows ``row`` (count,) of ruled by factor (count, types) in cells that died after tick ``since``."""
    cells = np.flatnonzero((death[:n] != 0) & (phase_start[:n] > since))
    for k in range(count):
        at = row[k] * stride + cells
        ruled[at] = flush(ruled[at] * factor[k * types + type[cells]])


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Some cells died just now, some long ago, some live."""
    types, count, stride = 3, 2, size + 1
    return dict(
        n=size, types=types, stride=stride, since=1000, count=count, row=np.array([3, 1], np.int32),
        factor=rng.choice([0, 0.1, 1, 2], count * types).astype(real),
        type=rng.integers(0, types, size).astype(np.uint8), death=rng.integers(0, 4, size).astype(np.uint8),
        phase_start=rng.integers(980, 1020, size), ruled=rng.random(4 * stride).astype(real),
    )  # fmt: skip
