"""How deep cells have invaded: a percentile of distances of which most are 0."""

from __future__ import annotations

import numpy as np

__all__ = ["percentile"]


def percentile(beyond: np.ndarray, number: int, percent: float) -> float:
    """The percentile of ``number`` distances, linear between neighbours in rank: those ``beyond`` are above 0, the
    others are 0."""
    rank = percent / 100 * (number - 1) - (number - len(beyond))  # among those beyond
    if rank <= -1:
        return 0.0
    values = np.concatenate([[0.0], np.sort(beyond)])  # whoever is not beyond comes right before
    low = int(np.floor(rank))
    high = min(low + 1, len(beyond) - 1)
    return float(values[low + 1] + (rank - low) * (values[high + 1] - values[low + 1]))
