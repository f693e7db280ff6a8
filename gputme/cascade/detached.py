"""Which cells have detached from the tumour: a read-out, on which nothing depends."""

from __future__ import annotations

import numpy as np

from gputme.cascade.clusters import clusters, holding
from gputme.cascade.intravasation import Intravasation
from gputme.state import Tissue
from gputme.vocabulary import Behaviours

__all__ = ["detached"]


def detached(tissue: Tissue, entry: Intravasation) -> dict[str, float]:
    """How many clusters the living cells that may spread make, single ones too, and how many of these cells hold on,
    directly or through others, to none of the largest cluster."""
    there = entry.alive(tissue)
    some = there.those(np.flatnonzero(entry.spreads[there.kind]))
    adhesion = entry.does(tissue, Behaviours.ADHESION, some.place)
    pairs = holding(some.xyz, some.reach, adhesion, some.kind, entry.affinity, entry.given.cohesion)
    sizes = np.unique(clusters(len(some.id), *pairs), return_counts=True)[1]
    return {"tumour clusters": float(len(sizes)), "detached": float(sizes.sum() - sizes.max(initial=0))}
