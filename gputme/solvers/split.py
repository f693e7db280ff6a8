"""The locally one-dimensional split of BioFVM, for like-for-like comparisons: implicit sweeps along x, y and z."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import is_
from typing import Any

import numpy as np

from gputme.backends import Ready
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
        self._factors: dict[int, Any] = {}  # by axis, for the step that was made last
        self._go: Callable[[], None]

    def steps(self, u: Any, sink: Any, source: Any, dt: float, count: int, hold: Callable[[], None] | None) -> None:
        """Advance u by ``count`` steps of dt (min) with the same sinks and sources, in place.

        hold: writes fixed voxels' values into u after each sweep. Without it all launches are one replayed list.
        """
        asked = (u, sink, source, dt, count)
        if not (self._made_for and all(map(is_, self._made_for, asked[:3])) and self._made_for[3:] == asked[3:]):
            self._factors = {axis: self._kernels.array(self._line(axis, dt).ravel()) for axis in self._axes}
            self._go = self._held(u, sink, source, dt, count, hold) if hold else self._free(u, sink, source, dt, count)
            self._made_for = asked
        self._go()

    def _held(self, u: Any, sink: Any, source: Any, dt: float, count: int, hold: Callable[[], None]) -> Any:
        sweeps = [self._sweep(u, axis) for axis in self._axes]
        react = self._react(u, sink, source, dt)

        def go() -> None:
            for _ in range(count):
                for sweep in sweeps:
                    sweep()
                    hold()
                react()

        return go

    def _free(self, u: Any, sink: Any, source: Any, dt: float, count: int) -> Any:
        """Slabs between layers of the last axis go on their own through a step's reaction and the next one's first
        sweeps; so do groups of lines along that axis."""
        *across, last = self._axes
        layers, layer = self._grid.counts[last], int(np.prod(self._grid.counts[:last], dtype=np.int64))
        pieces = self._kernels.backend.pieces(u.nbytes + sink.nbytes + source.nbytes)
        slabs = [slice(a * layer, b * layer) for a, b in _cut(layers, pieces)]
        first = [[self._sweep(_part(u, slab), axis) for axis in across] for slab in slabs]
        react = [self._react(*(_part(a, slab) for a in (u, sink, source)), dt) for slab in slabs]
        along = [[self._sweep(_part(u, slice(a, None)), last, b - a)] for a, b in _cut(layer, pieces)]
        both = [[reaction, *sweeps] for reaction, sweeps in zip(react, first)]
        begin, end = [first] * bool(across), [[reaction] for reaction in react]
        return self._kernels.replay([*begin, along, *[both, along] * (count - 1), end])

    def _sweep(self, u: Any, axis: int, lines: int | None = None) -> Ready:
        """All lines of a field, or of a slab, or the first ones of a layer."""
        count, stride = self._grid.counts[axis], int(np.prod(self._grid.counts[:axis], dtype=np.int64))
        return self._kernels.sweep_lod.ready(
            axis=axis, count=count, lines=u.size // count if lines is None else lines, stride=stride,
            factors=self._factors[axis], u=u,
        )  # fmt: skip

    def _react(self, u: Any, sink: Any, source: Any, dt: float) -> Ready:
        return self._kernels.react.ready(voxels=u.size, per_dt=1 / dt, sink=sink, source=source, u=u)

    def _line(self, axis: int, dt: float) -> np.ndarray:
        links, _, gains = self._lines[axis]
        diagonal = 1.0 + dt * (self._decay / len(self._axes) + links[2] + links[3])
        return thomas_factors(dt * links[0], diagonal, dt * links[1], dt * gains.sum(axis=0))


def _cut(n: int, pieces: int) -> list[tuple[int, int]]:
    """Ranges of about equal length, none empty."""
    pieces = max(1, min(n, pieces))
    return [(n * k // pieces, n * (k + 1) // pieces) for k in range(pieces)]


def _part(values: Any, part: slice) -> Any:
    return values if values[part].size == values.size else values[part]
