"""Cells of a bin in the order of their ids, so that every sum over neighbours has one order."""

from __future__ import annotations

import numpy as np

from gputme.ops.neighbours.place_cells import example as example_places
from gputme.ops.neighbours.place_cells import place_cells

__all__ = ["AGREEMENT", "example", "sort_bins"]

AGREEMENT = "exact"
GRAIN = 8192


def sort_bins(n, bins, start, id, order):
    """Sort the cells of each bin, order (n,), by id (n, by cell); start (bins + 1,): where bins start."""
    where = np.repeat(np.arange(bins), np.diff(start[: bins + 1]))
    order[:n] = order[:n][np.lexsort((id[order[:n]], where))]


def example(size: int, rng: np.random.Generator, real: type) -> dict:
    """Placed cells with ids in any order."""
    args = example_places(size, rng, real)
    place_cells(**args)
    order = args["order"][np.lexsort((rng.random(size), args["bin"][args["order"]]))]
    id = rng.permutation(size).astype(np.uint64)
    return dict(n=size, bins=args["bins"], start=args["start"], id=id, order=order)
