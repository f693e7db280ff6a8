"""How much memory a scenario takes, and how many cells therefore fit.

Every array that a simulation holds after two steps is found and counted, so the plan cannot forget one. A scenario
too large to be tried is counted on a piece of it (:mod:`gputme.piece`), so planning never takes what it plans. What
cannot be counted beforehand stands below as a constant, measured with `gputme run` on Linux.
"""

from __future__ import annotations

import math
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gputme.backends import Following, Kernels, Ready
from gputme.engine import Simulation
from gputme.errors import RunError
from gputme.furnishing import begun_vessels
from gputme.memory import room
from gputme.model import Scenario
from gputme.model.idle import present
from gputme.model.settings import MOST_CELLS
from gputme.pathology.squares import Squares
from gputme.piece import is_small, piece
from gputme.reckoning import row_of
from gputme.solvers.lanes import lanes_of
from gputme.solvers.mechanics import MOST_STEPS
from gputme.vessels.graph import Graph

__all__ = ["FIRST_USE", "Memory", "arrays", "measured", "memory", "most_cells", "planned"]

GROWTH = 1.125  # arrays grow by a quarter at a time, so they are an eighth longer than needed, on average
MOST_GROWTH = 1.25  # and at the most
GROWING = 8.0  # per cell: the largest column, which is there twice while it grows
IMAGES = 2  # a frame that is written is there as arrays and, for a moment, as a compressed file
WAITING = 0.5  # of a frame more where each step has one, which may wait for the one before
FIRST_USE = 7e6  # what compiled kernels, HDF5 and threads take when they are first used
NETWORK, SEGMENT = 31e6, 2e3  # SciPy, which follows blood through vessels; and each of their segments, as they change
SOLVERS = 185.0  # per cell: what solvers will hold, before they have made a step
PER_SQUARE = 60.0  # what is allocated, and kept, to read where the tumour is
BINS = (".stepper.mechanics.neighbours.count", ".stepper.mechanics.neighbours.start")  # at most about one a cell
ACTORS = tuple(f".stepper.interactions.{name}" for name in ("actors", "at", "whom", "what", "when", "clock"))
SHARE = 0.8  # of the memory that is left, to be filled with cells
CANVAS, IMAGE = 9e6, 35e6  # a picture while it is drawn and compressed; a substrate behind the cells, smoothed
DRAWN = {2: 380.0, 3: 60.0}  # per cell, in a picture of a plane (all cells) and of space (those that are cut)
SHOWN = 12.0  # per voxel: the substrate in a picture, as it was written and in double


@dataclass(frozen=True)
class Memory:
    """Bytes that a simulation takes, counted from its arrays."""

    columns: float
    """Per cell: columns, custom variables, internal amounts, signals, ruled behaviours, partners."""
    workspaces: float
    """Per cell: what solvers hold."""
    field: float
    """Per voxel and substrate: the field itself and what its solver holds for it."""
    shared: float
    """Per voxel: what all substrates share."""
    passing: float
    """Per cell or voxel, whichever are more: what a step and its summary allocate and give back."""
    saved: float
    """Per cell, in a frame."""
    element: int
    """Bytes of one floating-point number."""
    frames: float
    """How many frames take memory at a time."""
    voxels: int
    substrates: int
    written: int
    """Numbers per voxel in a frame: substrates, and what else voxels carry."""
    dimensions: int
    reading: float
    """What reading where the tumour is takes, however many cells there are."""
    vessels: float = 0.0
    """What vessels take when they grow and blood flows anew."""
    apart: bool = False
    """Whether arrays lie in the memory of a device, and not in that of the process."""

    @property
    def first_use(self) -> float:
        """What is taken once, however many tissues there are."""
        return FIRST_USE + (NETWORK if self.vessels else 0.0)

    @property
    def per_cell(self) -> float:
        """Per cell, while nothing is written."""
        return self.columns + self.workspaces

    @property
    def per_voxel(self) -> float:
        """Per voxel and substrate, while nothing is written."""
        return self.field + self.shared / max(self.substrates, 1)

    def frame(self, cells: int) -> float:
        """One frame with this many cells."""
        return self.saved * cells + self.element * self.voxels * self.written

    def computing(self, cells: int) -> float:
        """A run with this many cells that writes a frame: what the process takes."""
        here = 0.0 if self.apart else self.arrays(cells, GROWTH)
        return self.first_use + here + self.reading + self.vessels + self.frames * self.frame(cells)

    def on_device(self, cells: int) -> float:
        """The same: what the device takes, at the most, just after cells have grown."""
        return self.arrays(cells, MOST_GROWTH) + GROWING * cells if self.apart else 0.0

    def arrays(self, cells: int, growth: float) -> float:
        """Columns and workspaces that are ``growth`` times as long as needed, fields, and what a step passes."""
        held = growth * self.per_cell * cells + self.per_voxel * self.voxels * max(self.substrates, 1)
        return held + self.passing * max(cells, self.voxels)

    def drawing(self, cells: int) -> float:
        """The pictures of its last frame; the arrays of the simulation have been given back by then."""
        behind = IMAGE + SHOWN * self.voxels if self.substrates else 0
        return FIRST_USE + CANVAS + behind + DRAWN[self.dimensions] * cells


def planned(scenario: Scenario, kernels: Kernels) -> tuple[Simulation, Memory]:
    """The memory of a scenario of any size, and what it was counted on after two steps: the whole, or a piece of it.

    Raises RunError where its steps could not be computed, as far as this shows.
    """
    small = is_small(scenario)
    if not small and (why := unsteppable(scenario)):
        raise RunError(why)  # a piece does not try it
    simulation = Simulation(scenario if small else piece(scenario), backend=kernels)
    counted = measured(simulation)
    if not small:
        spare = _lanes_beside(simulation, lanes_of(scenario))  # of a piece, whose substrates may go in more lanes
        counted = replace(
            counted, voxels=math.prod(scenario.domain.shape), reading=_reading(scenario), shared=counted.shared - spare,
            vessels=_network(begun_vessels(scenario)) if scenario.vessels else 0.0,
        )  # fmt: skip
    return simulation, counted


def unsteppable(scenario: Scenario) -> str:
    """Why every step asks for more sub-steps of motion than are computed, wherever the cells are; "" where none does.

    Cells that walk are followed over one distance of interaction at a time.
    """
    minutes, given = scenario.time.step, scenario.numerics.mechanics_step
    reach = [max(t.mechanics.relative_maximum_adhesion_distance, 1) * t.radius for t in scenario.cell_types]
    asks = {"numerics.mechanics_step": minutes / given} if given else {
        f"cell_type.{t.name}.motility.speed": minutes * t.motility.speed / (2 * max(reach))
        for i, t in enumerate(scenario.cell_types)
        if i in present(scenario)
    }  # fmt: skip
    key, most = max(asks.items(), key=lambda item: item[1], default=("", 0.0))
    if most <= MOST_STEPS:
        return ""
    asked = f"{key} asks for {most:.0f} sub-steps of motion in {minutes:g} min"
    return f"{asked}, more than the {MOST_STEPS} that are computed"


def measured(simulation: Simulation) -> Memory:
    """Advance the simulation by two steps and count what it holds and allocates."""
    simulation.step()  # solvers make their arrays when they are first used
    backend = simulation.kernels.backend
    backend.give_back()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        simulation.step()
        row_of(simulation, simulation.counting)
        passing = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    card = backend.card()
    return memory(simulation, card.kept if card else passing)  # a device keeps what was passing


def memory(simulation: Simulation, passing: float = 0.0) -> Memory:
    """Count the arrays of a simulation; what its solvers hold for cells is a guess until it has made a step."""
    scenario, cells = simulation.scenario, simulation.tissue.cells
    voxels = int(np.prod(scenario.domain.shape))
    held = dict.fromkeys(("columns", "workspaces", "field", "shared"), 0.0)
    own = {name: thing for name, thing in vars(simulation).items() if name != "body"}  # which is counted apart
    for path, array, elements in arrays(own):
        if path.startswith(".pathology"):
            continue  # `reading` counts them
        owner, rows = _owner(path, elements, cells.capacity, voxels), elements // cells.capacity
        per_cell = owner in ("columns", "workspaces")  # without the slack that backends put around arrays
        if path.startswith((*BINS, *ACTORS)) and not rows:  # as many as cells, or a share of them
            held["workspaces"] += elements * array.itemsize
        else:
            held[owner] += rows * array.itemsize * cells.capacity if per_cell else array.nbytes
    held["field"] += simulation.stepper.fields.to_come()
    stacks, element = cells.stacks, np.dtype(simulation.kernels.real).itemsize
    kept = [cells.columns[name].type(simulation.kernels.real).itemsize for name in cells.saved]
    rows = stacks["custom"] + stacks["internal"] + stacks["ruled"]
    partners = stacks["attached"] * cells.attached.itemsize
    substrates = len(scenario.substrates)
    return Memory(
        columns=held["columns"] / cells.capacity,
        workspaces=held["workspaces"] / cells.capacity or SOLVERS,
        field=held["field"] / voxels / max(substrates, 1),
        shared=held["shared"] / voxels,
        passing=passing / max(cells.n, voxels, 1),
        saved=sum(kept) + rows * element + partners,
        element=element,
        frames=IMAGES + (WAITING if scenario.output.every == scenario.time.step else 0),
        voxels=voxels,
        substrates=substrates,
        written=substrates + len(simulation.tissue.voxels.columns),
        dimensions=scenario.domain.dimensions,
        reading=_reading(scenario),
        vessels=_network(simulation.tissue.vessels) if scenario.vessels else 0.0,
        apart=simulation.kernels.backend.card() is not None,
    )


def _lanes_beside(simulation: Simulation, count: int) -> float:
    """Bytes per voxel of all lanes of the substrates but the first ones."""
    voxels, capacity = math.prod(simulation.scenario.domain.shape), simulation.tissue.cells.capacity
    found = arrays(simulation.stepper.fields.lanes[count:])
    return sum(array.nbytes for _, array, elements in found if elements != capacity) / voxels


def _reading(scenario: Scenario) -> float:
    reads = any(cell_type.counts_as for cell_type in scenario.cell_types)
    return PER_SQUARE * Squares.over(scenario.domain).number if reads else 0.0


def _network(vessels: Graph) -> float:
    return SEGMENT * max(len(vessels.segments), 1)


def arrays(root: Any) -> Iterator[tuple[str, Any, int]]:
    """Every array below an object, once: a path to it, the array that owns the memory, the elements used.

    Arrays are what has dtype and nbytes, of any library. Views of one array count once, as the largest.
    """
    found: dict[int, tuple[str, Any, int]] = {}
    seen: set[int] = set()
    todo: list[tuple[str, Any]] = [("", root)]
    launches: list[tuple[str, Any]] = []  # looked at last: what they hold belongs to somebody else, as a rule
    while todo or launches:
        path, thing = (todo or launches).pop()
        if todo and isinstance(thing, (Ready, Following)):
            launches.append((path, thing))
            continue
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(getattr(thing, "nbytes", None), int):
            elements = thing.size
            while hasattr(getattr(thing, "base", None), "dtype"):  # not down to the raw memory, which has no elements
                thing = thing.base
            before = found.get(id(thing), (path, thing, 0))
            found[id(thing)] = (before[0], thing, max(before[2], elements))
        elif isinstance(thing, dict):
            todo += [(f"{path}.{key}", value) for key, value in thing.items()]
        elif isinstance(thing, (list, tuple)):
            todo += [(path, value) for value in thing]
        elif type(thing).__module__.startswith("gputme.") and hasattr(thing, "__dict__"):
            todo += [(f"{path}.{key}", value) for key, value in vars(thing).items()]
    yield from found.values()


def most_cells(simulation: Simulation) -> int:
    """How many cells the simulation may hold: ``numerics.max_cells``, or what fits beside the fields.

    "auto" is four fifths of what this process can still take (the plan may be a tenth off, and other processes take
    some), with pictures left out: a run without them is whole. The same of a device's own memory.
    """
    given = simulation.scenario.numerics.max_cells
    if given != "auto":
        return given
    plan, cells = memory(simulation), simulation.tissue.cells
    held = plan.per_cell * cells.capacity + plan.per_voxel * plan.voxels * max(plan.substrates, 1)
    free = SHARE * room() + (0.0 if plan.apart else held)
    card = simulation.kernels.backend.card()
    there = SHARE * card.free + card.kept + held if card else math.inf
    low, high = 0, MOST_CELLS
    while low < high:  # the largest number whose plan fits
        middle = (low + high + 1) // 2
        fits = plan.computing(middle) <= free and plan.on_device(middle) <= there
        low, high = (middle, high) if fits else (low, middle - 1)
    return low


def _owner(path: str, elements: int, capacity: int, voxels: int) -> str:
    """What an array is counted as."""
    if path.startswith(".tissue.cells"):
        return "columns"
    own = path.startswith((".tissue.fields", ".stepper.fields.solvers"))
    if own and ".workspace" not in path:  # which all solvers hold in common
        return "field"
    if path.startswith(".stepper.fields") and elements != capacity:  # exchange keeps two numbers per cell
        return "shared"
    if path.startswith(".stepper.lattice") and elements % voxels == 0 and elements != capacity:
        return "shared"
    return "workspaces" if elements >= capacity and (elements != voxels or elements == capacity) else "shared"
