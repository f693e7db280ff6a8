"""Geometric multigrid for the implicit reaction-diffusion operator: V(1,1) cycles with red-black Gauss-Seidel.

The choices that make a cycle reduce the error to a third: residuals summed in finite volumes; trilinear corrections
that fall to 0 at fixed faces; coarse face conductances summed and scaled by the distance of the centres; sinks and
links to fixed voxels summed; only the finest axes halved; colours in reverse order on the way up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from gputme.solvers.axis import Axis, FaceLike, conditions
from gputme.solvers.grids import Workspace, coarsen_faces, face_conductances

__all__ = ["NOTHING", "Multigrid"]

NOTHING = 1e-24  # fields and residuals below it are none: what is less than 1e-30 is written as 0
SMOOTH_ENOUGH = 0.25  # where links are smaller than this share of the rate, a sweep alone solves: no coarser grid


class Multigrid:
    """The operator of one substrate on all grids, and its cycles.

    diffusion: um2/min; faces by name (``x_min`` ...); relative: (nz, ny, nx) factors of the coefficient, or None;
    fixed: (nz, ny, nx) mask of fixed voxels, or None.
    """

    def __init__(
        self,
        workspace: Workspace,
        diffusion: float,
        faces: Mapping[str, FaceLike],
        relative: np.ndarray | None = None,
        fixed: np.ndarray | None = None,
    ):
        self.workspace = workspace
        self.held, self.varied = int(fixed is not None), int(relative is not None)
        self._inner = fixed is not None  # fixed voxels other than in planes at the ends
        grids, spacing = workspace.grids, workspace.spacing
        planes = [(False, False)] * 3
        if fixed is not None:
            planes, self._inner = _planes(fixed)
        axes = [
            Axis.uniform(grids[0].counts[a], spacing[a], diffusion, conditions(faces, a), planes[a]) for a in range(3)
        ]
        conductances = face_conductances(relative, spacing, diffusion, faces) if self.varied else [np.zeros(1)]
        self.periodic, self.colours, self.links, self.strength, self.faces = [], [], [], [], []
        self._inner_links, self._share, self._near, self._far = [], [], [], []
        array = workspace.kernels.array
        for grid in grids:
            parts = [axis.links() for axis in axes]
            self.periodic.append(sum(1 << a for a in range(3) if axes[a].periodic))
            self.colours.append(grid.colours(self.periodic[-1]))
            self.links.append(array(_join(p[0] for p in parts)))
            self.strength.append(sum(float(p[0][2:].sum(axis=0).max()) for p in parts))
            self.faces.append(array(np.concatenate([f.ravel() for f in conductances])))
            if grid is grids[0]:
                self.wall_loss = array(_join(p[1] for p in parts), np.float64)
                self.wall_gain = array(_join(p[2] for p in parts), np.float64)
            if grid is grids[-1]:
                break
            coarse = [axis.coarser(halve) for axis, halve in zip(axes, grid.halved)]
            weights = [a.interpolation(c, halve) for a, c, halve in zip(axes, coarse, grid.halved)]
            self._near.append(array(_join(w[0] for w in weights)))
            self._far.append(array(_join(w[1] for w in weights)))
            self._share.append(array(_join(a.shares(c, h) for a, c, h in zip(axes, coarse, grid.halved))))
            self._inner_links.append(array(_join(_without_planes(a, p[0]) for a, p in zip(axes, parts))))
            if self.varied:
                conductances = coarsen_faces(conductances, axes, grid.halved)
            axes = coarse

    def operator(self, level: int) -> dict[str, Any]:
        """Arguments that describe the operator of a grid to a kernel."""
        return self.workspace.grids[level].dims() | dict(
            periodic=self.periodic[level], varied=self.varied, links=self.links[level], faces=self.faces[level]
        )

    def solve(
        self, u: Any, sink: Any, rate: float, tolerance: float, max_cycles: int
    ) -> tuple[int, float, tuple[float, float, float]]:
        """Cycle until max |b - A u| <= tolerance * max |b| (or what rounding leaves), with b = ``workspace.b``.

        u and sink on the finest grid; rate = 1/dt + decay. Returns the cycles used, the residual as a multiple of
        what was to be reached, and the last three norms.
        """
        work = self.workspace
        levels = [(u, work.b, sink), *work.coarse]
        deepest = next((k for k, s in enumerate(self.strength) if s <= SMOOTH_ENOUGH * rate), len(levels) - 1)
        for k in range(deepest):
            work.kernels.coarsen_sink(
                **self.operator(k) | dict(links=self._inner_links[k]), **self._coarse(k), held=int(self._inner),
                share=self._share[k], sink=levels[k][2], coarse_sink=levels[k + 1][2],
            )  # fmt: skip
        rounding = 4 * float(np.finfo(work.kernels.real).eps)
        cycles, rest, given, term, enough = 0, np.inf, 0.0, 0.0, 0.0
        while cycles < max_cycles and rest > enough:
            self._cycle(levels, 0, deepest, rate)
            work.kernels.residual_norm(
                **self.operator(0), rate=rate, fastest=rate + self.strength[0], sink=sink, b=work.b, u=u, peak=work.peak
            )
            rest, given, term = work.peaks()
            enough = max(tolerance * given, rounding * term, NOTHING)
            cycles += 1
        return cycles, rest / max(enough, NOTHING), (rest, given, term)

    def _cycle(self, levels: list, k: int, deepest: int, rate: float) -> None:
        work = self.workspace
        u, b, sink = levels[k]
        operator = self.operator(k) | dict(rate=rate, sink=sink, b=b, u=u)
        for colour in self.colours[k]:
            work.kernels.smooth(**operator, colour=colour)
        if work.grids[k].voxels == 1:
            return
        if k < deepest:
            coarse_u, coarse_b, _ = levels[k + 1]
            coarse = self._coarse(k)
            work.kernels.restrict_residual(
                **operator, **coarse, share=self._share[k], coarse_b=coarse_b, coarse_u=coarse_u
            )
            self._cycle(levels, k + 1, deepest, rate)
            work.kernels.prolong(
                **work.grids[k].dims(), **coarse, periodic=self.periodic[k], held=self.held, near=self._near[k],
                far=self._far[k], sink=sink, coarse_u=coarse_u, u=u,
            )  # fmt: skip
        for colour in reversed(self.colours[k]):
            work.kernels.smooth(**operator, colour=colour)

    def _coarse(self, k: int) -> dict[str, int]:
        """Size arguments of the next grid."""
        return dict(zip(("cx", "cy", "cz"), self.workspace.grids[k + 1].counts))


def _join(parts: Iterable[np.ndarray]) -> np.ndarray:
    """Arrays per axis as one: for every kind of number x, then y, then z."""
    return np.concatenate(list(parts), axis=-1).ravel()


def _planes(fixed: np.ndarray) -> tuple[list[tuple[bool, bool]], bool]:
    """For x, y, z: whether the lowest and the highest layer is fixed throughout; whether other voxels are."""
    planes, inner = [], fixed.copy()
    for axis in range(3):
        layers = np.moveaxis(fixed, 2 - axis, 0)
        both = (bool(layers[0].all()), bool(layers[-1].all())) if len(layers) > 2 else (False, False)
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
