"""How much memory a scenario takes, and which schemes and steps are chosen: what `gputme check` prints.

Every array that the simulation holds after two steps is found and counted, so the plan cannot forget one.
"""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gputme.engine import Simulation
from gputme.report.words import duration

__all__ = ["Memory", "arrays", "measured", "memory", "resident", "schemes"]

GROWTH = 1.125  # arrays grow by a quarter at a time, so they are an eighth longer than needed, on average
IMAGES = 2.0  # a frame that is written is there as arrays and, for a moment, as a compressed file


@dataclass(frozen=True)
class Memory:
    """Bytes that a simulation takes, counted from its arrays."""

    columns: float
    """Per cell: columns, custom variables, internal amounts, signals, ruled behaviours."""
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
    voxels: int
    substrates: int

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
        return self.saved * cells + self.element * self.voxels * self.substrates

    def total(self, cells: int) -> float:
        """A run with this many cells that writes a frame."""
        held = GROWTH * self.per_cell * cells + self.per_voxel * self.voxels * max(self.substrates, 1)
        return held + self.passing * max(cells, self.voxels) + IMAGES * self.frame(cells)


def resident() -> int:
    """Bytes that this process takes at present; 0 where the system does not say."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def measured(simulation: Simulation) -> Memory:
    """Advance the simulation by two steps and count what it holds and allocates."""
    simulation.step()  # solvers make their arrays when they are first used
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        simulation.step()
        simulation.summary()
        passing = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    return memory(simulation, passing)


def memory(simulation: Simulation, passing: float = 0.0) -> Memory:
    """Count the arrays of a simulation that has made a step."""
    cells, voxels = simulation.tissue.cells, int(np.prod(simulation.scenario.domain.shape))
    held = dict.fromkeys(("columns", "workspaces", "field", "shared"), 0.0)
    for path, array, elements in arrays(simulation):
        owner, rows = _owner(path, elements, cells.capacity), elements // cells.capacity
        per_cell = owner in ("columns", "workspaces")  # without the slack that backends put around arrays
        held[owner] += rows * array.itemsize * cells.capacity if per_cell else array.nbytes
    frame = simulation.frame(0)
    kept = [*frame.cells.values(), *(v for v in frame.state.values() if np.ndim(v))]
    substrates = len(simulation.scenario.substrates)
    return Memory(
        columns=held["columns"] / cells.capacity,
        workspaces=held["workspaces"] / cells.capacity,
        field=held["field"] / voxels / max(substrates, 1),
        shared=held["shared"] / voxels,
        passing=passing / max(cells.n, voxels),
        saved=sum(a.nbytes for a in kept) / max(cells.n, 1),
        element=np.dtype(simulation.kernels.real).itemsize,
        voxels=voxels,
        substrates=substrates,
    )


def arrays(root: Any) -> Iterator[tuple[str, Any, int]]:
    """Every array below an object, once: a path to it, the array that owns the memory, the elements used.

    Arrays are what has dtype and nbytes, of any library. Views of one array count once, as the largest.
    """
    found: dict[int, tuple[str, Any, int]] = {}
    seen: set[int] = set()
    todo: list[tuple[str, Any]] = [("", root)]
    while todo:
        path, thing = todo.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(getattr(thing, "nbytes", None), int):
            elements = thing.size
            while hasattr(getattr(thing, "base", None), "nbytes"):
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


def _owner(path: str, elements: int, capacity: int) -> str:
    """What an array is counted as."""
    if path.startswith(".tissue.cells"):
        return "columns"
    own = path.startswith((".tissue.fields", ".stepper.fields.solvers"))
    if own and ".workspace" not in path:  # which all solvers hold in common
        return "field"
    if path.startswith(".stepper.fields") and elements != capacity:  # exchange keeps two numbers per cell
        return "shared"
    return "workspaces" if elements >= capacity else "shared"


def schemes(simulation: Simulation) -> list[tuple[str, str]]:
    """What was chosen for each substrate and for mechanics, and why. The simulation must have made a step."""
    scenario, lines = simulation.scenario, []
    for index, substrate in enumerate(scenario.substrates):
        choice = simulation.stepper.fields.choice(index)
        step = duration(scenario.time.step / max(choice.substeps, 1))
        text = f"{choice.scheme}, {choice.substeps} x {step}: {choice.why}"
        if choice.error_estimate:
            text += (
                f"; a sudden change is off by at most {100 * choice.error_estimate:.2g} % while it relaxes"
            )
        lines.append((substrate.name, text))
    if not scenario.numerics.mechanics:
        lines.append(("mechanics", "off"))
    elif simulation.tissue.cells.n:
        number = round(scenario.time.step / simulation.tissue.last_dt)
        why = "the number that the scenario asks for"
        if not scenario.numerics.mechanics_step:
            why = (
                "counted anew in each step from stability, a tenth of a radius of movement, "
                "and 1 % of a radius of error"
            )
        lines.append(("mechanics", f"{number} x {duration(simulation.tissue.last_dt)} at the start: {why}"))
    return lines
