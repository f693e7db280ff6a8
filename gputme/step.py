"""One step of one tissue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from gputme.backends import Kernels
from gputme.columns import TICKS, attacks, meets
from gputme.errors import RunError
from gputme.notices import Notices
from gputme.parameters import Parameters
from gputme.solvers.attaching import Attaching
from gputme.solvers.conduct import Conduct
from gputme.solvers.culprit import culprit
from gputme.solvers.fate import Fate, remove, reorder
from gputme.solvers.fields import Fields
from gputme.solvers.fluid import Fluid
from gputme.solvers.holds import Holds, pulls
from gputme.solvers.interactions import Interactions
from gputme.solvers.lattice import Lattice
from gputme.solvers.matrix import Matrix
from gputme.solvers.mechanics import MOST_STEPS, Mechanics
from gputme.solvers.membrane import Membrane
from gputme.solvers.mutations import mutations_of
from gputme.solvers.phenotype import fate_tables
from gputme.solvers.recruitment import Recruitment
from gputme.solvers.steering import Steering
from gputme.solvers.vessels import Vessels
from gputme.state import Tissue

__all__ = ["Stepper"]

LONG = 500  # sub-steps of a base step, from which on it is worth to say why


class Stepper:
    """Advances a tissue by base steps. Holds solvers and workspace only: what a step depends on is in the tissue."""

    def __init__(self, parameters: Parameters, kernels: Kernels, notices: Notices | None = None):
        scenario, domain = parameters.scenario, parameters.scenario.domain
        planar = domain.dimensions == 2
        self.kernels, self.parameters = kernels, parameters
        self.long = ""  # why the present step takes long, in words
        self.ticks = scenario.time.step_ticks
        self.numerics = scenario.numerics
        self.fields = Fields(parameters, kernels, notices or Notices())
        self.vessels = Vessels(parameters, kernels, self.fields.grids, self.fields.walls) if scenario.vessels else None
        self.fluid = Fluid(parameters, kernels, self.fields) if scenario.interstitium else None
        self.matrix = Matrix(parameters, kernels) if scenario.matrix else None
        self.conduct = Conduct(parameters, kernels, self.fields.grids, self.matrix)
        self.steering = Steering(parameters, kernels, self.fields.grids, self.matrix) if parameters.moves else None
        self.mechanics = Mechanics(
            kernels, domain.centred.lower, domain.centred.upper, domain.wall_words, planar, parameters.behaviours,
            parameters.table, parameters.slot, accuracy=scenario.numerics.mechanics_error,
            acts=scenario.numerics.mechanics, widest=parameters.widest,
        )  # fmt: skip
        self.holds = Holds(parameters, kernels, self.mechanics.neighbours.periods) if pulls(parameters) else None
        self.membrane = Membrane(parameters, kernels) if scenario.membrane else None
        self.mechanics.others = [other for other in (self.holds, self.membrane) if other]
        bonding = parameters.ever("attachment", "detachment")
        near = self.mechanics.neighbours
        self.attaching = Attaching(parameters, kernels, self.mechanics.bonds, near) if bonding else None
        tables = fate_tables(scenario.cell_types, parameters.laws, scenario.transitions)
        self.fate = Fate(
            kernels, tables, parameters.behaviours, parameters.unread, parameters.slot, scenario.seed, planar,
            self.mechanics.box, injures=attacks(parameters, hits=False), own=parameters.own,
            mutations=mutations_of(parameters),
        )  # fmt: skip
        self.interactions = Interactions(parameters, kernels) if meets(parameters) else None
        self.recruitment = Recruitment(parameters, kernels, self.fields.grids) if scenario.recruitments else None
        self.lattice = Lattice(parameters, kernels) if scenario.lattice else None
        self.gone = kernels.zeros(0, "u1")
        self.left = False  # whether a wall absorbed somebody in the present step
        self.absorbs = "absorb" in domain.wall_words
        self._room = 0  # of the cells' arrays, when what was kept of smaller ones was last given back

    def step(self, tissue: Tissue) -> None:
        """One base step; of cells on a lattice, instead of all this, `gputme.solvers.lattice`.

        1. Vessels: they have grown, widened, lost their walls or gone, and blood flows, when it is time to look again;
           so does the fluid between cells.
        2. Conduct: each cell senses fields, neighbours and itself; rules and oxygen set what it does, memory goes on.
        3. Interactions: neighbours seize, hold, hit, damage and eat each other or fuse, each event at its own time.
        4. Fields: cells secrete and take up, vessels exchange; each substrate diffuses, decays and reacts.
        5. Motion: cells attach to each other and let go, each event at its own time; they walk, are pushed and pulled,
           each in as many steps as accuracy asks of it.
        6. Matrix: cells lay down, break down, crosslink and align it where they have come to, and wear the membrane.
        7. Order: memory is put in the order of bins, so that neighbours lie together; only speed depends on it.
        8. Recruitment: cells enter, each at its own time.
        9. Fate: cells pass phases, divide, die and are removed, each event at its own time; volumes and damage follow.
        """
        if self.lattice:
            self.lattice.step(tissue)
            tissue.tick += self.ticks
            return
        capacity = tissue.cells.capacity
        self.mechanics.neighbours.forget()
        if self.vessels:
            self.vessels.step(tissue)
        if self.fluid:
            self.fluid.step(tissue)
        if self.membrane:
            self.membrane.find(tissue, self.conduct.behaviours(tissue))
        if tissue.cells.n:
            self._act(tissue)
        self.fields.step(tissue, self.conduct.behaviours(tissue))
        if tissue.cells.n:
            self.mechanics.bonds.find(tissue.cells)
            if self.holds:
                self.holds.find(tissue.cells)
            if self.attaching:
                behaviours = self.conduct.behaviours(tissue)
                self.attaching.step(tissue.cells, behaviours, tissue.tick, tissue.tick + self.ticks)
            self._move(tissue)
        else:
            self.fields.judge(tissue)
        if self.membrane:
            self.membrane.step(tissue, self.conduct.behaviours(tissue))
        if self.matrix:
            self.matrix.step(tissue, self.conduct.behaviours(tissue))
        if tissue.cells.n:
            self._order(tissue)
        if self.recruitment:
            tissue.counts["recruited"] += self.recruitment.step(tissue, tissue.tick, tissue.tick + self.ticks)
        if tissue.cells.n:
            self._live(tissue)
        tissue.tick += self.ticks
        if capacity != self._room:  # cells had grown before this step, and solvers' arrays in it
            self.kernels.backend.give_back()
            self._room = capacity

    def _act(self, tissue: Tissue) -> None:
        """What cells sense, what they therefore do, and what they do to each other."""
        near, behaviours, meet = self.mechanics.neighbours, self.conduct.behaviours(tissue), self.interactions
        if meet:
            meet.find(tissue, near, behaviours)
        self.conduct.update(tissue, near)
        if meet:
            happened = meet.step(tissue, near, behaviours, tissue.tick + self.ticks)
            self._count(tissue, happened)
            if happened["ingestions"] or happened["fusions"]:
                self.mechanics.bonds.mend(tissue.cells)

    def _move(self, tissue: Tissue) -> None:
        """Mechanics and motility, in steps of each cell's own or as the scenario fixes them; marks who is absorbed."""
        cells, behaviours, mechanics = tissue.cells, self.conduct.behaviours(tissue), self.mechanics
        minutes, fixed = self.ticks / TICKS, self.numerics.mechanics_step
        together = fixed or not mechanics.acts  # all in the same steps
        count = round(minutes / fixed) if fixed else mechanics.rounds(cells, behaviours, minutes)
        self._bound(tissue, count, walking=True)
        if self.gone.size < cells.capacity:
            self.gone = self.kernels.zeros(cells.capacity, "u1")
        if together:
            mechanics.prepare(cells, behaviours)
        self.fields.judge(tissue)  # nobody walks along a field that is not finite
        dt, steps = minutes / count, count
        for walk in self._walks(tissue, behaviours, count):
            if together:
                mechanics.substep(cells, behaviours, dt, tissue.last_dt, self.gone, walk)
            else:
                exponent = mechanics.depart(cells, behaviours, dt, tissue.last_dt, walk)
                if exponent:  # those of later rounds are not known yet: a fresh overlap asks for many in the first
                    steps += 2**exponent - 1
                    self._bound(tissue, steps)
                mechanics.arrive(cells, behaviours, self.gone)
            tissue.last_dt = dt

    def _walks(self, tissue: Tissue, behaviours: dict, count: int) -> Iterator[Any]:
        """How far cells walk in each of the parts of a base step; None where nobody does."""
        drawn = min(count, self.ticks)  # a walk's numbers are keyed by its tick, so no tick has two
        for part in range(count):
            walk = part * drawn // count
            if self.steering and walk > (part - 1) * drawn // count:
                tick = tissue.tick + walk * self.ticks // drawn
                paces = self.steering.displacement(tissue, behaviours, tick, self.ticks / TICKS / drawn)
                if self.interactions:
                    self.interactions.stay(tissue.cells, paces)
                if self.membrane:
                    self.membrane.stop(tissue.cells, paces)
                yield paces
            else:
                yield None

    def _bound(self, tissue: Tissue, count: int, walking: bool = False) -> None:
        """Note why a step lasts that takes ``count`` sub-steps; RunError where they are too many."""
        self.long = self._long(tissue, count, walking) if count > LONG else ""
        if count > MOST_STEPS:
            raise RunError(self.long)

    def _long(self, tissue: Tissue, count: int, walking: bool) -> str:
        """Why a step takes ``count`` sub-steps, in words."""
        asked = f"{count} sub-steps of motion in {self.ticks / TICKS:g} min"
        asked += f", more than the {MOST_STEPS} that are computed" if count > MOST_STEPS else ""
        if self.numerics.mechanics_step:
            return f"numerics.mechanics_step = {self.numerics.mechanics_step:g} min asks for {asked}"
        domain = self.parameters.scenario.domain
        who = culprit(self.mechanics, tissue.cells, self.conduct.behaviours(tissue), walking)
        at = ", ".join(f"{inner + middle:g}" for inner, middle in zip(who.place, domain.centre))
        return f"cell {who.id} ({self.parameters.types[who.type]}) at ({at}) um asks for {asked}: {who.why}"

    def _order(self, tissue: Tissue) -> None:
        """Remove the cells that a wall absorbed; else, when it is time, sort memory by the bins of the last forces."""
        cells = tissue.cells
        self.left = False
        absorbed = int(self.gone[: cells.n].sum()) if self.absorbs else 0
        if absorbed:
            tissue.counts["absorbed"] += remove(cells, self.gone, absorbed)
            self.gone[...] = 0
            self.left = True
        elif (tissue.tick // self.ticks) % self.numerics.reorder == 0:
            reorder(cells, self.mechanics.neighbours.order)

    def _live(self, tissue: Tissue) -> None:
        """The fate of all cells up to the step's end; what happened is added to the tissue's counts."""
        release = partial(self.fields.release, tissue) if self.fields.released else None
        happened = self.fate.step(tissue.cells, tissue.tick, tissue.tick + self.ticks, release)
        if happened["apoptoses"] or happened["necroses"]:
            self.conduct.cease(tissue, tissue.tick)
        self._count(tissue, happened)
        if self.left or any(number for name, number in happened.items() if name != "transitions"):
            self.mechanics.bonds.mend(tissue.cells)

    def _count(self, tissue: Tissue, happened: Mapping[str, int]) -> None:
        for name, number in happened.items():
            tissue.counts[name] += number
