r"""Cells pass into lymph vessels, where these lie: the rate of a living cell is

    k g (L_l / full) max(0, 1 - p / closed) (1 - membrane integrity)

with g the ability of its type, L_l the conductance of lymph vessels where it lies, p its pressure: packed cells squeeze
these vessels shut. Cells of a type that does not spread but ``leaves`` (immune cells) do so at the rate of their type
instead of k g.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gputme.model.body import Body, Capillaries
from gputme.parameters import Parameters
from gputme.state import Tissue

__all__ = ["Drainage", "drained_by"]


class Drainage:
    """Where lymph leaves one tissue of a body, and at which rate cells go with it."""

    def __init__(self, parameters: Parameters, body: Body, vessels: np.ndarray):
        given, self.membrane = body.lymph, body.intravasation.membrane
        self.domain, self.closed = parameters.scenario.domain, given.closed
        self.open = vessels / given.full
        self.leaves = np.array([float(given.leaves.get(name, 0.0)) for name in parameters.types])
        able = (given.ability.get(name, 0.0) if name in body.tumour else 0.0 for name in parameters.types)
        self.rate = given.rate * np.array([float(one) for one in able]) + self.leaves
        self.highest = self.rate * self.open.max()

    @classmethod
    def of(cls, parameters: Parameters, body: Body, bed: Capillaries) -> Drainage | None:
        """None where no cell leaves with lymph: it flows to no node, or there is none."""
        passes = bed.node is not None or bed.name in {other.node for other in body.beds}
        vessels = drained_by(parameters.scenario) if body.lymph and passes else None
        return None if vessels is None else cls(parameters, body, vessels)

    def rates(self, tissue: Tissue, kind: np.ndarray, xyz: np.ndarray, place: np.ndarray) -> np.ndarray:
        """Rates, 1/min, of cells of these types at (n, 3) um, that stand at ``place`` in the arrays."""
        cells, host, box = tissue.cells, tissue.kernels.host, self.domain.centred
        where = np.floor((xyz - np.array(box.lower)) / np.array(box.spacing)).astype(np.int64)
        x, y, z = np.clip(where, 0, np.array(box.shape[::-1]) - 1).T
        rate = self.rate[kind] * self.open[z, y, x]
        if "pressure" in cells.columns:
            pressure = host(cells.pressure[: cells.n])[place].astype(np.float64)
            rate = rate * np.maximum(1.0 - pressure / self.closed, 0.0)
        if cells.membrane:
            rate = rate * (1.0 - self.membrane * host(cells.touch[: cells.n])[place].astype(np.float64))
        return rate


def drained_by(scenario: Any) -> np.ndarray | None:
    """Conductance of lymph vessels of a tissue, 1/mmHg/min (nz, ny, nx); None where there are none."""
    fluid = scenario.interstitium
    vessels = fluid.everywhere(scenario.domain)["lymph"] if fluid else None
    return vessels if vessels is not None and vessels.any() else None
