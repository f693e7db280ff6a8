"""Where the cells are that each cell is attached to: its partners are kept by id, and found by a roll of all cells.

    mate[r, i] = the place of the cell whose id is attached[r, i],  where both live and it names cell i, too,

else -1: a bond that only one of the two names, whose partner is gone, dead or has divided, is none.
"""

from __future__ import annotations

import numpy as np

from gputme.ops.bonds._bonds import example_bonded
from gputme.ops.census.roll import by_id, few

__all__ = ["AGREEMENT", "GRAIN", "example", "mates"]

AGREEMENT = "exact"
GRAIN = 512


def mates(n, rows, stride, room, id, death, words, before, order, attached, mate):
    """Write mate, (rows, stride) flat as attached, ids or 0; id, death: (n,); order: the cells in the order of their
    ids, listed from their roll, words and before, by :mod:`gputme.ops.census.compact`."""
    partners, sorted = attached[: rows * stride].reshape(rows, stride)[:, :n], id[order[:n]]
    for r, named in enumerate(partners):
        at = np.minimum(np.searchsorted(sorted, named), n - 1)
        j = order[at]
        stands = (id[j] == named) & (death[j] == 0) & (death[:n] == 0)
        stands &= (partners[:, j] == id[:n]).any(axis=0)
        mate[r * stride : r * stride + n] = np.where(stands, j, -1)


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Bonds of which some are to dead cells, to cells that are gone, or one-sided."""
    known = example_bonded(size, rng, real)
    attached, ids = known["attached"], few(known["cells"]["id"])
    attached[attached > 0] = few(attached[attached > 0])
    lost = rng.random(attached.size) < 0.1
    attached[lost] = rng.choice(np.array([0, 5, 2**40], np.uint64), int(lost.sum()))
    return dict(
        n=size, rows=known["rows"], stride=size, id=ids, death=(rng.random(size) < 0.1).astype(np.uint8), **by_id(ids),
        attached=attached, mate=np.zeros(attached.size, np.int32),
    )  # fmt: skip
