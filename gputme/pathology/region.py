"""Where the tumour is: its region among squares, how deep each lies in it, and what is core and what margin.

A square belongs to the tumour where cells of tumour types, alive or dead, cover a quarter of the window of three
squares a side around it, and where such squares enclose it: necrosis that has dissolved, vessels and stroma inside
count, a few cells that have walked away do not. The *depth* of a square is the distance of its centre from the edge,
um: positive inside, negative outside. *Margin* is what lies no farther from the edge than its width to either side,
*core* what lies deeper. The width is 500 um, or half of the greatest depth where that is less: a small tumour has a
core, too. All of this is design choice.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["COVERED", "WIDTH", "bands", "closed", "covered", "depth", "distance", "filled"]

COVERED = 0.25  # of a window, by cells of the tumour
WIDTH = 500.0  # um, of the margin to either side of the edge
QUANTA = 1024.0  # per um2 or um3: whole numbers, whose sums no order of cells can change


def filled(at: np.ndarray, radius: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """What cells fill of each square, in quanta of um2 or um3: whole float64, of ``shape``. ``at``: the square of each
    cell; ``radius``: theirs, um, each fills a disc (2D) or ball (3D)."""
    r = np.asarray(radius, np.float64)
    size = np.pi * r**2 if len(shape) == 2 else 4 / 3 * np.pi * r**3
    return np.bincount(at, np.rint(size * QUANTA), int(np.prod(shape))).reshape(shape)


def covered(full: np.ndarray, content: float) -> np.ndarray:
    """The share of its window that is filled, for each square; windows are smaller at faces of the domain. ``full``: as
    `filled` gives it; ``content``: um2 or um3 of a square."""
    return _window(full) / (_window(np.ones(full.shape)) * (content * QUANTA))


def _window(values: np.ndarray) -> np.ndarray:
    """Sums over three squares a side; there are none beyond the faces."""
    for axis in range(values.ndim):
        along = np.moveaxis(values, axis, 0)
        total = along.copy()
        total[1:] += along[:-1]
        total[:-1] += along[1:]
        values = np.moveaxis(total, 0, axis)
    return values


def closed(mask: np.ndarray) -> np.ndarray:
    """The squares of ``mask`` (bool) and those they enclose: what no way along sides leads to from a face."""
    free = ~mask
    outside = np.zeros_like(mask)
    ways = [(np.moveaxis(outside, axis, 0), np.moveaxis(free, axis, 0)) for axis in range(mask.ndim)]
    for reached, open_ in ways:
        reached[0] |= open_[0]
        reached[-1] |= open_[-1]
    before = -1
    while (now := np.count_nonzero(outside)) != before:
        before = now
        for reached, open_ in ways:
            for i in range(1, len(reached)):
                reached[i] |= reached[i - 1] & open_[i]
            for i in range(len(reached) - 2, -1, -1):
                reached[i] |= reached[i + 1] & open_[i]
    return ~outside


def distance(mask: np.ndarray, sides: Sequence[float], most: float = np.inf) -> np.ndarray:
    """Distance of each centre from the nearest centre in ``mask``, um; inf where none is within ``most``. ``sides``: x
    first."""
    squared = np.where(mask, 0.0, np.inf)
    for axis, side in zip(range(mask.ndim), reversed(sides)):
        here = np.moveaxis(squared, axis, 0)
        nearest = here.copy()
        for k in range(1, 1 + int(min(len(here) - 1, most // side))):
            way = (k * side) ** 2
            np.minimum(nearest[k:], here[:-k] + way, out=nearest[k:])
            np.minimum(nearest[:-k], here[k:] + way, out=nearest[:-k])
        squared = np.moveaxis(nearest, 0, axis)
    found = np.sqrt(squared)
    return np.where(found <= most, found, np.inf)


def depth(region: np.ndarray, sides: Sequence[float], most: float = np.inf) -> np.ndarray:
    """How deep each centre lies in the region, um; outside it is negative. The edge lies half a side from the centres
    next to it; without one within ``most``, +inf or -inf."""
    half = 0.5 * float(np.mean(sides))
    inside, outside = (distance(there, sides, most + half) for there in (~region, region))
    return np.where(region, inside - half, half - outside)


def bands(deep: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The squares of core and margin, bool each, of depths as `depth` gives them, up to twice `WIDTH` at least."""
    width = min(WIDTH, 0.5 * float(deep.max(initial=0.0)))
    return deep > width, np.abs(deep) <= width
