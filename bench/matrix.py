"""What the matrix costs in a step, beside a V-cycle of a field on the same grid: seconds of the processor, one thread.

Everything that the matrix can do goes on at once: all cells lay it down, cut, crosslink and align it, a substrate
breaks it down, it turns over, it guides, slows and bars all of them. Cells would walk without a matrix, too: of their
walk among fibres only what it takes longer than the plain one of the same cells is the matrix's.
"""

from __future__ import annotations

import time
from typing import NamedTuple

from bench import work
from bench.scenes import Watched
from gputme import backends
from gputme.backends import Kernels
from gputme.engine import Simulation
from gputme.model import Scenario, loads
from gputme.ops import TABLE
from gputme.solvers.steering import Steering

__all__ = ["Cost", "cost", "remodelled"]


def remodelled(cells: int, side: int) -> Scenario:
    """Cells at random in a box of side^3 voxels of 20 um that is full of a matrix."""
    edge = 20 * side
    return loads(f"""
name = "remodelled"
domain = {{ size = [{edge}, {edge}, {edge}], voxel = 20 }}
time = {{ end = "1 d" }}
numerics = {{ reorder = 1 }}
[[substrate]]
name = "MMP"
diffusion = 100
decay = 0.1
initial = 0.1
matrix_degradation = 1e-3
[matrix]
density = 0.5
fibre = "random"
anisotropy = 0.5
crosslink = 0.2
turnover = 1e-5
[[cell_type]]
name = "fibroblast"
apoptosis = {{ rate = 0 }}
motility = {{ speed = 0.5, persistence = 15 }}
[cell_type.matrix]
production = 1e-3
degradation = 1e-3
alignment = 0.1
ordering = 0.01
crosslinking = 1e-4
guidance = 0.5
barrier = 0.5
porosity = 0.1
haptotaxis = 0.1
traction = {{ floor = 0.2 }}
[[cells]]
type = "fibroblast"
count = {cells}
packing = "random"
box = [[{-edge / 2}, {-edge / 2}, {-edge / 2}], [{edge / 2}, {edge / 2}, {edge / 2}]]
""")


class Cost(NamedTuple):
    """The least of all rounds, in seconds of the processor."""

    cells: int
    voxels: int
    launches: dict[str, float]
    """Each operation of the matrix in a step."""
    motility: float
    """The same walk without fibres, which is no cost of the matrix."""
    cycle: float
    """One V(1,1) cycle on the same grid."""

    @property
    def total(self) -> float:
        """All operations of the matrix in a step, less the walk that cells would go without it."""
        return sum(self.launches.values()) - self.motility

    @property
    def cycles(self) -> float:
        """The same in V-cycles."""
        return self.total / self.cycle


def cost(cells: int, side: int, rounds: int) -> Cost:
    """Steps and V-cycles in alternation, so that both meet the same machine; every launch is timed."""
    plain = backends.create("native", threads=1)
    watched = Watched(plain.backend, time.process_time)
    simulation = Simulation(remodelled(cells, side), backend=Kernels(watched, plain.precision))
    tissue, stepper = simulation.tissue, simulation.stepper
    unguided = Steering(stepper.parameters, stepper.kernels, stepper.fields.grids)
    call, voxels = work.cycle(plain, side)
    simulation.step()  # which makes everything
    call()
    least: dict[str, float] = {}
    cycle = float("inf")
    for _ in range(rounds):
        watched.spent.clear()
        simulation.step()
        unguided.displacement(tissue, stepper.conduct.behaviours(tissue), tissue.tick, simulation.scenario.time.step)
        for name, spent in watched.spent.items():
            least[name] = min(spent, least.get(name, spent))
        begin = time.process_time()
        call()
        cycle = min(cycle, time.process_time() - begin)
    launches = {name: spent for name, spent in least.items() if TABLE[name].subject == "matrix"}
    return Cost(tissue.cells.n, voxels, launches, least["motility"], cycle)
