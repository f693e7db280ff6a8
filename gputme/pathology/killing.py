"""How well T cells kill: kills per T cell and day in contact."""

from __future__ import annotations

import numpy as np

__all__ = ["killing"]

DAY = 1440.0  # min


def killing(time: np.ndarray, kills: np.ndarray, contact: np.ndarray) -> np.ndarray:
    """Kills since the first row over the days that T cells have been in contact since then, 1/d; NaN before any was.

    ``time``: min; ``kills``: since time 0; ``contact``: T cells in contact, which changes linearly in between; (rows,).
    """
    days = np.zeros(len(time))
    days[1:] = np.cumsum(0.5 * (contact[1:] + contact[:-1]) * np.diff(time)) / DAY
    return np.divide(kills - kills[:1], days, out=np.full(len(time), np.nan), where=days > 0)
