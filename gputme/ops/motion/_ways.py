"""How a cell goes within a base step: in 2^e steps of its own, straight from one of its turns to the next.

The way of the cell at place k is kept as 16 numbers: two lines of 8, ``x0 y0 z0 radius, Vx Vy Vz reach`` and ``x0 y0 z0
e, Vx Vy Vz -``. Between its turns a cell stands at  x0 + V t,  t being the time since the base step began; at each turn
its next line is written into the other half. So whoever looks in a sub-step at a cell that turns in the same one reads
the line that ends there, never the one that is being written. The twin of ``kernels/motion/ways.h``.
"""

from __future__ import annotations

import numpy as np

from gputme.ops.motion._walls import Ends, within

__all__ = ["FAR", "LEVELS", "STABLE", "WAY", "exponent", "go", "half", "share"]

STABLE = 0.9  # largest product of a step and twice the stiffness: Adams-Bashforth needs less than 1
FAR = 0.1  # largest displacement by forces in a step, in radii
LEVELS = 32  # exponents that are told apart
WAY = 16  # numbers per place


def exponent(asked: np.ndarray) -> np.ndarray:
    """The smallest e for which 2^e steps are at least as many as asked for, at most 31; what is NaN asks for one."""
    with np.errstate(invalid="ignore"):
        fraction, e = np.frexp(asked)
        e = np.where(fraction == 0.5, e - 1, e)
        return np.where(asked > 1, np.where(np.isinf(asked), LEVELS - 1, np.minimum(e, LEVELS - 1)), 0).astype(np.int64)


def share(e: np.ndarray, real: type) -> np.ndarray:
    """2^-e"""
    return np.ldexp(real(1), -np.asarray(e, np.int32)).astype(real)


def half(now: int, top: int, e: np.ndarray) -> np.ndarray:
    """Which half of its numbers says before sub-step ``now`` of 2^top where a cell of 2^e steps stands."""
    return ((now - 1) >> (top - e)) & 1


def go(start, walk, to, lower, upper, walls: int, axis: int) -> Ends:
    """Ends of steps along one axis within walls: the walk first, which is what a wall turns, then the push."""
    start = np.clip(start, start.dtype.type(lower), start.dtype.type(upper))  # no wall is met by rounding alone
    there = start + walk
    walked = within(there, lower, upper, walls, axis)
    end = within(np.where(walked.x == there, to, walked.x + ((to - start) - walk)), lower, upper, walls, axis)
    return Ends(end.x, walked.mirrored, walked.left | end.left)
