"""The locally one-dimensional split of BioFVM, for like-for-like comparisons: implicit sweeps along x, y and z."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import is_
from typing import Any

import numpy as np

from gputme.ops.fields.sweep_lod import thomas_factors
from gputme.solvers.axis import Axis, FaceLike, conditions
from gputme.solvers.grids import Workspace

__all__ = ["SplitSweeps"]


class SplitSweeps:
    """Sweeps along the axes that have more than one voxel or a wall, which share the decay equally; then reaction.

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
        self._lines = [
            Axis.uniform(n, h, diffusion, faces, (False, False)).links()
            for n, h, faces in zip(self._grid.counts, workspace.spacing, ends)
        ]
        self._axes = [a for a in range(3) if self._grid.counts[a] > 1 or self._lines[a][1].any()] or [0]
        self._made_for: tuple[Any, ...] = ()
        self._go: Callable[[], None]

    def steps(self, u: Any, sink: Any, source: Any, dt: float, count: int, hold: Callable[[], None] | None) -> None:
        """Advance u by ``count`` steps of dt (min) with the same sinks and sources, in place.

        hold: writes fixed voxels' values into u after each sweep. Without it all launches are one replayed list.
        """
        asked = (u, sink, source, dt, count)
        if not (self._made_for and all(map(is_, self._made_for, asked[:3])) and self._made_for[3:] == asked[3:]):
            k = self._kernels
            *sweeps, react = self._launches(u, sink, source, dt)
            if hold:
                self._go = _held(sweeps, react, hold, count)
            else:
                self._go = k.replay([*sweeps, react] * count)
            self._made_for = asked
        self._go()

    def _launches(self, u: Any, sink: Any, source: Any, dt: float) -> list[Any]:
        """The sweeps of a step, then its reaction."""
        k, counts, voxels = self._kernels, self._grid.counts, self._grid.voxels
        sweeps = [
            k.sweep_lod.ready(
                axis=axis, count=counts[axis], lines=voxels // counts[axis],
                stride=int(np.prod(counts[:axis], dtype=np.int64)), factors=k.array(self._factors(axis, dt).ravel()),
                u=u,
            )
            for axis in self._axes
        ]  # fmt: skip
        return [*sweeps, k.react.ready(voxels=voxels, per_dt=1 / dt, sink=sink, source=source, u=u)]

    def _factors(self, axis: int, dt: float) -> np.ndarray:
        links, _, gains = self._lines[axis]
        diagonal = 1.0 + dt * (self._decay / len(self._axes) + links[2] + links[3])
        return thomas_factors(dt * links[0], diagonal, dt * links[1], dt * gains.sum(axis=0))


def _held(sweeps: list[Any], react: Any, hold: Callable[[], None], count: int) -> Callable[[], None]:
    def go() -> None:
        for _ in range(count):
            for sweep in sweeps:
                sweep()
                hold()
            react()

    return go
