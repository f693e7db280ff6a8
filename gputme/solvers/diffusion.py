"""One substrate's field: diffusion, decay, the cells' sinks and sources, walls and fixed voxels, one step at a time.

    du/dt = div(D grad u) - decay u - sink u + source

on finite volumes, everything inside one linear operator, so that steady states do not depend on the step.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from gputme.backends import Kernels
from gputme.errors import RunError
from gputme.solvers.axis import FaceLike
from gputme.solvers.choice import SCHEMES
from gputme.solvers.grids import Workspace, medium
from gputme.solvers.multigrid import NOTHING, Multigrid
from gputme.solvers.split import SplitSweeps

__all__ = ["Diffusion"]


class Diffusion:
    """The field solver of one substrate.

    shape: (nz, ny, nx); spacing: (dx, dy, dz) um; diffusion: um2/min; decay: 1/min. faces: conditions by name
    (``x_min`` ... ``z_max``), a missing one is no-flux. fixed: (mask, values) of the whole grid, or None.
    diffusion_map: (nz, ny, nx) factors of ``diffusion``, or None. scheme: "implicit" (backward Euler), "steady"
    (no time derivative), "explicit" (sub-steps as stability asks) or "lod" (split sweeps, for comparison with
    BioFVM); :mod:`gputme.solvers.choice` chooses. Raises ValueError where these do not go together.

    After a step, ``unsolved`` is the residual that its solve left, as a multiple of what was asked (up to 1: it
    converged), and ``corrected`` by what share the balance had to change the field.
    """

    def __init__(
        self,
        kernels: Kernels,
        shape: tuple[int, int, int],
        spacing: tuple[float, float, float],
        diffusion: float,
        decay: float,
        faces: Mapping[str, FaceLike] | None = None,
        fixed: tuple[np.ndarray, np.ndarray] | None = None,
        diffusion_map: np.ndarray | None = None,
        scheme: str = "implicit",
        tolerance: float = 1e-4,
        max_cycles: int = 50,
        workspace: Workspace | None = None,
    ):
        faces = faces or {}
        self.kernels = kernels
        self.workspace = workspace or Workspace(kernels, shape, spacing)
        self.decay = float(decay)
        self.tolerance, self.max_cycles = tolerance, max_cycles
        self.cycles = 0  # V-cycles of the last step
        self.unsolved = self.corrected = 0.0
        diffusion, relative = medium(float(diffusion), diffusion_map)
        sides = [n * h for n, h in zip(shape[::-1], spacing) if n > 1]
        slowest = diffusion if relative is None else diffusion * relative[relative > 0].min()
        self._pace = self.decay + (math.pi**2 * slowest / max(sides) ** 2 if sides else 0.0)  # 1/min
        self._fixed = None
        if fixed is not None and np.any(fixed[0]):
            index = np.flatnonzero(np.asarray(fixed[0], bool).ravel())
            values = np.broadcast_to(fixed[1], shape).ravel()[index]
            self._fixed = kernels.array(index, np.int64), kernels.array(values)
        if scheme not in SCHEMES:
            raise ValueError(f"unknown scheme '{scheme}': choose {', '.join(SCHEMES)}")
        self.scheme = scheme
        mask = None if self._fixed is None else np.asarray(fixed[0], bool)
        self.grid = Multigrid(self.workspace, diffusion, faces, relative, mask)
        walls = bool(kernels.host(self.grid.wall_loss).any())
        if scheme == "steady" and not (decay > 0 or walls or self._fixed):
            raise ValueError("scheme 'steady' needs a decay, a wall that is not no-flux, or a fixed voxel")
        still = np.broadcast_to(diffusion * (1.0 if relative is None else relative) == 0, shape)
        if scheme == "steady" and not decay and (still if mask is None else still & ~mask).any():
            raise ValueError("scheme 'steady' needs a decay where nothing diffuses: choose another scheme")
        if scheme == "lod":
            self._sweeps = SplitSweeps(self.workspace, diffusion, decay, faces, relative is not None)
        self._prepare()

    def _prepare(self) -> None:
        """The launches of a step, with what never changes."""
        k, work, grid, scheme = self.kernels, self.workspace, self.grid, self.scheme
        nx, ny, nz = work.grids[0].counts
        own, walls, held = grid.operator(0), dict(wall_loss=grid.wall_loss, wall_gain=grid.wall_gain), grid.held
        alone, closed = own, walls  # what is solved for, where it is not the whole operator: voxels without links
        if scheme == "explicit":
            m, none = sum(work.grids[0].counts), k.zeros(2 * sum(work.grids[0].counts), np.float64)
            alone = work.grids[0].dims() | dict(periodic=0, varied=0, links=k.zeros(4 * m), faces=k.zeros(1))
            closed = dict(wall_loss=none, wall_gain=none)
            self._divide = [k.smooth.ready(**alone, colour=colour, b=work.b) for colour in (0, 1)]
            self._norm = k.residual_norm.ready(**alone, fastest=0.0, b=work.b, peak=work.peak)
        self._largest = k.largest.ready(rows=ny * nz, nx=nx, peak=work.peak)
        self._collect = k.right_hand_side.ready(
            **own, **walls, held=held, explicit_flux=int(scheme == "explicit"), b=work.b, income=work.sum
        )
        self._rescale = k.rescale.ready(**alone, held=held, wall_loss=closed["wall_loss"], outgo=work.sum)

    def hold(self, u: Any, sink: Any) -> None:
        """Write the fixed voxels' values into u and their mark (-1) into sink."""
        if self._fixed:
            index, values = self._fixed
            u[index] = values
            sink[index] = -1

    def step(
        self, u: Any, sink: Any, source: Any, dt: float, debt: float = 0.0, guess: Any = None, closed: bool = True,
        count: int = 1,
    ) -> float:  # fmt: skip
        """Advance u by dt (min), in place; returns the new debt.

        sink (1/min, >= 0, without decay) and source (value/min): (nz*ny*nx,), summed over cells; sinks of fixed
        voxels are overwritten by their mark. debt: what rounding has kept from the balance so far, in value times
        voxels; it is paid in the next step and belongs into a checkpoint. guess: where an iterative solve begins, else
        at u. closed: whether the balance is closed; passes of an iteration need it not, and may have negative sources.
        count: how many such steps to make in one go (split sweeps only). Raises RunError for values not finite.
        """
        self.hold(u, sink)
        self.unsolved = self.corrected = 0.0
        if self.scheme == "explicit":
            count = max(1, math.ceil(dt * self.grid.strength[0]))
            for _ in range(count):
                debt = self._explicit(u, sink, source, dt / count, debt, closed)
            return debt
        if self.scheme == "lod":
            self._sweeps.steps(u, sink, source, dt, count, self._fixed and (lambda: self.hold(u, sink)))
            return debt
        return self._implicit(u, sink, source, dt, debt, guess, closed)

    def share(self, dt: float) -> float:
        """Share of the tolerance that a step of dt (min) may use: what small steps leave unsolved adds up over the
        field's memory 1/pace, to at most ten times the tolerance. A steady field has no next step to mend it."""
        return 0.1 if self.scheme == "steady" else min(max(10 * dt * self._pace, 0.01), 1.0)

    def change(self, u: Any, difference: Any, least: float = 0.0) -> float:
        """Largest size in ``difference`` over that of u, or over ``least`` where that is more."""
        self._largest(u=u, source=difference)
        most, changed, _ = self.workspace.peaks()
        most = max(most, least)
        return changed / most if most > NOTHING else 0.0

    def most(self, values: Any) -> float:
        """Largest size in an array of the grid."""
        self._largest(u=values, source=values)
        return self.workspace.peaks()[0]

    def _implicit(
        self, u: Any, sink: Any, source: Any, dt: float, debt: float, guess: Any, closed: bool
    ) -> float:  # fmt: skip
        per_dt = 0.0 if self.scheme == "steady" else 1.0 / dt
        income = self._right_hand_side(u, sink, source, per_dt)
        if guess is not None:
            u[...] = guess
        self.cycles, self.unsolved, norms = self.grid.solve(
            u, sink, per_dt + self.decay, self.tolerance * self.share(dt), self.max_cycles
        )
        if norms[0] >= 3e38:
            raise RunError("a field is not finite after its solve")
        return self._balance(u, sink, per_dt, dt, income, debt, 2 * norms[2], closed)

    def _explicit(self, u: Any, sink: Any, source: Any, dt: float, debt: float, closed: bool) -> float:
        """Fluxes of the present field, sinks and decay implicit: then one division per voxel is the solve."""
        per_dt = 1.0 / dt
        income = self._right_hand_side(u, sink, source, per_dt)
        for half in self._divide:
            half(u=u, sink=sink, rate=per_dt + self.decay)
        self._norm(u=u, sink=sink, rate=per_dt + self.decay)
        bound = 2 * self.workspace.peaks()[2]
        return self._balance(u, sink, per_dt, dt, income, debt, bound, closed)

    def _right_hand_side(self, u: Any, sink: Any, source: Any, per_dt: float) -> float:
        """Fill the workspace's b; returns the sum of what comes in, value/min times voxels."""
        work, grid = self.workspace, self.grid
        self._largest(u=u, source=source)
        most_u, most_source, _ = work.peaks()
        if max(most_u, most_source) >= 3e38:
            raise RunError("a field or its sources are not finite")
        unit = self._unit(most_u * (per_dt + 2 * grid.strength[0]) + most_source + 6 * grid.most_gain)
        self._collect(u=u, sink=sink, source=source, per_dt=per_dt, per_unit=unit)
        return work.total(unit)

    def _balance(
        self, u: Any, sink: Any, per_dt: float, dt: float, income: float, debt: float, bound: float, closed: bool
    ) -> float:
        """Floor u at 0 and, if closed, scale it so that what leaves equals what came in; returns the new debt."""
        rate, unit = per_dt + self.decay, self._unit(bound)
        self._rescale(u=u, sink=sink, rate=rate, per_unit=unit, factor=1.0)
        outgo = self.workspace.total(unit)
        wanted = income + debt * per_dt
        if closed and wanted > 0 and outgo > 0:
            factor = wanted / outgo
            if bound > 1e4 * NOTHING:
                self.corrected = max(self.corrected, abs(factor - 1))
            unit = self._unit(bound * max(factor / 2, 1.0))
            self._rescale(u=u, sink=sink, rate=rate, per_unit=unit, factor=factor)
            outgo = self.workspace.total(unit)
        return (wanted - outgo) * dt if per_dt else debt

    def _unit(self, bound: float) -> float:
        """Quanta per unit, a power of two, so that numbers up to ``bound`` and their sum over all voxels fit."""
        if bound <= 0:
            return 1.0
        room = min(2.0**50, 2.0**62 / self.workspace.grids[0].voxels)
        return 2.0 ** math.floor(math.log2(room / bound))
