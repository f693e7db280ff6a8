"""Sinks and sources of a substrate from all cells, and what the cells book after the solve.

One substrate at a time, so that the accumulator (8 bytes per voxel) and the coefficients of the cells (two
numbers per cell) serve all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Exchange", "Exchanged"]


@dataclass(frozen=True)
class Exchanged:
    """How cells exchange one substrate. Arrays hold one number per cell type, on the backend."""

    first: int  # number of the behaviour `secretion`; target, uptake and export follow
    vmax: Any  # value/min, Michaelis-Menten uptake
    km: Any  # value, its half-saturation
    dead_factor: Any  # factor of uptake in dead cells
    gives: bool  # whether any cell may secrete or export
    grid: Mapping[str, Any]  # gputme.ops._cloud.grid_of the domain, with the substrate's own periodic axes


class Exchange:
    """Deposits the cells' coefficients on the voxels of one tissue.

    ``total``: int64 (voxels,) to add up in, free for other use between deposits; ``spacing``: sides of a voxel, um.
    """

    def __init__(self, kernels: Any, total: Any, spacing: tuple[float, float, float]):
        self.kernels = kernels
        self.voxels = total.size
        self.total = total
        self.voxel_volume = float(np.prod(spacing))
        self.peaks = kernels.zeros(2, np.int64)
        self.taking = self.giving = kernels.zeros(0)

    def deposit(
        self, what: Exchanged, cells: Any, behaviours: Mapping[str, Any], u: Any, sink: Any, source: Any
    ) -> None:
        """Fill sink (1/min) and source (value/min), (voxels,), from all cells.

        ``behaviours``: table, slot, ruled, stride and behaviours, as operations take them. ``u``: the field
        that saturating uptake sees; for Picard iterations deposit again with the newest one.
        """
        k, n = self.kernels, cells.n
        if self.taking.size < n:
            self.taking, self.giving = (k.zeros(cells.capacity) for _ in range(2))
        where = dict(x=cells.x, y=cells.y, z=cells.z)
        self.peaks[...] = 0
        self.total[...] = 0
        k.exchange(
            n=n, **what.grid, voxel_volume=self.voxel_volume, types=what.vmax.size, first=what.first, **behaviours,
            vmax=what.vmax, km=what.km, dead_factor=what.dead_factor, **where, type=cells.type,
            death=cells.death, fluid=cells.fluid, nuclear=cells.nuclear, cytoplasmic=cells.cytoplasmic, u=u,
            taking=self.taking, giving=self.giving, peaks=self.peaks,
        )  # fmt: skip
        shares = ((self.taking, self.peaks[:1], sink), (self.giving, self.peaks[1:], source))
        for value, peak, out in shares[: 1 + what.gives]:
            k.deposit(n=n, **what.grid, **where, value=value, peak=peak, total=self.total)
            k.convert(voxels=self.voxels, n=n, peak=peak, total=self.total, out=out)
        if not what.gives:
            source[...] = 0

    def collect(self, what: Exchanged, cells: Any, u: Any, dt: float, internal: Any) -> None:
        """Add to ``internal`` (n,) what each cell gained, by the latest deposit, in a step of dt min to u."""
        self.kernels.collect(
            n=cells.n, **what.grid, amount=self.voxel_volume * dt,
            x=cells.x, y=cells.y, z=cells.z, taking=self.taking, giving=self.giving, u=u, internal=internal,
        )  # fmt: skip
