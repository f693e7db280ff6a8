"""Counting sort: a place in bin order for every cell.

Each cell takes the last free place of its bin, so ``start`` comes in as the end of each bin (the running sum
of the counts) and goes out as its beginning. The order within a bin is whatever the threads made it;
``sort_bins`` settles it.
"""

from __future__ import annotations

import numpy as np

__all__ = ["AGREEMENT", "canonical", "example", "place_cells"]

AGREEMENT = "exact"
GRAIN = 65536  # two threads' atomics cost more than one thread's additions


def place_cells(n, bins, bin, start, order):
    """order (n,): cells bin by bin; bin (n,): bin of each cell; start (bins + 1,): ends in, starts out."""
    order[:n] = np.argsort(bin[:n], kind="stable")
    start[1 : bins + 1] = start[:bins].copy()
    start[0] = 0


def canonical(args: dict, results: dict) -> dict:
    """The results with the cells of each bin ascending: within a bin any order is right."""
    order = results["order"]
    return results | {"order": order[np.lexsort((order, args["bin"][order]))]}


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Cells in bins, some of them empty."""
    bins = max(1, size // 3)
    bin = rng.integers(0, bins, size).astype(np.int32)
    ends = np.cumsum(np.bincount(bin, minlength=bins + 1)).astype(np.int64)
    return dict(n=size, bins=bins, bin=bin, start=ends, order=np.zeros(size, np.int32))
