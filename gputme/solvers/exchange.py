"""Sinks and sources of a substrate from all cells, and what the cells book after the solve.

One substrate at a time, so that the accumulator (8 bytes per voxel) and the coefficients of the cells (two
numbers per cell) serve all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from gputme.backends import Following, Kernels, Ready
from gputme.columns import PARTS
from gputme.maths import bits
from gputme.solvers.ways import Way

__all__ = ["Exchange", "Exchanged", "spread"]

ALL_IN_ONE = dict(nx=1, ny=1, nz=1, periodic=0, nearest=1)  # a grid of one voxel: a sum over all cells


@dataclass(frozen=True)
class Exchanged:
    """How cells exchange one substrate. Arrays hold the cell types, then the dead of each, on the backend."""

    first: int  # number of the behaviour `secretion`; target, uptake and export follow
    table: Any  # (2 * types * behaviours,) base values of behaviours
    vmax: Any  # value/min, Michaelis-Menten uptake
    km: Any  # value, its half-saturation
    gives: bool  # whether any cell may secrete or export
    takes: bool  # whether any cell may secrete towards a target or take up
    saturates: bool  # whether any uptake saturates (Michaelis-Menten)
    demands: bool  # whether any export may be negative
    grid: Mapping[str, Any]  # gputme.ops.exchange._cloud.grid_of the domain, with the substrate's own periodic axes

    @property
    def follows(self) -> bool:
        """Whether what cells ask for depends on the field, so that it is found by iteration."""
        return self.saturates or self.demands


def spread(
    kernels: Any, grid: Mapping[str, Any], where: Mapping[str, Any], values: np.ndarray, total: Any, out: Any
) -> Any:  # fmt: skip
    """Add up values of points, (n,) on the host, at the places ``where`` (x, y, z on the backend) in out (voxels,), by
    weight and without rounding; total: int64 (voxels,), zero before and after. Returns the values on the backend."""
    n, value = values.size, kernels.array(values)
    peak = kernels.array(bits(np.abs(values).astype(kernels.real)).max(initial=0, keepdims=True), np.int64)
    if n:
        kernels.deposit(n=n, **grid, **where, value=value, peak=peak, total=total)
    kernels.convert(voxels=total.size, n=max(n, 1), peak=peak, total=total, out=out)
    return value


class Exchange:
    """Deposits the cells' coefficients on the voxels of one tissue.

    ``total``: int64 (voxels,) to add up in, free for other use between deposits; ``spacing``: sides of a voxel, um.
    """

    def __init__(self, kernels: Kernels, total: Any, spacing: tuple[float, float, float]):
        self.kernels = kernels
        self.voxels = total.size
        self.total = total
        self.voxel_volume = float(np.prod(spacing))
        self.peaks = kernels.zeros(4, np.int64)
        self.each = [self.peaks[i : i + 1] for i in range(4)]
        self.sum = kernels.zeros(1, np.int64)
        self._asks: dict[int, Following] = {}  # what cells ask for, by the substrate's first behaviour
        self._gain: dict[int, Ready] = {}
        self.taking = self.giving = self.easing = self.demand = kernels.zeros(0)
        self.wanted = self.met = kernels.zeros(0)

    def depositing(
        self, what: Exchanged, cells: Any, behaviours: Mapping[str, Any], u: Any, sink: Any, source: Any,
        easing: Any = None,
    ) -> Way:  # fmt: skip
        """Fill sink (1/min) and source (value/min), (voxels,), from all cells.

        ``behaviours``: table, slot, ruled, stride and behaviours, as operations take them. ``u``: the field that
        uptake that saturates and demands see; to iterate, deposit again with the newest one. ``easing``: (voxels,),
        needed then, is filled with what the sinks lose as u rises, 1/min.
        """
        self._make_room(what, cells)
        self.peaks[...] = 0
        self.total[...] = 0
        if what.first not in self._asks:
            self._asks[what.first] = self.kernels.following()
        asks = partial(self._ask, what, cells, behaviours, u, sink, source, easing)
        yield self._asks[what.first]((cells.bits, u), asks, n=cells.n)
        if not what.takes:
            sink[...] = 0
        if not what.gives:
            source[...] = 0
        if what.demands:
            if not what.saturates:
                easing[...] = 0
            self.kernels.claim(
                voxels=self.voxels, wanted=self.wanted, u=u, sink=sink, easing=easing, per_met=self.met
            )

    def _ask(self, what: Exchanged, cells: Any, behaviours: Mapping[str, Any], u: Any, *outs: Any) -> list[Ready]:
        """What each cell asks for, and the sums of it that there are, of what takes, gives, eases and demands."""
        k, n, add = self.kernels, dict(n=cells.n), dict(total=self.total)
        where = {axis: getattr(cells, axis) for axis in "xyz"}
        columns = {name: getattr(cells, name) for name in ("type", "death", *PARTS)}
        values = dict(taking=self.taking, giving=self.giving, easing=self.easing, demand=self.demand)
        launches = [
            k.exchange.ready(
                **n, **what.grid, voxel_volume=self.voxel_volume, types=what.vmax.size // 2, first=what.first,
                saturates=what.saturates, demands=what.demands, vmax=what.vmax, km=what.km, u=u, peaks=self.peaks,
                **where, **columns, **{**behaviours, "table": what.table}, **values,
            )
        ]  # fmt: skip
        shares = what.takes, what.gives, what.saturates, what.demands
        for there, value, peak, out in zip(shares, values.values(), self.each, (*outs, self.wanted)):
            if there:
                launches.append(k.deposit.ready(**n, **what.grid, **where, **add, value=value, peak=peak))
                launches.append(k.convert.ready(**n, voxels=self.voxels, **add, peak=peak, out=out))
        return launches

    def _make_room(self, what: Exchanged, cells: Any) -> None:
        """Arrays for all cells, and those that few scenarios need."""
        zeros, remake = self.kernels.zeros, self.kernels.remake
        if self.taking.size < cells.capacity:
            remake(self, ("taking", "giving"), cells.capacity)
        if self.easing.size < what.saturates * cells.capacity:
            remake(self, ("easing",), cells.capacity)
        if self.demand.size < what.demands * cells.capacity:
            remake(self, ("demand",), cells.capacity)
        if self.wanted.size < what.demands * self.voxels:
            self.wanted, self.met = zeros(self.voxels), zeros(self.voxels)

    def unmet(self, what: Exchanged, cells: Any, u: Any, dt: float, amount: Any) -> None:
        """Add to ``amount`` (1,) what cells demanded in a step of dt min to u and did not get, value um3.

        What they got is taken from ``giving``, so that ``collect`` books it."""
        k, n, peak, missing = self.kernels, cells.n, self.peaks[:1], self.easing
        if missing.size < n:
            missing = self.easing = k.zeros(cells.capacity)
        where = dict(x=cells.x, y=cells.y, z=cells.z)
        peak[...] = self.sum[...] = 0
        self.met *= u
        k.unmet(n=n, **what.grid, **where, demand=self.demand, met=self.met, missing=missing, peak=peak)
        self.giving[:n] -= self.demand[:n]
        self.giving[:n] += missing[:n]
        k.deposit(n=n, **(what.grid | ALL_IN_ONE), **where, value=missing, peak=peak, total=self.sum)
        k.tally(n=n, volume=self.voxel_volume, dt=dt, peak=peak, total=self.sum, amount=amount)

    def release(
        self, what: Exchanged, cells: Any, mark: Any, share: Any, internal: Any, u: Any, debt: Any
    ) -> None:  # fmt: skip
        """Give the field u the share, (types,), of what cells hold that leave by their ``mark``
        (:mod:`gputme.ops.exchange.unload`); what rounding keeps of it is added to debt (1,), value times voxels."""
        k, n, peak = self.kernels, cells.n, self.each[1]
        self._make_room(what, cells)
        peak[...] = self.sum[...] = 0
        self.total[...] = 0
        k.unload(
            n=n, voxel_volume=self.voxel_volume, share=share, type=cells.type, mark=mark, internal=internal,
            value=self.giving, peak=peak,
        )  # fmt: skip
        where = {axis: getattr(cells, axis) for axis in "xyz"}
        k.deposit(n=n, **what.grid, **where, value=self.giving, peak=peak, total=self.total)
        k.receive(voxels=self.voxels, n=n, peak=peak, total=self.total, u=u, owed=self.sum)
        k.tally(n=n, volume=1.0, dt=1.0, peak=peak, total=self.sum, amount=debt)

    def collect(self, what: Exchanged, cells: Any, u: Any, dt: float, internal: Any) -> None:
        """Add to ``internal`` (n,) what each cell gained, by the latest deposit, in a step of dt min to u."""
        if what.first not in self._gain:
            self._gain[what.first] = self.kernels.collect.ready(**what.grid)
        self._gain[what.first](cells, self, amount=self.voxel_volume * dt, u=u, internal=internal)
