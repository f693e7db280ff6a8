"""Cells in bin order, as the search leaves them: valid arguments for what works on neighbours."""

from __future__ import annotations

import numpy as np

from gputme.ops.neighbours._neighbours import example_cells
from gputme.ops.neighbours.arrange import arrange
from gputme.ops.neighbours.bin_cells import bin_cells
from gputme.ops.neighbours.place_cells import place_cells
from gputme.ops.neighbours.sort_bins import sort_bins

__all__ = ["example_packed"]


def example_packed(size: int, rng: np.random.Generator, real: type, count: int = 20) -> dict:
    """The same cells in bin order, with walls or periods per axis: what forces and contacts work on. ``count``:
    behaviours."""
    cells = example_cells(size, rng, real, count)
    n, side = size, cells["side"]
    widest = 2 * 1.5 * 9.0
    wraps = rng.random(3) < 0.3 if side >= 2 * widest else np.zeros(3, bool)
    if cells["planar"]:
        wraps[2] = False
    bins = [max(1, int(side / (widest * rng.uniform(1, 1.5)))) for _ in range(3)]
    if cells["planar"]:
        bins[2] = 1
    per_um = [real(b / side) for b in bins]
    bin, order = np.empty(n, np.int32), np.empty(n, np.int32)
    count = np.zeros(bins[0] * bins[1] * bins[2] + 1, np.int64)
    zero = real(0)
    bin_cells(n, *bins, zero, zero, zero, *per_um, cells["x"], cells["y"], cells["z"], bin, count)
    start = np.cumsum(count)
    place_cells(n, len(start) - 1, bin, start, order)
    sort_bins(n, len(start) - 1, start, cells["id"], order)
    packed = {name: np.empty(n, real) for name in ("size", "reach", "sx", "sy", "sz")}
    packed["kind"] = np.empty(n, np.uint8)
    conduct = {name: cells[name] for name in ("types", "stride", "behaviours", "table", "slot", "ruled")}
    plain = {name: cells[name] for name in ("type", "radius", "x", "y", "z")}
    arrange(n=n, order=order, **conduct, **plain, **packed)
    periods = {name: side if wrap else 0.0 for name, wrap in zip(("wx", "wy", "wz"), wraps)}
    grid = dict(nx=bins[0], ny=bins[1], nz=bins[2], **periods, start=start, bin=bin, order=order)
    return dict(cells=cells, conduct=conduct, grid=grid, packed=packed)
