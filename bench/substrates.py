"""What a dozen substrates cost beside oxygen alone: seconds of the processor in the fields' phase of a simulated hour.

Coefficients are the library's. All cells take up oxygen and glucose and give off the rest, each at a rate of its own;
fields stand, but for the cells that walk.
"""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np

from gputme import backends
from gputme.engine import Simulation
from gputme.model import Scenario, loads

__all__ = ["DOZEN", "Cost", "cost", "tissue"]

DOZEN = (
    "oxygen", "glucose", "IFN-gamma", "IL-2", "IL-10", "TGF-beta", "CXCL10", "CXCL12", "CCL2", "VEGF", "HGF", "EGF",
)  # fmt: skip
HELD = {"oxygen": 38.0, "glucose": 5.0}  # at the faces


def tissue(names: tuple[str, ...], cells: int, side: int, step: float = 1.0, error: float = 0.1) -> Scenario:
    """Cells at random in a box of side^3 voxels of 20 um with these substrates of the library."""
    edge, half = 20 * side, 10 * side
    text = f"""
name = "dozen"
domain = {{ size = [{edge}, {edge}, {edge}], voxel = 20 }}
time = {{ end = "1 d", step = {step} }}
numerics = {{ mechanics = false, field_error = {error} }}
[[cells]]
type = "cell"
count = {cells}
packing = "random"
box = [[{-half}, {-half}, {-half}], [{half}, {half}, {half}]]
"""
    for name in names:
        faces = f"faces = {{ fixed = {HELD[name]} }}\ninitial = {HELD[name]}" if name in HELD else ""
        text += f'[[substrate]]\ninherits = "library:{name}"\n{faces}\n'
    text += '[[cell_type]]\nname = "cell"\napoptosis = { rate = 0 }\nmotility.speed = 0.5\n'
    for number, name in enumerate(names):
        does = "{ uptake = 10 }" if name == "oxygen" else "{ uptake = 0.1 }" if name == "glucose" else ""
        does = does or f"{{ export = {1 + number} }}"
        text += f"exchange.{name} = {does}\n"
    return loads(text)


class Cost(NamedTuple):
    """Seconds of the processor for an hour of fields, the least of all rounds."""

    alone: float
    """Oxygen."""
    dozen: float
    each: float
    """The dozen, every substrate in every step."""

    @property
    def ratio(self) -> float:
        """The dozen over oxygen alone."""
        return self.dozen / self.alone


def cost(cells: int, side: int, rounds: int, minutes: int = 60) -> Cost:
    """The three in alternation, so that they meet the same machine; one thread."""
    kernels = backends.create("native", threads=1)
    ways = (tissue(DOZEN[:1], cells, side), tissue(DOZEN, cells, side), tissue(DOZEN, cells, side, error=0.0))
    simulations = [Simulation(scenario, backend=kernels) for scenario in ways]
    for simulation in simulations:
        simulation.step()  # which makes everything
        _settle(simulation)
    least = [float("inf")] * len(ways)
    for _ in range(rounds):
        for k, simulation in enumerate(simulations):
            least[k] = min(least[k], _fields(simulation, minutes) * 60 / minutes)
    return Cost(*least)


def _settle(simulation: Simulation) -> None:
    """Bring all fields to where they stand while cells do."""
    fields, tissue, cells = simulation.stepper.fields, simulation.tissue, simulation.tissue.cells
    order = np.lexsort([np.floor(along[: cells.n] / 40) for along in (cells.x, cells.y, cells.z)])  # as runs sort them
    for along in (cells.x, cells.y, cells.z):
        along[: cells.n] = along[order]
    for index, solver in enumerate(fields.solvers):
        fields._advance(tissue, simulation.stepper.conduct.behaviours(tissue), index, solver, 1e5)


def _fields(simulation: Simulation, minutes: int) -> float:
    """Seconds in the fields' phase of so many minutes."""
    stepper, tissue, spent = simulation.stepper, simulation.tissue, 0.0
    behaviours, cells = stepper.conduct.behaviours(tissue), tissue.cells
    rng = np.random.default_rng(tissue.tick)
    for _ in range(minutes):
        for along in (cells.x, cells.y, cells.z):  # they walk half a micrometre a minute: no field comes to rest
            along[: cells.n] += rng.normal(0, 0.3, cells.n)
        begin = time.process_time()
        stepper.fields.step(tissue, behaviours)
        stepper.fields.judge(tissue)
        spent += time.process_time() - begin
        tissue.tick += stepper.ticks
    return spent
