"""The basement membrane: it holds cells on their side in forces and walks, and cells wear it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gputme.backends import Brought, Kernels
from gputme.ops.exchange._cloud import grid_of_domain
from gputme.parameters import Parameters
from gputme.solvers.digestion import Digestion
from gputme.state import Tissue

__all__ = ["Membrane"]


class Membrane:
    """What acts between a tissue's cells and its membrane; forces are taken by `Mechanics` as those of springs are.

    ``phi``, ``gx``, ``gy``, ``gz``: signed distance and its gradient, which the scenario says; ``integrity``: the
    tissue's own array, from `find` on.
    """

    def __init__(self, parameters: Parameters, kernels: Kernels):
        scenario, domain = parameters.scenario, parameters.scenario.domain
        self.kernels, self.parameters = kernels, parameters
        grid = grid_of_domain(domain)
        grid = {name: value for name, value in grid.items() if name != "nearest"}
        wraps = [bool(grid["periodic"] >> axis & 1) for axis in range(3)]
        distance = scenario.membrane.distance(domain)
        self.phi = kernels.array(distance.ravel())
        self.gx, self.gy, self.gz = (kernels.array(g.ravel()) for g in _gradient(distance, domain.spacing, wraps))
        self.integrity = kernels.zeros(0)
        types, breach, voxels = dict(types=len(parameters.types)), dict(breach=scenario.membrane.breach), distance.size
        self._cross, self._press = kernels.cross.ready(**grid, **types, **breach), kernels.press.ready(**grid, **types)
        self._resist, self._stop = kernels.resist.ready(**grid, **types), kernels.stop.ready(**grid, **breach)
        self._gnaw = kernels.gnaw.ready(**grid, **types)
        self._erode = kernels.erode.ready(voxels=voxels, dt=scenario.time.step)
        self._digestion = Digestion(kernels, [s.membrane_degradation for s in scenario.substrates])
        self.gnaws = int(parameters.ever("membrane_degradation"))
        self.wear = kernels.zeros(voxels * self.gnaws, np.int64)

    def find(self, tissue: Tissue, behaviours: Mapping[str, Any]) -> None:
        """Which side everybody is on, and what they touch of it, before a step."""
        self.integrity = tissue.voxels.integrity
        if tissue.cells.n:
            self._cross(tissue.cells, self, **behaviours)

    def pull(self, cells: Any, behaviours: Mapping[str, Any], motion: Any, measure: bool) -> None:
        """Add its forces to the velocities of ``motion`` (vx, vy, vz), and to its stiffness where that is measured."""
        self._press(cells, self, motion, measure=int(measure), **behaviours)

    def pulls(self, cells: Any) -> bool:
        """Whether it may do anything in sub-steps."""
        return True

    def follow(self, cells: Any, order: Any) -> None:
        """It needs nothing for `tug`."""

    def tug(self, cells: Any, behaviours: Mapping[str, Any], motion: Any, near: Any, **turn: Any) -> Brought:
        """The launch of its forces on the cells whose turn it is in a sub-step, as that of springs is."""
        return self._resist.brought(cells, self, motion, near, **turn, **behaviours)

    def stop(self, cells: Any, walk: tuple[Any, Any, Any]) -> None:
        """End walks where it holds."""
        self._stop(cells, self, **dict(zip(("dx", "dy", "dz"), walk)))

    def step(self, tissue: Tissue, behaviours: Mapping[str, Any]) -> None:
        """Cells that touch it and substrates wear it, over one base step."""
        if not (self.gnaws or self._digestion.digests):
            return
        if self.gnaws and tissue.cells.n:
            self._gnaw(tissue.cells, self, **behaviours)
        self._erode(tissue.voxels, self, self._digestion.look(tissue.fields), tick=tissue.tick)


def _gradient(distance: np.ndarray, spacing: tuple[float, ...], periodic: list[bool]) -> list[np.ndarray]:
    """Central differences along x, y, z, one-sided at walls; 0 along an axis of one voxel."""
    found = []
    for axis in range(3):
        along = 2 - axis
        if distance.shape[along] == 1:
            found.append(np.zeros_like(distance))
        elif periodic[axis]:
            apart = np.roll(distance, -1, along) - np.roll(distance, 1, along)
            found.append(apart / (2 * spacing[axis]))
        else:
            found.append(np.gradient(distance, spacing[axis], axis=along))
    return found
