"""A fluid that flows through the faces of a substrate's grids, and what diffusion and flow together carry through them.

The flow through a coarse face is that through the fine ones it is made of, so what flows into a coarse voxel and out of
it is what does of its fine ones together. Both are fitted to each other on each grid (:mod:`gputme.ops.fields.fit`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gputme.ops.fields._operator import face_views
from gputme.solvers.axis import AXES, Axis
from gputme.solvers.grids import Workspace, coarsen_faces

__all__ = ["Flow", "face_shapes"]


def face_shapes(shape: tuple[int, int, int]) -> list[tuple[int, int, int]]:
    """Shapes of arrays of the faces normal to x, y and z; shape: (nz, ny, nx)."""
    nz, ny, nx = shape
    return [(nz, ny, nx + 1), (nz, ny + 1, nx), (nz + 1, ny, nx)]


class Flow:
    """Flow and diffusion through the faces of all grids of a substrate.

    axes: those of every grid, the finest first. wraps: whether the domain is periodic along x, y, z. relative:
    conductances of a varying medium on the backend, of every grid, or None. ``faces``: what the faces of every grid
    pass on; `fit` writes there, so launches may hold them.
    """

    strength: list[float]
    """The largest rate at which a voxel of each grid is emptied or filled, 1/min."""
    swift: float
    """That of the flow alone, of the finest grid."""
    peclet: float
    """The largest |v| distance / D between voxels."""
    wall: float
    """The most that a wall passes on, um/min."""
    leaks: bool
    """Whether any wall lets something out."""

    def __init__(
        self, workspace: Workspace, axes: list[list[Axis]], wraps: list[bool], relative: list[Any] | None = None
    ):
        self.kernels, self.grids = workspace.kernels, workspace.grids
        self.axes, self.wraps, self.relative = axes, wraps, relative
        self.across = [[axis.across() for axis in grid] for grid in axes]
        counts = [sum(int(np.prod(form)) for form in face_shapes(grid.counts[::-1])) for grid in self.grids]
        self.faces = [self.kernels.zeros(2 * count) for count in counts]

    def fit(self, flow: Sequence[np.ndarray]) -> None:
        """Take the flow through the faces of the finest grid over the volume of a voxel, 1/min, positive towards larger
        indices: (nz, ny, nx+1), (nz, ny+1, nx), (nz+1, ny, nx).

        Raises ValueError for other shapes, and where the two ends of a periodic axis differ.
        """
        v, array, relative = self._velocities(flow), self.kernels.array, self.relative
        self.strength = []
        for n, (grid, axes, across) in enumerate(zip(self.grids, self.axes, self.across)):
            # one voxel along a periodic axis is its own neighbour: what leaves it comes back
            v = [0 * f if wrap and not axis.periodic else f for f, axis, wrap in zip(v, axes, self.wraps)]
            if n == 0:
                self._look(v)
            self.kernels.fit(
                **grid.dims(), varied=int(relative is not None), across=array(np.concatenate(across)),
                relative=array([1.0]) if relative is None else relative[n],
                flow=array(np.concatenate([f.ravel() for f in v])), faces=self.faces[n],
            )  # fmt: skip
            still = sum(float(((g[1:] + g[:-1]) / axis.widths).max()) for axis, g in zip(axes, across))
            self.strength.append(still + _passing(v, axes))
            if n + 1 < len(self.grids):
                v = coarsen_faces(v, axes, grid.halved)

    def _velocities(self, flow: Sequence[np.ndarray]) -> list[np.ndarray]:
        """The flow as what passes an area, um/min."""
        shapes, v = face_shapes(self.grids[0].counts[::-1]), []
        for a, (name, axis, wrap, values, shape) in enumerate(
            zip(AXES, self.axes[0], self.wraps, flow, shapes, strict=True)
        ):
            values = np.asarray(values, np.float64)
            if values.shape != shape:
                raise ValueError(f"the flow along {name} must be that through {shape} faces, not {values.shape}")
            first, last = np.moveaxis(values, 2 - a, 0)[[0, -1]]
            if wrap and (first != last).any():
                raise ValueError(f"the flow along {name} must be the same through both ends of a periodic axis")
            v.append(values * axis.widths[0])
        return v

    def _look(self, v: list[np.ndarray]) -> None:
        """What is known of the finest grid."""
        shape = self.grids[0].counts[::-1]
        medium = None if self.relative is None else face_views(self.kernels.host(self.relative[0]), shape)
        self.swift, self.peclet, self.wall, self.leaks = _passing(v, self.axes[0]), 0.0, 0.0, False
        for a, (f, axis, g) in enumerate(zip(v, self.axes[0], self.across[0])):
            f = np.moveaxis(f, 2 - a, 0)
            g = g[:, None, None] * (np.ones_like(f) if medium is None else np.moveaxis(medium[a], 2 - a, 0))
            if not axis.periodic:
                walls = g[[0, -1]]
                self.leaks |= bool(walls.any() or (f[0] < 0).any() or (f[-1] > 0).any())
                self.wall = max(self.wall, float((walls + np.abs(f[[0, -1]])).max()))
                f, g = f[1:-1], g[1:-1]
            moves = f != 0
            with np.errstate(divide="ignore"):
                self.peclet = max(self.peclet, float((np.abs(f[moves]) / g[moves]).max(initial=0)))


def _passing(v: list[np.ndarray], axes: list[Axis]) -> float:
    """The largest rate at which a flow v (um/min) empties or fills a voxel, 1/min."""
    leaves = comes = 0.0
    for a, (f, axis) in enumerate(zip(v, axes)):
        f, h = np.moveaxis(f, 2 - a, -1), axis.widths
        low, high = (np.moveaxis(side / h, -1, 2 - a) for side in (f[..., :-1], f[..., 1:]))
        leaves = leaves + (np.maximum(-low, 0) + np.maximum(high, 0))
        comes = comes + (np.maximum(low, 0) + np.maximum(-high, 0))
    return float(max(np.max(leaves), np.max(comes)))
