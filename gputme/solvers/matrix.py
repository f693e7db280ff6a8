"""The extracellular matrix: what cells do to it in a step, and the launches by which it acts on them."""

from __future__ import annotations

from typing import Any

import numpy as np

from gputme.backends import Kernels, Ready
from gputme.ops.exchange._cloud import grid_of_domain
from gputme.parameters import Parameters
from gputme.solvers.digestion import Digestion
from gputme.state import Tissue
from gputme.vocabulary import Behaviours
from gputme.voxels import Deed, voxel_flags, voxels_used

__all__ = ["Matrix"]

_BY_CELLS = (
    "ecm_production", "ecm_degradation", "ecm_alignment", "ecm_ordering", "ecm_crosslinking",
)  # fmt: skip
_MOST_WORDS = 2**31 - 1
_INDIFFERENT = 2.0  # `lowest` of a type whose speed does not go with the density: above its `highest`


class Matrix:
    """Remodels the matrix of a tissue, and says how it acts on cells.

    ``grid``: arguments that describe its voxels to an operation; ``field``: the same to one that samples a field.
    """

    def __init__(self, parameters: Parameters, kernels: Kernels):
        scenario, domain = parameters.scenario, parameters.scenario.domain
        self.parameters, self.kernels = parameters, kernels
        self.types, self.matrix = len(parameters.types), scenario.matrix
        self.minutes = scenario.time.step
        self.voxels = int(np.prod(domain.shape))
        self.field = grid_of_domain(domain)
        self.grid = {name: value for name, value in self.field.items() if name != "nearest"}
        self.flags = voxel_flags(voxels_used(parameters))
        self.barrier = self._by_type("barrier")
        self.by_cells = parameters.ever(*_BY_CELLS)
        self._digestion = Digestion(kernels, [s.matrix_degradation for s in scenario.substrates])
        self.changes = bool(self.by_cells or self._digestion.digests or self.matrix.turnover)
        if self.changes:
            self.first, self._after = 1, 1  # words of `appoint`: of this turn's first cell, and after its last
            self.keeper = kernels.zeros(self.voxels, np.int32)
            self.at = self.sums = kernels.zeros(0, np.int64)  # sums: 0 between steps
            self.shared = kernels.zeros(0, np.int32)
            self._appoint = kernels.appoint.ready(**self.grid)
            doers = dict(types=self.types, voxels=self.voxels, barrier=self.barrier)
            loses = dict(turnover=self.matrix.turnover, resistance=self.matrix.resistance, dt=self.minutes)
            self._lay = kernels.lay.ready(**doers)
            self._remodel = kernels.remodel.ready(**doers, **loses)
            self._wane = kernels.wane.ready(voxels=self.voxels, parts=kernels.backend.shares(self.voxels), **loses)

    def _by_type(self, key: str) -> Any:
        """A key of `[cell_type.matrix]` for each type, on the backend."""
        return self.kernels.array(self.parameters.per_type(lambda t: getattr(t.matrix, key)))

    def step(self, tissue: Tissue, behaviours: dict[str, Any]) -> None:
        """Cells lay down, break down, crosslink and align the matrix where they are, substrates break it down, it turns
        over: over one base step, up to which cells have walked."""
        if not self.changes:
            return
        self._turn(tissue.cells.n)
        self._digestion.look(tissue.fields)
        if self.by_cells and tissue.cells.n:
            self._act(tissue, behaviours)
        if self._digestion.digests or self.matrix.turnover:
            self._wane(tissue.voxels, self, self._digestion, tick=tissue.tick)

    def _turn(self, cells: int) -> None:
        """Words for so many cells, above all earlier ones, also where there is no cell: the last turn's are gone."""
        self.first = self._after
        if self.first + cells > _MOST_WORDS:
            self.keeper[...] = self.shared[...] = 0
            self.first = 1
        self._after = self.first + cells

    def _act(self, tissue: Tissue, behaviours: dict[str, Any]) -> None:
        """What cells do, and all else where they are."""
        cells, kernels = tissue.cells, self.kernels
        if self.at.size < cells.n:
            kernels.remake(self, ("at",), cells.capacity, np.int64)
            kernels.remake(self, ("shared",), cells.capacity, np.int32)
            kernels.remake(self, ("sums",), cells.capacity * len(Deed), np.int64)
        self._appoint(cells, self)
        self._lay(cells, tissue.voxels, self, **behaviours)
        self._remodel(cells, tissue.voxels, self, self._digestion, tick=tissue.tick, **behaviours)

    def traction(self) -> Ready | None:
        """The launch by which it changes cells' speed and persistence (``Parameters.trodden``); None where none."""
        p, k = self.parameters, self.kernels
        if not p.trodden:
            return None
        holds = [t.matrix.traction for t in p.scenario.cell_types]
        tent = {
            key: k.array([getattr(hold, key) if hold else other for hold in holds])
            for key, other in (("lowest", _INDIFFERENT), ("ideal", 0.5), ("highest", 1.0), ("floor", 0.0))
        }
        rows = {
            name: int(p.slot[number]) if number in p.trodden else -1
            for name, number in (("speed_row", Behaviours.SPEED), ("persistence_row", Behaviours.PERSISTENCE))
        }
        return k.traction.ready(
            types=self.types, rows=len(p.ruled), **self.grid, **rows, **tent, lengthens=self._by_type("persistence")
        )

    @property
    def guides(self) -> bool:
        """Whether its fibres turn or slow some cell."""
        return bool(self.flags["fibres"]) and (self.parameters.ever("guidance") or self._any("barrier"))

    @property
    def bars(self) -> bool:
        """Whether its pores are too small for some cell."""
        return self.parameters.ever("porosity")

    def _any(self, key: str) -> bool:
        return any(getattr(t.matrix, key) for t in self.parameters.scenario.cell_types)
