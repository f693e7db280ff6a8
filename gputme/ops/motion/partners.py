"""Who may come within reach of each cell of several steps, while the base step lasts: lists of places, ascending.

Cell j stands in the list of i where  |x_i - x_j| < wide_i + wide_j  (:mod:`gputme.ops.motion.pace`). Lists that do not
fit their row are cut off, and cells beyond the last row have none; ``longest`` and the count of cells tell the caller
how much room there should be.
"""

from __future__ import annotations

import numpy as np

from gputme.ops.motion._ways import LEVELS
from gputme.ops.motion.depart import depart, example_departed
from gputme.ops.motion.enlist import enlist
from gputme.ops.neighbours._neighbours import Grid, reachable

__all__ = ["AGREEMENT", "GRAIN", "example", "example_listed", "partners"]

AGREEMENT = "exact"
GRAIN = 2  # shares of the active cells


def partners(
    n, parts, nx, ny, nz, lx, ly, lz, bx, by, bz, wx, wy, wz, rows, width, start, sx, sy, sz, wide, count, active, peak,
    length, list, longest,
):  # fmt: skip
    """Write list (rows, width) and length (rows,) of the active cells; raise longest (1,).

    By place: sx, sy, sz, wide.
    """
    real = sx.dtype.type
    places = active[: min(int(count[1:LEVELS].sum()), rows)]
    widest = real(np.int64(peak[3]).view(np.float64))
    grid = Grid((nx, ny, nz), (wx, wy, wz), start)
    here = (sx[:n], sy[:n], sz[:n], wide[:n])
    total = np.zeros(len(places), np.int64)
    table = list[: rows * width].reshape(rows, width)
    for a, j, *_ in reachable(grid, (lx, ly, lz, bx, by, bz), places, *here, widest):
        count_here = np.bincount(a, minlength=len(places))
        nth = np.arange(len(a)) - (np.cumsum(count_here) - count_here)[a]
        total += count_here
        table[a[nth < width], nth[nth < width]] = j[nth < width]
    length[: len(places)] = np.minimum(total, width)
    longest[0] = max(longest[0], total.max(initial=0))


def example_listed(size: int, rng: np.random.Generator, real: type) -> tuple[dict, dict]:
    """Arguments of this operation, and what is known beside of the same cells, which have departed."""
    args, known = example_departed(size, rng, real)
    depart(**args)
    known |= dict(taken=np.zeros(LEVELS, np.int64), active=np.zeros(size, np.int32))
    enlist(**{name: known[name] for name in ("n", "level", "count", "taken", "active")})
    rows, width = max(1, int(size * rng.choice([0.05, 1]))), int(rng.choice([8, 128, 600]))
    known |= dict(
        rows=rows, width=width, length=np.zeros(rows, np.int32), list=np.zeros(rows * width, np.int32),
        longest=np.zeros(1, np.int64),
    )  # fmt: skip
    names = (
        "n", "parts", "nx", "ny", "nz", "lx", "ly", "lz", "bx", "by", "bz", "wx", "wy", "wz", "rows", "width", "start",
        "sx", "sy", "sz", "wide", "count", "active", "peak", "length", "list", "longest",
    )  # fmt: skip
    return {name: known[name] for name in names}, known


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells of several steps with and without room for their partners."""
    return example_listed(size, rng, real)[0]
