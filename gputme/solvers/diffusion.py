"""One substrate's field: diffusion, decay, the cells' sinks and sources, walls and fixed voxels, one step at a time.

    du/dt = div(D grad u - v u) - decay u - sink u + source

on finite volumes, everything inside one linear operator, so that steady states do not depend on the step.

The flow v of the fluid, if any, is in conservative form: what it carries out of a voxel enters the next. Where fluid
leaves vessels or is drained (div v != 0) the solute that goes with it is the caller's: a source of what comes with the
plasma, and a sink of so much fluid per volume and time as the lymph takes; without them only fluid comes and goes.
Solute that stays where fluid is drained fast piles up, and a steady solve of it may not converge.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from operator import is_
from typing import Any

import numpy as np

from gputme.backends import Kernels, Ready
from gputme.solvers.axis import FaceLike
from gputme.solvers.choice import SCHEMES
from gputme.solvers.grids import Workspace, medium
from gputme.solvers.multigrid import NOTHING, Multigrid
from gputme.solvers.split import SplitSweeps
from gputme.solvers.ways import Way, alone

__all__ = ["Diffusion"]


class Diffusion:
    """The field solver of one substrate.

    shape: (nz, ny, nx); spacing: (dx, dy, dz) um; diffusion: um2/min; decay: 1/min. faces: conditions by name
    (``x_min`` ... ``z_max``), a missing one is no-flux. fixed: (mask, values) of the whole grid, or None.
    diffusion_map: (nz, ny, nx) factors of ``diffusion``, or None. flow: what goes through the faces of the voxels, over
    a voxel's volume, 1/min, positive towards larger indices: (nz, ny, nx+1), (nz, ny+1, nx), (nz+1, ny, nx); None: the
    fluid rests. Through a wall it leaves with the voxel's value, and comes with the wall's (0 where there is none).
    scheme: "implicit" (backward Euler), "steady" (no time derivative), "explicit" (sub-steps as stability asks, of
    diffusion and flow) or "lod" (split sweeps, for comparison with BioFVM; no flow); :mod:`gputme.solvers.choice`
    chooses. Raises ValueError where these do not go together.

    After a step, ``unsolved`` is the residual that its solve left, as a multiple of what was asked (up to 1: it
    converged). ``told`` (2,), on the backend, holds the largest size of the field and its sources, and the largest
    share by which a balance had to change the field, since somebody set it to 0; ``debt`` (1,) is used where a caller
    keeps none.
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
        told: Any = None,
        flow: Sequence[np.ndarray] | None = None,
    ):
        faces = faces or {}
        self.kernels = kernels
        self.workspace = workspace or Workspace(kernels, shape, spacing)
        self.decay = float(decay)
        self.tolerance, self.max_cycles = tolerance, max_cycles
        self.cycles = 0  # V-cycles of the last step
        self.unsolved = 0.0
        self.told = kernels.zeros(2, np.float64) if told is None else told
        self.debt = kernels.zeros(1, np.float64)
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
        if scheme == "lod" and flow is not None:
            raise ValueError("scheme 'lod' has no flow of the fluid: choose another scheme")
        self.grid = Multigrid(self.workspace, diffusion, faces, relative, mask, flow)
        if scheme == "steady" and not (decay > 0 or self.grid.leaks or self._fixed):
            raise ValueError("scheme 'steady' needs a decay, a wall that is not no-flux, or a fixed voxel")
        still = np.broadcast_to(diffusion * (1.0 if relative is None else relative) == 0, shape)
        if scheme == "steady" and not decay and (still if mask is None else still & ~mask).any():
            raise ValueError("scheme 'steady' needs a decay where nothing diffuses: choose another scheme")
        if scheme == "lod":
            self._sweeps = SplitSweeps(self.workspace, diffusion, decay, faces, relative is not None)
        self._alone: dict[str, Any] | None = None  # of explicit steps: voxels without links, walls without loss
        if scheme == "explicit":
            m = sum(self.workspace.grids[0].counts)
            self._alone = dict(periodic=0, varied=0, links=kernels.zeros(4 * m), faces=kernels.zeros(1))
            self._no_loss = kernels.zeros(2 * m, np.float64)
        rows = dict(zip(("nx", "rows"), (shape[2], shape[0] * shape[1])))
        self._swing, self._asked = (
            kernels.largest.ready(**rows, peak=peak) for peak in (self.workspace.swing, self.workspace.asked)
        )
        self._sequences: dict[bool, tuple] = {}  # launches before and after the solve, by whether the balance is closed

    def carry(self, flow: Sequence[np.ndarray]) -> None:
        """Go on with another flow, of a solver that was made with one."""
        self.grid.carry(flow)
        self._sequences.clear()

    def hold(self, u: Any, sink: Any) -> None:
        """Write the fixed voxels' values into u and their mark (-1) into sink."""
        if self._fixed:
            index, values = self._fixed
            u[index] = values
            sink[index] = -1

    def step(
        self, u: Any, sink: Any, source: Any, dt: float, debt: Any = None, guess: Any = None, closed: bool = True,
        count: int = 1,
    ) -> None:  # fmt: skip
        """Advance u by dt (min), in place, and its debt.

        sink (1/min, >= 0, without decay) and source (value/min): (nz*ny*nx,), summed over cells; sinks of fixed
        voxels are overwritten by their mark. debt: (1,) float64, what rounding has kept from the balance so far, in
        value times voxels; it is paid in the next step and belongs into a checkpoint. guess: where an iterative solve
        begins, else at u. closed: whether the balance is closed; passes of an iteration need it not, and may have
        negative sources.
        count: how many such steps to make in one go (split sweeps only). Raises RunError where a solve meets what is
        not finite; ``told`` says it of any scheme.
        """
        stepping = self.stepping(u, sink, source, dt, debt, guess, closed, count)
        alone(stepping, self.workspace.words)

    def stepping(
        self, u: Any, sink: Any, source: Any, dt: float, debt: Any = None, guess: Any = None, closed: bool = True,
        count: int = 1,
    ) -> Way:  # fmt: skip
        """`step`, one call after another."""
        self.hold(u, sink)
        self.unsolved = 0.0
        debt = self.debt if debt is None else debt
        if self.scheme == "lod":
            self._sweeps.steps(u, sink, source, dt, count, self._fixed and (lambda: self.hold(u, sink)))
            return
        self.workspace.found[...] = 0
        if self.scheme == "explicit":
            count = max(1, math.ceil(dt * self.grid.strength[0]))
            (go,) = self._sequence(u, sink, source, dt / count, debt, closed)
            for _ in range(count):
                yield go
            return
        before, after = self._sequence(u, sink, source, dt, debt, closed)
        yield before
        if guess is not None:
            u[...] = guess
        self.cycles, self.unsolved = yield from self.grid.solving(
            u, sink, self._per_dt(dt) + self.decay, self.tolerance * self.share(dt), self.max_cycles
        )
        yield after

    def share(self, dt: float) -> float:
        """Share of the tolerance that a step of dt (min) may use: what small steps leave unsolved adds up over the
        field's memory 1/pace, to at most ten times the tolerance. A steady field has no next step to mend it."""
        return 0.1 if self.scheme == "steady" else min(max(10 * dt * self._pace, 0.01), 1.0)

    def ask(self, values: Any) -> None:
        """Find the largest size in an array of the grid; the next `change` reads it."""
        self.workspace.asked[...] = 0
        self._asked(u=values, source=values)

    def change(self, u: Any, difference: Any, least: float = 0.0) -> float:
        """Largest size in ``difference`` over that of u, or over ``least`` times what was found by `ask` where that is
        more. The host waits for it."""
        self.workspace.swing[...] = 0
        self._swing(u=u, source=difference)
        self.workspace.words.forget()
        *_, most, changed, asked, _ = self.workspace.read()
        most = max(most, least * asked if least else 0.0)
        return changed / most if most > NOTHING else 0.0

    def _per_dt(self, dt: float) -> float:
        return 0.0 if self.scheme == "steady" else 1.0 / dt

    def _sequence(self, u: Any, sink: Any, source: Any, dt: float, debt: Any, closed: bool) -> tuple:
        """A step as calls: what comes before the solve and what after it, or, of an explicit step, all of it."""
        asked = (u, sink, source, debt, dt)
        kept = self._sequences.get(closed)
        if kept is None or not (all(map(is_, kept[0][:4], asked)) and kept[0][4] == dt):
            k, (before, solve, after) = self.kernels, self._launches(u, sink, source, dt, debt, closed)
            calls = (k.replay([*before, *solve, *after]),) if solve else (k.replay(before), k.replay(after))
            kept = self._sequences[closed] = asked, calls
        return kept[1]

    def _launches(
        self, u: Any, sink: Any, source: Any, dt: float, debt: Any, closed: bool
    ) -> tuple[list[Ready], list[Ready], list[Ready]]:
        """Before the solve: the workspace's b, and its income, the sum of what comes in. The solve of an explicit
        step: fluxes of the present field, sinks and decay implicit, so one division per voxel. After it: u floored at
        0 and, if closed, scaled so that what leaves equals what came in; the rest is the new debt."""
        k, work, grid, per_dt = self.kernels, self.workspace, self.grid, self._per_dt(dt)
        rate, come, go = per_dt + self.decay, work.income, work.outgo
        own = alone = grid.operator(0)
        loss = dict(wall_loss=grid.wall_loss)
        # no voxel gains more than the largest value times `fastest`, its source, and what walls give
        scale = dict(room=work.room, sizes=work.sizes, fastest=per_dt + 2 * grid.strength[0], inflow=6 * grid.most_gain)
        before = [
            k.largest.ready(rows=own["ny"] * own["nz"], nx=own["nx"], u=u, source=source, peak=work.sizes),
            k.right_hand_side.ready(
                **own, **loss, **scale, wall_gain=grid.wall_gain, held=grid.held, explicit_flux=int(bool(self._alone)),
                per_dt=per_dt, parts=come.parts, sink=sink, source=source, u=u, b=work.b, income=come.shares,
            ),
        ]  # fmt: skip
        solve = []
        if self._alone:
            alone, loss = own | self._alone, dict(wall_loss=self._no_loss)
            solve = [k.smooth.ready(**alone, rate=rate, colour=c, sink=sink, b=work.b, u=u) for c in (0, 1)]
            solve.append(
                k.residual_norm.ready(**alone, rate=rate, fastest=0.0, sink=sink, b=work.b, u=u, peak=work.norms)
            )
        rescale = k.rescale.ready(
            **alone, **loss, held=grid.held, rate=rate, room=work.room, parts=go.parts, factor=work.factor,
            norms=work.norms, sink=sink, u=u, outgo=go.shares,
        )  # fmt: skip
        if not closed:
            return before, solve, [rescale]
        aim, settle = (
            k.balance.ready(
                **scale, shares=come.places, last=last, per_dt=per_dt, dt=dt, nothing=1e4 * NOTHING, norms=work.norms,
                income=come.total, outgo=go.total, factor=work.factor, debt=debt, told=self.told,
            )
            for last in (0, 1)
        )  # fmt: skip
        return before, solve, [rescale, *come.add_up, *go.add_up, aim, rescale, *go.add_up, settle]
