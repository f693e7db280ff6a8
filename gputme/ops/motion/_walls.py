r"""Where a straight way ends within the walls of one axis: by images, however often it meets them.

A box of width w is continued by its images: beyond a reflecting wall stands its mirror image, beyond a periodic
one its copy. A way that goes on straight through k of them ends at x; k = floor((x - lower) / w), and with the
rest t = x - lower - k w it ends in the box at

    lower + t            (periodic, or k even),
    lower + (w - t)      (reflecting, k odd: the way is mirrored, and so is the direction it goes on in).

An absorbing wall ends the way where it meets it: the cell stands at that wall and has left. Each face is of one
kind; what is periodic is so on both faces. Whatever writes a position does it through here: a step
(:mod:`gputme.ops.motion.move`), a division (:mod:`gputme.ops.fate.divide`), the first cells and what a run continues
from. The twin of ``kernels/motion/walls.h``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

__all__ = ["ABSORB", "OPEN", "PERIODIC", "REFLECT", "Ends", "coded", "example_walls", "inward", "within"]

REFLECT, ABSORB, PERIODIC = 0, 1, 2
_WORDS = {"reflect": REFLECT, "absorb": ABSORB, "periodic": PERIODIC}
OPEN = dict(
    walls=0, **dict.fromkeys(("lx", "ly", "lz"), -np.inf), **dict.fromkeys(("ux", "uy", "uz"), np.inf)
)  # the arguments of operations for a box without walls


class Ends(NamedTuple):
    """Where ways end: x within the walls, which were mirrored an odd number of times, which left; (n,) each."""

    x: np.ndarray
    mirrored: np.ndarray
    left: np.ndarray


def inward(lower: Sequence[float], upper: Sequence[float], real: type) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Corners of the largest box in numbers of type ``real`` that does not reach beyond lower and upper (um).

    What lies within it lies in the domain also when it is read back in double.
    """
    low, high = np.array(lower, real), np.array(upper, real)
    low = np.where(low < np.asarray(lower), np.nextafter(low, real(np.inf)), low)
    high = np.where(high > np.asarray(upper), np.nextafter(high, real(-np.inf)), high)
    return tuple(map(float, low)), tuple(map(float, high))


def coded(words: Sequence[str]) -> int:
    """Walls as operations take them, two bits per face, from a word per face (x_min, x_max, y_min, ...)."""
    return sum(_WORDS[word] << 2 * face for face, word in enumerate(words))


def within(x: np.ndarray, lower: float, upper: float, walls: int, axis: int) -> Ends:
    """Ends of ways to x (n,) um between two walls; walls: two bits per face, from x_min. What is NaN stays so."""
    real = x.dtype.type
    lower, upper = real(lower), real(upper)
    below, above = walls >> 4 * axis & 3, walls >> 4 * axis + 2 & 3
    mirrored, left = np.zeros((2, len(x)), bool)
    met = np.flatnonzero(~((x >= lower) & (x <= upper)))
    if not met.size:
        return Ends(x, mirrored, left)
    x, far = x.copy(), x[met]
    low, width = far < lower, float(upper) - float(lower)
    first, second = np.where(low, below, above), np.where(low, above, below)
    t = far.astype(np.float64) - float(lower)
    with np.errstate(invalid="ignore", over="ignore"):  # infinite ways end nowhere
        k = np.floor(t / width)
        rest = t - k * width
        odd = (first == REFLECT) & (k - 2.0 * np.floor(0.5 * k) == 1.0)
        beyond = np.where(low, -t, t - width)
        there = (float(lower) + np.where(odd, width - rest, rest)).astype(real)
    here, across = first == ABSORB, (first == REFLECT) & (second == ABSORB) & (beyond > width)
    there = np.where(here | across, np.where(low != across, lower, upper), np.clip(there, lower, upper))
    x[met], mirrored[met], left[met] = there, odd & ~(here | across), here | across
    return Ends(x, mirrored, left)


def example_walls(rng: np.random.Generator, wraps: Sequence[bool] | None = None) -> int:
    """Walls of every kind, coded; ``wraps``: which axes are periodic, drawn unless given."""
    walls = 0
    for axis in range(3):
        periodic = rng.random() < 0.3 if wraps is None else wraps[axis]
        low, high = (PERIODIC, PERIODIC) if periodic else rng.integers(0, 2, 2)
        walls |= int(low) << 4 * axis | int(high) << 4 * axis + 2
    return walls
