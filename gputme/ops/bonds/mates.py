"""Where the cells are that each cell is attached to: its partners are kept by id, and found in the sorted ids.

    mate[r, i] = the place of the cell whose id is attached[r, i],  where both live and it names cell i, too,

else -1: a bond that only one of the two names, whose partner is gone, dead or has divided, is none.
"""

from __future__ import annotations

import numpy as np

from gputme.ops.bonds._bonds import example_bonded

__all__ = ["AGREEMENT", "GRAIN", "example", "mates"]

AGREEMENT = "exact"
GRAIN = 512


def mates(n, rows, stride, id, death, sorted, order, attached, mate):
    """Write mate, (rows, stride) flat as attached, ids or 0; id, death: (n,); sorted: the ids, ascending, and order:
    the cells in the order of their ids."""
    partners = attached[: rows * stride].reshape(rows, stride)[:, :n]
    for r, named in enumerate(partners):
        at = np.minimum(np.searchsorted(sorted[:n], named), n - 1)
        j = order[at]
        stands = (id[j] == named) & (death[j] == 0) & (death[:n] == 0)
        stands &= (partners[:, j] == id[:n]).any(axis=0)
        mate[r * stride : r * stride + n] = np.where(stands, j, -1)


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Bonds of which some are to dead cells, to cells that are gone, or one-sided."""
    known = example_bonded(size, rng, real)
    attached, ids = known["attached"], known["cells"]["id"]
    lost = rng.random(attached.size) < 0.1
    attached[lost] = rng.choice(np.array([0, 5, 2**40], np.uint64), int(lost.sum()))
    order = np.argsort(ids, kind="stable")
    return dict(
        n=size, rows=known["rows"], stride=size, id=ids, death=(rng.random(size) < 0.1).astype(np.uint8),
        sorted=ids[order], order=order, attached=attached, mate=np.zeros(attached.size, np.int32),
    )  # fmt: skip
