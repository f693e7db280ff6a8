"""The extracellular matrix: what cells do to it in a step, and the launches by which it acts on them."""

from __future__ import annotations

from typing import Any

import numpy as np

from gputme.backends import Kernels, Ready
from gputme.ops.exchange._cloud import grid_of_domain
from gputme.parameters import Parameters
from gputme.state import Tissue
from gputme.vocabulary import Behaviours
from gputme.voxels import voxel_flags, voxels_used

__all__ = ["Matrix"]

_BY_CELLS = (
    "ecm_production", "ecm_degradation", "ecm_alignment", "ecm_ordering", "ecm_crosslinking",
)  # fmt: skip
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
        self.digests = {
            s: kernels.digest.ready(voxels=self.voxels, rate=substrate.matrix_degradation)
            for s, substrate in enumerate(scenario.substrates)
            if substrate.matrix_degradation
        }
        self.changes = bool(self.by_cells or self.digests or self.matrix.turnover)
        if self.changes:
            self._make_sums()
            self._lay = kernels.lay.ready(types=self.types, barrier=self.barrier, **self.grid)
            turnover = dict(turnover=self.matrix.turnover, resistance=self.matrix.resistance)
            self._remodel = kernels.remodel.ready(voxels=self.voxels, dt=self.minutes, **turnover)

    def _by_type(self, key: str) -> Any:
        """A key of `[cell_type.matrix]` for each type, on the backend."""
        return self.kernels.array(self.parameters.per_type(lambda t: getattr(t.matrix, key)))

    def _make_sums(self) -> None:
        """What the cells of each voxel do, int64; 0 between steps."""
        there = dict.fromkeys(("rate", "pull", "wear"), 1) | {"link": self.flags["crosslinks"]}
        there |= dict.fromkeys(("turn_x", "turn_y", "turn_z", "order"), self.flags["fibres"])
        for name, needed in there.items():
            setattr(self, name, self.kernels.zeros(self.voxels * needed, np.int64))

    def step(self, tissue: Tissue, behaviours: dict[str, Any]) -> None:
        """Cells lay down, break down, crosslink and align the matrix where they are, substrates break it down, it turns
        over: over one base step, up to which cells have walked."""
        if not self.changes:
            return
        if self.by_cells and tissue.cells.n:
            self._lay(tissue.cells, tissue.voxels, self, **behaviours)
        for s, digest in self.digests.items():
            digest(self, u=tissue.fields[s])
        self._remodel(tissue.voxels, self, tick=tissue.tick)

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
