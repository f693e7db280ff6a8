"""The locally one-dimensional split of BioFVM, for like-for-like comparisons: implicit sweeps along x, y and z."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gputme.ops.fields.sweep_lod import thomas_factors
from gputme.solvers.axis import Axis, FaceLike, conditions
from gputme.solvers.grids import Workspace

__all__ = ["SplitSweeps"]


class SplitSweeps:
    """Sweeps along ``axes``, those with more than one voxel or a wall; the decay is shared equally between them.

    Raises ValueError for periodic faces and varying coefficients, which a tridiagonal sweep with shared factors
    cannot do.
    """

    def __init__(
        self, workspace: Workspace, diffusion: float, decay: float, faces: Mapping[str, FaceLike], varied: bool
    ):
        ends = [conditions(faces, axis) for axis in range(3)]
        if varied or any(low.periodic for low, _ in ends):
            raise ValueError("scheme 'lod' knows neither periodic faces nor a varying diffusion coefficient")
        self._kernels, self._grid, self._decay = workspace.kernels, workspace.grids[0], decay
        self._axes = [
            Axis.uniform(n, h, diffusion, faces, (False, False)).links()
            for n, h, faces in zip(self._grid.counts, workspace.spacing, ends)
        ]
        self.axes = [a for a in range(3) if self._grid.counts[a] > 1 or self._axes[a][1].any()] or [0]
        self._dt, self._factors = None, {}

    def sweep(self, u: Any, axis: int, dt: float) -> None:
        """Solve every line along one of ``axes`` (0: x, 1: y, 2: z) for a step of dt minutes, in place."""
        if dt != self._dt:
            self._dt, self._factors = dt, {a: self._kernels.array(self._line(a, dt).ravel()) for a in self.axes}
        counts = self._grid.counts
        self._kernels.sweep_lod(
            axis=axis, count=counts[axis], lines=self._grid.voxels // counts[axis],
            stride=int(np.prod(counts[:axis], dtype=np.int64)), factors=self._factors[axis], u=u,
        )  # fmt: skip

    def _line(self, axis: int, dt: float) -> np.ndarray:
        links, _, gains = self._axes[axis]
        diagonal = 1.0 + dt * (self._decay / len(self.axes) + links[2] + links[3])
        return thomas_factors(dt * links[0], diagonal, dt * links[1], dt * gains.sum(axis=0))
