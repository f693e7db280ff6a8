"""The pieces of work that the bars are set on, each as a function that runs it once on a given kernel table."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gputme.backends import Kernels
from gputme.engine import Simulation
from gputme.model import Scenario, loads
from gputme.solvers.axis import Face
from gputme.solvers.diffusion import Diffusion

__all__ = [
    "PHYSICELLS_STEPS", "cycle", "invaded_text", "mechanics", "motility_and_fate", "packed", "stock_spheroid",
    "stock_text", "sweeps",
]  # fmt: skip

PHYSICELLS_STEPS = {  # what makes the stock spheroid take PhysiCell's steps: 128 sweeps, 8 of mechanics a minute, fp64
    "substrate.oxygen.scheme": "lod", "substrate.oxygen.step": 1 / 128, "numerics.mechanics_step": 1 / 8,
    "numerics.precision": "fp64",
}  # fmt: skip
WALLS = dict.fromkeys(("x_min", "x_max", "y_min", "y_max", "z_min", "z_max"), Face(fixed=38.0))


def _solver(k: Kernels, side: int, scheme: str) -> tuple[Diffusion, tuple]:
    solver = Diffusion(k, (side,) * 3, (20.0,) * 3, 1e5, 0.1, WALLS, scheme=scheme, max_cycles=1, tolerance=1e-12)
    n = side**3
    rng = np.random.default_rng(1)
    u, sink, source = (k.array(a) for a in (rng.uniform(0, 38, n), rng.uniform(0, 10, n), np.zeros(n)))
    return solver, (u, sink, source)


def sweeps(k: Kernels, side: int = 100) -> tuple[Callable[[], None], int]:
    """The three sweeps of a split implicit step (BioFVM's LOD): work per call in voxel-updates."""
    # lower, inverse, upper, inflow: values that neither grow nor fade however often it is called
    factors = k.array(np.tile([[0.4], [0.5], [0.3], [1.0]], (1, side)).ravel())
    u = k.array(np.random.default_rng(1).uniform(0, 38, side**3))

    def call() -> None:
        for axis, stride in enumerate((1, side, side * side)):
            k.sweep_lod(axis=axis, count=side, lines=side * side, stride=stride, factors=factors, u=u)
        k.backend.synchronise()

    return call, side**3


def cycle(k: Kernels, side: int = 100) -> tuple[Callable[[], None], int]:
    """One V(1,1) cycle of the multigrid solve."""
    solver, (u, sink, _) = _solver(k, side, "implicit")
    solver.grid.prepare(u, sink, 1.1)
    solver.grid.coarsen()

    def call() -> None:
        solver.grid.cycle()
        k.backend.synchronise()

    return call, side**3


def packed(cells: int, extra: str = "", end: str = "1 d") -> Scenario:
    """A packed ball of default cells in a box that just holds it, without substrates."""
    radius = 8.413 * (cells / 0.62) ** (1 / 3)
    side = 40 * int(np.ceil((2 * radius + 200) / 40))
    return loads(f"""
name = "packed"
domain = {{ size = [{side}, {side}, {side}], voxel = 40 }}
time = {{ end = "{end}" }}
[[cell_type]]
name = "cell"
apoptosis = {{ rate = 0 }}
{extra}
[[cells]]
type = "cell"
count = {cells}
spacing = 1.8
sphere = {{ radius = {radius * 1.05 + 20:g} }}
""")


def mechanics(k: Kernels, cells: int = 100_000) -> tuple[Callable[[], None], int]:
    """Bins, forces and move of packed cells with about 12 neighbours: cell-steps per call."""
    simulation = Simulation(packed(cells), backend=k)
    simulation.step()  # sorts memory and relaxes the packing a little
    tissue, stepper = simulation.tissue, simulation.stepper
    behaviours = stepper.conduct.behaviours(tissue)
    stepper.mechanics.prepare(tissue.cells, behaviours)

    def call() -> None:
        stepper.mechanics.fresh = False
        stepper.mechanics.substep(tissue.cells, behaviours, 0.01, 0.01, stepper.gone)
        k.backend.synchronise()

    return call, tissue.cells.n


def motility_and_fate(k: Kernels, cells: int = 1_000_000) -> tuple[Callable[[], None], int]:
    """A random walk and the draw of fates, one minute: cells per call."""
    text = 'cycle = { model = "live" }\nmotility = { speed = 0.5, persistence = 15 }'
    simulation = Simulation(packed(cells, text), backend=k)
    tissue, stepper = simulation.tissue, simulation.stepper
    behaviours = stepper.conduct.behaviours(tissue)
    fate, ticks = stepper.fate, 1024
    clock = [0]

    def call() -> None:
        start = clock[0] = clock[0] + ticks
        stepper.steering.displacement(tissue, behaviours, start, 1.0)
        tissue.cells.fate_time[: tissue.cells.n] = start
        fate._counts[...] = 0
        fate._events(tissue.cells, start, start + ticks)
        k.backend.synchronise()

    return call, tissue.cells.n


def stock_text(radius: float = 200, side: int = 600, more: str = "") -> str:
    """The scenario of `stock_spheroid`, with ``more`` at its end."""
    return f"""
name = "stock-spheroid"
domain = {{ size = [{side}, {side}, {side}], voxel = 20 }}
time = {{ end = "1 d" }}
[[substrate]]
name = "oxygen"
unit = "mmHg"
diffusion = 1e5
decay = 0.1
initial = 38
faces = {{ fixed = 38 }}
[[cell_type]]
name = "cancer"
cycle = {{ model = "live" }}
oxygen = {{ proliferation_none = 5, proliferation_full = 38, deterministic = true }}
exchange = {{ oxygen = {{ uptake = 10 }} }}
[[cells]]
type = "cancer"
spacing = 2.0
sphere = {{ radius = {radius} }}
{more}
"""


def stock_spheroid(radius: float = 200, side: int = 600) -> Scenario:
    """PhysiCell's stock heterogeneity cell in a box, as timed for PhysiCell 1.14.2 (9,392 cells in 30^3 voxels)."""
    return loads(stock_text(radius, side))


def invaded_text(speed: float, count: int = 450) -> str:
    """The stock spheroid with small cells that walk in and around it at ``speed`` um/min."""
    return stock_text(more=f"""
[[cell_type]]
name = "walker"
apoptosis = {{ rate = 0 }}
volume = {{ total = 268, nuclear = 60 }}
mechanics = {{ adhesion = 0 }}
motility = {{ speed = {speed}, persistence = 10 }}
[[cells]]
type = "walker"
count = {count}
packing = "random"
sphere = {{ radius = 210 }}
""")
