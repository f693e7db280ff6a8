"""What vessels sense of the tissue around them, and how they grow and change by it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from gputme.backends import Kernels
from gputme.parameters import Parameters
from gputme.state import Tissue
from gputme.vessels.graph import Graph
from gputme.vessels.rates import Rates, Sensed, Update
from gputme.vessels.remodel import remodel

__all__ = ["Angiogenesis"]

QUANTA = 2.0**20  # per unit of what cells of a voxel add up to: whole numbers, so that their order means nothing


class Angiogenesis:
    """Lets the vessels of one tissue grow. ``grid``: the arguments that describe the growth factor's grid."""

    def __init__(self, parameters: Parameters, kernels: Kernels, grids: list[dict[str, Any]]):
        scenario, given = parameters.scenario, parameters.scenario.vessels.growth
        self.kernels, self.domain, self.given = kernels, scenario.domain, given
        self.rates = Rates(**{name: float(getattr(given, name)) for name in Rates._fields})
        self.factor = parameters.substrates.index(given.factor)
        self.tumour = np.isin(np.arange(len(parameters.types)), [parameters.types.index(n) for n in given.tumour])
        self._sense = kernels.sense.ready(**grids[self.factor])
        self.lower, self.upper = np.array(self.domain.lower), np.array(self.domain.upper)
        if self.domain.dimensions == 2:
            self.lower[2] = self.upper[2] = self.domain.centre[2]

    def grown(self, tissue: Tissue, start: int, ticks: int) -> Graph:
        """The vessels after they have grown and changed from a tick on, by what they sense now."""
        graph, sensed = tissue.vessels, self.sensed(tissue)
        graph = remodel(graph, sensed, self.rates, Update(tissue.seed, start, ticks, self.lower, self.upper))
        vegf = self._factor(tissue, graph)[0]
        a, b = graph.ends()
        return replace(graph, segments=graph.segments.having(vegf=0.5 * (vegf[a] + vegf[b])))

    def sensed(self, tissue: Tissue) -> Sensed:
        """What is around each node: the growth factor, the tumour, and the pressure of cells."""
        vegf, gradient = self._factor(tissue, tissue.vessels)
        voxel = self._voxels(tissue.vessels.nodes.xyz - np.array(self.domain.centre)[:, None])
        tumour, pressure = self._crowd(tissue)
        return Sensed(vegf, gradient, tumour[voxel], pressure[voxel])

    def _factor(self, tissue: Tissue, graph: Graph) -> tuple[np.ndarray, np.ndarray]:
        """The growth factor at nodes, and its gradient (3, nodes), in double."""
        k, n = self.kernels, len(graph.nodes)
        x, y, z = (k.array(along) for along in graph.nodes.xyz - np.array(self.domain.centre)[:, None])
        value, *gradient = (k.zeros(n) for _ in range(4))
        if n:
            gx, gy, gz = gradient
            u = tissue.fields[self.factor]
            self._sense(n=n, gradients=n, x=x, y=y, z=z, u=u, value=value, gx=gx, gy=gy, gz=gz)
        found = [k.host(values).astype(np.float64) for values in (value, *gradient)]
        return found[0], np.array(found[1:])

    def _voxels(self, inner: np.ndarray) -> np.ndarray:
        """The voxel in which each place lies, (n,), from places (3, n) relative to the domain's centre."""
        box, (nz, ny, nx) = self.domain.centred, self.domain.shape
        at = [
            np.clip(np.floor((along - low) / h).astype(np.int64), 0, m - 1)
            for along, low, h, m in zip(inner, box.lower, box.spacing, (nx, ny, nz))
        ]
        return (at[2] * ny + at[1]) * nx + at[0]

    def _crowd(self, tissue: Tissue) -> tuple[np.ndarray, np.ndarray]:
        """Of each voxel: whether the tumour fills its share of it, and how hard cells and matrix press, 1: fully."""
        cells, host, voxels = tissue.cells, self.kernels.host, int(np.prod(self.domain.shape))
        n = cells.n
        voxel = self._voxels(np.stack([host(along)[:n].astype(np.float64) for along in (cells.x, cells.y, cells.z)]))
        mine = self.tumour[host(cells.type)[:n]]
        volume = sum(host(part)[:n].astype(np.float64) for part in (cells.fluid, cells.nuclear, cells.cytoplasmic))
        filled = np.bincount(voxel[mine], np.rint(volume[mine] * QUANTA), voxels) / QUANTA
        tumour = filled >= self.given.filled * self.domain.voxel_volume
        pressure = np.zeros(voxels)
        if self.given.squeezed < 1 and "pressure" in cells.columns:
            pressing = np.rint(host(cells.pressure)[:n].astype(np.float64) * QUANTA)
            count = np.maximum(np.bincount(voxel, minlength=voxels), 1)
            pressure = np.bincount(voxel, pressing, voxels) / QUANTA / count
        if self.given.matrix_pressure and tissue.voxels.density.size:
            pressure = pressure + self.given.matrix_pressure * host(tissue.voxels.density).astype(np.float64)
        pressure = pressure / self.given.full_pressure
        return tumour & (filled > 0), pressure
