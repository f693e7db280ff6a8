"""Who is near a cell: the search over bins. NumPy twin of ``kernels/neighbours/neighbours.h``.

Cells stand in (bin, id) order, so every sum over neighbours runs in that order and does not depend on where a
cell lies in memory, on threads or on history. In NumPy each pair is found once, from its first cell (half the
search), and :func:`add_pairs` still adds in exactly the order of the kernel: for each cell first what comes
before it, ascending, then what comes after it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gputme.ops.behaviour import example_behaviours

__all__ = ["Grid", "add_pairs", "example_cells", "nearest", "pairs", "reachable"]

CHUNK = 4096  # cells whose pairs are held at once: they fit a processor's cache


class Grid:
    """Bins (nx, ny, nz), x fastest, the periods of the axes (0: walls) and the first place of each bin."""

    def __init__(self, bins, periods, start):
        self.bins, self.periods, self.start = bins, periods, start


def _around(c, n, wraps, t):
    """The t-th of the at most three bins around c, ascending, -1 where there is none."""
    if not wraps:
        v = c - 1 + t
        return np.where(v < n, v, -1)
    if n < 3:
        return np.full_like(c, t if t < n else -1)
    first, last = (n - 1 if t == 2 else t), (0 if t == 0 else n - 3 + t)
    return np.where(c == 0, first, np.where(c == n - 1, last, c - 1 + t))


def _ranges(grid: Grid, k: np.ndarray, bin: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places to look for partners after cell k: first and end of each range, (cells, ranges), ascending."""
    nx, ny, nz = grid.bins
    wx, wy, wz = (w > 0 for w in grid.periods)
    row, cx = np.divmod(bin, nx)
    cz, cy = np.divmod(row, ny)
    left, right = np.maximum(cx - 1, 0), np.minimum(cx + 1, nx - 1)
    pieces = [(left, right)]
    if wx and nx >= 3:
        low, high = cx == 0, cx == nx - 1
        none = np.full_like(cx, -2)
        pieces = [
            (np.where(high, 0, left), np.where(high, 0, right)),
            (np.where(low, nx - 1, np.where(high, nx - 2, 0)), np.where(low | high, nx - 1, none)),
        ]
    first, end = [], []
    for tz in range(0 if wz else 1, 3):
        layer = _around(cz, nz, wz, tz)
        for ty in range(0 if wy or wz or tz > 1 else 1, 3):
            line = _around(cy, ny, wy, ty)
            there = (layer >= 0) & (line >= 0)
            base = np.where(there, (layer * ny + line) * nx, 0)
            for a, b in pieces:
                lo, hi = grid.start[base + a], grid.start[base + np.maximum(b, -1) + 1]
                first.append(np.maximum(lo, k + 1))
                end.append(np.where(there & (b >= 0), hi, 0))
    return np.array(first).T, np.array(end).T


def _image(d: np.ndarray, w) -> np.ndarray:
    """The nearest image of a distance along an axis of period w; d itself where w is 0."""
    if not w > 0:
        return d
    half = d.dtype.type(0.5) * w
    return np.where(d > half, d - w, np.where(d < -half, d + w, d))


def nearest(d: np.ndarray, w) -> np.ndarray:
    """The same for a distance of any number of periods."""
    if not w > 0:
        return d
    return d - w * np.floor((d / w).astype(np.float64) + 0.5).astype(d.dtype)


def pairs(grid: Grid, bin, x, y, z, radius, reach, chunk: int = CHUNK) -> Iterator[tuple[np.ndarray, ...]]:
    """Pairs a < b (places) within max(radius, reach) of both: a, b, dx, dy, dz (x_a - x_b) and d2, ascending.

    bin, x, y, z, radius, reach: by place, (n,). One batch for ``chunk`` first cells at a time.
    """
    n = len(x)
    cut = np.maximum(radius, reach)
    for k0 in range(0, n, chunk):
        k = np.arange(k0, min(n, k0 + chunk))
        first, end = _ranges(grid, k, bin[k].astype(np.int64))
        counts = np.maximum(end - first, 0)
        flat = counts.ravel()
        stop = np.cumsum(flat)
        b = np.arange(stop[-1]) + np.repeat(first.ravel() - (stop - flat), flat)
        a = np.repeat(k, counts.sum(axis=1))
        dx, dy, dz = (_image(v[a] - v[b], w) for v, w in zip((x, y, z), grid.periods))
        d2 = dx * dx + dy * dy
        d2 += dz * dz
        limit = cut[a] + cut[b]
        hit = np.flatnonzero(d2 < limit * limit)
        yield tuple(v[hit] for v in (a, b, dx, dy, dz, d2))


def reachable(grid: Grid, corner, places, x, y, z, wide, widest, chunk: int = CHUNK) -> Iterator[tuple]:
    """Who is nearer to the cells at ``places`` than ``wide`` of both: numbers a of the cells among ``places``, places b
    of the others, and dx, dy, dz (x_a - x_b), ascending; one batch for ``chunk`` cells at a time.

    corner: lower corner of the first bin (um) and bins per um, three each; x, y, z, wide: (n,) um by place; widest:
    the largest of wide.
    """
    nx, ny, _ = grid.bins
    for first_cell in range(0, len(places), chunk):
        some = places[first_cell : first_cell + chunk]
        far = (wide[some] + widest) * wide.dtype.type(1.001)
        spans = [
            _span(v[some], far, lower, per_um, n, w > 0)
            for v, lower, per_um, n, w in zip((x, y, z), corner[:3], corner[3:], grid.bins, grid.periods)
        ]
        (x_runs, _), (_, y_bins), (_, z_bins) = spans
        first, end = [], []
        for layer in z_bins:
            for line in y_bins:
                base = np.where((layer >= 0) & (line >= 0), (layer * ny + line) * nx, 0)
                for a, b in x_runs:
                    there = (layer >= 0) & (line >= 0) & (b >= a)
                    first.append(np.where(there, grid.start[base + a], 0))
                    end.append(np.where(there, grid.start[base + np.maximum(b, 0) + 1], 0))
        first, end = np.array(first).T, np.array(end).T
        flat = (end - first).ravel()
        stop = np.cumsum(flat)
        b = np.arange(stop[-1]) + np.repeat(first.ravel() - (stop - flat), flat)
        a = np.repeat(np.arange(len(some)), (end - first).sum(axis=1))
        dx, dy, dz = (_image(v[some[a]] - v[b], w) for v, w in zip((x, y, z), grid.periods))
        d2 = dx * dx + dy * dy
        d2 += dz * dz
        limit = wide[some[a]] + wide[b]
        hit = np.flatnonzero((d2 < limit * limit) & (b != some[a]))
        yield a[hit] + first_cell, b[hit], dx[hit], dy[hit], dz[hit]


def _span(at, far, lower, per_um, n: int, wraps: bool) -> tuple[list, list]:
    """The bins within ``far`` of ``at`` along an axis: as two runs (first, last) per cell, and singly (-1: none)."""
    lo, hi = (np.floor(((v - lower) * per_um).astype(np.float64)) for v in (at - far, at + far))
    lo, hi = (np.nan_to_num(v, nan=0.0) for v in (lo, hi))
    whole = hi - lo + 1 >= n if wraps else np.zeros(len(at), bool)
    if not wraps:
        lo, hi = np.clip(lo, 0, n - 1), np.clip(hi, 0, n - 1)
    lo, hi = np.where(whole, 0, lo).astype(np.int64), np.where(whole, n - 1, hi).astype(np.int64)
    below, above = lo < 0, hi >= n
    none = np.zeros_like(lo)
    runs = [
        (np.where(above, 0, np.maximum(lo, 0)), np.where(above, hi - n, hi)),
        (np.where(below, n + lo, np.where(above, lo, none + 1)), np.where(below | above, n - 1, none)),
    ]
    bins = []
    for t in range(int((hi - lo).max(initial=-1)) + 1):
        of_first = runs[0][1] - runs[0][0] + 1
        bin = np.where(t < of_first, runs[0][0] + t, runs[1][0] + t - of_first)
        bins.append(np.where(t <= hi - lo, bin, -1))
    return runs, bins


def add_pairs(total: np.ndarray, a: np.ndarray, b: np.ndarray, value: np.ndarray, sign: int = 1) -> None:
    """Add ``value`` to cell a and ``sign * value`` to cell b of each pair, in the kernel's order."""
    np.add.at(total, b, value if sign > 0 else -value)
    np.add.at(total, a, value)


def example_cells(size: int, rng: np.random.Generator, real: type, count: int = 20) -> dict:
    """Cells in a box: about ten neighbours each, three types, a few dead, some behaviours ruled."""
    types = 3
    radius = rng.uniform(3, 9, size).astype(real)
    planar = int(rng.integers(2))
    side = max(40.0, (size * 1600.0) ** (1 / 3)) if not planar else max(40.0, (size * 180.0) ** 0.5)
    x, y, z = rng.uniform(0, side, (3, size)).astype(real)
    if planar:
        z[:] = 5
    if size > 3:
        x[1], y[1], z[1] = x[0], y[0], z[0]  # coincident
    conduct = example_behaviours(size, types, count, rng, real)
    table = conduct["table"].reshape(types, count)
    table[:, 5:9] = rng.uniform((0.1, 5, 1.1, -0.5), (1, 20, 1.5, 1), (types, 4))
    for b, low, high in ((7, 0.8, 1.5), (8, -0.5, 1)):
        if conduct["slot"][b] >= 0:
            row = conduct["slot"][b] * size
            conduct["ruled"][row : row + size] = rng.uniform(low, high, size)
    return dict(
        **conduct, types=types, side=side, planar=planar, radius=radius, x=x, y=y, z=z,
        id=rng.permutation(size).astype(np.uint64) + np.uint64(2**33),
        type=rng.integers(0, types, size).astype(np.uint8),
        death=rng.choice(np.array([0, 0, 0, 1, 2, 3], np.uint8), size),
    )  # fmt: skip
