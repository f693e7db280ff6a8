"""Springs between cells that hold others to attack them, and those. They last as long as the hold, and are no bonds:
they take no room for partners, and nothing of them is kept from step to step.

    k = k_i for a cell of type i that holds one of type j;  where both types hold each other: sqrt(k_i k_j)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gputme.backends import Brought, Kernels
from gputme.parameters import Parameters
from gputme.solvers.bonds import Bonds
from gputme.vocabulary import Behaviours

__all__ = ["Holds", "pulls"]


def pulls(parameters: Parameters) -> bool:
    """Whether any cell pulls at the one that it holds."""
    types = parameters.scenario.cell_types
    return any(t.attack.elastic_constant for t in types) and parameters.ever("attack")


class Holds(Bonds):
    """Springs of holds, which `Mechanics` takes as it takes those of bonds; ``find`` says who they are between."""

    def __init__(self, parameters: Parameters, kernels: Kernels, periods: Sequence[float]):
        k, p = kernels, parameters
        types, affinity = len(p.scenario.cell_types), p.behaviours.of("affinity")
        super().__init__(k, periods, types, affinity)
        own = np.array([t.attack.elastic_constant for t in p.scenario.cell_types])
        pair = np.where(np.minimum.outer(own, own) > 0, np.sqrt(np.multiply.outer(own, own)), np.add.outer(own, own))
        table = np.zeros((types, p.table.shape[1]))
        table[:, Behaviours.ELASTIC] = 1
        table[:, affinity : affinity + types] = pair  # as affinities of both, so that their product is its square
        self._strengths = dict(table=k.array(table.ravel()), slot=k.array(np.full_like(p.slot, -1), np.int32))
        self._grasp, self._harness = k.grasp.ready(), k.harness.ready()
        self.held, self.mark = k.zeros(0, np.int32), k.zeros(0, np.uint8)
        self._width = 0

    def rows(self, cells: Any) -> int:
        """To how many others a cell is held at most; 0: none is."""
        return self._width

    def find(self, cells: Any) -> None:
        """Who holds whom; holds until cells are put elsewhere in memory."""
        k, n = self.kernels, cells.n
        if self.held.size < cells.capacity:
            k.remake(self, ("held",), cells.capacity, np.int32)
            k.remake(self, ("mark",), cells.capacity, np.uint8)
        self._grasp(cells, self, **self._lists.index(cells))
        m = int(k.host(self.mark[:n].sum(dtype=np.int64)))
        self._width = 0
        if not m:
            return
        holders = self._lists.by_id(cells.id, self.mark, 1, 1, n, m, cells.next_id)
        turn = k.backend.argsort(self.held[holders])
        holders = holders[turn]
        whom = self.held[holders]
        self._width = 1 + int(np.unique(k.host(whom), return_counts=True)[1].max())
        if self.mate.size < self._width * cells.stride:
            k.remake(self, ("mate",), self._width * cells.stride, np.int32)
        self._harness(cells, self, m=m, rows=self._width, stride=cells.stride, holders=holders, whom=whom)

    def pull(self, cells: Any, behaviours: Mapping[str, Any], motion: Any, measure: bool) -> None:
        """Add springs to the velocities of ``motion`` (vx, vy, vz), and to its stiffness where that is measured."""
        super().pull(cells, {**behaviours, **self._strengths}, motion, measure)

    def tug(self, cells: Any, behaviours: Mapping[str, Any], motion: Any, near: Any, **turn: Any) -> Brought:
        """The launch of springs in a sub-step, as in `Bonds`."""
        return super().tug(cells, {**behaviours, **self._strengths}, motion, near, **turn)
