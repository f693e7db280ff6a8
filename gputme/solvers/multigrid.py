"""Geometric multigrid for the implicit reaction-diffusion operator: V(1,1) cycles with red-black Gauss-Seidel.

The choices that make a cycle reduce the error to a third: residuals summed in finite volumes; trilinear corrections
that fall to 0 at fixed faces; coarse face conductances summed and scaled by the distance of the centres; sinks and
links to fixed voxels summed; only the finest axes halved; colours in reverse order on the way up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gputme.solvers.grids import (
    FaceLike,
    Workspace,
    axis_links,
    coarsen_faces,
    conditions,
    face_conductances,
    interpolation,
)

__all__ = ["Multigrid"]

SMOOTH_ENOUGH = 0.25  # where links are smaller than this share of the rate, a sweep alone solves: no coarser grid


class Multigrid:
    """The operator of one substrate on all grids, and its cycles.

    diffusion: um2/min; faces by name (``x_min`` ...); relative: (nz, ny, nx) factors of the coefficient, or None;
    held: whether any voxel is fixed.
    """

    def __init__(
        self,
        workspace: Workspace,
        diffusion: float,
        faces: Mapping[str, FaceLike],
        relative: np.ndarray | None = None,
        held: bool = False,
    ):
        self.workspace = workspace
        kernels = workspace.kernels
        grids = workspace.grids
        ends = [conditions(faces, axis) for axis in range(3)]
        self.periodic = [
            sum(1 << axis for axis in range(3) if ends[axis][0].periodic and grid.counts[axis] > 1) for grid in grids
        ]
        self.held = int(held)
        self.varied = int(relative is not None)
        self.colours = [grid.colours(periodic) for grid, periodic in zip(grids, self.periodic)]
        self.links, self.strength, self.near, self.far = [], [], [], []
        for k, grid in enumerate(grids):
            axes = [axis_links(grid.widths[axis], diffusion, *ends[axis]) for axis in range(3)]
            links = np.concatenate([a[0] for a in axes], axis=1)
            self.links.append(kernels.array(links.ravel()))
            self.strength.append(sum(a[0][2:].sum(axis=0).max() for a in axes))
            if k == 0:
                self.wall_loss = kernels.array(np.concatenate([a[1] for a in axes], axis=1).ravel(), np.float64)
                self.wall_gain = kernels.array(np.concatenate([a[2] for a in axes], axis=1).ravel(), np.float64)
            if k + 1 < len(grids):
                weights = [interpolation(grid, grids[k + 1], a, diffusion, *ends[a]) for a in range(3)]
                self.near.append(kernels.array(np.concatenate([w[0] for w in weights])))
                self.far.append(kernels.array(np.concatenate([w[1] for w in weights])))
        self.faces = [kernels.zeros(1)] * len(grids)
        if relative is not None:
            conductances = face_conductances(relative, workspace.spacing, diffusion, faces)
            for k, grid in enumerate(grids):
                self.faces[k] = kernels.array(np.concatenate([f.ravel() for f in conductances]))
                conductances = coarsen_faces(conductances, grid)

    def operator(self, level: int) -> dict[str, Any]:
        """Arguments that describe the operator of a grid to a kernel."""
        return self.workspace.grids[level].dims() | dict(
            periodic=self.periodic[level], varied=self.varied, links=self.links[level], faces=self.faces[level]
        )

    def solve(
        self, u: Any, sink: Any, rate: float, tolerance: float, max_cycles: int
    ) -> tuple[int, tuple[float, float, float]]:
        """Cycle until max |b - A u| <= tolerance * max |b| (or what rounding leaves), with b = ``workspace.b``.

        u and sink on the finest grid; rate = 1/dt + decay. Returns the cycles used and the last three norms.
        """
        work = self.workspace
        levels = [(u, work.b, sink), *work.coarse]
        deepest = next((k for k, s in enumerate(self.strength) if s <= SMOOTH_ENOUGH * rate), len(levels) - 1)
        for k in range(deepest):
            work.kernels.coarsen_sink(
                **self.operator(k), **self._coarse(k), held=self.held, share=work.share[k], sink=levels[k][2],
                coarse_sink=levels[k + 1][2],
            )  # fmt: skip
        rounding = 4 * float(np.finfo(work.kernels.real).eps)
        for cycle in range(1, max_cycles + 1):
            self._cycle(levels, 0, deepest, rate)
            work.kernels.residual_norm(**self.operator(0), rate=rate, sink=sink, b=work.b, u=u, peak=work.peak)
            rest, given, term = work.peaks()
            if rest <= max(tolerance * given, rounding * term):
                break
        return cycle, (rest, given, term)

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
                **operator, **coarse, share=work.share[k], coarse_b=coarse_b, coarse_u=coarse_u
            )
            self._cycle(levels, k + 1, deepest, rate)
            work.kernels.prolong(
                **work.grids[k].dims(), **coarse, periodic=self.periodic[k], held=self.held, near=self.near[k],
                far=self.far[k], sink=sink, coarse_u=coarse_u, u=u,
            )  # fmt: skip
        for colour in reversed(self.colours[k]):
            work.kernels.smooth(**operator, colour=colour)

    def _coarse(self, k: int) -> dict[str, int]:
        """Size arguments of the next grid."""
        return dict(zip(("cx", "cy", "cz"), self.workspace.grids[k + 1].counts))
