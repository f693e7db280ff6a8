"""Where cells want to go (chemotaxis, haptotaxis) and how far they get: the persistent biased random walk."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from gputme.backends import Kernels, Ready
from gputme.ops.motion import chemotaxis
from gputme.parameters import Parameters
from gputme.solvers.matrix import Matrix
from gputme.state import Tissue
from gputme.vocabulary import Behaviours

__all__ = ["Steering"]


class Steering:
    """Displacements by motility; ``grids``: the arguments that describe each substrate's grid to an operation."""

    def __init__(
        self, parameters: Parameters, kernels: Kernels, grids: list[dict[str, Any]], matrix: Matrix | None = None
    ):  # fmt: skip
        self.kernels, self.parameters, self.grids = kernels, parameters, grids
        self.types = len(parameters.types)
        self.planar = parameters.scenario.domain.dimensions == 2
        taxes = [
            {t.substrate: t for t in (*c.motility.chemotaxis, *c.motility.haptotaxis)}
            for c in parameters.scenario.cell_types
        ]
        graded = [any(t.form == "receptor" for t in by_name.values()) for by_name in taxes]
        self.graded = kernels.array(graded, np.uint8)
        # a difference of two values cannot be trusted below a few roundings of the values themselves
        spacing = min(parameters.scenario.domain.spacing)
        self.least = 8 * float(np.finfo(kernels.real).eps) / spacing
        self.forms = {s: self._form(s, taxes) for s in parameters.steering}
        walk = dict(types=self.types, planar=int(self.planar), graded=self.graded)
        self.guided = matrix is not None and matrix.guides
        if self.guided:
            self._walk = kernels.follow.ready(**walk, **matrix.grid, barrier=matrix.barrier)
        else:
            self._walk = kernels.motility.ready(**walk)
        self._climb = matrix and parameters.ever("haptotaxis") and self._haptotaxis(matrix)
        self._bar = kernels.bar.ready(types=self.types, **matrix.grid) if matrix and matrix.bars else None
        self._go = kernels.following()
        self.room = 0

    def _form(self, s: int, taxes: list[dict]) -> Ready:
        """The launch that adds what one substrate's gradient says to where the cells want to go."""
        name, forms, halves = self.parameters.substrates[s], [], []
        for cell_type, by_name in zip(self.parameters.scenario.cell_types, taxes):
            taxis = by_name.get(name)
            plain = chemotaxis.UNIT if cell_type.motility.normalise else chemotaxis.GRADIENT
            receptor = taxis is not None and taxis.form == "receptor"
            forms.append(chemotaxis.RECEPTOR if receptor else plain)
            halves.append(float(taxis.half_max) if receptor else 1.0)
        k, response = self.kernels, self.parameters.behaviours.of("response", s)
        return k.chemotaxis.ready(
            types=self.types, response=response, least=self.least, **self.grids[s], form=k.array(forms, np.uint8),
            half_max=k.array(halves),
        )  # fmt: skip

    def _haptotaxis(self, matrix: Matrix) -> Ready:
        """The same for the density of the matrix."""
        k, plain = self.kernels, {True: chemotaxis.UNIT, False: chemotaxis.GRADIENT}
        forms = [plain[bool(t.motility.normalise)] for t in self.parameters.scenario.cell_types]
        return k.chemotaxis.ready(
            types=self.types, response=Behaviours.HAPTOTAXIS, least=self.least, **matrix.field,
            form=k.array(forms, np.uint8), half_max=k.array([1.0] * self.types),
        )  # fmt: skip

    def displacement(self, tissue: Tissue, behaviours: dict[str, Any], tick: int, dt: float) -> tuple[Any, Any, Any]:
        """How far each cell walks from ``tick`` over dt min: (dx, dy, dz) um. Updates the direction of its run."""
        cells = tissue.cells
        self._make_room(cells.capacity)
        for wanted in (self.bx, self.by, self.bz):
            wanted[...] = 0
        made_of = cells.bits, self.bx, *tissue.fields, *tissue.voxels.values()
        launches = partial(self._launches, tissue, behaviours, tick, dt)
        self._go(made_of, launches, n=cells.n, tick=tick, dt=dt)()
        return self.dx, self.dy, self.dz

    def _launches(self, tissue: Tissue, behaviours: dict[str, Any], tick: int, dt: float) -> list[Ready]:
        cells = tissue.cells
        climbs = [climb.whole(cells, self, **behaviours, u=tissue.fields[s]) for s, climb in self.forms.items()]
        if self._climb:
            climbs.append(self._climb.whole(cells, self, **behaviours, u=tissue.voxels.density))
        among = (tissue.voxels,) if self.guided else ()
        walk = self._walk.whole(cells, self, *among, seed=tissue.seed, tick=tick, dt=dt, **behaviours)
        bar = [self._bar.whole(cells, self, tissue.voxels, **behaviours)] if self._bar else []
        return [*climbs, walk, *bar]

    def _make_room(self, capacity: int) -> None:
        if capacity <= self.room:
            return
        self.room = capacity
        self.kernels.remake(self, ("bx", "by", "bz", "dx", "dy", "dz"), capacity)
