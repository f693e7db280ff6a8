"""Which cells have detached from the tumour, and what has become a colony: read-outs, on which nothing depends."""

from __future__ import annotations

import numpy as np

from gputme.cascade.clusters import clusters
from gputme.cascade.intravasation import Intravasation
from gputme.state import Tissue

__all__ = ["colonies", "detached"]


def detached(tissue: Tissue, entry: Intravasation) -> dict[str, float]:
    """How many clusters the living cells that may spread make, single ones too, and how many of these cells hold on,
    directly or through others, to none of the largest cluster."""
    sizes = _sizes(tissue, entry)
    return {"tumour clusters": float(len(sizes)), "detached": float(sizes.sum() - sizes.max(initial=0))}


def colonies(tissue: Tissue, entry: Intravasation, least: int) -> dict[str, float]:
    """How many clusters of at least so many living cells that may spread there are in an organ."""
    return {"colonies": float((_sizes(tissue, entry) >= least).sum())}


def _sizes(tissue: Tissue, entry: Intravasation) -> np.ndarray:
    """Cells in each cluster of living cells that may spread."""
    there = entry.alive(tissue)
    some = there.those(np.flatnonzero(entry.spreads[there.kind]))
    return np.unique(clusters(len(some.id), *entry.holding(tissue, some)), return_counts=True)[1]
