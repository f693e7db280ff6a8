"""The plan of a run's memory: libraries, the tissue that its scenario begins with, the rest of its body, pictures."""

from __future__ import annotations

import tracemalloc
from dataclasses import dataclass
from importlib import import_module
from typing import NamedTuple

import numpy as np

from gputme.backends import Kernels
from gputme.cascade.carrying import taken
from gputme.engine import Simulation
from gputme.footprint import FIRST_USE, Memory, planned
from gputme.memory import resident
from gputme.model import Scenario
from gputme.piece import founders

__all__ = ["Organ", "Plan", "drawing_libraries", "in_blood", "organs"]

TRIED = 200  # cells that are lifted out, to see what one takes


class Organ(NamedTuple):
    """An organ of a body that is a tissue, once it is awake."""

    name: str
    cells: int
    """With which it begins."""
    memory: Memory

    @property
    def computing(self) -> float:
        """Bytes that the process takes for it, frames on their way included."""
        return self.memory.computing(self.cells) - self.memory.first_use

    @property
    def drawing(self) -> float:
        """Bytes that its picture takes, beside the others."""
        return self.memory.drawing(self.cells) - FIRST_USE


@dataclass(frozen=True)
class Plan:
    """What a run takes at the most, all in all: of a body with all its organs awake."""

    memory: Memory
    libraries: int
    """Bytes that Python and the libraries take."""
    pictures: int
    """Bytes that the libraries take which draw."""
    organs: tuple[Organ, ...] = ()

    def computing(self, cells: int) -> float:
        """Peak until the last frame is written, with so many cells in the first tissue."""
        return self.libraries + self.memory.computing(cells) + sum(organ.computing for organ in self.organs)

    def drawing(self, cells: int) -> float:
        """Peak while the pictures are drawn at the end."""
        beside = sum(organ.drawing for organ in self.organs)
        return self.libraries + self.pictures + self.memory.drawing(cells) + beside

    def on_device(self, cells: int) -> float:
        """What the device takes."""
        return self.memory.on_device(cells) + sum(organ.memory.on_device(organ.cells) for organ in self.organs)

    def peak(self, cells: int) -> float:
        """The larger of both."""
        return max(self.computing(cells), self.drawing(cells))


def drawing_libraries() -> int:
    """Import what draws, and return the bytes that it takes; 0 where it was imported before."""
    before = resident()
    for name in ("matplotlib.figure", "matplotlib.backends.backend_agg", "PIL.PngImagePlugin"):
        import_module(name)
    return resident() - before


def organs(scenario: Scenario, kernels: Kernels) -> tuple[Organ, ...]:
    """The organs that are tissues, as they are when they wake. Until then they are nothing, and take nothing."""
    return tuple(Organ(name, founders(one), planned(one, kernels)[1]) for name, one in scenario.organs.items())


def in_blood(simulation: Simulation) -> float:
    """Bytes of the process that a cell takes while it is in the blood: all that it carries; 0 without cells."""
    number = min(simulation.tissue.cells.n, TRIED)
    if not number:
        return 0.0
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        carried = taken(simulation.tissue, simulation.parameters, np.arange(number))
        return (tracemalloc.get_traced_memory()[0] - before) / len(carried)
    finally:
        tracemalloc.stop()
