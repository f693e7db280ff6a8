"""Geometric multigrid for the implicit reaction-diffusion operator: V cycles with red-black Gauss-Seidel.

The choices that make a cycle reduce the error to a third: residuals summed in finite volumes; trilinear corrections
that fall to 0 at fixed faces; coarse face conductances summed and scaled by the distance of the centres; sinks and
links to fixed voxels summed; only the finest axes halved; colours in reverse order on the way up. One sweep down and
one up; two where a fluid flows fast.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import is_
from typing import Any

import numpy as np

from gputme.backends import Ready
from gputme.errors import RunError
from gputme.solvers.axis import Axis, FaceLike, conditions
from gputme.solvers.flow import Flow
from gputme.solvers.grids import Workspace, coarsen_faces, face_conductances
from gputme.solvers.ways import Way, alone

__all__ = ["NOTHING", "TOO_LARGE", "Multigrid"]

TOO_LARGE = 3e38  # sizes from here on stand for what is not finite
NOTHING = 1e-24  # fields and residuals below it are none: what is less than 1e-30 is written as 0
SMOOTH_ENOUGH = 0.25  # where links are smaller than this share of the rate, a sweep alone solves: no coarser grid
SWIFT = 2.0  # voxels that a flow crosses in a step, and its Peclet number: where both are more, V(2,2)


class Multigrid:
    """The operator of one substrate on all grids, and its cycles.

    diffusion: um2/min; faces by name (``x_min`` ...); relative: (nz, ny, nx) factors of the coefficient, or None;
    fixed: (nz, ny, nx) mask of fixed voxels, or None; flow: what `Flow.fit` takes, or None where nothing flows.
    """

    def __init__(
        self,
        workspace: Workspace,
        diffusion: float,
        faces: Mapping[str, FaceLike],
        relative: np.ndarray | None = None,
        fixed: np.ndarray | None = None,
        flow: Sequence[np.ndarray] | None = None,
    ):
        self.workspace = workspace
        self._ready_for: tuple[Any, Any] | None = None
        self.rounding = 4 * float(np.finfo(workspace.kernels.real).eps)  # of a row's terms, that no cycle gets below
        varied, self.flow = relative is not None, None
        self.held, self.varied = int(fixed is not None), int(varied) if flow is None else 2
        self._inner = fixed is not None  # fixed voxels other than in planes at the ends
        grids, spacing = workspace.grids, workspace.spacing
        planes = [(False, False)] * 3
        if fixed is not None:
            planes, self._inner = _planes(fixed, [conditions(faces, a)[0].periodic for a in range(3)])
        axes = [
            Axis.uniform(grids[0].counts[a], spacing[a], diffusion, conditions(faces, a), planes[a]) for a in range(3)
        ]
        conductances = face_conductances(relative, spacing, diffusion, faces) if varied else [np.zeros(1)]
        levels: list[list[Axis]] = []
        self.periodic, self.colours, self.links, self.strength, self.faces = [], [], [], [], []
        self._inner_links, self._share, self._near, self._far = [], [], [], []
        array = workspace.kernels.array
        for grid in grids:
            levels.append(axes)
            parts = [axis.links() if flow is None else axis.flowing_links() for axis in axes]
            self.periodic.append(sum(1 << a for a in range(3) if axes[a].periodic))
            self.colours.append(grid.colours(self.periodic[-1]))
            self.links.append(array(_join(p[0] for p in parts)))
            self.strength.append(sum(float(p[0][2:].sum(axis=0).max()) for p in parts))
            self.faces.append(array(np.concatenate([f.ravel() for f in conductances])))
            if grid is grids[0]:
                self.wall_loss = array(_join(p[1] for p in parts), np.float64)
                gains = _join(p[2] for p in parts)
                self.wall_gain, self.most_gain = array(gains, np.float64), float(np.abs(gains).max())
                self.leaks = any(bool(p[1].any()) for p in parts)  # whether a wall lets anything out
            if grid is grids[-1]:
                break
            coarse = [axis.coarser(halve) for axis, halve in zip(axes, grid.halved)]
            weights = [a.interpolation(c, halve) for a, c, halve in zip(axes, coarse, grid.halved)]
            self._near.append(array(_join(w[0] for w in weights)))
            self._far.append(array(_join(w[1] for w in weights)))
            self._share.append(array(_join(a.shares(c, h) for a, c, h in zip(axes, coarse, grid.halved))))
            self._inner_links.append(array(_join(_without_planes(a, p[0]) for a, p in zip(axes, parts))))
            if varied:
                conductances = coarsen_faces(conductances, axes, grid.halved)
            axes = coarse
        if flow is not None:
            wraps = [conditions(faces, a)[0].periodic for a in range(3)]
            self.flow = Flow(workspace, levels, wraps, self.faces if varied else None)
            self.faces, self._most_at_walls = self.flow.faces, self.most_gain
            self.carry(flow)

    def carry(self, flow: Sequence[np.ndarray]) -> None:
        """Take another flow, see `Flow.fit`. Raises ValueError of an operator that was made without one."""
        if self.flow is None:
            raise ValueError("a field that was made without a flow cannot take one: make it anew")
        self.flow.fit(flow)
        self.strength, self.leaks = self.flow.strength, self.flow.leaks
        self.most_gain = self._most_at_walls * self.flow.wall
        self._ready_for = None

    def operator(self, level: int) -> dict[str, Any]:
        """Arguments that describe the operator of a grid to a kernel."""
        return self.workspace.grids[level].dims() | dict(
            periodic=self.periodic[level], varied=self.varied, links=self.links[level], faces=self.faces[level]
        )

    def solve(self, u: Any, sink: Any, rate: float, tolerance: float, max_cycles: int) -> tuple[int, float]:
        """Cycle until max |b - A u| <= tolerance * max |b| (or what rounding leaves), with b = ``workspace.b``.

        u and sink on the finest grid; rate = 1/dt + decay. Returns the cycles used, and the residual as a multiple of
        what was to be reached; ``workspace.norms`` are the last ones. Raises RunError for what is not finite.
        """
        work = self.workspace
        return alone(self.solving(u, sink, rate, tolerance, max_cycles), work.words)

    def solving(self, u: Any, sink: Any, rate: float, tolerance: float, max_cycles: int) -> Way:
        """`solve`, one call after another."""
        work = self.workspace
        self.prepare(u, sink, rate)
        cycles, rest, enough = 0, np.inf, 0.0
        while cycles < max_cycles and rest > enough:
            work.norms[...] = 0
            yield self._again if cycles else self._first
            rest, given, term, *sizes = work.read()
            if rest >= TOO_LARGE:
                what = "a field or its sources are" if max(sizes[:2]) >= TOO_LARGE else "after its solve a field is"
                raise RunError(f"{what} not finite")
            enough = max(tolerance * given, self.rounding * term, NOTHING)
            cycles += 1
        return cycles, rest / max(enough, NOTHING)

    def prepare(self, u: Any, sink: Any, rate: float) -> None:
        """Make ``coarsen`` (sinks of the coarser grids) and ``cycle`` (one V-cycle) ready: lists of launches."""
        if self._ready_for is not None and all(map(is_, (u, sink), self._ready_for)) and rate == self._rate:
            return
        work = self.workspace
        k, levels = work.kernels, [(u, work.b, sink), *work.coarse]
        deepest = next((n for n, s in enumerate(self.strength) if s <= SMOOTH_ENOUGH * rate), len(levels) - 1)
        coarsen = [
            k.coarsen_sink.ready(
                **self.operator(n) | dict(links=self._inner_links[n]), **self._coarse(n), held=int(self._inner),
                share=self._share[n], sink=levels[n][2], coarse_sink=levels[n + 1][2],
            )
            for n in range(deepest)
        ]  # fmt: skip
        cycle = list(self._launches(levels, 0, deepest, rate))
        norm = k.residual_norm.ready(
            **self.operator(0), rate=rate, fastest=rate + self.strength[0], sink=sink, b=work.b, u=u, peak=work.norms
        )
        self.coarsen, self.cycle = k.replay(coarsen), k.replay(cycle)
        self._first, self._again = k.replay([*coarsen, *cycle, norm]), k.replay([*cycle, norm])
        self._ready_for, self._rate = (u, sink), rate

    def _launches(self, levels: list, n: int, deepest: int, rate: float) -> Iterator[Ready]:
        """The launches of a V-cycle from grid n downwards and up again."""
        work = self.workspace
        k, (u, b, sink) = work.kernels, levels[n]
        operator = self.operator(n) | dict(rate=rate, sink=sink, b=b, u=u)
        sweeps = [k.smooth.ready(**operator, colour=colour) for colour in self.colours[n]] * self._sweeps(rate)
        yield from sweeps
        if work.grids[n].voxels == 1:
            return
        if n < deepest:
            coarse_u, coarse_b, _ = levels[n + 1]
            coarse = self._coarse(n)
            yield k.restrict_residual.ready(
                **operator, **coarse, share=self._share[n], coarse_b=coarse_b, coarse_u=coarse_u
            )
            yield from self._launches(levels, n + 1, deepest, rate)
            yield k.prolong.ready(
                **work.grids[n].dims(), **coarse, periodic=self.periodic[n], held=self.held, near=self._near[n],
                far=self._far[n], sink=sink, coarse_u=coarse_u, u=u,
            )  # fmt: skip
        yield from reversed(sweeps)

    def _sweeps(self, rate: float) -> int:
        """Sweeps on the way down, and up again."""
        return 2 if self.flow and self.flow.swift > SWIFT * rate and self.flow.peclet > SWIFT else 1

    def _coarse(self, k: int) -> dict[str, int]:
        """Size arguments of the next grid."""
        return dict(zip(("cx", "cy", "cz"), self.workspace.grids[k + 1].counts))


def _join(parts: Iterable[np.ndarray]) -> np.ndarray:
    """Arrays per axis as one: for every kind of number x, then y, then z."""
    return np.concatenate(list(parts), axis=-1).ravel()


def _planes(fixed: np.ndarray, periodic: list[bool]) -> tuple[list[tuple[bool, bool]], bool]:
    """For x, y, z: whether the lowest and highest layer are walls, fixed throughout; whether other voxels are fixed.

    The end of a periodic axis is no wall: its other side is met, too, so a layer there is like one in the middle.
    """
    planes, inner = [], fixed.copy()
    for axis in range(3):
        layers = np.moveaxis(fixed, 2 - axis, 0)
        both = (bool(layers[0].all()), bool(layers[-1].all())) if len(layers) > 2 else (False, False)
        both = (False, False) if periodic[axis] else both
        for there, index in zip(both, (0, -1)):
            if there:
                np.moveaxis(inner, 2 - axis, 0)[index] = False
        planes.append(both)
    return planes, bool(inner.any())


def _without_planes(axis: Axis, links: np.ndarray) -> np.ndarray:
    """Links of an axis without those to planes of fixed voxels, which coarser grids have as walls."""
    links = links.copy()
    if axis.planes[0]:
        links[0, 1] = 0
    if axis.planes[1]:
        links[1, -2] = 0
    return links
